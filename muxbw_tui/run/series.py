"""What plots show of a run: rates, round trips and marks against time, in memory that the run's length cannot raise.

Rates are kept as counters, one row a sample: what was sent and received and for how long that was watched. The rate
between two rows is the difference of the bytes over the difference of the time, so rows can be left out without
changing any volume by a byte, and time in which nobody watched (a route that was dead, a stream that was down) is no
part of any average. A row takes 32 bytes for each route: at most 32 KiB a route over the whole run. Marks are bounded
by `MARKS_LIMIT`. Time is ns since the first event of the stream. It must not know events or a run's state.
"""

from __future__ import annotations

import enum
import math
from array import array
from collections import deque
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from muxbw_tui.run.roundtrips import RoundTrips
from muxbw_tui.run.thinned import Thinned
from muxbw_tui.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterable

MARKS_LIMIT: Final = 4_096
PROBE_PATHS_LIMIT: Final = 256
HISTORY_STEP_NS: Final = NS_PER_S
HISTORY_LIMIT: Final = 60
_EARLY_NS: Final = 50_000_000  # by which a sample may come early and still end a step
_FINE_PROBES_NS: Final = NS_PER_S // 16  # so that at the usual ten a second each probe stands for itself
_SILENCE_NS: Final = 3 * NS_PER_S
_WHOLE_RUN: Final = -1  # stands for the aggregate where others have a route's index
_WIDTH: Final = 4
_SENT, _RECEIVED, _WATCHED_NS, _RTT_NS = range(_WIDTH)


class MarkKind(enum.Enum):
    """What happened at an instant; those that an operator must see come first."""

    FAILED = "failed"
    STALLED = "stalled"
    RESTARTED = "restarted"
    RECOVERED = "recovered"
    PAUSED = "paused"
    RESUMED = "resumed"
    PHASE = "phase"


class Mark(NamedTuple):
    """Something that happened at an instant: one line of text, free of control characters."""

    elapsed_ns: int
    kind: MarkKind
    text: str
    route_index: int | None = None


class Counted(NamedTuple):
    """What a sample says of one route, or of the whole run.

    Attributes:
        watched: the time since the sample before counts even if nothing was carried: the route should have.
        rtt_ns: its round trip; 0 while unknown.
    """

    route_index: int
    bytes_sent: int
    bytes_received: int
    watched: bool = True
    rtt_ns: int = 0


class Reading(NamedTuple):
    """Running totals at an instant; their differences make rates.

    Attributes:
        bytes_sent: and received, while watched.
        watched_ns: for how long, in all.
        rtt_ns: at this instant; 0 where unknown.
    """

    at_ns: int
    bytes_sent: float
    bytes_received: float
    watched_ns: float
    rtt_ns: float


class RatePoint(NamedTuple):
    """The mean rates since the point before; None where nobody watched."""

    elapsed_ns: int
    send_bps: float | None
    recv_bps: float | None


class Row(NamedTuple):
    """The running totals of everybody at an instant: `_WIDTH` numbers for each slot, the aggregate's first."""

    at_ns: int
    totals: array[float]

    def then(self, later: Row) -> Row:
        """Leave this row out: a later total holds the earlier ones."""
        return later


class _Step(NamedTuple):
    """A row that ends a step of the short history, and the highest receive rate of any route in that step."""

    row: Row
    peak_bps: float


def _aggregate_slot() -> dict[int, int]:
    return {_WHOLE_RUN: 0}


def _one_slot() -> array[float]:
    return array("d", bytes(8 * _WIDTH))


