"""A node: the port where requests come in, and the sessions that come of them.

What a set-up asks for makes the node the responder of a route (no hops left) or a relay on it. Nothing is done for a
caller before its signature has been checked and its key found among those allowed; until then what it can make a node
hold is one message of 16 KiB for a few seconds. Why it was refused is in the log and nowhere else.
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
from muxbw_tui.network.acceptor import MAX_STRANGERS, Acceptor
from muxbw_tui.network.admission import RefusedError
from muxbw_tui.network.dial import meet
from muxbw_tui.network.faults import GARBAGE, Faults, Reception
from muxbw_tui.network.presence import until_gone
from muxbw_tui.network.relay import extend_route
from muxbw_tui.network.rendezvous import Rendezvous
from muxbw_tui.network.routes import Route, Routes
from muxbw_tui.network.throttle import ThrottledLog
from muxbw_tui.network.topology import DMSG, find_transport, node_name
from muxbw_tui.pb.muxbw_pb2 import NodeCounter, NodeRequest, SetUpAnswer, SignedRequest
from muxbw_tui.units import NS_PER_S

if TYPE_CHECKING:
    from muxbw_tui.network.admission import Account, Admission
    from muxbw_tui.network.identity import Identity
    from muxbw_tui.pb.muxbw_pb2 import Challenge, Topology
    from muxbw_tui.pb.ping_pb2 import RouteHop

CHALLENGE_LIFETIME_S = 10.0
MAX_SET_UP_S = 600.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request that was let in: what was signed, what it says, and the account that it is on."""

    signed: SignedRequest
    request: NodeRequest
    account: Account


