"""What a key may use of a node, over real sockets: routes at once, bytes a second, time."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.errors import SetUpError
from muxbw_tui.network import sockets
from muxbw_tui.network.admission import Limits
from muxbw_tui.network.dial import dial_route
from muxbw_tui.network.shaping import TokenBucket
from muxbw_tui.network.topology import hops_along
from muxbw_tui.units import NS_PER_S
from tests.conftest import eventually
from tests.network.support import (
    HERE,
    RELAYED,
    STRANGER,
    echo,
    frame,
    how_it_ends,
    lone_node,
    read_answer,
    relayed,
    send_set_up,
)

if TYPE_CHECKING:
    import socket

    from muxbw_tui.network.identity import Identity
    from muxbw_tui.network.node import Node
    from muxbw_tui.pb.muxbw_pb2 import SetUpAnswer, Topology

pytestmark = pytest.mark.usefixtures("nothing_left")


def limited(limits: Limits) -> dict[str, Limits]:
    """Return an allow-list where here has limits, and another key has none."""
    return {HERE.public_key: limits, STRANGER.public_key: Limits()}


async def ask_for_route(node: Node, *, by: Identity = HERE) -> tuple[socket.socket, SetUpAnswer]:
    """Return a connection on which a node was asked for a route, and what it answered."""
    sock = await sockets.connect(node.address)
    await send_set_up(sock, by=by)
    return sock, await read_answer(sock)


async def dial(topology: Topology) -> socket.socket:
    """Set a route of two hops up."""
    hops = hops_along(topology, RELAYED)
    return await dial_route(topology, HERE, hops, run_id="run", route_index=0, timeout_s=10)


async def test_a_key_at_its_limit_of_routes_is_refused_until_one_ends(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """One source must not take all that a node has; and it may know why, for it is allowed."""
    async with lone_node(allowed=limited(Limits(routes=2))) as node:
        first, _ = await ask_for_route(node)
        second, _ = await ask_for_route(node)
        third, refusal = await ask_for_route(node)
        other, granted = await ask_for_route(node, by=STRANGER)
        with second, third, other:
            assert (refusal.ok, refusal.error) == (
                False,
                "osaka: its key has 2 routes up, and may have no more",
            )
            assert granted.ok

            first.close()
            await eventually(lambda: node.connection_count == 2)
            again, answer = await ask_for_route(node)
            with again:
                assert answer.ok
    assert any("may have no more" in record.message for record in caplog.records)


async def test_a_set_up_that_fails_gives_its_place_back() -> None:
    """A target that is down must not use the source's limit up at its relays."""
    async with relayed(at_osaka=limited(Limits(routes=1))) as (topology, (osaka, there)):
        there.close()
        for _ in range(3):
            with pytest.raises(SetUpError, match="connection refused"):
                await dial(topology)
        await eventually(lambda: osaka.connection_count == 0)


async def test_a_relay_says_that_the_limit_was_reached() -> None:
    """Seven routes of eight that fail for no reason would be a riddle."""
    async with relayed(at_osaka=limited(Limits(routes=1))) as (topology, _):
        message = r"^osaka: its key has 1 route up, and may have no more$"
        with await dial(topology), pytest.raises(SetUpError, match=message):
            await dial(topology)


async def test_a_route_is_reset_when_its_time_is_over(caplog: pytest.LogCaptureFixture) -> None:
    """A route that somebody forgot must not run for a month."""
    async with lone_node(allowed=limited(Limits(duration_s=0.05))) as node:
        sock, answer = await ask_for_route(node)
        with sock:
            assert answer.ok
            assert await how_it_ends(sock) == "reset"
        await eventually(lambda: node.connection_count == 0)
    assert any("over 0.05 s" in record.message for record in caplog.records)


async def test_a_route_that_ends_in_time_leaves_no_clock_behind(caplog: pytest.LogCaptureFixture) -> None:
    """The clock of a route must not close one that came later, nor complain of one that is gone."""
    caplog.set_level(logging.INFO)
    async with lone_node(allowed=limited(Limits(duration_s=0.05))) as node:
        sock, _ = await ask_for_route(node)
        sock.close()
        await eventually(lambda: node.connection_count == 0)
        await asyncio.sleep(0.1)  # longer than the limit: the line below would be there by now
    assert not any("over 0.05 s" in record.message for record in caplog.records)


