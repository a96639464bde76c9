"""The stock contract's pings, bandwidth tests and route calculation, over routes and over dmsg.

Each call has connections of its own, under a run id of its own, and frees them when it ends, by whatever end. What is
wrong with a request, and what goes wrong with a set-up or a round trip, is said in the message's `error`, followed by
a clean end; a calculated route has no such field, and there it is a gRPC status.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

import grpc

from muxbw_tui.engine.bandwidth import Transfer
from muxbw_tui.engine.engine import new_run_id
from muxbw_tui.engine.errors import PingError
from muxbw_tui.engine.operations import PingOperations
from muxbw_tui.engine.ping_requests import (
    bandwidth_task,
    complete_plan_request,
    dmsg_ping_task,
    ping_task,
)
from muxbw_tui.engine.planner import plan_routes
from muxbw_tui.engine.planning import plan_in_thread
from muxbw_tui.errors import InvalidRequestError, MuxbwError, SetUpError
from muxbw_tui.network.topology import source_of
from muxbw_tui.pb.muxbw_pb2 import PlannedPath, PlanRequest, Topology
from muxbw_tui.pb.ping_pb2 import BandwidthProgress, BandwidthRequest, CalcHop, PingRequest, PingResult
from muxbw_tui.units import KIB, NS_PER_S, format_duration_ns

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator

    from google.protobuf.message import Message

    from muxbw_tui.engine.config import PingConfig
    from muxbw_tui.engine.connection import PingConnection
    from muxbw_tui.engine.engine import Engine
    from muxbw_tui.engine.exchanges import Echo
    from muxbw_tui.engine.limited_paths import Effort
    from muxbw_tui.engine.ping_requests import PingTask
    from muxbw_tui.engine.planner import Hops, RoutePlan

    Context = grpc.aio.ServicerContext[Message, Message]
    Handler = grpc.RpcMethodHandler[Message, Message]

PROGRESS_INTERVAL_S = 1.0
# In the initial metadata of a call whose request is refused: its clean end alone would not tell that from a failure.
ERROR_CODE_METADATA = "muxbw-error-code"
_NS_PER_US = 1_000

Request = TypeVar("Request", bound="Message")


@dataclass(frozen=True, slots=True)
class _Way:
    """How pings go: the operations over a route, or their twins over dmsg."""

    dial: Callable[[PingConfig], Awaitable[PingConnection]]
    ping: Callable[[PingConfig, int], AsyncGenerator[Echo]]
    bandwidth: Callable[[PingConfig, float, float], AsyncGenerator[Transfer]]


class PingRpcs:
    """The part of `rpcgrpc.PingService` that is not about runs."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def handlers(self) -> dict[str, Handler]:
        """Return the handlers by the method's name, for a generic handler of the service."""
        return {
            "StreamPing": _handler(self.stream_ping, PingRequest),
            "StreamDmsgPing": _handler(self.stream_dmsg_ping, PingRequest),
            "StreamBandwidthTest": _handler(self.stream_bandwidth_test, BandwidthRequest),
            "StreamDmsgBandwidthTest": _handler(self.stream_dmsg_bandwidth_test, BandwidthRequest),
            "StreamCalcRoutes": _handler(self.stream_calc_routes, PlanRequest),
        }

    async def stream_ping(self, request: PingRequest, context: Context) -> None:
        """Set a route up, and send pings over it one after the other."""
        with self._operations() as operations:
            way = _Way(operations.dial_ping, operations.ping, operations.bandwidth_test)
            await self._ping(request, context, operations, way, ping_task)

    async def stream_dmsg_ping(self, request: PingRequest, context: Context) -> None:
        """Reach the target over its rendezvous, and send pings one after the other."""
        with self._operations() as operations:
            way = _Way(operations.dial_dmsg_ping, operations.dmsg_ping, operations.dmsg_bandwidth_test)
            await self._ping(request, context, operations, way, dmsg_ping_task)

    async def stream_bandwidth_test(self, request: BandwidthRequest, context: Context) -> None:
        """Set a route up, and send blocks over it for a while."""
        with self._operations() as operations:
            way = _Way(operations.dial_ping, operations.ping, operations.bandwidth_test)
            await self._test_bandwidth(request, context, way)

    async def stream_dmsg_bandwidth_test(self, request: BandwidthRequest, context: Context) -> None:
        """Reach the target over its rendezvous, and send blocks for a while."""
        with self._operations() as operations:
            way = _Way(operations.dial_dmsg_ping, operations.dmsg_ping, operations.dmsg_bandwidth_test)
            await self._test_bandwidth(request, context, way)

    async def stream_calc_routes(self, request: PlanRequest, context: Context) -> None:
        """Plan disjoint routes and name each; without a path there is none to name."""
        try:
            wanted = complete_plan_request(request, self._topology)
            plan = await self._plan(wanted)
        except InvalidRequestError as exc:
            await context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(exc))
        for index, hops in enumerate(plan.routes):
            if hops:
                path = _stock_path(hops)
                if request.extensions:
                    _extend(path, index, plan, self._topology)
                await context.write(path)

    @property
    def _topology(self) -> Topology:
        return self._engine.network.topology

    async def _plan(self, wanted: PlanRequest) -> RoutePlan:
        open_nodes = self._engine.breakers.open_nodes()

        def planned(topology: Topology, effort: Effort) -> RoutePlan:
            topology.source = wanted.src_pk
            return plan_routes(
                topology,
                wanted.dst_pk,
                count=wanted.count,
                min_hops=wanted.min_hops,
                max_hops=wanted.max_hops,
                hops_via=wanted.hops_via,
                last_resort=open_nodes,
                effort=effort,
            )

        return await plan_in_thread(self._topology, planned)

    @contextlib.contextmanager
    def _operations(self) -> Iterator[PingOperations]:
        operations = PingOperations(self._engine.network, breakers=self._engine.breakers)
        try:
            yield operations
        finally:
            operations.stop_all()

    async def _ping(
        self,
        request: PingRequest,
        context: Context,
        operations: PingOperations,
        way: _Way,
        door: Callable[[PingRequest, Topology, str], PingTask],
    ) -> None:
        began_s = time.monotonic()
        try:
            task = door(request, self._topology, new_run_id())
            hops = await operations.plan(task.config)
            planned_s = time.monotonic()
            config = replace(task.config, hops=hops)
            await way.dial(config)
        except (InvalidRequestError, SetUpError) as exc:
            await _mark_refused(context, exc)
            await context.write(PingResult(is_setup=True, error=str(exc)))
            return
        set_up = PingResult(
            is_setup=True,
            latency_ns=_ns(time.monotonic() - planned_s),
            route_hops=[source_of(hops[0]), *(hop.to for hop in hops)],
            route_hop_details=hops,
            route_calc_time_ns=_ns(planned_s - began_s),
        )
        if door is dmsg_ping_task:
            set_up.dmsg_server_pk = hops[0].to
        await context.write(set_up)
        await _send_pings(replace(task, config=config), way, context)

    async def _test_bandwidth(self, request: BandwidthRequest, context: Context, way: _Way) -> None:
        last = Transfer(0, 0, 0.0)
        try:
            task = bandwidth_task(request, self._topology, new_run_id())
            await way.dial(task.config)
            async with contextlib.aclosing(
                way.bandwidth(task.config, task.duration_s, PROGRESS_INTERVAL_S)
            ) as transfers:
                async for last in transfers:
                    await context.write(_progress(last))
        except (InvalidRequestError, SetUpError, PingError) as exc:
            await _mark_refused(context, exc)
            await context.write(_progress(replace(last, final=True), error=str(exc)))


