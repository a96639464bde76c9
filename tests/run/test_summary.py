"""The summary and the exit code are all that is left of a run once the screen is gone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.errors import ExitCode
from muxbw_tui.pb.muxbw_pb2 import ProbeTally, RunEvent
from muxbw_tui.run.reducer import apply, mark_broken
from muxbw_tui.run.state import RunState
from muxbw_tui.run.summary import outcome, partial_reason, summary_lines
from tests.recordings import recorded_events
from tests.run.happenings import (
    MIB,
    after,
    apply_all,
    asked,
    done,
    established,
    failure,
    leg,
    limits,
    ns,
    phase,
    plan,
    probe,
    refused,
    restarting,
    sample,
    setup_failed,
    started,
)
from tests.strategies import run_events


def text_of(state: RunState) -> str:
    """Return the summary as it is printed."""
    return "\n".join(summary_lines(state))


def line_of(state: RunState, label: str) -> str:
    """Return the summary's one line that begins with the label."""
    (line,) = [line for line in summary_lines(state) if line.strip().startswith(label)]
    return line


def run_of(*legs_at_the_end: int, reason: str = "duration", routes: int | None = None) -> RunState:
    """Return a run that has ended, each route with so many bytes."""
    legs = [leg(index, carried, rate_bps=8e6) for index, carried in enumerate(legs_at_the_end)]
    total = sum(legs_at_the_end)
    asked_for = len(legs) if routes is None else routes
    return after(
        *(established(0.5, index) for index in range(len(legs))),
        phase(1, "pump"),
        sample(2, *legs),
        done(11, reason, carried=total, routes=asked_for),
        state=asked(asked_for),
    )


RESTARTED = (
    established(0.5, 0),
    phase(1, "pump"),
    sample(2, leg(0, MIB)),
    failure(3, 0, MIB),
    restarting(4, 0, 2),
    established(5, 0),
)


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (run_of(MIB, MIB), ExitCode.OK),
        (run_of(MIB, 0), ExitCode.SOME_ROUTES_FAILED),
        (run_of(MIB, routes=2), ExitCode.SOME_ROUTES_FAILED),
        (run_of(0, 0), ExitCode.NO_ROUTE_CARRIED),
        (after(*RESTARTED, sample(6, leg(0, 2 * MIB)), done(7), state=asked(1)), ExitCode.OK),
        (after(*RESTARTED, sample(6, leg(0, MIB)), done(7), state=asked(1)), ExitCode.NO_ROUTE_CARRIED),
        (after(*RESTARTED[:4], done(7, "all_routes_failed"), state=asked(1)), ExitCode.NO_ROUTE_CARRIED),
        (after(setup_failed(0, 0), done(1, "all_routes_failed"), state=asked(1)), ExitCode.NO_ROUTE_CARRIED),
        (
            after(*RESTARTED[:3], sample(9, leg(0, MIB)), done(10, carried=MIB), state=asked(1)),
            ExitCode.NO_ROUTE_CARRIED,
        ),
        (after(refused(0), state=asked(2)), ExitCode.REFUSED),
        (after(*RESTARTED[:3], state=asked(1)), ExitCode.CONNECTION),
        (apply_all(RunState(), recorded_events("healthy-4")), ExitCode.OK),
        (apply_all(RunState(), recorded_events("mid-run-failure")), ExitCode.SOME_ROUTES_FAILED),
        (apply_all(RunState(), recorded_events("zero-byte-failure")), ExitCode.SOME_ROUTES_FAILED),
        (apply_all(RunState(), recorded_events("invalid-request")), ExitCode.REFUSED),
    ],
)
def test_the_outcome_is_what_became_of_the_routes_asked_for(state: RunState, code: ExitCode) -> None:
    """Scripts decide by it; the stock command exits 0 for nearly every failure."""
    assert outcome(state) is code


def test_a_stream_that_broke_is_no_outcome_of_the_routes() -> None:
    """What the routes would have done is not known."""
    state = after(*RESTARTED[:3], state=asked(1))
    mark_broken(state, "reset")

    assert outcome(state) is ExitCode.CONNECTION


