"""Targets that behave as told, on real sockets: what an engine connection may meet at its other end."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

from muxbw_tui.engine.config import DEFAULT_BLOCK_BYTES, PingConfig
from muxbw_tui.network.identity import Identity

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from muxbw_tui.engine.connection import PingConnection
    from muxbw_tui.engine.operations import PingOperations

    Serve = Callable[["Peer"], Awaitable[None]]

TARGET = Identity.derive(1, "there").public_key


class Peer:
    """The far end of one route: a plain non-blocking socket and the few things that tests do with it."""

    def __init__(self, sock: socket.socket) -> None:
        self.sock = sock
        self._loop = asyncio.get_running_loop()

    async def read(self, count: int) -> bytes:
        """Read exactly so many bytes, or raise EOFError."""
        chunks = bytearray()
        while len(chunks) < count:
            chunk = await self._loop.sock_recv(self.sock, count - len(chunks))
            if not chunk:
                raise EOFError
            chunks += chunk
        return bytes(chunks)

    async def write(self, data: bytes) -> None:
        """Write everything."""
        await self._loop.sock_sendall(self.sock, data)

    async def echo(self) -> None:
        """Send everything back until the other end closes."""
        with contextlib.suppress(OSError):
            while data := await self._loop.sock_recv(self.sock, 1 << 20):
                await self.write(data)


@contextlib.asynccontextmanager
async def connected(
    operations: PingOperations, config: PingConfig, serve: Serve | None = None
) -> AsyncIterator[tuple[PingConnection, Peer]]:
    """Give the operations a connected route whose far end is served as told; both are gone afterwards."""
    near, far = tcp_pair()
    connection = operations.adopt(config, near)
    peer = Peer(far)
    serving = asyncio.ensure_future(serve(peer)) if serve else None
    try:
        yield connection, peer
    finally:
        connection.abort()
        if serving is not None:
            serving.cancel()
            await asyncio.gather(serving, return_exceptions=True)
        far.close()


def route_config(
    index: int = 0, *, block_bytes: int = DEFAULT_BLOCK_BYTES, io_timeout_s: float = 10.0
) -> PingConfig:
    """Return a route's configuration with a deadline that suits tests unless told otherwise."""
    return PingConfig(TARGET, index, block_bytes=block_bytes, io_timeout_s=io_timeout_s)


def tcp_pair() -> tuple[socket.socket, socket.socket]:
    """Return both ends of a TCP connection over loopback, non-blocking."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        near = socket.create_connection(listener.getsockname())
        far, _ = listener.accept()
    for sock in (near, far):
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return near, far
