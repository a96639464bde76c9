"""The pump of one route: chain block exchanges until the window closes or one of them fails."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from muxbw_tui.engine.blocks import random_block
from muxbw_tui.engine.errors import PingError

if TYPE_CHECKING:
    from muxbw_tui.engine.config import PingConfig
    from muxbw_tui.engine.connection import Exchange, PingConnection
    from muxbw_tui.engine.leg import Leg
    from muxbw_tui.engine.operations import PingOperations
    from muxbw_tui.engine.window import Window


class RoutePump:
    """Pumps one route once: a restart is another pump on the same leg.

    Each block is looked up in the connection table, through the same `begin_exchange` as the single operations.
    """

    def __init__(self, operations: PingOperations, leg: Leg, config: PingConfig, window: Window) -> None:
        self._operations = operations
        self._leg = leg
        self._config = config
        self._window = window
        self._block = random_block(config.block_bytes)
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._connection: PingConnection | None = None
        self._exchange: Exchange | None = None

    @property
    def connection(self) -> PingConnection | None:
        """The connection that the latest block went out on."""
        return self._connection

    @property
    def ended(self) -> bool:
        """Whether the pump has come to its end by itself."""
        return self._ended.done()

    async def run(self) -> None:
        """Pump until the window closes. Cancelling gives up the block under way, which then does not count.

        Raises:
            PingError: what ended the pump; the leg's counters stand.
        """
        self._next()
        try:
            await self._ended
        finally:
            if self._connection is not None and self._exchange is not None:
                self._connection.abandon(self._exchange)

    def _next(self) -> None:
        try:
            self._connection, self._exchange = self._operations.begin_exchange(
                self._config, self._block, self._on_exchange_done
            )
        except PingError as exc:
            self._end(exc)

    def _on_exchange_done(self, exchange: Exchange) -> None:
        if exchange.error is not None:
            self._end(exchange.error)
        elif self._window.contains(exchange.finished_s):
            leg = self._leg
            leg.bytes_sent += exchange.block.size_bytes
            leg.bytes_received += exchange.block.size_bytes
            leg.progress_s = exchange.finished_s
            self._next()
        else:
            self._end(None)

    def _end(self, error: PingError | None) -> None:
        if self._ended.done():
            return
        if error is None:
            self._ended.set_result(None)
        else:
            self._ended.set_exception(error)