def test_a_route_shows_its_end_and_never_a_tick_when_it_failed() -> None:
    """The stock summary ticks a route whose pump failed."""
    state = apply_all(RunState(), recorded_events("mid-run-failure"))
    rows = {line.split()[0]: line for line in summary_lines(state) if line[:2] in {"R0", "R1", "R2", "R3"}}

    assert [("✓" in row, "✗" in row) for _, row in sorted(rows.items())] == [
        (True, False),
        (False, True),
        (True, False),
        (True, False),
    ]
    assert "✗ died" in rows["R1"]
    assert "180.6 ms" in rows["R1"]
    assert "└ read echo: i/o timeout · dead for" in text_of(state)


@pytest.mark.parametrize(
    ("state", "mark"),
    [
        (after(setup_failed(0, 0), done(1), state=asked(1)), "✗ set-up failed"),
        (after(*RESTARTED[:4], done(7), state=asked(1)), "✗ died"),
        (after(established(0, 0), failure(1, 0, 0), done(7), state=asked(1)), "∅ dead on arrival"),
        (after(*RESTARTED[:3], sample(9, leg(0, MIB)), done(10, carried=MIB), state=asked(1)), "◌ stalled"),
        (run_of(0), "■ stopped"),
    ],
    ids=["set-up failed", "died", "dead on arrival", "stalled", "stopped"],
)
def test_a_state_has_the_mark_that_it_has_on_the_screen(state: RunState, mark: str) -> None:
    """The kinds of trouble must never look alike, here neither: each has causes of its own."""
    assert mark in line_of(state, "R0")


def test_averages_of_routes_are_over_the_run_and_add_up() -> None:
    """One window for every figure: the sum of the routes is the run."""
    state = run_of(10 * MIB, 5 * MIB)

    assert "8.4 Mbit/s" in line_of(state, "R0")
    assert "4.2 Mbit/s" in line_of(state, "R1")


def test_the_totals_name_their_window() -> None:
    """A rate without its window means nothing."""
    state = run_of(10 * MIB)

    assert (
        line_of(state, "time") == "time       wall 11.00 s, set-up n/a, pump 10.00 s; rates are over the pump"
    )
    assert line_of(state, "received").startswith("received     10.0 MiB")
    assert line_of(state, "routes") == "routes     1 asked for, 1 established, 1 pumped to the end"
    assert line_of(state, "ended") == "ended      duration"


def test_a_run_that_was_stopped_is_not_said_to_have_pumped_to_its_end() -> None:
    """Two of twenty seconds prove nothing of the other eighteen."""
    state = run_of(MIB, reason="context_cancel")

    assert (
        line_of(state, "routes")
        == "routes     1 asked for, 1 established, 1 still pumping when it was stopped"
    )


def test_a_run_that_was_left_going_is_not_said_to_have_pumped_to_its_end() -> None:
    """`0 pumped to the end` reads as if every route had failed."""
    state = after(phase(1, "pump"), established(1, 0), sample(2, leg(0, MIB)))

    assert line_of(state, "routes") == "routes     1 asked for, 1 established, 1 pumping"


def test_attempts_are_counted() -> None:
    """A route that came back at the third try is not as good as one that never left."""
    state = after(*RESTARTED, sample(6, leg(0, 2 * MIB)), done(7), state=asked(1))

    assert line_of(state, "R0").split()[5] == "2"
    assert "└ earlier: read echo: reset · dead for 2.00 s" in text_of(state)


def probed(idle_ns: int, loaded_ns: int, count: int = 10) -> RunState:
    """Return a run whose probes took so long, every statistic alike."""
    end = done(11, carried=MIB)
    for prefix, value_ns in (("idle_probe", idle_ns), ("probe", loaded_ns)):
        setattr(end.done, f"{prefix}_count", count)
        for statistic in ("avg", "p50", "p99", "jitter"):
            setattr(end.done, f"{prefix}_{statistic}_ns", value_ns)
    return after(established(0.5, 0), probe(1, 1), sample(2, leg(0, MIB)), end, state=asked(1))


def test_queueing_delay_is_loaded_minus_idle_at_the_same_statistic() -> None:
    """The added delay is the price of the bandwidth."""
    state = probed(ns(0.040), ns(0.055))

    assert (
        line_of(state, "rtt idle")
        == "rtt idle   n=10  avg 40.0 ms  p50 40.0 ms  p99 n/a (n<100)  stddev 40.0 ms"
    )
    assert line_of(state, "queueing") == "queueing   avg +15.0 ms  p50 +15.0 ms  p99 n/a (n<100)"


