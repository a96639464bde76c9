"""A port whose connections begin with some waiting: a request to read, a next hop to dial.

Who has not said who it is waits among strangers, of whom there is a bounded number: one more, and the one that has
waited longest is closed. So silent connections, however many, cost a bounded amount of memory, and one that speaks at
once gets through between them.
"""

from __future__ import annotations

import asyncio
import errno
import functools
import logging
from typing import TYPE_CHECKING

from muxbw_tui.network import sockets
from muxbw_tui.network.throttle import ThrottledLog

if TYPE_CHECKING:
    import socket
    from collections.abc import Awaitable, Callable

MAX_STRANGERS = 2048

# While 10,000 connections came at once, a route lost up to three quarters of its rate with 64 a turn, and none with 2.
_ACCEPTS_A_TURN = 2
_PAUSE_S = 0.2
_OUT_OF_RESOURCES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})

log = logging.getLogger(__name__)


class Acceptor:
    """Accepts connections and hands each to a task.

    Args:
        name: for the log and the tasks.
        take: what to do with a connection: what it raises is a bug.
        listen: `host:port`; None where connections come by `adopt` alone.
        max_strangers: how many connections may wait that were not admitted.

    Attributes:
        address: where it listens, with the port that was chosen for 0; empty where it does not.

    Raises:
        OSError: the address cannot be listened on.
    """

    def __init__(
        self,
        name: str,
        take: Callable[[socket.socket], Awaitable[None]],
        *,
        listen: str | None = sockets.ANY_LOOPBACK_PORT,
        max_strangers: int = MAX_STRANGERS,
    ) -> None:
        self._name = name
        self._take = take
        self._max_strangers = max_strangers
        self._strangers: dict[socket.socket, asyncio.Task[None]] = {}
        self._admitted: dict[socket.socket, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None
        self._log = ThrottledLog(log)
        self._listener = None if listen is None else sockets.listen(listen)
        self.address = sockets.address_of(self._listener) if self._listener else ""

    @property
    def pending_count(self) -> int:
        """How many connections a task still has in hand."""
        return len(self._strangers) + len(self._admitted)

    async def serve(self) -> None:
        """Accept until cancelled, then close the port and what no task has finished with."""
        try:
            async with asyncio.TaskGroup() as self._group:
                self._set_accepting(wanted=True)
                await asyncio.get_running_loop().create_future()
        finally:
            self._group = None
            self.close()

    def close(self) -> None:
        """Close the port; connections that a task has in hand stay its own. Idempotent."""
        if self._listener is not None:
            self._set_accepting(wanted=False)
            self._listener.close()
            self._listener = None
        self._log.flush()

    def adopt(self, sock: socket.socket) -> None:
        """Take a connected socket as if it had come in by the port; it is closed where nobody serves any more."""
        if self._group is None:
            sock.close()
            return
        if len(self._strangers) >= self._max_strangers:
            self._log.warning(
                "%s: closed the oldest of %d connections that wait", self._name, self._max_strangers
            )
            oldest = next(iter(self._strangers))
            self._strangers.pop(oldest).cancel()
        task = self._group.create_task(self._run(sock), name=f"{self._name}:set-up")
        self._strangers[sock] = task
        task.add_done_callback(functools.partial(self._on_done, sock))

    def admit(self, sock: socket.socket) -> None:
        """Say that a connection's peer is known: it makes room for strangers no more."""
        task = self._strangers.pop(sock, None)
        if task is not None:
            self._admitted[sock] = task

    async def _run(self, sock: socket.socket) -> None:
        await self._take(sock)

    def _on_done(self, sock: socket.socket, task: asyncio.Task[None]) -> None:
        self._strangers.pop(sock, None)
        self._admitted.pop(sock, None)
        if task.cancelled() or task.exception() is not None:
            sock.close()

    def _set_accepting(self, *, wanted: bool) -> None:
        if self._listener is None:
            return
        loop = asyncio.get_running_loop()
        if wanted:
            loop.add_reader(self._listener, self._on_acceptable, self._listener)
        else:
            loop.remove_reader(self._listener)

    def _on_acceptable(self, listener: socket.socket) -> None:
        for _ in range(_ACCEPTS_A_TURN):
            try:
                sock, _address = listener.accept()
            except (BlockingIOError, InterruptedError, ConnectionAbortedError):
                return
            except OSError as exc:
                if exc.errno not in _OUT_OF_RESOURCES:
                    raise
                self._log.warning("%s: cannot accept: %s", self._name, sockets.describe(exc))
                self._pause()
                return
            sockets.prepare(sock)
            self.adopt(sock)

    def _pause(self) -> None:
        """Give running connections a moment to close: the port stays readable, and would keep the loop spinning."""
        self._set_accepting(wanted=False)
        resume = functools.partial(self._set_accepting, wanted=True)
        asyncio.get_running_loop().call_later(_PAUSE_S, resume)
