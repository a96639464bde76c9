"""Choosing, ordering and hiding the route table's columns. Owns the choice while it is made; whoever asked keeps it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from muxbw_tui.run.columns import COLUMN_BY_ID
from muxbw_tui.tui.column_choice import AUTOMATIC, choice_of
from muxbw_tui.tui.keymap import COLUMNS_BINDINGS
from muxbw_tui.tui.screens.dialog import Dialog

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from muxbw_tui.tui.column_choice import ColumnChoice

_TITLE_WIDTH = max(len(column.title) for column in COLUMN_BY_ID.values())


class ColumnsScreen(Dialog[tuple[str, ...]]):
    """A list of all columns; its result is the ids of those to show, none for what fits.

    Args:
        chosen: the columns that the table was told to show; none if it shows what fits.
        automatic: the columns that fit.
    """

    BINDINGS: ClassVar[list[BindingType]] = COLUMNS_BINDINGS

    def __init__(self, chosen: tuple[str, ...], automatic: tuple[str, ...]) -> None:
        super().__init__("Columns")
        self._automatic = automatic
        self._choice = choice_of(chosen, automatic)
        self._list = OptionList(*self._options())
        self._meaning = Static(markup=False, classes="explained")

    def body(self) -> ComposeResult:
        """Lay the list out, with what the column under the cursor means below it."""
        yield self._list
        yield self._meaning

    def on_mount(self) -> None:
        """Begin at the top."""
        self._show(0)

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Say what the column means."""
        self._meaning.update(COLUMN_BY_ID[self._choice.order[event.option_index]].meaning)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Show or hide the column that was clicked on."""
        self._choose(self._choice.toggled(event.option_index), event.option_index)

    def action_show_or_hide(self) -> None:
        """Show or hide the column under the cursor."""
        self._choose(self._choice.toggled(self._position), self._position)

    def action_move(self, step: int) -> None:
        """Move the column under the cursor, and the cursor with it."""
        last = len(self._choice.order) - 1
        self._choose(self._choice.moved(self._position, step), min(max(self._position + step, 0), last))

    def action_default(self) -> None:
        """Show what fits the width."""
        self._choose(choice_of(AUTOMATIC, self._automatic), 0)

    def action_keep(self) -> None:
        """Show the table so."""
        self.dismiss(self._choice.result)

    @property
    def _position(self) -> int:
        return self._list.highlighted or 0

    def _choose(self, choice: ColumnChoice, position: int) -> None:
        self._choice = choice
        self._list.set_options(self._options())
        self._show(position)

    def _show(self, position: int) -> None:
        self._list.highlighted = position
        how = "as many as fit" if self._choice.is_automatic else f"{len(self._choice.shown)} chosen"
        self.head(f"Columns · {how}")

    def _options(self) -> list[Option]:
        """Return a line a column: whether it is shown, its number among those that are, title and name."""
        options = []
        for position, name in enumerate(self._choice.order):
            number = self._choice.number(position)
            mark = "   ·" if number is None else f"{number:>2} ✓"
            options.append(Option(Content(f"{mark} {COLUMN_BY_ID[name].title:<{_TITLE_WIDTH}}  {name}")))
        return options
