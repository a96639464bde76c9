"""The runs of one server: who started them, who watches, and how long each outlives its clients.

A run whose clients have all gone ends at once, after the time for which its request asked, or not before it is done if
it was detached. One that was to wait for its clients is kept for as long once it is over, so that a client whose
connection broke learns how it ended. Everything happens in one event loop, so a newcomer's digest and its first live
event meet without a gap: between the two nothing else can happen.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Protocol

from muxbw_tui.engine.engine import new_run_id
from muxbw_tui.errors import InvalidRequestError
from muxbw_tui.pb.muxbw_pb2 import RunEvent
from muxbw_tui.pb.ping_pb2 import MuxBandwidthError
from muxbw_tui.server.digest import RunDigest
from muxbw_tui.server.subscriber import Subscriber

if TYPE_CHECKING:
    from muxbw_tui.clock import Clock
    from muxbw_tui.engine.engine import Engine
    from muxbw_tui.engine.run import Run
    from muxbw_tui.pb.muxbw_pb2 import RunRequest

FINISHED_KEPT = 16
FINISHED_KEPT_FOR_S = 60.0

log = logging.getLogger(__name__)


class Observer(Protocol):
    """Who is told of everything that happens in any run; must neither block nor raise."""

    def event(self, run_id: str, event: RunEvent) -> None:
        """Take in a run's next event."""
        ...

    def ended(self, run_id: str) -> None:
        """Take in that a run is over, with or without a last event."""
        ...


class HostedRun:
    """One run, its digest and those who watch it.

    Attributes:
        subscribers: of the clients that follow it now.
        detached: it goes on without any client.
        linger_s: how long it waits for a client to come back.
    """

    def __init__(self, run_id: str, request: RunRequest, observers: tuple[Observer, ...]) -> None:
        self.run_id = run_id
        self.subscribers: set[Subscriber] = set()
        self.detached = request.detached
        self.linger_s = request.linger_ns / 1e9
        self._observers = observers
        self._digest = RunDigest(request.routes)
        self._task: asyncio.Task[None] | None = None
        self._linger_timer: asyncio.TimerHandle | None = None
        self._over = False

    def carried_out_by(self, task: asyncio.Task[None]) -> None:
        """Say which task ends the run when it is cancelled."""
        self._task = task

    def publish(self, event: RunEvent) -> None:
        """Pass an event on to everyone. Never blocks."""
        self._digest.add(event)
        for observer in self._observers:
            observer.event(self.run_id, event)
        for subscriber in self.subscribers:
            subscriber.put(event)

    def join(self, *, extensions: bool) -> Subscriber:
        """Return the queue of a further client: what it needs to know first, then the live events, if any come."""
        # No await between the two: an event in between would be lost or told twice.
        subscriber = Subscriber(extensions=extensions, backlog=self._digest.events())
        if self._over:
            subscriber.end()
        else:
            self.subscribers.add(subscriber)
            self._keep()
        return subscriber

    def leave(self, subscriber: Subscriber) -> None:
        """Let a client go; if it was the last, end the run when its time has come."""
        self.subscribers.discard(subscriber)
        if not (self.subscribers or self.detached or self._over):
            self._keep()
            self._linger_timer = asyncio.get_running_loop().call_later(self.linger_s, self.end)

    def detach(self) -> None:
        """Let the run go on without any client."""
        self.detached = True
        self._keep()

    def end(self) -> None:
        """End the run at once, without `done`."""
        if self._task is not None:
            self._task.cancel()

    def close(self) -> None:
        """Let every client finish reading; the run is over."""
        self._over = True
        self._keep()
        for subscriber in self.subscribers:
            subscriber.end()
        for observer in self._observers:
            observer.ended(self.run_id)

    def _keep(self) -> None:
        """Do not end the run for want of clients."""
        if self._linger_timer is not None:
            self._linger_timer.cancel()
            self._linger_timer = None


