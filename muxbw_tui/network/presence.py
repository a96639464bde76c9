"""Whether a peer that says nothing is still there."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@contextlib.asynccontextmanager
async def until_gone(sock: socket.socket) -> AsyncIterator[None]:
    """End the block at once when the peer has gone: what is done for it would reach nobody.

    Nothing is read from the connection, and the block must not read from it either. A peer that sends something is
    taken to stay: what is behind those bytes cannot be seen.

    Raises:
        EOFError: the peer has gone.
    """
    loop = asyncio.get_running_loop()

    def look() -> None:
        try:
            is_gone = not sock.recv(1, socket.MSG_PEEK)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            is_gone = True
        loop.remove_reader(sock)
        if is_gone:
            bound.reschedule(loop.time())

    bound = asyncio.timeout(None)
    try:
        async with bound:
            loop.add_reader(sock, look)
            try:
                yield
            finally:
                loop.remove_reader(sock)
    except TimeoutError as exc:
        if bound.expired():
            raise EOFError("the peer has gone") from exc
        raise
