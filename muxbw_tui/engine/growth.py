"""How a route's window grows in the warm-up: pure, fed with each block's echo, asked for the window.

A round is one window's worth of echoes. While goodput rises from round to round the window doubles, as slow start
does; once it has not for two rounds, `auto` settles on what the path holds at that rate (the bandwidth-delay product,
queues nearly empty), and `fill` goes on until round trips stop rising or 1 MiB more than that product is in flight
(queues full, the worst case for delay).
"""

from __future__ import annotations

import enum
import math

RISE = 1.25
ROUNDS_WITHOUT_RISE = 2
DELAY_RISE = 1.05
FILL_BEYOND_BYTES = 1 << 20
MAX_WINDOW = 1_024


class GrowthMode(enum.Enum):
    """What the window grows towards."""

    AUTO = "auto"
    FILL = "fill"


class WindowGrowth:
    """The window of one route during its warm-up.

    Attributes:
        window: blocks to keep in flight now.
        settled: it will not change any more.
    """

    def __init__(self, mode: GrowthMode, block_bytes: int) -> None:
        self.window = 1
        self.settled = False
        self._mode = mode
        self._block_bytes = block_bytes
        self._best_bytes_per_s = 0.0
        self._least_latency_s = math.inf
        self._rounds_without_rise = 0
        self._round_began_s: float | None = None
        self._round_bytes = 0
        self._round_latency_s = 0.0
        self._last_latency_s = 0.0
        self._filling = False

    def restarted(self) -> WindowGrowth:
        """Return the growth of the same kind at its beginning, for another path."""
        return WindowGrowth(self._mode, self._block_bytes)

    def on_echo(self, sent_s: float, echoed_s: float) -> None:
        """Take a block's way there and back, in seconds on one clock; echoes come in the order of their blocks."""
        if self.settled:
            return
        self._least_latency_s = min(self._least_latency_s, echoed_s - sent_s)
        if self._round_began_s is None:
            self._round_began_s = sent_s
        self._round_bytes += self._block_bytes
        self._round_latency_s = max(self._round_latency_s, echoed_s - sent_s)
        if sent_s >= self._round_began_s and self._round_bytes >= self.window * self._block_bytes:
            self._end_round(echoed_s)

    def _end_round(self, now_s: float) -> None:
        began_s = self._round_began_s if self._round_began_s is not None else now_s
        rate = self._round_bytes / max(now_s - began_s, 1e-6)
        if rate > self._best_bytes_per_s * RISE:
            self._rounds_without_rise = 0
        else:
            self._rounds_without_rise += 1
        self._best_bytes_per_s = max(self._best_bytes_per_s, rate)
        delay_rose = self._round_latency_s > self._last_latency_s * DELAY_RISE
        self._last_latency_s = self._round_latency_s
        self._round_began_s, self._round_bytes, self._round_latency_s = now_s, 0, 0.0
        if self._rounds_without_rise == 0:
            self.window = min(self.window * 2, MAX_WINDOW)
        elif self._rounds_without_rise < ROUNDS_WITHOUT_RISE:
            return  # one more round with the same window: noise must not end the growth
        elif self._mode is GrowthMode.AUTO:
            self._settle(self._held_by_path())
        else:
            self._grow_to_fill(delay_rose=delay_rose)

    def _grow_to_fill(self, *, delay_rose: bool) -> None:
        most = self._held_by_path() + math.ceil(FILL_BEYOND_BYTES / self._block_bytes)
        if self.window >= most or (self._filling and not delay_rose):
            self._settle(min(self.window, most))
        else:
            self._filling = True
            self.window = min(self.window * 2, most)

    def _held_by_path(self) -> int:
        """The bandwidth-delay product in blocks, and one more to keep the path busy while an echo is handled."""
        return math.ceil(self._best_bytes_per_s * self._least_latency_s / self._block_bytes) + 1

    def _settle(self, window: int) -> None:
        self.window = max(1, min(window, MAX_WINDOW))
        self.settled = True
