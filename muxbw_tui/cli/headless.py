"""Watching a run without a screen: rows or NDJSON as events come, the summary at the end, restarts if asked for.

Nothing but data goes to stdout; what is said about the run itself goes to stderr.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import threading
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from muxbw_tui.cli.appending import end_in_whole_line
from muxbw_tui.cli.notices import say
from muxbw_tui.cli.stdout import reason_of
from muxbw_tui.clock import SystemClock
from muxbw_tui.errors import ControlError, ExitCode, MuxbwError
from muxbw_tui.events import payload_kind
from muxbw_tui.events.envelope import to_ndjson
from muxbw_tui.run import reducer
from muxbw_tui.run.retelling import Retelling
from muxbw_tui.run.state import FAILED_STATUSES
from muxbw_tui.run.summary import outcome
from muxbw_tui.sources.reconnect import Follower
from muxbw_tui.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import TextIO

    from muxbw_tui.pb.muxbw_pb2 import RunEvent, RunRequest
    from muxbw_tui.run.rows import HumanRows
    from muxbw_tui.sources.base import EventSource

STOP_WAIT_S = 2.0
FIRST_RESTART_WAIT_S = 1.0


class Output(Protocol):
    """Where events go as they come."""

    stream: TextIO

    def show(self, event: RunEvent) -> None:
        """Write what there is to be written of an event that the state already holds."""
        ...


@dataclass(slots=True)
class NdjsonOutput:
    """One envelope a line, flushed, so that a pipe sees each event at once."""

    stream: TextIO

    def show(self, event: RunEvent) -> None:
        """Write the event's envelope."""
        self.stream.write(to_ndjson(event) + "\n")
        self.stream.flush()


@dataclass(slots=True)
class RowsOutput:
    """The rows for people."""

    rows: HumanRows
    stream: TextIO

    def show(self, event: RunEvent) -> None:
        """Write the event's rows."""
        for row in self.rows.rows_of(event):
            self.stream.write(row + "\n")
        self.stream.flush()


class HeadlessRun:
    """One run watched to its end.

    Args:
        restart_failed: how often each failed route is restarted, waiting 1, 2, 4 … s before each.
    """

    def __init__(self, source: EventSource, request: RunRequest, *, restart_failed: int = 0) -> None:
        self.state = reducer.start(request)
        self.outputs: list[Output] = []
        self._source = source
        self._follower = Follower(
            source, linger_ns=request.linger_ns, clock=SystemClock(), on_retelling=self._begin_retelling
        )
        self._retelling: Retelling | None = None
        self._restart_failed = restart_failed
        self._restarts: Counter[int] = Counter()
        self._interrupted = threading.Event()
        self._wake = asyncio.Event()
        self._failure: MuxbwError | None = None
        self._waiting: set[asyncio.Task[None]] = set()

    async def watch(self) -> ExitCode:
        """Carry the run out and return the exit code; SIGINT and SIGTERM end it with what there is so far.

        Raises:
            MuxbwError: the source could not be opened, its stream broke, or the output could not be written; the
                state holds what was seen.
            KeyboardInterrupt: interrupted a second time.
        """
        try:
            with self._catching_signals():
                async with asyncio.TaskGroup() as group:
                    reading = group.create_task(self._read(group), name="headless:read")
                    stopping = group.create_task(self._stop_when_interrupted(reading), name="headless:stop")
                    await asyncio.wait([reading])
                    for task in (stopping, *self._waiting):
                        task.cancel()
        finally:
            await self._source.close()
        if self._interrupted.is_set():
            return ExitCode.INTERRUPTED
        if self._failure is not None:
            raise self._failure
        return outcome(self.state)

    @contextlib.contextmanager
    def _catching_signals(self) -> Iterator[None]:
        """End the run at the first signal, and the program at the second.

        Handlers of the interpreter rather than of the loop: a loop that is blocked, writing to a pipe that nobody
        reads, would never come to its own.
        """
        loop = asyncio.get_running_loop()

        def on_signal(signal_number: int, frame: object) -> None:
            del signal_number, frame
            if self._interrupted.is_set():
                raise KeyboardInterrupt
            self._interrupted.set()
            loop.call_soon_threadsafe(self._wake.set)

        before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async def _read(self, group: asyncio.TaskGroup) -> None:
        """Take every event; what goes wrong is kept for the end, so that the group ends in order."""
        try:
            async for event in self._follower.events():
                if self._apply(event):
                    self._show(event)
                    self._restart_what_failed(event, group)
        except MuxbwError as exc:
            reducer.mark_broken(self.state, str(exc))
            self._failure = exc

    def _apply(self, event: RunEvent) -> bool:
        """Apply an event; return whether it is news, since after a break the run is told once more."""
        if self._retelling is not None:
            return self._retelling.apply(event)
        reducer.apply(self.state, event)
        return True

    def _begin_retelling(self) -> None:
        outage = self._follower.outage
        if outage is not None and outage.attempt == 1:
            say(f"{outage.reason}; taking the run up again")
        self._retelling = Retelling(self.state, away_ns=outage.lasted_ns if outage else 0)

    def _show(self, event: RunEvent) -> None:
        """Write an event everywhere; a recording that fails is given up, since it is only beside the run."""
        for output in tuple(self.outputs):
            try:
                output.show(event)
            except OSError as exc:
                self.outputs.remove(output)
                with contextlib.suppress(OSError):
                    output.stream.close()
                with contextlib.suppress(OSError):
                    end_in_whole_line(Path(output.stream.name))
                say(f"-O {output.stream.name}: {reason_of(exc)}; the recording ends here")

    async def _stop_when_interrupted(self, reading: asyncio.Task[None]) -> None:
        """Ask the run to end, give it `STOP_WAIT_S` for `done`, then drop the stream."""
        await self._wake.wait()
        try:
            async with asyncio.timeout(STOP_WAIT_S):
                with contextlib.suppress(ControlError):
                    await self._source.stop_run()
                await asyncio.wait([reading])
        except TimeoutError:
            reading.cancel()

    def _restart_what_failed(self, event: RunEvent, group: asyncio.TaskGroup) -> None:
        """Arrange for the restart of the route that an event says has failed, while it has restarts left."""
        kind = payload_kind(event)
        if kind not in {"route_failure", "route_established"}:
            return
        index = getattr(event, kind).route_index
        route = self.state.routes.get(index)
        if (
            route is None
            or route.status not in FAILED_STATUSES
            or self._restarts[index] >= self._restart_failed
        ):
            return
        wait_s = FIRST_RESTART_WAIT_S * 2 ** self._restarts[index]
        self._restarts[index] += 1
        task = group.create_task(self._restart(index, wait_s), name=f"headless:restart:{index}")
        self._waiting.add(task)
        task.add_done_callback(self._waiting.discard)

    async def _restart(self, index: int, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        try:
            reply = await self._source.restart_routes([index])
        except ControlError as exc:
            say(f"R{index} was not restarted: {exc}")
            return
        for refusal in reply.not_restarted:
            say(f"R{refusal.route_index} was not restarted: {refusal.reason}")


def keep_open_ns(restart_failed: int) -> int:
    """Return how long the run must wait for the restarts that may come after every route has died."""
    longest_wait_s = FIRST_RESTART_WAIT_S * 2 ** (restart_failed - 1) if restart_failed else 0.0
    return round((longest_wait_s + 1) * NS_PER_S) if restart_failed else 0
