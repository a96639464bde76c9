"""When an operator is asked before a run is lost, and what he may choose."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.sources.reconnect import Outage
from muxbw_tui.tui.leaving import Leaving, leave_question, replace_question
from tests.fakes import source as fake
from tests.tui.stage import view_of

if TYPE_CHECKING:
    from muxbw_tui.tui.view import View

OUTAGE = Outage(reason="reset", lasted_ns=1, attempt=1, next_try_in_ns=1, left_ns=1)


def choices(view: View) -> list[Leaving | None]:
    """Return what may be chosen on leaving, the first choice first; nothing where nothing is asked."""
    question = leave_question(view, run_id="9f86")
    return [choice.value for choice in question.choices] if question else []


def test_a_run_of_ours_is_stopped_left_running_or_watched_on() -> None:
    """The three things that an operator may mean by leaving."""
    view = view_of(fake.pumping())
    question = leave_question(view, run_id="9f86")

    assert question is not None
    assert choices(view) == [Leaving.STOP, Leaving.RUNNING, None]
    assert "muxbw-tui attach 9f86" in question.choices[1].detail


@pytest.mark.parametrize(
    "view",
    [
        view_of([]),
        view_of([*fake.pumping(), fake.done(9)]),
        replace(view_of(fake.pumping()), live=False),
    ],
    ids=["has not begun", "is over", "is a recording"],
)
def test_nothing_is_asked_where_nothing_would_be_lost(view: View) -> None:
    """A question without a reason teaches to answer without reading."""
    assert choices(view) == []
    assert replace_question(view) is None


def test_a_run_that_outlives_us_is_left_first_and_stopped_only_when_that_is_chosen() -> None:
    """Whoever only watches must not end what others rely on by pressing q twice."""
    view = replace(view_of(fake.pumping()), outlives_us=True)

    assert choices(view) == [Leaving.AT_ONCE, Leaving.STOP, None]
    assert replace_question(view) is None


def test_a_stock_visors_run_cannot_be_left_running() -> None:
    """It ends with its client, so that the choice would be a lie."""
    view = replace(view_of(fake.pumping()), cannot_control="a stock visor")

    assert choices(view) == [Leaving.STOP, None]


def test_a_run_that_cannot_be_reached_can_be_left_but_not_stopped() -> None:
    """Nothing can be asked of it now; what becomes of it is said."""
    ours = replace(view_of(fake.pumping()), outage=OUTAGE)
    question, theirs = leave_question(ours, run_id=None), replace(ours, outlives_us=True)

    assert question is not None
    assert choices(ours) == choices(theirs) == [Leaving.AT_ONCE, None]
    assert "ends by itself" in question.choices[0].detail


def test_another_run_asks_before_it_ends_this_one() -> None:
    """The one question for n and e."""
    question = replace_question(view_of(fake.pumping()))

    assert question is not None
    assert [choice.value for choice in question.choices] == [Leaving.STOP, None]


def test_each_choice_has_a_key_of_its_own_that_is_not_q() -> None:
    """The key q means the first choice, in every question."""
    views = [view_of(fake.pumping()), replace(view_of(fake.pumping()), outlives_us=True)]
    for view in views:
        question = leave_question(view, run_id=None)
        assert question is not None
        keys = [choice.key for choice in question.choices]
        assert len(set(keys)) == len(keys)
        assert "q" not in keys
