"""The calls of `rpcgrpc.PingService` that are no runs: pings, bandwidth tests and plans.

The plan is called with hand-made messages: the generated stub would take a `CalcRoutesRequest` and lose our fields.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, TypeVar

import grpc

from muxbw_tui.errors import ConnectError, InvalidRequestError, StreamBrokenError
from muxbw_tui.pb.muxbw_pb2 import PlannedPath
from muxbw_tui.pb.ping_pb2 import BandwidthProgress, PingResult
from muxbw_tui.sources.channel import Endpoint, connect, open_channel
from muxbw_tui.sources.child import EngineProcess

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator

    from google.protobuf.message import Message

    from muxbw_tui.pb.muxbw_pb2 import PlanRequest
    from muxbw_tui.pb.ping_pb2 import BandwidthRequest, PingRequest

ERROR_CODE_METADATA = "muxbw-error-code"

Response = TypeVar("Response", bound="Message")


class Calls:
    """The calls on one connected channel.

    While it is iterated, each raises `InvalidRequestError` where the server refuses the request, `ConnectError` where
    it has no such method or begins nothing, and `StreamBrokenError` where the stream breaks.
    """

    def __init__(self, channel: grpc.aio.Channel, endpoint: Endpoint, title: str) -> None:
        self._channel = channel
        self._endpoint = endpoint
        self._title = title

    def ping(self, request: PingRequest, *, dmsg: bool = False) -> AsyncGenerator[PingResult]:
        """Ping over a route, or over dmsg; the first result is about the set-up."""
        return self._stream("StreamDmsgPing" if dmsg else "StreamPing", request, PingResult)

    def bandwidth(
        self, request: BandwidthRequest, *, dmsg: bool = False
    ) -> AsyncGenerator[BandwidthProgress]:
        """Send blocks over a route, or over dmsg; the last progress is final."""
        method = "StreamDmsgBandwidthTest" if dmsg else "StreamBandwidthTest"
        return self._stream(method, request, BandwidthProgress)

    def plan(self, request: PlanRequest) -> AsyncGenerator[PlannedPath]:
        """Name the disjoint paths; a stock visor leaves our own fields empty."""
        return self._stream("StreamCalcRoutes", request, PlannedPath)

    async def _stream(
        self, method: str, request: Message, response: type[Response]
    ) -> AsyncGenerator[Response]:
        multicallable: grpc.aio.UnaryStreamMultiCallable[Message, Response] = self._channel.unary_stream(
            f"/rpcgrpc.PingService/{method}",
            request_serializer=type(request).SerializeToString,
            response_deserializer=response.FromString,
        )
        call = multicallable(request, metadata=self._endpoint.metadata)
        begun = False
        try:
            async for message in call:
                begun = True
                code = dict(await call.initial_metadata() or ()).get(ERROR_CODE_METADATA)
                if code is not None:
                    raise InvalidRequestError(getattr(message, "error", ""), code=str(code))
                yield message
        except grpc.aio.AioRpcError as exc:
            raise self._explained(exc, method, begun=begun) from exc
        finally:
            call.cancel()

    def _explained(self, exc: grpc.aio.AioRpcError, method: str, *, begun: bool) -> Exception:
        if exc.code() is grpc.StatusCode.UNIMPLEMENTED:
            return ConnectError(f"{self._title} is a gRPC server without {method}: no visor and no muxbw-tui")
        if exc.code() is grpc.StatusCode.INVALID_ARGUMENT:
            return InvalidRequestError(exc.details() or "the server refused the request")
        words = f"{exc.code().name.lower().replace('_', ' ')}: {exc.details()}"
        if not begun:
            return ConnectError(f"{self._title} did not start {method}: {words}")
        return StreamBrokenError(f"the stream from {self._title} broke: {words}")


@contextlib.asynccontextmanager
async def open_calls(endpoint: Endpoint | None, scenario: str) -> AsyncIterator[Calls]:
    """Connect to a server, or without one start an engine of our own, for the time of the block.

    Raises:
        UsageError: the scenario cannot be used, or plaintext would leave this host.
        ConnectError: nothing answers, or the engine did not start.
    """
    async with contextlib.AsyncExitStack() as stack:
        title = "the embedded engine" if endpoint is None else endpoint.address
        if endpoint is None:
            engine = EngineProcess(scenario)
            stack.push_async_callback(engine.close)
            endpoint = Endpoint(await engine.start())
        channel = open_channel(endpoint)
        stack.push_async_callback(channel.close)
        await connect(channel, title)
        yield Calls(channel, endpoint, title)
