"""A sequence that stands for a run of any length: bounded, fine at its end, even before it."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.run.thinned import FINE_NS, OLDER_LIMIT, RECENT_NS, Thinned
from muxbw_tui.units import NS_PER_S

LIMIT = OLDER_LIMIT + RECENT_NS // FINE_NS + 2


class Weight(NamedTuple):
    """A point that counts how many it stands for."""

    at_ns: int
    points: int = 1

    def then(self, later: Weight) -> Weight:
        return Weight(later.at_ns, self.points + later.points)


def filled(instants_ns: list[int]) -> Thinned[Weight]:
    """Return a sequence that has been given a point at each instant."""
    thinned: Thinned[Weight] = Thinned()
    for at_ns in sorted(instants_ns):
        thinned.add(Weight(at_ns))
    return thinned


@given(st.lists(st.integers(0, 10**15), min_size=1, max_size=2_000))
def test_no_point_gets_lost_in_another(instants_ns: list[int]) -> None:
    """What is merged must still be counted, or averages would lie."""
    points = list(filled(instants_ns))

    assert sum(point.points for point in points) == len(instants_ns)
    assert points[-1].at_ns == max(instants_ns)
    assert all(earlier.at_ns <= later.at_ns for earlier, later in pairwise(points))


def test_a_day_at_ten_points_a_second_is_bounded_fine_at_its_end_and_even_before() -> None:
    """A plot of the whole run must not know its first minute better than its first hour."""
    thinned: Thinned[Weight] = Thinned()
    most = 0
    for number in range(24 * 3_600 * 10):
        thinned.add(Weight(number * NS_PER_S // 10))
        most = max(most, len(thinned))
    points = list(thinned)
    distances = [later.at_ns - earlier.at_ns for earlier, later in pairwise(points)]
    split_ns = points[-1].at_ns - RECENT_NS
    fine = [length for point, length in zip(points, distances, strict=False) if point.at_ns > split_ns]
    older = distances[: len(distances) - len(fine) - 1]

    assert most <= LIMIT
    assert max(fine) < 2 * FINE_NS
    assert len(older) >= OLDER_LIMIT // 2 - 1
    assert max(older) <= 3 * min(older)


def test_a_silence_of_hours_leaves_what_comes_after_it_as_fine_as_before() -> None:
    """A run that was paused overnight must not be plotted in steps of minutes."""
    before = [number * NS_PER_S for number in range(OLDER_LIMIT)]
    after = [10**14 + number * NS_PER_S for number in range(OLDER_LIMIT)]
    points = list(filled(before + after))
    late = [point.at_ns for point in points if point.at_ns >= 10**14]

    assert max(later - earlier for earlier, later in pairwise(late)) <= 4 * NS_PER_S


def test_a_point_that_stands_for_little_does_not_take_in_the_silence_after_it() -> None:
    """The last sample before a stream broke says nothing of the hour that followed."""
    points = filled([0, NS_PER_S, NS_PER_S + FINE_NS // 4, 3_600 * NS_PER_S, 3_601 * NS_PER_S])

    assert [point.at_ns for point in points][2] == NS_PER_S + FINE_NS // 4


def test_a_silence_becomes_part_of_no_point_however_coarse() -> None:
    """A gap that is filled by merging looks like data that nobody has."""
    instants = [number * NS_PER_S + (number >= 3_000) * 3_600 * NS_PER_S for number in range(6_000)]
    points = list(filled(instants))
    (before, after) = next(
        (one, other) for one, other in pairwise(points) if other.at_ns - one.at_ns >= 3_500 * NS_PER_S
    )

    assert before.at_ns <= 2_999 * NS_PER_S
    assert 6_600 * NS_PER_S <= after.at_ns <= 6_650 * NS_PER_S


def test_a_copy_stays_as_it_was() -> None:
    """A frozen view must not change behind the operator's back."""
    thinned = filled([0, NS_PER_S])
    copy = thinned.copy()
    thinned.add(Weight(2 * NS_PER_S))

    assert [point.at_ns for point in copy] == [0, NS_PER_S]
