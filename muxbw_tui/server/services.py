"""The gRPC services: the stock contract's stream and our own control of a run.

The stock method is served with a hand-made handler on `RunRequest` and `RunEvent`: the generated one would hand over a
`MuxBandwidthRequest` and lose our fields. Stock bytes parse as ours and ours as stock.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import grpc

from muxbw_tui.engine.engine import new_run_id
from muxbw_tui.pb.muxbw_pb2 import RestartRoutesReply, RunEvent, RunRequest, StopRunReply
from muxbw_tui.pb.muxbw_pb2_grpc import MuxControlServicer
from muxbw_tui.server.subscriber import Subscriber, SubscriberCutError

if TYPE_CHECKING:
    from muxbw_tui.engine.run import Run
    from muxbw_tui.pb.muxbw_pb2 import RestartRoutesRequest, StopRunRequest
    from muxbw_tui.server.hub import RunHub

    StreamContext = grpc.aio.ServicerContext[RunRequest, RunEvent]
    StopContext = grpc.aio.ServicerContext[StopRunRequest, StopRunReply]
    RestartContext = grpc.aio.ServicerContext[RestartRoutesRequest, RestartRoutesReply]

log = logging.getLogger(__name__)

RUN_ID_METADATA = "muxbw-run-id"


class PingService:
    """`rpcgrpc.PingService` as far as this engine has it."""

    def __init__(self, hub: RunHub) -> None:
        self._hub = hub

    def handler(self) -> grpc.GenericRpcHandler:
        """Return what a server registers."""
        return grpc.method_handlers_generic_handler(
            "rpcgrpc.PingService",
            {
                "StreamMuxBandwidth": grpc.unary_stream_rpc_method_handler(
                    self.stream_mux_bandwidth,
                    request_deserializer=RunRequest.FromString,
                    response_serializer=RunEvent.SerializeToString,
                )
            },
        )

    async def stream_mux_bandwidth(self, request: RunRequest, context: StreamContext) -> None:
        """Carry a run out and stream its events; a client that leaves ends it, unless it is to linger."""
        run_id = new_run_id()
        await context.send_initial_metadata(((RUN_ID_METADATA, run_id),))
        subscriber = Subscriber(extensions=request.extensions)
        task = self._hub.start(run_id, request, subscriber)
        try:
            async for event in subscriber.events():
                await context.write(event)
        except SubscriberCutError as exc:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, str(exc))
        finally:
            if not task.done():
                self._hub.leave(task, request)


class MuxControl(MuxControlServicer):
    """`muxbw.v1.MuxControl`: what a client may ask of a run whose id it knows."""

    def __init__(self, hub: RunHub) -> None:
        self._hub = hub

    async def StopRun(self, request: StopRunRequest, context: StopContext) -> StopRunReply:  # noqa: N802 (gRPC's)
        """End the run with `done`."""
        (await self._find(request.run_id, context)).stop()
        return StopRunReply()

    async def RestartRoutes(  # noqa: N802 (gRPC's)
        self, request: RestartRoutesRequest, context: RestartContext
    ) -> RestartRoutesReply:
        """Begin to set routes up again."""
        return (await self._find(request.run_id, context)).restart_routes(request.route_indexes)

    async def _find(self, run_id: str, context: StopContext | RestartContext) -> Run:
        run = self._hub.engine.find_run(run_id)
        if run is None:
            await context.abort(grpc.StatusCode.NOT_FOUND, f"no run {run_id!r} is under way here")
        return run
