"""The dialling side of a set-up: from a path to a connection that carries the route's bytes.

Used by the engine for the first hop and by every relay for the next one. Each dialler grants the node that it dials a
little less time than it has itself, so that a node further on that hangs is named in an answer before the dialler's
own patience ends.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from muxbw_tui.errors import ProtocolError, SetUpError
from muxbw_tui.network import handshake, sockets
from muxbw_tui.network.topology import find_transport, node_name
from muxbw_tui.pb.muxbw_pb2 import SetUp, SetUpAnswer, Topology
from muxbw_tui.units import NS_PER_S

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from muxbw_tui.pb.ping_pb2 import RouteHop

_GRANTED = 0.9


async def dial_route(
    topology: Topology, hops: Sequence[RouteHop], *, run_id: str, route_index: int, timeout_s: float
) -> socket.socket:
    """Set a route up over `hops` and return its connection: connected, non-blocking, nothing of the route read.

    Whoever calls owns the socket. When cancelled, nothing is left open.

    Raises:
        SetUpError: the route did not come up within `timeout_s`; the message names the node.
    """
    peer = hops[0].to
    name = node_name(topology, peer)
    transport = find_transport(topology, hops[0])
    if transport is None:
        raise SetUpError(f"no transport {hops[0].tp_id or 'without an id'} leads to {name}", failed_at=peer)
    sock: socket.socket | None = None
    try:
        async with asyncio.timeout(timeout_s) as deadline:
            sock = await _connect(transport.address, peer=peer, name=name)
            left_s = (deadline.when() or 0.0) - asyncio.get_running_loop().time()
            granted_ns = max(1, int(left_s * _GRANTED * NS_PER_S))
            set_up = SetUp(run_id=run_id, route_index=route_index, hops=hops[1:], timeout_ns=granted_ns)
            answer = await _ask(sock, set_up, peer=peer, name=name)
            if not answer.ok:
                message = answer.error or f"{name} refused the route"
                raise SetUpError(message, failed_at=answer.failed_at or peer, answered=True)
    except BaseException as exc:
        if sock is not None:
            sockets.reset(sock)
        if isinstance(exc, TimeoutError):
            message = f"set-up timeout after {timeout_s:.3g} s: no answer from {name}"
            raise SetUpError(message, failed_at=peer) from exc
        raise
    return sock


async def _connect(address: str, *, peer: str, name: str) -> socket.socket:
    try:
        return await sockets.connect(address)
    except OSError as exc:
        raise SetUpError(f"dial {name}: {sockets.describe(exc)}", failed_at=peer) from exc
    except ValueError as exc:
        raise SetUpError(f"dial {name}: {exc}", failed_at=peer) from exc


async def _ask(sock: socket.socket, set_up: SetUp, *, peer: str, name: str) -> SetUpAnswer:
    try:
        await asyncio.get_running_loop().sock_sendall(sock, handshake.encode(set_up))
        return handshake.decode_answer(await sockets.read_message(sock))
    except ProtocolError as exc:
        raise SetUpError(f"{name} answered with what is no set-up answer: {exc}", failed_at=peer) from exc
    except (OSError, EOFError) as exc:
        raise SetUpError(f"set-up through {name} broke: {sockets.describe(exc)}", failed_at=peer) from exc
