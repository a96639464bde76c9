"""A sequence over a run of any length in bounded memory: fine in the last minute, ever coarser before it.

Owns when neighbouring points become one. What that means is the points' own: each says how it takes in the one after
it. It must not know what they measure.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Final, Generic, Protocol, Self, TypeVar

from muxbw_tui.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterator

FINE_NS: Final = NS_PER_S // 8
RECENT_NS: Final = 64 * NS_PER_S
OLDER_LIMIT: Final = 512


class Point(Protocol):
    """What stands for the time from the point before it up to its own instant."""

    @property
    def at_ns(self) -> int:
        """When it ends."""

    def then(self, later: Self) -> Self:
        """Return the one point that stands for both."""


P = TypeVar("P", bound=Point)


@dataclass(slots=True)
class Thinned(Generic[P]):
    """Points in the order of time.

    Those of the last `RECENT_NS` are on average `fine_ns` apart or more; up to `OLDER_LIMIT` of the time before are
    about equally spaced: whenever there would be more, every two become one.
    """

    fine_ns: int = FINE_NS
    _recent: deque[P] = field(default_factory=deque)
    _older: list[P] = field(default_factory=list)
    _spacing_ns: int = 0

    def __len__(self) -> int:
        """Return how many points stand for the whole run."""
        return len(self._older) + len(self._recent)

    def __iter__(self) -> Iterator[P]:
        yield from self._older
        yield from self._recent

    @property
    def newest(self) -> P | None:
        """The last point."""
        return self._recent[-1] if self._recent else None

    def copy(self) -> Thinned[P]:
        """Return a copy that shares the points, which never change."""
        return Thinned(self.fine_ns, self._recent.copy(), self._older.copy(), self._spacing_ns)

    def add(self, point: P) -> None:
        """Take in the newest point."""
        _append(self._recent, point, self.fine_ns)
        while self._recent[0].at_ns < point.at_ns - RECENT_NS:
            _append(self._older, self._recent.popleft(), self._spacing_ns)
        while len(self._older) > OLDER_LIMIT:
            self._make_coarser()

    def _make_coarser(self) -> None:
        # The median: a long silence must not make everything after it coarse.
        distances = sorted(later.at_ns - earlier.at_ns for earlier, later in pairwise(self._older))
        self._spacing_ns = 2 * max(self._spacing_ns, distances[len(distances) // 2], 1)
        points, self._older = self._older, []
        for point in points:
            _append(self._older, point, self._spacing_ns)


def _append(points: deque[P] | list[P], point: P, spacing_ns: int) -> None:
    """Add a point, as part of the last one while that stands for less than the spacing.

    Never over a silence, which stays one. The very first point stays by itself: what counters have gained up to the
    second one is told by their difference.
    """
    if len(points) > 1:
        from_ns = points[-2].at_ns
        if points[-1].at_ns - from_ns < spacing_ns and point.at_ns - from_ns < 2 * spacing_ns:
            points[-1] = points[-1].then(point)
            return
    points.append(point)
