"""The routes of a run, towards a target that does as it is told: what is said of a restart that carries nothing."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.engine.leg import Leg
from muxbw_tui.engine.operations import PingOperations
from muxbw_tui.engine.routes import RouteSet
from muxbw_tui.engine.window import Window
from muxbw_tui.pb.muxbw_pb2 import PumpFaults
from muxbw_tui.pb.ping_pb2 import MuxRouteEstablished, MuxRouteFailure, RouteHop
from tests.conftest import PATIENCE_S, eventually
from tests.fakes.network import FakeNetwork
from tests.fakes.peers import TARGET, Peer, route_config, tcp_pair

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Sequence

    from google.protobuf.message import Message

pytestmark = pytest.mark.usefixtures("nothing_left")


class FirstEchoes(FakeNetwork):
    """The target echoes on the first connection, and swallows what comes on every later one."""

    def __init__(self) -> None:
        super().__init__()
        self.peers: list[Peer] = []
        self._echoing: asyncio.Future[None] | None = None

    async def dial(
        self, hops: Sequence[RouteHop], *, run_id: str, route_index: int, timeout_s: float
    ) -> socket.socket:
        """Connect, whatever the path."""
        del hops, run_id, route_index, timeout_s
        near, far = tcp_pair()
        self.peers.append(Peer(far))
        if self._echoing is None:
            self._echoing = asyncio.ensure_future(self.peers[0].echo())
        return near

    async def close(self) -> None:
        """Close the target's ends."""
        if self._echoing is not None:
            self._echoing.cancel()
            await asyncio.gather(self._echoing, return_exceptions=True)
        for peer in self.peers:
            peer.sock.close()


class Pumped:
    """A set of one route that carries, and what was said of it."""

    def __init__(self, network: FirstEchoes, group: asyncio.TaskGroup) -> None:
        self.said: list[Message] = []
        self.network = network
        self.leg = Leg(0, replace(route_config(), hops=(RouteHop(to=TARGET),)))
        self.routes = RouteSet(
            [self.leg],
            PingOperations(network),
            group=group,
            publish=self.said.append,
            on_change=lambda: None,
        )

    async def begin(self) -> None:
        """Set up and pump until bytes have come back."""
        await self.routes.set_up()
        now_s = asyncio.get_running_loop().time()
        self.routes.start_pumps(Window(now_s, now_s + 60), PumpFaults())
        await eventually(lambda: self.leg.bytes_received > 0)

    async def restart(self) -> None:
        """Stop the route and let it join again, until a block of it has come to the target."""
        self.routes.stop([0])
        assert list(self.routes.restart([0]).restarting) == [0]
        await eventually(lambda: len(self.network.peers) > 1)
        await self.network.peers[1].read(self.leg.config.block_bytes if self.leg.config else 0)

    def failures(self) -> list[MuxRouteFailure]:
        """Return the failures so far."""
        return [message for message in self.said if isinstance(message, MuxRouteFailure)]


@contextlib.asynccontextmanager
async def pumped() -> AsyncIterator[Pumped]:
    """Give a set whose route carries; it is ended afterwards."""
    network = FirstEchoes()
    async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
        it = Pumped(network, group)
        await it.begin()
        yield it
        it.routes.end()
    it.routes.close()
    await network.close()


async def test_a_restarted_route_that_carried_nothing_is_reported_at_the_end() -> None:
    """What it carried before says nothing of the connection that it has now; its counts go on nevertheless."""
    async with pumped() as it:
        await it.restart()
        assert it.failures() == []

    (failure,) = it.failures()
    assert failure.error_message == "read echo: no echo before the run ended"
    assert failure.bytes_received_before_failure == it.leg.bytes_received > 0
    assert sum(isinstance(message, MuxRouteEstablished) for message in it.said) == 2


async def test_a_route_that_carries_is_not_reported_at_the_end() -> None:
    """It pumped to the end, which is no failure."""
    async with pumped() as it:
        pass

    assert it.failures() == []
