"""Events from a gRPC server: our own, local or remote, or a stock visor.

The stock method is called with a hand-made multicallable on `RunRequest` and `RunEvent`: the generated stub would
take a `MuxBandwidthRequest` and lose our fields.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

import grpc

from muxbw_tui.errors import ConnectError, ControlError, StreamBrokenError
from muxbw_tui.pb.muxbw_pb2 import (
    DetachRunRequest,
    PauseRunRequest,
    RestartRoutesReply,
    RestartRoutesRequest,
    RunEvent,
    RunRequest,
    StopRoutesReply,
    StopRoutesRequest,
    StopRunRequest,
    WatchRunRequest,
)
from muxbw_tui.pb.muxbw_pb2_grpc import MuxControlStub
from muxbw_tui.sources.channel import Endpoint, connect, open_channel
from muxbw_tui.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from google.protobuf.message import Message

    EventCall = grpc.aio.UnaryStreamCall[Message, RunEvent]

R = TypeVar("R")

METHOD = "/rpcgrpc.PingService/StreamMuxBandwidth"
RUN_ID_METADATA = "muxbw-run-id"
TOLD_METADATA = "muxbw-told"
CONTROL_TIMEOUT_S = 10.0
SILENCE_S = 30.0
STOCK_CANNOT_RESTART = (
    "this server is a stock visor, which cannot restart one route: run the whole test again instead"
)
STOCK_CANNOT_CONTROL = (
    "this server is a stock visor, which cannot stop routes, pause, or let a run outlive its client"
)
STOCK_CANNOT_RESUME = "this server is a stock visor, whose run ends with its stream"
_NOT_BEGUN = "no run is under way yet"
_LAST_KINDS = frozenset({"done", "error"})


class GrpcSource:
    """One run on a gRPC server: one that is started there, or one under way that is only watched.

    Args:
        endpoint: of the server that has the run.
        request: what to run; sent as it is.
        run_id: watch this run instead of starting one.
        title: of the server, for people; its address unless given.

    Attributes:
        endpoint: the server.
    """

    live = True

    def __init__(
        self, endpoint: Endpoint, request: RunRequest | None = None, *, run_id: str = "", title: str = ""
    ) -> None:
        self.title = title or endpoint.address
        self.endpoint = endpoint
        self._request = request or RunRequest()
        self._channel: grpc.aio.Channel | None = None
        self._watched = bool(run_id)
        self._detached = self._request.detached
        self._run_id: str | None = run_id or None
        self._answered = False
        self._still_told = 0
        self._ended = False
        self._call: EventCall | None = None
        self._dropped = False
        self._stop_wanted = False

    @property
    def run_id(self) -> str | None:
        """The run's id, once the server has told it; a stock visor never does."""
        return self._run_id

    @property
    def outlives_us(self) -> bool:
        """Whether the run goes on without this client: it was detached, or is only watched."""
        left_alone = self._watched or (self._detached and self._run_id is not None)
        return left_alone and not self._ended

    @property
    def cannot_restart(self) -> str:
        """Why one route cannot be restarted on this server; empty where it can, or before that is known."""
        return STOCK_CANNOT_RESTART if self._is_stock else ""

    @property
    def cannot_control(self) -> str:
        """Why routes cannot be stopped, nor the run paused or detached; empty where they can."""
        return STOCK_CANNOT_CONTROL if self._is_stock else ""

    @property
    def cannot_resume(self) -> str:
        """Why the run cannot be taken up again: nobody knows which it was, or it has ended with its stream."""
        if self._run_id is not None:
            return ""
        return STOCK_CANNOT_RESUME if self._answered else _NOT_BEGUN

    @property
    def may_merge(self) -> bool:
        """Whether a later sample or probe stands for the event that was yielded last."""
        return self._still_told <= 0

    async def events(self) -> AsyncIterator[RunEvent]:
        """Connect, start or join the run, and yield its events; when called again, come back to the same run.

        Raises:
            UsageError: plaintext would leave this host.
            ConnectError: nothing answers at the address, or what answers has no such method.
            ControlError: the run that was to be watched is not under way there.
            StreamBrokenError: the stream ended before the run did.
        """
        # A channel of its own for each time, since gRPC itself waits longer and longer before it tries one again.
        before, channel = self._channel, open_channel(self.endpoint)
        self._channel = channel
        if before is not None:
            await before.close()
        await connect(channel, self.title)
        call = self._call = self._begin(channel)
        try:
            async for event in self._stream(call):
                self._ended = event.WhichOneof("payload") in _LAST_KINDS
                yield event
                self._still_told -= 1
                if self._ended:
                    return
        finally:
            call.cancel()
        if not self._dropped:
            raise StreamBrokenError(f"{self.title} closed the stream before the run was done")

    async def stop_run(self) -> None:
        """Ask the run to end with `done`; a stock visor's run ends with its stream instead.

        Raises:
            ControlError: the server did not take the request.
        """
        if self._channel is None or not self._answered:
            self._stop_wanted = True  # carried out as soon as the run is known
            return
        if self._run_id is None:
            self._drop()
            return
        stub = MuxControlStub(self._channel)
        request = StopRunRequest(run_id=self._run_id)
        try:
            await self._ask(stub.StopRun, request, "the run could not be stopped")
        except ControlError as exc:
            if not _says_not_found(exc.__cause__):
                raise

    async def restart_routes(
        self, route_indexes: Sequence[int], *, prefer_new: bool = False
    ) -> RestartRoutesReply:
        """Restart the given routes, or with none given every failed one; on another path where one is preferred.

        Raises:
            ControlError: this server cannot, or the run is over.
        """
        stub, run_id = self._control(self.cannot_restart)
        request = RestartRoutesRequest(run_id=run_id, route_indexes=route_indexes, prefer_new=prefer_new)
        return await self._ask(stub.RestartRoutes, request, "the routes could not be restarted")

    async def stop_routes(self, route_indexes: Sequence[int]) -> StopRoutesReply:
        """Stop the given routes; a restart lets each join again.

        Raises:
            ControlError: this server cannot, or the run is over.
        """
        stub, run_id = self._control(self.cannot_control)
        request = StopRoutesRequest(run_id=run_id, route_indexes=route_indexes)
        return await self._ask(stub.StopRoutes, request, "the routes could not be stopped")

    async def pause(self, *, paused: bool) -> None:
        """Let no traffic flow while the connections stay, or let it go on.

        Raises:
            ControlError: this server cannot, or the run is over.
        """
        stub, run_id = self._control(self.cannot_control)
        request = PauseRunRequest(run_id=run_id, paused=paused)
        await self._ask(stub.PauseRun, request, "the traffic could not be paused")

    async def detach(self) -> None:
        """Let the run outlive its clients, until it is done or stopped.

        Raises:
            ControlError: this server cannot, or the run is over.
        """
        stub, run_id = self._control(self.cannot_control)
        await self._ask(stub.DetachRun, DetachRunRequest(run_id=run_id), "the run could not be detached")
        self._detached = True

    async def close(self) -> None:
        """Close the channel, and with it the stream."""
        if self._channel is not None:
            await self._channel.close()

    @property
    def _is_stock(self) -> bool:
        return self._answered and self._run_id is None

    def _begin(self, channel: grpc.aio.Channel) -> EventCall:
        if self._run_id is not None:
            request = WatchRunRequest(run_id=self._run_id)
            watching: EventCall = MuxControlStub(channel).WatchRun(request, metadata=self.endpoint.metadata)
            return watching
        method = channel.unary_stream(
            METHOD,
            request_serializer=RunRequest.SerializeToString,
            response_deserializer=RunEvent.FromString,
        )
        return method(self._request, metadata=self.endpoint.metadata)

    def _control(self, why_not: str) -> tuple[MuxControlStub, str]:
        """Return what control of the run needs."""
        if self._channel is None or self._run_id is None:
            raise ControlError(why_not or _NOT_BEGUN)
        return MuxControlStub(self._channel), self._run_id

    async def _ask(self, method: Callable[..., Awaitable[R]], request: object, failure: str) -> R:
        try:
            return await method(request, timeout=CONTROL_TIMEOUT_S, metadata=self.endpoint.metadata)
        except grpc.aio.AioRpcError as exc:
            raise ControlError(f"{failure}: {exc.details()}") from exc
        except asyncio.CancelledError:
            if _is_being_cancelled():
                raise
            # The channel was closed under the call.
            raise ControlError(f"{failure}: the connection was given up") from None

    def _drop(self) -> None:
        """Let the stream go; its events then end as if the server had ended it."""
        self._dropped = True
        if self._call is not None:
            self._call.cancel()

    async def _stream(self, call: EventCall) -> AsyncIterator[RunEvent]:
        """Yield what comes, once the first event has brought the metadata."""
        event = await self._next_event(call)
        if event is not None:
            await self._take_metadata(call)
            if self._stop_wanted:
                await self.stop_run()
        while event is not None:
            yield event
            event = await self._next_event(call)

    async def _next_event(self, call: EventCall) -> RunEvent | None:
        """Return the next event, or None where the stream has ended or was dropped by us."""
        silence_s = self._longest_silence_s()
        try:
            async with asyncio.timeout(silence_s):
                event = await call.read()
        except TimeoutError:
            raise StreamBrokenError(
                f"{self.title} has sent nothing for {silence_s:.0f} s: it hangs"
            ) from None
        except grpc.aio.AioRpcError as exc:
            raise self._broken(exc) from exc
        except asyncio.CancelledError:
            if self._dropped:
                return None
            raise
        return event if isinstance(event, RunEvent) else None

    def _longest_silence_s(self) -> float:
        """How long a server may say nothing: a stock one is silent during set-up, and between samples."""
        request = self._request
        longest_ns = max(
            request.setup_timeout_ns, request.idle_baseline_duration_ns, 3 * request.sample_interval_ns
        )
        return longest_ns / NS_PER_S + SILENCE_S

    async def _take_metadata(self, call: EventCall) -> None:
        """Learn whether the run can be controlled, and how much of it is told before what happens from now on."""
        metadata = {key: str(value) for key, value in await call.initial_metadata() or ()}
        self._answered = True
        self._run_id = metadata.get(RUN_ID_METADATA, self._run_id)
        told = metadata.get(TOLD_METADATA, "")
        self._still_told = int(told) if told.isdecimal() else 0

    def _broken(self, exc: grpc.aio.AioRpcError) -> ConnectError | ControlError | StreamBrokenError:
        code = exc.code()
        if self._run_id is not None and code is grpc.StatusCode.NOT_FOUND:
            return ControlError(f"{self.title}: {exc.details()}")
        if code is grpc.StatusCode.UNIMPLEMENTED:
            method = METHOD if self._run_id is None else "muxbw.v1.MuxControl"
            return ConnectError(f"{self.title} is a gRPC server without {method}: no visor and no muxbw-tui")
        words = f"{code.name.lower().replace('_', ' ')}: {exc.details()}"
        if not self._answered:
            return ConnectError(f"{self.title} did not start the run: {words}")
        return StreamBrokenError(f"the stream from {self.title} broke: {words}")


def _says_not_found(cause: BaseException | None) -> bool:
    return isinstance(cause, grpc.aio.AioRpcError) and cause.code() is grpc.StatusCode.NOT_FOUND


def _is_being_cancelled() -> bool:
    """Whether it is this task that is told to end, and not the call that it awaits."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
