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
    from textual.widget import Widget

_HINT = "re:expression · !not · enter keeps · {clear_key} clears"


class FilterLine(Horizontal):
    """A prompt, the text, and beside it what may be typed or what is wrong with it."""

    BINDINGS: ClassVar[list[BindingType]] = FILTER_BINDINGS

    class Typed(Message):
        """The text is another one."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._hint = ""
        self._back: Widget | None = None

    @property
    def is_open(self) -> bool:
        """Whether the operator is typing."""
        return self.display

    async def open(self, text: str, *, clear_key: str) -> None:
        """Show the line with a text to go on from, and have the next key go there, however soon it follows.

        Args:
            text: to go on from.
            clear_key: how the key that takes the filter back is written.
        """
        self._hint = _HINT.format(clear_key=clear_key)
        if not self.children:  # laid out here, since the first frame need not wait for what it does not show
            await self.mount(
                Static("Filter /", id="filter-prompt", markup=False),
                Input(compact=True, select_on_focus=False, id="filter-text"),
                Static(id="filter-hint", markup=False),
            )
        self.display = True
        entry = self.query_one(Input)
        with entry.prevent(Input.Changed):
            entry.value = text
        entry.cursor_position = len(text)
        self.complain("")
        self._back = self.screen.focused
        self.screen.set_focus(entry)  # at once, where `focus` would let further keys go to the pane

    def complain(self, problem: str) -> None:
        """Say what is wrong with the text, or what may be typed where nothing is."""
        self.set_class(bool(problem), "-wrong")
        self.query_one("#filter-hint", Static).update(Content(problem or self._hint))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell what is typed; what comes in behind the key that ended it is dropped."""
        event.stop()
        if self.is_open:
            self.post_message(self.Typed(event.value))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Keep the filter as it is."""
        event.stop()
        self._close()

    def on_descendant_blur(self) -> None:
        """Go when the operator went to another pane, and stay when the terminal lost the focus; the filter is kept."""
        if self.screen.focused is not None and not self.has_focus_within:
            self.display = False

    def action_clear(self) -> None:
        """Take the filter back."""
        self.post_message(self.Typed(""))
        self._close()

    def _close(self) -> None:
        self.screen.set_focus(self._back)
        self.display = False
