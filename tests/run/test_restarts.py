"""Bringing a failed route back is what the dashboard is for: every step of it must be seen, and none undone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.pb.muxbw_pb2 import RunEvent
from muxbw_tui.pb.ping_pb2 import MuxRouteEstablished, MuxRouteFailure
from muxbw_tui.run.reducer import apply
from muxbw_tui.run.routes import dead_time_ns
from muxbw_tui.run.state import ATTEMPTS_KEPT, RouteStatus
from tests.run.happenings import (
    MIB,
    after,
    apply_all,
    done,
    established,
    failure,
    leg,
    lifecycle,
    ns,
    phase,
    restarting,
    sample,
    setup_failed,
)

DIED_AND_RESTARTED = (
    established(0.5, 1, setup_s=0.2),
    phase(1, "pump"),
    sample(2, leg(1, MIB)),
    failure(4, 1, 2 * MIB),
    restarting(6, 1, 2),
    established(7, 1, setup_s=0.3),
    sample(8, leg(1, 3 * MIB, rate_bps=8e6)),
)


def test_a_later_set_up_reverses_both_flags() -> None:
    """A failure clears established and sets failed; a set-up for that index does the opposite."""
    state = after(established(0.5, 1), phase(1, "pump"), failure(2, 1, MIB))
    assert (state.routes[1].established, state.routes[1].failed) == (False, True)

    apply(state, established(3, 1))

    assert (state.routes[1].established, state.routes[1].failed) == (True, False)
    assert state.routes[1].status is RouteStatus.PUMPING


def test_flags_follow_events_that_have_no_timestamps() -> None:
    """A server that leaves the timestamp out, or a clock that stands, must not hide a restart."""
    up, down = MuxRouteEstablished(route_index=1), MuxRouteFailure(route_index=1, error_message="reset")
    state = after(
        RunEvent(route_established=up), RunEvent(route_failure=down), RunEvent(route_established=up)
    )

    assert (state.routes[1].established, state.routes[1].failed) == (True, False)

    apply(state, RunEvent(route_failure=down))

    assert (state.routes[1].established, state.routes[1].failed) == (False, True)


def test_a_wall_clock_that_steps_back_does_not_hide_a_restart_or_a_failure() -> None:
    """Timestamps are a wall clock's: an hour is set back while a run goes on."""
    state = after(established(5000, 1), phase(5001, "pump"), failure(5010, 1, MIB, pump_s=9))
    seen = []
    for event in (restarting(1411, 1, 2), established(1412, 1), failure(1420, 1, 2 * MIB, pump_s=1419)):
        apply(state, event)
        seen.append(state.routes[1].status)

    assert seen == [RouteStatus.RESTARTING, RouteStatus.PUMPING, RouteStatus.DIED]


STOPPED_AND_JOINED = (
    established(0.5, 1),
    phase(1, "pump"),
    sample(2, leg(1, MIB)),
    lifecycle(3, 1, "dropped"),
    restarting(18, 1, 2),
    established(18.1, 1, setup_s=0.1),
)


def test_a_route_that_was_stopped_is_not_dead_until_it_joins_again() -> None:
    """The operator took it out, and nothing of that is the path's fault."""
    state = after(*STOPPED_AND_JOINED)
    route = state.routes[1]
    first, second = route.attempts

    assert (first.stopped, first.error, first.ended_ns, first.dead_time_ns) == (True, "", ns(2.5), 0)
    assert (second.stopped, second.ended_ns) == (False, None)
    assert dead_time_ns(route, state) == 0


def test_a_route_that_cannot_join_again_is_dead_from_that_failure_on() -> None:
    """The time before, in which it was stopped, is not that failure's."""
    state = after(*STOPPED_AND_JOINED[:-1], setup_failed(19, 1), restarting(24, 1, 3), established(25, 1))

    assert [attempt.dead_time_ns for attempt in state.routes[1].attempts] == [0, ns(6), 0]
    assert dead_time_ns(state.routes[1], state) == ns(6)


def test_while_it_is_set_up_again_a_route_is_restarting_with_its_number() -> None:
    """The operator pressed a key and must see that it was heard."""
    state = after(*DIED_AND_RESTARTED[:5])

    route = state.routes[1]
    assert route.status is RouteStatus.RESTARTING
    assert route.attempts[-1].number == 2
    assert not route.established


def test_a_restarted_route_pumps_on_and_its_counters_go_on() -> None:
    """Counters are the leg's over all attempts."""
    route = after(*DIED_AND_RESTARTED).routes[1]

    assert route.status is RouteStatus.PUMPING
    assert route.bytes_received == 3 * MIB
    assert route.recv_bps == 8e6
    assert route.setup_latency_ns == ns(0.3)
    assert route.last_error == "read echo: reset"


