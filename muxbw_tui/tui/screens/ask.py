"""A question over the dashboard, which goes on underneath. Owns how it is asked; what it says is `tui/leaving.py`'s."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from muxbw_tui.tui.keymap import QUESTION_BINDINGS
from muxbw_tui.tui.leaving import Leaving

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from muxbw_tui.tui.leaving import Choice, Question


class Ask(ModalScreen[Leaving | None]):
    """A question with its choices; its result is the chosen value, or None to leave everything as it is.

    Args:
        question: what to ask.
    """

    CSS_PATH = "ask.tcss"
    BINDINGS: ClassVar[list[BindingType]] = QUESTION_BINDINGS

    def __init__(self, question: Question[Leaving]) -> None:
        super().__init__()
        self._question = question
        self._list = OptionList(*(Option(_prompt(choice)) for choice in question.choices))

    def compose(self) -> ComposeResult:
        """Lay the choices out."""
        with Vertical(id="ask"):
            yield self._list
            again = f"q again: {self._question.choices[0].title.lower()} · " if self._question.by_quit else ""
            yield Static(f"{again}esc: stay", markup=False, classes="hint")

    def on_mount(self) -> None:
        """Say what is asked, and take the keys."""
        self.query_one("#ask").border_title = Content(self._question.title)
        self._list.highlighted = 0
        self._list.focus()

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

    def action_stay(self) -> None:
        """Change nothing."""
        self.dismiss(None)


def _prompt(choice: Choice[Leaving]) -> Content:
    return Content.assemble(
        (choice.key, "bold $primary"), f"  {choice.title}\n", (f"   {choice.detail}", "$muted")
    )
