"""Which events may be given up when a reader is slow, and how a `gap` counts those that were.

Counters are cumulative, so the latest sample or probe stands for those before it. It must not know a queue.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from muxbw_tui.pb.muxbw_pb2 import Gap, RunEvent

MERGEABLE_KINDS = frozenset({"sample", "rtt_probe", "route_probe"})


def count_merged(gap: Gap, event: RunEvent) -> None:
    """Add an event of a mergeable kind that was given up to what a gap will tell."""
    if event.HasField("sample"):
        gap.samples_merged += 1
    elif event.HasField("route_probe"):
        gap.route_probes_merged += 1
    else:
        gap.probes_merged += 1
        gap.probes_lost += event.rtt_probe.latency_ns <= 0 or bool(event.rtt_probe.error)
