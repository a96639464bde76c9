"""The gRPC services: the stock contract's streams and our own control of a run.

The stock stream of a run is served with a hand-made handler on `RunRequest` and `RunEvent`: the generated one would
hand over a `MuxBandwidthRequest` and lose our fields. Stock bytes parse as ours and ours as stock.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

import grpc

from muxbw_tui.pb.muxbw_pb2 import (
    DetachRunReply,
    ListRunsReply,
    PauseRunReply,
    RestartRoutesReply,
    RunEvent,
    RunRequest,
    RunSummary,
    StopRoutesReply,
    StopRunReply,
)
from muxbw_tui.pb.muxbw_pb2_grpc import MuxControlServicer
from muxbw_tui.server.subscriber import SubscriberCutError

if TYPE_CHECKING:
    from typing import NoReturn

    from google.protobuf.message import Message

    from muxbw_tui.engine.run import Run
    from muxbw_tui.pb.muxbw_pb2 import (
        DetachRunRequest,
        ListRunsRequest,
        PauseRunRequest,
        RestartRoutesRequest,
        StopRoutesRequest,
        StopRunRequest,
        WatchRunRequest,
    )
    from muxbw_tui.server.hub import HostedRun, RunHub

    Context = grpc.aio.ServicerContext[Message, Message]

log = logging.getLogger(__name__)

RUN_ID_METADATA = "muxbw-run-id"
TOLD_METADATA = (
    "muxbw-told"  # how many events come first that a newcomer needs, before those that happen from then on
)


class RunStreams:
    """The streams of runs: that of the client which starts one, and those of the clients which join it."""

    def __init__(self, hub: RunHub) -> None:
        self._hub = hub

    def handlers(self) -> dict[str, grpc.RpcMethodHandler[Message, Message]]:
        """Return the part of `rpcgrpc.PingService` that is about runs, by the method's name."""
        handler: grpc.RpcMethodHandler[Message, Message] = grpc.unary_stream_rpc_method_handler(
            self.stream_mux_bandwidth,
            request_deserializer=RunRequest.FromString,
            response_serializer=RunEvent.SerializeToString,
        )
        return {"StreamMuxBandwidth": handler}

    async def stream_mux_bandwidth(self, request: RunRequest, context: Context) -> None:
        """Carry a run out and stream its events."""
        hosted = self._hub.start(request)
        await self.follow(hosted, context, extensions=request.extensions)

    async def follow(self, hosted: HostedRun, context: Context, *, extensions: bool) -> None:
        """Stream a run's events to a further client until the run ends or the client goes."""
        subscriber = hosted.join(extensions=extensions)
        try:
            metadata = (RUN_ID_METADATA, hosted.run_id), (TOLD_METADATA, str(subscriber.told))
            await context.send_initial_metadata(metadata)
            async for event in subscriber.events():
                await context.write(event)
        except SubscriberCutError as exc:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, str(exc))
        finally:
            hosted.leave(subscriber)


class MuxControl(MuxControlServicer):
    """`muxbw.v1.MuxControl`: what a client may ask of a run whose id it knows."""

    def __init__(self, hub: RunHub, streams: RunStreams) -> None:
        self._hub = hub
        self._streams = streams

    async def StopRun(self, request: StopRunRequest, context: Context) -> StopRunReply:  # noqa: N802 (gRPC's)
        """End the run with `done`."""
        (await self._run(request.run_id, context)).stop()
        return StopRunReply()

    async def RestartRoutes(  # noqa: N802 (gRPC's)
        self, request: RestartRoutesRequest, context: Context
    ) -> RestartRoutesReply:
        """Begin to set routes up again."""
        run = await self._run(request.run_id, context)
        return run.restart_routes(request.route_indexes, prefer_new=request.prefer_new)

    async def StopRoutes(  # noqa: N802 (gRPC's)
        self, request: StopRoutesRequest, context: Context
    ) -> StopRoutesReply:
        """Stop routes on purpose."""
        return (await self._run(request.run_id, context)).stop_routes(request.route_indexes)

    async def PauseRun(self, request: PauseRunRequest, context: Context) -> PauseRunReply:  # noqa: N802 (gRPC's)
        """Let no traffic flow, or let it go on."""
        (await self._run(request.run_id, context)).pause(paused=request.paused)
        return PauseRunReply()

    async def DetachRun(self, request: DetachRunRequest, context: Context) -> DetachRunReply:  # noqa: N802 (gRPC's)
        """Let the run outlive its clients."""
        self._hub.detach(await self._hosted(request.run_id, context))
        return DetachRunReply()

    async def ListRuns(self, request: ListRunsRequest, context: Context) -> ListRunsReply:  # noqa: N802 (gRPC's)
        """Name the runs under way, oldest first."""
        del request, context
        pairs = [(hosted, self._hub.run(hosted.run_id)) for hosted in self._hub.runs]
        return ListRunsReply(runs=[_summary(hosted, run) for hosted, run in pairs if run is not None])

    async def WatchRun(self, request: WatchRunRequest, context: Context) -> None:  # noqa: N802 (gRPC's)
        """Stream what a newcomer needs to know, then the live events."""
        hosted = self._hub.watchable(request.run_id) or await self._hosted(request.run_id, context)
        await self._streams.follow(hosted, context, extensions=True)

    async def _run(self, run_id: str, context: Context) -> Run:
        run = self._hub.run(run_id)
        return run if run is not None else await _not_found(run_id, context)

    async def _hosted(self, run_id: str, context: Context) -> HostedRun:
        hosted = self._hub.hosted(run_id)
        return hosted if hosted is not None else await _not_found(run_id, context)


async def _not_found(run_id: str, context: Context) -> NoReturn:
    await context.abort(grpc.StatusCode.NOT_FOUND, f"no run {run_id!r} is under way here")


def _summary(hosted: HostedRun, run: Run) -> RunSummary:
    return RunSummary(
        run_id=run.run_id,
        request=run.request,
        started_ns=run.started_ns,
        phase=run.phase,
        active_routes=run.active_routes,
        watchers=len(hosted.subscribers),
    )
