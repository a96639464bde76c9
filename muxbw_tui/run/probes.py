"""The summary's lines about round trips: idle, loaded, the queueing delay that is their difference, and the ledger.

A p99 needs 100 samples. A negative difference means that the baseline was not warm: it is shown as invalid, never
clamped. The contract's jitter field is the population standard deviation, and is called by that name.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from muxbw_tui.units import format_duration_ns

if TYPE_CHECKING:
    from muxbw_tui.pb.muxbw_pb2 import ProbeTally
    from muxbw_tui.pb.ping_pb2 import MuxBandwidthDone
    from muxbw_tui.run.state import RunState

_P99_NEEDS = 100
_INVALID = "invalid (negative: the baseline was not warm)"


@dataclass(frozen=True, slots=True)
class RttStatistics:
    """What `done` says about the probes of one phase."""

    count: int
    average_ns: int
    p50_ns: int
    p99_ns: int
    stddev_ns: int


def probe_lines(state: RunState) -> list[str]:
    """Return the lines for idle, loaded and queueing; each says why where it has no numbers."""
    asked = state.request.probe_rtt or state.request.idle_baseline_duration_ns > 0 or state.probe_count > 0
    if not asked:
        return ["rtt        n/a (the run did not probe)"]
    if state.done is None:
        return ["rtt        n/a (the run ended without its statistics)", *_ledger(state)]
    idle, loaded = idle_statistics(state.done), loaded_statistics(state.done)
    return [
        f"rtt idle   {_statistics_text(idle, 'no idle baseline was measured')}",
        f"rtt load   {_statistics_text(loaded, 'no probe was answered')}",
        f"queueing   {_queueing_text(idle, loaded)}",
        *_ledger(state),
    ]


def idle_statistics(done: MuxBandwidthDone) -> RttStatistics:
    """Return the round trips of the quiet phase before the pump."""
    return RttStatistics(
        done.idle_probe_count,
        done.idle_probe_avg_ns,
        done.idle_probe_p50_ns,
        done.idle_probe_p99_ns,
        done.idle_probe_jitter_ns,
    )


def loaded_statistics(done: MuxBandwidthDone) -> RttStatistics:
    """Return the round trips beside the pump."""
    return RttStatistics(
        done.probe_count, done.probe_avg_ns, done.probe_p50_ns, done.probe_p99_ns, done.probe_jitter_ns
    )


def tally_text(tally: ProbeTally) -> str:
    """Return what became of the probes of a phase."""
    return (
        f"due {tally.due}, sent {tally.sent}, answered {tally.answered}, late {tally.late}, lost {tally.lost},"
        f" cut off {tally.cut_off} (timeout {format_duration_ns(tally.timeout_ns)})"
    )


def _ledger(state: RunState) -> list[str]:
    """Return a line for each phase that was accounted for, and what was seen where the pump was not."""
    lines = [
        f"probes     {name}  {tally_text(state.probe_tallies[phase])}"
        for phase, name in (("idle_baseline", "idle"), ("pump", "load"))
        if phase in state.probe_tallies
    ]
    if "pump" not in state.probe_tallies:
        seen = f"{state.probe_count} seen, {state.probe_lost} of them failed"
        lines.append(f"probes     {seen}; the rest n/a (the server did not tell)")
    return lines


def _statistics_text(statistics: RttStatistics, reason_for_none: str) -> str:
    if statistics.count <= 0:
        return f"n/a ({reason_for_none})"
    p99 = format_duration_ns(statistics.p99_ns) if statistics.count >= _P99_NEEDS else "n/a (n<100)"
    return (
        f"n={statistics.count}  avg {format_duration_ns(statistics.average_ns)}"
        f"  p50 {format_duration_ns(statistics.p50_ns)}  p99 {p99}"
        f"  stddev {format_duration_ns(statistics.stddev_ns)}"
    )


def _queueing_text(idle: RttStatistics, loaded: RttStatistics) -> str:
    """Return loaded minus idle, at the average and at the same percentiles."""
    if idle.count <= 0 or loaded.count <= 0:
        return f"n/a ({'no idle baseline' if idle.count <= 0 else 'no loaded probe'} to compare with)"
    differences = [
        f"avg {_difference_text(loaded.average_ns - idle.average_ns)}",
        f"p50 {_difference_text(loaded.p50_ns - idle.p50_ns)}",
    ]
    if min(idle.count, loaded.count) >= _P99_NEEDS:
        differences.append(f"p99 {_difference_text(loaded.p99_ns - idle.p99_ns)}")
    else:
        differences.append("p99 n/a (n<100)")
    return "  ".join(differences)


def _difference_text(difference_ns: int) -> str:
    return _INVALID if difference_ns < 0 else f"+{format_duration_ns(difference_ns)}"
