"""A listening port whose connections begin with some waiting: a set-up to read, a next hop to dial."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from typing import TYPE_CHECKING

from muxbw_tui.network import sockets

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

MAX_PENDING = 8192

_ACCEPTS_A_TURN = 64
_PAUSE_S = 0.2
_OUT_OF_RESOURCES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})

log = logging.getLogger(__name__)


class Acceptor:
    """Accepts on a free loopback port and hands each connection to a task.

    Args:
        name: for the log and the tasks.
        take: what to do with a connection: what it raises is a bug.
    """

    def __init__(self, name: str, take: Callable[[socket.socket], Awaitable[None]]) -> None:
        self._name = name
        self._take = take
        self._listener = sockets.listen_on_loopback()
        self._pending: set[socket.socket] = set()
        self.address = sockets.address_of(self._listener)

    @property
    def pending_count(self) -> int:
        """How many connections a task still has in hand."""
        return len(self._pending)

    async def serve(self) -> None:
        """Accept until cancelled, then close the port and what no task has finished with."""
        if self._listener.fileno() < 0:
            return
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.TaskGroup() as group:
                loop.add_reader(self._listener, self._on_acceptable, group)
                await loop.create_future()
        finally:
            self.close()
            for sock in self._pending:  # of tasks that were cancelled before they began
                sock.close()
            self._pending.clear()

    def close(self) -> None:
        """Close the port; connections that a task has in hand stay its own. Idempotent."""
        if self._listener.fileno() >= 0:
            asyncio.get_running_loop().remove_reader(self._listener)
            self._listener.close()

    def _on_acceptable(self, group: asyncio.TaskGroup) -> None:
        for _ in range(_ACCEPTS_A_TURN):
            try:
                sock, _address = self._listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as exc:
                if exc.errno not in _OUT_OF_RESOURCES:
                    raise
                log.warning("%s: cannot accept: %s", self._name, sockets.describe(exc))
                self._pause(group)
                return
            if len(self._pending) >= MAX_PENDING:
                log.warning("%s: refused a connection, %d are being set up", self._name, MAX_PENDING)
                sock.close()
                continue
            sock.setblocking(False)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._pending.add(sock)
            group.create_task(self._run(sock), name=f"{self._name}:set-up")

    def _pause(self, group: asyncio.TaskGroup) -> None:
        """Give running connections a moment to close: the port stays readable, and would keep the loop spinning."""
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._listener)
        loop.call_later(_PAUSE_S, self._resume, group)

    def _resume(self, group: asyncio.TaskGroup) -> None:
        if self._listener.fileno() >= 0:
            asyncio.get_running_loop().add_reader(self._listener, self._on_acceptable, group)

    async def _run(self, sock: socket.socket) -> None:
        try:
            await self._take(sock)
        except BaseException:
            sock.close()
            raise
        finally:
            self._pending.discard(sock)
