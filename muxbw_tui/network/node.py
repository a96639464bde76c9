"""A node: the port where set-up messages come in, and the sessions that come of them.

What a set-up asks for makes it the responder of a route (no hops left) or a relay on it. A peer that says nothing, or
something else, is closed and logged; what it can make a node hold is one message of 64 KiB for a few seconds.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING, assert_never

from muxbw_tui.errors import ProtocolError, SetUpError
from muxbw_tui.network import handshake, sockets
from muxbw_tui.network.acceptor import Acceptor
from muxbw_tui.network.dial import dial_route
from muxbw_tui.network.faults import GARBAGE, Faults, Place, Reception
from muxbw_tui.network.flow import Session, Tally
from muxbw_tui.network.relay import relay_session
from muxbw_tui.network.responder import echo_session
from muxbw_tui.pb.muxbw_pb2 import NodeCounter, SetUp, SetUpAnswer, Topology
from muxbw_tui.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

READ_SET_UP_S = 10.0
MAX_SET_UP_S = 600.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Route:
    """What was set up: where it stands, what was asked, and the way on; None where the route ends here."""

    place: Place
    set_up: SetUp
    far: socket.socket | None


class Node:
    """One host of the network.

    Args:
        topology: shared with the other nodes; complete before the first set-up comes.
    """

    def __init__(
        self,
        name: str,
        key: str,
        *,
        topology: Topology,
        faults: Faults,
        scratch: memoryview,
        read_set_up_s: float = READ_SET_UP_S,
    ) -> None:
        self.name = name
        self.key = key
        self._topology = topology
        self._faults = faults
        self._scratch = scratch
        self._read_set_up_s = read_set_up_s
        self._to_target = Tally()
        self._to_source = Tally()
        self._sessions: set[Session] = set()
        self._acceptor = Acceptor(name, self._take)
        self.address = self._acceptor.address

    @property
    def connection_count(self) -> int:
        """How many connections have come in and are still there."""
        return self._acceptor.pending_count + len(self._sessions)

    async def serve(self) -> None:
        """Set routes up until cancelled, then close every one."""
        try:
            await self._acceptor.serve()
        finally:
            self.close()

    def close(self) -> None:
        """Close the port and every route that is up. Idempotent."""
        self._acceptor.close()
        for session in tuple(self._sessions):
            session.reset()

    def counter(self) -> NodeCounter:
        """Return what this node has relayed."""
        to_target, to_source = self._to_target.bytes, self._to_source.bytes
        return NodeCounter(key=self.key, bytes_to_target=to_target, bytes_to_source=to_source)

    async def _take(self, sock: socket.socket) -> None:
        try:
            async with asyncio.timeout(self._read_set_up_s):
                set_up = handshake.decode_set_up(await sockets.read_message(sock))
            async with _until_gone(sock):
                route = await self._set_up(sock, set_up)
        except TimeoutError:
            log.info("%s: closed a peer that left or never spoke", self.name)
        except (ProtocolError, EOFError, OSError) as exc:
            log.warning("%s: closed a peer: %s", self.name, sockets.describe(exc))
        else:
            if route is not None:
                self._join(sock, route)
                return
        sock.close()

    async def _set_up(self, sock: socket.socket, set_up: SetUp) -> _Route | None:
        """Answer a set-up; return what the connection is to carry, or None if it is to be closed."""
        place = self._faults.place_at(
            self.name, self.key, run_id=set_up.run_id, route_index=set_up.route_index
        )
        deadline_s = asyncio.get_running_loop().time() + set_up.timeout_ns / NS_PER_S
        reception = await self._faults.receive(place)
        if reception is not Reception.ACCEPT:
            await self._receive_badly(sock, reception)
            return None
        far = None
        if set_up.hops:
            try:
                far = await self._dial_next(set_up, deadline_s)
            except SetUpError as exc:
                failed_at = exc.failed_at if exc.answered else self.key
                await _answer(sock, SetUpAnswer(error=str(exc), failed_at=failed_at))
                return None
        try:
            await _answer(sock, SetUpAnswer(ok=True))
        except BaseException:
            if far is not None:
                sockets.reset(far)
            raise
        return _Route(place, set_up, far)

    async def _dial_next(self, set_up: SetUp, deadline_s: float) -> socket.socket:
        run_id, route_index, hop = set_up.run_id, set_up.route_index, set_up.hops[0]
        with self._faults.forwarding(run_id=run_id, route_index=route_index, to_key=hop.to):
            return await dial_route(
                self._topology,
                set_up.hops,
                run_id=run_id,
                route_index=route_index,
                timeout_s=max(0.0, deadline_s - asyncio.get_running_loop().time()),
            )

    async def _receive_badly(self, sock: socket.socket, reception: Reception) -> None:
        match reception:
            case Reception.REFUSE:
                await _answer(sock, SetUpAnswer(error=f"{self.name} refused the route", failed_at=self.key))
            case Reception.GARBAGE:
                await asyncio.get_running_loop().sock_sendall(sock, GARBAGE)
            case Reception.RESET:
                sockets.reset_on_close(sock)
            case Reception.HALF_CLOSE:
                sock.shutdown(socket.SHUT_WR)
                await _for_ever()
            case Reception.SILENCE:
                await _for_ever()
            case Reception.ACCEPT:
                raise AssertionError("a connection that is accepted is not received badly")
            case _:
                assert_never(reception)

    def _join(self, sock: socket.socket, route: _Route) -> None:
        name = f"{self.name}:route:{route.set_up.route_index}"
        if route.far is None:
            session = echo_session(name, sock, scratch=self._scratch, on_closed=self._on_closed)
        else:
            session = relay_session(
                name,
                towards_source=sock,
                towards_target=route.far,
                to_target=self._to_target,
                to_source=self._to_source,
                scratch=self._scratch,
                on_closed=self._on_closed,
            )
        self._sessions.add(session)
        session.start()
        self._faults.enter(route.place, session)

    def _on_closed(self, session: Session) -> None:
        self._sessions.discard(session)
        self._faults.leave(session)


async def _answer(sock: socket.socket, answer: SetUpAnswer) -> None:
    await asyncio.get_running_loop().sock_sendall(sock, handshake.encode(answer))


async def _for_ever() -> None:
    await asyncio.get_running_loop().create_future()


@contextlib.asynccontextmanager
async def _until_gone(sock: socket.socket) -> AsyncIterator[None]:
    """Bound the block, and end it with TimeoutError at once when the peer is gone: its answer would reach nobody."""
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

    async with asyncio.timeout(MAX_SET_UP_S) as bound:
        loop.add_reader(sock, look)
        try:
            yield
        finally:
            loop.remove_reader(sock)
