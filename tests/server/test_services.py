"""The services that monitors and explorers use: health and reflection, over real sockets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from tests.server.support import LONG_NS, read_until, request, server, source_of, watching

if TYPE_CHECKING:
    from muxbw_tui.server.serve import RunningServer

SERVICES = ("rpcgrpc.PingService", "muxbw.v1.MuxControl", "")


@pytest.mark.parametrize("service", SERVICES)
async def test_every_service_says_that_it_serves(service: str) -> None:
    """A load balancer or a supervisor asks by name, or for the whole server."""
    async with server() as running, grpc.aio.insecure_channel(running.address) as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        answer = await stub.Check(health_pb2.HealthCheckRequest(service=service))

    assert answer.status == health_pb2.HealthCheckResponse.SERVING


async def test_a_server_that_stops_says_so_first() -> None:
    """Whoever watches its health is told before the connection goes."""
    statuses = []
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        async with server() as running:
            channel = grpc.aio.insecure_channel(running.address)
            stub = health_pb2_grpc.HealthStub(channel)
            watch = stub.Watch(health_pb2.HealthCheckRequest(service="rpcgrpc.PingService"))
            statuses.append((await watch.read()).status)
            reading = group.create_task(watch.read())
        statuses.append((await reading).status)
        watch.cancel()
        await channel.close()

    serving = health_pb2.HealthCheckResponse
    assert statuses == [serving.SERVING, serving.NOT_SERVING]


async def test_the_contract_can_be_read_from_the_server() -> None:
    """What grpcurl and its like show: every service, with the stock one as any stock client knows it."""
    async with server() as running:
        names, method = await asyncio.to_thread(_reflect, running)

    assert {"rpcgrpc.PingService", "muxbw.v1.MuxControl", "grpc.health.v1.Health"} <= set(names)
    assert method == "rpcgrpc.MuxBandwidthRequest"


def _reflect(running: RunningServer) -> tuple[list[str], str]:
    with grpc.insecure_channel(running.address) as channel:
        database = ProtoReflectionDescriptorDatabase(channel)
        described = database.FindFileContainingSymbol("rpcgrpc.PingService")
        (service,) = described.service
        return list(database.get_services()), service.method[0].input_type.removeprefix(".")


async def test_connections_that_say_nothing_leave_a_run_as_it_is() -> None:
    """Whoever can reach the port can open connections; the measurement must not notice."""
    async with server() as running:
        source = source_of(running, request(duration_ns=LONG_NS))
        async with watching(source) as events:
            port = int(running.address.rpartition(":")[2])
            silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(200)]
            for _, writer in silent[::2]:
                writer.write(b"\xff" * 1000)
            before = (await read_until(events, "sample")).sample.bytes_received
            await read_until(events, "sample")
            after = (await read_until(events, "sample")).sample.bytes_received
            for _, writer in silent:
                writer.transport.abort()

    assert after > before
