"""One route's connection and the block exchange on it: send a block, read its echo, both under one deadline.

A callback state machine on a non-blocking socket, with no await and no buffer allocated per block (add_reader with
recv_into was as fast as a BufferedProtocol or faster, and leaves the kernel's send buffer as the only one, so that a
peer that never reads is seen). It belongs to one event loop and must be used from its thread alone.

Exchanges on a connection form a queue, because echoes come back in the order in which blocks went out. Whoever calls
decides how many are under way: one for the pump and the single operations, one per due instant for the probe.

An exchange that its caller gave up (a cancelled operation) stays in the queue without a deadline until its echo has
been read, so that the stream stays in step and the connection remains good for the next one.
"""

from __future__ import annotations

import logging
from collections import deque
from typing import TYPE_CHECKING

from muxbw_tui.engine.errors import ConnectionClosedError, Direction, ExchangeError, ExchangeTimeoutError
from muxbw_tui.network import sockets
from muxbw_tui.network.frames import HEADER, HEADER_BYTES, STATUS, STATUS_MAGIC

if TYPE_CHECKING:
    import asyncio
    import socket
    from collections.abc import Callable

    from muxbw_tui.engine.blocks import Block
    from muxbw_tui.engine.config import RouteRef

log = logging.getLogger(__name__)

_ZERO_HEADER = bytes(HEADER_BYTES)


class Exchange:
    """One block on its way there and back.

    Attributes:
        sequence: of the block on its connection, from 1.
        started_s: when it was handed to the connection, on the loop's clock.
        finished_s: when its echo was complete, or it failed.
        deadline_s: absolute, for both directions.
        cpu_share: of a core that the responder used, 0 to 1; in the echo of a status frame.
        error: why it failed; None while under way and when the echo came back intact.
    """

    __slots__ = (
        "block",
        "cpu_share",
        "deadline_s",
        "error",
        "finished_s",
        "on_done",
        "sequence",
        "started_s",
    )

    def __init__(
        self,
        block: Block,
        sequence: int,
        started_s: float,
        deadline_s: float,
        on_done: Callable[[Exchange], None] | None,
    ) -> None:
        self.block = block
        self.sequence = sequence
        self.started_s = started_s
        self.finished_s = 0.0
        self.cpu_share = 0.0
        self.deadline_s = deadline_s
        self.error: ExchangeError | None = None
        self.on_done = on_done


