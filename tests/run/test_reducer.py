"""The reducer is the one place where events become what people see; whatever comes, it must stay true."""

from __future__ import annotations

import math
from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.pb.muxbw_pb2 import Gap, Limits, ProbePath, RunEvent, RunRequest
from muxbw_tui.run.columns import COLUMNS
from muxbw_tui.run.diagnosis import diagnose
from muxbw_tui.run.entries import sample_text
from muxbw_tui.run.reducer import apply, mark_broken, routes_asked_for, start
from muxbw_tui.run.routes import MAX_ROWS
from muxbw_tui.run.state import FEED_LIMIT, RouteStatus, RunState, Severity, StreamEnd
from tests.recordings import FOLDERS, recorded_events
from tests.run.happenings import (
    BEGAN_NS,
    MIB,
    NAMES,
    after,
    apply_all,
    asked,
    at,
    done,
    established,
    failure,
    hops,
    leg,
    lifecycle,
    limits,
    ns,
    phase,
    plan,
    probe,
    refused,
    sample,
    setup_failed,
    started,
)
from tests.strategies import run_events

if TYPE_CHECKING:
    from pathlib import Path


def statuses(state: RunState) -> list[RouteStatus]:
    """Return the condition of every route, in the order of the rows."""
    return [route.status for route in state.routes.values()]


def test_a_run_that_was_asked_for_has_its_rows_before_any_event() -> None:
    """Connecting and planning have a screen too."""
    state = start(RunRequest(routes=3))

    assert list(state.routes) == [0, 1, 2]
    assert statuses(state) == [RouteStatus.PENDING] * 3


@pytest.mark.parametrize(("routes", "rows"), [(0, 1), (-5, 1), (1024, 1024), (2_000_000_000, 1024)])
def test_the_rows_asked_for_are_bounded(routes: int, rows: int) -> None:
    """A slip of the finger must not make two thousand million rows."""
    assert len(start(RunRequest(target_pk="there", routes=routes)).routes) == rows


def test_an_empty_request_has_no_rows() -> None:
    """A replay knows no request; a row that nobody asked for would stay pending for ever."""
    assert start(RunRequest()).routes == {}


def test_a_state_does_not_share_the_request_that_it_was_made_from() -> None:
    """The caller may go on to use its own."""
    request = RunRequest(routes=2)
    state = start(request)
    request.routes = 5

    assert state.request.routes == 2


def test_our_own_server_walks_a_route_through_its_states() -> None:
    """Pending, setting up, ready and pumping are different waits."""
    state = after(started(0, routes=1))
    seen = [state.routes[0].status]
    for event in (
        plan(0.1, {0: hops("here", "osaka", "there")}),
        phase(0.2, "set_up"),
        established(0.5, 0, path=("here", "osaka", "there")),
        phase(1, "pump", planned_s=30),
        sample(2, leg(0, MIB, rate_bps=8e6)),
        done(31, carried=MIB),
    ):
        apply(state, event)
        seen.append(state.routes[0].status)

    assert seen == [
        RouteStatus.PENDING,
        RouteStatus.PENDING,
        RouteStatus.SETTING_UP,
        RouteStatus.READY,
        RouteStatus.PUMPING,
        RouteStatus.PUMPING,
        RouteStatus.FINISHED,
    ]


def test_the_start_of_a_run_names_it_and_its_nodes() -> None:
    """What an embedded network shows is labelled simulated from the first event on."""
    state = after(started(0, routes=2, run_id="r-7", scenario="flaky"))

    assert (state.run_id, state.scenario) == ("r-7", "flaky")
    assert state.node_names == NAMES
    assert len(state.routes) == 2
    assert state.phase == "planning"


def test_a_run_that_leaves_the_number_of_routes_open_has_one() -> None:
    """That is the contract's default, and the row that the table shows."""
    state = after(started(routes=0))

    assert list(state.routes) == [0]
    assert state.feed[-1].text.startswith("r-1: 1 route to ")


