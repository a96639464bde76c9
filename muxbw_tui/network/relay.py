"""The middle of a route: how it is extended to the next node, and then bytes both ways."""

from __future__ import annotations

from typing import TYPE_CHECKING

from muxbw_tui.network import handshake, sockets
from muxbw_tui.network.dial import ask
from muxbw_tui.network.flow import Flow, Session, Tally
from muxbw_tui.network.presence import until_gone

if TYPE_CHECKING:
    import socket
    from collections.abc import Awaitable, Callable, Sequence

    from muxbw_tui.network.admission import Account
    from muxbw_tui.network.identity import Identity
    from muxbw_tui.pb.muxbw_pb2 import Challenge, SignedRequest
    from muxbw_tui.pb.ping_pb2 import RouteHop


async def extend_route(
    near: socket.socket,
    signed: SignedRequest,
    *,
    hops: Sequence[RouteHop],
    name: str,
    identity: Identity,
    meet_next: Callable[[RouteHop], Awaitable[tuple[socket.socket, Challenge]]],
) -> socket.socket | None:
    """Dial the next node and carry the source's words to it and to those behind it, until the target has answered.

    Args:
        near: the connection to the source, or to the relay before.
        signed: the source's request to this node; it is granted as soon as the next node is there.
        hops: those that are left, at least one.
        name: the next node's.
        identity: this node's.
        meet_next: dials the node that a hop leads to.

    Returns:
        The connection to the next node; None where a node further on has refused, and the source knows.

    Raises:
        SetUpError: the next node is not there, or broke; the source does not know yet.
        EOFError, OSError, ProtocolError: the source has gone, or said what is no message.
    """
    async with until_gone(near):
        far, challenge = await meet_next(hops[0])
    try:
        granted = handshake.sign_answer(identity, signed, challenge=challenge)
        await sockets.send_message(near, handshake.encode(granted))
        for _ in hops:
            request = await sockets.read_message(near)
            async with until_gone(near):
                answer = await ask(far, request, name=name, key=hops[0].to)
            await sockets.send_message(near, handshake.encode(answer))
            if not answer.ok:
                sockets.reset(far)
                return None
    except BaseException:
        sockets.reset(far)
        raise
    return far


def relay_session(
    name: str,
    *,
    towards_source: socket.socket,
    towards_target: socket.socket,
    to_target: Tally,
    to_source: Tally,
    account: Account,
    scratch: memoryview,
    on_closed: Callable[[Session], None],
) -> Session:
    """Return a session that passes bytes on both ways and counts each, within an account's limits.

    It owns the sockets.
    """
    return Session(
        name,
        near=towards_source,
        far=towards_target,
        outward=Flow(
            towards_source, towards_target, scratch=scratch, tally=to_target, bucket=account.outward
        ),
        homeward=Flow(
            towards_target, towards_source, scratch=scratch, tally=to_source, bucket=account.homeward
        ),
        on_closed=on_closed,
    )
