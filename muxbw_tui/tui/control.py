"""What can be asked of the run on the screen, and which run that is.

Owns the collector of the present run and its reading; puts another run in its place. Answers come back as sentences
through a callback. It must not know a widget: the app asks, shows the answers, and decides when to redraw.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from muxbw_tui.errors import MuxbwError
from muxbw_tui.tui.answers import restart_answer, stop_answer
from muxbw_tui.tui.collector import Collector
from muxbw_tui.tui.leaving import Leaving, leave_question, replace_question

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from textual.notifications import SeverityLevel

    from muxbw_tui.clock import Clock
    from muxbw_tui.pb.muxbw_pb2 import RunRequest
    from muxbw_tui.run.state import RunState
    from muxbw_tui.sources.base import EventSource
    from muxbw_tui.tui.leaving import Question
    from muxbw_tui.tui.view import View

    Tell = Callable[[str, SeverityLevel], None]

STOP_WITHIN_S: Final = 2.0
CLOSE_WITHIN_S: Final = 5.0


class RunControl:
    """The run on the screen, one after another.

    Args:
        open_source: makes a source for one run; nothing is started before its events are read.
        request: of the first run.
        tell: takes a sentence about what became of something that was asked; it may hold text from outside.
        keys: how the keys in force are written, by the id of what they do.

    Attributes:
        request: what the present run was asked for.
        stopping: the run is being left.
    """

    def __init__(
        self,
        open_source: Callable[[RunRequest], EventSource],
        request: RunRequest,
        *,
        clock: Clock,
        tell: Tell,
        keys: Mapping[str, str],
    ) -> None:
        self.request = request
        self.stopping = False
        self._leaving = False
        self._open_source = open_source
        self._clock = clock
        self._tell = tell
        self._keys = keys
        self._collector = self._open()
        self._reading: asyncio.Task[None] | None = None

    @property
    def source(self) -> EventSource:
        """Where the present run's events come from."""
        return self._collector.source

    @property
    def state(self) -> RunState:
        """The present run as far as it is known."""
        return self._collector.state

    @property
    def problem(self) -> MuxbwError | None:
        """Why the events ended before the run did, if they have."""
        return self._collector.problem

    def view(self) -> View:
        """Return the run as it is now; the state in it goes on changing."""
        return replace(self._collector.view(stopping=self.stopping), keys=self._keys)

    def apply_waiting(self) -> bool:
        """Apply what has come in; return whether the state has changed."""
        return self._collector.apply_waiting()

    async def follow(self) -> None:
        """Read the present run to its end. When cancelled, what was read is kept."""
        async with asyncio.TaskGroup() as group:
            self._reading = group.create_task(self._collector.collect(), name="source:events")

    async def start_over(self, request: RunRequest | None = None) -> None:
        """Stop the present run if it goes on, put a new one in its place, and read that to its end.

        Does nothing while that is under way already; where the program is left meanwhile, no new run begins.

        Args:
            request: of the new run; as before unless given.
        """
        if self.stopping:
            return
        self.stopping = True
        if self.replace_question() is not None:
            await self._stop()
        await self.close()
        if self._leaving:
            return
        self.request = request or self.request
        self._collector = self._open()
        self.stopping = False
        await self.follow()

    async def restart(self, route_indexes: Sequence[int], *, prefer_new: bool = False) -> None:
        """Set the given routes up again, or with none given every failed one; also lets a stopped one join again."""
        try:
            reply = await self.source.restart_routes(route_indexes, prefer_new=prefer_new)
        except MuxbwError as refusal:
            self._tell(str(refusal), "error")
        else:
            self._tell_outcome(*restart_answer(reply))

    async def stop_routes(self, route_indexes: Sequence[int]) -> None:
        """Stop the given routes."""
        try:
            reply = await self.source.stop_routes(route_indexes)
        except MuxbwError as refusal:
            self._tell(str(refusal), "error")
        else:
            self._tell_outcome(*stop_answer(reply, rejoin_key=self._keys["rejoin-route"]))

    async def pause_or_go_on(self) -> None:
        """Let no traffic flow, or let it flow again; the run's own event says when that is so."""
        try:
            await self.source.pause(paused=not self.state.paused)
        except MuxbwError as refusal:
            self._tell(str(refusal), "error")

    def leave_question(self) -> Question[Leaving] | None:
        """Return what to ask before the program ends, or None where it may end at once."""
        return leave_question(self.view(), run_id=self.source.run_id)

    def replace_question(self) -> Question[Leaving] | None:
        """Return what to ask before another run takes the place of this one, or None where it may at once."""
        return replace_question(self.view())

    async def leave(self, how: Leaving) -> bool:
        """Leave the run and let go of the source; return whether that is done.

        It is not if the run was to be left running and its server did not take that: then it is told, and everything
        stays as it is. Whatever else goes wrong, closing the source ends the run too, if without its last figures.
        """
        self.stopping = self._leaving = True
        if how is Leaving.RUNNING and not await self._detach():
            self.stopping = self._leaving = False
            return False
        if how is Leaving.STOP:
            await self._stop()
        await self.close()
        return True

    async def close(self) -> None:
        """End the reading and let go of the source, without waiting for one that hangs. Idempotent."""
        reading, self._reading = self._reading, None
        if reading is not None:
            reading.cancel()
            await asyncio.wait([reading])
        self._collector.give_up()
        self.apply_waiting()
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_WITHIN_S):
                await self.source.close()

    def _open(self) -> Collector:
        return Collector(self._open_source(self.request), self.request, self._clock)

    async def _stop(self) -> None:
        """Ask the run to end, and wait a moment for its last figures."""
        with suppress(TimeoutError, MuxbwError):
            async with asyncio.timeout(STOP_WITHIN_S):
                await self.source.stop_run()
                await self._collector.ended.wait()

    async def _detach(self) -> bool:
        """See that the run outlives us; return whether it does."""
        if self.source.outlives_us:
            return True
        try:
            async with asyncio.timeout(STOP_WITHIN_S):
                await self.source.detach()
        except (MuxbwError, TimeoutError) as refusal:
            self._tell(str(refusal) or "the engine did not answer: the run was not left running", "error")
            return False
        return True

    def _tell_outcome(self, text: str, all_done: bool) -> None:  # noqa: FBT001 - unpacked from an answer
        self._tell(text, "information" if all_done else "warning")
