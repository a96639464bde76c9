"""One watched run without a screen: source, inbox, state.

Owns the order of things: events reach the state in the order in which they came, what is told anew after a break comes
after what came before it, and the end of the stream after the last of them. It must not draw anything. Everything
happens in one loop; only `collect` waits.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from muxbw_tui.errors import MuxbwError, StreamBrokenError
from muxbw_tui.run import reducer
from muxbw_tui.run.retelling import Retelling
from muxbw_tui.run.state import StreamEnd
from muxbw_tui.sources.reconnect import Follower
from muxbw_tui.tui.inbox import Inbox
from muxbw_tui.tui.view import View

if TYPE_CHECKING:
    from collections.abc import Sequence

    from muxbw_tui.clock import Clock
    from muxbw_tui.pb.muxbw_pb2 import RunEvent, RunRequest
    from muxbw_tui.sources.base import EventSource

# One tick applies no more than this, so that a key pressed in a flood of events is still answered soon.
EVENTS_PER_TICK: Final = 2_000


class Collector:
    """Brings the events of one source into one run's state.

    Attributes:
        source: the source, for what can be asked of the run.
        state: the run, as of the last `apply_waiting`.
        problem: why the events ended before the run did; set once everything before it has been applied.
        ended: set once the run has ended, or its events have.
    """

    def __init__(self, source: EventSource, request: RunRequest, clock: Clock) -> None:
        self.source = source
        self.state = reducer.start(request)
        self.problem: MuxbwError | None = None
        self.ended = asyncio.Event()
        self._inbox = Inbox()
        self._clock = clock
        self._follower = Follower(
            source, linger_ns=request.linger_ns, clock=clock, on_retelling=self._begin_retelling
        )
        self._retelling: Retelling | None = None
        self._changed = False
        self._last_event_at_ns = clock.monotonic_ns()
        self._stream_ended = False
        self._finished = False
        self._failure: MuxbwError | None = None

    async def collect(self) -> None:
        """Read the source to its end, over every break that can be mended. Safe to cancel; what was read is kept."""
        try:
            async for event in self._follower.events():
                await self._inbox.put(event, may_merge=self.source.may_merge)
        except MuxbwError as failure:
            self._failure = failure
        self._stream_ended = True

    def apply_waiting(self) -> bool:
        """Apply what has come in; return whether the state has changed."""
        self._apply(self._inbox.drain(EVENTS_PER_TICK))
        if self._stream_ended and not self._finished and not len(self._inbox):
            self._finish()
        if self.state.end is not StreamEnd.OPEN:
            self.ended.set()
        changed, self._changed = self._changed, False
        return changed

    def give_up(self) -> None:
        """Take a stream that is broken and not mended yet for broken; it is read no more."""
        outage = self._follower.outage
        if outage is not None and not self._stream_ended:
            self._failure = StreamBrokenError(outage.reason)
            self._stream_ended = True

    def view(self, *, stopping: bool) -> View:
        """Return the run as it is now; the state in it goes on changing."""
        return View(
            state=self.state,
            source_title=self.source.title,
            live=self.source.live,
            cannot_restart=self.source.cannot_restart,
            cannot_control=self.source.cannot_control,
            outlives_us=self.source.outlives_us,
            silent_ns=self._clock.monotonic_ns() - self._last_event_at_ns,
            stopping=stopping,
            problem=self.problem,
            outage=None if self._stream_ended else self._follower.outage,
        )

    def _apply(self, events: Sequence[RunEvent]) -> None:
        for event in events:
            if self._retelling is None:
                reducer.apply(self.state, event)
                self._changed = True
            else:
                self._changed |= self._retelling.apply(event)
        if events:
            self._last_event_at_ns = self._clock.monotonic_ns()

    def _begin_retelling(self) -> None:
        """Finish what came before the break, so that the state knows how far it has come."""
        while events := self._inbox.drain(EVENTS_PER_TICK):
            self._apply(events)
        outage = self._follower.outage
        self._retelling = Retelling(self.state, away_ns=outage.lasted_ns if outage else 0)

    def _finish(self) -> None:
        """Note how the stream ended. After `done` or `error` a broken stream takes nothing away."""
        if self.state.end is StreamEnd.OPEN:
            self.problem = self._failure or StreamBrokenError("the events ended before the run did")
            reducer.mark_broken(self.state, str(self.problem))
        self._finished = self._changed = True