class Node:
    """One host of the network.

    Args:
        name: for the log.
        topology: who can be dialled, and where; complete before the first set-up comes.
        listen: `host:port`; None where the node attends at a rendezvous and cannot be dialled.
        challenge_lifetime_s: how long a caller may take to answer.
        max_strangers: how many connections may be open whose peer has not proved who it is.

    Raises:
        OSError: the address cannot be listened on.
    """

    def __init__(
        self,
        name: str,
        identity: Identity,
        *,
        topology: Topology,
        admission: Admission,
        faults: Faults,
        scratch: memoryview,
        listen: str | None = sockets.ANY_LOOPBACK_PORT,
        challenge_lifetime_s: float = CHALLENGE_LIFETIME_S,
        max_strangers: int = MAX_STRANGERS,
    ) -> None:
        self.name = name
        self.key = identity.public_key
        self._identity = identity
        self._topology = topology
        self._admission = admission
        self._faults = faults
        self._challenge_lifetime_s = challenge_lifetime_s
        self._routes = Routes(name, faults=faults, scratch=scratch)
        self._log = ThrottledLog(log)
        self._rendezvous = Rendezvous(name, identity)
        self._acceptor = Acceptor(name, self._take, listen=listen, max_strangers=max_strangers)
        self.address = self._acceptor.address

    @property
    def connection_count(self) -> int:
        """How many connections have come in and are still there."""
        return self._acceptor.pending_count + len(self._routes)

    async def serve(self) -> None:
        """Set routes up until cancelled, then close every one."""
        try:
            await self._acceptor.serve()
        finally:
            self.close()

    def close(self) -> None:
        """Close the port and every route that is up. Idempotent."""
        self._acceptor.close()
        self._log.flush()
        self._routes.close()

    def adopt(self, sock: socket.socket) -> None:
        """Take a connection that this node has dialled as if it had come in by the port."""
        self._acceptor.adopt(sock)

    def counter(self) -> NodeCounter:
        """Return what this node has relayed."""
        to_target, to_source = self._routes.to_target.bytes, self._routes.to_source.bytes
        return NodeCounter(key=self.key, bytes_to_target=to_target, bytes_to_source=to_source)

    async def _take(self, sock: socket.socket) -> None:
        peer = sockets.peer_of(sock)
        try:
            if await self._serve_peer(sock, peer):
                return
        except (ProtocolError, EOFError, OSError) as exc:
            self._log.info("%s: closed %s: %s", self.name, peer, sockets.describe(exc))
        sock.close()

    async def _serve_peer(self, sock: socket.socket, peer: str) -> bool:
        """Hear what a peer wants and do it; return whether the connection has found another owner."""
        try:
            asked = await self._hear(sock)
            self._acceptor.admit(sock)
            match asked.request.WhichOneof("request"):
                case "set_up":
                    return await self._serve_route(sock, asked)
                case "attend":
                    await self._rendezvous.attend(sock, asked.request.caller, asked.signed)
                    return False
                case "join":
                    token = asked.request.join.token
                    await self._rendezvous.join(sock, asked.request.caller, asked.signed, token)
                    return True
                case unknown:
                    raise ProtocolError(f"{asked.request.caller} asks for nothing known: {unknown}")
        except (ProtocolError, RefusedError) as exc:
            self._log.warning("%s: refused %s: %s", self.name, peer, exc)
            told = exc.told if isinstance(exc, RefusedError) else ""
            with contextlib.suppress(OSError):  # it may have gone: what was wrong has been said
                await _answer(sock, SetUpAnswer(error=told and f"{self.name}: {told}", failed_at=self.key))
            return False

    async def _serve_route(self, sock: socket.socket, asked: _Asked) -> bool:
        """Set a route up and let it run; return whether it has come up."""
        asked.account.open_route()
        route = None
        try:
            route = await self._set_up(sock, asked)
        finally:
            if route is None:
                asked.account.close_route()
        if route is None:
            return False
        self._routes.run(route)
        return True

    async def _hear(self, sock: socket.socket) -> _Asked:
        """Challenge a peer and return what it asks for, once it has proved who it is and that it may."""
        challenge = handshake.make_challenge(self.key)
        try:
            async with asyncio.timeout(self._challenge_lifetime_s) as lifetime:
                await sockets.send_message(sock, handshake.encode(challenge))
                signed = handshake.decode_signed_request(await sockets.read_message(sock))
        except TimeoutError as exc:
            if lifetime.expired():  # else the kernel has given the peer up
                raise EOFError(f"no answer to the challenge within {self._challenge_lifetime_s:g} s") from exc
            raise
        request = handshake.open_request(signed, challenge)
        return _Asked(signed, request, self._admission.account_of(request.caller))

    async def _set_up(self, sock: socket.socket, asked: _Asked) -> Route | None:
        """Answer a set-up; return what the connection is to carry, or None if it is to be closed."""
        set_up = asked.request.set_up
        left_s = min(set_up.timeout_ns / NS_PER_S, MAX_SET_UP_S)
        deadline_s = asyncio.get_running_loop().time() + left_s
        place = self._faults.place_at(
            self.name, self.key, run_id=set_up.run_id, route_index=set_up.route_index
        )
        async with until_gone(sock):
            reception = await self._faults.receive(place)
            if reception is not Reception.ACCEPT:
                await self._receive_badly(sock, reception)
                return None
        far = None
        if set_up.hops:
            far = await self._extend(sock, asked, deadline_s)
            if far is None:
                return None
        else:
            await _answer(sock, handshake.sign_answer(self._identity, asked.signed))
        return Route(set_up.route_index, place, sock, far, asked.account)

    async def _extend(self, sock: socket.socket, asked: _Asked, deadline_s: float) -> socket.socket | None:
        """Take a route on to its target; return the connection to the next node, or None where that has failed."""
        set_up = asked.request.set_up
        hop = set_up.hops[0]
        name = node_name(self._topology, hop.to)
        with self._faults.forwarding(run_id=set_up.run_id, route_index=set_up.route_index, to_key=hop.to):
            try:
                async with asyncio.timeout_at(deadline_s) as deadline:
                    return await extend_route(
                        sock,
                        asked.signed,
                        hops=set_up.hops,
                        name=name,
                        identity=self._identity,
                        meet_next=self._meet,
                    )
            except TimeoutError:
                if not deadline.expired():  # the kernel has given the source up
                    raise
                error = f"set-up timeout: no answer from {name}"
            except SetUpError as exc:
                error = str(exc)
        self._log.warning("%s: took no route of %s on: %s", self.name, asked.request.caller, error)
        await _answer(sock, SetUpAnswer(error=error, failed_at=self.key))
        return None

    async def _meet(self, hop: RouteHop) -> tuple[socket.socket, Challenge]:
        transport = find_transport(self._topology, hop)
        is_dialled = transport is not None and transport.address
        if hop.tp_type == DMSG and not is_dialled:
            return await self._rendezvous.meet(hop.to, name=node_name(self._topology, hop.to))
        return await meet(self._topology, hop)

    async def _receive_badly(self, sock: socket.socket, reception: Reception) -> None:
        match reception:
            case Reception.REFUSE:
                await _answer(sock, SetUpAnswer(failed_at=self.key))
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


async def _answer(sock: socket.socket, answer: SetUpAnswer) -> None:
    await sockets.send_message(sock, handshake.encode(answer))


async def _for_ever() -> None:
    await asyncio.get_running_loop().create_future()
