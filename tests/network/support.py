"""What the tests of the network share: small scenarios, frames, and reading from raw sockets."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from muxbw_tui.network import handshake, sockets
from muxbw_tui.network.admission import Admission, Limits
from muxbw_tui.network.faults import Faults
from muxbw_tui.network.flow import READ_BYTES
from muxbw_tui.network.frames import HEADER, HEADER_BYTES, MAGIC
from muxbw_tui.network.identity import Identity
from muxbw_tui.network.node import Node
from muxbw_tui.network.scenario import Scenario, parse_scenario
from muxbw_tui.network.topology import make_transport
from muxbw_tui.pb.muxbw_pb2 import Challenge, NodeRequest, SetUp, SetUpAnswer, SignedRequest, Topology

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Mapping

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

HERE = Identity.derive(0, "here")
OSAKA = Identity.derive(0, "osaka")
THERE = Identity.derive(0, "there")
STRANGER = Identity.derive(0, "stranger")

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


async def read_challenge(sock: socket.socket) -> Challenge:
    """Return a node's first words."""
    return handshake.decode_challenge(await sockets.read_message(sock))


async def send_set_up(
    sock: socket.socket,
    set_up: SetUp | None = None,
    *,
    by: Identity = HERE,
    challenge: Challenge | None = None,
) -> SignedRequest:
    """Ask a node for a route, by default one that ends there; return what was sent."""
    request = NodeRequest(set_up=set_up or SetUp(run_id="run", timeout_ns=10**10))
    signed = handshake.sign_request(by, challenge or await read_challenge(sock), request)
    await sockets.send_message(sock, handshake.encode(signed))
    return signed


async def read_answer(sock: socket.socket) -> SetUpAnswer:
    """Return what a node answers."""
    return handshake.decode_answer(await sockets.read_message(sock))


async def read_signed(sock: socket.socket) -> tuple[SignedRequest, NodeRequest]:
    """Return what a dialler asks, as it signed it and as it reads; nothing is checked."""
    signed = handshake.decode_signed_request(await sockets.read_message(sock))
    return signed, NodeRequest.FromString(signed.request)


@contextlib.asynccontextmanager
async def lone_node(
    *,
    allowed: Mapping[str, Limits] | None = None,
    identity: Identity = OSAKA,
    topology: Topology | None = None,
    challenge_lifetime_s: float = 10,
    max_strangers: int = 100,
) -> AsyncIterator[Node]:
    """Run one node with nothing around it, called osaka, which allows nobody but here unless told."""
    node = Node(
        "osaka",
        identity,
        topology=topology or Topology(),
        admission=Admission(identity.public_key, {HERE.public_key: Limits()} if allowed is None else allowed),
        faults=Faults([], call_later=asyncio.get_running_loop().call_later),
        scratch=memoryview(bytearray(READ_BYTES)),
        challenge_lifetime_s=challenge_lifetime_s,
        max_strangers=max_strangers,
    )
    async with asyncio.TaskGroup() as group:
        serving = group.create_task(node.serve())
        try:
            yield node
        finally:
            serving.cancel()


@contextlib.asynccontextmanager
async def relayed(
    *, at_osaka: Mapping[str, Limits] | None = None, at_there: Mapping[str, Limits] | None = None
) -> AsyncIterator[tuple[Topology, tuple[Node, Node]]]:
    """Run a relay and a target without links between them, each with an allow-list of its own; here unless told."""
    keys = {
        identity.public_key: name for identity, name in ((HERE, "here"), (OSAKA, "osaka"), (THERE, "there"))
    }
    topology = Topology(source=HERE.public_key, target=THERE.public_key, node_names=keys)
    async with (
        lone_node(identity=THERE, allowed=at_there) as there,
        lone_node(topology=topology, allowed=at_osaka) as osaka,
    ):
        for source, to, address in ((HERE, OSAKA, osaka.address), (OSAKA, THERE, there.address)):
            transport = make_transport(source.public_key, to.public_key, kind="stcpr", address=address)
            topology.transports.append(transport)
        yield topology, (osaka, there)
