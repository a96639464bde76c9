"""Nodes that cannot be dialled: reached over the rendezvous that they attend at, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.errors import SetUpError
from muxbw_tui.network import handshake, rendezvous, sockets
from muxbw_tui.network.dial import Asked, dial_dmsg, request
from muxbw_tui.network.local import LocalNetwork, local_network
from muxbw_tui.network.topology import find_node, hops_along
from muxbw_tui.pb.muxbw_pb2 import Attend, Join, NodeRequest, SetUpAnswer
from tests.conftest import eventually
from tests.network.support import (
    HERE,
    OSAKA,
    STRANGER,
    THERE,
    echo,
    frame,
    how_it_ends,
    read_answer,
    read_challenge,
    read_signed,
    scenario,
)

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator

    from muxbw_tui.network.identity import Identity
    from muxbw_tui.network.scenario import Scenario

pytestmark = pytest.mark.usefixtures("nothing_left")

BEHIND = """
name = "behind osaka"
source = "here"
target = "there"
[[node]]
name = "osaka"
[[node]]
name = "there"
behind = "osaka"
[[link]]
between = ["here", "osaka"]
[[link]]
between = ["osaka", "there"]
"""


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """Come again at once when a session ends."""
    monkeypatch.setattr(rendezvous, "FIRST_PAUSE_S", 0.01)


def behind() -> Scenario:
    """Return a network whose target attends at its only relay."""
    return scenario(BEHIND)


async def dial(network: LocalNetwork, *, timeout_s: float = 10) -> socket.socket:
    """Reach the target over its rendezvous."""
    return await network.dial_dmsg(network.topology.target, run_id="run", timeout_s=timeout_s)


async def enter(network: LocalNetwork, wanted: NodeRequest, *, by: Identity) -> socket.socket:
    """Have the rendezvous grant a request on a connection of its own."""
    sock = await sockets.connect(network.node("osaka").address)
    try:
        asked = Asked(OSAKA.public_key, "osaka")
        await request(sock, by, await read_challenge(sock), wanted, asked)
    except BaseException:
        sock.close()
        raise
    return sock


@contextlib.asynccontextmanager
async def attending_by_hand(network: LocalNetwork) -> AsyncIterator[socket.socket]:
    """Attend in the place of a node, which comes again afterwards."""
    with await enter(network, NodeRequest(attend=Attend()), by=THERE) as sock:
        yield sock


async def read_token(session: socket.socket) -> bytes:
    """Return the token of the next call."""
    return handshake.decode_call(await sockets.read_message(session)).token


async def test_a_target_that_cannot_be_dialled_is_measured_over_its_rendezvous() -> None:
    """A host behind NAT is what many a route ends at."""
    async with local_network(behind()) as network:
        with await dial(network) as sock:
            assert await echo(sock, frame(5000)) == frame(5000)
            counters = await network.counters()

    osaka = find_node(network.topology, "osaka")
    assert [node.bytes_to_target for node in counters.nodes if node.key == osaka] == [5000]
    assert network.node("there").address == ""


async def test_a_route_may_end_with_the_hop_from_the_rendezvous() -> None:
    """A multiplexed run reaches such a target too."""
    async with local_network(behind()) as network:
        hops = hops_along(network.topology, ("here", "osaka", "there"))
        with await network.dial(hops, run_id="run", route_index=2, timeout_s=10) as sock:
            assert await echo(sock, frame(5000)) == frame(5000)

    assert [hop.tp_type for hop in hops] == ["stcpr", "dmsg"]


async def test_many_callers_at_once_are_each_joined_with_a_connection_of_their_own() -> None:
    """Two whose bytes mix would both measure nonsense."""
    async with local_network(behind()) as network:
        socks = await asyncio.gather(*(dial(network) for _ in range(50)))
        blocks = [frame(3000, sequence) for sequence in range(1, 51)]
        echoes = await asyncio.gather(*map(echo, socks, blocks))
        for sock in socks:
            sock.close()
        await eventually(lambda: network.node("osaka").connection_count == 1)

    assert echoes == blocks


async def test_a_node_that_attends_nowhere_is_named_before_anything_is_dialled() -> None:
    """The operator has asked for what is not there."""
    async with local_network(behind()) as network:
        osaka = find_node(network.topology, "osaka") or ""
        with pytest.raises(SetUpError, match=r"^no rendezvous leads to osaka$") as raised:
            await network.dial_dmsg(osaka, run_id="run", timeout_s=10)

    assert raised.value.failed_at == osaka


async def test_a_node_that_is_away_is_an_error_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop that is asleep must not look like a slow path."""
    monkeypatch.setattr(rendezvous, "FIRST_PAUSE_S", 3600)
    async with local_network(behind()) as network:
        async with attending_by_hand(network):
            pass
        await eventually(lambda: network.node("osaka").connection_count == 0)

        with pytest.raises(SetUpError, match=r"^there does not attend here$") as raised:
            await dial(network)
    assert raised.value.failed_at == OSAKA.public_key


