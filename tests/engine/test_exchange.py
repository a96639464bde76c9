"""The block exchange on one connection, against peers that behave well and badly."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.engine.blocks import status_block
from muxbw_tui.engine.errors import (
    ConnectionClosedError,
    Direction,
    ExchangeError,
    ExchangeTimeoutError,
    NoPingConnectionError,
    RouteBusyError,
)
from muxbw_tui.engine.operations import PingOperations
from muxbw_tui.network.frames import HEADER_BYTES, STATUS, STATUS_BYTES
from muxbw_tui.network.sockets import reset
from muxbw_tui.pb.ping_pb2 import RouteHop
from tests.conftest import eventually
from tests.fakes.network import FakeNetwork
from tests.fakes.peers import Peer, connected, route_config

if TYPE_CHECKING:
    from muxbw_tui.engine.connection import Exchange, PingConnection

pytestmark = pytest.mark.usefixtures("nothing_left")

BLOCK = 32 * 1024
BIG_BLOCK = 8 * 1024 * 1024


@pytest.fixture
def operations() -> PingOperations:
    """Operations on a network without nodes: connections are handed to them."""
    return PingOperations(FakeNetwork())


async def test_two_hundred_operations_are_under_way_at_once(operations: PingOperations) -> None:
    """With a lock held over the round trip the first would wait for ever for the others to be sent."""
    count = 200
    all_arrived = asyncio.Barrier(count)

    async def answer_when_all_have_asked(peer: Peer) -> None:
        block = await peer.read(BLOCK)
        async with all_arrived:
            await peer.write(block)

    configs = [route_config(index) for index in range(count)]
    async with asyncio.timeout(30), asyncio.TaskGroup() as peers:
        stacks = [connected(operations, config, answer_when_all_have_asked) for config in configs]
        for stack in stacks:
            await stack.__aenter__()
        asking = [peers.create_task(operations.ping_once_with_echo(config)) for config in configs]
        echoes = await asyncio.gather(*asking)
        for stack in stacks:
            await stack.__aexit__(None, None, None)

    assert [echo.bytes_received for echo in echoes] == [BLOCK] * count


async def test_the_tables_lock_is_free_while_operations_hang(operations: PingOperations) -> None:
    """The lock guards the look-up and nothing else, so another thread gets it in the middle of an exchange."""
    config = route_config()
    async with connected(operations, config) as (connection, peer):
        hanging = asyncio.ensure_future(operations.ping_once_with_echo(config))
        await peer.read(BLOCK)
        found: list[PingConnection | None] = []
        other = threading.Thread(target=lambda: found.append(operations.table.find(config.ref)))
        other.start()
        other.join(timeout=5)
        hanging.cancel()
        await asyncio.gather(hanging, return_exceptions=True)

    assert found == [connection]


async def test_indexes_never_dialled_fail_each_naming_its_own(operations: PingOperations) -> None:
    """A look-up that falls back to another index sends one route's blocks over another's connection."""
    configs = [route_config(index) for index in range(200)]

    results = await asyncio.gather(
        *(operations.ping_once_with_echo(config) for config in configs), return_exceptions=True
    )

    assert [str(error) for error in results] == [
        f"no ping connection for {config.target}#{index}, call DialPing first"
        for index, config in enumerate(configs)
    ]


@pytest.mark.parametrize("index", [0, 1, 2, 7])
@pytest.mark.parametrize("operation", ["ping_once", "ping_once_with_echo"])
async def test_every_operation_gets_the_very_config_it_was_called_with(
    operations: PingOperations, operation: str, index: int
) -> None:
    """An adapter that copied field by field once forgot the index; here nothing is copied."""
    hops = (RouteHop(tp_id="t", to="b"),)
    config = replace(route_config(index), min_hops=3, hops=hops)

    with pytest.raises(NoPingConnectionError, match=rf"#{index}, call DialPing first$") as caught:
        await getattr(operations, operation)(config)

    assert caught.value.config is config
    assert (caught.value.config.min_hops, caught.value.config.hops) == (3, hops)


@pytest.mark.parametrize(
    ("block_bytes", "direction"), [(BLOCK, Direction.READ), (BIG_BLOCK, Direction.WRITE)]
)
async def test_a_peer_that_never_reads_is_a_timeout_naming_the_direction(
    operations: PingOperations, block_bytes: int, direction: Direction
) -> None:
    """A write without a deadline once hung for good; a small block is swallowed by the kernel and times out reading."""
    config = route_config(block_bytes=block_bytes, io_timeout_s=0.3)
    async with connected(operations, config):
        with pytest.raises(ExchangeTimeoutError) as caught:
            await operations.ping_once_with_echo(config)

    assert caught.value.direction is direction
    assert str(caught.value) == f"{direction.value}: i/o timeout"


async def test_a_shorter_deadline_is_not_hidden_by_a_longer_one(operations: PingOperations) -> None:
    """One timer serves the connection; it must fire for whichever deadline comes first."""
    long, short = route_config(io_timeout_s=30.0), route_config(io_timeout_s=0.3)
    async with connected(operations, long) as (_, peer):
        first = asyncio.ensure_future(operations.ping_once(long))
        await peer.write(await peer.read(64))
        await first
        with pytest.raises(ExchangeTimeoutError):
            await asyncio.wait_for(operations.ping_once_with_echo(short), 5)


async def test_a_peer_that_speaks_another_language_is_named_at_once(operations: PingOperations) -> None:
    """Waiting for the rest of a block that never was one would end in a timeout that blames the path."""
    config = route_config()
    async with connected(operations, config, lambda peer: peer.write(b"HTTP/1.1 400 Bad Request\r\n")):
        with pytest.raises(ExchangeError, match=r"came back different|nobody asked for"):
            await asyncio.wait_for(operations.ping_once_with_echo(config), 5)


async def test_closing_a_route_resets_it(operations: PingOperations) -> None:
    """The far end must learn at once that nothing more comes, whatever is unsent."""
    config = route_config()
    async with connected(operations, config) as (_, peer):
        operations.stop_ping_route(config)
        with pytest.raises(ConnectionResetError):
            await asyncio.wait_for(peer.read(1), 5)


async def test_a_peer_that_trickles_does_not_hold_an_operation_open(operations: PingOperations) -> None:
    """The deadline is for the whole operation: progress does not extend it."""
    config = route_config(io_timeout_s=0.4)

    async def trickle(peer: Peer) -> None:
        block = await peer.read(BLOCK)
        for byte in block:
            await peer.write(bytes([byte]))
            await asyncio.sleep(0.02)

    async with connected(operations, config, trickle):
        with pytest.raises(ExchangeTimeoutError, match="read echo: i/o timeout"):
            await operations.ping_once_with_echo(config)


async def test_an_idle_pause_beyond_the_deadline_leaves_a_connection_usable(
    operations: PingOperations,
) -> None:
    """A deadline that outlives its operation would fail the next one, or the connection while it is idle."""
    config = route_config(io_timeout_s=1.0)
    async with connected(operations, config, Peer.echo):
        for _ in range(2):
            await operations.ping_once_with_echo(config)
            await asyncio.sleep(1.1)  # the passing of time itself is what is tested
        echo = await operations.ping_once_with_echo(config)

    assert echo.bytes_received == BLOCK


async def test_a_cancelled_operation_leaves_the_connection_in_step(operations: PingOperations) -> None:
    """The echo of what was given up is read and dropped, so the next operation gets its own."""
    config = route_config(io_timeout_s=1.0)
    async with connected(operations, config) as (connection, peer):
        given_up = asyncio.ensure_future(operations.ping_once_with_echo(config))
        first = await peer.read(BLOCK)
        given_up.cancel()
        await asyncio.gather(given_up, return_exceptions=True)
        await asyncio.sleep(1.1)  # the deadline of what was given up passes

        assert not connection.closed
        following = asyncio.ensure_future(operations.ping_once_with_echo(config))
        await peer.write(first)
        await peer.write(await peer.read(BLOCK))
        echo = await following

    assert given_up.cancelled()
    assert echo.bytes_received == BLOCK


async def test_a_refused_operation_leaves_the_connection_usable(operations: PingOperations) -> None:
    """Two operations on one connection would mix their bytes; the second is refused, the first goes on."""
    config = route_config(7)
    async with connected(operations, config) as (_, peer):
        first = asyncio.ensure_future(operations.ping_once_with_echo(config))
        block = await peer.read(BLOCK)
        with pytest.raises(RouteBusyError, match=r"#7 is busy"):
            await operations.ping_once(config)
        await peer.write(block)

        assert (await first).bytes_received == BLOCK


async def test_stopping_a_route_fails_its_operation_at_once(operations: PingOperations) -> None:
    """An orderly close with unsent bytes may never report; the operator's stop must."""
    config = route_config(block_bytes=BIG_BLOCK)
    async with connected(operations, config):
        hanging = asyncio.ensure_future(operations.ping_once_with_echo(config))
        await asyncio.sleep(0)
        assert operations.stop_ping_route(config)
        with pytest.raises(ConnectionClosedError, match="use of closed connection"):
            await asyncio.wait_for(hanging, 5)

    assert len(operations.table) == 0
    assert not operations.stop_ping_route(config)


