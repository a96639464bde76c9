"""What the engine keeps of one route of a run: its counters go on over restarts, and only the pump adds to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from muxbw_tui.pb.ping_pb2 import MuxRouteFailure

if TYPE_CHECKING:
    from muxbw_tui.engine.config import PingConfig


@dataclass(slots=True)
class Leg:
    """One route of a run.

    Attributes:
        config: of its connection; the path that was planned for it is in there. None: no path exists for it.
        attempts: set-ups begun so far.
        set_up: a set-up succeeded at least once, so the route appears in samples.
        alive: it is set up, and its pump has not failed since.
        dialling: its set-up or a restart is under way.
        bytes_sent: of blocks whose echo came back complete, intact and within the window; as many were received.
        progress_s: when the last of them came back, or the pump began, on the loop's clock.
    """

    index: int
    config: PingConfig | None
    attempts: int = 0
    set_up: bool = False
    alive: bool = False
    dialling: bool = False
    bytes_sent: int = 0
    bytes_received: int = 0
    progress_s: float = 0.0

    @property
    def failed(self) -> bool:
        """Whether its latest set-up or pump ended in failure, and nothing has been done about it."""
        return self.attempts > 0 and not self.alive and not self.dialling

    @property
    def intermediate_pk(self) -> str:
        """The first hop's far end; empty for a direct route."""
        hops = self.config.hops if self.config else ()
        return hops[0].to if len(hops) > 1 else ""

    @property
    def transport_kind(self) -> str:
        """The kind of the first hop."""
        hops = self.config.hops if self.config else ()
        return hops[0].tp_type if hops else ""


def build_route_failure(leg: Leg, error: Exception, *, elapsed_s: float) -> MuxRouteFailure:
    """Say that the pump of an established route ended with an error.

    Zero bytes are meaningful: the first exchange after set-up failed, and no echo ever came back.

    Args:
        leg: whose counters stand as they were when the pump ended.
        error: what ended it.
        elapsed_s: since pump start; 0 if the pump had not begun.
    """
    return MuxRouteFailure(
        route_index=leg.index,
        error_message=str(error),
        bytes_sent_before_failure=leg.bytes_sent,
        bytes_received_before_failure=leg.bytes_received,
        elapsed_ns=max(round(elapsed_s * 1e9), 0),
    )
