"""Where instants come from: one object that tests can replace.

Durations are taken from `monotonic_ns` alone; `wall_ns` is for timestamps that people and files see.
"""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Two readings of now, in integer nanoseconds."""

    def monotonic_ns(self) -> int:
        """Return a reading that never goes back; only differences mean anything."""
        ...

    def wall_ns(self) -> int:
        """Return the time since the Unix epoch."""
        ...


class SystemClock:
    """The machine's clocks."""

    def monotonic_ns(self) -> int:
        """Return the monotonic clock's reading."""
        return time.monotonic_ns()

    def wall_ns(self) -> int:
        """Return the wall clock's reading, since the Unix epoch."""
        return time.time_ns()
