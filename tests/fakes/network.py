"""A network without nodes: for what needs a `Network` and is handed its connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from muxbw_tui.errors import SetUpError
from muxbw_tui.pb.muxbw_pb2 import Counters, PumpFaults, Topology

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from muxbw_tui.pb.ping_pb2 import RouteHop


class FakeNetwork:
    """Fulfils `Network`; nobody is there.

    Args:
        topology: what it says of itself; empty unless told.
    """

    def __init__(self, topology: Topology | None = None) -> None:
        self.topology = topology or Topology()

    async def dial(
        self, hops: Sequence[RouteHop], *, run_id: str, route_index: int, timeout_s: float
    ) -> socket.socket:
        """Fail: nobody is there."""
        del run_id, route_index, timeout_s
        raise SetUpError(f"nobody is there to take {len(hops)} hops")

    async def dial_dmsg(self, target_key: str, *, run_id: str, timeout_s: float) -> socket.socket:
        """Fail: nobody is there."""
        del run_id, timeout_s
        raise SetUpError(f"no rendezvous node leads to {target_key}")

    async def pump_starts(self, run_id: str) -> PumpFaults:
        """Have no faults."""
        del run_id
        return PumpFaults()

    async def run_ended(self, run_id: str) -> None:
        """Have nothing to lift."""

    async def counters(self) -> Counters:
        """Have carried nothing."""
        return Counters()

    async def close(self) -> None:
        """Have nothing to close."""
