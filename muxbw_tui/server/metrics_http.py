"""`GET /metrics` over HTTP/1.1, one request a connection.

In the server's own loop, so that a scrape reads figures that nobody is changing, and bounded: prometheus_client's own
server takes a thread for every connection, and as many connections as come. Of too many the oldest is closed, so that
a scrape, which asks at once, gets through between silent ones. What is no request is logged, so many lines at a time.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from prometheus_client import CONTENT_TYPE_LATEST

from muxbw_tui.addresses import Address
from muxbw_tui.errors import ConnectError
from muxbw_tui.network import sockets
from muxbw_tui.network.throttle import ThrottledLog

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

MAX_CONNECTIONS = 16
MAX_REQUEST_BYTES = 8 * 1024
REQUEST_TIMEOUT_S = 5.0
_HEAD_ENDS = b"\r\n\r\n"
_OK = b"HTTP/1.1 200 "
_PATHS = frozenset({"/metrics", "/"})

log = logging.getLogger(__name__)


@contextlib.asynccontextmanager
async def metrics_server(address: Address, exposition: Callable[[], bytes]) -> AsyncIterator[Address]:
    """Answer scrapes for the time of the block; yields the address listened on, with the port that was chosen for 0.

    Raises:
        ConnectError: the address cannot be listened on.
    """
    loop = asyncio.get_running_loop()
    opened: dict[asyncio.Transport, None] = {}
    refusals = ThrottledLog(log)
    try:
        server = await loop.create_server(
            lambda: _Scrape(exposition, opened, refusals), address.host, address.port
        )
    except OSError as exc:
        raise ConnectError(f"--metrics {address}: cannot listen there: {sockets.describe(exc)}") from exc
    try:
        yield Address(host=address.host, port=server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for transport in opened:
            transport.abort()
        await server.wait_closed()
        refusals.flush()


class _Scrape(asyncio.Protocol):
    """One connection: it has `REQUEST_TIMEOUT_S` for its request and for reading the answer.

    Args:
        opened: the connections that are open, the oldest first.
        refusals: what is said of those that do not ask for the metrics.
    """

    def __init__(
        self, exposition: Callable[[], bytes], opened: dict[asyncio.Transport, None], refusals: ThrottledLog
    ) -> None:
        self._exposition = exposition
        self._opened = opened
        self._refusals = refusals
        self._received = bytearray()
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Take the connection, in the place of the oldest where there is no other."""
        if not isinstance(transport, asyncio.Transport):
            raise TypeError("a listening socket gives stream connections")
        if len(self._opened) >= MAX_CONNECTIONS:
            oldest = next(iter(self._opened))
            del self._opened[oldest]
            oldest.abort()
        self._transport = transport
        self._opened[transport] = None
        self._timer = asyncio.get_running_loop().call_later(REQUEST_TIMEOUT_S, self._on_overdue)

    def data_received(self, data: bytes) -> None:
        """Answer once the head of the request is complete; nothing behind it matters."""
        if self._transport is None or self._transport.is_closing():
            return
        self._received += data
        if _HEAD_ENDS in self._received:
            response = _answer(bytes(self._received), self._exposition)
            if not response.startswith(_OK):
                self._refuse("it asked for no metrics")
            self._transport.write(response)
            self._transport.close()
        elif len(self._received) > MAX_REQUEST_BYTES:
            self._refuse(f"a request of more than {MAX_REQUEST_BYTES} bytes")
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Make room."""
        del exc
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._opened.pop(self._transport, None)

    def _on_overdue(self) -> None:
        self._refuse(f"it did not ask, or read the answer, within {REQUEST_TIMEOUT_S:g} s")
        if self._transport is not None:
            self._transport.abort()

    def _refuse(self, reason: str) -> None:
        if self._transport is not None:
            peer = sockets.peer_of(self._transport.get_extra_info("socket"))
            self._refusals.warning("metrics: refused %s: %s", peer, reason)


def _answer(head: bytes, exposition: Callable[[], bytes]) -> bytes:
    """Return the whole response to a request."""
    method, _, rest = head.partition(b"\r\n")[0].decode("latin-1").partition(" ")
    path = rest.partition(" ")[0].partition("?")[0]
    if method not in {"GET", "HEAD"}:
        return _response("405 Method Not Allowed", b"", extra="Allow: GET, HEAD\r\n")
    if path not in _PATHS:
        return _response("404 Not Found", b"see /metrics\n")
    body = exposition()
    response = _response("200 OK", body, content_type=CONTENT_TYPE_LATEST)
    return response[: len(response) - len(body)] if method == "HEAD" else response


def _response(status: str, body: bytes, *, content_type: str = "text/plain", extra: str = "") -> bytes:
    head = (
        f"HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {len(body)}\r\n"
        f"{extra}Connection: close\r\n\r\n"
    )
    return head.encode() + body
