"""The data path of every node and link: bytes from one socket to another, as they come.

Owns back-pressure (a receiver that does not read stops the reading), half-close (an end of input is passed on once
everything before it is), reset (one broken side breaks the other), and counting. Runs as callbacks of the loop on
non-blocking sockets, without a task and without an await: measured at about three times the rate of `loop.sock_*`
with 64 connections.

A `Flow` is one direction, a `Session` is the flows that live and end together: two in a relay and on a link, one in
the responder, where source and destination are the same socket.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import time
from typing import TYPE_CHECKING

from muxbw_tui.errors import ProtocolError
from muxbw_tui.network import sockets
from muxbw_tui.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from muxbw_tui.network.shaping import TokenBucket

READ_BYTES = 256 * 1024

_PEER_CHECK_S = 1.0

log = logging.getLogger(__name__)


class Tally:
    """A count of bytes that several flows add to."""

    __slots__ = ("bytes",)

    def __init__(self) -> None:
        self.bytes = 0


class Flow:
    """One direction of a session. At most one read of bytes is held while the destination does not take them.

    Args:
        source: where bytes are read.
        destination: where they go.
        scratch: what is read into; shared by every flow of a loop, since nothing stays in it.
        tally: counts what the destination's kernel has taken.
        inspect: sees every piece before it is sent; a `ProtocolError` from it breaks the session.
        bucket: bounds the rate of what is read; shared by the flows that it bounds together.
    """

    read_bytes = READ_BYTES

    def __init__(
        self,
        source: socket.socket,
        destination: socket.socket,
        *,
        scratch: memoryview,
        tally: Tally,
        inspect: Callable[[memoryview], None] | None = None,
        bucket: TokenBucket | None = None,
    ) -> None:
        self._loop = asyncio.get_running_loop()
        self._source = source
        self._destination = destination
        self._scratch = scratch
        self._tally = tally
        self._inspect = inspect
        self._bucket = bucket
        self._credit_timer: asyncio.TimerHandle | None = None
        if bucket is not None:
            self.read_bytes = min(READ_BYTES, bucket.piece_bytes)
        self._session: Session | None = None
        self._held = memoryview(b"")
        self._is_reading = False
        self._at_end = False
        self._is_shut = False
        self._is_stalled = False
        self._is_swallowing = False
        self.ended = False

    def start(self, session: Session) -> None:
        """Begin to read; the session is told how this ends."""
        self._session = session
        self._pay(0)  # whoever shares the bucket may have left a debt
        self._update_reading()

    def stop(self) -> None:
        """Let go of the loop; nothing is read or sent any more. Idempotent."""
        if self.ended:
            return
        self.ended = True
        self._set_reading(wanted=False)
        self._loop.remove_writer(self._destination)
        if self._credit_timer is not None:
            self._credit_timer.cancel()

    def set_stalled(self, *, stalled: bool) -> None:
        """Stop reading, or go on."""
        self._is_stalled = stalled
        self._update_reading()

    def set_swallowing(self, *, swallowing: bool) -> None:
        """Drop what is read, or pass it on again."""
        self._is_swallowing = swallowing

    def inject(self, data: bytes) -> None:
        """Send bytes that did not come from the source."""
        if self.ended or self._is_shut:
            return
        if self._held:
            self._held = memoryview(bytes(self._held) + data)
        else:
            self._send(memoryview(data))

    def finish(self) -> None:
        """Tell the destination that nothing more comes, and drop what is held and whatever the source still sends."""
        if self.ended or self._is_shut:
            return
        self._held = memoryview(b"")
        self._loop.remove_writer(self._destination)
        self._shut_down()
        self._update_reading()

    @property
    def is_paused(self) -> bool:
        """Whether the source could go away without being noticed."""
        return not (self.ended or self._is_reading)

    def _may_read(self) -> bool:
        waits = self._credit_timer is not None
        return not (self.ended or self._at_end or self._is_stalled or waits or self._held)

    def _update_reading(self) -> None:
        self._set_reading(wanted=self._may_read())
        if self.is_paused and self._session is not None:
            self._session.on_pause()

    def _set_reading(self, *, wanted: bool) -> None:
        if wanted == self._is_reading:
            return
        self._is_reading = wanted
        if wanted:
            self._loop.add_reader(self._source, self._on_readable)
        else:
            self._loop.remove_reader(self._source)

    def _on_readable(self) -> None:
        try:
            size = self._source.recv_into(self._scratch, self.read_bytes)
            if size == 0:
                self._at_end = True
                self._update_reading()
                self._on_end()
            elif not (self._is_swallowing or self._is_shut):
                piece = self._scratch[:size]
                if self._inspect is not None:
                    self._inspect(piece)
                self._on_piece(piece)
                self._pay(size)
        except (BlockingIOError, InterruptedError):
            return
        except (OSError, ProtocolError) as exc:
            self._fail(exc)

    def _pay(self, size: int) -> None:
        wait_ns = self._bucket.take_ns(time.monotonic_ns(), size) if self._bucket is not None else 0
        if wait_ns and not self.ended:
            self._credit_timer = self._loop.call_later(wait_ns / NS_PER_S, self._on_credit)
            self._update_reading()

    def _on_credit(self) -> None:
        self._credit_timer = None
        self._update_reading()

    def _on_piece(self, piece: memoryview) -> None:
        self._send(piece)

    def _on_end(self) -> None:
        if not self._held:
            self._end()

    def _send(self, piece: memoryview) -> None:
        """Send what the destination takes at once, and hold a copy of the rest: the scratch is another's next."""
        try:
            sent = self._destination.send(piece)
        except (BlockingIOError, InterruptedError):
            sent = 0
        except OSError as exc:
            self._fail(exc)
            return
        self._tally.bytes += sent
        if sent < len(piece):
            self._held = memoryview(bytes(piece[sent:]))
            self._loop.add_writer(self._destination, self._on_writable)
            self._update_reading()

    def _on_writable(self) -> None:
        try:
            sent = self._destination.send(self._held)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as exc:
            self._fail(exc)
            return
        self._tally.bytes += sent
        self._held = self._held[sent:]
        if not self._held:
            self._loop.remove_writer(self._destination)
            self._on_sent()

    def _on_sent(self) -> None:
        if self._at_end:
            self._end()
        else:
            self._update_reading()

    def _end(self) -> None:
        if not self._is_shut:
            self._shut_down()
        self.stop()
        if self._session is not None:
            self._session.on_flow_end()

    def _shut_down(self) -> None:
        self._is_shut = True
        try:
            self._destination.shutdown(socket.SHUT_WR)
        except OSError as exc:
            self._fail(exc)

    def _fail(self, error: OSError | ProtocolError) -> None:
        if self.ended:
            return
        self.stop()
        if self._session is not None:
            self._session.on_failure(error)


