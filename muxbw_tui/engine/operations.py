"""The ping operations: each takes one `PingConfig` and works on the connection that its table has for it.

Connections over routes are kept by target and route index, those over dmsg by target alone; what is done on them is
the same, and is in `exchanges`. The pump chains `begin_exchange`, which the other operations await.
"""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING

from muxbw_tui.clock import SystemClock
from muxbw_tui.engine.bandwidth import BandwidthTest
from muxbw_tui.engine.blocks import random_block
from muxbw_tui.engine.breaker import Breakers
from muxbw_tui.engine.config import PING_BYTES
from muxbw_tui.engine.errors import NoDmsgConnectionError, NoPingConnectionError
from muxbw_tui.engine.exchanges import Echo, Exchanges
from muxbw_tui.engine.planner import plan_routes
from muxbw_tui.engine.planning import plan_in_thread
from muxbw_tui.errors import SetUpError
from muxbw_tui.network.topology import hops_by_rendezvous, node_name

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

    from muxbw_tui.engine.bandwidth import Transfer
    from muxbw_tui.engine.blocks import Block
    from muxbw_tui.engine.config import PingConfig, RouteRef
    from muxbw_tui.engine.connection import Exchange, PingConnection
    from muxbw_tui.engine.table import ConnectionTable
    from muxbw_tui.network.base import Network
    from muxbw_tui.pb.ping_pb2 import RouteHop


