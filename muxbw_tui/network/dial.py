"""The dialling side of a set-up: from a path to a connection that carries the route's bytes.

The source asks every node of the path in turn, the first by itself and the others through those before. A relay uses
`meet` and `ask` for the node after it. Every node is granted a little less time than the one before, so that a node
further on that hangs is named in an answer before the dialler's own patience ends; silence on the first connection is
therefore the first node's.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from muxbw_tui.errors import ProtocolError, SetUpError
from muxbw_tui.network import handshake, sockets
from muxbw_tui.network.latencies import round_trips_s
from muxbw_tui.network.topology import find_transport, hops_by_rendezvous, node_name
from muxbw_tui.pb.muxbw_pb2 import Challenge, NodeRequest, SetUp, SetUpAnswer, Topology
from muxbw_tui.units import NS_PER_S

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator, Sequence

    from muxbw_tui.network.identity import Identity
    from muxbw_tui.network.latencies import Latencies
    from muxbw_tui.pb.ping_pb2 import RouteHop

_GRANTED = 0.9
_WANTED = {"set_up": "route", "attend": "session", "join": "call", None: "request"}


@dataclass(frozen=True, slots=True)
class Asked:
    """The node that is asked.

    Attributes:
        through: the nodes before it on the path, from the first, whom the answer passes.
    """

    key: str
    name: str
    through: tuple[str, ...] = ()

    @property
    def before(self) -> str:
        """The node that leads to it: itself where it is the first."""
        return self.through[-1] if self.through else self.key


async def dial_route(
    topology: Topology,
    identity: Identity,
    hops: Sequence[RouteHop],
    *,
    run_id: str,
    route_index: int,
    timeout_s: float,
    latencies: Latencies | None = None,
) -> socket.socket:
    """Set a route up over `hops` as `identity`; see `Network.dial` for what comes back.

    `latencies` are told how long the round trips took, if it comes up.

    Raises:
        SetUpError: the route did not come up within `timeout_s`; the message names the node.
    """
    first = hops[0].to
    sock: socket.socket | None = None
    instants_s = [asyncio.get_running_loop().time()]
    try:
        async with asyncio.timeout(timeout_s) as deadline:
            sock, challenge = await meet(topology, hops[0])
            until_s = deadline.when() or 0.0
            for position, hop in enumerate(hops):
                now_s = asyncio.get_running_loop().time()
                instants_s.append(now_s)
                granted_s = max(0.0, until_s - now_s) * _GRANTED
                until_s = now_s + granted_s
                through = tuple(earlier.to for earlier in hops[:position])
                asked = Asked(hop.to, node_name(topology, hop.to), through)
                set_up = SetUp(run_id=run_id, route_index=route_index, hops=hops[position + 1 :])
                set_up.timeout_ns = max(1, int(granted_s * NS_PER_S))
                answer = await request(sock, identity, challenge, NodeRequest(set_up=set_up), asked)
                challenge = answer.challenge
                if set_up.hops:
                    with _node_errors(asked.name, asked.key):
                        handshake.check_challenge(challenge)
    except BaseException as exc:
        if sock is not None:
            sockets.reset(sock)
        if isinstance(exc, TimeoutError):
            name = node_name(topology, first)
            message = f"set-up timeout after {timeout_s:.3g} s: no answer from {name}"
            raise SetUpError(message, failed_at=first) from exc
        raise
    if latencies is not None:
        instants_s.append(asyncio.get_running_loop().time())
        latencies.take(hops, round_trips_s(instants_s))
    return sock


async def dial_dmsg(
    topology: Topology,
    identity: Identity,
    target_key: str,
    *,
    run_id: str,
    timeout_s: float,
    latencies: Latencies | None = None,
) -> socket.socket:
    """Reach a node over the rendezvous that it attends at; see `Network.dial_dmsg`.

    Raises:
        SetUpError: it attends nowhere, or the connection did not come up within `timeout_s`.
    """
    try:
        hops = hops_by_rendezvous(topology, target_key)
    except LookupError as exc:
        raise SetUpError(str(exc), failed_at=target_key) from exc
    return await dial_route(
        topology, identity, hops, run_id=run_id, route_index=0, timeout_s=timeout_s, latencies=latencies
    )


async def meet(topology: Topology, hop: RouteHop) -> tuple[socket.socket, Challenge]:
    """Dial the node that a hop leads to; return the connection and the node's challenge. Cancel-safe.

    Raises:
        SetUpError: nobody is there, or what is there is no node.
    """
    name = node_name(topology, hop.to)
    transport = find_transport(topology, hop)
    if transport is None:
        raise SetUpError(f"no transport {hop.tp_id or 'without an id'} leads to {name}", failed_at=hop.to)
    try:
        sock = await sockets.connect(transport.address)
    except (OSError, ValueError) as exc:
        reason = sockets.describe(exc) if isinstance(exc, OSError) else exc
        raise SetUpError(f"dial {name}: {reason}", failed_at=hop.to) from exc
    return sock, await read_challenge(sock, name=name, key=hop.to)


async def read_challenge(sock: socket.socket, *, name: str, key: str) -> Challenge:
    """Return the first words of a node; where there are none, the connection is closed.

    Raises:
        SetUpError: what is there is no node.
    """
    try:
        with _node_errors(name, key):
            return handshake.decode_challenge(await sockets.read_message(sock))
    except BaseException:
        sockets.reset(sock)
        raise


async def ask(sock: socket.socket, signed: bytes, *, name: str, key: str) -> SetUpAnswer:
    """Send a node the bytes of a signed request and return its answer, whatever that says.

    Raises:
        SetUpError: there was none.
    """
    with _node_errors(name, key):
        await sockets.send_message(sock, handshake.frame(signed))
        return handshake.decode_answer(await sockets.read_message(sock))


async def request(
    sock: socket.socket, identity: Identity, challenge: Challenge, request: NodeRequest, asked: Asked
) -> SetUpAnswer:
    """Sign a request over a node's challenge, send it, and return the answer that grants it.

    Raises:
        SetUpError: the node refused, or it is another than the one that is meant.
    """
    if challenge.key != asked.key:
        message = f"another node answers at the address of {asked.name}"
        raise SetUpError(message, failed_at=asked.before)
    signed = handshake.sign_request(identity, challenge, request)
    answer = await ask(sock, signed.SerializeToString(), name=asked.name, key=asked.before)
    if not answer.ok:
        message = answer.error or f"{asked.name} refused the {_WANTED[request.WhichOneof('request')]}"
        # A refusal is not signed: it may accuse those who could have spoken, and nobody else.
        failed_at = answer.failed_at if answer.failed_at in asked.through else asked.key
        raise SetUpError(message, failed_at=failed_at)
    if not handshake.proves(answer, key=asked.key, signed=signed):
        message = f"who answered is not {asked.name}: the signature is not its own"
        raise SetUpError(message, failed_at=asked.before)
    return answer


@contextlib.contextmanager
def _node_errors(name: str, key: str) -> Iterator[None]:
    """Turn what goes wrong on a connection to a node into the error of the set-up."""
    try:
        yield
    except ProtocolError as exc:
        message = f"{name} answered with what is no set-up answer: {exc}"
        raise SetUpError(message, failed_at=key) from exc
    except (OSError, EOFError) as exc:
        raise SetUpError(f"set-up through {name} broke: {sockets.describe(exc)}", failed_at=key) from exc
