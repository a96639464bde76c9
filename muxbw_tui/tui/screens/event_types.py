"""Choosing which types of events the feed shows. Owns the choice while it is made; the feed has it afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from muxbw_tui.tui.keymap import EVENT_TYPES_BINDINGS
from muxbw_tui.tui.screens.dialog import Dialog

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult
    from textual.binding import BindingType


class EventTypes(Dialog[frozenset[str]]):
    """A list of types to switch on and off; its result is those to hide.

    Args:
        counts: the types that there are, each with how many events are of it.
        hidden: the types that are not shown now.
    """

    BINDINGS: ClassVar[list[BindingType]] = EVENT_TYPES_BINDINGS

    def __init__(self, counts: Mapping[str, int], hidden: frozenset[str]) -> None:
        super().__init__("Types of events")
        self._counts = counts
        self._hidden = hidden
        self._kinds = [*counts, *sorted(hidden - counts.keys())]
        self._list = OptionList(*self._options())

    def body(self) -> ComposeResult:
        """Lay the list out."""
        yield self._list

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Switch the type that was clicked on."""
        self._switch(event.option_index)

    def action_switch(self) -> None:
        """Switch the type under the cursor."""
        if self._list.highlighted is not None:
            self._switch(self._list.highlighted)

    def action_keep(self) -> None:
        """Show what is switched on."""
        self.dismiss(self._hidden)

    def action_all(self) -> None:
        """Switch every type on."""
        self._hide(frozenset())

    def _switch(self, position: int) -> None:
        self._hide(self._hidden ^ {self._kinds[position]})

    def _hide(self, hidden: frozenset[str]) -> None:
        self._hidden, position = hidden, self._list.highlighted
        self._list.set_options(self._options())
        self._list.highlighted = position

    def _options(self) -> list[Option]:
        """Return a line a type: whether it is shown, its name, how many events are of it."""
        width = max(map(len, self._kinds), default=0)
        return [
            Option(
                Content(
                    f"{'·' if kind in self._hidden else '✓'} {kind:<{width}} {self._counts.get(kind, 0):>5}"
                )
            )
            for kind in self._kinds
        ]
