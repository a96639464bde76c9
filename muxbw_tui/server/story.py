"""What a newcomer must be told of one route, so that its state is that of one who saw everything.

A route's attempts (a set-up and what became of it) are kept in order. Between two events about a route two of its
samples tell everything that can be seen afterwards: the one in which its counters last grew, and the last one. The
latest attempts are kept whole; what is still seen of those before them (the last set-up that succeeded, what began the
time without a flow, the last error) is kept, and the time in which they carried nothing, as one number.

It must not know what a state is: `tests/server/test_digest.py` holds it to the reducer.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from muxbw_tui.pb.muxbw_pb2 import RunEvent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from muxbw_tui.pb.ping_pb2 import MuxLegSample


class Entry(NamedTuple):
    """An event and its place in the order of the run's events."""

    number: int
    event: RunEvent


@dataclass(slots=True)
class _Attempt:
    """What happened from one set-up to the next.

    Attributes:
        dead_time_ns: how long the route had carried nothing before it, in all.
    """

    dead_time_ns: int = 0
    entries: list[Entry] = field(default_factory=list)


class RouteStory:
    """One route's events, compacted.

    Args:
        attempts_kept: how many attempts are kept whole.
    """

    def __init__(self, attempts_kept: int) -> None:
        self._attempts_kept = attempts_kept
        self._before: list[Entry] = []
        self._attempts = deque([_Attempt()])
        self._last_growth: Entry | None = None  # None: the last sample is that, too
        self._last_sample: Entry | None = None
        self._last_leg: MuxLegSample | None = None
        self._interrupted = False
        self._dead_time_ns = 0
        self._dead_since_ns: int | None = None
        self._stopped = False

    def tell(self, entry: Entry) -> None:
        """Take in an event about the route, of any kind but a sample."""
        self._attempts[-1].entries += self._samples()
        self._last_growth = self._last_sample = self._last_leg = None
        if entry.event.HasField("restarting"):
            self._begin_attempt()
        self._attempts[-1].entries.append(entry)
        self._account(entry.event)

    def show(self, entry: Entry, leg: MuxLegSample, *, paused: bool) -> None:
        """Take in the route's part of a sample; while the traffic is paused, no growth is expected of it."""
        before = None if self._interrupted else self._last_leg
        grew = before is None or (before.bytes_sent, before.bytes_recv) != (leg.bytes_sent, leg.bytes_recv)
        self._interrupted = False
        if grew or paused:
            self._last_growth = None
        elif self._last_growth is None:
            # Copied only now: while a route carries, its last sample is the run's, and is kept anyway.
            self._last_growth = self._last_own_sample()
        self._last_sample, self._last_leg = entry, leg

    def interrupt(self) -> None:
        """Take in that the traffic was paused or goes on: silence counts from the next sample."""
        self._interrupted = True

    def entries(self) -> Iterator[Entry]:
        """Yield what is to be told, in order; samples carry this route's part alone."""
        yield from self._before
        for position, attempt in enumerate(self._attempts):
            entries = attempt.entries
            if position == 0 and self._before:
                yield _with_dead_time(entries[0], attempt.dead_time_ns)
                entries = entries[1:]
            yield from entries
        yield from self._samples()

    def _samples(self) -> list[Entry]:
        """Return the samples that tell what happened since the last event."""
        samples = (self._last_growth, self._last_own_sample())
        return [sample for sample in samples if sample is not None]

    def _last_own_sample(self) -> Entry | None:
        if self._last_sample is None or self._last_leg is None:
            return None
        sample = without_legs(self._last_sample)
        sample.event.sample.legs.append(self._last_leg)
        return sample

    def _begin_attempt(self) -> None:
        self._attempts.append(_Attempt(self._dead_time_ns))
        if len(self._attempts) > self._attempts_kept:
            self._before = _what_is_still_seen([*self._before, *self._attempts.popleft().entries])

    def _account(self, event: RunEvent) -> None:
        """Keep the time between the end of a flow and the set-up that brings the next."""
        if _is_success(event):
            if self._dead_since_ns is not None:
                self._dead_time_ns += max(event.timestamp_ns - self._dead_since_ns, 0)
            self._dead_since_ns = None
        elif self._dead_since_ns is None and _ends_a_flow(event, stopped=self._stopped):
            self._dead_since_ns = event.timestamp_ns
        self._stopped = _is_stop(event)


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries in the order of their events, each once."""
    by_number = {entry.number: entry for entry in entries}
    return [by_number[number] for number in sorted(by_number)]


def without_legs(entry: Entry) -> Entry:
    """Return a copy of a sample that says nothing of single routes."""
    event = RunEvent()
    event.timestamp_ns = entry.event.timestamp_ns
    whole = entry.event.sample
    for descriptor, value in whole.ListFields():
        if descriptor.name != "legs":
            setattr(event.sample, descriptor.name, value)
    event.sample.SetInParent()
    return Entry(entry.number, event)


def _what_is_still_seen(entries: list[Entry]) -> list[Entry]:
    """Return what still shows of attempts that are left out once the next one has begun."""
    successes = [entry for entry in entries if _is_success(entry.event)][-1:]
    failures = [entry for entry in entries if _is_failure(entry.event)]
    since = successes[0].number if successes else -1
    stops = [entry for entry in entries if entry.number > since and _is_stop(entry.event)]
    dead = [
        entry for entry in entries if entry.number > since and _ends_a_flow(entry.event, stopped=bool(stops))
    ]
    samples = [entry for entry in entries if entry.event.HasField("sample")][-2:]
    return in_order([*successes, *stops, *dead[:1], *failures[-1:], *samples])


def _is_success(event: RunEvent) -> bool:
    return event.HasField("route_established") and not event.route_established.failed


def _is_failure(event: RunEvent) -> bool:
    return event.HasField("route_failure") or event.route_established.failed


def _is_stop(event: RunEvent) -> bool:
    return event.leg_lifecycle.event == "dropped"


def _ends_a_flow(event: RunEvent, *, stopped: bool) -> bool:
    """Whether a route that carried does so no more from here on: it failed, or is restarted although it had not.

    One that was stopped has ended its flow without a fault, and setting it up again is none.
    """
    return _is_failure(event) or (event.HasField("restarting") and not stopped)


def _with_dead_time(entry: Entry, dead_time_ns: int) -> Entry:
    event = RunEvent()
    event.CopyFrom(entry.event)
    event.restarting.dead_time_ns = dead_time_ns
    return Entry(entry.number, event)
