"""Links over real sockets: rate, delay, counters, and faults that cut them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import time
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.errors import SetUpError
from muxbw_tui.network import sockets
from muxbw_tui.network.link import Gate, ShapedFlow
from muxbw_tui.network.local import LocalNetwork, local_network
from muxbw_tui.network.shaping import RateClock
from muxbw_tui.network.topology import find_transport, hops_along
from tests.conftest import PATIENCE_S, eventually
from tests.network.support import (
    DIRECT,
    RELAYED,
    echo,
    frame,
    how_it_ends,
    receive_exactly,
    scenario,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

pytestmark = pytest.mark.usefixtures("nothing_left")

MIB = 1024 * 1024

ONE_LINK = """
name = "one link"
source = "here"
target = "there"
[[link]]
between = ["here", "there"]
"""

SHARED = """
name = "shared"
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
[[bottleneck]]
links = [["here", "osaka"], ["here", "there"]]
rate_mbps = 20
queue_kib = 64
"""


async def dial(
    network: LocalNetwork, path: Sequence[str] = DIRECT, *, index: int = 0, timeout_s: float = 10
) -> socket.socket:
    """Set a route up along the named nodes."""
    hops = hops_along(network.topology, path)
    return await network.dial(hops, run_id="run", route_index=index, timeout_s=timeout_s)


async def link_bytes(network: LocalNetwork, dialler: str, other: str) -> int:
    """Return what a link has delivered in one direction."""
    hop = hops_along(network.topology, (dialler, other))[0]
    counters = await network.counters()
    (counter,) = (link for link in counters.links if (link.tp_id, link.to) == (hop.tp_id, hop.to))
    return counter.bytes


async def test_a_link_delivers_at_its_rate_and_not_above() -> None:
    """Ten Mbit/s carry a mebibyte in 0.84 s; faster would make every measurement a lie."""
    block = frame(MIB)
    async with local_network(scenario(ONE_LINK + "rate_mbps = 10\nqueue_kib = 64\n")) as network:
        with await dial(network) as sock:
            await echo(sock, frame(16))
            started_s = time.monotonic()

            assert await echo(sock, block) == block
            elapsed_s = time.monotonic() - started_s

    assert elapsed_s >= 0.98 * MIB * 8 / 10_000_000


async def test_a_link_delays_every_byte_by_its_delay() -> None:
    """A round trip takes twice the one-way delay at the least."""
    async with local_network(scenario(ONE_LINK + "delay_ms = 30\njitter_ms = 2\n")) as network:
        with await dial(network) as sock:
            started_s = time.monotonic()
            await echo(sock, frame(64))
            elapsed_s = time.monotonic() - started_s

    assert elapsed_s >= 2 * 0.028


async def test_connections_on_a_link_share_it() -> None:
    """Two routes over one link must not have more than the link together."""
    async with local_network(scenario(ONE_LINK + "rate_mbps = 20\nqueue_kib = 32\n")) as network:
        with await dial(network) as first, await dial(network, index=1) as second:
            started_s = time.monotonic()
            blocks = tuple(await asyncio.gather(echo(first, frame(MIB)), echo(second, frame(MIB))))
            elapsed_s = time.monotonic() - started_s

    assert blocks == (frame(MIB), frame(MIB))
    assert elapsed_s >= 0.98 * 2 * MIB * 8 / 20_000_000


async def test_links_behind_a_bottleneck_share_it() -> None:
    """Disjoint routes through one uplink are no gain, and the scenario must show that."""
    async with local_network(scenario(SHARED)) as network:
        with await dial(network, DIRECT) as first, await dial(network, RELAYED, index=1) as second:
            started_s = time.monotonic()
            blocks = tuple(await asyncio.gather(echo(first, frame(MIB)), echo(second, frame(MIB))))
            elapsed_s = time.monotonic() - started_s

    assert blocks == (frame(MIB), frame(MIB))
    assert elapsed_s >= 0.98 * 2 * MIB * 8 / 20_000_000


async def test_a_bulk_connection_does_not_starve_another() -> None:
    """A probe beside a pump waits for the queue, and then has its turn."""
    async with local_network(scenario(ONE_LINK + "rate_mbps = 20\nqueue_kib = 32\n")) as network:
        with await dial(network) as bulk, await dial(network, index=1) as probe:
            pumping = asyncio.ensure_future(echo(bulk, frame(4 * MIB)))
            async with asyncio.timeout(PATIENCE_S):
                while sum(link.bytes for link in (await network.counters()).links) <= MIB // 4:
                    await asyncio.sleep(0.005)

            for sequence in range(1, 4):
                assert await echo(probe, frame(64, sequence)) == frame(64, sequence)
            was_pumping = not pumping.done()
            await pumping

    assert was_pumping


class Waiting(ShapedFlow):
    """A flow that only waits for its turns; it has no sockets."""

    def __init__(self, turns: list[ShapedFlow]) -> None:
        self.turns = turns

    def take_turn(self, gate: Gate) -> None:
        """Use the room up, so that the next has to wait again."""
        self.turns.append(self)
        gate.clock.depart_ns(time.monotonic_ns(), 1000)


async def test_who_waits_for_room_is_served_first_come_first_served() -> None:
    """A connection that comes later must not take the room for which another waits."""
    gate = Gate(RateClock(rate_bps=8_000_000, queue_bytes=0))
    turns: list[ShapedFlow] = []
    flows = [Waiting(turns) for _ in range(3)]
    for flow in flows:
        gate.wait(flow)
    much_later_ns = time.monotonic_ns() + 10**12

    may_overtake = gate.admits(much_later_ns, ahead_of_others=False)
    may_take_its_turn = gate.admits(much_later_ns, ahead_of_others=True)
    await eventually(lambda: len(turns) == 3)

    assert (may_overtake, may_take_its_turn) == (False, True)
    assert turns == flows
    assert gate.admits(much_later_ns, ahead_of_others=False)


async def test_a_link_counts_every_byte_in_the_direction_it_went() -> None:
    """The counters along the path equal the legs' bytes and the set-up messages, each way on its own."""
    ways = (("here", "osaka"), ("osaka", "here"), ("osaka", "there"), ("there", "osaka"))
    async with local_network(scenario()) as network:
        with await dial(network, RELAYED) as sock:
            set_up = [await link_bytes(network, *way) for way in ways]
            await echo(sock, frame(5000))
            both = [await link_bytes(network, *way) for way in ways]
            untouched = await link_bytes(network, "here", "there")

    assert min(set_up) > 0
    assert [after - before for before, after in zip(set_up, both, strict=True)] == [5000] * 4
    assert set_up[0] > set_up[2]  # the first link carries the requests to both nodes
    assert untouched == 0