def test_planned_paths_show_before_they_are_set_up() -> None:
    """The operator sees what is being waited for."""
    state = after(
        started(0, routes=2), plan(0.1, {0: hops("here", "osaka", "there"), 1: hops("here", "there")})
    )

    assert [len(route.hops) for route in state.routes.values()] == [2, 1]
    assert state.routes[0].carrier == "stcpr"


def test_a_route_without_a_path_says_so_and_is_not_set_up() -> None:
    """Fewer disjoint paths than routes is no mystery, and no endless set-up."""
    state = after(started(0, routes=2), plan(0.1, {0: hops("here", "there")}), phase(0.2, "set_up"))

    assert statuses(state) == [RouteStatus.SETTING_UP, RouteStatus.PENDING]
    assert "no disjoint path" in state.routes[1].last_error


def test_a_plan_that_comes_after_its_phase_still_counts() -> None:
    """Events of two tasks may pass each other."""
    state = after(started(0, routes=1), phase(0.2, "set_up"), plan(0.3, {0: hops("here", "there")}))

    assert statuses(state) == [RouteStatus.SETTING_UP]


def test_a_stock_server_needs_no_phases() -> None:
    """It sends none; what it sends shows where the run is."""
    state = asked(2)
    seen = []
    for event in (
        established(0, 0),
        established(0.3, 1),
        sample(1.2, leg(0, MIB), leg(1, MIB)),
        done(4, carried=MIB),
    ):
        apply(state, event)
        seen.append((state.phase, statuses(state)))

    assert seen == [
        ("set_up", [RouteStatus.READY, RouteStatus.SETTING_UP]),
        ("set_up", [RouteStatus.READY, RouteStatus.READY]),
        ("pump", [RouteStatus.PUMPING, RouteStatus.PUMPING]),
        ("done", [RouteStatus.FINISHED, RouteStatus.FINISHED]),
    ]


def test_a_derived_pump_began_when_its_samples_say() -> None:
    """The progress bar must not start late by a sample's interval."""
    state = after(established(0, 0), sample(3, leg(0, MIB)), state=asked(1, duration_s=30))

    assert state.phase_started_ns == ns(1)
    assert state.phase_planned_ns == ns(30)


def test_a_stock_servers_idle_baseline_shows_by_its_probes() -> None:
    """Before the first sample, answered probes can only be the baseline's, if one was asked for."""
    state = start(RunRequest(routes=1, idle_baseline_duration_ns=ns(1)))

    apply_all(state, [established(0, 0), probe(1, 1)])

    assert (state.phase, state.phase_planned_ns) == ("idle_baseline", ns(1))


def test_no_phase_is_entered_twice_or_backwards() -> None:
    """A late announcement must not put a pumping run back into set-up."""
    state = after(
        phase(1, "pump", planned_s=30), established(1.1, 0), phase(0.2, "set_up"), sample(2, leg(0, 5))
    )

    assert state.phase == "pump"
    assert state.phase_planned_ns == ns(30)


def test_a_phase_of_a_newer_server_is_shown_by_its_name() -> None:
    """It is better to show a word that is not known than the wrong one."""
    state = after(phase(0, "planning"), phase(1, "calibrating"))

    assert state.phase == "calibrating"


@pytest.mark.parametrize("index", [0, 3])
def test_a_set_up_that_failed_is_that_and_nothing_else(index: int) -> None:
    """No connection came up: nothing flowed, nothing died."""
    state = after(setup_failed(0.5, index, "dial tokyo:\nrefused"), state=asked(4))

    route = state.routes[index]
    assert route.status is RouteStatus.SETUP_FAILED
    assert (route.established, route.failed) == (False, True)
    assert route.last_error == "dial tokyo: refused"
    assert [attempt.error for attempt in route.attempts] == ["dial tokyo: refused"]


def test_a_failure_without_a_byte_is_dead_on_arrival() -> None:
    """It points at rules that were not propagated, not at a node that went away."""
    state = after(established(0.5, 0), phase(1, "pump"), failure(1.1, 0, 0))

    assert state.routes[0].status is RouteStatus.DEAD_ON_ARRIVAL


