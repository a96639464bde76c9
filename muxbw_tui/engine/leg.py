"""What the engine keeps of one route of a run: its counters go on over restarts, and only the pump adds to them."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from muxbw_tui.pb.ping_pb2 import MuxRouteFailure

if TYPE_CHECKING:
    from collections.abc import Sequence

    from muxbw_tui.engine.config import PingConfig
    from muxbw_tui.engine.connection import Exchange
    from muxbw_tui.engine.growth import WindowGrowth
    from muxbw_tui.engine.limits import Limit
    from muxbw_tui.pb.ping_pb2 import RouteHop

_RTT_GAIN: Final = 1 / 8  # of the smoothed round trip in RFC 6298, section 2


@dataclass(slots=True)
class Leg:
    """One route of a run.

    Attributes:
        config: of its connection; the path that was planned for it is in there. None: no path exists for it.
        attempts: set-ups begun so far.
        set_up: a set-up succeeded at least once, so the route appears in samples.
        alive: it is set up, and its pump has not failed since.
        failed_at: key of the intermediate that its latest set-up failed at; empty where none is to blame.
        dialling: its set-up or a restart is under way.
        stopped: its pump was stopped on purpose; a restart lets it join again.
        fixed_window: blocks in flight where the window does not grow.
        growth: the window where it does; it goes on over restarts.
        warm_up_bytes: of blocks echoed in the warm-up since its latest set-up, which no figure includes.
        blocks, latency_s: how many blocks were counted, and the sum of their times there and back.
        least_latency_s: the least of them, warm-up included.
        smoothed_rtt_s: of the status frames on its connection; 0 while none has come back.
        cpu_target: share of a core that the responder uses, as it last reported.
        limited_by: what was last said to hold the route back.
        bytes_sent: of blocks whose echo came back complete, intact and within the window; as many were received.
        bytes_at_set_up: received when its latest set-up succeeded.
        progress_s: when the last of them came back, or the pump began or went on, on the loop's clock.
    """

    index: int
    config: PingConfig | None
    attempts: int = 0
    set_up: bool = False
    alive: bool = False
    dialling: bool = False
    failed_at: str = ""
    stopped: bool = False
    fixed_window: int = 1
    growth: WindowGrowth | None = None
    warm_up_bytes: int = 0
    blocks: int = 0
    latency_s: float = 0.0
    least_latency_s: float = math.inf
    smoothed_rtt_s: float = 0.0
    cpu_target: float = 0.0
    limited_by: Limit | None = None
    bytes_sent: int = 0
    bytes_received: int = 0
    bytes_at_set_up: int = 0
    progress_s: float = 0.0

    @property
    def window(self) -> int:
        """Blocks to keep in flight."""
        return self.growth.window if self.growth is not None else self.fixed_window

    def come_up(self) -> None:
        """Take that a set-up succeeded: what comes back from now on is this attempt's."""
        self.set_up = self.alive = True
        self.failed_at = ""
        self.bytes_at_set_up, self.warm_up_bytes = self.bytes_received, 0

    @property
    def has_echo(self) -> bool:
        """Whether a block has come back since its latest set-up."""
        return self.bytes_received > self.bytes_at_set_up or self.warm_up_bytes > 0

    def count(self, size_bytes: int, sent_s: float, echoed_s: float, *, measured: bool) -> None:
        """Take a block whose echo came back: within the measured window, or in the warm-up."""
        self.progress_s = echoed_s
        self.least_latency_s = min(self.least_latency_s, echoed_s - sent_s)
        if self.growth is not None and not self.growth.settled:
            self.growth.on_echo(sent_s, echoed_s)
        if measured:
            self.bytes_sent += size_bytes
            self.bytes_received += size_bytes
            self.blocks += 1
            self.latency_s += echoed_s - sent_s
        else:
            self.warm_up_bytes += size_bytes

    @property
    def wants_probe(self) -> bool:
        """Whether its window grows by self probes, and is to be told of one."""
        return self.growth is not None and self.growth.wants_probe

    def take_status(self, exchange: Exchange) -> None:
        """Take the answer to a status frame: how busy the responder is, and how long the way there and back took."""
        self.cpu_target = exchange.cpu_share
        rtt_s = exchange.finished_s - exchange.started_s
        before_s = self.smoothed_rtt_s or rtt_s
        self.smoothed_rtt_s = before_s + _RTT_GAIN * (rtt_s - before_s)
        if self.growth is not None:
            self.growth.on_probe(exchange.started_s, exchange.finished_s)

    @property
    def failed(self) -> bool:
        """Whether its latest set-up or pump ended in failure, and nothing has been done about it."""
        return self.attempts > 0 and not (self.alive or self.dialling or self.stopped)

    def leads_through(self, node: str) -> bool:
        """Return whether the node is an intermediate of the route's path."""
        return self.config is not None and any(hop.to == node for hop in self.config.hops[:-1])

    def take_path(self, hops: Sequence[RouteHop]) -> None:
        """Use another path from the next set-up on; what is known of the old one does not hold for it.

        Without hops, the path stays.
        """
        if self.config is None or not hops:
            return
        self.config = replace(self.config, hops=tuple(hops))
        self.least_latency_s = math.inf
        self.smoothed_rtt_s = 0.0
        self.limited_by = None
        if self.growth is not None:
            self.growth = self.growth.restarted()

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

    The counts are the leg's over all its attempts. Where they are what they were when it was last set up, zero at the
    first time, that is meaningful: the first exchange after set-up failed, and no echo ever came back.

    Args:
        leg: whose counters stand as they were when the pump ended; one that died before its first counted byte is
            reported with what it carried in the warm-up.
        error: what ended it.
        elapsed_s: since pump start; 0 if the pump had not begun.
    """
    return MuxRouteFailure(
        route_index=leg.index,
        error_message=str(error),
        bytes_sent_before_failure=leg.bytes_sent or leg.warm_up_bytes,
        bytes_received_before_failure=leg.bytes_received or leg.warm_up_bytes,
        elapsed_ns=max(round(elapsed_s * 1e9), 0),
    )
