"""Which events the feed shows, and where in them the eye is. Owns nothing that is drawn. Pure.

Entries are told apart by their number since the first event: the run's feed is bounded, so a position in it would
name another entry as soon as the oldest drops out.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, deque
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from muxbw_tui.run.state import Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from muxbw_tui.run.state import FeedEntry, RunState


class FeedRow(NamedTuple):
    """An entry, and its number since the first event."""

    number: int
    entry: FeedEntry


class FeedRows:
    """The entries of a run's feed that pass the filters, oldest first.

    Attributes:
        hidden_kinds: kinds of events that are not shown.
        total: entries that the run has had, shown or not.
        left_out: of those that the feed still holds, how many are not shown.
    """

    def __init__(self) -> None:
        self.hidden_kinds: frozenset[str] = frozenset()
        self.total = 0
        self._passes: Callable[[FeedEntry], bool] | None = None
        self._rows: deque[FeedRow] = deque()
        self._newest: FeedEntry | None = None
        self._held = 0

    def __len__(self) -> int:
        """Return how many are shown."""
        return len(self._rows)

    def __getitem__(self, position: int) -> FeedRow:
        """Return the row at a position."""
        return self._rows[position]

    @property
    def left_out(self) -> int:
        """Of the entries that the feed holds, how many are not shown."""
        return self._held - len(self._rows)

    def continues_in(self, state: RunState) -> bool:
        """Whether a state's feed is the one that was taken in last, with what has come since; not another run's."""
        came = state.feed_total - self.total
        return came >= len(state.feed) or (came >= 0 and state.feed[-came - 1] is self._newest)

    def take(self, state: RunState) -> int:
        """Take in what has come since; return how many rows dropped out at the top."""
        if not self.continues_in(state):
            self._rows.clear()
            self.total = 0
        oldest = state.feed_total - len(state.feed)
        dropped = 0
        while self._rows and self._rows[0].number < oldest:
            self._rows.popleft()
            dropped += 1
        came = min(state.feed_total - self.total, len(state.feed))
        newest = list(islice(reversed(state.feed), came))
        for number, entry in enumerate(reversed(newest), start=state.feed_total - came):
            if self._shows(entry):
                self._rows.append(FeedRow(number, entry))
        self.total, self._held = state.feed_total, len(state.feed)
        self._newest = state.feed[-1] if state.feed else None
        return dropped

    def filter(
        self, state: RunState, passes: Callable[[FeedEntry], bool] | None, hidden_kinds: frozenset[str]
    ) -> None:
        """Show only what passes and is of no hidden kind."""
        self._passes, self.hidden_kinds = passes, hidden_kinds
        self._rows.clear()
        self.total = 0
        self.take(state)

    def position_of(self, number: int) -> int:
        """Return where the entry with this number is; where it is not shown, the one before it, or the first."""
        return max(bisect_right(self._rows, number, key=lambda row: row.number) - 1, 0)

    def position_at(self, elapsed_ns: int, began_ns: int) -> int:
        """Return where the last entry at or before an instant of the newest run is, which began at `began_ns`.

        Entries of a run come nearly in the order of time; those of others lie before, whatever their times are.
        """

        def place(row: FeedRow) -> tuple[bool, int]:
            return row.entry.began_ns == began_ns, row.entry.elapsed_ns

        return max(bisect_right(self._rows, (True, elapsed_ns), key=place) - 1, 0)

    def fault_from(self, number: int, step: int) -> int | None:
        """Return the position of the next fault after the entry with this number, or before it; None without one."""
        if step > 0:
            positions = range(bisect_right(self._rows, number, key=lambda row: row.number), len(self._rows))
        else:
            positions = range(bisect_left(self._rows, number, key=lambda row: row.number) - 1, -1, -1)
        rows = list(self._rows)
        return next((at for at in positions if rows[at].entry.severity is Severity.FAULT), None)

    def _shows(self, entry: FeedEntry) -> bool:
        return entry.kind not in self.hidden_kinds and (self._passes is None or self._passes(entry))


def kinds_in(state: RunState, route_index: int | None = None) -> dict[str, int]:
    """Return the kinds of entries that a run's feed holds, or those about one route, each with how many, most first."""
    entries = (entry for entry in state.feed if route_index in {None, entry.route_index})
    return dict(Counter(entry.kind for entry in entries).most_common())
