"""The one configuration object of a ping connection, handed unchanged from the run down to every operation.

Nothing copies it field by field: an operation that needs another route index or other hops gets the object that
`dataclasses.replace` makes, and the errors of an operation carry the very object it was called with.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from muxbw_tui.bounds import DEFAULT_BLOCK_KIB
from muxbw_tui.units import KIB

if TYPE_CHECKING:
    from muxbw_tui.pb.ping_pb2 import RouteHop

PING_BYTES = 64
DEFAULT_BLOCK_BYTES = DEFAULT_BLOCK_KIB * KIB
DEFAULT_TIMEOUT_S = 30.0
DEFAULT_MAX_HOPS = 5


class RouteRef(NamedTuple):
    """Which connection is meant: the key of the connection table."""

    target: str
    route_index: int

    def __str__(self) -> str:
        return f"{self.target}#{self.route_index}"


@dataclass(frozen=True, slots=True)
class PingConfig:
    """What an operation works on and within which bounds.

    Attributes:
        target: public key of the target.
        route_index: the route, or for the probe's own connection the number of routes asked for.
        run_id: the run that the connection belongs to; relays and faults know the route by it.
        min_hops: the least number of hops when `dial_ping` plans the path itself.
        max_hops: the greatest.
        hops: the path to take; empty leaves the choice to `dial_ping`.
        block_bytes: size of one block on the wire, frame header included.
        setup_timeout_s: for `dial_ping`.
        io_timeout_s: read and write deadline of one exchange, absolute for the whole exchange.
    """

    target: str
    route_index: int = 0
    run_id: str = ""
    min_hops: int = 1
    max_hops: int = DEFAULT_MAX_HOPS
    hops: tuple[RouteHop, ...] = ()
    block_bytes: int = DEFAULT_BLOCK_BYTES
    setup_timeout_s: float = DEFAULT_TIMEOUT_S
    io_timeout_s: float = DEFAULT_TIMEOUT_S

    @property
    def ref(self) -> RouteRef:
        """The connection's key in the table."""
        return RouteRef(self.target, self.route_index)
