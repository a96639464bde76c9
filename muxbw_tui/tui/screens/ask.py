"""A question over the dashboard, which goes on underneath. Owns how it is asked; what it says is `tui/leaving.py`'s."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from muxbw_tui.tui.keymap import QUESTION_BINDINGS
from muxbw_tui.tui.leaving import Leaving
from muxbw_tui.tui.screens.dialog import Dialog

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from muxbw_tui.tui.leaving import Choice, Question


class Ask(Dialog[Leaving]):
    """A question with its choices; its result is the value of the one that was chosen.

    Args:
        question: what to ask.
    """

    BINDINGS: ClassVar[list[BindingType]] = QUESTION_BINDINGS

    def __init__(self, question: Question[Leaving]) -> None:
        super().__init__(question.title)
        self._question = question
        self._list = OptionList(*(Option(_prompt(choice)) for choice in question.choices))

    def body(self) -> ComposeResult:
        """Lay the choices out."""
        yield self._list

    def keys_said(self) -> list[str]:
        """Say too what quitting again does."""
        again = f"{self.key('question-again')} again: {self._question.choices[0].title.lower()}"
        return [*([again] if self._question.by_quit else []), *super().keys_said()]

    def on_mount(self) -> None:
        """Begin with what the operator most likely wants."""
        self._list.highlighted = 0

    def on_key(self, event: events.Key) -> None:
        """Take the letter of a choice."""
        for choice in self._question.choices:
            if event.key == choice.key:
                event.stop()
                self.dismiss(choice.value)

    def on_option_list_option_selected(self, message: OptionList.OptionSelected) -> None:
        """Take the choice under the cursor, or the one that was clicked."""
        self.dismiss(self._question.choices[message.option_index].value)

    def action_quit_again(self) -> None:
        """Take the first choice if the key that asked was pressed again; else whoever quits a question stays."""
        self.dismiss(self._question.choices[0].value if self._question.by_quit else None)


def _prompt(choice: Choice[Leaving]) -> Content:
    # No colours of its own: they could not be read where the cursor is.
    return Content.assemble((f"{choice.key}  {choice.title}", "bold"), f"\n   {choice.detail}")
