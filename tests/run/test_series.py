"""What plots show of a run: volumes exact to the byte, gaps where nobody watched, memory that does not grow."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.pb.muxbw_pb2 import Gap, ProbePath, RouteProbe, RunEvent
from muxbw_tui.run.roundtrips import RoundTrips
from muxbw_tui.run.series import MARKS_LIMIT, Counted, Mark, MarkKind, RatePoint, Series
from muxbw_tui.tui.view import still
from muxbw_tui.units import NS_PER_S
from tests.recordings import recorded_events
from tests.run.happenings import (
    MIB,
    after,
    asked,
    at,
    done,
    established,
    failure,
    leg,
    ns,
    paused,
    phase,
    probe,
    restarting,
    sample,
    setup_failed,
    started,
)

if TYPE_CHECKING:
    from muxbw_tui.run.state import RunState

STEPS = st.lists(
    st.tuples(st.integers(1, 9 * NS_PER_S), st.integers(-MIB, 50 * MIB), st.booleans()), max_size=400
)


def received_mbps(state: RunState, index: int | None = None) -> list[float | None]:
    """Return the rates of a route, or of the whole run, in Mbit/s."""
    rates = [point.recv_bps for point in state.series.rates(index)]
    return [None if rate is None else round(rate / 1e6, 6) for rate in rates]


def mbit(count: float) -> int:
    """Return so many Mbit in bytes."""
    return round(count * 1e6 / 8)


@given(STEPS)
def test_the_volume_under_the_curve_is_what_was_carried_while_watched(
    steps: list[tuple[int, int, bool]],
) -> None:
    """A plot whose rates do not add up to the totals beside it is not believed."""
    series, now_ns, counter, highest, carried = Series(), 0, 0, 0, 0
    for passed_ns, grown, watched in steps:
        now_ns += passed_ns
        counter = max(counter + grown, 0)
        # Over the limit nobody knows in what time it was carried.
        if passed_ns <= 6 * NS_PER_S:
            carried += max(counter - highest, 0)
        highest = max(counter, highest)
        route = Counted(7, counter, counter, watched=watched)
        series.add_sample(now_ns, now_ns, route, [route], interval_ns=2 * NS_PER_S)
    readings = series.readings(7)
    rates = series.rates(7)
    volume = math.fsum(
        point.recv_bps / 8 / NS_PER_S * (later.watched_ns - earlier.watched_ns)
        for point, earlier, later in zip(rates, readings, readings[1:], strict=False)
        if point.recv_bps is not None
    )

    assert (readings[-1].bytes_received if readings else 0) == carried
    assert volume == pytest.approx(carried, abs=0.5)
    assert all(rate is None or rate >= 0 for point in rates for rate in point[1:])


def test_a_long_run_keeps_every_byte_in_few_rows() -> None:
    """Rows that are left out take no volume with them."""
    series, carried = Series(), 0
    for second in range(1, 5_001):
        carried += second % 977
        whole = Counted(0, carried, carried)
        series.add_sample(second * NS_PER_S, second * NS_PER_S, whole, [whole], interval_ns=NS_PER_S)
    readings = series.readings(0)

    assert len(readings) < 700
    assert readings[-1].bytes_received - readings[0].bytes_received == carried
    assert readings[-1].watched_ns == 5_000 * NS_PER_S
    assert all(point.recv_bps is not None for point in series.rates(None))


def test_a_rate_is_the_volume_over_the_measured_time() -> None:
    """The first sample's rate counts from pump start, each later one from the sample before."""
    state = after(
        phase(0, "pump"),
        established(0.5, 0),
        sample(2, leg(0, mbit(8))),
        sample(4, leg(0, mbit(10))),
    )

    assert state.series.rates(None) == state.series.rates(0)
    assert state.series.rates(0) == [RatePoint(ns(2), 8e6, 8e6), RatePoint(ns(4), 1e6, 1e6)]


