"""Dialling a route: over real sockets, with every way in which it can fail."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.errors import SetUpError
from muxbw_tui.network import handshake, sockets
from muxbw_tui.network.dial import dial_route
from muxbw_tui.network.local import local_network
from muxbw_tui.network.topology import hop_over, hops_along, make_hop
from muxbw_tui.pb.muxbw_pb2 import Challenge, SetUp, SetUpAnswer, SignedRequest, Topology, Transport
from tests.conftest import eventually
from tests.network.support import (
    HERE,
    OSAKA,
    RELAYED,
    STRANGER,
    THERE,
    echo,
    frame,
    read_signed,
    receive_exactly,
    scenario,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from muxbw_tui.network.identity import Identity
    from muxbw_tui.pb.ping_pb2 import RouteHop

pytestmark = pytest.mark.usefixtures("nothing_left")

Answer = Callable[[SignedRequest], bytes]

GREETING = handshake.encode(handshake.make_challenge(OSAKA.public_key))


def topology_to(address: str) -> Topology:
    """Return a topology whose only transport leads from here to osaka."""
    transport = Transport(tp_id="t1", to=OSAKA.public_key, kind="stcpr", address=address)
    setattr(transport, "from", HERE.public_key)
    names = {HERE.public_key: "here", OSAKA.public_key: "osaka", THERE.public_key: "there"}
    return Topology(node_names=names, transports=[transport])


def one_hop(topology: Topology) -> list[RouteHop]:
    """Return the hop to osaka."""
    return [hop_over(topology.transports[0])]


def two_hops(topology: Topology) -> list[RouteHop]:
    """Return the hop to osaka and one further on."""
    further = make_hop(tp_id="t2", source=OSAKA.public_key, to=THERE.public_key, kind="stcpr")
    return [*one_hop(topology), further]


async def dial(
    listener: socket.socket, hops: Callable[[Topology], list[RouteHop]] = one_hop, timeout_s: float = 10
) -> socket.socket:
    """Dial a route whose first node is the listener."""
    topology = topology_to(sockets.address_of(listener))
    return await dial_route(topology, HERE, hops(topology), run_id="r", route_index=3, timeout_s=timeout_s)


def granted(by: Identity = OSAKA, challenge: Challenge | None = None) -> Answer:
    """Return the answer of a node that does as it is asked."""
    return lambda signed: handshake.encode(handshake.sign_answer(by, signed, challenge=challenge))


def said(answer: bytes | SetUpAnswer) -> Answer:
    """Return an answer that is the same whatever was asked."""
    data = answer if isinstance(answer, bytes) else handshake.encode(answer)
    return lambda _: data


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Return the port that stands for osaka's."""
    with sockets.listen(sockets.ANY_LOOPBACK_PORT) as sock:
        yield sock


@contextlib.asynccontextmanager
async def osaka(
    listener: socket.socket, *answers: Answer, greeting: bytes = GREETING, closes: bool = False
) -> AsyncIterator[list[SetUp]]:
    """Greet one dialler and answer its requests one by one; yields the set-ups that it sent."""
    loop = asyncio.get_running_loop()
    received: list[SetUp] = []

    async def serve() -> None:
        sock, _ = await loop.sock_accept(listener)
        with sock:
            await loop.sock_sendall(sock, greeting)
            for answer in answers:
                signed, request = await read_signed(sock)
                received.append(request.set_up)
                await loop.sock_sendall(sock, answer(signed))
            if not closes:
                await loop.create_future()

    async with asyncio.TaskGroup() as group:
        serving = group.create_task(serve())
        yield received
        serving.cancel()


async def test_every_node_gets_the_run_the_index_and_the_hops_that_are_left(listener: socket.socket) -> None:
    """Explicit hops must reach every node as they were asked for, with a little less time at each."""
    next_challenge = handshake.make_challenge(THERE.public_key)
    async with osaka(listener, granted(challenge=next_challenge), granted(THERE)) as received:
        (await dial(listener, two_hops)).close()

    first, last = received
    assert [(set_up.run_id, set_up.route_index) for set_up in received] == [("r", 3), ("r", 3)]
    assert list(first.hops) == two_hops(topology_to(""))[1:]
    assert not last.hops
    assert 0 < last.timeout_ns < first.timeout_ns < 10_000_000_000


async def test_not_a_byte_behind_the_answer_is_read(listener: socket.socket) -> None:
    """The bytes behind the answer are the route's, and belong to whoever reads the connection next."""
    async with osaka(listener, lambda signed: granted()(signed) + b"first bytes"):
        with await dial(listener) as sock:
            assert await receive_exactly(sock, 11) == b"first bytes"


