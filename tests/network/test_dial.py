"""Dialling a route: over real sockets, with every way in which it can fail."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.errors import SetUpError
from muxbw_tui.network import handshake, sockets
from muxbw_tui.network.dial import dial_route
from muxbw_tui.network.local import local_network
from muxbw_tui.network.topology import hop_over, hops_along, make_hop
from muxbw_tui.pb.muxbw_pb2 import SetUp, SetUpAnswer, Topology, Transport
from tests.conftest import eventually
from tests.network.support import RELAYED, echo, frame, receive_exactly, scenario

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from muxbw_tui.pb.ping_pb2 import RouteHop

pytestmark = pytest.mark.usefixtures("nothing_left")

HERE, OSAKA, THERE = "02aa", "03bb", "02cc"


def topology_to(address: str) -> Topology:
    """Return a topology whose only transport leads from here to osaka."""
    transport = Transport(tp_id="t1", to=OSAKA, kind="stcpr", address=address)
    setattr(transport, "from", HERE)
    return Topology(node_names={HERE: "here", OSAKA: "osaka"}, transports=[transport])


def two_hops(topology: Topology) -> list[RouteHop]:
    """Return the hop to osaka and one further on."""
    further = make_hop(tp_id="t2", source=OSAKA, to=THERE, kind="stcpr")
    return [hop_over(topology.transports[0]), further]


async def dial(topology: Topology, timeout_s: float = 10) -> socket.socket:
    """Dial a route of two hops."""
    return await dial_route(topology, two_hops(topology), run_id="r", route_index=3, timeout_s=timeout_s)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Return the port that stands for osaka's."""
    with sockets.listen_on_loopback() as sock:
        yield sock


@contextlib.asynccontextmanager
async def osaka(
    listener: socket.socket, answer: bytes, *, closes: bool = False
) -> AsyncIterator[list[SetUp]]:
    """Answer one dialler with the given bytes; yields the set-up message that it sent."""
    loop = asyncio.get_running_loop()
    received: list[SetUp] = []

    async def serve() -> None:
        sock, _ = await loop.sock_accept(listener)
        with sock:
            received.append(handshake.decode_set_up(await sockets.read_message(sock)))
            await loop.sock_sendall(sock, answer)
            if not closes:
                await loop.create_future()

    async with asyncio.TaskGroup() as group:
        serving = group.create_task(serve())
        yield received
        serving.cancel()


async def test_the_first_node_gets_the_run_the_index_and_the_hops_that_are_left(
    listener: socket.socket,
) -> None:
    """Explicit hops must reach every node as they were asked for, with a little less time at each."""
    topology = topology_to(sockets.address_of(listener))
    async with osaka(listener, handshake.encode(SetUpAnswer(ok=True))) as received:
        (await dial(topology)).close()

    (set_up,) = received
    assert (set_up.run_id, set_up.route_index) == ("r", 3)
    assert list(set_up.hops) == two_hops(topology)[1:]
    assert 0 < set_up.timeout_ns < 10_000_000_000


async def test_not_a_byte_behind_the_answer_is_read(listener: socket.socket) -> None:
    """The bytes behind the answer are the route's, and belong to whoever reads the connection next."""
    answer = handshake.encode(SetUpAnswer(ok=True)) + b"first bytes"
    async with osaka(listener, answer):
        sock = await dial(topology_to(sockets.address_of(listener)))
        with sock:
            assert await receive_exactly(sock, 11) == b"first bytes"


async def test_the_connection_is_ready_for_the_data_path(listener: socket.socket) -> None:
    """A blocking socket would stop the whole loop, Nagle's delay would spoil every probe."""
    async with osaka(listener, handshake.encode(SetUpAnswer(ok=True))):
        with await dial(topology_to(sockets.address_of(listener))) as sock:
            assert sock.getblocking() is False
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_a_refusal_keeps_its_words_and_the_node_at_fault(listener: socket.socket) -> None:
    """A node far along the path is to blame, and the operator must read its name."""
    refusal = SetUpAnswer(error="there refused the route", failed_at=THERE)
    async with osaka(listener, handshake.encode(refusal)):
        with pytest.raises(SetUpError, match=r"^there refused the route$") as raised:
            await dial(topology_to(sockets.address_of(listener)))

    assert (raised.value.failed_at, raised.value.answered) == (THERE, True)


