"""Choosing what of a route is copied. Owns the list; what is in it is `tui/copying.py`'s, the copying the app's."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from muxbw_tui.run.text import clean_line
from muxbw_tui.tui.keymap import COPY_BINDINGS
from muxbw_tui.tui.screens.dialog import Dialog
from muxbw_tui.tui.spans import fit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from muxbw_tui.tui.copying import Copyable


class CopyScreen(Dialog["Copyable"]):
    """A list of texts; its result is the one to copy.

    Args:
        items: what there is to copy, the most wanted first.
        title: of what.
    """

    BINDINGS: ClassVar[list[BindingType]] = COPY_BINDINGS

    def __init__(self, items: Sequence[Copyable], *, title: str) -> None:
        super().__init__(f"Copy of {title}")
        self._items = items
        width = max((cell_len(item.label) for item in items), default=0)
        self._list = OptionList(
            *(Option(Content(f"{fit(item.label, width)}  {clean_line(item.text)}")) for item in items)
        )

    def body(self) -> ComposeResult:
        """Lay the list out."""
        yield self._list

    def action_take(self) -> None:
        """Answer with what the cursor is on."""
        if self._list.highlighted is not None:
            self.dismiss(self._items[self._list.highlighted])

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """Answer with what was chosen."""
        self.dismiss(self._items[message.option_index])
