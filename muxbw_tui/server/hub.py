"""The runs of one server: started for a client, ended with it unless the client asked the run to linger."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from muxbw_tui.errors import InvalidRequestError
from muxbw_tui.pb.muxbw_pb2 import RunEvent
from muxbw_tui.pb.ping_pb2 import MuxBandwidthError

if TYPE_CHECKING:
    from muxbw_tui.clock import Clock
    from muxbw_tui.engine.engine import Engine
    from muxbw_tui.pb.muxbw_pb2 import RunRequest
    from muxbw_tui.server.subscriber import Subscriber

log = logging.getLogger(__name__)


class RunHub:
    """Carries out runs in a TaskGroup that outlives the calls that started them.

    Args:
        group: of the server; leaving it ends every run.
    """

    def __init__(self, engine: Engine, *, group: asyncio.TaskGroup, clock: Clock) -> None:
        self.engine = engine
        self._group = group
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, run_id: str, request: RunRequest, subscriber: Subscriber) -> asyncio.Task[None]:
        """Start a run whose events go to the subscriber, which ends with it."""
        task = self._group.create_task(self._execute(run_id, request, subscriber), name=f"run:{run_id}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def leave(self, task: asyncio.Task[None], request: RunRequest) -> None:
        """End a run whose client has gone, at once or after the time for which it asked it to linger."""
        if request.linger_ns > 0:
            timer = asyncio.get_running_loop().call_later(request.linger_ns / 1e9, task.cancel)
            task.add_done_callback(lambda _: timer.cancel())
        else:
            task.cancel()

    def stop_all(self) -> None:
        """Ask every run to end with `done`, as long as its client is there to read it."""
        self.engine.stop_all()

    def end_all(self) -> None:
        """End every run at once; the TaskGroup waits for them."""
        for task in self._tasks:
            task.cancel()

    async def _execute(self, run_id: str, request: RunRequest, subscriber: Subscriber) -> None:
        try:
            await self.engine.execute(request, subscriber.put, run_id=run_id)
        except InvalidRequestError as exc:
            log.info("run %s refused: %s", run_id, exc)
            subscriber.put(self._error(exc.code, str(exc)))
        except Exception:
            # A bug in one run must neither end the others nor pass in silence.
            log.exception("run %s failed", run_id)
            subscriber.put(self._error("internal", "the engine failed; its log has the details"))
        finally:
            subscriber.end()

    def _error(self, code: str, message: str) -> RunEvent:
        return RunEvent(
            timestamp_ns=self._clock.wall_ns(), error=MuxBandwidthError(code=code, message=message)
        )
