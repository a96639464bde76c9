"""One client's queue of events: bounded, and never a brake on the run.

Samples and probes can be merged, since counters are cumulative: when the client is slow the oldest of them go, and a
`gap` event says how many. Everything else is never dropped; a client that falls `IMPORTANT_LIMIT` of those behind is
cut off. Only a phase that is said again for want of other news is left out where the client has news to read.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from typing import TYPE_CHECKING

from muxbw_tui.errors import MuxbwError
from muxbw_tui.events.merging import MERGEABLE_KINDS, count_merged
from muxbw_tui.pb.muxbw_pb2 import Gap, RunEvent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

MERGEABLE_LIMIT = 1_000
IMPORTANT_LIMIT = 10_000

_FIRST_OWN_FIELD = 100
_OWN_KINDS = frozenset(
    field.name
    for field in RunEvent.DESCRIPTOR.oneofs_by_name["payload"].fields
    if field.number >= _FIRST_OWN_FIELD
)


class SubscriberCutError(MuxbwError):
    """The client fell too far behind."""

    def __init__(self) -> None:
        super().__init__(f"the client fell {IMPORTANT_LIMIT} events behind and was cut off")


class Subscriber:
    """A queue with one writer, the run, and one reader, the client's stream; both in one event loop.

    Args:
        extensions: the client understands own payloads; without it they are left out.
        backlog: what it is told before anything that is put; these do not count as waiting.

    Attributes:
        told: how many events it is told before anything that is put.
    """

    def __init__(self, *, extensions: bool, backlog: Sequence[RunEvent] = ()) -> None:
        self._extensions = extensions
        self._backlog = deque(event for event in backlog if self._understands(event))
        self.told = len(self._backlog)
        self._numbers = itertools.count()
        self._important: deque[tuple[int, RunEvent]] = deque()
        self._mergeable: deque[tuple[int, RunEvent]] = deque()
        self._gap = Gap()
        self._news = asyncio.Event()
        self._ended = False
        self._cut = False

    def put(self, event: RunEvent) -> None:
        """Queue an event. Never blocks, never raises; after `end` or a cut it does nothing."""
        if self._ended or self._cut or not self._understands(event):
            return
        if event.phase.lasted_ns and (self._important or self._mergeable):
            return
        mergeable = event.WhichOneof("payload") in MERGEABLE_KINDS
        queue = self._mergeable if mergeable else self._important
        queue.append((next(self._numbers), event))
        if len(self._mergeable) > MERGEABLE_LIMIT:
            count_merged(self._gap, self._mergeable.popleft()[1])
        self._cut = len(self._important) > IMPORTANT_LIMIT
        self._news.set()

    def end(self) -> None:
        """Let the reader finish once it has read what is queued."""
        self._ended = True
        self._news.set()

    async def events(self) -> AsyncIterator[RunEvent]:
        """Yield the events in order until `end`.

        Raises:
            SubscriberCutError: the reader fell too far behind.
        """
        while self._backlog:
            yield self._backlog.popleft()
        while True:
            if self._cut:
                raise SubscriberCutError
            if self._extensions and self._gap.ByteSize():
                gap, self._gap = self._gap, Gap()
                yield RunEvent(timestamp_ns=self._oldest().timestamp_ns, gap=gap)
            elif self._important or self._mergeable:
                yield self._pop()
            elif self._ended:
                return
            else:
                self._news.clear()
                await self._news.wait()

    @property
    def depths(self) -> tuple[int, int]:
        """How many events wait to be read: those that are never dropped, and those that may be merged."""
        return len(self._important), len(self._mergeable)

    def _understands(self, event: RunEvent) -> bool:
        return self._extensions or event.WhichOneof("payload") not in _OWN_KINDS

    def _next_queue(self) -> deque[tuple[int, RunEvent]]:
        if not self._mergeable or (self._important and self._important[0][0] < self._mergeable[0][0]):
            return self._important
        return self._mergeable

    def _oldest(self) -> RunEvent:
        return self._next_queue()[0][1]

    def _pop(self) -> RunEvent:
        return self._next_queue().popleft()[1]
