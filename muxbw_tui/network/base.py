"""What the engine asks of a network, whatever kind it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from muxbw_tui.pb.muxbw_pb2 import Counters, PumpFaults, Topology
    from muxbw_tui.pb.ping_pb2 import RouteHop


class Network(Protocol):
    """Nodes and transports that routes can be set up over. Use it in one event loop."""

    @property
    def topology(self) -> Topology:
        """Who is there, and what address leads where."""
        ...

    async def dial(
        self, hops: Sequence[RouteHop], *, run_id: str, route_index: int, timeout_s: float
    ) -> socket.socket:
        """Set a route up over `hops` and return its connection: connected, non-blocking, nothing of the route read.

        Whoever calls owns the socket. When cancelled, nothing is left open.

        Raises:
            SetUpError: the route did not come up within `timeout_s`; the message names the node.
        """
        ...

    async def dial_dmsg(self, target_key: str, *, run_id: str, timeout_s: float) -> socket.socket:
        """Reach a node that cannot be dialled over the rendezvous that it attends at; the rest is as with `dial`.

        Raises:
            SetUpError: the node attends nowhere, or the connection did not come up within `timeout_s`.
        """
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
