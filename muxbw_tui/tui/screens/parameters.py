"""Changing what is asked of a run before it is run again.

Owns the form; which parameters there are and how they are written is `run/parameters.py`'s, and so is every error that
stands beside a field. Nothing is lost by looking: whoever changes nothing and leaves, changed nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Checkbox, Input, Static

from muxbw_tui.pb.muxbw_pb2 import RunRequest
from muxbw_tui.run.parameters import PARAMETERS, disagreement
from muxbw_tui.tui.keymap import PARAMETERS_BINDINGS
from muxbw_tui.tui.screens.ask import Ask
from muxbw_tui.tui.screens.dialog import Dialog

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import PurePath

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from muxbw_tui.run.parameters import Parameter
    from muxbw_tui.tui.leaving import Leaving, Question


class YesNo(Checkbox):
    """A check box that can be read without colours."""

    def __init__(self, *, is_on: bool) -> None:
        super().__init__("", is_on, compact=True)
        self._say()

    def on_checkbox_changed(self) -> None:
        """Say what it has become."""
        self._say()

    def _say(self) -> None:
        self.BUTTON_INNER = "✓" if self.value else " "
        self.label = "yes" if self.value else "no, space switches"


class Field(Horizontal):
    """One parameter: its name, what is written, and what would be accepted or what is wrong."""

    def __init__(self, parameter: Parameter, request: RunRequest) -> None:
        super().__init__(id=parameter.name)
        self.parameter = parameter
        text = parameter.read(request)
        self._entry: Input | Checkbox = (
            YesNo(is_on=bool(text)) if parameter.is_switch else Input(text, compact=True)
        )
        self._note = Static(parameter.hint, markup=False, classes="note")

    def compose(self) -> ComposeResult:
        """Put them side by side."""
        yield Static(self.parameter.label, markup=False, classes="label")
        yield self._entry
        yield self._note

    @property
    def text(self) -> str:
        """What is written now."""
        if isinstance(self._entry, Checkbox):
            return "yes" if self._entry.value else ""
        return self._entry.value.strip()

    def write(self, request: RunRequest) -> bool:
        """Put what is written into a request; return whether it could be understood, and say what is wrong if not."""
        try:
            self.parameter.write(request, self.text)
        except ValueError as error:
            self.complain(str(error))
            return False
        self.set_class(False, "-wrong")
        self._note.update(Content(self.parameter.hint))
        return True

    def complain(self, error: str) -> None:
        """Say what is wrong."""
        self.set_class(True, "-wrong")
        self._note.update(Content(error))

    def enter(self) -> None:
        """Take the keys."""
        self._entry.focus()


class Parameters(Dialog[RunRequest]):
    """A form; its result is the changed request.

    Args:
        request: what was asked last; what the form does not show stays as it is.
        question: returns what to ask before the new run, or None where nothing would be lost.
    """

    CSS_PATH: ClassVar[list[str | PurePath]] = ["dialog.tcss", "parameters.tcss"]
    # Before the scrolling container's and the check box's own.
    BINDINGS: ClassVar[list[BindingType]] = PARAMETERS_BINDINGS

    def __init__(self, request: RunRequest, question: Callable[[], Question[Leaving] | None]) -> None:
        super().__init__("Change the parameters and run")
        self._request = request
        self._question = question
        self._fields: list[Field] = []

    def frame(self) -> VerticalScroll:
        """Return a frame that scrolls: on the smallest screen not all has room."""
        return VerticalScroll(can_focus=False)

    def body(self) -> ComposeResult:
        """Lay the form out; an input cannot be made before there is a screen to put it on."""
        self._fields = [Field(parameter, self._request) for parameter in PARAMETERS]
        yield from self._fields

    def on_mount(self) -> None:
        """Begin at the first field."""
        self._fields[0].enter()

    def on_input_changed(self, message: Input.Changed) -> None:
        """Check what has just been written."""
        field = message.input.parent
        if isinstance(field, Field):
            field.write(RunRequest())

    def action_run(self) -> None:
        """Answer with what the form asks for, after asking back where a run would be lost."""
        request = self._written()
        if request is None:
            return
        question = self._question()
        if question is None:
            self.dismiss(request)
            return

        def on_answer(answer: Leaving | None) -> None:
            if answer is not None:
                self.dismiss(request)

        self.app.push_screen(Ask(question), on_answer)

    def _written(self) -> RunRequest | None:
        """Return what the form asks for; where that cannot be, go to the first field that is wrong."""
        request = RunRequest()
        request.CopyFrom(self._request)
        wrong = [field for field in self._fields if not field.write(request)]
        if not wrong and (found := disagreement(request)) is not None:
            name, error = found
            wrong = [field for field in self._fields if field.parameter.name == name]
            wrong[0].complain(error)
        if wrong:
            wrong[0].enter()
        return None if wrong else request
