"""Choosing which types of events the feed shows. Owns the choice while it is made; the feed has it afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import SelectionList, Static
from textual.widgets.selection_list import Selection

from muxbw_tui.tui.keymap import EVENT_TYPES_BINDINGS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult
    from textual.binding import BindingType


class EventTypes(ModalScreen[frozenset[str] | None]):
    """A list of types to switch on and off; its result is those to hide, or None to leave things as they were.

    Args:
        counts: the types that there are, each with how many events are of it.
        hidden: the types that are not shown now.
    """

    CSS_PATH = "event_types.tcss"
    BINDINGS: ClassVar[list[BindingType]] = EVENT_TYPES_BINDINGS
    _HINT: Final = "space on and off · a all · enter keeps · esc leaves as it was"

    def __init__(self, counts: Mapping[str, int], hidden: frozenset[str]) -> None:
        super().__init__()
        kinds = [*counts, *sorted(hidden - counts.keys())]
        width = max(map(len, kinds), default=0)
        self._list = SelectionList[str](
            *(
                Selection(Content(f"{kind:<{width}} {counts.get(kind, 0):>5}"), kind, kind not in hidden)
                for kind in kinds
            )
        )
        self._kinds = frozenset(kinds)

    def compose(self) -> ComposeResult:
        """Lay the list out."""
        with Vertical(id="event-types"):
            yield self._list
            yield Static(self._HINT, markup=False, classes="hint")

    def on_mount(self) -> None:
        """Say what this is, and take the keys."""
        self.query_one("#event-types").border_title = "Types of events"
        self._list.focus()

    def action_keep(self) -> None:
        """Show what is switched on."""
        self.dismiss(self._kinds - set(self._list.selected))

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)

    def action_all(self) -> None:
        """Switch every type on."""
        self._list.select_all()
