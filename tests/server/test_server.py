"""The server over real gRPC: a stock client, our own, and what is refused."""

from __future__ import annotations

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
import pytest

from muxbw_tui.errors import ConnectError
from muxbw_tui.events import payload_kind
from muxbw_tui.network.local import local_network
from muxbw_tui.network.scenario import load_scenario
from muxbw_tui.server.serve import running_server
from muxbw_tui.sources.channel import Endpoint
from muxbw_tui.sources.stream import STOCK_CANNOT_CONTROL, STOCK_CANNOT_RESTART, GrpcSource
from tests.conftest import PATIENCE_S
from tests.server.support import MS, collect, request, server, source_of

if TYPE_CHECKING:
    from muxbw_tui.pb.muxbw_pb2 import RestartRoutesReply

PROTO = Path(__file__).parents[2] / "proto" / "muxbw_tui" / "pb" / "ping.proto"


@pytest.fixture(scope="module")
def stock(
    tmp_path_factory: pytest.TempPathFactory,
) -> tuple[Any, Any]:  # generated modules have no static type
    """Generate a client from ping.proto alone, in a package of its own, as any stock client is."""
    directory = tmp_path_factory.mktemp("stock")
    shutil.copy(PROTO, directory / "stock_ping.proto")
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{directory}"]
    outputs = [f"--python_out={directory}", f"--grpc_python_out={directory}", "stock_ping.proto"]
    subprocess.run([*command, *outputs], check=True)
    script = directory / "client.py"
    script.write_text(STOCK_CLIENT)
    return directory, script


STOCK_CLIENT = """
import sys
import grpc
import stock_ping_pb2 as pb
import stock_ping_pb2_grpc as rpc

address, target = sys.argv[1:3]
request = pb.MuxBandwidthRequest(
    target_pk=target, routes=4, min_hops=2, duration_ns=1_000_000_000, sample_interval_ns=200_000_000
)
with grpc.insecure_channel(address) as channel:
    for event in rpc.PingServiceStub(channel).StreamMuxBandwidth(request):
        kind = event.WhichOneof("payload")
        if kind == "route_established":
            print(kind, ",".join(hop.to for hop in event.route_established.hops[:-1]))
        elif kind == "done":
            print(kind, event.done.termination_reason, event.done.routes_established)
        else:
            print(kind)
"""


async def test_a_client_generated_from_the_stock_contract_alone_drives_the_engine(
    stock: tuple[Path, Path],
) -> None:
    """The contract is the product's promise: four disjoint routes, nothing unknown, done (duration)."""
    directory, script = stock
    async with (
        local_network(load_scenario("healthy")) as network,
        running_server(network, "127.0.0.1:0") as running,
    ):
        client = await asyncio.create_subprocess_exec(
            *(sys.executable, str(script), running.address, network.topology.target),
            cwd=directory,
            stdout=asyncio.subprocess.PIPE,
        )
        output, _ = await asyncio.wait_for(client.communicate(), 3 * PATIENCE_S)
    lines = [line.split() for line in output.decode().splitlines()]
    intermediates = [line[1] for line in lines if line[0] == "route_established"]

    assert client.returncode == 0
    assert len(set(intermediates)) == 4
    assert {line[0] for line in lines} == {"route_established", "sample", "done"}
    assert lines[-1] == ["done", "duration", "4"]


async def test_our_own_client_gets_own_payloads_and_control() -> None:
    """The run id in the metadata is what makes a run controllable."""
    async with server() as running:
        source = source_of(running, request())
        events = await collect(source)

    kinds = [payload_kind(event) for event in events]
    assert kinds[0] == "run_started"
    assert kinds[-1] == "done"
    assert {"phase", "plan"} <= set(kinds)
    assert source.cannot_restart == ""


async def test_a_run_is_stopped_through_control_and_ends_with_done() -> None:
    """A dropped stream could deliver nothing more; the control call lets the summary through."""
    async with server() as running:
        source = source_of(running, request(duration_ns=60_000 * MS))
        events = []
        async for event in source.events():
            events.append(event)
            if payload_kind(event) == "sample":
                await source.stop_run()
        await source.close()

    assert events[-1].done.termination_reason == "context_cancel"