async def test_the_connection_is_ready_for_the_data_path(listener: socket.socket) -> None:
    """A blocking socket would stop the whole loop, Nagle's delay would spoil every probe."""
    async with osaka(listener, granted()):
        with await dial(listener) as sock:
            assert sock.getblocking() is False
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_a_refusal_keeps_its_words_and_the_node_at_fault(listener: socket.socket) -> None:
    """A relay that could not go on is to blame when the next node was asked, and the operator must read why."""
    next_challenge = handshake.make_challenge(THERE.public_key)
    refusal = SetUpAnswer(error="set-up through there broke", failed_at=OSAKA.public_key)
    async with osaka(listener, granted(challenge=next_challenge), said(refusal)):
        with pytest.raises(SetUpError, match=r"^set-up through there broke$") as raised:
            await dial(listener, two_hops)

    assert raised.value.failed_at == OSAKA.public_key


@pytest.mark.parametrize("accused", [THERE.public_key, STRANGER.public_key, "x" * 1000])
async def test_a_refusal_accuses_nobody_whom_it_cannot_know(listener: socket.socket, accused: str) -> None:
    """A refusal is not signed, and whoever forges one could have the source plan around its rivals."""
    async with osaka(listener, said(SetUpAnswer(failed_at=accused))):
        with pytest.raises(SetUpError, match=r"^osaka refused the route$") as raised:
            await dial(listener, two_hops)

    assert raised.value.failed_at == OSAKA.public_key


async def test_a_relay_that_answers_in_the_target_s_place_is_found_out(listener: socket.socket) -> None:
    """It could echo at any rate that it likes, and the figures would be those of a path that is not there."""
    next_challenge = handshake.make_challenge(THERE.public_key)
    async with osaka(listener, granted(challenge=next_challenge), granted(OSAKA)):
        with pytest.raises(SetUpError, match=r"^who answered is not there: the signature") as raised:
            await dial(listener, two_hops)

    assert raised.value.failed_at == OSAKA.public_key


async def test_a_refusal_without_a_word_names_the_node(listener: socket.socket) -> None:
    """An empty reason must not become an empty message."""
    async with osaka(listener, said(SetUpAnswer())):
        with pytest.raises(SetUpError, match=r"^osaka refused the route$"):
            await dial(listener)


async def test_a_refusal_behind_the_first_node_names_the_one_behind(listener: socket.socket) -> None:
    """The relay has done its part, and must not be planned around."""
    next_challenge = handshake.make_challenge(THERE.public_key)
    async with osaka(listener, granted(challenge=next_challenge), said(SetUpAnswer())):
        with pytest.raises(SetUpError, match=r"^there refused the route$") as raised:
            await dial(listener, two_hops)

    assert raised.value.failed_at == THERE.public_key


async def test_a_node_with_another_key_is_not_taken_for_the_one_that_was_meant(
    listener: socket.socket,
) -> None:
    """A wrong address in a file must be told from a node that refuses."""
    greeting = handshake.encode(handshake.make_challenge(STRANGER.public_key))
    async with osaka(listener, greeting=greeting):
        with pytest.raises(SetUpError, match=r"^another node answers at the address of osaka$"):
            await dial(listener)


async def test_a_node_that_cannot_sign_as_itself_is_not_measured(listener: socket.socket) -> None:
    """Whoever sits at a node's address could otherwise have the source believe its figures."""
    async with osaka(listener, granted(STRANGER)):
        with pytest.raises(SetUpError, match="who answered is not osaka"):
            await dial(listener)


async def test_an_old_grant_proves_nothing(listener: socket.socket) -> None:
    """Whoever recorded a grant could otherwise replay it at the node's address."""
    old: list[bytes] = []

    def recorded(signed: SignedRequest) -> bytes:
        old.append(granted()(signed))
        return old[0]

    async with osaka(listener, recorded):
        (await dial(listener)).close()

    async with osaka(listener, said(old[0])):
        with pytest.raises(SetUpError, match="who answered is not osaka"):
            await dial(listener)


async def test_a_relay_that_shows_another_node_is_blamed_for_it(listener: socket.socket) -> None:
    """It has dialled the wrong one; the target has done nothing."""
    elsewhere = handshake.make_challenge(STRANGER.public_key)
    async with osaka(listener, granted(challenge=elsewhere)):
        with pytest.raises(SetUpError, match="another node answers at the address of there") as raised:
            await dial(listener, two_hops)

    assert raised.value.failed_at == OSAKA.public_key


