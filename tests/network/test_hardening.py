"""What strangers can do at a node's port: it costs bounded memory and time, a log line, and no running route."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.network import handshake, sockets, throttle
from muxbw_tui.network.throttle import LINES_A_PERIOD, ThrottledLog
from tests.conftest import eventually
from tests.network.support import (
    echo,
    frame,
    how_it_ends,
    lone_node,
    read_answer,
    read_challenge,
    receive_exactly,
    send_set_up,
)

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator

    from muxbw_tui.network.node import Node

TCP_TABLE = Path("/proc/net/tcp")

pytestmark = pytest.mark.usefixtures("nothing_left")


@contextlib.asynccontextmanager
async def running_route(node: Node) -> AsyncIterator[socket.socket]:
    """Hold a route that was up before, and see at the end that it is as it was."""
    with await sockets.connect(node.address) as sock:
        await send_set_up(sock)
        assert (await read_answer(sock)).ok
        assert await echo(sock, frame(5000)) == frame(5000)
        yield sock
        assert await echo(sock, frame(5000, 2)) == frame(5000, 2)


@pytest.mark.parametrize("seed", range(20))
async def test_random_bytes_end_in_a_log_line(seed: int, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever comes, nothing but that connection ends."""
    caplog.set_level(logging.INFO)
    rng = random.Random(seed)
    async with lone_node() as node, running_route(node):
        with await sockets.connect(node.address) as sock:
            with contextlib.suppress(ConnectionError):
                await asyncio.get_running_loop().sock_sendall(sock, rng.randbytes(rng.randrange(4, 40_000)))
                sock.shutdown(1)
            await how_it_ends(sock)
        await eventually(lambda: node.connection_count == 1)
    assert any("127.0.0.1:" in record.message for record in caplog.records)


@pytest.mark.parametrize("length", [handshake.MAX_MESSAGE_BYTES + 1, 2**31, 2**32 - 1])
async def test_a_huge_length_is_refused_before_anything_is_read(
    length: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Four bytes must not make a node reserve four gigabytes."""
    async with lone_node() as node, running_route(node):
        with await sockets.connect(node.address) as sock:
            await asyncio.get_running_loop().sock_sendall(sock, length.to_bytes(4))

            assert await how_it_ends(sock) == "closed"
    assert any(f"a length of {length} is over the limit" in record.message for record in caplog.records)


@pytest.mark.parametrize("said", [b"", b"\0\0", b"\0\0\x10\0", b"\0\0\x10\0" + b"x" * 100])
async def test_half_a_message_and_silence_ends_with_the_challenge(
    said: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """A peer that trickles gets no more time than one that says nothing."""
    caplog.set_level(logging.INFO)
    async with lone_node(challenge_lifetime_s=0.05) as node, running_route(node):
        with await sockets.connect(node.address) as sock:
            await asyncio.get_running_loop().sock_sendall(sock, said)

            assert await how_it_ends(sock) in ("closed", "reset")
    assert any("no answer to the challenge" in record.message for record in caplog.records)


async def test_half_a_frame_and_silence_keeps_nobody_else_waiting() -> None:
    """On a route silence is the source's own affair: the others go on, and so does this one when it speaks again."""
    block = frame(5000, 2)
    async with lone_node() as node, running_route(node), running_route(node) as silent:
        await asyncio.get_running_loop().sock_sendall(silent, block[:7])
        async with running_route(node):
            pass
        await asyncio.get_running_loop().sock_sendall(silent, block[7:])

        assert await receive_exactly(silent, len(block)) == block


async def test_silent_connections_beyond_the_limit_push_the_oldest_out(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Hundreds of them hold a bounded number of descriptors, and one that speaks gets in between them."""
    most = 50
    async with (
        lone_node(max_strangers=most) as node,
        running_route(node),
        contextlib.AsyncExitStack() as stack,
    ):
        for number in range(600):
            stack.enter_context(await sockets.connect(node.address))
            assert node.connection_count <= most + 1
            if number % 150 == 0:
                async with running_route(node):
                    pass
        await eventually(lambda: node.connection_count == most + 1)

    lines = [record for record in caplog.records if "the oldest of 50 connections" in record.message]
    assert 0 < len(lines) <= LINES_A_PERIOD


async def test_a_node_that_was_flooded_is_as_new_when_the_flood_is_over() -> None:
    """Memory that is not given back would end the node a week later."""
    async with lone_node(challenge_lifetime_s=0.05) as node:
        async with contextlib.AsyncExitStack() as stack:
            for _ in range(300):
                stack.enter_context(await sockets.connect(node.address))
            await eventually(lambda: node.connection_count == 0)
        async with running_route(node):
            pass


async def test_a_peer_that_leaves_after_the_challenge_is_forgotten_at_once() -> None:
    """Port scanners do nothing else."""
    async with lone_node() as node:
        with await sockets.connect(node.address) as sock:
            await read_challenge(sock)
        await eventually(lambda: node.connection_count == 0)


async def test_an_allowed_key_cannot_fill_the_log_either(caplog: pytest.LogCaptureFixture) -> None:
    """To be let in is not to be trusted with the disk."""
    async with lone_node() as node:
        for _ in range(LINES_A_PERIOD + 10):
            with await sockets.connect(node.address) as sock:
                await send_set_up(sock)
                assert (await read_answer(sock)).ok
                await asyncio.get_running_loop().sock_sendall(sock, b"x" * 64)
                assert await how_it_ends(sock) == "reset"

    lines = [line for line in caplog.messages if "a frame begins with 78787878" in line]
    assert len(lines) == LINES_A_PERIOD


@pytest.mark.skipif(not TCP_TABLE.exists(), reason="the kernel's table says who asks whether a peer is there")
async def test_a_route_whose_source_lost_its_power_is_found_out() -> None:
    """No end comes from such a host, and each of its routes would count against its limit for ever."""
    async with lone_node() as node, running_route(node) as sock:
        ends = (port_in_table(node.address), port_in_table(sockets.address_of(sock)))
        await eventually(lambda: ends in asked_whether_they_are_there())


def port_in_table(address: str) -> str:
    """Return an address's port as the kernel writes it."""
    return f"{int(address.rpartition(':')[2]):04X}"


def asked_whether_they_are_there() -> set[tuple[str, str]]:
    """Return the ports, own and peer's, of the connections whose keep-alive timer runs."""
    rows = [line.split() for line in TCP_TABLE.read_text().splitlines()[1:]]
    return {(row[1][-4:], row[2][-4:]) for row in rows if row[5].startswith("02:")}


def test_a_flood_of_complaints_becomes_a_few_lines_and_a_count(caplog: pytest.LogCaptureFixture) -> None:
    """A full disk is an outage too."""
    complaints = ThrottledLog(logging.getLogger("test"))

    for number in range(1000):
        complaints.warning("complaint %d", number)
    complaints.flush()

    messages = [record.message for record in caplog.records]
    assert messages[0] == "complaint 0"
    assert len(messages) == LINES_A_PERIOD + 1
    assert messages[-1].startswith(f"{1000 - LINES_A_PERIOD} more of these")


def test_a_new_period_begins_with_the_count_of_the_old_one(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is going on now must be in the log, whatever there was before."""
    complaints = ThrottledLog(logging.getLogger("test"))
    for _ in range(LINES_A_PERIOD + 5):
        complaints.warning("old")
    monkeypatch.setattr(throttle, "PERIOD_S", 0.0)

    complaints.warning("new")

    assert [record.message for record in caplog.records][-2:][0].startswith("5 more of these")
    assert caplog.records[-1].message == "new"