async def test_an_echo_that_differs_is_a_failure(operations: PingOperations) -> None:
    """Bytes that were not ours must not be counted as carried."""
    config = route_config()

    async def corrupt(peer: Peer) -> None:
        block = bytearray(await peer.read(BLOCK))
        block[-1] ^= 1
        await peer.write(bytes(block))

    async with connected(operations, config, corrupt):
        with pytest.raises(ExchangeError, match="read echo: block 1 came back different"):
            await operations.ping_once_with_echo(config)


@pytest.mark.parametrize(
    ("orderly", "reason"), [(True, "connection closed by peer"), (False, "connection reset by peer")]
)
async def test_a_peer_that_goes_away_while_idle_is_named_by_the_next_operation(
    operations: PingOperations, *, orderly: bool, reason: str
) -> None:
    """What closed the connection is the reason an operator needs, not that it is closed."""
    config = route_config()
    async with connected(operations, config) as (connection, peer):
        if orderly:
            peer.sock.close()
        else:
            reset(peer.sock)
        await eventually(lambda: connection.closed)
        with pytest.raises(ExchangeError, match=f"read echo: {reason}"):
            await operations.ping_once(config)


async def test_bytes_that_nobody_asked_for_end_the_connection(operations: PingOperations) -> None:
    """Taken as the beginning of the next echo they would corrupt it silently."""
    async with connected(operations, route_config()) as (connection, peer):
        await peer.write(b"garbage")
        await eventually(lambda: connection.closed)
        with pytest.raises(ExchangeError, match="bytes that nobody asked for"):
            await operations.ping_once(route_config())


async def test_the_teardown_of_an_old_connection_keeps_the_new_entry(operations: PingOperations) -> None:
    """A restart may have registered its connection before the old pump has finished."""
    config = route_config()
    async with connected(operations, config) as (old, _), connected(operations, config) as (new, _):
        assert old.closed
        assert not operations.stop_ping_route(config, only=old)
        assert operations.table.find(config.ref) is new
        assert not new.closed


async def test_a_responder_cannot_need_more_than_a_core(operations: PingOperations) -> None:
    """Its share comes from the wire: the screen would print whatever a faulty or hostile one writes."""
    config = route_config()
    async with connected(operations, config) as (connection, peer):
        ended: asyncio.Future[Exchange] = asyncio.get_running_loop().create_future()
        connection.submit(status_block(), timeout_s=config.io_timeout_s, on_done=ended.set_result)
        status = bytearray(await peer.read(STATUS_BYTES))
        STATUS.pack_into(status, HEADER_BYTES, 2**32 - 1)
        await peer.write(bytes(status))

        assert (await ended).cpu_share == 1.0