@pytest.mark.parametrize("routes", [1, 3])
async def test_the_bytes_of_all_routes_of_a_key_take_the_time_that_its_limit_gives_them(routes: int) -> None:
    """The limit is the key's: more routes must not carry more."""
    bytes_per_s = 400_000
    burst = bytes_per_s // 10
    size = 60_000 * 3 // routes
    async with lone_node(allowed=limited(Limits(bytes_per_s=bytes_per_s))) as node:
        socks = [(await ask_for_route(node))[0] for _ in range(routes)]
        began_s = asyncio.get_running_loop().time()
        echoes = await asyncio.gather(*(echo(sock, frame(size)) for sock in socks))
        took_s = asyncio.get_running_loop().time() - began_s
        for sock in socks:
            sock.close()

    assert echoes == [frame(size)] * routes
    unpaid = burst + routes * burst  # the credit, and what each route may read before it waits
    assert took_s >= (routes * size - unpaid) / bytes_per_s > 0


async def test_a_relay_holds_a_key_to_its_limit_each_way() -> None:
    """At the relay the bytes pass twice, and a limit of 1 MB/s still means 1 MB/s of measured rate."""
    bytes_per_s = 400_000
    async with relayed(at_osaka=limited(Limits(bytes_per_s=bytes_per_s))) as (topology, _):
        with await dial(topology) as sock:
            began_s = asyncio.get_running_loop().time()
            assert await echo(sock, frame(160_000)) == frame(160_000)
            took_s = asyncio.get_running_loop().time() - began_s

    assert took_s >= (160_000 - 2 * bytes_per_s // 10) / bytes_per_s


async def test_a_key_that_comes_again_finds_its_debt_where_it_was() -> None:
    """A new connection for every block must carry no more than one for all."""
    bytes_per_s = 400_000
    burst = bytes_per_s // 10
    async with lone_node(allowed=limited(Limits(bytes_per_s=bytes_per_s))) as node:
        began_s = asyncio.get_running_loop().time()
        for _ in range(4):
            sock, _answer = await ask_for_route(node)
            with sock:
                assert await echo(sock, frame(burst)) == frame(burst)
        took_s = asyncio.get_running_loop().time() - began_s

    assert took_s >= 2 * burst / bytes_per_s  # of four pieces one is the credit, and the last may be owed


async def test_a_relay_ends_a_route_when_its_time_is_over() -> None:
    """The limit is every node's own, not the target's alone."""
    async with relayed(at_osaka=limited(Limits(duration_s=0.1))) as (topology, nodes):
        with await dial(topology) as sock:
            assert await how_it_ends(sock) == "reset"
        await eventually(lambda: not any(node.connection_count for node in nodes))


@given(
    st.integers(1000, 10**9),
    st.integers(1000, 10**6),
    st.lists(st.tuples(st.integers(1, 10**6), st.integers(0, NS_PER_S)), min_size=1, max_size=30),
)
def test_a_bucket_never_gives_more_than_its_rate_and_its_credit(
    bytes_per_s: int, burst_bytes: int, takes: list[tuple[int, int]]
) -> None:
    """However bytes come, who waits as told stays within the limit."""
    bucket = TokenBucket(bytes_per_s=bytes_per_s, burst_bytes=burst_bytes)
    began_ns = now_ns = 10**12
    taken = 0
    for size, idle_ns in takes:
        now_ns += idle_ns
        at_most = burst_bytes + (now_ns - began_ns) * bytes_per_s / NS_PER_S
        assert taken <= at_most * 1.0001 + len(takes)
        now_ns += bucket.take_ns(now_ns, size)
        taken += size


def test_a_bucket_that_was_left_alone_has_its_credit_and_no_more() -> None:
    """A source that idles must not save up for a flood."""
    bucket = TokenBucket(bytes_per_s=1000, burst_bytes=500)
    much_later_ns = 10**15

    assert bucket.take_ns(much_later_ns, 500) == 0
    assert bucket.take_ns(much_later_ns, 1000) == NS_PER_S