def test_a_negative_queueing_delay_is_invalid_and_not_zero() -> None:
    """The baseline was not warm; a clamped 0 would say that the queues were empty."""
    assert line_of(probed(ns(0.055), ns(0.040)), "queueing").startswith("queueing   avg invalid (negative")


def test_a_p99_needs_a_hundred_samples() -> None:
    """Of ten it is the largest one, and says nothing."""
    assert "p99 +15.0 ms" in line_of(probed(ns(0.040), ns(0.055), 100), "queueing")
    assert "p99 n/a (n<100)" in line_of(probed(ns(0.040), ns(0.055), 99), "queueing")


def test_what_was_not_measured_says_why() -> None:
    """A 0 there would be a measurement."""
    assert line_of(run_of(MIB), "rtt") == "rtt        n/a (the run did not probe)"
    assert line_of(probed(0, ns(0.05), 0), "rtt idle") == "rtt idle   n/a (no idle baseline was measured)"
    assert line_of(probed(0, ns(0.05), 0), "queueing") == "queueing   n/a (no idle baseline to compare with)"


def test_lost_probes_are_counted() -> None:
    """Left out, they would flatter the percentiles."""
    state = after(probe(1, 1), probe(2, 2, latency_ms=0, error="timeout"), established(0, 0), done(3))

    assert line_of(state, "probes") == (
        "probes     2 seen, 1 of them failed; the rest n/a (the server did not tell)"
    )


def test_the_ledger_of_probes_is_shown_for_each_phase() -> None:
    """A percentile means nothing without those that it leaves out: the late, the lost, and those cut off."""
    counts = {"due": 9, "sent": 8, "answered": 4, "late": 1, "lost": 2, "cut_off": 1, "timeout_ns": ns(3)}
    told = [
        RunEvent(timestamp_ns=ns(second), probe_tally=ProbeTally(phase=name, **counts))
        for second, name in ((1, "idle_baseline"), (2, "pump"))
    ]
    state = after(probe(1, 1), *told, established(0, 0), done(3))

    counted = "due 9, sent 8, answered 4, late 1, lost 2, cut off 1 (timeout 3.00 s)"
    ledger = [line for line in summary_lines(state, width=100) if line.startswith("probes")]
    assert ledger == [f"probes     idle  {counted}", f"probes     load  {counted}"]
    assert [entry.text for entry in state.feed][:2] == [f"idle-baseline: {counted}", f"pump: {counted}"]


def test_counts_of_no_phase_are_not_kept() -> None:
    """A server that makes names up could else fill the memory of whoever watches it."""
    state = after(RunEvent(timestamp_ns=ns(1), probe_tally=ProbeTally(phase="lunch", due=1)))

    assert not state.probe_tallies
    assert state.unknown_events == 1


def test_a_run_that_was_stopped_is_partial() -> None:
    """Its figures are those of a shorter window than was asked for."""
    assert "PARTIAL" in text_of(run_of(MIB, reason="context_cancel"))
    assert "PARTIAL" not in text_of(run_of(MIB))


def test_a_run_without_an_end_is_partial_and_says_what_it_has() -> None:
    """An interrupted run of the stock command prints nothing at all."""
    state = after(*RESTARTED[:3], probe(2, 1), state=asked(1))
    mark_broken(state, "the engine is gone")
    text = text_of(state)

    assert "PARTIAL: the engine is gone" in text
    assert "1.00 MiB" in text
    assert "n/a (the run ended without its statistics)" in text
    assert line_of(state, "ended") == "ended      n/a (the engine is gone)"


def test_a_run_that_goes_on_is_partial() -> None:
    """Ctrl+C twice leaves no time for done."""
    assert partial_reason(after(established(0, 0))) == "the run was still going on"


def test_what_never_began_was_not_going_on() -> None:
    """Whoever quits while it connects has measured nothing."""
    assert partial_reason(asked(4)) == "no run had begun: not one event had come"


