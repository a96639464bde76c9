"""Where instants come from: one object that tests can replace.

Durations are taken from `monotonic_ns` alone; `wall_ns` is for timestamps that people and files see. What a thread
needs of a core is told here as well, since it is only compared with a clock.
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Protocol

_SCHEDULE = Path("/proc/thread-self/schedstat")  # Linux's: ns run, ns waited for a core, times run
_NS_PER_S = 1e9


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


def core_time_s() -> float:
    """Return for how long this thread has run, or waited while others had the core; only differences mean anything.

    A thread that gets half of a busy core is held back by it as one that has a slow core to itself. Where the system
    does not tell how long a thread waited, the time that it ran is all that counts.
    """
    try:
        ran_ns, waited_ns, _times = _SCHEDULE.read_text(encoding="ascii").split()
        return (int(ran_ns) + int(waited_ns)) / _NS_PER_S
    except (OSError, ValueError):
        return time.thread_time()