async def test_a_session_that_broke_comes_again() -> None:
    """A rendezvous that was restarted must not need somebody at the other host."""
    async with local_network(behind()) as network:
        for _ in range(3):
            async with attending_by_hand(network) as session:
                # Its own session has been pushed out by ours; it comes again and pushes ours out.
                assert await how_it_ends(session) == "closed"
            with await dial(network) as sock:
                assert await echo(sock, frame(64)) == frame(64)


async def test_a_node_that_does_not_come_back_is_a_timeout_that_names_it() -> None:
    """The rendezvous has done its part; the one behind it is to blame, and the relay in front says so."""
    async with local_network(behind()) as network, attending_by_hand(network) as session:
        dialling = asyncio.ensure_future(dial(network, timeout_s=0.3))
        await read_token(session)

        with pytest.raises(SetUpError, match=r"^set-up timeout: no answer from there$") as raised:
            await dialling
    assert raised.value.failed_at == OSAKA.public_key


async def test_a_token_is_good_for_the_node_that_was_called_alone() -> None:
    """Another node must not be able to take the target's place."""
    async with local_network(behind()) as network, attending_by_hand(network) as session:
        dialling = asyncio.ensure_future(dial(network))
        token = await read_token(session)

        with pytest.raises(SetUpError, match="osaka refused"):
            await enter(network, NodeRequest(join=Join(token=token)), by=HERE)
        with pytest.raises(SetUpError, match="osaka refused"):
            await enter(network, NodeRequest(join=Join(token=bytes(16))), by=THERE)
        with await enter(network, NodeRequest(join=Join(token=token)), by=THERE) as joined:
            await sockets.send_message(joined, handshake.encode(handshake.make_challenge(THERE.public_key)))
            signed, asked = await read_signed(joined)
            await sockets.send_message(joined, handshake.encode(handshake.sign_answer(THERE, signed)))
            (await dialling).close()

    assert asked.caller == HERE.public_key


async def test_a_token_is_good_once() -> None:
    """A connection that was joined already must not be replaced under the route."""
    async with local_network(behind()) as network, attending_by_hand(network) as session:
        dialling = asyncio.ensure_future(dial(network))
        token = await read_token(session)
        (await enter(network, NodeRequest(join=Join(token=token)), by=THERE)).close()
        with pytest.raises(SetUpError, match="osaka refused"):
            await enter(network, NodeRequest(join=Join(token=token)), by=THERE)
        with pytest.raises(SetUpError):
            await dialling


async def test_a_stranger_cannot_attend() -> None:
    """Whoever attends under a name gets that node's callers."""
    async with local_network(behind()) as network:
        with await sockets.connect(network.node("osaka").address) as sock:
            attend = NodeRequest(attend=Attend())
            signed = handshake.sign_request(STRANGER, await read_challenge(sock), attend)
            await sockets.send_message(sock, handshake.encode(signed))

            assert await read_answer(sock) == SetUpAnswer(failed_at=OSAKA.public_key)
        with await dial(network) as sock:
            assert await echo(sock, frame(64)) == frame(64)


async def test_the_target_asks_for_the_source_s_own_signature() -> None:
    """Behind a rendezvous as in front of one, nobody comes in on another's word."""
    async with local_network(behind()) as network:
        with pytest.raises(SetUpError, match=r"^osaka refused the route$"):
            await dial_dmsg(network.topology, STRANGER, network.topology.target, run_id="run", timeout_s=10)


async def test_cancelling_at_any_step_leaves_nothing_open() -> None:
    """A caller that leaves while the target dials back must not leave half a path behind."""
    loop = asyncio.get_running_loop()
    async with local_network(behind()) as network:
        quiet = network.connection_count
        completed = 0
        for steps in range(0, 120, 3):
            dialling = loop.create_task(dial(network))
            for _ in range(steps):
                await asyncio.sleep(0)
            dialling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                (await dialling).close()
                completed += 1
            await eventually(lambda: network.connection_count == quiet)
    assert completed < 40