def test_a_dead_route_is_a_gap_and_a_stalled_one_is_at_zero() -> None:
    """The states that must never look alike must not look alike on the plot."""
    counters = {0: mbit(8), 1: mbit(8)}
    events = [established(1, 0), established(1, 1), sample(2, leg(0, mbit(8)), leg(1, mbit(8)))]
    events += [failure(2.5, 0, mbit(10))]
    events += [sample(second, leg(0, mbit(10), alive=False), leg(1, counters[1])) for second in (3, 4, 5)]
    events += [restarting(5.2, 0, 2), established(5.5, 0)]
    events += [sample(6, leg(0, mbit(14)), leg(1, counters[1]))]
    state = after(phase(1, "pump"), *events)

    assert received_mbps(state, 0) == [8, 2, None, None, 4]
    assert received_mbps(state, 1) == [8, 0, 0, 0, 0]


def test_a_long_silence_is_a_gap() -> None:
    """Nobody knows how what came meanwhile was spread over the time."""
    state = after(
        established(1, 0),
        sample(2, leg(0, mbit(8))),
        sample(60, leg(0, mbit(80))),
        sample(61, leg(0, mbit(81))),
        state=asked(),
    )

    assert received_mbps(state) == received_mbps(state, 0) == [8, None, 1]


def test_samples_that_are_rare_because_they_were_asked_for_rarely_leave_no_gap() -> None:
    """An operator may sample every ten seconds."""
    state = asked()
    state.request.sample_interval_ns = ns(10)
    after(established(1, 0), sample(11, leg(0, mbit(80))), sample(21, leg(0, mbit(90))), state=state)
    of_a_recording = after(established(1, 0), sample(11, leg(0, mbit(80))), sample(21, leg(0, mbit(90))))

    assert received_mbps(state) == received_mbps(of_a_recording) == [8, 1]


def test_one_who_joins_late_sees_no_spike_where_counters_come_in() -> None:
    """A route's first counter holds all that it carried before, not what it carried in a second."""
    missed = RunEvent(timestamp_ns=at(100), gap=Gap(samples_merged=90))
    state = after(
        missed,
        sample(100, leg(0, mbit(800))),
        sample(101, leg(0, mbit(801)), leg(1, mbit(700))),
        sample(102, leg(0, mbit(802)), leg(1, mbit(703))),
        state=asked(2),
    )

    assert received_mbps(state, 0) == [1, 1]
    assert received_mbps(state, 1) == [0, 3]


def test_counters_that_go_back_and_samples_that_come_late_draw_nothing_below_zero() -> None:
    """Counters are cumulative; a server that says otherwise must not bend the axis."""
    state = after(
        established(1, 0),
        sample(3, leg(0, mbit(16))),
        sample(2, leg(0, mbit(8))),
        sample(4, leg(0, mbit(4))),
        sample(5, leg(0, mbit(17))),
    )

    assert received_mbps(state) == [8, 0, 1]


def test_an_event_from_before_the_first_one_is_put_at_the_start() -> None:
    """Clocks step back; a plot has nothing left of zero."""
    state = after(
        established(5, 0), sample(6, leg(0, MIB)), failure(2, 0, MIB), probe(1, 1), sample(3, leg(0, 2 * MIB))
    )

    assert all(mark.elapsed_ns >= 0 for mark in state.series.marks)
    assert next(iter(state.series.loaded)).from_ns == 0


def test_the_next_run_in_a_file_begins_with_empty_series() -> None:
    """Two runs on one time axis would be one that never was."""
    first = [started(0), established(1, 0), sample(2, leg(0, MIB)), probe(2, 1), done(3)]
    state = after(*first, started(100, run_id="r-2"), state=asked())

    assert not state.sampled
    assert state.series.rates(None) == []
    assert not state.series.loaded
    assert [mark.text for mark in state.series.marks] == ["planning"]


def test_what_is_frozen_stays_and_costs_no_copy_of_the_rows() -> None:
    """A still of a thousand routes must not stop the screen."""
    state = after(established(1, 0), sample(2, leg(0, MIB)), probe(2, 1))
    frozen = still(state)
    before = frozen.series.rates(0)
    after(sample(3, leg(0, 9 * MIB)), probe(3, 2), failure(3, 0, 9 * MIB), state=state)

    assert frozen.series.rates(0) == before
    assert len(frozen.series.loaded) == 1
    assert len(frozen.series.marks) < len(state.series.marks)
    assert all(one is other for one, other in zip(frozen.series.rows, state.series.rows, strict=False))