async def _send_pings(task: PingTask, way: _Way, context: Context) -> None:
    """Send pings until all are answered, one fails, or the time for them is over."""
    sequence = 1
    limit_s = task.ping_timeout_s
    ends_s = None if limit_s is None else asyncio.get_running_loop().time() + limit_s
    try:
        async with contextlib.aclosing(way.ping(task.config, task.tries)) as echoes:
            while True:
                # Without the write: one that is cancelled goes on within gRPC, and stands in the way of the next.
                async with asyncio.timeout_at(ends_s):
                    echo = await anext(echoes, None)
                if echo is None:
                    return
                await context.write(PingResult(sequence=sequence, latency_ns=_ns(echo.latency_s)))
                sequence += 1
    except PingError as exc:
        error = str(exc)
    except TimeoutError:
        error = f"the ping timeout of {format_duration_ns(_ns(limit_s or 0))} is over"
    await context.write(PingResult(sequence=sequence, error=error))


def _handler(method: Callable[[Request, Context], Awaitable[None]], request: type[Request]) -> Handler:
    """Return a hand-made handler: the generated ones would lose the fields of a superset."""
    handler: Handler = grpc.unary_stream_rpc_method_handler(
        method,
        request_deserializer=request.FromString,
        response_serializer=lambda message: message.SerializeToString(),
    )
    return handler


async def _mark_refused(context: Context, exc: MuxbwError) -> None:
    if isinstance(exc, InvalidRequestError):
        await context.send_initial_metadata(((ERROR_CODE_METADATA, exc.code),))


def _ns(duration_s: float) -> int:
    return max(round(duration_s * NS_PER_S), 1)


def _progress(transfer: Transfer, *, error: str = "") -> BandwidthProgress:
    """Write a transfer as the stock message does: rates in KB of 1,024 bytes a second."""
    over_s = transfer.elapsed_s or 1.0
    return BandwidthProgress(
        bytes_sent=transfer.bytes_sent,
        bytes_received=transfer.bytes_received,
        elapsed_ns=round(transfer.elapsed_s * NS_PER_S),
        upload_speed=transfer.bytes_sent / KIB / over_s,
        download_speed=transfer.bytes_received / KIB / over_s,
        is_final=transfer.final,
        error=error,
    )


def _stock_path(hops: Hops) -> PlannedPath:
    path = PlannedPath()
    for hop in hops:
        calculated = CalcHop(tp_id=hop.tp_id, to=hop.to)
        setattr(calculated, "from", source_of(hop))
        path.hops.append(calculated)
    return path


def _extend(path: PlannedPath, index: int, plan: RoutePlan, topology: Topology) -> None:
    """Add what the stock message has no field for."""
    hops = plan.routes[index]
    path.route_index = index
    path.tp_types.extend(hop.tp_type for hop in hops)
    path.cost_ns = plan.costs_us[index] * _NS_PER_US
    path.exact = plan.exact
    for key in (source_of(hops[0]), *(hop.to for hop in hops)):
        path.node_names[key] = topology.node_names.get(key, "")
