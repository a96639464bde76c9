"""The ping operations: each takes one `PingConfig` and works on the connection that the table has for it.

`begin_exchange` is the one way a block goes out: the awaitable operations await it, the pump chains it, and so every
block looks its connection up. A connection that failed while idle stays in the table until something looks it up
and is told, or until the route is stopped.
"""

from __future__ import annotations

import asyncio
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from muxbw_tui.engine.blocks import random_block
from muxbw_tui.engine.connection import Exchange, PingConnection
from muxbw_tui.engine.errors import NoPingConnectionError, RouteBusyError
from muxbw_tui.engine.planner import plan_routes
from muxbw_tui.engine.table import ConnectionTable
from muxbw_tui.errors import SetUpError
from muxbw_tui.network.dial import dial_route

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from muxbw_tui.engine.blocks import Block
    from muxbw_tui.engine.config import PingConfig
    from muxbw_tui.pb.muxbw_pb2 import Topology

PING_BYTES = 64


@dataclass(frozen=True, slots=True)
class Echo:
    """What one exchange carried: bytes each way (frame header included), and how long it took."""

    latency_s: float
    bytes_sent: int
    bytes_received: int


class PingOperations:
    """The operations on one engine's connections. For one event loop; no method blocks it."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self.table = ConnectionTable()

    async def dial_ping(self, config: PingConfig) -> PingConnection:
        """Set the route up and register its connection, replacing an older one.

        The path is `config.hops`, or else the cheapest one of at least `config.min_hops` hops. Cancel-safe.

        Raises:
            SetUpError: no such path exists, or no connection came up within `config.setup_timeout_s`.
        """
        hops = config.hops
        if not hops:
            planned = plan_routes(self._topology, config.target, count=1, min_hops=config.min_hops)
            if not planned:
                raise SetUpError(f"no route of {config.min_hops} or more hops to {config.target}")
            hops = planned[0]
        sock = await dial_route(
            self._topology,
            hops,
            run_id=config.run_id,
            route_index=config.route_index,
            timeout_s=config.setup_timeout_s,
        )
        return self.adopt(config, sock)

    def adopt(self, config: PingConfig, sock: socket.socket) -> PingConnection:
        """Register a connected, non-blocking socket as the route's connection, and close the one it replaces."""
        connection = PingConnection(sock, config.ref, loop=asyncio.get_running_loop())
        replaced = self.table.insert(config.ref, connection)
        if replaced is not None:
            replaced.abort()
        return connection

    def begin_exchange(
        self, config: PingConfig, block: Block, on_done: Callable[[Exchange], None]
    ) -> tuple[PingConnection, Exchange]:
        """Look the connection up, send a block on it, and have `on_done` called at its end.

        Raises:
            NoPingConnectionError: the table has none; names target and index.
            RouteBusyError: another operation is under way on it.
        """
        connection = self.table.find(config.ref)
        if connection is None:
            raise NoPingConnectionError(config)
        if connection.busy:
            raise RouteBusyError(config)
        return connection, connection.submit(block, timeout_s=config.io_timeout_s, on_done=on_done)

    async def ping_once(self, config: PingConfig) -> Echo:
        """Exchange a small frame. Cancel-safe: the connection stays usable.

        Raises:
            NoPingConnectionError, RouteBusyError: see `begin_exchange`.
            ExchangeError: the exchange failed, and the connection with it.
        """
        return await self._exchange(config, random_block(PING_BYTES))

    async def ping_once_with_echo(self, config: PingConfig) -> Echo:
        """Exchange one block of `config.block_bytes`. Raises and cancels as `ping_once` does."""
        return await self._exchange(config, random_block(config.block_bytes))

    def stop_ping_route(self, config: PingConfig, *, only: PingConnection | None = None) -> bool:
        """Take the route's connection out of the table and close it; what is under way on it fails at once.

        With `only`, nothing happens if a restart has registered another one meanwhile. Idempotent.

        Returns:
            Whether there was one.
        """
        connection = self.table.remove(config.ref, only=only)
        if connection is None:
            return False
        connection.abort()
        return True

    async def _exchange(self, config: PingConfig, block: Block) -> Echo:
        ended: asyncio.Future[Exchange] = asyncio.get_running_loop().create_future()
        connection, exchange = self.begin_exchange(config, block, functools.partial(_resolve, ended))
        try:
            await ended
        except asyncio.CancelledError:
            connection.abandon(exchange)
            raise
        if exchange.error is not None:
            raise exchange.error
        return Echo(exchange.finished_s - exchange.started_s, block.size_bytes, block.size_bytes)


def _resolve(ended: asyncio.Future[Exchange], exchange: Exchange) -> None:
    if not ended.done():
        ended.set_result(exchange)