def test_probes_before_the_pump_are_idle_and_lost_ones_are_counted() -> None:
    """Queueing delay is the difference of the two; a lost probe is no round trip of zero."""
    state = after(
        phase(0, "idle_baseline"),
        probe(1, 1, latency_ms=40),
        probe(1.5, 2, error="timeout"),
        phase(2, "pump"),
        probe(3, 1, latency_ms=90),
    )

    assert [(trips.answered, trips.lost, trips.most_ns) for trips in state.series.idle] == [
        (1, 0, ns(0.04)),
        (0, 1, 0),
    ]
    assert [trips.sum_ns for trips in state.series.loaded] == [ns(0.09)]


def test_a_stock_servers_probes_are_split_where_they_are_counted_anew() -> None:
    """It names no phases, and its first sample comes when the pump has been probed for up to a whole interval."""
    events = recorded_events("probe-rtt-idle")
    state = after(*events)
    assert state.done is not None

    assert sum(trips.answered for trips in state.series.idle) == state.done.idle_probe_count
    assert sum(trips.answered for trips in state.series.loaded) == state.done.probe_count
    assert sum(trips.sum_ns for trips in state.series.loaded) // 20 == state.done.probe_avg_ns


@pytest.mark.parametrize("sampled_at", [2.01, 2.5])
def test_what_was_probed_before_the_load_is_known_when_the_load_begins(sampled_at: float) -> None:
    """A sample may come before the first answer beside the pump, or after some of them."""
    quiet = [probe(1 + 0.1 * number, number, elapsed_s=0.1 * number) for number in range(1, 10)]
    beside = [probe(2 + 0.1 * number, number, elapsed_s=0.1 * number) for number in range(1, 10)]
    first = sample(sampled_at, leg(0, MIB), began_s=2)
    events = sorted([*quiet, *beside, first], key=lambda event: event.timestamp_ns)

    state = after(established(0.5, 0), *events)

    assert [len(probes) for probes in (state.series.idle, state.series.loaded)] == [9, 9]
    assert (state.phase, state.phase_started_ns) == ("pump", ns(1.5))


def test_answers_out_of_order_are_no_new_count() -> None:
    """An answer that another overtook must not make a baseline of what came before it."""
    order = [1, 2, 4, 3, 5]
    overtaken = [probe(1 + 0.1 * place, number) for place, number in enumerate(order)]

    state = after(established(0, 0), *overtaken, sample(2, leg(0, MIB)))

    assert [len(probes) for probes in (state.series.idle, state.series.loaded)] == [0, 5]


def test_merged_probes_keep_their_extremes_and_a_lost_one_is_none_of_them() -> None:
    """The one slow answer in an hour is what the operator looks for."""
    fast, slow = RoundTrips(1, 1, 1, 0, 40, 40, 40), RoundTrips(3, 3, 1, 0, 900, 900, 900)
    lost = RoundTrips(2, 2, 0, 1, 0, 0, 0)

    assert fast.then(lost).then(slow) == RoundTrips(1, 3, 2, 1, 940, 40, 900)
    assert lost.then(fast) == RoundTrips(2, 1, 1, 1, 40, 40, 40)


def test_the_probe_is_known_to_go_along_one_route_at_a_time() -> None:
    """A route's own plot shows the probes that went its way, and no others."""
    state = after(
        RunEvent(timestamp_ns=at(0), probe_path=ProbePath(along_route=0)),
        RunEvent(timestamp_ns=at(5), probe_path=ProbePath(along_route=2)),
        RunEvent(timestamp_ns=at(5), probe_path=ProbePath(along_route=2)),
    )

    assert state.series.probed_route == 2
    assert state.series.probed_times(0) == [(0, ns(5))]
    assert state.series.probed_times(2) == [(ns(5), math.inf)]
    assert state.series.probed_times(1) == []


def test_a_routes_own_round_trip_is_known_until_it_dies() -> None:
    """A dead route has no delay."""
    own = RunEvent(timestamp_ns=at(2.5), route_probe=RouteProbe(route_index=0, latency_ns=ns(0.05)))
    state = after(
        phase(1, "pump"),
        established(1, 0),
        sample(2, leg(0, MIB, latency_ms=40)),
        own,
        sample(3, leg(0, 2 * MIB)),
        failure(3.1, 0, 2 * MIB),
        sample(4, leg(0, 2 * MIB, alive=False)),
    )

    assert [reading.rtt_ns for reading in state.series.readings(0)] == [0, ns(0.04), ns(0.05), 0]


