"""How a route's window grows in the warm-up: pure, fed with each block's echo, asked for the window.

A round is one window's worth of echoes. While goodput rises from round to round the window doubles, as slow start
does; once it has not for two rounds, `auto` settles on what the path holds at that rate (the bandwidth-delay product,
queues nearly empty). `fill` goes on doubling, judged by self probes that are sent behind the blocks of each window:
until their round trips stop rising, or 1 MiB more than that product is in flight (queues full, the worst case for
delay).
"""

from __future__ import annotations

import enum
import math

from muxbw_tui.bounds import MAX_WINDOW

RISE = 1.25
ROUNDS_WITHOUT_RISE = 2
PROBES_WITHOUT_RISE = 2
DELAY_RISE = 1.05
FILL_BEYOND_BYTES = 1 << 20


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
        self._filled_at_s: float | None = None
        self._probe_rtt_s = 0.0
        self._probes_without_rise = 0

    @property
    def wants_probe(self) -> bool:
        """Whether it goes on by self probes: one should be sent behind the blocks that are under way now."""
        return self._filled_at_s is not None and not self.settled

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
        if sent_s >= self._round_began_s and self._round_bytes >= self.window * self._block_bytes:
            self._end_round(echoed_s)

    def on_probe(self, sent_s: float, answered_s: float) -> None:
        """Take a self probe's way there and back; one that was sent before the window last grew tells nothing of it."""
        if not self.wants_probe or self._filled_at_s is None or sent_s < self._filled_at_s:
            return
        rtt_s = answered_s - sent_s
        if rtt_s > self._probe_rtt_s * DELAY_RISE:
            self._probe_rtt_s, self._probes_without_rise = rtt_s, 0
            self._fill_further(answered_s)
            return
        self._probes_without_rise += 1
        if self._probes_without_rise >= PROBES_WITHOUT_RISE:
            self._settle(self.window)

    def _end_round(self, now_s: float) -> None:
        began_s = self._round_began_s if self._round_began_s is not None else now_s
        rate = self._round_bytes / max(now_s - began_s, 1e-6)
        if rate > self._best_bytes_per_s * RISE:
            self._rounds_without_rise = 0
        else:
            self._rounds_without_rise += 1
        self._best_bytes_per_s = max(self._best_bytes_per_s, rate)
        self._round_began_s, self._round_bytes = now_s, 0
        if self._rounds_without_rise == 0:
            self.window = min(self.window * 2, MAX_WINDOW)
        elif self._rounds_without_rise < ROUNDS_WITHOUT_RISE or self.wants_probe:
            return  # one more round with the same window: noise must not end the growth, and probes have their time
        elif self._mode is GrowthMode.AUTO:
            self._settle(self._held_by_path())
        else:
            self._probe_rtt_s = self._least_latency_s
            self._fill_further(now_s)

    def _fill_further(self, now_s: float) -> None:
        """Double the window, up to the most that `fill` puts in flight, and have a probe judge it."""
        most = min(self._held_by_path() + math.ceil(FILL_BEYOND_BYTES / self._block_bytes), MAX_WINDOW)
        self.window = min(self.window * 2, most)
        self._filled_at_s = now_s
        if self.window == most:
            self._settle(most)

    def _held_by_path(self) -> int:
        """The bandwidth-delay product in blocks, and one more to keep the path busy while an echo is handled."""
        return math.ceil(self._best_bytes_per_s * self._least_latency_s / self._block_bytes) + 1

    def _settle(self, window: int) -> None:
        self.window = max(1, min(window, MAX_WINDOW))
        self.settled = True
