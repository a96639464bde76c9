"""From series to columns: what each column of dots shows of a series between two instants. Pure.

A column of rates shows the mean over its time, so that what lies under the curve is the volume; a column of round trips
shows the shortest and the longest in it, since a single slow one matters. Time without data is None.
"""

from __future__ import annotations

from bisect import bisect_right
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from muxbw_tui.run.series import rate_bps
from muxbw_tui.tui.plot.canvas import Extent
from muxbw_tui.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from muxbw_tui.run.roundtrips import RoundTrips
    from muxbw_tui.run.series import Reading
    from muxbw_tui.tui.plot.sight import Window

_JOINED_NS: Final = NS_PER_S  # probes further apart are not joined, unless they are sent as rarely


def rate_columns(
    readings: Sequence[Reading], volume_of: Callable[[Reading], float], window: Window, count: int
) -> list[Extent | None]:
    """Return the mean rate of each of `count` columns, bits per second."""
    if len(readings) < 2 or count < 1:  # noqa: PLR2004 - a rate is between two readings
        return [None] * max(count, 0)
    times = [reading.at_ns for reading in readings]
    volumes = [volume_of(reading) for reading in readings]
    watched = [reading.watched_ns for reading in readings]
    edges = [window.start_ns + window.length_ns * number / count for number in range(count + 1)]
    at_edges = list(_totals_at(edges, times, volumes, watched))
    columns: list[Extent | None] = []
    for (volume, watched_ns), (volume_then, watched_then_ns) in pairwise(at_edges):
        rate = rate_bps(volume_then - volume, watched_then_ns - watched_ns)
        columns.append(None if rate is None else Extent(rate, rate))
    return columns


def _totals_at(
    edges: Iterable[float], times: Sequence[int], volumes: Sequence[float], watched: Sequence[float]
) -> Iterable[tuple[float, float]]:
    """Yield the running totals at each edge; between two readings they grow evenly."""
    for edge in edges:
        after = bisect_right(times, edge)
        if after == 0 or after == len(times):
            last = min(after, len(times) - 1)
            yield volumes[last], watched[last]
            continue
        before = after - 1
        part = (edge - times[before]) / (times[after] - times[before])
        yield (
            volumes[before] + part * (volumes[after] - volumes[before]),
            watched[before] + part * (watched[after] - watched[before]),
        )


def level_columns(
    readings: Sequence[Reading], level_of: Callable[[Reading], float], window: Window, count: int
) -> list[Extent | None]:
    """Return what a level was in each column: a reading tells it for the time since the one before; 0 is unknown."""
    columns: list[Extent | None] = [None] * max(count, 0)
    for earlier, later in pairwise(readings):
        level = level_of(later)
        if level > 0:
            first, last = _column(earlier.at_ns, window, count), _column(later.at_ns, window, count)
            _spread(columns, Extent(level, level), first, last)
    return columns


def delay_columns(
    probes: Iterable[RoundTrips], window: Window, count: int, *, interval_ns: int
) -> list[Extent | None]:
    """Return the shortest and the longest round trip of each column, ns; neighbours are joined, lost ones are gaps.

    `interval_ns` is how far apart the probes were asked to be; 0 where nobody knows.
    """
    columns: list[Extent | None] = [None] * max(count, 0)
    joined_ns = max(_JOINED_NS, 3 * interval_ns)
    before: RoundTrips | None = None
    column_before = 0
    for trips in probes:
        if not trips.answered:
            before = None
            continue
        first, last = _column(trips.from_ns, window, count), _column(trips.at_ns, window, count)
        if before is not None and trips.from_ns - before.at_ns <= joined_ns and first > column_before + 1:
            _join(columns, _mean(before), column_before, _mean(trips), first)
        _spread(columns, Extent(trips.least_ns, trips.most_ns), first, last)
        before, column_before = trips, last
    return columns


def _mean(trips: RoundTrips) -> float:
    return trips.sum_ns / trips.answered


def _join(columns: list[Extent | None], value: float, first: int, value_then: float, last: int) -> None:
    """Fill the columns between two as a straight line would."""
    for column in range(max(first + 1, 0), min(last, len(columns))):
        between = value + (value_then - value) * (column - first) / (last - first)
        columns[column] = Extent(between, between)


def _spread(columns: list[Extent | None], extent: Extent, first: int, last: int) -> None:
    """Bring an extent into the columns from the first to the last that are there."""
    for column in range(max(first, 0), min(last + 1, len(columns))):
        there = columns[column]
        columns[column] = (
            extent if there is None else Extent(min(there.low, extent.low), max(there.high, extent.high))
        )


def _column(at_ns: int, window: Window, count: int) -> int:
    """Return the column of an instant; it may lie beyond either edge."""
    return (at_ns - window.start_ns) * count // max(window.end_ns - window.start_ns, 1)