class Session:
    """What belongs to one connection through a node or a link: its sockets and its flows.

    Args:
        name: for the log.
        near: the socket towards the dialler.
        far: the socket away from it; the near one again where bytes turn round.
        outward: the flow away from the dialler; None where bytes turn round.
        homeward: the flow towards the dialler.
        on_closed: called once, when the sockets are closed.
        warn: logs what a peer did wrong.
    """

    def __init__(
        self,
        name: str,
        *,
        near: socket.socket,
        far: socket.socket,
        outward: Flow | None,
        homeward: Flow,
        on_closed: Callable[[Session], None],
        warn: Callable[..., None] = log.warning,
    ) -> None:
        self._name = name
        self._sockets = (near, far)
        self._homeward = homeward
        self._flows = (homeward,) if outward is None else (outward, homeward)
        self._on_closed = on_closed
        self._warn = warn
        self._is_closed = False
        self._peer_check: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Let the bytes flow."""
        for flow in self._flows:
            flow.start(self)

    def reset(self) -> None:
        """Break the connection on every side, at once. Idempotent."""
        self._close(sockets.reset)

    def set_stalled(self, *, stalled: bool) -> None:
        """Stop reading on every side, or go on."""
        for flow in self._flows:
            flow.set_stalled(stalled=stalled)

    def set_swallowing(self, *, swallowing: bool) -> None:
        """Drop every byte that comes, or pass them on again."""
        for flow in self._flows:
            flow.set_swallowing(swallowing=swallowing)

    def half_close(self) -> None:
        """Tell the dialler that nothing more comes, while its own bytes are still taken."""
        self._homeward.finish()

    def inject(self, data: bytes) -> None:
        """Send the dialler bytes that the other end never sent."""
        self._homeward.inject(data)

    def on_flow_end(self) -> None:
        """Close once every direction has come to its end."""
        if all(flow.ended for flow in self._flows):
            self._close(socket.socket.close)

    def on_failure(self, error: OSError | ProtocolError) -> None:
        """Break what is left when one side broke."""
        tell = self._warn if isinstance(error, ProtocolError) else log.debug
        tell("%s: connection closed: %s", self._name, sockets.describe(error))
        self.reset()

    def on_pause(self) -> None:
        """Look after peers from time to time while a flow does not read: nothing else would tell of a reset."""
        if self._peer_check is None and not self._is_closed:
            loop = asyncio.get_running_loop()
            self._peer_check = loop.call_later(_PEER_CHECK_S, self._check_peers)

    def _check_peers(self) -> None:
        self._peer_check = None
        for sock in self._sockets:
            number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if number:
                self.on_failure(OSError(number, ""))
                return
        if any(flow.is_paused for flow in self._flows):
            self.on_pause()

    def _close(self, close_socket: Callable[[socket.socket], None]) -> None:
        if self._is_closed:
            return
        self._is_closed = True
        if self._peer_check is not None:
            self._peer_check.cancel()
        for flow in self._flows:
            flow.stop()
        for sock in self._sockets:
            close_socket(sock)
        self._on_closed(self)
