"""A run that is told once more after a break: the same state as of one who missed nothing, and nothing told twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.pb.muxbw_pb2 import RunEvent
from muxbw_tui.run import reducer
from muxbw_tui.run.retelling import Retelling
from muxbw_tui.run.state import StreamEnd
from tests.fakes import source as fake
from tests.server.test_digest import ROUTES, Engine, differences, digest_of, state_after, steps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from muxbw_tui.run.state import RunState


def retell(state: RunState, events: Iterable[RunEvent]) -> list[RunEvent]:
    """Tell a run once more to one who has this state; return what was news."""
    retelling = Retelling(state, away_ns=2_000_000_000)
    return [event for event in events if retelling.apply(event)]


@given(
    st.lists(st.booleans(), min_size=ROUTES, max_size=ROUTES),
    st.lists(steps(), max_size=40),
    st.tuples(st.floats(0, 1), st.floats(0, 1)),
)
def test_one_who_was_away_sees_what_one_sees_who_was_there(
    ok: list[bool], happenings: list[Callable[[Engine], None]], absence: tuple[float, float]
) -> None:
    """A break of the network must change no figure, and no line of the feed may come twice."""
    engine = Engine()
    engine.begin(ok)
    for happen in happenings:
        happen(engine)
    engine.sample(1.0, {0, 1, 2}, 5.0)
    events = engine.events
    # From the plan on: the events before it bear one instant.
    broke, came_back = (3 + round(part * (len(events) - 4)) for part in sorted(absence))
    state = state_after(events[:broke])
    told = [*digest_of(events[:came_back]).events(), *events[came_back:]]

    news = retell(state, told)

    assert differences(state, state_after(events)) == {}
    assert news[-len(events[came_back:]) :] == events[came_back:]
    assert min(event.timestamp_ns for event in news) > events[broke - 1].timestamp_ns
    assert [entry.elapsed_ns for entry in state.feed] == sorted(entry.elapsed_ns for entry in state.feed)


def test_until_the_telling_has_come_as_far_the_last_state_stays() -> None:
    """A screen that runs through the whole run again would show routes that were mended as dead."""
    state = state_after(fake.in_trouble())
    before = state_after(fake.in_trouble())

    news = retell(state, fake.in_trouble())

    assert news == []
    assert state == before


def test_what_happened_meanwhile_is_in_the_feed_and_on_the_plots_once() -> None:
    """What was missed is what the operator wants to know first."""
    state = state_after(fake.pumping())
    entries, marks = list(state.feed), list(state.series.marks)
    missed = fake.failure(3, 8, mib=15)
    told = digest_of(
        [*fake.pumping(), missed, fake.sample(9, dict.fromkeys(range(3), 24.0))], routes=4
    ).events()

    news = retell(state, told)

    new_entries = [(entry.kind, entry.text) for entry in list(state.feed)[len(entries) :]]
    assert missed in news
    assert [kind for kind, _ in new_entries] == ["resumed", "route_failure"]
    assert new_entries[0][1] == "the stream broke here, and the run was taken up again 2.00 s later"
    assert list(state.feed)[: len(entries)] == entries
    assert state.feed_total == len(state.feed)
    assert list(state.series.marks)[: len(marks)] == marks
    assert [mark.route_index for mark in list(state.series.marks)[len(marks) :]] == [3]


def test_a_run_that_ended_meanwhile_is_over() -> None:
    """Its last event may bear the instant of one that is known."""
    state = state_after(fake.pumping())
    last = fake.pumping()[-1].timestamp_ns
    done = RunEvent()
    done.CopyFrom(fake.done(6))
    done.timestamp_ns = last

    news = retell(state, [*digest_of(fake.pumping(), routes=4).events(), done])

    assert news == [done]
    assert state.end is StreamEnd.DONE


def test_a_server_whose_clock_was_set_back_is_not_held_to_have_nothing_new() -> None:
    """The screen would stand still for as long as the clock went back."""
    state = state_after(fake.pumping())
    an_hour_earlier = fake.sample(7, dict.fromkeys(range(4), 18.0))
    an_hour_earlier.timestamp_ns -= 3600 * 10**9

    news = retell(state, [*digest_of(fake.pumping(), routes=4).events(), an_hour_earlier])

    assert news == [an_hour_earlier]
    assert state.bytes_received == 4 * 18 * fake.MIB


def test_a_second_break_before_the_first_was_mended_loses_nothing() -> None:
    """A network that comes and goes must not leave a state that is half of one telling."""
    state, whole = state_after(fake.pumping()), [*fake.pumping(), fake.failure(3, 8, mib=15)]
    told = digest_of(whole, routes=4).events()

    assert retell(state, told[:3]) == []
    assert retell(state, told) == [whole[-1]]
    assert differences(state, state_after(whole)) == {}


def test_a_state_that_was_given_up_is_open_again() -> None:
    """The headless commands say that the stream broke, and may find it again."""
    state = state_after(fake.pumping())
    reducer.mark_broken(state, "reset")

    retell(state, [*fake.pumping(), fake.sample(7, dict.fromkeys(range(4), 18.0))])

    assert state.end is StreamEnd.OPEN
