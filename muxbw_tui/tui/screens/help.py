"""The help over the dashboard. Owns which keys work where one is; how they and all else read is `help_lines`'s."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import App
from textual.screen import Screen

from muxbw_tui.tui.help_lines import KeyHelp, Section, help_lines
from muxbw_tui.tui.keymap import CLOSE_BINDINGS
from muxbw_tui.tui.keys import KEY_BY_ID
from muxbw_tui.tui.screens.dialog import Dialog
from muxbw_tui.tui.widgets.reading import Reading

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import PurePath

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.dom import DOMNode
    from textual.geometry import Size

_RANK_BY_ID: Final = {key_id: rank for rank, key_id in enumerate(KEY_BY_ID)}
_HERE: Final = "On this screen, in every pane"
_EVERYWHERE: Final = "On every screen"


def sections_of(screen: Screen[object]) -> list[Section]:
    """Return the keys that work on a screen now, those of the focused pane first, each place in the order of `keys`."""
    active = [each for each in screen.active_bindings.values() if each.binding.id in _RANK_BY_ID]
    lines_by_title: dict[str, dict[str, tuple[list[str], bool]]] = {_title(each.node): {} for each in active}
    for node, binding, enabled, meaning in sorted(
        active, key=lambda each: _RANK_BY_ID[each.binding.id or ""]
    ):
        displays, _enabled = lines_by_title[_title(node)].setdefault(meaning, ([], enabled))
        displays.append(screen.app.get_key_display(binding))
    sections = [
        Section(title, [KeyHelp(_joined(displays), meaning, on) for meaning, (displays, on) in lines.items()])
        for title, lines in lines_by_title.items()
    ]
    return sorted(sections, key=lambda section: (section.title == _EVERYWHERE, section.title == _HERE))


def _title(node: DOMNode) -> str:
    if isinstance(node, App):
        return _EVERYWHERE
    if isinstance(node, Screen):
        return _HERE
    return f"In the pane {getattr(node, 'BORDER_TITLE', '') or type(node).__name__}"


def _joined(displays: Sequence[str]) -> str:
    """Return the keys side by side; a row of digits as its ends."""
    unique = list(dict.fromkeys(displays))
    if len(unique) > 2 and all(display.isdigit() for display in unique):  # noqa: PLR2004 - two are no row
        return f"{unique[0]} … {unique[-1]}"
    return " ".join(unique)


class _Page(Reading):
    """The page, laid out for its width.

    Args:
        sections: the keys of where it was called from.
    """

    def __init__(self, sections: Sequence[Section]) -> None:
        super().__init__()
        self._sections = sections

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Return how many lines the page wants in a width."""
        del container, viewport
        return len(help_lines(self._sections, width))

    def on_resize(self) -> None:
        """Lay the page out anew."""
        self.put(help_lines(self._sections, self.line_width))


class Help(Dialog[None]):
    """A page over the dashboard.

    Args:
        sections: the keys of where it was called from.
    """

    CSS_PATH: ClassVar[list[str | PurePath]] = ["dialog.tcss", "help.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = CLOSE_BINDINGS

    def __init__(self, sections: Sequence[Section]) -> None:
        self._sections = sections
        super().__init__("Help", "dimmed: not possible now · ↑ ↓ scroll")

    def frame(self) -> Reading:
        """Return the page, which is its own frame."""
        return _Page(self._sections)

    def body(self) -> ComposeResult:
        """Add nothing to the page."""
        yield from ()
