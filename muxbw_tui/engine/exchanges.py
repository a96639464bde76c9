"""The connections of one table, and the exchanges on them.

What the key of a connection is, the table's owner says: target and route index, or for dmsg the target alone.
`begin` is the one way a block goes out, so that every block looks its connection up. A connection that failed while
idle stays in the table until something looks it up and is told, or until it is stopped.
"""

from __future__ import annotations

import asyncio
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from muxbw_tui.engine.connection import Exchange, PingConnection
from muxbw_tui.engine.errors import RouteBusyError
from muxbw_tui.engine.table import ConnectionTable

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable, Hashable

    from muxbw_tui.engine.blocks import Block
    from muxbw_tui.engine.config import PingConfig
    from muxbw_tui.engine.errors import NoPingConnectionError

Key = TypeVar("Key", bound="Hashable")


@dataclass(frozen=True, slots=True)
class Echo:
    """What one exchange carried: bytes each way (frame header included), and how long it took."""

    latency_s: float
    bytes_sent: int
    bytes_received: int


class Exchanges(Generic[Key]):
    """The connections of one kind. For one event loop; no method blocks it.

    Args:
        key_of: the table's key for what an operation was called with.
        missing: the error for what the table does not have.
    """

    def __init__(
        self, key_of: Callable[[PingConfig], Key], missing: Callable[[PingConfig], NoPingConnectionError]
    ) -> None:
        self.table: ConnectionTable[Key] = ConnectionTable()
        self._key_of = key_of
        self._missing = missing

    def adopt(self, config: PingConfig, sock: socket.socket) -> PingConnection:
        """Register a connected, non-blocking socket, and close the connection that it replaces."""
        connection = PingConnection(sock, config.ref, loop=asyncio.get_running_loop())
        replaced = self.table.insert(self._key_of(config), connection)
        if replaced is not None:
            replaced.abort()
        return connection

    def find(self, config: PingConfig) -> PingConnection:
        """Look the connection up.

        Raises:
            NoPingConnectionError: the table has none; the message names it.
        """
        connection = self.table.find(self._key_of(config))
        if connection is None:
            raise self._missing(config)
        return connection

    def begin(
        self, config: PingConfig, block: Block, on_done: Callable[[Exchange], None], *, window: int = 1
    ) -> tuple[PingConnection, Exchange]:
        """Look the connection up, send a block on it, and have `on_done` called at its end.

        Up to `window` exchanges may be under way on the connection, this one included.

        Raises:
            NoPingConnectionError: see `find`.
            RouteBusyError: as many are under way on it already.
        """
        connection = self.find(config)
        if connection.awaited >= window:
            raise RouteBusyError(config)
        return connection, connection.submit(block, timeout_s=config.io_timeout_s, on_done=on_done)

    async def exchange(self, config: PingConfig, block: Block) -> Echo:
        """Send a block and await its echo. Cancel-safe: the connection stays usable.

        Raises:
            NoPingConnectionError, RouteBusyError: see `begin`.
            ExchangeError: the exchange failed, and the connection with it.
        """
        ended: asyncio.Future[Exchange] = asyncio.get_running_loop().create_future()
        connection, exchange = self.begin(config, block, functools.partial(_resolve, ended))
        try:
            await ended
        except asyncio.CancelledError:
            connection.abandon(exchange)
            raise
        if exchange.error is not None:
            raise exchange.error
        return Echo(exchange.finished_s - exchange.started_s, block.size_bytes, block.size_bytes)

    def stop(self, config: PingConfig, *, only: PingConnection | None = None) -> bool:
        """Take the connection out of the table and close it; what is under way on it fails at once. Idempotent.

        With `only`, nothing happens if a restart has registered another one meanwhile.

        Returns:
            Whether there was one.
        """
        return self._abort(self._key_of(config), only)

    def stop_all(self, which: Callable[[Key], bool] = lambda _: True) -> int:
        """Stop every connection whose key is wanted; returns how many there were."""
        return sum(self._abort(key, None) for key in self.table.all_keys() if which(key))

    def _abort(self, key: Key, only: PingConnection | None) -> bool:
        connection = self.table.remove(key, only=only)
        if connection is None:
            return False
        connection.abort()
        return True


def _resolve(ended: asyncio.Future[Exchange], exchange: Exchange) -> None:
    if not ended.done():
        ended.set_result(exchange)
