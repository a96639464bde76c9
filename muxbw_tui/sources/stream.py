"""Events from a gRPC server: our own, local or remote, or a stock visor.

The stock method is called with a hand-made multicallable on `RunRequest` and `RunEvent`: the generated stub would
take a `MuxBandwidthRequest` and lose our fields.
"""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import grpc

from muxbw_tui.errors import ConnectError, ControlError, StreamBrokenError
from muxbw_tui.pb.muxbw_pb2 import (
    RestartRoutesReply,
    RestartRoutesRequest,
    RunEvent,
    RunRequest,
    StopRunRequest,
)
from muxbw_tui.pb.muxbw_pb2_grpc import MuxControlStub
from muxbw_tui.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from google.protobuf.message import Message

METHOD = "/rpcgrpc.PingService/StreamMuxBandwidth"
RUN_ID_METADATA = "muxbw-run-id"
CONNECT_TIMEOUT_S = 10.0
CONTROL_TIMEOUT_S = 10.0
SILENCE_S = 30.0
STOCK_CANNOT_RESTART = (
    "this server is a stock visor, which cannot restart one route: run the whole test again instead"
)
_LAST_KINDS = frozenset({"done", "error"})


class GrpcSource:
    """One run on a gRPC server.

    Args:
        address: `HOST:PORT` or `unix:PATH`.
        request: what to run; sent as it is.
    """

    live = True

    def __init__(self, address: str, request: RunRequest, *, title: str | None = None) -> None:
        self.title = title or address
        self._address = address
        self._request = request
        self._channel: grpc.aio.Channel | None = None
        self._run_id: str | None = None
        self._answered = False
        self._call: grpc.aio.UnaryStreamCall[Message, RunEvent] | None = None
        self._dropped = False
        self._stop_wanted = False

    @property
    def cannot_restart(self) -> str:
        """Why one route cannot be restarted on this server; empty where it can, or before that is known."""
        return STOCK_CANNOT_RESTART if self._answered and self._run_id is None else ""

    async def events(self) -> AsyncIterator[RunEvent]:
        """Connect, start the run and yield its events.

        Raises:
            ConnectError: nothing answers at the address, or what answers has no such method.
            StreamBrokenError: the stream ended before the run did.
        """
        # A proxy of the environment is for the web, not for an engine on this host.
        options = (("grpc.enable_http_proxy", 0),)
        channel = self._channel = grpc.aio.insecure_channel(self._address, options=options)
        await self._connect(channel)
        call = channel.unary_stream(
            METHOD,
            request_serializer=RunRequest.SerializeToString,
            response_deserializer=RunEvent.FromString,
        )(self._request)
        self._call = call
        try:
            while (event := await self._next_event(call)) is not None:
                if not self._answered:
                    await self._take_metadata(call)
                    if self._stop_wanted:
                        await self.stop_run()
                yield event
                if event.WhichOneof("payload") in _LAST_KINDS:
                    return
        finally:
            call.cancel()
        if not self._dropped:
            raise StreamBrokenError(f"{self.title} closed the stream before the run was done")

    async def stop_run(self) -> None:
        """Ask the run to end with `done`; a stock visor's run ends with its stream instead."""
        if self._channel is None or not self._answered:
            self._stop_wanted = True  # carried out as soon as the run is known
            return
        if self._run_id is None:
            self._drop()
            return
        stub = MuxControlStub(self._channel)
        try:
            await stub.StopRun(StopRunRequest(run_id=self._run_id), timeout=CONTROL_TIMEOUT_S)
        except grpc.aio.AioRpcError as exc:
            if exc.code() is not grpc.StatusCode.NOT_FOUND:
                raise ControlError(f"the run could not be stopped: {exc.details()}") from exc

    async def restart_routes(self, route_indexes: Sequence[int]) -> RestartRoutesReply:
        """Restart the given routes, or with none given every failed one.

        Raises:
            ControlError: this server cannot, or the run is over.
        """
        if self._channel is None or self._run_id is None:
            raise ControlError(self.cannot_restart or "no run is under way yet")
        stub = MuxControlStub(self._channel)
        request = RestartRoutesRequest(run_id=self._run_id, route_indexes=route_indexes)
        try:
            reply: RestartRoutesReply = await stub.RestartRoutes(request, timeout=CONTROL_TIMEOUT_S)
        except grpc.aio.AioRpcError as exc:
            raise ControlError(f"the routes could not be restarted: {exc.details()}") from exc
        return reply

    async def close(self) -> None:
        """Close the channel, and with it the stream."""
        if self._channel is not None:
            await self._channel.close()

    def _drop(self) -> None:
        """Let the stream go; its events then end as if the server had ended it."""
        self._dropped = True
        if self._call is not None:
            self._call.cancel()

    async def _next_event(self, call: grpc.aio.UnaryStreamCall[Message, RunEvent]) -> RunEvent | None:
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

    async def _connect(self, channel: grpc.aio.Channel) -> None:
        """Wait until the channel is up; a refusal ends the wait, which else is for packets that get lost."""
        state = channel.get_state(try_to_connect=True)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CONNECT_TIMEOUT_S):
                while state not in {
                    grpc.ChannelConnectivity.READY,
                    grpc.ChannelConnectivity.TRANSIENT_FAILURE,
                }:
                    await channel.wait_for_state_change(state)
                    state = channel.get_state(try_to_connect=True)
        if state is not grpc.ChannelConnectivity.READY:
            raise ConnectError(f"no server answers at {self.title}: is it running, and is --connect right?")

    async def _take_metadata(self, call: grpc.aio.UnaryStreamCall[Message, RunEvent]) -> None:
        """Learn whether the run can be controlled."""
        self._answered = True
        for key, value in await call.initial_metadata() or ():
            if key == RUN_ID_METADATA:
                self._run_id = value if isinstance(value, str) else value.decode("ascii", "replace")

    def _broken(self, exc: grpc.aio.AioRpcError) -> ConnectError | StreamBrokenError:
        if exc.code() is grpc.StatusCode.UNIMPLEMENTED:
            return ConnectError(f"{self.title} is a gRPC server without {METHOD}: no visor and no muxbw-tui")
        words = f"{exc.code().name.lower().replace('_', ' ')}: {exc.details()}"
        if not self._answered:
            return ConnectError(f"{self.title} did not start the run: {words}")
        return StreamBrokenError(f"the stream from {self.title} broke: {words}")