def test_each_attempt_tells_how_it_ended_and_how_long_the_route_was_dead() -> None:
    """The dead time is part of what the route was worth."""
    route = after(*DIED_AND_RESTARTED).routes[1]

    first, second = route.attempts
    assert (first.number, first.setup_latency_ns, first.bytes_received) == (1, ns(0.2), 2 * MIB)
    assert first.error == "read echo: reset"
    assert first.dead_time_ns == ns(3)
    assert (second.number, second.error, second.ended_ns) == (2, "", None)
    assert route.dead_time_ns == ns(3)


def test_attempts_that_fail_to_set_up_lengthen_one_dead_time() -> None:
    """The route was dead from its death to the set-up that mended it, not twice that."""
    route = after(
        *DIED_AND_RESTARTED[:5], setup_failed(7, 1, "refused"), restarting(9, 1, 3), established(10, 1)
    ).routes[1]

    assert [attempt.error for attempt in route.attempts] == ["read echo: reset", "refused", ""]
    assert [attempt.dead_time_ns for attempt in route.attempts] == [ns(6), ns(3), 0]
    assert route.dead_time_ns == ns(6)


def test_a_restart_whose_set_up_fails_leaves_the_route_failed() -> None:
    """It may be restarted again."""
    route = after(*DIED_AND_RESTARTED[:5], setup_failed(7, 1, "refused")).routes[1]

    assert route.status is RouteStatus.SETUP_FAILED
    assert (route.established, route.failed) == (False, True)
    assert route.last_error == "refused"
    assert route.bytes_received == 2 * MIB


def test_a_set_up_that_failed_can_be_restarted() -> None:
    """Nothing was ever pumped there, and now it is."""
    route = after(setup_failed(0.5, 1), phase(1, "pump"), restarting(2, 1, 2), established(3, 1)).routes[1]

    assert route.status is RouteStatus.PUMPING
    assert route.dead_time_ns == ns(2.5)


def test_a_stock_server_announces_no_restart() -> None:
    """A second set-up for an index is one, says the contract."""
    route = after(established(0.5, 1), sample(2, leg(1, MIB)), failure(3, 1, MIB), established(5, 1)).routes[
        1
    ]

    assert [attempt.number for attempt in route.attempts] == [1, 2]
    assert route.dead_time_ns == ns(2)


def test_a_set_up_without_a_failure_before_it_is_a_restart_too() -> None:
    """A route that stalled is restarted before it ever failed."""
    route = after(established(0.5, 1), sample(2, leg(1, MIB)), established(5, 1)).routes[1]

    assert [attempt.error for attempt in route.attempts] == ["restarted", ""]
    assert route.status is RouteStatus.PUMPING


def test_the_old_pumps_failure_does_not_end_the_restart_that_caused_it() -> None:
    """Restarting a stalled route closes its connection, and its pump says so when it likes."""
    state = after(established(0.5, 1), phase(1, "pump"), sample(2, leg(1, MIB)), restarting(6, 1, 2))
    seen = []
    for event in (failure(6.1, 1, MIB, "connection closed"), established(7, 1)):
        apply(state, event)
        seen.append(state.routes[1].status)

    assert seen == [RouteStatus.RESTARTING, RouteStatus.PUMPING]
    assert [attempt.error for attempt in state.routes[1].attempts] == ["connection closed", ""]


def test_a_failure_of_an_earlier_attempt_does_not_fail_the_restarted_route() -> None:
    """It may be late; its pump time lies before the restart."""
    route = after(*DIED_AND_RESTARTED, failure(8.5, 1, 2 * MIB, pump_s=3)).routes[1]

    assert route.status is RouteStatus.PUMPING


def test_a_repeated_failure_does_not_fail_a_route_that_a_stock_server_restarted() -> None:
    """No announcement tells the attempts apart there, only the instant of the failure that is already known."""
    died = failure(3, 1, MIB)
    route = after(established(0.5, 1), phase(1, "pump"), died, established(5, 1), died).routes[1]

    assert route.status is RouteStatus.PUMPING
    assert [attempt.error for attempt in route.attempts] == ["read echo: reset", ""]


def test_a_second_restart_leaves_the_dead_time_of_the_first_attempt_as_it_was() -> None:
    """Each attempt tells of its own end."""
    route = after(
        *DIED_AND_RESTARTED, failure(9, 1, 4 * MIB), restarting(10, 1, 3), established(11, 1)
    ).routes[1]

    assert [attempt.dead_time_ns for attempt in route.attempts] == [ns(3), ns(2), 0]
    assert route.dead_time_ns == ns(5)


@pytest.mark.parametrize("repeated", range(len(DIED_AND_RESTARTED)))
def test_a_repeated_event_makes_no_further_attempt(repeated: int) -> None:
    """A client that reconnects gets events again."""
    once = after(*DIED_AND_RESTARTED).routes[1]
    again = after(*DIED_AND_RESTARTED, DIED_AND_RESTARTED[repeated]).routes[1]

    assert again == once


