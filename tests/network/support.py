"""What the tests of the network share: small scenarios, frames, and reading from raw sockets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from muxbw_tui.network.frames import HEADER, HEADER_BYTES, MAGIC
from muxbw_tui.network.scenario import Scenario, parse_scenario

if TYPE_CHECKING:
    import socket

TWO_HOPS = """
name = "two hops"
source = "here"
target = "there"
[[node]]
name = "osaka"
[[link]]
between = ["here", "osaka"]
[[link]]
between = ["osaka", "there"]
[[link]]
between = ["here", "there"]
"""

RELAYED = ("here", "osaka", "there")
DIRECT = ("here", "there")


def scenario(text: str = TWO_HOPS, *, faults: str = "") -> Scenario:
    """Return the scenario in a text, with further tables appended."""
    return parse_scenario(text + faults, file="test.toml")


def frame(size: int, sequence: int = 1) -> bytes:
    """Return a whole frame whose payload tells where a byte went missing."""
    payload = bytes(index % 251 for index in range(size - HEADER_BYTES))
    return HEADER.pack(MAGIC, size, sequence) + payload


async def receive_exactly(sock: socket.socket, size: int) -> bytes:
    """Return the next `size` bytes; fewer where the peer ended before."""
    received = bytearray()
    while len(received) < size:
        piece = await asyncio.get_running_loop().sock_recv(sock, size - len(received))
        if not piece:
            break
        received += piece
    return bytes(received)


async def echo(sock: socket.socket, block: bytes) -> bytes:
    """Send a block and return what comes back, reading while it sends."""
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as group:
        group.create_task(loop.sock_sendall(sock, block))
        received = group.create_task(receive_exactly(sock, len(block)))
    return received.result()


async def how_it_ends(sock: socket.socket) -> str:
    """Read until the peer ends the connection; return `closed` or `reset`."""
    try:
        while await asyncio.get_running_loop().sock_recv(sock, 65536):
            pass
    except ConnectionError:
        return "reset"
    return "closed"