async def test_a_route_dialled_the_other_way_counts_to_the_other_direction() -> None:
    """A link's direction is where its bytes go, not who dialled."""
    async with local_network(scenario(ONE_LINK)) as network:
        with await dial(network, ("there", "here")) as sock:
            request = await link_bytes(network, "there", "here")
            answer = await link_bytes(network, "here", "there")
            await echo(sock, frame(70_000))
            back = await link_bytes(network, "here", "there")

    assert request > answer  # the dialler says where the route is to go, and proves more
    assert back - answer == 70_000


@pytest.mark.parametrize("shape", ["", "rate_mbps = 100\ndelay_ms = 5\n"])
async def test_the_end_of_input_passes_after_the_last_byte(shape: str) -> None:
    """Bytes under way on a slow link must not be overtaken by the end."""
    async with local_network(scenario(ONE_LINK + shape)) as network:
        with await dial(network) as sock:
            await asyncio.get_running_loop().sock_sendall(sock, frame(50_000))
            sock.shutdown(socket.SHUT_WR)

            assert await receive_exactly(sock, 50_001) == frame(50_000)
        await eventually(lambda: not network.connection_count)


@pytest.mark.parametrize("shape", ["", "rate_mbps = 100\ndelay_ms = 5\n"])
async def test_a_reset_passes(shape: str) -> None:
    """What the far node does to the connection must be seen by the near one."""
    async with local_network(scenario(ONE_LINK + shape)) as network:
        with await dial(network) as sock:
            await echo(sock, frame(64))
            network.node("there").close()

            assert await how_it_ends(sock) == "reset"


