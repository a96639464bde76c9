"""A stalled route has not failed and carries nothing: only its samples show it, long before a deadline does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.run.reducer import apply
from muxbw_tui.run.state import RouteStatus, RunState, Severity
from tests.run.happenings import (
    MIB,
    after,
    apply_all,
    done,
    established,
    failure,
    leg,
    ns,
    paused,
    phase,
    restarting,
    sample,
)


def pumping() -> RunState:
    """Return a route that carried its last byte 2 s after the run began."""
    return after(established(0.5, 2), phase(1, "pump"), sample(2, leg(2, MIB, rate_bps=8e6)))


def quiet(state: RunState, *seconds: float, alive: bool = True) -> RouteStatus:
    """Apply samples in which the route carries nothing; return its condition after them."""
    apply_all(state, [sample(second, leg(2, MIB, alive=alive)) for second in seconds])
    return state.routes[2].status


def test_a_route_without_a_byte_for_three_seconds_is_stalled() -> None:
    """Just before that it is only slow."""
    state = pumping()

    assert quiet(state, 3, 4, 4.94) is RouteStatus.PUMPING
    assert quiet(state, 5) is RouteStatus.STALLED
    assert state.routes[2].established


def test_a_sample_that_comes_a_millisecond_early_still_shows_the_stall() -> None:
    """Else the next one would, a whole second late; and the row must not say 2 s."""
    state = pumping()

    assert quiet(state, 4.999) is RouteStatus.STALLED
    assert state.feed[-1].text == "R2 ◌ stalled: no byte for 3 s"
    assert state.routes[2].stalled_s == 3


def test_how_long_it_has_been_stalled_goes_on() -> None:
    """The row counts the seconds."""
    state = pumping()
    quiet(state, 5, 6, 7)

    assert state.routes[2].stalled_for_ns == ns(5)


def test_a_stall_is_told_once() -> None:
    """A feed with a line for each sample would hide everything else."""
    state = pumping()
    quiet(state, 5, 6, 7, 8)

    stalls = [entry for entry in state.feed if entry.kind == "stalled"]
    assert [(entry.route_index, entry.severity) for entry in stalls] == [(2, Severity.FAULT)]
    assert stalls[0].text == "R2 ◌ stalled: no byte for 3 s"
    assert stalls[0].elapsed_ns == ns(4.5)


def test_a_byte_ends_the_stall_and_the_feed_says_after_how_long() -> None:
    """It recovered by itself: nobody needs to press a key."""
    state = pumping()
    quiet(state, 5, 7)
    apply(state, sample(8, leg(2, MIB + 1, rate_bps=1e6)))

    route = state.routes[2]
    assert route.status is RouteStatus.PUMPING
    assert route.stalled_for_ns == 0
    assert (state.feed[-1].kind, state.feed[-1].text) == (
        "recovered",
        "R2 ● recovered after 6 s without a byte",
    )


def test_a_route_that_never_carried_a_byte_stalls_too() -> None:
    """It is up and nothing flows, and no deadline has fired yet."""
    state = after(established(0.5, 2), phase(1, "pump"), sample(2, leg(2, 0)), sample(4.1, leg(2, 0)))

    assert state.routes[2].status is RouteStatus.STALLED


def test_samples_far_apart_do_not_make_a_stall_of_a_route_that_carries() -> None:
    """With ten seconds between samples a byte came in each of them."""
    state = after(established(0.5, 2), phase(1, "pump"), sample(11, leg(2, MIB)), sample(21, leg(2, 2 * MIB)))

    assert state.routes[2].status is RouteStatus.PUMPING


def test_a_stalled_route_that_fails_has_died() -> None:
    """Its deadline fired at last."""
    state = pumping()
    quiet(state, 5)
    apply(state, failure(9, 2, MIB, "read echo: i/o timeout"))

    assert state.routes[2].status is RouteStatus.DIED
    assert state.routes[2].stalled_for_ns == 0


def test_a_stalled_route_stays_stalled_at_the_end() -> None:
    """It did not pump to the end."""
    state = pumping()
    quiet(state, 5)
    apply(state, done(6, carried=MIB))

    assert state.routes[2].status is RouteStatus.STALLED


def test_a_restart_gives_a_route_three_new_seconds() -> None:
    """A route that has just come up must not look stalled for the time in which it was dead."""
    state = pumping()
    quiet(state, 5, 8)
    apply_all(state, [restarting(8.1, 2, 2), established(8.5, 2)])

    assert quiet(state, 9, 10) is RouteStatus.PUMPING
    assert quiet(state, 12) is RouteStatus.STALLED


def test_a_leg_that_is_not_alive_and_has_not_failed_has_been_stopped() -> None:
    """Waiting for its bytes would be waiting for ever; a failure that is on its way comes within the time."""
    state = pumping()

    assert quiet(state, 3, alive=False) is RouteStatus.PUMPING
    assert quiet(state, 6, alive=False) is RouteStatus.STOPPED


def test_a_leg_on_standby_does_not_stall() -> None:
    """It is meant to carry nothing."""
    state = pumping()
    apply_all(state, [sample(second, leg(2, MIB, standby=True)) for second in (3, 6, 9)])

    assert state.routes[2].status is RouteStatus.STANDBY


@given(st.lists(st.tuples(st.floats(0.01, 5), st.booleans()), max_size=30))
def test_a_route_is_stalled_exactly_when_its_last_byte_is_three_seconds_old_less_the_tolerance(
    steps: list[tuple[float, bool]],
) -> None:
    """Recomputed from the samples themselves, whatever their spacing."""
    state = pumping()
    now_ns, last_ns, carried = ns(1), ns(1), MIB
    for step_s, carries in steps:
        now_ns += ns(step_s)
        carried += carries
        if carries:
            last_ns = now_ns
        event = sample(0, leg(2, carried))
        event.sample.elapsed_ns = now_ns
        apply(state, event)

        stalled = now_ns - last_ns >= ns(2.95)
        assert state.routes[2].status is (RouteStatus.STALLED if stalled else RouteStatus.PUMPING)


def test_nothing_stalls_while_the_traffic_is_paused() -> None:
    """The operator stopped it; an alarm about that would only hide the next real one."""
    state = apply_all(pumping(), [paused(2.5)])

    assert quiet(state, 3, 5, 7, 9) is RouteStatus.PUMPING
    assert state.routes[2].stalled_for_ns == 0


def test_a_stall_is_looked_for_again_from_when_the_traffic_goes_on() -> None:
    """Whether a route takes up again is seen in its samples, not in how long the pause was."""
    state = apply_all(pumping(), [paused(2.5), sample(8, leg(2, MIB)), paused(8.5, on=False)])

    assert quiet(state, 9, 11) is RouteStatus.PUMPING
    assert quiet(state, 12) is RouteStatus.STALLED


def test_a_pause_ends_a_stall() -> None:
    """While nothing is sent nobody can tell, and the route is not called stalled for it."""
    state = pumping()
    quiet(state, 6)
    entries = state.feed_total
    apply_all(state, [paused(6.5)])

    assert state.routes[2].status is RouteStatus.PUMPING
    assert [entry.kind for entry in list(state.feed)[entries:]] == ["paused"]