async def test_a_refusal_without_a_word_names_the_first_node(listener: socket.socket) -> None:
    """An empty reason must not become an empty message."""
    async with osaka(listener, handshake.encode(SetUpAnswer())):
        with pytest.raises(SetUpError, match=r"^osaka refused the route$"):
            await dial(topology_to(sockets.address_of(listener)))


@pytest.mark.parametrize(
    ("answer", "closes", "message"),
    [
        (b"", False, r"^set-up timeout after 0\.1 s: no answer from osaka$"),
        (b"\0\0\0\x05abc", False, "^set-up timeout"),
        (b"", True, "^set-up through osaka broke: the peer closed the connection$"),
        (b"\0\0\0\x05abc", True, "^set-up through osaka broke"),
        (b"HTTP/1.1 400 Bad Request", False, "^osaka answered with what is no set-up answer"),
        (b"\0\0\0\x02\xff\xff", False, "^osaka answered with what is no set-up answer"),
    ],
)
async def test_a_bad_answer_is_a_set_up_error_that_names_the_node(
    listener: socket.socket, answer: bytes, *, closes: bool, message: str
) -> None:
    """Silence, half an answer, none and garbage are different, and none of them is a stuck route."""
    timeout_s = 0.1 if "timeout" in message else 10
    async with osaka(listener, answer, closes=closes):
        with pytest.raises(SetUpError, match=message) as raised:
            await dial(topology_to(sockets.address_of(listener)), timeout_s)

    assert (raised.value.failed_at, raised.value.answered) == (OSAKA, False)


async def test_a_node_that_is_not_there_is_a_set_up_error() -> None:
    """The words are the field's, not a number."""
    with sockets.listen_on_loopback() as gone:
        address = sockets.address_of(gone)
    with pytest.raises(SetUpError, match=r"^dial osaka: connection refused$"):
        await dial(topology_to(address))


@pytest.mark.parametrize("address", ["192.0.2.1:80", "0.0.0.0:80", "[2001:db8::1]:80"])
async def test_nothing_but_loopback_is_dialled(address: str) -> None:
    """Without authentication, a route to another machine would be anybody's."""
    with pytest.raises(SetUpError, match="not a loopback address, and nodes cannot authenticate"):
        await dial(topology_to(address))


@pytest.mark.parametrize("address", ["", "localhost:80", "127.0.0.1", "127.0.0.1:http"])
async def test_an_address_that_is_none_is_a_set_up_error(address: str) -> None:
    """A topology comes from outside, and a bad one must not end the program."""
    with pytest.raises(SetUpError, match="is not HOST:PORT"):
        await dial(topology_to(address))


async def test_a_transport_that_the_topology_lacks_is_named() -> None:
    """Explicit hops may name one that is long gone."""
    hop = make_hop(tp_id="t9", source=HERE, to=OSAKA, kind="stcpr")
    with pytest.raises(SetUpError, match="no transport t9 leads to osaka"):
        await dial_route(topology_to("127.0.0.1:1"), [hop], run_id="r", route_index=0, timeout_s=1)


async def test_cancelling_at_any_step_leaves_nothing_open() -> None:
    """An operator who quits during set-up must not leave half a path behind, at either end or in between."""
    loop = asyncio.get_running_loop()
    async with local_network(scenario()) as network:
        hops = hops_along(network.topology, RELAYED)
        completed = 0
        for steps in range(60):
            dialling = loop.create_task(
                dial_route(network.topology, hops, run_id="r", route_index=0, timeout_s=10)
            )
            for _ in range(steps):
                await asyncio.sleep(0)
            dialling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                (await dialling).close()
                completed += 1
            await eventually(lambda: not network.connection_count)

        with await dial_route(network.topology, hops, run_id="r", route_index=0, timeout_s=10) as sock:
            assert await echo(sock, frame(64)) == frame(64)
    assert 0 < completed < 60
