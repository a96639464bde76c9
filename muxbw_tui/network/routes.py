"""The routes that run through one node or end there: their sessions, what they carried, and how long they may last."""

from __future__ import annotations

import asyncio
import functools
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from muxbw_tui.network import sockets
from muxbw_tui.network.flow import Session, Tally
from muxbw_tui.network.relay import relay_session
from muxbw_tui.network.responder import echo_session
from muxbw_tui.network.throttle import ThrottledLog

if TYPE_CHECKING:
    import socket

    from muxbw_tui.network.admission import Account
    from muxbw_tui.network.faults import Faults, Place

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Route:
    """What was set up.

    Attributes:
        near: the connection towards the source.
        far: the one towards the target; None where the route ends here.
        account: whose it is, with the route counted in.
    """

    index: int
    place: Place
    near: socket.socket
    far: socket.socket | None
    account: Account


class Routes:
    """Runs every route from its set-up to its end, which closes its sockets and counts it out of its account.

    Args:
        name: the node's, for the log.

    Attributes:
        to_target: what was relayed away from sources.
        to_source: what was relayed back to them.
    """

    def __init__(self, name: str, *, faults: Faults, scratch: memoryview) -> None:
        self._name = name
        self._faults = faults
        self._scratch = scratch
        self._log = ThrottledLog(log)
        self._timers: dict[Session, asyncio.TimerHandle | None] = {}
        self.to_target = Tally()
        self.to_source = Tally()

    def __len__(self) -> int:
        return len(self._timers)

    def run(self, route: Route) -> None:
        """Let a route's bytes flow; it owns its sockets from now on."""
        for sock in filter(None, (route.near, route.far)):
            # A source that lost its power sends no end, and would hold its place for ever.
            sockets.keep_alive(sock)
        session = self._session_of(route)
        duration_s = route.account.limits.duration_s
        timer = None
        if duration_s:
            loop = asyncio.get_running_loop()
            timer = loop.call_later(duration_s, self._on_overdue, session, route)
        self._timers[session] = timer
        session.start()
        self._faults.enter(route.place, session)

    def close(self) -> None:
        """Reset every route. Idempotent."""
        for session in tuple(self._timers):
            session.reset()

    def _session_of(self, route: Route) -> Session:
        name = f"{self._name}:route:{route.index}"
        on_closed = functools.partial(self._on_closed, route.account)
        if route.far is None:
            return echo_session(
                name,
                route.near,
                account=route.account,
                scratch=self._scratch,
                on_closed=on_closed,
                warn=self._log.warning,
            )
        return relay_session(
            name,
            towards_source=route.near,
            towards_target=route.far,
            to_target=self.to_target,
            to_source=self.to_source,
            account=route.account,
            scratch=self._scratch,
            on_closed=on_closed,
        )

    def _on_overdue(self, session: Session, route: Route) -> None:
        account = route.account
        duration_s = account.limits.duration_s
        message = "%s: closed route %d of %s: over %g s"
        self._log.warning(message, self._name, route.index, account.key, duration_s)
        session.reset()

    def _on_closed(self, account: Account, session: Session) -> None:
        timer = self._timers.pop(session, None)
        if timer is not None:
            timer.cancel()
        account.close_route()
        self._faults.leave(session)
