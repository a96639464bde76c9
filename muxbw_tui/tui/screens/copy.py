"""Choosing what of a route is copied. Owns the list; what is in it is `tui/copying.py`'s, the copying the app's."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from muxbw_tui.tui.keymap import COPY_BINDINGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from muxbw_tui.tui.copying import Copyable


class CopyScreen(ModalScreen["Copyable | None"]):
    """A list of texts; its result is the one to copy, or None.

    Args:
        items: what there is to copy, the most wanted first.
        title: of what.
    """

    CSS_PATH = "copy.tcss"
    BINDINGS: ClassVar[list[BindingType]] = COPY_BINDINGS

    def __init__(self, items: Sequence[Copyable], *, title: str) -> None:
        super().__init__()
        self._items = items
        self._title = title
        width = max((len(item.label) for item in items), default=0)
        self._list = OptionList(*(Option(Content(f"{item.label:<{width}}  {item.text}")) for item in items))

    def compose(self) -> ComposeResult:
        """Lay the list out."""
        with Vertical(id="copy"):
            yield self._list
            yield Static("enter copies · esc leaves", markup=False, classes="hint")

    def on_mount(self) -> None:
        """Say what this is, and take the keys."""
        self.query_one("#copy").border_title = f"Copy of {self._title}"
        self._list.focus()

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """Answer with what was chosen."""
        self.dismiss(self._items[message.option_index])

    def action_leave(self) -> None:
        """Copy nothing."""
        self.dismiss(None)
