"""What holds a route back, told from what its pump saw: a pure function, its thresholds, and who asks it.

Little's law makes rate × latency equal to what is in flight whatever the cause, so the cause is told by queueing: a
path that could carry more answers as fast as when it was empty, and then it is the window that holds the route back.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from muxbw_tui.pb.muxbw_pb2 import Limits
from muxbw_tui.units import format_duration_ns, format_rate_bps, format_volume_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from muxbw_tui.engine.leg import Leg

BUSY = 0.9
QUEUEING = 1.25
ENOUGH_BLOCKS = 4


class Limit(enum.Enum):
    """What holds a route back; the values are the words of the `limits` event."""

    WINDOW = "window"
    CPU_SOURCE = "cpu_source"
    CPU_TARGET = "cpu_target"
    PATH = "path"


@dataclass(frozen=True, slots=True)
class Observation:
    """What was seen of a route over the last interval.

    Attributes:
        latency_s: mean time of a block's way there and back.
        least_latency_s: the least ever seen on this route, its queues being empty.
        goodput_stopped_rising: the window has grown until more of it brought nothing.
        cpu_source, cpu_target: share of a core that the engine and the responder used or waited for, 0 to 1.
    """

    latency_s: float
    least_latency_s: float
    goodput_stopped_rising: bool
    cpu_source: float
    cpu_target: float


def what_limits(seen: Observation) -> Limit:
    """Return what holds the route back."""
    if max(seen.cpu_source, seen.cpu_target) >= BUSY:
        return Limit.CPU_TARGET if seen.cpu_target > seen.cpu_source else Limit.CPU_SOURCE
    if seen.goodput_stopped_rising or seen.latency_s > QUEUEING * seen.least_latency_s:
        return Limit.PATH
    return Limit.WINDOW


class LimitWatch:
    """Looks at the routes from sample to sample and says when what holds one back has changed.

    A change is said when two looks in a row agree on it, so that one noisy interval says nothing.

    Args:
        publish: takes the payloads of events.
        now_s, cpu_s: the clock, and what the pumping thread has needed of a core, as for `look`.
    """

    def __init__(
        self, legs: Sequence[Leg], publish: Callable[[Limits], None], *, now_s: float, cpu_s: float
    ) -> None:
        self._legs = legs
        self._publish = publish
        self._now_s, self._cpu_s = now_s, cpu_s
        self._before = {leg.index: (0, 0.0) for leg in legs}
        self._suspected: dict[int, Limit] = {}

    def look(self, now_s: float, cpu_s: float) -> None:
        """Take the interval since the last look; a route with few blocks in it is looked at when there are enough."""
        cpu_source = min((cpu_s - self._cpu_s) / max(now_s - self._now_s, 1e-9), 1.0)
        self._now_s, self._cpu_s = now_s, cpu_s
        for leg in self._legs:
            blocks_before, latency_before_s = self._before[leg.index]
            blocks = leg.blocks - blocks_before
            if leg.alive and blocks >= ENOUGH_BLOCKS:
                self._before[leg.index] = (leg.blocks, leg.latency_s)
                latency_s = (leg.latency_s - latency_before_s) / blocks
                self._look_at(leg, latency_s, cpu_source)

    def _look_at(self, leg: Leg, latency_s: float, cpu_source: float) -> None:
        limit = what_limits(
            Observation(
                latency_s=latency_s,
                least_latency_s=leg.least_latency_s,
                goodput_stopped_rising=leg.growth is not None and leg.growth.settled,
                cpu_source=cpu_source,
                cpu_target=leg.cpu_target,
            )
        )
        agreed = self._suspected.get(leg.index) is limit
        self._suspected[leg.index] = limit
        if agreed and leg.limited_by is not limit:
            leg.limited_by = limit
            detail = _detail(limit, leg, latency_s, cpu_source)
            self._publish(Limits(kind=limit.value, detail=detail, route_index=leg.index, window=leg.window))


def _detail(limit: Limit, leg: Leg, latency_s: float, cpu_source: float) -> str:
    """Give the evidence in one line."""
    block_bytes = leg.config.block_bytes if leg.config else 0
    match limit:
        case Limit.WINDOW:
            carried = format_rate_bps(leg.window * block_bytes * 8 / latency_s)
            window = f"{leg.window} × {format_volume_bytes(block_bytes)} in flight"
            return f"{window} / {format_duration_ns(round(latency_s * 1e9))} = {carried}"
        case Limit.CPU_SOURCE:
            return f"the engine needs {cpu_source:.0%} of a core, or waits for one"
        case Limit.CPU_TARGET:
            return f"the responder needs {leg.cpu_target:.0%} of a core, or waits for one"
        case Limit.PATH:
            latency = format_duration_ns(round(latency_s * 1e9))
            least = format_duration_ns(round(leg.least_latency_s * 1e9))
            return f"a block takes {latency}, and {least} when the queues are empty"
    assert_never(limit)
