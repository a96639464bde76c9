"""The pump of one route: keep a window of block exchanges under way until the measured window closes or one fails."""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING

from muxbw_tui.engine.blocks import random_block, status_block
from muxbw_tui.engine.errors import PingError

if TYPE_CHECKING:
    from collections.abc import Callable

    from muxbw_tui.engine.config import PingConfig
    from muxbw_tui.engine.connection import Exchange, PingConnection
    from muxbw_tui.engine.leg import Leg
    from muxbw_tui.engine.operations import PingOperations
    from muxbw_tui.engine.window import Window


class RoutePump:
    """Pumps one route once, for the warm-up or for the measured window: a restart is another pump on the same leg.

    Each block is looked up in the connection table, through the same `begin_exchange` as the single operations.

    Args:
        window: blocks whose echo completes inside it count.
        measured: False for the warm-up, whose blocks count as such.
    """

    def __init__(
        self,
        operations: PingOperations,
        leg: Leg,
        config: PingConfig,
        window: Window,
        *,
        measured: bool = True,
        paused: bool = False,
    ) -> None:
        self._operations = operations
        self._leg = leg
        self._config = config
        self._window = window
        self._measured = measured
        self._block = random_block(config.block_bytes)
        self._ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._connection: PingConnection | None = None
        self._under_way: set[Exchange] = set()
        self._statuses: set[Exchange] = set()
        self._paused = paused

    @property
    def connection(self) -> PingConnection | None:
        """The connection that the latest block went out on."""
        return self._connection

    @property
    def ended(self) -> bool:
        """Whether the pump has come to its end by itself."""
        return self._ended.done()

    async def run(self) -> None:
        """Pump until the window has closed and every block under way has come back.

        Cancelling gives up the blocks under way, which then do not count.

        Raises:
            PingError: what ended the pump; the leg's counters stand.
        """
        # A connection that fails with no block under way, as while paused, would else be missed until the next one.
        self._operations.find_connection(self._config).when_closed(self._end)
        self._fill()
        try:
            await self._ended
        finally:
            if self._connection is not None:
                for exchange in (*self._under_way, *self._statuses):
                    self._connection.abandon(exchange)

    def pause(self, *, paused: bool) -> None:
        """Send no further block, or go on; what is under way comes back either way."""
        self._paused = paused
        if not paused:
            self._leg.progress_s = asyncio.get_running_loop().time()
            self._fill()

    def ask_status(self, on_done: Callable[[Exchange], None] | None = None) -> bool:
        """Send a status frame between the blocks; False where there is no connection to send it on.

        Args:
            on_done: called once it has come back or failed, unless the pump ends first.
        """
        connection = self._connection
        if connection is None or connection.closed:
            return False
        on_status = functools.partial(self._on_status, on_done)
        timeout_s = self._config.io_timeout_s
        self._statuses.add(connection.submit(status_block(), timeout_s=timeout_s, on_done=on_status))
        return True

    def _on_status(self, on_done: Callable[[Exchange], None] | None, exchange: Exchange) -> None:
        self._statuses.discard(exchange)
        if exchange.error is None:
            self._leg.take_status(exchange)
            if self._window.contains(exchange.finished_s):
                self._fill()
        if on_done is not None:
            on_done(exchange)

    def _fill(self) -> None:
        """Send blocks until as many are under way as the leg's window holds."""
        window = self._leg.window
        try:
            while len(self._under_way) < window and not self._paused and not self._ended.done():
                self._connection, exchange = self._operations.begin_exchange(
                    self._config,
                    self._block,
                    self._on_exchange_done,
                    window=window + len(self._statuses),
                )
                self._under_way.add(exchange)
        except PingError as exc:
            self._end(exc)
            return
        if self._leg.wants_probe and not self._statuses:
            self.ask_status()

    def _on_exchange_done(self, exchange: Exchange) -> None:
        self._under_way.discard(exchange)
        if exchange.error is not None:
            self._end(exchange.error)
        elif self._window.contains(exchange.finished_s):
            self._leg.count(
                exchange.block.size_bytes, exchange.started_s, exchange.finished_s, measured=self._measured
            )
            self._fill()
        elif not self._under_way:
            self._end(None)

    def _end(self, error: PingError | None) -> None:
        if self._ended.done():
            return
        if error is None:
            self._ended.set_result(None)
        else:
            self._ended.set_exception(error)
