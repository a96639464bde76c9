"""The bandwidth test of one connection: blocks one after the other for a while, counted when their echo is complete.

The simple sibling of a run's pump: one route, one block under way, no restarts.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from muxbw_tui.engine.errors import Direction, ExchangeError, PingError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from muxbw_tui.engine.connection import Exchange, PingConnection

    Begin = Callable[[Callable[[Exchange], None]], tuple[PingConnection, Exchange]]


@dataclass(frozen=True, slots=True)
class Transfer:
    """How far a bandwidth test is: of blocks whose echo was complete and intact within its time.

    Attributes:
        elapsed_s: the measured time that rates are over.
        final: the test is over; the figures are its result.
    """

    bytes_sent: int
    bytes_received: int
    elapsed_s: float
    final: bool = False


class BandwidthTest:
    """One test.

    Args:
        begin: sends the next block and has a callback called at its end.
    """

    def __init__(self, begin: Begin, *, duration_s: float) -> None:
        self._begin = begin
        self._loop = asyncio.get_running_loop()
        self._duration_s = duration_s
        self._start_s = self._end_s = 0.0
        self._bytes = 0
        self._under_way: tuple[PingConnection, Exchange] | None = None
        self._error: PingError | None = None
        self._failed = asyncio.Event()

    async def progress(self, interval_s: float) -> AsyncGenerator[Transfer]:
        """Send blocks until the time is over; yield what was carried so far every interval, and the result last.

        Closing it early gives up the block under way; the connection stays good.

        Raises:
            PingError: a block failed, or no echo ever came; what was carried until then has been yielded.
        """
        self._start_s = self._loop.time()
        self._end_s = self._start_s + self._duration_s
        try:
            self._next()
            while (left_s := self._end_s - self._loop.time()) > 0 and self._error is None:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._failed.wait(), min(interval_s, left_s))
                if self._loop.time() < self._end_s:
                    yield self._transfer(self._loop.time())
            if self._error is not None:
                raise self._error
            if not self._bytes and self._under_way is not None:
                connection, _ = self._under_way
                raise ExchangeError(connection.ref, Direction.READ, "no echo before the test ended")
            yield self._transfer(self._end_s, final=True)
        finally:
            if self._under_way is not None:
                connection, exchange = self._under_way
                connection.abandon(exchange)

    def _next(self) -> None:
        try:
            self._under_way = self._begin(self._on_exchange_done)
        except PingError as exc:
            self._fail(exc)

    def _on_exchange_done(self, exchange: Exchange) -> None:
        if exchange.error is not None:
            self._fail(exchange.error)
        elif exchange.finished_s <= self._end_s:
            self._bytes += exchange.block.size_bytes
            self._next()

    def _fail(self, error: PingError) -> None:
        self._error = error
        self._failed.set()

    def _transfer(self, now_s: float, *, final: bool = False) -> Transfer:
        return Transfer(self._bytes, self._bytes, now_s - self._start_s, final=final)