class PingOperations:
    """The operations on one engine's connections. For one event loop; no method blocks it.

    Attributes:
        breakers: of the network's nodes; set-ups that fail or succeed are reported to them.
    """

    def __init__(self, network: Network, *, breakers: Breakers | None = None) -> None:
        self.breakers = breakers or Breakers(SystemClock())
        self._network = network
        self._routes: Exchanges[RouteRef] = Exchanges(lambda config: config.ref, NoPingConnectionError)
        self._dmsg: Exchanges[str] = Exchanges(lambda config: config.target, NoDmsgConnectionError)

    @property
    def table(self) -> ConnectionTable[RouteRef]:
        """The connections over routes."""
        return self._routes.table

    @property
    def dmsg_table(self) -> ConnectionTable[str]:
        """The connections over dmsg."""
        return self._dmsg.table

    async def plan(self, config: PingConfig) -> tuple[RouteHop, ...]:
        """Return the path to take: `config.hops`, or else the cheapest one within the limits on hops.

        Raises:
            SetUpError: no such path exists.
        """
        if config.hops:
            return config.hops
        open_nodes = self.breakers.open_nodes()
        plan = await plan_in_thread(
            self._network.topology,
            lambda topology, effort: plan_routes(
                topology,
                config.target,
                count=1,
                min_hops=config.min_hops,
                max_hops=config.max_hops,
                last_resort=open_nodes,
                effort=effort,
            ),
        )
        if not plan.paths:
            name = node_name(self._network.topology, config.target)
            raise SetUpError(f"no route of {config.min_hops} to {config.max_hops} hops leads to {name}")
        return plan.paths[0]

    async def dial_ping(self, config: PingConfig) -> PingConnection:
        """Set the route up and register its connection, replacing an older one.

        The path is that of `plan`. Cancel-safe; a connection that came up too late is closed.

        Raises:
            SetUpError: no such path exists, or no connection came up within `config.setup_timeout_s`; the message
                names the hop.
        """
        hops = await self.plan(config)
        dialling = self._network.dial(
            hops,
            run_id=config.run_id,
            route_index=config.route_index,
            timeout_s=config.setup_timeout_s,
        )
        return self.adopt(config, await self._dialled(dialling, hops))

    def adopt(self, config: PingConfig, sock: socket.socket) -> PingConnection:
        """Register a connected, non-blocking socket as the route's connection, and close the one it replaces."""
        return self._routes.adopt(config, sock)

    def find_connection(self, config: PingConfig) -> PingConnection:
        """Look the route's connection up; see `Exchanges.find`."""
        return self._routes.find(config)

    def begin_exchange(
        self, config: PingConfig, block: Block, on_done: Callable[[Exchange], None], *, window: int = 1
    ) -> tuple[PingConnection, Exchange]:
        """Send a block on the route's connection and have `on_done` called at its end; see `Exchanges.begin`."""
        return self._routes.begin(config, block, on_done, window=window)

    async def ping_once(self, config: PingConfig) -> Echo:
        """Exchange a small frame; see `Exchanges.exchange`."""
        return await self._routes.exchange(config, random_block(PING_BYTES))

    async def ping_once_with_echo(self, config: PingConfig) -> Echo:
        """Exchange one block of `config.block_bytes`; see `Exchanges.exchange`."""
        return await self._routes.exchange(config, random_block(config.block_bytes))

    async def ping(self, config: PingConfig, count: int) -> AsyncGenerator[Echo]:
        """Exchange blocks of `config.block_bytes` one after the other; raises as `ping_once` does."""
        for _ in range(count):
            yield await self.ping_once_with_echo(config)

    def bandwidth_test(
        self, config: PingConfig, duration_s: float, interval_s: float = 1.0
    ) -> AsyncGenerator[Transfer]:
        """Send blocks of `config.block_bytes` for a while; see `BandwidthTest.progress`."""
        begin = functools.partial(self.begin_exchange, config, random_block(config.block_bytes))
        return BandwidthTest(begin, duration_s=duration_s).progress(interval_s)

    def stop_ping_route(self, config: PingConfig, *, only: PingConnection | None = None) -> bool:
        """Take the route's connection out of the table and close it; see `Exchanges.stop`."""
        return self._routes.stop(config, only=only)

    def stop_ping(self, target: str) -> int:
        """Stop every route to a target, by whatever index; returns how many connections there were."""
        return self._routes.stop_all(lambda ref: ref.target == target)

    def stop_all(self) -> int:
        """Stop everything, dmsg too; returns how many connections there were."""
        return self._routes.stop_all() + self._dmsg.stop_all()

    async def dial_dmsg_ping(self, config: PingConfig) -> PingConnection:
        """Reach the target over its rendezvous and register the connection, replacing an older one.

        `config` is that of a route; its index, hops and limits on hops mean nothing here. Cancel-safe.

        Raises:
            SetUpError: the target attends at no rendezvous, or no connection came up in time; the message names the
                hop.
        """
        dialling = self._network.dial_dmsg(
            config.target, run_id=config.run_id, timeout_s=config.setup_timeout_s
        )
        hops: Sequence[RouteHop] = ()
        with contextlib.suppress(LookupError):  # what attends nowhere has no path, and the network says so
            hops = hops_by_rendezvous(self._network.topology, config.target)
        return self._dmsg.adopt(config, await self._dialled(dialling, hops))

    async def dmsg_ping_once(self, config: PingConfig) -> Echo:
        """Exchange a small frame over dmsg; see `Exchanges.exchange`."""
        return await self._dmsg.exchange(config, random_block(PING_BYTES))

    async def dmsg_ping_once_with_echo(self, config: PingConfig) -> Echo:
        """Exchange one block of `config.block_bytes` over dmsg; see `Exchanges.exchange`."""
        return await self._dmsg.exchange(config, random_block(config.block_bytes))

    async def dmsg_ping(self, config: PingConfig, count: int) -> AsyncGenerator[Echo]:
        """Exchange blocks over dmsg one after the other; raises as `dmsg_ping_once` does."""
        for _ in range(count):
            yield await self.dmsg_ping_once_with_echo(config)

    def dmsg_bandwidth_test(
        self, config: PingConfig, duration_s: float, interval_s: float = 1.0
    ) -> AsyncGenerator[Transfer]:
        """Send blocks over dmsg for a while; see `BandwidthTest.progress`."""
        begin = functools.partial(self._dmsg.begin, config, random_block(config.block_bytes))
        return BandwidthTest(begin, duration_s=duration_s).progress(interval_s)

    def stop_dmsg_ping(self, config: PingConfig) -> bool:
        """Take the target's dmsg connection out of its table and close it; see `Exchanges.stop`."""
        return self._dmsg.stop(config)

    async def _dialled(self, dialling: Awaitable[socket.socket], hops: Sequence[RouteHop]) -> socket.socket:
        """Await a set-up along these hops, and tell the breakers how it ended."""
        try:
            sock = await dialling
        except SetUpError as exc:
            raise self._failed(exc, hops) from exc
        for hop in hops[:-1]:
            self.breakers.succeeded(hop.to)
        return sock

    def _failed(self, exc: SetUpError, hops: Sequence[RouteHop]) -> SetUpError:
        """Charge the intermediate at which a set-up failed, and return the error that names the hop.

        Never the target; and the intermediates before it did their part. Once the node's breaker is open, the message
        says that too, and when the node will be tried again.
        """
        ends = [hop.to for hop in hops]
        if exc.failed_at not in ends:
            return exc
        position = ends.index(exc.failed_at)
        for node in ends[:position]:
            self.breakers.succeeded(node)
        if position < len(ends) - 1:
            self.breakers.failed(exc.failed_at)
        name = node_name(self._network.topology, exc.failed_at)
        words = f"hop {position + 1} of {len(hops)}, at {name}: {exc}"
        if left_out := self.breakers.why_left_out(exc.failed_at):
            words = f"{words}; {left_out}"
        return SetUpError(words, failed_at=exc.failed_at)
