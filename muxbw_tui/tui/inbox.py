"""The bounded inbox between an event source and the screen's tick.

Owns what may be given up when the screen cannot keep up: samples and probes. Their counters are cumulative, so the
latest stands for those before it; how many went is announced by a `gap` event, as a server does. Everything else is
kept, and samples too where their source says that each counts; when too much of it waits the reader has to wait as
well. It must not know a screen or a run.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Final

from muxbw_tui.events.merging import count_merged
from muxbw_tui.pb.muxbw_pb2 import Gap, RunEvent

KEPT_LIMIT: Final = 10_000
SAMPLES_LIMIT: Final = 16
PROBES_LIMIT: Final = 1_000
_LEGS_LIKE_AN_EVENT: Final = 8  # what a sample costs for as many of its routes, any other event costs


class Inbox:
    """Events in the order in which they came, for one reader and one drain in the same loop."""

    def __init__(
        self,
        *,
        kept_limit: int = KEPT_LIMIT,
        samples_limit: int = SAMPLES_LIMIT,
        probes_limit: int = PROBES_LIMIT,
    ) -> None:
        self._kept_limit = kept_limit
        self._mergeable_limits = {
            "sample": samples_limit,
            "rtt_probe": probes_limit,
            "route_probe": probes_limit,
        }
        self._events_by_number: dict[int, RunEvent] = {}
        self._numbers_by_kind: dict[str, deque[int]] = {kind: deque() for kind in self._mergeable_limits}
        self._gap = Gap()
        self._next_number = 0
        self._has_room = asyncio.Event()
        self._has_room.set()

    def __len__(self) -> int:
        """Return how many events wait."""
        return len(self._events_by_number)

    @property
    def full(self) -> bool:
        """Whether the reader has to stop reading until the next drain."""
        return not self._has_room.is_set()

    async def put(self, event: RunEvent, *, may_merge: bool = True) -> None:
        """Take one event in, after waiting for room. Safe to cancel: the event is then not taken in."""
        await self._has_room.wait()
        kind = event.WhichOneof("payload") or ""
        number = self._next_number
        self._next_number += 1
        self._events_by_number[number] = event
        if may_merge and kind in self._mergeable_limits:
            self._merge(kind, number)
        elif self._kept_count() >= self._kept_limit:
            self._has_room.clear()

    def drain(self, limit: int) -> list[RunEvent]:
        """Take out what costs as much as `limit` events, oldest first; a `gap` comes first if some were merged."""
        numbers = self._numbers_of_next(limit)
        events = [self._events_by_number.pop(number) for number in numbers]
        if numbers:
            for waiting in self._numbers_by_kind.values():
                while waiting and waiting[0] <= numbers[-1]:
                    waiting.popleft()
        if self._kept_count() < self._kept_limit:
            self._has_room.set()
        if events and self._gap.ByteSize():
            events.insert(0, RunEvent(timestamp_ns=events[0].timestamp_ns, gap=self._gap))
            self._gap = Gap()
        return events

    def _numbers_of_next(self, limit: int) -> list[int]:
        numbers: list[int] = []
        cost = 0
        for number, event in self._events_by_number.items():
            cost += 1 + len(event.sample.legs) // _LEGS_LIKE_AN_EVENT
            if numbers and cost > limit:
                break
            numbers.append(number)
        return numbers

    def _merge(self, kind: str, number: int) -> None:
        """Note a mergeable event and let go of the oldest of its kind where there are too many."""
        waiting = self._numbers_by_kind[kind]
        waiting.append(number)
        if len(waiting) > self._mergeable_limits[kind]:
            count_merged(self._gap, self._events_by_number.pop(waiting.popleft()))

    def _kept_count(self) -> int:
        mergeable = sum(len(waiting) for waiting in self._numbers_by_kind.values())
        return len(self._events_by_number) - mergeable