@pytest.mark.parametrize(
    ("greeting", "closes", "message"),
    [
        (b"", False, r"^set-up timeout after 0\.1 s: no answer from osaka$"),
        (GREETING[:9], False, "^set-up timeout"),
        (b"", True, "^set-up through osaka broke: the peer closed the connection$"),
        (GREETING[:9], True, "^set-up through osaka broke"),
        (b"HTTP/1.1 400 Bad Request", False, "^osaka answered with what is no set-up answer"),
        (b"\0\0\0\0", False, "version 0 of the protocol"),
        (handshake.encode(Challenge(version=handshake.VERSION)), False, "a challenge has 0 bytes"),
        (handshake.encode(Challenge(version=2)), False, "version 2 of the protocol, not 1"),
    ],
)
async def test_a_bad_greeting_is_a_set_up_error_that_names_the_node(
    listener: socket.socket, greeting: bytes, *, closes: bool, message: str
) -> None:
    """Silence, half a message, none, garbage and another version are different, and none is a stuck route."""
    timeout_s = 0.1 if "timeout" in message else 10
    async with osaka(listener, greeting=greeting, closes=closes):
        with pytest.raises(SetUpError, match=message) as raised:
            await dial(listener, timeout_s=timeout_s)

    assert raised.value.failed_at == OSAKA.public_key


@pytest.mark.parametrize(
    ("answer", "closes", "message"),
    [
        (b"", False, "^set-up timeout"),
        (b"\0\0\0\x05abc", True, "^set-up through osaka broke"),
        (b"\xff\xff\xff\xff", False, "^osaka answered with what is no set-up answer"),
        (b"\0\0\0\x02\xff\xff", False, "^osaka answered with what is no set-up answer"),
        (handshake.encode(SetUpAnswer(ok=True)), False, "who answered is not osaka"),
    ],
)
async def test_a_bad_answer_is_a_set_up_error_that_names_the_node(
    listener: socket.socket, answer: bytes, *, closes: bool, message: str
) -> None:
    """The same holds once the node has greeted."""
    timeout_s = 0.1 if "timeout" in message else 10
    async with osaka(listener, said(answer), closes=closes):
        with pytest.raises(SetUpError, match=message) as raised:
            await dial(listener, timeout_s=timeout_s)

    assert raised.value.failed_at == OSAKA.public_key


async def test_a_relay_that_keeps_the_next_challenge_to_itself_is_found_out(listener: socket.socket) -> None:
    """There is nothing to sign then, and nothing must be signed."""
    async with osaka(listener, granted()):
        with pytest.raises(SetUpError, match=r"^osaka answered with what is no set-up answer"):
            await dial(listener, two_hops)


async def test_a_node_that_is_not_there_is_a_set_up_error() -> None:
    """The words are the field's, not a number."""
    with sockets.listen(sockets.ANY_LOOPBACK_PORT) as gone:
        topology = topology_to(sockets.address_of(gone))
    with pytest.raises(SetUpError, match=r"^dial osaka: connection refused$"):
        await dial_route(topology, HERE, one_hop(topology), run_id="r", route_index=0, timeout_s=10)


@pytest.mark.parametrize(
    "address", ["", "127.0.0.1", "127.0.0.1:http", ":80", "::1:80", "[::1:80", "a:65536"]
)
async def test_an_address_that_is_none_is_a_set_up_error(address: str) -> None:
    """A topology comes from outside, and a bad one must not end the program."""
    topology = topology_to(address)
    with pytest.raises(SetUpError, match="is not HOST:PORT"):
        await dial_route(topology, HERE, one_hop(topology), run_id="r", route_index=0, timeout_s=10)


async def test_a_host_can_be_named(listener: socket.socket) -> None:
    """Operators write names; a name that is none is an error in words."""
    port = listener.getsockname()[1]
    topology = topology_to(f"localhost:{port}")
    async with osaka(listener, granted()):
        route = dial_route(topology, HERE, one_hop(topology), run_id="r", route_index=0, timeout_s=10)
        with await route as sock:
            assert sock.getpeername()[1] == port


async def test_a_transport_that_the_topology_lacks_is_named() -> None:
    """Explicit hops may name one that is long gone."""
    hop = make_hop(tp_id="t9", source=HERE.public_key, to=OSAKA.public_key, kind="stcpr")
    with pytest.raises(SetUpError, match="no transport t9 leads to osaka"):
        await dial_route(topology_to("127.0.0.1:1"), HERE, [hop], run_id="r", route_index=0, timeout_s=1)


async def test_cancelling_at_any_step_leaves_nothing_open() -> None:
    """An operator who quits during set-up must not leave half a path behind, at either end or in between."""
    loop = asyncio.get_running_loop()
    async with local_network(scenario()) as network:
        hops = hops_along(network.topology, RELAYED)
        completed = 0
        for steps in range(0, 120, 2):
            dialling = loop.create_task(network.dial(hops, run_id="r", route_index=0, timeout_s=10))
            for _ in range(steps):
                await asyncio.sleep(0)
            dialling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                (await dialling).close()
                completed += 1
            await eventually(lambda: not network.connection_count)

        with await network.dial(hops, run_id="r", route_index=0, timeout_s=10) as sock:
            assert await echo(sock, frame(64)) == frame(64)
    assert 0 < completed < 60
