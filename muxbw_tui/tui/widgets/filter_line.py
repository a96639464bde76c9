"""The line in which a filter is typed; it takes the place of the keys, so that nothing moves.

Owns the text while it is typed. What is typed is told at once; what it means is `run.filters`'s business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from muxbw_tui.tui.keymap import FILTER_BINDINGS

if TYPE_CHECKING:
    from textual.binding import BindingType

_HINT = "re:expression · !not · enter keeps · {clear_key} clears"


class FilterLine(Horizontal):
    """A prompt, the text, and beside it what may be typed or what is wrong with it."""

    BINDINGS: ClassVar[list[BindingType]] = FILTER_BINDINGS

    class Typed(Message):
        """The text is another one."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    class Closed(Message):
        """The operator has finished typing; the text stands as it was last told."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._hint = ""

    async def open(self, text: str, *, clear_key: str) -> None:
        """Show the line with a text to go on from; `clear_key` is how the key that takes it back is written."""
        self._hint = _HINT.format(clear_key=clear_key)
        if not self.children:  # laid out here, since the first frame need not wait for what it does not show
            await self.mount(
                Static("Filter /", id="filter-prompt", markup=False),
                Input(compact=True, select_on_focus=False, id="filter-text"),
                Static(id="filter-hint", markup=False),
            )
        self.add_class("-open")
        entry = self.query_one(Input)
        with entry.prevent(Input.Changed):
            entry.value = text
        entry.cursor_position = len(text)
        self.complain("")
        entry.focus()

    def complain(self, problem: str) -> None:
        """Say what is wrong with the text, or what may be typed where nothing is."""
        self.set_class(bool(problem), "-wrong")
        self.query_one("#filter-hint", Static).update(Content(problem or self._hint))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell what is typed."""
        event.stop()
        self.post_message(self.Typed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter as it is."""
        event.stop()
        self._close()

    def action_clear(self) -> None:
        """Take the filter back."""
        self.post_message(self.Typed(""))
        self._close()

    def _close(self) -> None:
        self.remove_class("-open")
        self.post_message(self.Closed())