def test_the_short_history_has_a_value_for_each_sample_and_a_scale_for_all_routes() -> None:
    """The bars in the rows can be compared with one another."""
    counters = [(mbit(8 * second), mbit(2 * second)) for second in range(1, 6)]
    state = after(
        established(1, 0),
        established(1, 1),
        *(
            sample(number + 2, leg(0, one), leg(1, other, alive=number < 3))
            for number, (one, other) in enumerate(counters)
        ),
    )

    assert state.series.recent_receive_bps(0, 3) == [8e6] * 3
    assert state.series.recent_receive_bps(0, 99) == [8e6] * 5
    assert state.series.recent_peak_bps(3) == 8e6
    assert state.series.recent_receive_bps(9, 3) == []
    assert state.series.recent_receive_bps(0, 0) == []


def test_where_samples_come_often_the_short_history_has_a_value_a_second() -> None:
    """Ten values a second would show the last second and a half."""
    legs = ((second, leg(0, mbit(second - 1))) for second in (1 + number / 10 for number in range(1, 51)))
    state = after(established(1, 0), *(sample(second, each) for second, each in legs))

    assert [round(rate or 0) for rate in state.series.recent_receive_bps(0, 60)] == [1_000_000] * 5


@pytest.mark.parametrize(
    ("event", "mark"),
    [
        (setup_failed(3, 0), Mark(ns(3), MarkKind.FAILED, "R0 set-up failed", 0)),
        (failure(3, 0, MIB), Mark(ns(3), MarkKind.FAILED, "R0 died", 0)),
        (failure(3, 0, 0), Mark(ns(3), MarkKind.FAILED, "R0 dead on arrival", 0)),
        (restarting(3, 0, 2), Mark(ns(3), MarkKind.RESTARTED, "R0 restarts", 0)),
        (paused(3), Mark(ns(3), MarkKind.PAUSED, "paused")),
        (paused(3, on=False), Mark(ns(3), MarkKind.RESUMED, "goes on")),
        (phase(3, "idle_baseline"), Mark(ns(3), MarkKind.PHASE, "idle-baseline")),
    ],
)
def test_what_happened_is_marked_once_however_often_it_is_told(event: RunEvent, mark: Mark) -> None:
    """A client that reconnects is told again what it knows."""
    state = after(started(0), established(1, 0), event, event)

    assert [each for each in state.series.marks if each.elapsed_ns == ns(3)] == [mark]


def test_a_stall_and_its_end_and_a_restart_that_worked_are_marked() -> None:
    """They are seen in samples alone, or in the second set-up."""
    state = after(
        phase(1, "pump"),
        established(1, 0),
        established(1, 1),
        sample(2, leg(0, MIB), leg(1, MIB)),
        sample(5.5, leg(0, MIB), leg(1, 2 * MIB)),
        sample(7, leg(0, 2 * MIB), leg(1, 3 * MIB)),
        failure(8, 1, 3 * MIB),
        restarting(8.5, 1, 2),
        established(9, 1),
    )

    assert [mark.text for mark in state.series.marks if mark.kind is not MarkKind.PHASE] == [
        "R0 stalled",
        "R0 recovered",
        "R1 died",
        "R1 restarts",
        "R1 up again",
    ]


def test_marks_are_bounded_and_the_oldest_go() -> None:
    """A route that is restarted for days must not fill the memory."""
    series = Series()
    for number in range(MARKS_LIMIT + 10):
        series.add_mark(Mark(number, MarkKind.FAILED, "R0 died", 0))

    assert len(series.marks) == MARKS_LIMIT
    assert next(iter(series.marks)).elapsed_ns == 10


def test_a_copy_has_fields_of_its_own() -> None:
    """A field that is added and not copied would thaw a frozen view."""
    series = Series()
    shared = [
        name
        for name in Series.__slots__
        if getattr(series, name) is getattr(series.copy(), name)
        and not isinstance(getattr(series, name), int | None)
    ]

    assert shared == []
    assert series.copy() == series == replace(series)