def test_a_route_can_die_twice() -> None:
    """The second death is as bright as the first."""
    route = after(*DIED_AND_RESTARTED, failure(9, 1, 4 * MIB, "reset again")).routes[1]

    assert route.status is RouteStatus.DIED
    assert [attempt.bytes_received for attempt in route.attempts] == [2 * MIB, 4 * MIB]
    assert route.last_error == "reset again"
    assert route.elapsed_ns == ns(8)


@pytest.mark.parametrize("first_end", [failure(4, 1, 2 * MIB), lifecycle(4, 1, "dropped")])
def test_a_restart_that_brought_no_byte_back_is_dead_on_arrival(first_end: RunEvent) -> None:
    """What an earlier attempt carried points at nothing; what the latest did not carry points at rules."""
    events = [*DIED_AND_RESTARTED[:3], first_end, sample(5, leg(1, 2 * MIB)), *DIED_AND_RESTARTED[4:6]]

    nothing = after(*events, failure(9, 1, 2 * MIB)).routes[1]
    something = after(*events, failure(9, 1, 2 * MIB + 1)).routes[1]

    assert nothing.status is RouteStatus.DEAD_ON_ARRIVAL
    assert nothing.bytes_received == 2 * MIB
    assert something.status is RouteStatus.DIED


def test_what_the_warm_up_carried_is_not_taken_off_what_a_restart_carried() -> None:
    """A failure there gives the warm-up's bytes, which no later count includes."""
    in_warm_up = (
        established(0.2, 1),
        failure(0.5, 1, 3 * MIB, pump_s=0),
        restarting(0.6, 1, 2),
        established(0.7, 1),
    )

    carried = after(*in_warm_up, phase(1, "pump"), failure(4, 1, MIB)).routes[1]
    nothing = after(*in_warm_up, phase(1, "pump"), failure(4, 1, 0)).routes[1]

    assert carried.status is RouteStatus.DIED
    assert nothing.status is RouteStatus.DEAD_ON_ARRIVAL


def test_an_established_event_that_comes_after_its_failure_mends_nothing() -> None:
    """Set-up and pump are tasks of their own; their events may pass each other."""
    route = after(
        phase(0, "pump"), failure(1, 1, 0), established(0.5, 1, path=("here", "lima", "there"))
    ).routes[1]

    assert route.status is RouteStatus.DEAD_ON_ARRIVAL
    assert len(route.hops) == 2
    assert len(route.attempts) == 1


def test_a_restart_that_brought_no_echo_did_not_pump_to_the_end() -> None:
    """Bytes of an earlier attempt do not make the last one good."""
    no_echo = after(*DIED_AND_RESTARTED[:6], sample(8, leg(1, 2 * MIB)), done(9, carried=2 * MIB))
    echo = after(*DIED_AND_RESTARTED, done(9, carried=3 * MIB))

    assert no_echo.routes[1].status is RouteStatus.STOPPED
    assert echo.routes[1].status is RouteStatus.FINISHED


def test_a_restart_is_not_begun_after_the_end() -> None:
    """The run is over: nothing goes on."""
    state = after(*DIED_AND_RESTARTED[:4], done(5), restarting(6, 1, 2))

    assert state.routes[1].status is RouteStatus.DIED


def test_attempts_are_bounded_and_keep_their_numbers() -> None:
    """A route that flaps for a week must not fill the memory."""
    state = after(established(0.5, 1), phase(1, "pump"))
    for attempt in range(2, 102):
        apply_all(
            state,
            [failure(attempt, 1, MIB), restarting(attempt + 0.1, 1, attempt), established(attempt + 0.2, 1)],
        )

    attempts = state.routes[1].attempts
    assert len(attempts) == ATTEMPTS_KEPT
    assert attempts[-1].number == 101


def test_a_newcomer_takes_the_dead_time_of_attempts_that_it_is_not_told_of() -> None:
    """Whoever comes late to a route that flapped for a week shows what it cost, too."""
    again = restarting(6, 1, 80)
    again.restarting.dead_time_ns = ns(500)
    state = after(established(0.5, 1), phase(1, "pump"), failure(4, 1, MIB), again, established(7, 1))

    assert state.routes[1].dead_time_ns == ns(503)


@given(st.lists(st.sampled_from(DIED_AND_RESTARTED), max_size=30))
def test_established_and_failed_are_never_both_set(events: list[RunEvent]) -> None:
    """Whatever comes in whatever order, the two flags contradict each other."""
    state = apply_all(after(), events)

    for route in state.routes.values():
        assert not (route.established and route.failed)
        assert [attempt.number for attempt in route.attempts] == sorted({a.number for a in route.attempts})