def test_a_failure_after_bytes_is_a_death_and_keeps_its_count_error_and_time() -> None:
    """After how much and when it died is the first thing that an operator asks."""
    state = after(
        established(0.5, 0),
        phase(1, "pump"),
        sample(2, leg(0, MIB, rate_bps=8e6)),
        failure(2.5, 0, 2 * MIB, "read echo:\treset"),
        sample(3, leg(0, 2 * MIB, alive=False)),
    )

    route = state.routes[0]
    assert route.status is RouteStatus.DIED
    assert (route.established, route.failed, route.alive) == (False, True, False)
    assert (route.bytes_sent, route.bytes_received) == (2 * MIB, 2 * MIB)
    assert (route.send_bps, route.recv_bps, route.share) == (0, 0, 0)
    assert route.last_error == "read echo: reset"
    assert route.elapsed_ns == ns(1.5)


def test_a_failure_of_a_route_that_was_never_seen_has_a_row() -> None:
    """A recording may begin in the middle of a run."""
    state = after(failure(2, 5, MIB))

    assert list(state.routes) == [5]
    assert state.routes[5].status is RouteStatus.DIED


@pytest.mark.parametrize("alive", [True, False])
def test_samples_never_bring_a_dead_route_back(alive: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """A sample that was taken before the failure may come after it."""
    state = after(
        established(0.5, 0),
        phase(1, "pump"),
        failure(2, 0, MIB),
        sample(3, leg(0, 5, rate_bps=1e6, alive=alive)),
    )

    route = state.routes[0]
    assert route.status is RouteStatus.DIED
    assert (route.established, route.failed) == (False, True)
    assert route.bytes_received == MIB
    assert route.recv_bps == 0


def test_rows_are_in_the_order_of_their_indexes_however_they_come() -> None:
    """Set-ups end in any order; an index beyond what was asked for gets a row too."""
    state = after(established(0, 3), established(0.1, 7), established(0.2, 1), state=asked(2))

    assert list(state.routes) == [0, 1, 3, 7]


def test_an_index_that_no_run_can_have_is_counted_and_gets_no_row() -> None:
    """A damaged event must neither make a row nor a crash."""
    state = after(established(0, -1), failure(1, -1, 5), sample(2, leg(-1, 5)))

    assert state.routes == {}
    assert state.unknown_events == 2


def test_rows_are_bounded() -> None:
    """Memory must not be the server's to use up."""
    state = apply_all(RunState(), [established(0, index) for index in range(MAX_ROWS + 10)])

    assert len(state.routes) == MAX_ROWS
    assert state.unknown_events == 10


def test_a_sample_gives_rates_shares_and_the_aggregate() -> None:
    """Is the multiplex doing its job: the second question of the screen."""
    state = after(
        established(0, 0), established(0, 1), sample(2, leg(0, MIB, rate_bps=6e6), leg(1, 5, rate_bps=2e6))
    )

    assert [route.recv_bps for route in state.routes.values()] == [6e6, 2e6]
    assert [route.share for route in state.routes.values()] == [0.75, 0.25]
    assert (state.recv_bps, state.peak_recv_bps, state.bytes_received) == (8e6, 8e6, MIB + 5)
    assert state.active_routes == 2
    assert state.pump_elapsed_ns == ns(1)
    assert [point.recv_bps for point in state.series.rates(None)] == [8 * (MIB + 5)]


def test_rates_that_are_no_numbers_count_as_none() -> None:
    """A plot and a JSON file cannot hold NaN."""
    state = after(
        established(0, 0), sample(2, leg(0, MIB, rate_bps=math.nan)), sample(3, leg(0, MIB, rate_bps=-5))
    )

    assert state.routes[0].recv_bps == 0
    assert state.routes[0].share == 0
    assert [route.send_bps for route in state.routes.values()] == [0]


@pytest.mark.parametrize("rate_bps", [5e-324, 1e-300, 1e308, math.inf, -math.inf, math.nan])
def test_a_rate_beyond_reason_can_be_shown(rate_bps: float) -> None:
    """A round trip worked out over such a rate ended the dashboard."""
    window = RunEvent(limits=Limits(kind="window", route_index=0, window=1))
    state = after(established(0, 0), window, sample(2, leg(0, MIB, rate_bps=rate_bps)))
    said = sample_text(sample(2, leg(0, MIB, rate_bps=rate_bps)))

    assert diagnose(state)
    assert [column.text(state.routes[0], state) for column in COLUMNS]
    assert state.routes[0].recv_bps == state.recv_bps == 0
    assert said.startswith("send=n/a recv=n/a ")


def test_a_late_sample_raises_no_rate_and_lowers_no_counter() -> None:
    """Counters are cumulative: an older sample holds nothing new."""
    late = sample(2, leg(0, MIB, rate_bps=9e9))
    state = after(established(0, 0), sample(3, leg(0, 3 * MIB, rate_bps=8e6)), late, late)

    assert state.routes[0].bytes_received == 3 * MIB
    assert state.routes[0].recv_bps == 8e6
    assert state.recv_bps == 8e6
    assert len(state.series.rates(None)) == 1


def test_samples_without_legs_show_the_aggregate_and_finish_the_routes() -> None:
    """Visors of an older version say nothing of the single route."""
    state = after(established(0, 0), sample(2, carried=MIB), done(3, carried=2 * MIB), state=asked(1))

    assert not state.has_legs
    assert state.bytes_received == 2 * MIB
    assert state.routes[0].status is RouteStatus.FINISHED


def test_a_leg_that_pumps_without_having_been_announced_has_a_row() -> None:
    """Whoever joins a run late has missed its set-ups."""
    state = after(sample(2, leg(4, MIB, rate_bps=1e6, latency_ms=42)))

    route = state.routes[4]
    assert route.status is RouteStatus.PUMPING
    assert (route.established, route.latency_ms) == (True, 42)


def test_probes_are_counted_and_lost_ones_too() -> None:
    """A probe without an answer is a gap, never left out."""
    state = after(probe(1, 1), probe(2, 2, latency_ms=55), probe(3, 3, latency_ms=0, error="timeout"))

    assert (state.probe_count, state.probe_lost, state.last_probe_ns) == (3, 1, ns(0.055))


def test_probes_that_get_lost_after_a_route_died_leave_its_fault_the_latest() -> None:
    """`[` goes to the latest fault: ten probes a second along the dead route would put themselves before it."""
    lost = [probe(3 + number / 10, number, latency_ms=0, error="no connection") for number in range(1, 14)]
    state = after(established(0, 0), phase(1, "pump"), failure(2, 0, MIB), *lost, probe(5, 14))

    *_, died, first_lost, answered = state.feed
    assert [entry for entry in state.feed if entry.severity is Severity.FAULT] == [died]
    assert (died.kind, first_lost.text) == ("route_failure", "seq=1 FAILED no connection")
    assert answered.text == "answered again after 13 lost probes"


def test_legs_go_to_standby_and_back_and_leave() -> None:
    """A mux that moves its legs must show where they are."""
    state = after(established(0, 0), phase(1, "pump"))
    seen = []
    for event in (
        lifecycle(2, 0, "demoted", "standby"),
        lifecycle(3, 0, "promoted"),
        lifecycle(4, 1, "added", "standby"),
        sample(5, leg(0, MIB), leg(1, 0, standby=True)),
        lifecycle(6, 0, "dropped"),
        sample(7, leg(0, MIB, alive=False), leg(1, 5)),
    ):
        apply(state, event)
        seen.append([status.value for status in statuses(state)])

    assert seen == [
        ["standby"],
        ["pumping"],
        ["pumping", "standby"],
        ["pumping", "standby"],
        ["stopped", "standby"],
        ["stopped", "pumping"],
    ]
    assert state.routes[0].carrier == "sudph"


def test_a_lifecycle_event_does_not_mend_a_failed_route() -> None:
    """Only a set-up does."""
    state = after(established(0, 0), phase(1, "pump"), failure(2, 0, MIB), lifecycle(3, 0, "added"))

    assert state.routes[0].status is RouteStatus.DIED


def test_limits_are_noted_once() -> None:
    """The summary repeats them: they explain the exit code."""
    state = after(limits(0, "2 of 4 disjoint paths exist"), limits(1, "2 of 4 disjoint paths exist"))

    assert state.notes == ["2 of 4 disjoint paths exist"]


def test_a_finished_route_had_to_be_alive_with_an_echo() -> None:
    """A route that is up and carries nothing did not pump to the end."""
    state = after(
        established(0, 0),
        established(0, 1),
        established(0, 2),
        setup_failed(0, 3),
        sample(2, leg(0, MIB), leg(1, 0), leg(2, MIB, alive=False)),
        done(3, carried=2 * MIB),
        state=asked(5),
    )

    assert [status.value for status in statuses(state)] == [
        "finished",
        "stopped",
        "stopped",
        "set-up failed",
        "not set up",
    ]
    assert "no echo" in state.routes[1].last_error


def test_done_has_the_last_word_on_the_totals_but_lowers_none() -> None:
    """Blocks between the last sample and the end count; a smaller total would be an error of the server."""
    state = after(established(0, 0), sample(2, leg(0, 5 * MIB, rate_bps=8e6)), done(3, carried=4 * MIB))

    assert state.bytes_received == 5 * MIB
    assert state.end is StreamEnd.DONE
    assert state.phase == "done"
    assert state.pump_elapsed_ns == ns(2)


def test_a_refusal_ends_the_run_and_nothing_pumps_on() -> None:
    """The error event is the last one of its stream."""
    state = after(refused(0.1, "bad\nkey", "no\tkey"), state=asked(2))

    assert state.end is StreamEnd.ERROR
    assert state.error is not None
    assert (state.error.code, state.error.message) == ("bad key", "no key")
    assert statuses(state) == [RouteStatus.NOT_SET_UP] * 2


def test_events_after_the_end_change_counters_at_most() -> None:
    """Stragglers must not set a finished run going again."""
    state = after(established(0, 0), sample(2, leg(0, MIB)), done(3, carried=MIB))

    apply_all(
        state, [sample(2.9, leg(0, 2 * MIB, rate_bps=5e6)), phase(1, "pump"), lifecycle(2.5, 0, "promoted")]
    )

    assert state.routes[0].status is RouteStatus.FINISHED
    assert state.routes[0].bytes_received == 2 * MIB
    assert (state.end, state.phase, state.recv_bps) == (StreamEnd.DONE, "done", 0)


def test_a_stream_that_broke_keeps_what_was_known_and_says_why() -> None:
    """The last state stays on the screen."""
    state = after(established(0, 0), sample(2, leg(0, MIB, rate_bps=8e6)))
    mark_broken(state, "connection\nreset")

    assert (state.end, state.stream_error) == (StreamEnd.BROKEN, "connection reset")
    assert state.routes[0].status is RouteStatus.PUMPING
    assert state.feed[-1].text == "connection reset"


def test_a_stream_that_is_found_again_is_open_again() -> None:
    """Whoever reconnects goes on with the same state."""
    state = after(established(0, 0))
    mark_broken(state, "reset")
    apply(state, sample(2, leg(0, MIB)))

    assert (state.end, state.stream_error) == (StreamEnd.OPEN, "")


def test_a_stream_that_ends_after_the_run_is_not_broken() -> None:
    """Every stream closes after done."""
    state = after(established(0, 0), done(3))
    mark_broken(state, "closed")

    assert state.end is StreamEnd.DONE


def test_a_second_run_in_one_file_starts_over() -> None:
    """Recording to an existing file appends; the figures of two runs must not be mixed."""
    first = [started(0, routes=3, run_id="r-1"), established(0.5, 0), sample(2, leg(0, 9 * MIB)), done(3)]
    second = [started(60, routes=1, run_id="r-2"), established(61, 0)]
    state = apply_all(RunState(), first + second)

    assert state.run_id == "r-2"
    assert list(state.routes) == [0]
    assert state.bytes_received == 0
    assert (state.end, state.done) == (StreamEnd.OPEN, None)
    assert any("several runs" in note for note in state.notes)
    assert [entry.kind for entry in state.feed].count("run_started") == 2


def test_a_run_that_was_killed_is_followed_by_the_next_one_all_the_same() -> None:
    """Its file has no end; the next run is not to go on with its figures."""
    state = after(started(0, run_id="r-1"), sample(2, leg(0, 9 * MIB)), started(60, run_id="r-2"))

    assert (state.run_id, state.bytes_received) == ("r-2", 0)


@pytest.mark.parametrize("later_s", [60, -86_400], ids=["newer", "older"])
def test_a_stock_run_after_a_simulated_one_is_not_simulated(later_s: int) -> None:
    """The figures of a real network must not be taken for those of a scenario, nor mixed with them."""
    state = after(
        started(0, routes=3, scenario="flaky"),
        established(0.5, 0),
        sample(2, leg(0, 9 * MIB)),
        failure(2.5, 0, 9 * MIB),
        done(3, carried=9 * MIB),
        established(later_s, 0),
        sample(later_s + 2, leg(0, MIB)),
    )

    assert (state.scenario, state.run_id, state.node_names) == ("", "", {})
    assert list(state.routes) == [0]
    assert (state.bytes_received, state.routes[0].bytes_received) == (MIB, MIB)
    assert (state.routes[0].status, state.routes[0].dead_time_ns) == (RouteStatus.PUMPING, 0)
    assert state.end is StreamEnd.OPEN


def test_a_second_stock_run_in_one_file_starts_over_too() -> None:
    """A stock server announces no run: a set-up after the end is the next one's."""
    state = after(established(0, 0), sample(2, leg(0, MIB)), done(3, carried=MIB), established(60, 1))

    assert list(state.routes) == [1]
    assert state.bytes_received == 0


def test_what_is_not_known_is_counted_and_shown() -> None:
    """A newer server says more than this version understands; the operator should know that."""
    state = after(RunEvent(timestamp_ns=at(1)))

    assert state.unknown_events == 1
    assert [entry.kind for entry in state.feed] == ["unknown"]


def test_events_that_only_inform_get_a_line_and_change_no_route() -> None:
    """A gap and the probe's path matter to whoever reads the feed."""
    events = [
        RunEvent(timestamp_ns=at(1), gap=Gap(samples_merged=3, probes_merged=1)),
        RunEvent(timestamp_ns=at(2), probe_path=ProbePath(connection_index=4, along_route=1)),
    ]
    state = apply_all(RunState(), events)

    assert [entry.kind for entry in state.feed] == ["gap", "probe_path"]
    assert state.routes == {}


def test_probes_that_were_merged_are_counted() -> None:
    """A client that was slow or came late must not report fewer probes, nor fewer losses, than there were."""
    gap = RunEvent(timestamp_ns=at(2), gap=Gap(probes_merged=40, probes_lost=3))
    state = after(probe(1, 1), gap, probe(3, 42, error="lost"))

    assert (state.probe_count, state.probe_lost) == (42, 4)


def test_the_feed_keeps_the_last_lines_and_counts_all() -> None:
    """A long run must not fill the memory, and the operator sees how many are gone."""
    state = RunState()
    for number in range(FEED_LIMIT + 7):
        apply(state, lifecycle(1, number % 2, "added"))

    assert len(state.feed) == FEED_LIMIT
    assert state.feed_total == FEED_LIMIT + 7


def test_samples_and_answered_probes_are_not_in_the_feed() -> None:
    """They come many times a second and would push a fault out of sight."""
    state = after(sample(1, leg(0, 5)), probe(1, 1))

    assert list(state.feed) == []


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (RunState(), 0),
        (asked(3), 3),
        (start(RunRequest(target_pk="x")), 1),
        (after(done(1, routes=4)), 4),
    ],
)
def test_how_many_routes_were_asked_for_is_known_from_request_or_done(state: RunState, expected: int) -> None:
    """A recording of a stock server has only the latter."""
    assert routes_asked_for(state) == expected