async def test_a_failed_route_is_restarted_through_control() -> None:
    """The operator's key ends here; the reply says what became of each route."""
    async with server("dark") as running:
        source = source_of(running, request(duration_ns=60_000 * MS, keep_open_ns=60_000 * MS))
        replies: list[RestartRoutesReply] = []
        async for event in source.events():
            if payload_kind(event) == "sample" and not replies:
                replies.append(await source.restart_routes([1, 8]))
            if payload_kind(event) == "restarting":
                break
        await source.close()

    assert list(replies[0].restarting) == [1]
    assert [(r.route_index, r.reason) for r in replies[0].not_restarted] == [(8, "the run has no route 8")]
    assert event.restarting.route_index == 1


async def test_a_refused_request_is_an_error_event_and_a_clean_end() -> None:
    """The contract: no gRPC status for what the client can put right."""
    async with server() as running:
        events = await collect(source_of(running, request(target_pk="not-a-public-key")))

    assert [payload_kind(event) for event in events] == ["error"]
    assert events[0].error.code == "invalid_request"
    assert "not-a-public-key" in events[0].error.message


@pytest.mark.parametrize("linger_ms", [0, 200])
async def test_a_client_that_goes_ends_its_run(linger_ms: int) -> None:
    """At once, or after the time for which it asked the run to outlive it; either way nothing is left."""
    async with (
        local_network(load_scenario("healthy")) as network,
        running_server(network, "127.0.0.1:0") as running,
    ):
        tasks_before = asyncio.all_tasks()
        source = GrpcSource(
            Endpoint(running.address), request(duration_ns=60_000 * MS, linger_ns=linger_ms * MS)
        )
        async for event in source.events():
            if payload_kind(event) == "sample":
                break
        await source.close()
        gone_at = asyncio.get_running_loop().time()

        def run_tasks() -> list[str]:
            names = [task.get_name() for task in asyncio.all_tasks() - tasks_before]
            return [name for name in names if name.startswith(("run:", "route:"))]

        async with asyncio.timeout(PATIENCE_S):
            while run_tasks():
                await asyncio.sleep(0.01)

        assert asyncio.get_running_loop().time() - gone_at >= linger_ms / 1000 - 0.1


async def test_a_server_without_control_is_taken_for_a_stock_visor() -> None:
    """It sends no run id; the operator is told what is not possible there, and what is."""

    async def stream(request: bytes, context: grpc.aio.ServicerContext[bytes, bytes]) -> None:
        del request
        recording = Path(__file__).parents[1] / "data" / "recordings" / "invalid-request" / "events.bin"
        await context.write(recording.read_bytes()[1:])

    visor = grpc.aio.server()
    method: grpc.RpcMethodHandler[bytes, bytes] = grpc.unary_stream_rpc_method_handler(stream)
    service = grpc.method_handlers_generic_handler("rpcgrpc.PingService", {"StreamMuxBandwidth": method})
    visor.add_generic_rpc_handlers((service,))
    port = visor.add_insecure_port("127.0.0.1:0")
    await visor.start()
    source = GrpcSource(Endpoint(f"127.0.0.1:{port}"), request())
    events = await collect(source)
    await visor.stop(None)

    assert [payload_kind(event) for event in events] == ["error"]
    assert source.cannot_restart == STOCK_CANNOT_RESTART
    assert source.cannot_control == STOCK_CANNOT_CONTROL
    assert source.run_id is None


async def test_a_server_that_is_not_there_is_named() -> None:
    """The remedy is part of the message."""
    with pytest.raises(ConnectError, match=r"no server answers at 127\.0\.0\.1:1: is it running"):
        await collect(GrpcSource(Endpoint("127.0.0.1:1"), request()))


async def test_a_second_server_on_the_port_is_refused() -> None:
    """Shared, it would get half of the calls, and neither operator would know."""
    async with server() as running, local_network(load_scenario("healthy")) as network:
        with pytest.raises(
            ConnectError, match=r"cannot listen on .*: address already in use: .*--listen takes"
        ):
            async with running_server(network, running.address):
                pass


async def test_an_address_that_cannot_be_listened_on_is_told_with_the_cause(tmp_path: Path) -> None:
    """No other server is looked for where it is a directory that is missing."""
    path = tmp_path / "nowhere" / "x.sock"
    async with local_network(load_scenario("healthy")) as network:
        with pytest.raises(ConnectError, match=rf"unix:{path}: no such file or directory; --listen takes"):
            async with running_server(network, f"unix:{path}"):
                pass