class RunHub:
    """Carries out runs in a TaskGroup that outlives the calls that started them.

    Args:
        group: of the server; leaving it ends every run.
        observers: told of every event of every run.
    """

    def __init__(
        self, engine: Engine, *, group: asyncio.TaskGroup, clock: Clock, observers: tuple[Observer, ...] = ()
    ) -> None:
        self.engine = engine
        self._group = group
        self._clock = clock
        self._observers = observers
        self._runs: dict[str, HostedRun] = {}
        self._finished: dict[str, HostedRun] = {}
        self._none_detached = asyncio.Event()
        self._none_detached.set()

    @property
    def runs(self) -> tuple[HostedRun, ...]:
        """The runs under way, oldest first."""
        return tuple(self._runs.values())

    def start(self, request: RunRequest) -> HostedRun:
        """Start a run; its first client joins before its first event."""
        hosted = HostedRun(new_run_id(), request, self._observers)
        self._runs[hosted.run_id] = hosted
        self._look_for_detached()
        task = self._group.create_task(self._execute(hosted, request), name=f"run:{hosted.run_id}")
        hosted.carried_out_by(task)
        return hosted

    def hosted(self, run_id: str) -> HostedRun | None:
        """Return a run that is under way, with those who watch it."""
        return self._runs.get(run_id)

    def watchable(self, run_id: str) -> HostedRun | None:
        """Return a run that is under way, or one that has ended lately and was to wait for its clients."""
        return self._runs.get(run_id) or self._finished.get(run_id)

    def run(self, run_id: str) -> Run | None:
        """Return a run that is under way, as the engine has it."""
        return self.engine.find_run(run_id)

    def detach(self, hosted: HostedRun) -> None:
        """Let a run go on without any client."""
        hosted.detach()
        self._look_for_detached()

    async def until_none_detached(self) -> None:
        """Wait until no run is under way that is to outlive its clients."""
        await self._none_detached.wait()

    def queue_depths(self) -> list[tuple[int, int]]:
        """Return how many events wait for each client: those that are never dropped, and those that may be merged."""
        return [subscriber.depths for hosted in self.runs for subscriber in hosted.subscribers]

    def stop_all(self) -> None:
        """Ask every run to end with `done`, for those who are there to read it."""
        for hosted in self.runs:
            if (run := self.run(hosted.run_id)) is not None:
                run.stop()

    def end_all(self) -> None:
        """End every run at once; the TaskGroup waits for them."""
        for hosted in self.runs:
            hosted.end()

    async def _execute(self, hosted: HostedRun, request: RunRequest) -> None:
        try:
            await self.engine.execute(request, hosted.publish, run_id=hosted.run_id)
        except InvalidRequestError as exc:
            log.info("run %s refused: %s", hosted.run_id, exc)
            hosted.publish(self._error(exc.code, str(exc)))
        except Exception:
            # A bug in one run must neither end the others nor pass in silence.
            log.exception("run %s failed", hosted.run_id)
            hosted.publish(self._error("internal", "the engine failed; its log has the details"))
        finally:
            del self._runs[hosted.run_id]
            self._look_for_detached()
            hosted.close()
            self._remember(hosted)

    def _remember(self, hosted: HostedRun) -> None:
        """Keep a run that is over for a client that comes back, for as long as the run would have waited for it."""
        keep_s = min(hosted.linger_s, FINISHED_KEPT_FOR_S)
        if keep_s <= 0:
            return
        self._finished[hosted.run_id] = hosted
        if len(self._finished) > FINISHED_KEPT:
            del self._finished[next(iter(self._finished))]
        asyncio.get_running_loop().call_later(keep_s, self._finished.pop, hosted.run_id, None)

    def _look_for_detached(self) -> None:
        if any(hosted.detached for hosted in self._runs.values()):
            self._none_detached.clear()
        else:
            self._none_detached.set()

    def _error(self, code: str, message: str) -> RunEvent:
        return RunEvent(
            timestamp_ns=self._clock.wall_ns(), error=MuxBandwidthError(code=code, message=message)
        )
