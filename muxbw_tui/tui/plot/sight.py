"""Which time a plot shows: the whole run, its last minute, or what was zoomed and panned to. Pure arithmetic."""

from __future__ import annotations

from typing import Final, NamedTuple

from muxbw_tui.tui.plot.axes import nice_length_ns
from muxbw_tui.units import NS_PER_S

LAST_MINUTE_NS: Final = 60 * NS_PER_S
SHORTEST_NS: Final = NS_PER_S
_PAN_PART: Final = 4


class Window(NamedTuple):
    """The time from one edge of a plot to the other, ns since the first event."""

    start_ns: int
    end_ns: int

    @property
    def length_ns(self) -> int:
        """How much time it shows."""
        return self.end_ns - self.start_ns


class Now(NamedTuple):
    """How far the run has come, and whether it goes on."""

    elapsed_ns: int
    over: bool = False


class Sight(NamedTuple):
    """What the operator asked to see.

    Attributes:
        length_ns: how much time; None for the whole run.
        end_ns: the right edge; None follows the newest.
    """

    length_ns: int | None = None
    end_ns: int | None = None

    @property
    def whole(self) -> bool:
        """Whether it is the whole run."""
        return self.length_ns is None

    def window(self, now: Now, columns: int = 0) -> Window:
        """Return the time to show; drawn in so many columns it moves by whole ones, so that curves keep their shape."""
        whole_ns = _whole_ns(now)
        if self.length_ns is None:
            return Window(0, whole_ns)
        if self.end_ns is not None:
            return Window(self.end_ns - self.length_ns, self.end_ns)
        if now.elapsed_ns <= self.length_ns:
            return Window(0, self.length_ns)
        column_ns = max(self.length_ns // columns, 1) if columns > 0 else 1
        end_ns = -(-now.elapsed_ns // column_ns) * column_ns
        return Window(end_ns - self.length_ns, end_ns)

    def zoomed(self, steps: int, now: Now, around_ns: int | None = None) -> Sight:
        """Return half as much time for each step above 0, twice for each below; around an instant, if one is given."""
        window = self.window(now)
        length_ns = round(window.length_ns * 0.5**steps)
        if length_ns >= _whole_ns(now):
            return Sight()
        length_ns = max(length_ns, SHORTEST_NS)
        if around_ns is not None and window.start_ns <= around_ns <= window.end_ns:
            return _fixed(around_ns + length_ns // 2, length_ns, now)
        if self.end_ns is None and not now.over:
            return Sight(length_ns)
        return _fixed((window.start_ns + window.end_ns + length_ns) // 2, length_ns, now)

    def panned(self, steps: int, now: Now) -> Sight:
        """Return a quarter earlier for each step below 0, later for each above; at the end of a live run it follows."""
        if self.length_ns is None:
            return self
        window = self.window(now)
        end_ns = window.end_ns + steps * self.length_ns // _PAN_PART
        if end_ns >= now.elapsed_ns and not now.over:
            return Sight(self.length_ns)
        return _fixed(end_ns, self.length_ns, now)

    def showing(self, instant_ns: int, now: Now) -> Sight:
        """Return the same length of time around an instant, if that is out of sight."""
        window = self.window(now)
        if self.length_ns is None or window.start_ns <= instant_ns <= window.end_ns:
            return self
        return _fixed(instant_ns + self.length_ns // 2, self.length_ns, now)


def _whole_ns(now: Now) -> int:
    """Return the length of the whole axis: of a live run it grows in steps, of one that is over it is exact."""
    return max(now.elapsed_ns, SHORTEST_NS) if now.over else nice_length_ns(now.elapsed_ns)


def _fixed(end_ns: int, length_ns: int, now: Now) -> Sight:
    """Return a window that stays where it is, within the run."""
    return Sight(length_ns, max(min(end_ns, _whole_ns(now)), length_ns))
