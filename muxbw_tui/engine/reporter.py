"""What a run says: payloads made into events, its phase announced, and silence broken.

A client must be able to tell a run that is busy from one that hangs. So where nothing has been said for `SILENCE_S`,
the phase is said again, just as it was announced, and for how long it has lasted.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from muxbw_tui.pb.muxbw_pb2 import Phase, RunEvent

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from google.protobuf.message import Message

    from muxbw_tui.clock import Clock

SILENCE_S = 1.0

_FIELD_OF_PAYLOAD = {
    field.message_type.full_name: field.name
    for field in RunEvent.DESCRIPTOR.oneofs_by_name["payload"].fields
    if field.message_type is not None
}


class Reporter:
    """The voice of one run. For one event loop.

    Args:
        publish: takes every event, own payloads included; must neither block nor raise.
    """

    def __init__(self, publish: Callable[[RunEvent], None], clock: Clock) -> None:
        self._publish_event = publish
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._began_s = self._said_s = self._loop.time()
        self._phase = Phase()

    @property
    def phase(self) -> str:
        """The phase that the run is in; empty before the first."""
        return self._phase.name

    @property
    def elapsed_ns(self) -> int:
        """How long ago the run began."""
        return round((self._loop.time() - self._began_s) * 1e9)

    def publish(self, payload: Message) -> None:
        """Wrap a payload into the event that carries it everywhere."""
        event = RunEvent(timestamp_ns=self._clock.wall_ns())
        getattr(event, _FIELD_OF_PAYLOAD[payload.DESCRIPTOR.full_name]).CopyFrom(payload)
        self._said_s = self._loop.time()
        self._publish_event(event)

    def enter(self, phase: str, planned_s: float = 0.0) -> None:
        """Announce that the run enters a phase; a length of 0 is open."""
        self._phase = Phase(name=phase, elapsed_ns=self.elapsed_ns, planned_ns=round(planned_s * 1e9))
        self.publish(self._phase)

    @contextlib.asynccontextmanager
    async def never_silent(self) -> AsyncIterator[None]:
        """Break every silence for the time of the block; a phase must have been entered."""
        async with asyncio.TaskGroup() as group:
            breaking = group.create_task(self._break_silence(), name="run:heartbeat")
            try:
                yield
            finally:
                breaking.cancel()

    async def _break_silence(self) -> None:
        while True:
            # Samples a second apart are due a little before this is: where they come in time, it stays quiet.
            await asyncio.sleep(self._said_s + SILENCE_S - self._loop.time())
            if self._loop.time() >= self._said_s + SILENCE_S:
                self.publish(self._again())

    def _again(self) -> Phase:
        again = Phase()
        again.CopyFrom(self._phase)
        again.lasted_ns = max(self.elapsed_ns - self._phase.elapsed_ns, 1)
        return again
