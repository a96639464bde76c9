"""What the engine asks of a network, whatever kind it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from muxbw_tui.pb.muxbw_pb2 import Counters, PumpFaults, Topology


class Network(Protocol):
    """Nodes and transports that routes can be set up over. Use it in one event loop."""

    @property
    def topology(self) -> Topology:
        """Who is there, and what address leads where."""
        ...

    async def pump_starts(self, run_id: str) -> PumpFaults:
        """Say that a run's pump starts now: its faults are armed afresh, and their clock starts.

        Returns:
            The faults that the engine itself must bring about.

        Raises:
            ConnectError: the network is gone.
        """
        ...

    async def run_ended(self, run_id: str) -> None:
        """Say that a run is over: its faults are lifted. Does nothing where the network is gone."""
        ...

    async def counters(self) -> Counters:
        """Return what every node and link has carried since the network came up.

        Raises:
            ConnectError: the network is gone.
        """
        ...

    async def close(self) -> None:
        """Take the network down. Idempotent."""
        ...