def test_time_is_counted_from_the_first_event_and_never_goes_back() -> None:
    """Wall clocks step; a run's clock does not."""
    state = after(established(0, 0), established(5, 1), established(3, 2), RunEvent())

    assert state.first_timestamp_ns == BEGAN_NS
    assert state.elapsed_ns == ns(5)


def test_the_mid_run_failure_ends_with_one_route_dead_and_the_rest_finished() -> None:
    """The recording that the project is measured by."""
    state = apply_all(RunState(), recorded_events("mid-run-failure"))

    dead = state.routes[1]
    assert dead.status is RouteStatus.DIED
    assert dead.bytes_received == 1_310_720  # 1.25 MiB
    assert dead.last_error == "read echo: i/o timeout"
    assert [state.routes[index].status for index in (0, 2, 3)] == [RouteStatus.FINISHED] * 3


def test_before_its_end_the_mid_run_failure_shows_the_rest_pumping() -> None:
    """One dead route does not stop the others."""
    state = apply_all(RunState(), recorded_events("mid-run-failure")[:-1])

    assert [status.value for status in statuses(state)] == ["pumping", "died", "pumping", "pumping"]


def test_the_zero_byte_failure_is_dead_on_arrival() -> None:
    """The stock summary shows a tick there."""
    state = apply_all(RunState(), recorded_events("zero-byte-failure"))

    assert [status.value for status in statuses(state)] == [
        "finished",
        "finished",
        "dead on arrival",
        "finished",
    ]


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_recording_says_each_event_twice_and_ends_the_same(folder: Path) -> None:
    """A client that reconnects may get events again."""
    events = recorded_events(folder.name)

    once = apply_all(RunState(), events)
    twice = apply_all(RunState(), [event for event in events for _ in range(2)])

    assert list(map(asdict, once.routes.values())) == list(map(asdict, twice.routes.values()))
    assert (once.bytes_sent, once.bytes_received, once.end) == (
        twice.bytes_sent,
        twice.bytes_received,
        twice.end,
    )
    assert once.series.rates(None) == twice.series.rates(None)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