async def test_a_link_to_a_node_that_is_gone_resets_its_diallers() -> None:
    """A dead far end must show at once, not as a time-out."""
    async with local_network(scenario(ONE_LINK)) as network:
        network.node("there").close()
        transport = find_transport(network.topology, hops_along(network.topology, DIRECT)[0])
        assert transport is not None
        with await sockets.connect(transport.address) as sock:
            assert await how_it_ends(sock) == "reset"


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("refuse", "there refused the route"),
        ("reset", "set-up through there broke: connection reset by peer"),
        ("blackhole", "set-up timeout after 0.1 s: no answer from there"),
        ("stall", "set-up timeout after 0.1 s: no answer from there"),
        ("garbage", "there answered with what is no set-up answer"),
        ("half-close", "set-up through there broke: the peer closed the connection"),
    ],
)
async def test_a_set_up_fault_shows_as_what_it_is(kind: str, message: str) -> None:
    """Six ways for a set-up to fail are six messages, or the operator cannot tell them apart."""
    fault = f"[[fault]]\non = 'setup'\nkind = '{kind}'\nroute = 0\n"
    async with local_network(scenario(ONE_LINK, faults=fault)) as network:
        with pytest.raises(SetUpError) as raised:
            await dial(network, timeout_s=0.1 if "timeout" in message else 10)
        with await dial(network, index=1) as other:
            assert await echo(other, frame(64)) == frame(64)
        await eventually(lambda: not network.connection_count)

    assert str(raised.value).startswith(message)


@pytest.mark.parametrize("kind", ["refuse", "reset", "blackhole", "stall", "garbage", "half-close"])
@pytest.mark.parametrize("place", ["node = 'osaka'", "link = ['osaka', 'there']"])
async def test_a_fault_of_a_node_or_a_link_meets_the_routes_over_it_alone(kind: str, place: str) -> None:
    """The way around the fault must stay open."""
    fault = f"[[fault]]\non = 'setup'\nkind = '{kind}'\n{place}\n"
    async with local_network(scenario(faults=fault)) as network:
        with pytest.raises(SetUpError):
            await dial(network, RELAYED, timeout_s=0.3)
        with await dial(network, DIRECT, index=1) as direct:
            assert await echo(direct, frame(64)) == frame(64)


async def test_slow_set_up_is_slow_once() -> None:
    """Every node of the path is in one process, and only the first may take the time."""
    fault = "[[fault]]\non = 'setup'\nkind = 'slow-setup'\ndelay_s = 0.15\n"
    async with local_network(scenario(faults=fault)) as network:
        started_s = time.monotonic()
        (await dial(network, RELAYED)).close()
        elapsed_s = time.monotonic() - started_s

        with pytest.raises(SetUpError, match=r"^set-up timeout after 0\.1 s: no answer from osaka$"):
            await dial(network, RELAYED, timeout_s=0.1)

    assert elapsed_s >= 0.15


@pytest.mark.parametrize("path", [DIRECT, RELAYED])
async def test_a_reset_route_can_be_set_up_again_once_it_heals(path: Sequence[str]) -> None:
    """It is what `r` shows a newcomer on the flaky network."""
    fault = "[[fault]]\nat_s = 0\nroute = 1\nkind = 'reset'\nfor_s = 0.2\n"
    async with local_network(scenario(faults=fault)) as network:
        with await dial(network, path, index=1) as sock, await dial(network, path, index=2) as other:
            await network.pump_starts("run")

            assert await how_it_ends(sock) == "reset"
            with pytest.raises(SetUpError, match="refused the route"):
                await dial(network, path, index=1)
            assert await echo(other, frame(64)) == frame(64)

        with await dial_when_healed(network, path) as again:
            assert await echo(again, frame(64)) == frame(64)


