"""Nodes that cannot be dialled: they attend at a rendezvous node, and dial back when somebody asks for them.

The rendezvous is a relay with another way of reaching the next node: in place of dialling it calls the one that
attends, on the session that this one keeps open, and waits for it to come back with the token. From then on the two are
on an ordinary route, and the node that attends challenges and answers the source as if it had been dialled.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import TYPE_CHECKING

from muxbw_tui.errors import ProtocolError, SetUpError
from muxbw_tui.network import handshake, sockets
from muxbw_tui.network.admission import RefusedError
from muxbw_tui.network.dial import Asked, meet, read_challenge, request
from muxbw_tui.network.throttle import ThrottledLog
from muxbw_tui.network.topology import node_name
from muxbw_tui.pb.muxbw_pb2 import Attend, Call, Join, NodeRequest

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from muxbw_tui.network.identity import Identity
    from muxbw_tui.pb.muxbw_pb2 import Challenge, SignedRequest, Topology
    from muxbw_tui.pb.ping_pb2 import RouteHop

FIRST_PAUSE_S = 1.0
LONGEST_PAUSE_S = 30.0

_ENTER_TIMEOUT_S = 10.0
_TOKEN_BYTES = 16
_MAX_CALLS = 1024

log = logging.getLogger(__name__)


class Rendezvous:
    """At the rendezvous node: those that attend, and the callers that wait for them."""

    def __init__(self, name: str, identity: Identity) -> None:
        self._name = name
        self._identity = identity
        self._log = ThrottledLog(log)
        self._sessions: dict[str, socket.socket] = {}
        self._waiting: dict[bytes, tuple[str, asyncio.Future[socket.socket]]] = {}

    async def attend(self, sock: socket.socket, key: str, signed: SignedRequest) -> None:
        """Keep a node's session until it leaves, or comes again. The socket stays the caller's.

        Raises:
            OSError: the connection broke.
        """
        sockets.keep_alive(sock)
        await sockets.send_message(sock, handshake.encode(handshake.sign_answer(self._identity, signed)))
        self._end(key)
        self._sessions[key] = sock
        self._log.info("%s: %s attends", self._name, key)
        try:
            await asyncio.get_running_loop().sock_recv(sock, 1)  # it has nothing to say: this is its end
        finally:
            if self._sessions.get(key) is sock:
                del self._sessions[key]
                self._log.info("%s: %s attends no more", self._name, key)

    async def meet(self, key: str, *, name: str) -> tuple[socket.socket, Challenge]:
        """Call a node that attends; return the connection that it dials back, and its challenge. Cancel-safe.

        Raises:
            SetUpError: it does not attend, or what came back is no node.
        """
        session = self._sessions.get(key)
        if session is None:
            raise SetUpError(f"{name} does not attend here", failed_at=key)
        token = secrets.token_bytes(_TOKEN_BYTES)
        joined: asyncio.Future[socket.socket] = asyncio.get_running_loop().create_future()
        self._waiting[token] = (key, joined)
        try:
            self._call(key, session, token, name)
            sock = await joined
        except BaseException:
            if joined.done() and not joined.cancelled() and joined.exception() is None:
                joined.result().close()
            raise
        finally:
            self._waiting.pop(token, None)
        return sock, await read_challenge(sock, name=name, key=key)

    async def join(self, sock: socket.socket, key: str, signed: SignedRequest, token: bytes) -> None:
        """Hand the connection of a node that was called to whoever waits for it, who owns it from then on.

        Raises:
            RefusedError: nobody waits.
            EOFError: whoever waited has left.
            OSError: the connection broke.
        """
        called, joined = self._waiting.get(token, ("", None))
        if joined is None or called != key:
            raise RefusedError(f"nobody waits for {key} with this token")
        await sockets.send_message(sock, handshake.encode(handshake.sign_answer(self._identity, signed)))
        if joined.done():
            raise EOFError(f"whoever waited for {key} has left")
        joined.set_result(sock)

    def _call(self, key: str, session: socket.socket, token: bytes, name: str) -> None:
        """Tell a node that somebody waits. No await: two calls must not mix on the session."""
        message = handshake.encode(Call(token=token))
        try:
            is_sent = session.send(message) == len(message)
        except OSError:
            is_sent = False
        if not is_sent:
            self._end(key)
            raise SetUpError(f"{name} has left, or takes no calls any more", failed_at=key)

    def _end(self, key: str) -> None:
        """End a node's session, if it has one: its task reads the end and closes it."""
        session = self._sessions.pop(key, None)
        if session is not None:
            sockets.shut_down(session)