class PingConnection:
    """The engine's end of one route.

    The socket must be connected, non-blocking and set up through to the target; the connection owns it from now on.
    """

    def __init__(self, sock: socket.socket, ref: RouteRef, *, loop: asyncio.AbstractEventLoop) -> None:
        self.ref = ref
        self._sock = sock
        self._loop = loop
        self._sequence = 0
        self._in_flight: deque[Exchange] = deque()
        self._awaited = 0
        self._unsent: deque[memoryview] = deque()
        self._echo = bytearray(0)
        self._echo_bytes = 0
        self._timer: asyncio.TimerHandle | None = None
        self._closed_by: ExchangeError | None = None
        self._on_closed: Callable[[ExchangeError], None] | None = None
        loop.add_reader(sock, self._on_readable)

    @property
    def closed(self) -> bool:
        """Whether the connection is of no further use; an exchange on it fails with what closed it."""
        return self._closed_by is not None

    @property
    def awaited(self) -> int:
        """How many exchanges are under way that somebody waits for."""
        return self._awaited

    def submit(self, block: Block, *, timeout_s: float, on_done: Callable[[Exchange], None]) -> Exchange:
        """Send a block and call `on_done` once its echo is back and intact, or with `error` set.

        `on_done` is called exactly once and never from within this call, unless `abandon` comes first.
        """
        now_s = self._loop.time()
        self._sequence += 1
        exchange = Exchange(block, self._sequence, now_s, now_s + timeout_s, on_done)
        self._in_flight.append(exchange)
        self._awaited += 1
        if self._closed_by is not None:
            self._fail(self._closed_by)
            return exchange
        if self._timer is None or exchange.deadline_s < self._timer.when():
            self._arm(exchange.deadline_s)
        header = HEADER.pack(block.magic, block.size_bytes, exchange.sequence)
        if self._unsent:
            self._unsent.extend((memoryview(header), block.payload))
        else:
            self._send_first(header, block.payload)
        return exchange

    def when_closed(self, on_closed: Callable[[ExchangeError], None]) -> None:
        """Have `on_closed` called once with what closed the connection, be it idle; never from within this call.

        Exchanges that were under way are told before. The latest caller alone is told.
        """
        self._on_closed = on_closed
        if self._closed_by is not None:
            self._fail(self._closed_by)

    def abandon(self, exchange: Exchange) -> None:
        """Give an exchange up: nobody is told of its end, and the connection stays good."""
        if exchange.on_done is not None:
            exchange.on_done = None
            self._awaited -= 1

    def abort(self) -> None:
        """Close at once, with a reset; every exchange under way fails with `ConnectionClosedError`. Idempotent."""
        direction = Direction.WRITE if self._unsent else Direction.READ
        self._fail(ConnectionClosedError(self.ref, direction))

    def _send_first(self, header: bytes, payload: memoryview) -> None:
        """Hand a block to the kernel, keeping what it does not take."""
        try:
            sent = self._sock.sendmsg((header, payload))
        except BlockingIOError:
            sent = 0
        except OSError as exc:
            self._fail(self._error_from(Direction.WRITE, exc))
            return
        if sent == HEADER_BYTES + len(payload):
            return
        if sent < HEADER_BYTES:
            self._unsent.append(memoryview(header)[sent:])
            sent = HEADER_BYTES
        self._unsent.append(payload[sent - HEADER_BYTES :])
        self._loop.add_writer(self._sock, self._on_writable)

    def _on_writable(self) -> None:
        """Hand more to the kernel, now that it has room."""
        rest = self._unsent[0]
        try:
            sent = self._sock.send(rest)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as exc:
            self._fail(self._error_from(Direction.WRITE, exc))
            return
        if sent < len(rest):
            self._unsent[0] = rest[sent:]
            return
        self._unsent.popleft()
        if not self._unsent:
            self._loop.remove_writer(self._sock)

    def _on_readable(self) -> None:
        """Read more of the echo at the head of the queue, never beyond its end."""
        if not self._in_flight:
            self._read_while_idle()
            return
        size = self._in_flight[0].block.size_bytes
        if len(self._echo) != size:
            self._echo = bytearray(size)
        try:
            if self._echo_bytes:
                count = self._sock.recv_into(memoryview(self._echo)[self._echo_bytes :])
            else:
                count = self._sock.recv_into(self._echo)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as exc:
            self._fail(self._error_from(Direction.READ, exc))
            return
        if count == 0:
            self._fail(ExchangeError(self.ref, Direction.READ, "connection closed by peer"))
            return
        self._echo_bytes += count
        if self._echo_bytes == size:
            self._echo_bytes = 0
            self._on_echo()
        elif self._echo_bytes >= HEADER_BYTES and not self._in_step():
            self._fail_as_different()

    def _in_step(self) -> bool:
        """Return whether the header in the buffer is that of the block at the head of the queue."""
        exchange = self._in_flight[0]
        magic, size, sequence = HEADER.unpack_from(self._echo)
        block = exchange.block
        return bool(magic == block.magic and size == block.size_bytes and sequence == exchange.sequence)

    def _on_echo(self) -> None:
        """Check the complete echo in the buffer, and end its exchange."""
        exchange = self._in_flight[0]
        in_step = self._in_step()
        self._echo[:HEADER_BYTES] = _ZERO_HEADER
        if in_step and exchange.block.magic == STATUS_MAGIC:
            exchange.cpu_share = min(STATUS.unpack_from(self._echo, HEADER_BYTES)[0] / 1000, 1.0)
        elif not in_step or self._echo != exchange.block.reference:
            self._fail_as_different()
            return
        self._in_flight.popleft()
        exchange.finished_s = self._loop.time()
        self._report(exchange)

    def _fail_as_different(self) -> None:
        reason = f"block {self._in_flight[0].sequence} came back different"
        self._fail(ExchangeError(self.ref, Direction.READ, reason))

    def _read_while_idle(self) -> None:
        """Take note of a peer that closes, or that speaks without having been asked."""
        try:
            unasked = self._sock.recv(1)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as exc:
            self._fail(self._error_from(Direction.READ, exc))
            return
        reason = "the peer sent bytes that nobody asked for" if unasked else "connection closed by peer"
        self._fail(ExchangeError(self.ref, Direction.READ, reason))

    def _on_timer(self) -> None:
        """Fail the exchange whose deadline has passed, or wait for the next deadline.

        One timer serves every exchange of the connection: it is not touched per block, and finds out when it fires.
        """
        self._timer = None
        deadline_s = min((e.deadline_s for e in self._in_flight if e.on_done is not None), default=None)
        if deadline_s is None:
            return
        if deadline_s > self._loop.time():
            self._arm(deadline_s)
            return
        direction = Direction.WRITE if self._unsent else Direction.READ
        self._fail(ExchangeTimeoutError(self.ref, direction))

    def _arm(self, deadline_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(deadline_s, self._on_timer)

    def _error_from(self, direction: Direction, exc: OSError) -> ExchangeError:
        """Map what the kernel says of the socket."""
        return ExchangeError(self.ref, direction, (exc.strerror or str(exc)).lower())

    def _fail(self, error: ExchangeError) -> None:
        """Close the socket with a reset, and fail everything under way in the loop's next round."""
        if self._closed_by is None:
            self._closed_by = error
            self._loop.remove_reader(self._sock)
            self._loop.remove_writer(self._sock)
            # A reset: an orderly close with unsent bytes may never report.
            sockets.reset(self._sock)
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            self._unsent.clear()
        now_s = self._loop.time()
        while self._in_flight:
            exchange = self._in_flight.popleft()
            exchange.finished_s = now_s
            exchange.error = error
            self._loop.call_soon(self._report, exchange)
        if self._on_closed is not None:
            self._loop.call_soon(self._on_closed, error)
            self._on_closed = None

    def _report(self, exchange: Exchange) -> None:
        """Tell the caller, unless it has given up meanwhile."""
        on_done = exchange.on_done
        if on_done is not None:
            self.abandon(exchange)
            on_done(exchange)
