"""The question before a run is lost, and the form for another one; by keyboard, at 80 by 24."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from textual.widgets import Static

from muxbw_tui.run.parameters import PARAMETERS
from muxbw_tui.tui.leaving import Leaving, Question, leave_question, replace_question
from muxbw_tui.tui.screens.ask import Ask
from muxbw_tui.tui.screens.parameters import Field, Parameters
from tests.fakes import source as fake
from tests.tui.stage import Over, screen_text, view_of

if TYPE_CHECKING:
    from muxbw_tui.pb.muxbw_pb2 import RunRequest

LEAVE = leave_question(view_of(fake.pumping()), run_id="9f86")
REPLACE = replace_question(view_of(fake.pumping()))


def form(request: RunRequest | None = None, question: Question[Leaving] | None = None) -> Over:
    """Return the form on a request, with what it asks back."""
    return Over(Parameters(request or fake.request(), lambda: question))


def field(app: Over, name: str) -> Field:
    """Return a field of the form."""
    return app.screen.query_one(f"#{name}", Field)


def note(app: Over, name: str) -> str:
    """Return what stands beside a field."""
    return str(field(app, name).query_one(".note", Static).content)


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        (["q"], Leaving.STOP),
        (["l"], Leaving.RUNNING),
        (["down", "enter"], Leaving.RUNNING),
        (["escape"], None),
        (["up", "enter"], None),
    ],
)
async def test_a_question_is_answered_by_letter_by_cursor_or_by_the_same_key_again(
    keys: list[str], answer: Leaving | None
) -> None:
    """Whoever presses q twice means it; whoever pressed it once by accident presses escape."""
    assert LEAVE is not None
    app = Over(Ask(LEAVE))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        shown = screen_text(app)
        await pilot.press(*keys)
        await pilot.pause()

    assert app.answers == [answer]
    for text in (
        "A run is going on",
        "Stop the run and leave",
        "muxbw-tui attach 9f86",
        "q again: stop the run",
    ):
        assert text in shown


async def test_the_form_shows_what_was_asked_and_asks_for_what_is_written() -> None:
    """By keyboard alone: change two fields, switch one, and run."""
    app = form(fake.request(routes=4))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        shown = screen_text(app)
        await pilot.press("down", "8", "tab", "1", "m", *["down"] * 7, "space", "enter")
        await pilot.pause()

    expected = fake.request(routes=8, duration_s=60)
    expected.probe_rtt = True
    assert app.answers == [expected]
    assert all(parameter.label in shown for parameter in PARAMETERS)
    assert all(text in shown for text in ("Change the parameters and run", "5m", "enter run"))


async def test_a_form_that_is_confirmed_as_it_is_asks_for_the_same() -> None:
    """What it does not show stays too."""
    request = fake.request()
    request.linger_ns, request.local_route = 30, True
    app = form(request)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("enter")
        await pilot.pause()

    assert app.answers == [request]


async def test_what_is_wrong_stands_beside_its_field_and_nothing_is_run() -> None:
    """The operator is taken to the field, and told what would be accepted."""
    app = form()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("down", "down", *"7d.", "down", "enter")
        await pilot.pause()
        wrong = note(app, "duration")
        at_fault = app.focused.parent if app.focused else None
        await pilot.press("ctrl+u", *"10s", *["down"] * 3, "4", "down", "3", "enter")
        await pilot.pause()
        contradiction = (note(app, "duration"), note(app, "max-hops"))
        answered = list(app.answers)
        await pilot.press("escape")
        await pilot.pause()

    assert wrong.endswith("write 30s, 1m30s or 100ms")
    assert at_fault is not None
    assert at_fault.id == "duration"
    assert contradiction == ("30s, 1m30s", "it must be at least the 4 of min hops")
    assert answered == []
    assert app.answers == [None]


async def test_the_form_asks_back_only_where_a_run_would_be_lost() -> None:
    """Staying returns to the form with everything that was written."""
    app = form(question=REPLACE)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("down", "8", "enter")
        await pilot.pause()
        asked = screen_text(app)
        await pilot.press("escape")
        await pilot.pause()
        back = field(app, "routes").text
        await pilot.press("enter")
        await pilot.press("x")
        await pilot.pause()

    assert "Stop it and start the new one" in asked
    assert back == "8"
    assert app.answers == [fake.request(routes=8)]


async def test_a_dialog_names_its_keys_as_they_are_in_force() -> None:
    """A hint that names a key of ours where the operator has another one traps them in the dialog."""
    assert LEAVE is not None
    app = Over(Ask(LEAVE))
    app.set_keymap({"question-stay": "f4", "question-again": "ctrl+x"})
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        shown = screen_text(app)
        await pilot.press("f4")
        await pilot.pause()

    assert "^x again: stop the run and leave · f4 stay" in shown
    assert app.answers == [None]
