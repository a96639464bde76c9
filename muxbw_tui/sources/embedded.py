"""Events from an engine of our own, run as a child process on an embedded network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from muxbw_tui.errors import ConnectError, ControlError, StreamBrokenError
from muxbw_tui.sources.child import EngineProcess

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from muxbw_tui.pb.muxbw_pb2 import RestartRoutesReply, RunEvent, RunRequest, StopRoutesReply
    from muxbw_tui.sources.stream import GrpcSource

_NOT_STARTED = "the engine has not started yet"


class EmbeddedSource:
    """One run on an engine that lives and dies with this source, unless the run is detached.

    Args:
        scenario: a built-in's name or a file.
        request: what to run.
    """

    live = True
    title = "the embedded engine"
    cannot_restart = cannot_control = ""

    def __init__(self, scenario: str, request: RunRequest) -> None:
        self._request = request
        self._engine = EngineProcess(scenario)
        self._stream: GrpcSource | None = None
        self._stop_wanted = False
        self._death = ""

    @property
    def cannot_resume(self) -> str:
        """Why the run cannot be taken up again: its engine has died with it, or it has not begun."""
        return self._death or (self._stream.cannot_resume if self._stream else _NOT_STARTED)

    @property
    def outlives_us(self) -> bool:
        """Whether the run was detached."""
        return self._stream is not None and self._stream.outlives_us

    @property
    def run_id(self) -> str | None:
        """The run's id, once the engine has told it."""
        return self._stream.run_id if self._stream else None

    @property
    def may_merge(self) -> bool:
        """Whether a later sample or probe stands for the event that was yielded last."""
        return self._stream is None or self._stream.may_merge

    async def events(self) -> AsyncIterator[RunEvent]:
        """Start the engine and the run, and yield its events; when called again, come back to both.

        Raises:
            UsageError: the scenario cannot be used.
            ConnectError: the engine did not start.
            StreamBrokenError: the engine died, or the stream broke.
        """
        stream = self._stream or await self._start()
        try:
            async for event in stream.events():
                yield event
        except (StreamBrokenError, ConnectError) as exc:
            self._death = await self._engine.how_it_died()
            raise StreamBrokenError(self._death or str(exc)) from exc

    async def stop_run(self) -> None:
        """Ask the run to end with `done`, as soon as there is one."""
        if self._stream is None:
            self._stop_wanted = True
        else:
            await self._stream.stop_run()

    async def restart_routes(
        self, route_indexes: Sequence[int], *, prefer_new: bool = False
    ) -> RestartRoutesReply:
        """Restart the given routes, or with none given every failed one."""
        return await self._started().restart_routes(route_indexes, prefer_new=prefer_new)

    async def stop_routes(self, route_indexes: Sequence[int]) -> StopRoutesReply:
        """Stop the given routes."""
        return await self._started().stop_routes(route_indexes)

    async def pause(self, *, paused: bool) -> None:
        """Let no traffic flow, or let it go on."""
        await self._started().pause(paused=paused)

    async def detach(self) -> None:
        """Let the run, and with it the engine, outlive this source."""
        await self._started().detach()

    async def close(self) -> None:
        """Close the stream, and end the engine unless its run was detached."""
        if self.outlives_us:
            self._engine.release()
        if self._stream is not None:
            await self._stream.close()
        await self._engine.close()

    async def _start(self) -> GrpcSource:
        address = await self._engine.start()
        from muxbw_tui.sources.channel import Endpoint  # noqa: PLC0415 (the first frame needs no gRPC)
        from muxbw_tui.sources.stream import GrpcSource  # noqa: PLC0415 (the same)

        stream = self._stream = GrpcSource(Endpoint(address), self._request, title=self.title)
        if self._stop_wanted:
            await stream.stop_run()
        return stream

    def _started(self) -> GrpcSource:
        if self._stream is None:
            raise ControlError(_NOT_STARTED)
        return self._stream
