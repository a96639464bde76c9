"""The measured window of one run: its samples, what limits its routes, and the totals that `done` gives.

Every figure comes from the same window and the same counters, so the last sample, the sum of its legs and `done` agree
to the byte.
"""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

from muxbw_tui.clock import core_time_s
from muxbw_tui.engine.limits import LimitWatch
from muxbw_tui.engine.window import Sampler, Window, rate_bps

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from google.protobuf.message import Message

    from muxbw_tui.engine.leg import Leg
    from muxbw_tui.pb.ping_pb2 import MuxBandwidthDone


class Measurement:
    """From pump start to the end of the run.

    Attributes:
        window: in which blocks count; it begins with this object.

    Args:
        duration_s: as planned; `window.close` ends it before.
        publish: takes the payloads of events.
    """

    def __init__(
        self,
        legs: Sequence[Leg],
        *,
        duration_s: float,
        interval_s: float,
        publish: Callable[[Message], None],
    ) -> None:
        self._legs = legs
        self._interval_s = interval_s
        self._publish = publish
        self._loop = asyncio.get_running_loop()
        now_s = self._loop.time()
        self.window = Window(now_s, now_s + duration_s)
        self._sampler = Sampler(self.window, interval_s)

    @property
    def elapsed_ns(self) -> int:
        """How long ago the pump started."""
        return round((self._loop.time() - self.window.start_s) * 1e9)

    async def sample(self) -> None:
        """Publish samples at the asked interval; the last one of all is left to `finish`."""
        due_s = self.window.start_s + self._interval_s
        limits = LimitWatch(self._legs, self._publish, now_s=self._loop.time(), cpu_s=core_time_s())
        while due_s + self._interval_s / 2 < self.window.end_s:
            await asyncio.sleep(due_s - self._loop.time())
            now_s = self._loop.time()
            self.take_sample()
            limits.look(now_s, core_time_s())
            # A loop that was late leaves out what it missed: samples in a burst would be rates over next to no time.
            due_s += self._interval_s * max(math.ceil((now_s - due_s) / self._interval_s), 1)

    def take_sample(self) -> None:
        """Publish what the legs have carried until now."""
        self._publish(self._sampler.take(self._legs, self._loop.time()))

    def finish(self, done: MuxBandwidthDone) -> None:
        """Publish the last sample, and write the same totals into `done`; the window must be closed."""
        window, sampler = self.window, self._sampler
        last = sampler.take(self._legs, window.end_s)
        self._publish(last)
        done.total_bytes_sent = last.bytes_sent
        done.total_bytes_received = last.bytes_received
        done.pump_time_ns = round(window.length_s * 1e9)
        done.avg_send_bps = rate_bps(last.bytes_sent, window.length_s)
        done.avg_recv_bps = rate_bps(last.bytes_received, window.length_s)
        done.peak_send_bps = sampler.peak_send_bps
        done.peak_recv_bps = sampler.peak_recv_bps
