"""The services that monitors and explorers use: health and reflection, over real sockets."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

from muxbw_tui.server.security import NO_CREDENTIALS, ServerCredentials
from muxbw_tui.sources.channel import Credentials, Endpoint, open_channel
from tests.fakes.certificates import Authority
from tests.server.support import LONG_NS, read_until, request, server, source_of, watching

if TYPE_CHECKING:
    from muxbw_tui.server.serve import RunningServer

SERVICES = ("rpcgrpc.PingService", "muxbw.v1.MuxControl", "")
OURS = Authority("ours")
SERVER, MONITOR = OURS.sign("server"), OURS.sign("monitor")
TOKEN = "correct-horse-battery-staple"  # noqa: S105 (a test's)
TLS = ServerCredentials(cert=SERVER.cert, key=SERVER.key, token=TOKEN, client_ca=OURS.cert)
SHOWN = Credentials(server_ca=OURS.cert, client_cert=MONITOR.cert, client_key=MONITOR.key, token=TOKEN)


@pytest.mark.parametrize(
    ("asked", "shown"), [(NO_CREDENTIALS, Credentials()), (TLS, SHOWN)], ids=["open", "TLS"]
)
async def test_every_service_says_that_it_serves(asked: ServerCredentials, shown: Credentials) -> None:
    """A load balancer or a supervisor asks by name, or for the whole server; a name it does not know is an error."""
    async with server(credentials=asked) as running:
        endpoint = Endpoint(running.address, shown)
        async with open_channel(endpoint) as channel:
            check = health_pb2_grpc.HealthStub(channel).Check
            answers = [
                await check(health_pb2.HealthCheckRequest(service=service), metadata=endpoint.metadata)
                for service in SERVICES
            ]
            with pytest.raises(grpc.aio.AioRpcError) as unknown:
                await check(health_pb2.HealthCheckRequest(service="other"), metadata=endpoint.metadata)

    assert {answer.status for answer in answers} == {health_pb2.HealthCheckResponse.SERVING}
    assert unknown.value.code() is grpc.StatusCode.NOT_FOUND


async def test_what_a_monitor_may_know_is_guarded_like_everything_else() -> None:
    """Who is not let in learns neither what is served nor whether it is."""
    async with (
        server(credentials=TLS) as running,
        open_channel(Endpoint(running.address, replace(SHOWN, token=""))) as channel,
    ):
        calls = (
            health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest()),
            _listing(channel, ()),
        )
        for call in calls:
            with pytest.raises(grpc.aio.AioRpcError) as refusal:
                await call
            assert refusal.value.code() is grpc.StatusCode.UNAUTHENTICATED


@pytest.mark.parametrize(
    ("asked", "shown"), [(NO_CREDENTIALS, Credentials()), (TLS, SHOWN)], ids=["open", "TLS"]
)
async def test_the_services_are_listed(asked: ServerCredentials, shown: Credentials) -> None:
    """What grpcurl and its like ask first."""
    async with server(credentials=asked) as running:
        endpoint = Endpoint(running.address, shown)
        async with open_channel(endpoint) as channel:
            names = await _listing(channel, endpoint.metadata)

    assert {"rpcgrpc.PingService", "muxbw.v1.MuxControl", "grpc.health.v1.Health"} <= set(names)


async def _listing(channel: grpc.aio.Channel, metadata: tuple[tuple[str, str], ...]) -> list[str]:
    asking = [reflection_pb2.ServerReflectionRequest(list_services="")]
    call = reflection_pb2_grpc.ServerReflectionStub(channel).ServerReflectionInfo(
        iter(asking), metadata=metadata
    )
    answers = [answer async for answer in call]
    return [service.name for answer in answers for service in answer.list_services_response.service]


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
    """The stock service is shown as any stock client knows it."""
    async with server() as running:
        method = await asyncio.to_thread(_reflect, running)

    assert method == "rpcgrpc.MuxBandwidthRequest"


def _reflect(running: RunningServer) -> str:
    with grpc.insecure_channel(running.address) as channel:
        described = ProtoReflectionDescriptorDatabase(channel).FindFileContainingSymbol("rpcgrpc.PingService")
        (service,) = described.service
        return str(service.method[0].input_type.removeprefix("."))


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
