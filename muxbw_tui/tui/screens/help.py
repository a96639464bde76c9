"""The help: the keys of where one is, what each state means, what each column says.

Owns the words on states. The keys are read from the bindings that are active, so that a key map of the operator's
shows, and no second list can differ from what the keys do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from textual.app import App
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import Screen
from textual.widgets import Static

from muxbw_tui.run.cells import GLYPHS
from muxbw_tui.run.columns import COLUMNS
from muxbw_tui.run.state import RouteStatus
from muxbw_tui.tui.keymap import CLOSE_BINDINGS
from muxbw_tui.tui.keys import KEY_BY_ID
from muxbw_tui.tui.route_lines import ROLE_BY_STATUS
from muxbw_tui.tui.screens.dialog import Dialog

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import PurePath

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.dom import DOMNode

_MEANINGS: Final = {
    RouteStatus.SETUP_FAILED: "no connection came up",
    RouteStatus.DEAD_ON_ARRIVAL: "set up, but not one byte came back: no rules at a node, or too slow for one block",
    RouteStatus.DIED: "carried bytes, then failed: a node or link on its path went away",
    RouteStatus.STALLED: "still open, but no byte for 3 s or more",
    RouteStatus.PENDING: "waits for its set-up",
    RouteStatus.SETTING_UP: "its connection is being made, hop by hop",
    RouteStatus.READY: "set up, waits for the pump",
    RouteStatus.PUMPING: "carries bytes",
    RouteStatus.RESTARTING: "failed and is being set up again; # counts its set-ups",
    RouteStatus.STANDBY: "kept in reserve by the server",
    RouteStatus.STOPPED: "no longer part of the run; X lets it join again",
    RouteStatus.FINISHED: "pumped to the end of the run",
}

_RANK_BY_ID: Final = {key_id: rank for rank, key_id in enumerate(KEY_BY_ID)}
_SIDE_BY_SIDE_FROM: Final = 110
_HERE: Final = "On this screen, in every pane"
_EVERYWHERE: Final = "On every screen"


class KeyHelp(NamedTuple):
    """Keys that do the same, and what that is."""

    keys: str
    meaning: str
    enabled: bool


class Section(NamedTuple):
    """The keys of one place: a pane, a screen, the app."""

    title: str
    keys: Sequence[KeyHelp]


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


class Entry(Horizontal):
    """A name and what it means."""

    def __init__(self, name: str, meaning: str, *, classes: str = "") -> None:
        super().__init__(classes=classes)
        self._texts = (name, meaning)

    def compose(self) -> ComposeResult:
        """Put them side by side."""
        name, meaning = self._texts
        yield Static(name, markup=False, classes="name")
        yield Static(meaning, markup=False, classes="meaning")


class Help(Dialog[None]):
    """A page over the dashboard.

    Args:
        sections: the keys of where it was called from.
    """

    CSS_PATH: ClassVar[list[str | PurePath]] = ["dialog.tcss", "help.tcss"]
    BINDINGS: ClassVar[list[BindingType]] = CLOSE_BINDINGS

    def __init__(self, sections: Sequence[Section]) -> None:
        super().__init__("Help", "dimmed: not possible now · ↑ ↓ scroll")
        self._sections = sections

    def frame(self) -> VerticalScroll:
        """Return a frame that scrolls."""
        return VerticalScroll()

    def body(self) -> ComposeResult:
        """Lay the page out: keys, and beside them, or below where there is no room, what is on the screen."""
        with Horizontal(id="help-columns"):
            with Vertical(classes="column"):
                for section in self._sections:
                    yield Static(section.title, classes="heading", markup=False)
                    for keys, meaning, enabled in section.keys:
                        yield Entry(keys, meaning, classes="-key" if enabled else "-key -impossible")
            with Vertical(classes="column"):
                yield Static("States of a route", classes="heading")
                for status, meaning in _MEANINGS.items():
                    name = f"{GLYPHS[status]} {status.value}"
                    yield Entry(name, meaning, classes=f"-{ROLE_BY_STATUS[status]}")
                yield Static("Columns, as many as the width holds", classes="heading")
                for column in COLUMNS:
                    yield Entry(column.title, column.meaning)

    def on_resize(self) -> None:
        """Put what does not fit side by side below each other."""
        self.set_class(self.size.width < _SIDE_BY_SIDE_FROM, "-narrow")
