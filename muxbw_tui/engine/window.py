"""The one object that owns the measured window; every figure of a run uses it.

A block counts if its echo was complete inside the window. Rates are bytes × 8 over measured intervals on the same
clock, never over nominal ones.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from muxbw_tui.pb.ping_pb2 import MuxBandwidthSample, MuxLegSample

if TYPE_CHECKING:
    from collections.abc import Iterable

    from muxbw_tui.engine.leg import Leg


@dataclass(slots=True)
class Window:
    """From pump start to the instant at which counting stops, in seconds on the loop's clock."""

    start_s: float
    end_s: float

    def contains(self, instant_s: float) -> bool:
        """Return whether something that was complete at this instant counts."""
        return instant_s <= self.end_s

    def close(self, now_s: float) -> None:
        """Stop counting now, or at the planned end if that has passed already."""
        self.end_s = min(self.end_s, now_s)

    @property
    def length_s(self) -> float:
        """The measured length, once closed."""
        return self.end_s - self.start_s


class Sampler:
    """Turns the legs' counters into samples, and keeps the peaks.

    Rates are taken over the time since the sample before, or since the one before that where less than half an
    interval has passed: a run that is stopped right after a sample would else end on rates over next to no time.
    """

    def __init__(self, window: Window, interval_s: float) -> None:
        self.interval_s = interval_s
        self._window = window
        self._bases: deque[_Counters] = deque([_Counters(window.start_s, {})], maxlen=2)
        self.peak_send_bps = 0.0
        self.peak_recv_bps = 0.0

    def take(self, legs: Iterable[Leg], now_s: float) -> MuxBandwidthSample:
        """Return the counters at `now_s`, or at the window's end if that was earlier, and the rates."""
        at_s = min(now_s, self._window.end_s)
        set_up = [leg for leg in legs if leg.set_up]
        base = self._bases[-1] if at_s - self._bases[-1].at_s >= self.interval_s / 2 else self._bases[0]
        sample = MuxBandwidthSample(
            elapsed_ns=round((at_s - self._window.start_s) * 1e9),
            legs=[_leg_sample(leg, base, at_s) for leg in set_up],
        )
        sample.bytes_sent = sum(leg.bytes_sent for leg in set_up)
        sample.bytes_received = sum(leg.bytes_received for leg in set_up)
        sample.active_routes = sum(leg.alive for leg in set_up)
        sample.instant_send_bps = math.fsum(leg.inst_send_bps for leg in sample.legs)
        sample.instant_recv_bps = math.fsum(leg.inst_recv_bps for leg in sample.legs)
        sample.avg_send_bps = rate_bps(sample.bytes_sent, at_s - self._window.start_s)
        sample.avg_recv_bps = rate_bps(sample.bytes_received, at_s - self._window.start_s)
        if at_s - self._bases[-1].at_s >= self.interval_s / 2:
            self._bases.append(
                _Counters(at_s, {leg.index: (leg.bytes_sent, leg.bytes_received) for leg in set_up})
            )
        self.peak_send_bps = max(self.peak_send_bps, sample.instant_send_bps)
        self.peak_recv_bps = max(self.peak_recv_bps, sample.instant_recv_bps)
        return sample


@dataclass(frozen=True, slots=True)
class _Counters:
    """Bytes sent and received by route index, at one instant."""

    at_s: float
    bytes_by_route: dict[int, tuple[int, int]]


def _leg_sample(leg: Leg, base: _Counters, at_s: float) -> MuxLegSample:
    sent_before, received_before = base.bytes_by_route.get(leg.index, (0, 0))
    return MuxLegSample(
        route_index=leg.index,
        intermediate_pk=leg.intermediate_pk,
        transport_kind=leg.transport_kind,
        bytes_sent=leg.bytes_sent,
        bytes_recv=leg.bytes_received,
        inst_send_bps=rate_bps(leg.bytes_sent - sent_before, at_s - base.at_s),
        inst_recv_bps=rate_bps(leg.bytes_received - received_before, at_s - base.at_s),
        alive=leg.alive,
        latency_ms=math.ceil(leg.smoothed_rtt_s * 1e3),  # 0 would say that it is not known
    )


def rate_bps(volume_bytes: int, interval_s: float) -> float:
    """Return bits per second over a measured interval; 0 over none."""
    return volume_bytes * 8 / interval_s if interval_s > 0 else 0.0
