"""The arithmetic of a link: when does a byte leave, when does it arrive, when is the queue full.

Pure: every method takes `now_ns`. A byte leaves at max(now, last departure) + size / rate and arrives a delay later,
never before the byte ahead of it. Tried with 10 Mbit/s, 256 KiB and 20 ms: one bulk connection with 512 KiB in flight
carried 10.00 Mbit/s, and a second connection's probes read 213 ms of queueing delay (210 by arithmetic).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from muxbw_tui.units import KIB, NS_PER_S

if TYPE_CHECKING:
    import random

_BITS_PER_BYTE = 8
_PIECE_NS = 2_500_000
_LEAST_PIECE_BYTES = 1500
_MOST_PIECE_BYTES = 16 * KIB
_MOST_TAKEN_BYTES = 64 * KIB


class RateClock:
    """A capacity as a virtual clock: the instant at which the last byte given to it will have left.

    Args:
        rate_bps: of the capacity; over 0.
        queue_bytes: what may wait for it; more than that and it is full.

    Attributes:
        free_at_ns: when the last byte given to it will have left.
        piece_bytes: how much to give it at a time: each piece makes those who wait behind it wait that much longer.
    """

    __slots__ = ("_ns_per_byte", "_queue_ns", "free_at_ns", "piece_bytes")

    def __init__(self, *, rate_bps: float, queue_bytes: int) -> None:
        self._ns_per_byte = _BITS_PER_BYTE * NS_PER_S / rate_bps
        self._queue_ns = round(queue_bytes * self._ns_per_byte)
        self.free_at_ns = 0
        self.piece_bytes = min(
            max(round(_PIECE_NS / self._ns_per_byte), _LEAST_PIECE_BYTES), _MOST_PIECE_BYTES
        )

    def depart_ns(self, now_ns: int, size: int) -> int:
        """Take `size` bytes that come at `now_ns`, and return when the last of them leaves."""
        self.free_at_ns = max(now_ns, self.free_at_ns) + round(size * self._ns_per_byte)
        return self.free_at_ns

    def has_room_at_ns(self) -> int:
        """Return the instant from which the backlog is within the queue."""
        return self.free_at_ns - self._queue_ns


class TokenBucket:
    """A rate with some credit: what is taken beyond it is a debt that time pays before more is taken.

    Args:
        bytes_per_s: over 0.
        burst_bytes: the credit of a bucket that was left alone.

    Attributes:
        piece_bytes: how much to take at a time, so that those who share the bucket have their turn.
    """

    __slots__ = ("_burst_ns", "_ns_per_byte", "_paid_at_ns", "piece_bytes")

    def __init__(self, *, bytes_per_s: int, burst_bytes: int) -> None:
        self._ns_per_byte = NS_PER_S / bytes_per_s
        self._burst_ns = round(burst_bytes * self._ns_per_byte)
        self._paid_at_ns = 0
        self.piece_bytes = min(burst_bytes, _MOST_TAKEN_BYTES)

    def take_ns(self, now_ns: int, size: int) -> int:
        """Take `size` bytes; return how long to wait before more is taken, 0 while there is credit."""
        begin_ns = max(self._paid_at_ns, now_ns - self._burst_ns)
        self._paid_at_ns = begin_ns + round(size * self._ns_per_byte)
        return max(0, self._paid_at_ns - now_ns)


class DelayLine:
    """The way of one connection's bytes along a link in one direction; its jitter never reorders them.

    Args:
        delay_ns: one way.
        jitter_ns: each piece takes up to this much more or less, evenly spread.
    """

    __slots__ = ("_delay_ns", "_jitter_ns", "_last_ns", "_random")

    def __init__(self, *, delay_ns: int, jitter_ns: int, rng: random.Random) -> None:
        self._delay_ns = delay_ns
        self._jitter_ns = jitter_ns
        self._random = rng
        self._last_ns = 0

    def arrive_ns(self, departure_ns: int) -> int:
        """Return when a piece that leaves at `departure_ns` arrives; call it in the order of departures."""
        jitter_ns = self._random.randint(-self._jitter_ns, self._jitter_ns) if self._jitter_ns else 0
        delay_ns = max(0, self._delay_ns + jitter_ns)
        self._last_ns = max(self._last_ns, departure_ns + delay_ns)
        return self._last_ns