def test_a_run_stopped_during_its_set_up_has_no_times_of_what_did_not_happen() -> None:
    """A set-up of 0 s would be a very good one."""
    state = after(started(routes=1), phase(0.1, "set_up"), done(0.5, "context_cancel"))

    assert line_of(state, "time") == "time       wall 500.0 ms, set-up n/a, pump n/a"
    assert line_of(state, "received") == "received          n/a  (the run did not come to its pump)"


def test_a_route_too_slow_for_one_block_says_that_no_echo_came_before_the_end() -> None:
    """It failed with the end of the run: its reason is what tells it from rules that are missing."""
    error = "read echo: no echo before the run ended"
    state = after(
        established(0.5, 0), phase(1, "pump"), failure(11, 0, 0, error), phase(11.002, "done"), done(11.01)
    )

    assert "dead on arrival" in line_of(state, "R0")
    assert f"    └ {error}" in summary_lines(state)


def test_the_widest_ordinary_table_fits_eighty_columns() -> None:
    """A terminal wraps what is wider, and then no column stands under its title."""
    state = after(
        started(routes=2, scenario="a-scenario-of-some-length"),
        established(0.5, 0, setup_s=0.1234, path=("here", "osaka", "tokyo", "lima", "there")),
        phase(1, "pump"),
        sample(2, leg(0, 999 * MIB, rate_bps=8e9)),
        failure(3, 0, 999 * MIB, "a long error that goes on and on " * 5),
        established(4, 1, setup_s=0.1234, path=("here", "osaka", "there")),
        failure(5, 1, 0),
        done(9, "context_cancel", carried=999 * MIB),
    )

    lines = summary_lines(state, width=80)

    assert max(map(len, lines)) <= 80
    assert "dead on arrival" in line_of(state, "R1")
    assert "…→osaka" in line_of(state, "R0")


def test_a_simulated_network_is_labelled() -> None:
    """Nobody may take its figures for a network's."""
    assert "SIMULATED: flaky" in text_of(after(started(scenario="flaky"), done(3)))


def test_notes_are_repeated() -> None:
    """They explain the exit code."""
    state = after(
        started(routes=2), plan(0.1, {}), limits(0.2, "0 of 2 paths exist"), RunEvent(timestamp_ns=1), done(3)
    )

    assert "note       0 of 2 paths exist" in summary_lines(state)
    assert "note       1 event was of no kind that this version can use" in summary_lines(state)


def test_a_refusal_says_what_was_wrong_and_shows_no_empty_table() -> None:
    """There is nothing to tabulate."""
    text = text_of(after(refused(0), state=asked(4)))

    assert "refused    invalid_request: no such key" in text
    assert "R0" not in text


def test_an_error_cannot_break_the_table() -> None:
    """The stock command's table breaks at tabs and line breaks."""
    state = after(established(0, 0), failure(1, 0, 5, "one\ttwo\nthree"), done(2), state=asked(1))

    assert "    └ one two three · dead for 1.00 s" in summary_lines(state)


@pytest.mark.parametrize("name", ["healthy-4", "mid-run-failure", "zero-byte-failure", "probe-rtt-idle"])
@pytest.mark.parametrize("width", [100, 90, 80])
def test_a_summary_is_no_wider_than_it_may_be(name: str, width: int) -> None:
    """The stock summary runs over 200 columns."""
    state = apply_all(RunState(), recorded_events(name))

    assert max(map(len, summary_lines(state, width=width))) <= width


@pytest.mark.parametrize("name", ["mid-run-failure", "zero-byte-failure"])
def test_the_columns_of_the_table_are_aligned(name: str) -> None:
    """A number is found by where it stands."""
    lines = summary_lines(apply_all(RunState(), recorded_events(name)))
    header = next(line for line in lines if "State" in line)
    rows = [line for line in lines if line[:2] in {"R0", "R1", "R2", "R3"}]

    assert {len(row) for row in rows} == {len(header)}
    assert {row.index(mark) for row in rows for mark in "✓✗" if mark in row} == {header.index("State")}


@given(st.lists(run_events(), max_size=8))
def test_any_state_has_a_summary_of_printable_lines(events: list[RunEvent]) -> None:
    """Whatever came, the last words must not fail."""
    state = asked(1)
    for event in events:
        apply(state, event)

    assert all(line.isprintable() for line in summary_lines(state))
    assert isinstance(outcome(state), ExitCode)
