"""Nodes over real sockets: what a route carries, how it ends, and what strangers can do at the port."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import os
import resource
import socket
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.errors import SetUpError
from muxbw_tui.network import handshake, sockets
from muxbw_tui.network.local import LocalNetwork, local_network
from muxbw_tui.network.topology import find_node, hop_over, hops_along, make_transport
from muxbw_tui.pb.muxbw_pb2 import SetUp, Topology
from muxbw_tui.units import NS_PER_S
from tests.conftest import PATIENCE_S, eventually
from tests.network.support import (
    DIRECT,
    OSAKA,
    RELAYED,
    THERE,
    echo,
    frame,
    how_it_ends,
    lone_node,
    read_answer,
    read_signed,
    receive_exactly,
    relayed,
    scenario,
    send_set_up,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from muxbw_tui.network.node import Node

pytestmark = pytest.mark.usefixtures("nothing_left")

MIB = 1024 * 1024


async def dial(network: LocalNetwork, path: Sequence[str] = RELAYED, *, index: int = 0) -> socket.socket:
    """Set a route up along the named nodes."""
    hops = hops_along(network.topology, path)
    return await network.dial(hops, run_id="run", route_index=index, timeout_s=10)


async def responder_at(node: Node) -> socket.socket:
    """Return a connection on which a lone node is the responder."""
    sock = await sockets.connect(node.address)
    await send_set_up(sock)
    assert (await read_answer(sock)).ok
    return sock


@pytest.mark.parametrize("path", [DIRECT, RELAYED])
@pytest.mark.parametrize("size", [16, 17, 32 * 1024, 8 * MIB])
async def test_a_frame_comes_back_as_it_went(path: Sequence[str], size: int) -> None:
    """The pump counts a block only when its echo is intact, from the smallest to the largest."""
    async with local_network(scenario()) as network:
        with await dial(network, path) as sock:
            assert await echo(sock, frame(size)) == frame(size)


async def test_the_relay_counts_the_route_s_bytes_and_not_the_set_up() -> None:
    """The network's counters must equal those of the legs, headers included."""
    async with local_network(scenario()) as network:
        with await dial(network) as sock:
            for sequence in range(1, 6):
                await echo(sock, frame(1000, sequence))
            counters = await network.counters()

    osaka = find_node(network.topology, "osaka")
    (relay,) = (node for node in counters.nodes if node.key == osaka)
    others = [node for node in counters.nodes if node.key != osaka]
    assert (relay.bytes_to_target, relay.bytes_to_source) == (5000, 5000)
    assert not any(node.bytes_to_target or node.bytes_to_source for node in others)


async def test_a_half_close_travels_to_the_target_and_back_after_the_last_byte() -> None:
    """What was sent before the end must still be echoed; then the route is over at every node."""
    async with local_network(scenario()) as network:
        with await dial(network) as sock:
            block = frame(2 * MIB)
            async with asyncio.TaskGroup() as group:
                received = group.create_task(receive_exactly(sock, len(block) + 1))
                await asyncio.get_running_loop().sock_sendall(sock, block)
                sock.shutdown(socket.SHUT_WR)

            assert received.result() == block
        await eventually(lambda: not network.connection_count)


async def test_a_reset_by_the_source_ends_the_route_at_every_node() -> None:
    """A stopped route must not live on at relays."""
    async with local_network(scenario()) as network:
        sock = await dial(network)
        await echo(sock, frame(64))

        sockets.reset(sock)

        await eventually(lambda: not network.connection_count)


async def test_a_reset_by_the_source_ends_a_route_whose_bytes_are_stuck() -> None:
    """With every buffer full nobody reads, and still the route must end at every node."""
    async with local_network(scenario()) as network:
        sock = await dial(network)
        await fill(sock)

        sockets.reset(sock)

        await eventually(lambda: not network.connection_count)


async def test_a_relay_that_goes_away_resets_its_neighbours() -> None:
    """A died route must be told from a finished one."""
    async with local_network(scenario()) as network:
        with await dial(network) as sock:
            await echo(sock, frame(64))

            network.node("osaka").close()

            assert await how_it_ends(sock) == "reset"