@dataclass(slots=True)
class Series:
    """The series of one run.

    Attributes:
        rows: what samples counted.
        idle: probes of the quiet phase before the pump; none until it is known that there is one.
        loaded: all others.
        marks: in the order in which they were noticed; a dictionary without values, so that none is there twice.
        sampled_ns: since pump start, of the newest sample; None before the first.
        version: differs after every change of rates or marks.
        lost_in_a_row: probes since the last one that was answered.
        probe_version: differs after every change of round trips.
    """

    rows: Thinned[Row] = field(default_factory=Thinned)
    idle: Thinned[RoundTrips] = field(default_factory=lambda: Thinned(_FINE_PROBES_NS))
    loaded: Thinned[RoundTrips] = field(default_factory=lambda: Thinned(_FINE_PROBES_NS))
    marks: dict[Mark, None] = field(default_factory=dict)
    sampled_ns: int | None = None
    version: int = 0
    lost_in_a_row: int = 0
    probe_version: int = 0
    _slots: dict[int, int] = field(default_factory=_aggregate_slot)
    _totals: array[float] = field(default_factory=_one_slot)
    _counters: array[float] = field(
        default_factory=_one_slot
    )  # as last reported; two numbers of each slot are used
    _history: deque[_Step] = field(default_factory=lambda: deque(maxlen=HISTORY_LIMIT + 1))
    _probe_paths: deque[tuple[int, int]] = field(default_factory=lambda: deque(maxlen=PROBE_PATHS_LIMIT))
    _interval_ns: int = 0
    _joined_late: bool = False

    def copy(self) -> Series:
        """Return a copy that later samples leave alone; rows, probes and marks are shared, since none ever changes."""
        return replace(
            self,
            rows=self.rows.copy(),
            idle=self.idle.copy(),
            loaded=self.loaded.copy(),
            marks=self.marks.copy(),
            _slots=self._slots.copy(),
            _totals=self._totals[:],
            _counters=self._counters[:],
            _history=self._history.copy(),
            _probe_paths=self._probe_paths.copy(),
        )

    def add_sample(
        self, at_ns: int, elapsed_ns: int, whole: Counted, routes: Iterable[Counted], *, interval_ns: int
    ) -> None:
        """Take in the newest sample.

        Args:
            at_ns: when it was taken, since the first event.
            elapsed_ns: the same since pump start, by the sampler's own clock: rates are over its differences.
            whole: the aggregate; its index does not matter.
            routes: those that the sample tells of.
            interval_ns: how far apart samples were asked to be; 0 where nobody knows.
        """
        passed_ns = max(elapsed_ns - (self.sampled_ns or 0), 0)
        known = self._covers(passed_ns, interval_ns)
        if known and self.sampled_ns is None:
            self.rows.add(Row(max(at_ns - passed_ns, 0), self._totals[:]))
        newest = self.rows.newest
        at_ns = at_ns if newest is None else max(at_ns, newest.at_ns)
        self.sampled_ns, self._interval_ns = elapsed_ns, passed_ns
        self._count(0, whole, passed_ns if known else 0)
        for route in routes:
            self._count(self._slot(route), route, passed_ns if known else 0)
        row = Row(at_ns, self._totals[:])
        self.rows.add(row)
        self._remember(row)
        self.version += 1

    def add_probe(self, at_ns: int, latency_ns: int, *, loaded: bool) -> None:
        """Take in a probe's round trip; one of 0 got lost."""
        answered = latency_ns > 0
        self.lost_in_a_row = 0 if answered else self.lost_in_a_row + 1
        latency_ns = max(latency_ns, 0)
        probes = self.loaded if loaded else self.idle
        probes.add(
            RoundTrips(at_ns, at_ns, int(answered), int(not answered), latency_ns, latency_ns, latency_ns)
        )
        self.probe_version += 1

    def begin_load(self) -> None:
        """Take in that the load begins only now, so that the probes up to here were idle, unless those are known."""
        if not self.idle:
            self.idle, self.loaded = self.loaded, self.idle
            self.probe_version += 1

    def add_probe_path(self, at_ns: int, route_index: int) -> None:
        """Take in that the probes go along a route's path from now on."""
        if route_index != self.probed_route:
            self._probe_paths.append((at_ns, route_index))
            self.probe_version += 1

    @property
    def probed_route(self) -> int | None:
        """The route along whose path the probes go, as far as that is known."""
        return self._probe_paths[-1][1] if self._probe_paths else None

    def probed_times(self, index: int) -> list[tuple[int, float]]:
        """Return from when until when the probes went along a route's path; the last time may be open."""
        ends = [*(at_ns for at_ns, _ in self._probe_paths), math.inf][1:]
        paths = zip(self._probe_paths, ends, strict=True) if self._probe_paths else ()
        return [(at_ns, end_ns) for (at_ns, along), end_ns in paths if along == index]

    def add_route_rtt(self, index: int, rtt_ns: int) -> None:
        """Take in a round trip on a route's own connection; the next sample's row holds it."""
        slot = self._slots.get(index)
        if slot is not None:
            self._totals[slot * _WIDTH + _RTT_NS] = max(rtt_ns, 0)

    def add_mark(self, mark: Mark) -> None:
        """Take in what happened, unless that is known; the oldest mark goes where there are too many."""
        self.marks[mark] = None
        if len(self.marks) > MARKS_LIMIT:
            del self.marks[next(iter(self.marks))]
        self.version += 1

    def note_gap(self) -> None:
        """Take in that samples are missing: a route that nobody has told of yet may have carried much by now."""
        self._joined_late = True

    def readings(self, index: int | None) -> list[Reading]:
        """Return the running totals of a route, or of the whole run, from when they were first watched on."""
        slot = self._slots.get(_WHOLE_RUN if index is None else index)
        if slot is None:
            return []
        start, stop = slot * _WIDTH, (slot + 1) * _WIDTH
        nothing = (0.0,) * _WIDTH
        # Rows from before the route was there are shorter.
        return [Reading(row.at_ns, *(row.totals[start:stop] or nothing)) for row in self.rows]

    def rates(self, index: int | None) -> list[RatePoint]:
        """Return the rates of a route, or of the whole run."""
        return [
            RatePoint(
                later.at_ns,
                rate_bps(later.bytes_sent - earlier.bytes_sent, later.watched_ns - earlier.watched_ns),
                rate_bps(
                    later.bytes_received - earlier.bytes_received, later.watched_ns - earlier.watched_ns
                ),
            )
            for earlier, later in pairwise(self.readings(index))
        ]

    def mean_receive_bps(self, index: int) -> float | None:
        """Return a route's rate over all the time in which it was watched, None where it never was."""
        slot = self._slots.get(index)
        if slot is None:
            return None
        start = slot * _WIDTH
        return rate_bps(self._totals[start + _RECEIVED], self._totals[start + _WATCHED_NS])

    def recent_receive_bps(self, index: int, count: int) -> list[float | None]:
        """Return a route's rates in the latest `count` steps, newest last; None where it did not carry.

        A step is a sample, or a second where samples come more often.
        """
        slot = self._slots.get(index)
        if slot is None or count < 1:
            return []
        steps = list(self._history)[-count - 1 :]
        return [_receive_bps(one.row.totals, other.row.totals, slot) for one, other in pairwise(steps)]

    def recent_peak_bps(self, count: int) -> float:
        """Return the highest receive rate of any route in the latest `count` steps."""
        steps = list(self._history)[-count:] if count > 0 else []
        return max((step.peak_bps for step in steps), default=0.0)

    def _covers(self, passed_ns: int, interval_ns: int) -> bool:
        """Whether a sample tells what happened since the one before; after a long silence only how much."""
        usual_ns = interval_ns or self._interval_ns
        first_of_unknown = not usual_ns and self.sampled_ns is None
        return first_of_unknown or passed_ns <= max(_SILENCE_NS, 3 * usual_ns)

    def _slot(self, route: Counted) -> int:
        slot = self._slots.get(route.route_index)
        if slot is None:
            slot = self._slots[route.route_index] = len(self._slots)
            self._totals.extend(_one_slot())
            self._counters.extend(_one_slot())
            if self._joined_late:
                self._counters[-_WIDTH + _SENT] = route.bytes_sent
                self._counters[-_WIDTH + _RECEIVED] = route.bytes_received
        return slot

    def _count(self, slot: int, counted: Counted, passed_ns: int) -> None:
        """Take in what a slot carried in the time that has passed; 0 where nobody knows in what time it did."""
        totals, counters, start = self._totals, self._counters, slot * _WIDTH
        sent, received = start + _SENT, start + _RECEIVED
        new_sent = max(counted.bytes_sent - counters[sent], 0)
        new_received = max(counted.bytes_received - counters[received], 0)
        counters[sent] += new_sent
        counters[received] += new_received
        if passed_ns and (counted.watched or new_sent or new_received):
            totals[sent] += new_sent
            totals[received] += new_received
            totals[start + _WATCHED_NS] += passed_ns
        if counted.rtt_ns or not counted.watched:
            totals[start + _RTT_NS] = counted.rtt_ns if counted.watched else 0

    def _remember(self, row: Row) -> None:
        """Keep the row if it ends a step of the short history."""
        if not self._history:
            self._history.append(_Step(next(iter(self.rows)), 0.0))
        before = self._history[-1].row
        if row.at_ns - before.at_ns < HISTORY_STEP_NS - _EARLY_NS:
            return
        rates = (_receive_bps(before.totals, row.totals, slot) or 0.0 for slot in range(1, len(self._slots)))
        self._history.append(_Step(row, max(rates, default=0.0)))


def _receive_bps(before: array[float], after: array[float], slot: int) -> float | None:
    """Return the rate between two rows, None where nobody watched; a row from before the route was there is shorter."""
    start = slot * _WIDTH
    if len(after) <= start:
        return None
    there = len(before) > start
    watched_ns = after[start + _WATCHED_NS] - (before[start + _WATCHED_NS] if there else 0.0)
    received = after[start + _RECEIVED] - (before[start + _RECEIVED] if there else 0.0)
    return rate_bps(received, watched_ns)


def rate_bps(volume_bytes: float, watched_ns: float) -> float | None:
    """Return bits per second, None over no time."""
    return volume_bytes * 8 * NS_PER_S / watched_ns if watched_ns > 0 else None
