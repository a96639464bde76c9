"""What can go wrong with one operation on one route. A run turns these into `route_failure` events."""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING

from muxbw_tui.errors import MuxbwError

if TYPE_CHECKING:
    from muxbw_tui.engine.config import PingConfig, RouteRef


class Direction(enum.Enum):
    """The half of an exchange at which it failed."""

    WRITE = "write block"
    READ = "read echo"


class PingError(MuxbwError):
    """Root of the errors of ping operations."""


class NoPingConnectionError(PingError):
    """The table has no connection for the route.

    Attributes:
        config: the very object that the operation was called with.
    """

    def __init__(self, config: PingConfig) -> None:
        super().__init__(f"no ping connection for {config.ref}, call DialPing first")
        self.config = config


class NoDmsgConnectionError(NoPingConnectionError):
    """The dmsg table, whose key is the target alone, has no connection for the target."""

    def __init__(self, config: PingConfig) -> None:
        super().__init__(config)
        self.args = (f"no dmsg ping connection for {config.target}, call DialDmsgPing first",)


class RouteBusyError(PingError):
    """Another operation is under way on the route's connection."""

    def __init__(self, config: PingConfig) -> None:
        super().__init__(f"route {config.ref} is busy: another operation is under way on its connection")
        self.config = config


class ExchangeError(PingError):
    """An exchange failed on its connection, which is closed with it.

    Attributes:
        ref: the route.
        direction: what the exchange was at.
        reason: in a few words, such as "i/o timeout" or "connection reset by peer".
    """

    def __init__(self, ref: RouteRef, direction: Direction, reason: str) -> None:
        super().__init__(f"{direction.value}: {reason}")
        self.ref = ref
        self.direction = direction
        self.reason = reason


class ExchangeTimeoutError(ExchangeError):
    """The deadline of an exchange passed."""

    def __init__(self, ref: RouteRef, direction: Direction) -> None:
        super().__init__(ref, direction, "i/o timeout")


class ConnectionClosedError(ExchangeError):
    """The connection was closed on our side while the exchange was under way."""

    def __init__(self, ref: RouteRef, direction: Direction) -> None:
        super().__init__(ref, direction, "use of closed connection")