@given(data=st.data())
def test_a_replay_through_bytes_in_any_chunks_gives_the_same_state(folder: Path, data: st.DataObject) -> None:
    """What is replayed must be what was live."""
    events = recorded_events(folder.name)
    cut = data.draw(st.integers(0, len(events)))

    live = apply_all(RunState(), events)
    replayed = apply_all(RunState(), events[:cut])
    apply_all(replayed, [RunEvent.FromString(event.SerializeToString()) for event in events[cut:]])

    assert asdict(replayed) == asdict(live)


@given(st.lists(run_events(), max_size=12))
def test_no_events_at_all_make_the_reducer_fail_or_a_counter_fall(events: list[RunEvent]) -> None:
    """Whatever a server sends, in whatever order, the dashboard goes on and its counters only grow."""
    state = start(RunRequest(routes=2))
    for event in events:
        before = {route.index: (route.bytes_sent, route.bytes_received) for route in state.routes.values()}
        total, run_id, past = (state.bytes_sent, state.bytes_received), state.run_id, state.end
        apply(state, event)
        is_over = past in {StreamEnd.DONE, StreamEnd.ERROR}
        if (is_over and state.end is StreamEnd.OPEN) or (run_id and run_id != state.run_id):
            continue  # another run, which begins at nothing
        assert run_id == state.run_id or event.HasField("run_started")
        assert state.bytes_sent >= total[0]
        assert state.bytes_received >= total[1]
        for index, (sent, received) in before.items():
            assert state.routes[index].bytes_sent >= sent
            assert state.routes[index].bytes_received >= received
        assert list(state.routes) == sorted(state.routes)
        assert all(0 <= route.share <= 1 for route in state.routes.values())
        assert math.isfinite(state.recv_bps)
        assert math.isfinite(state.avg_recv_bps)


@given(st.permutations(recorded_events("mid-run-failure")))
def test_events_in_any_order_leave_no_dead_route_alive(events: list[RunEvent]) -> None:
    """Whatever comes late, a route whose failure was seen is never shown as pumping or finished."""
    state = apply_all(RunState(), events)

    assert state.routes[1].failed
    assert state.routes[1].bytes_received == 1_310_720