class Attendance:
    """At the node that cannot be dialled: its session with the rendezvous, and the calls that come over it.

    Args:
        name: the node's own, for the log.
        hop: leads to the rendezvous.
        adopt: takes the connection of a caller, as if it had come in by a port.

    Attributes:
        attending: set while there is a session.
    """

    def __init__(
        self,
        name: str,
        identity: Identity,
        *,
        topology: Topology,
        hop: RouteHop,
        adopt: Callable[[socket.socket], None],
    ) -> None:
        self._name = name
        self._identity = identity
        self._topology = topology
        self._hop = hop
        self._adopt = adopt
        self._log = ThrottledLog(log)
        self._calls = 0
        self._pause_s = FIRST_PAUSE_S
        self.attending = asyncio.Event()

    async def keep(self) -> None:
        """Attend until cancelled; come again, with growing pauses, when the session ends."""
        rendezvous = node_name(self._topology, self._hop.to)
        async with asyncio.TaskGroup() as group:
            while True:
                try:
                    await self._attend(rendezvous, group)
                except (SetUpError, ProtocolError, OSError, EOFError) as exc:
                    reason = str(exc) if isinstance(exc, SetUpError) else sockets.describe(exc)
                    self._log.warning("%s: no session with %s: %s", self._name, rendezvous, reason)
                await asyncio.sleep(self._pause_s)
                self._pause_s = min(2 * self._pause_s, LONGEST_PAUSE_S)

    async def _attend(self, rendezvous: str, group: asyncio.TaskGroup) -> None:
        """Hold one session, and have every call answered by a task of the group; raises when it ends."""
        sock = await self._enter(NodeRequest(attend=Attend()))
        try:
            sockets.keep_alive(sock)
            self._log.info("%s: attends at %s", self._name, rendezvous)
            self._pause_s = FIRST_PAUSE_S
            self.attending.set()
            while True:
                call = handshake.decode_call(await sockets.read_message(sock))
                if self._calls < _MAX_CALLS:
                    self._calls += 1
                    group.create_task(self._call_back(call.token), name=f"{self._name}:call")
        finally:
            self.attending.clear()
            sock.close()

    async def _call_back(self, token: bytes) -> None:
        try:
            self._adopt(await self._enter(NodeRequest(join=Join(token=token))))
        except SetUpError as exc:
            self._log.warning("%s: could not call back: %s", self._name, exc)
        finally:
            self._calls -= 1

    async def _enter(self, wanted: NodeRequest) -> socket.socket:
        """Return a connection to the rendezvous on which a request was granted. Cancel-safe.

        Raises:
            SetUpError: it was not.
        """
        key, name = self._hop.to, node_name(self._topology, self._hop.to)
        sock: socket.socket | None = None
        try:
            async with asyncio.timeout(_ENTER_TIMEOUT_S):
                sock, challenge = await meet(self._topology, self._hop)
                await request(sock, self._identity, challenge, wanted, Asked(key, name))
        except BaseException as exc:
            if sock is not None:
                sockets.reset(sock)
            if isinstance(exc, TimeoutError):
                raise SetUpError(f"no answer from {name} in {_ENTER_TIMEOUT_S:g} s", failed_at=key) from exc
            raise
        return sock