async def test_a_peer_that_does_not_read_is_not_read_from() -> None:
    """Memory at the nodes stays bounded: the kernel's buffers fill, then the sender has to wait."""
    async with local_network(scenario()) as network:
        with await dial(network) as sock:
            block = frame(8 * MIB)
            sent = await fill(sock)

            received = await receive_exactly(sock, sent)

    stream = block * (sent // len(block) + 1)
    assert received == stream[:sent]


async def fill(sock: socket.socket) -> int:
    """Send frames without reading until nothing is taken any more; return how many bytes went."""
    stream = memoryview(frame(8 * MIB) * 8)
    sent = 0
    idle = 0
    while idle < 50:
        try:
            sent += sock.send(stream[sent : sent + 65536])
            idle = 0
        except BlockingIOError:
            idle += 1
            await asyncio.sleep(0.002)
    assert sent < len(stream), "64 MiB went without anybody reading"
    return sent


async def test_a_relay_names_itself_when_it_cannot_go_on(caplog: pytest.LogCaptureFixture) -> None:
    """The source can then plan around that node, and the relay's own operator read what is missing."""
    async with local_network(scenario()) as network:
        network.node("there").close()
        with pytest.raises(SetUpError) as raised:
            await dial(network)

    assert raised.value.failed_at == find_node(network.topology, "osaka")
    assert "there" in str(raised.value)
    assert any("osaka: took no route of" in line and str(raised.value) in line for line in caplog.messages)


async def test_an_early_frame_waits_for_the_route(caplog: pytest.LogCaptureFixture) -> None:
    """A dialler that does not wait for the answer loses nothing and breaks nothing."""
    async with lone_node() as node:
        with await sockets.connect(node.address) as sock:
            await send_set_up(sock)
            await asyncio.get_running_loop().sock_sendall(sock, frame(100))

            assert (await read_answer(sock)).ok
            assert await receive_exactly(sock, 100) == frame(100)
    assert not caplog.records


@pytest.mark.parametrize(
    "garbage",
    [
        b"GET / HTTP/1.1\r\nHost: osaka\r\n\r\n",
        b"\xff\xff\xff\xff",
        b"\x00\x01\x00\x01" + b"x" * 100,
        b"\x00\x00\x00\x04\xff\xff\xff\xff",
        b"\x00\x00\x00\x00",
    ],
)
async def test_garbage_in_place_of_a_set_up_is_closed_and_logged(
    garbage: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """A port scanner must cost a node one line of its log."""
    async with lone_node() as node:
        with await sockets.connect(node.address) as sock:
            await asyncio.get_running_loop().sock_sendall(sock, garbage)

            assert await how_it_ends(sock) in ("closed", "reset")
        await eventually(lambda: not node.connection_count)
    assert any("refused 127.0.0.1:" in record.message for record in caplog.records)


@pytest.mark.parametrize("said", [b"", b"\0", b"\0\0\0\x10half"])
async def test_a_peer_that_falls_silent_is_closed(said: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """Half a message must not hold a node's memory for ever."""
    caplog.set_level(logging.INFO)
    async with lone_node(challenge_lifetime_s=0.05) as node:
        with await sockets.connect(node.address) as sock:
            await asyncio.get_running_loop().sock_sendall(sock, said)

            assert await how_it_ends(sock) == "closed"
        await eventually(lambda: not node.connection_count)
    assert any("no answer to the challenge" in record.message for record in caplog.records)


async def test_a_source_that_leaves_while_the_next_node_is_silent_takes_the_relay_s_half_with_it() -> None:
    """Nobody can use the route any more, and a node that hangs must not hold what leads to it until the deadline."""
    loop = asyncio.get_running_loop()
    with sockets.listen(sockets.ANY_LOOPBACK_PORT) as listener:
        leads_on = make_transport(
            OSAKA.public_key, THERE.public_key, kind="stcpr", address=sockets.address_of(listener)
        )
        hop = hop_over(leads_on)
        async with lone_node(topology=Topology(transports=[leads_on])) as osaka:
            with await sockets.connect(osaka.address) as source:
                await send_set_up(source, SetUp(run_id="run", timeout_ns=600 * NS_PER_S, hops=[hop]))
                far, _ = await loop.sock_accept(listener)
                sockets.prepare(far)
                await sockets.send_message(far, handshake.encode(handshake.make_challenge(THERE.public_key)))
                granted = await read_answer(source)
                await send_set_up(source, challenge=granted.challenge)
                await read_signed(far)
            with far:
                async with asyncio.timeout(PATIENCE_S):
                    assert await how_it_ends(far) == "reset"


class GivenUp(socket.socket):
    """A connection whose peer the kernel gives up, as keep-alive does, once the test says so."""

    is_given_up = False

    def recv(self, size: int, flags: int = 0) -> bytes:
        """Read, or fail where there would be something to read."""
        read = super().recv(size, flags)
        if self.is_given_up:
            raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT))
        return read


@contextlib.asynccontextmanager
async def adopted_by(node: Node) -> AsyncIterator[tuple[socket.socket, GivenUp]]:
    """Have a node take a connection; yields the peer's end and the node's."""
    with sockets.listen(sockets.ANY_LOOPBACK_PORT) as listener:
        sock = await sockets.connect(sockets.address_of(listener))
        near, _ = await asyncio.get_running_loop().sock_accept(listener)
    with sock:
        given_up = GivenUp(fileno=near.detach())
        sockets.prepare(given_up)
        node.adopt(given_up)
        yield sock, given_up


async def test_a_peer_that_the_kernel_gives_up_is_not_said_to_leave_the_challenge_unanswered(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whoever reads the log looks for the fault where it says: on the way, and not at the caller."""
    caplog.set_level(logging.INFO)
    async with lone_node() as node, adopted_by(node) as (sock, at_node):
        at_node.is_given_up = True
        await asyncio.get_running_loop().sock_sendall(sock, b"x")

        await eventually(lambda: any("closed 127.0.0.1:" in line for line in caplog.messages))
    assert any(line.endswith("connection timed out") for line in caplog.messages)


async def test_a_source_that_the_kernel_gives_up_is_not_blamed_on_the_next_node(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A relay must not accuse a node that was there all the time."""
    caplog.set_level(logging.INFO)
    async with relayed() as (topology, (osaka, _)), adopted_by(osaka) as (sock, at_node):
        await send_set_up(
            sock, SetUp(run_id="run", timeout_ns=10**10, hops=hops_along(topology, RELAYED)[1:])
        )
        assert (await read_answer(sock)).ok
        at_node.is_given_up = True
        await asyncio.get_running_loop().sock_sendall(sock, b"x")

        await eventually(lambda: any("closed 127.0.0.1:" in line for line in caplog.messages))
    assert any(line.endswith("connection timed out") for line in caplog.messages)


@pytest.mark.parametrize("before", [b"", frame(100)])
async def test_bytes_that_are_no_frame_end_the_route_with_a_log_record(
    before: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """A stream that lost its place must not be echoed as if nothing were wrong."""
    async with lone_node() as node:
        with await responder_at(node) as sock:
            await asyncio.get_running_loop().sock_sendall(sock, before + b"x" * 64)

            assert await how_it_ends(sock) == "reset"
        await eventually(lambda: not node.connection_count)
    assert any("a frame begins with 78787878" in record.message for record in caplog.records)


async def test_half_a_frame_and_the_end_closes_the_route() -> None:
    """A source that dies in mid-frame must not leave a responder waiting for the rest."""
    async with lone_node() as node:
        with await responder_at(node) as sock:
            await asyncio.get_running_loop().sock_sendall(sock, frame(1000)[:500])
            sock.shutdown(socket.SHUT_WR)

            assert await receive_exactly(sock, 1000) == frame(1000)[:500]
        await eventually(lambda: not node.connection_count)


async def test_a_frame_starts_back_before_it_is_whole() -> None:
    """An echo that waits for the whole of 8 MiB would hold 8 MiB for each of a thousand routes."""
    async with lone_node() as node:
        with await responder_at(node) as sock:
            block = frame(8 * MIB)
            await asyncio.get_running_loop().sock_sendall(sock, block[:1000])

            assert await receive_exactly(sock, 1000) == block[:1000]


async def test_a_node_without_descriptors_says_so_and_takes_the_connection_later(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Too many routes for the machine must not end the node, nor spin it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    async with lone_node() as node:
        with await sockets.connect(node.address) as waiting:
            resource.setrlimit(resource.RLIMIT_NOFILE, (0, hard))
            try:
                await eventually(lambda: any("cannot accept" in record.message for record in caplog.records))
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

            await send_set_up(waiting)
            assert (await read_answer(waiting)).ok
