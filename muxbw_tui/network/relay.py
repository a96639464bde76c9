"""The middle of a route: bytes both ways between the node before and the node after."""

from __future__ import annotations

from typing import TYPE_CHECKING

from muxbw_tui.network.flow import Flow, Session, Tally

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable


def relay_session(
    name: str,
    *,
    towards_source: socket.socket,
    towards_target: socket.socket,
    to_target: Tally,
    to_source: Tally,
    scratch: memoryview,
    on_closed: Callable[[Session], None],
) -> Session:
    """Return a session that passes bytes on both ways and counts each. It owns the sockets."""
    return Session(
        name,
        near=towards_source,
        far=towards_target,
        outward=Flow(towards_source, towards_target, scratch=scratch, tally=to_target),
        homeward=Flow(towards_target, towards_source, scratch=scratch, tally=to_source),
        on_closed=on_closed,
    )