async def dial_when_healed(network: LocalNetwork, path: Sequence[str]) -> socket.socket:
    """Dial route 1 until it is let through."""
    async with asyncio.timeout(10):
        while True:
            with contextlib.suppress(SetUpError):
                return await dial(network, path, index=1)
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("path", [DIRECT, RELAYED])
async def test_a_stalled_route_carries_nothing_and_goes_on_when_it_heals(path: Sequence[str]) -> None:
    """A stall is no failure: not a byte may be lost in it."""
    fault = "[[fault]]\nat_s = 0\nroute = 1\nkind = 'stall'\nfor_s = 0.3\n"
    async with local_network(scenario(faults=fault)) as network:
        with await dial(network, path, index=1) as sock:
            await echo(sock, frame(64))
            await network.pump_starts("run")
            started_s = time.monotonic()
            await asyncio.sleep(0.05)

            assert await echo(sock, frame(100_000)) == frame(100_000)
            elapsed_s = time.monotonic() - started_s

    assert elapsed_s >= 0.29


@pytest.mark.parametrize("place", ["route = 1", "node = 'osaka'", "link = ['here', 'osaka']"])
async def test_the_end_of_a_run_heals_what_it_broke(place: str) -> None:
    """A run that ends in a stall must not leave the network stalled."""
    fault = f"[[fault]]\nat_s = 0\n{place}\nkind = 'stall'\n"
    async with local_network(scenario(faults=fault)) as network:
        with await dial(network, RELAYED, index=1) as sock:
            await network.pump_starts("run")
            await asyncio.sleep(0.05)
            echoing = asyncio.ensure_future(echo(sock, frame(64)))
            done, _ = await asyncio.wait([echoing], timeout=0.1)
            assert not done

            await network.run_ended("run")

            assert await echoing == frame(64)


async def test_a_source_that_resets_a_stalled_route_frees_it() -> None:
    """A stalled node does not read, and must notice all the same that nobody waits any more."""
    fault = "[[fault]]\nat_s = 0\nroute = 1\nkind = 'stall'\n"
    async with local_network(scenario(faults=fault)) as network:
        sock = await dial(network, RELAYED, index=1)
        await network.pump_starts("run")
        await asyncio.sleep(0.05)

        sockets.reset(sock)

        await eventually(lambda: not network.connection_count)


async def test_a_dialler_that_gives_up_on_a_stalled_link_is_forgotten() -> None:
    """A set-up that times out there would else leave a connection behind for every attempt."""
    fault = "[[fault]]\non = 'setup'\nlink = ['here', 'osaka']\nkind = 'stall'\n"
    async with local_network(scenario(faults=fault)) as network:
        for _ in range(3):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(dial(network, RELAYED, index=1), 0.1)

        await eventually(lambda: not network.connection_count)
        assert network.connection_count == 0


async def test_a_blackhole_swallows_without_back_pressure() -> None:
    """A sender into a blackhole sees no full buffer, only silence."""
    fault = "[[fault]]\nat_s = 0\nroute = 1\nkind = 'blackhole'\n"
    async with local_network(scenario(faults=fault)) as network:
        with await dial(network, RELAYED, index=1) as sock:
            await network.pump_starts("run")
            await asyncio.sleep(0.05)
            await asyncio.get_running_loop().sock_sendall(sock, frame(8 * MIB) * 4)

            with pytest.raises(BlockingIOError):
                sock.recv(1)


@pytest.mark.parametrize(("kind", "end"), [("garbage", b"\xde\xad\xbe\xef"), ("half-close", b"")])
@pytest.mark.parametrize("path", [DIRECT, RELAYED])
async def test_garbage_and_a_half_close_reach_the_source(kind: str, end: bytes, path: Sequence[str]) -> None:
    """The engine must meet bytes that are no echo, and an end that is no failure of its own."""
    fault = f"[[fault]]\nat_s = 0\nroute = 1\nkind = '{kind}'\n"
    async with local_network(scenario(faults=fault)) as network:
        with await dial(network, path, index=1) as sock:
            await network.pump_starts("run")

            assert await receive_exactly(sock, 4) == end
            sockets.reset(sock)
        await eventually(lambda: not network.connection_count)
