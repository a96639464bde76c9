"""A scenario's nodes and links, running in the current event loop."""

from __future__ import annotations

import asyncio
import contextlib
import random
import uuid
from typing import TYPE_CHECKING

from muxbw_tui.network import sockets
from muxbw_tui.network.admission import Admission, Limits
from muxbw_tui.network.dial import dial_dmsg, dial_route
from muxbw_tui.network.faults import Faults
from muxbw_tui.network.flow import READ_BYTES
from muxbw_tui.network.identity import Identity
from muxbw_tui.network.link import Gate, LinkDirection, LinkForwarder
from muxbw_tui.network.node import Node
from muxbw_tui.network.rendezvous import Attendance
from muxbw_tui.network.shaping import RateClock
from muxbw_tui.network.topology import DMSG, hops_along
from muxbw_tui.pb.muxbw_pb2 import Counters, LinkCounter, PumpFaults, Topology, Transport

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Sequence

    from muxbw_tui.network.scenario import Link, Scenario
    from muxbw_tui.pb.ping_pb2 import RouteHop

_ATTENDED_TIMEOUT_S = 5.0
_TRANSPORTS = uuid.UUID("6d757862-7700-5000-8000-74707472616e")


class LocalNetwork:
    """An embedded network in this process; built by `local_network`. Fulfils `Network`."""

    def __init__(self, scenario: Scenario) -> None:
        self._scratch = memoryview(bytearray(READ_BYTES))
        self._faults = Faults(scenario.faults, call_later=asyncio.get_running_loop().call_later)
        self._identities = {name: Identity.derive(scenario.seed, name) for name in scenario.nodes}
        self._keys = {name: identity.public_key for name, identity in self._identities.items()}
        self._source = self._identities[scenario.source]
        self.topology = Topology(
            scenario=scenario.name,
            source=self._keys[scenario.source],
            target=self._keys[scenario.target],
            node_names={key: name for name, key in self._keys.items()},
        )
        self._nodes: dict[str, Node] = {}
        self._forwarders: list[LinkForwarder] = []
        self._attendances: list[Attendance] = []
        self._link_counters: list[tuple[LinkCounter, LinkDirection]] = []
        try:
            self._build(scenario)
        except BaseException:
            self._close_all()
            raise

    async def serve(self) -> None:
        """Run every node and link until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                for node in self._nodes.values():
                    group.create_task(node.serve(), name=f"node:{node.name}")
                for forwarder in self._forwarders:
                    group.create_task(forwarder.serve(), name=f"link:{forwarder.name}")
                for attendance in self._attendances:
                    group.create_task(attendance.keep(), name="attendance")
        finally:
            self._close_all()

    async def attended(self) -> None:
        """Wait until every node that cannot be dialled attends, but not for ever: a fault may keep it away."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_ATTENDED_TIMEOUT_S):
                for attendance in self._attendances:
                    await attendance.attending.wait()

    def node(self, name: str) -> Node:
        """Return a node by its name."""
        return self._nodes[name]

    @property
    def connection_count(self) -> int:
        """How many connections come in at nodes and links, those still being set up included."""
        at_nodes = sum(node.connection_count for node in self._nodes.values())
        return at_nodes + sum(forwarder.connection_count for forwarder in self._forwarders)

    async def dial(
        self, hops: Sequence[RouteHop], *, run_id: str, route_index: int, timeout_s: float
    ) -> socket.socket:
        """Set a route up; see `Network`.

        Raises:
            SetUpError: the route did not come up within `timeout_s`; the message names the node.
        """
        return await dial_route(
            self.topology, self._source, hops, run_id=run_id, route_index=route_index, timeout_s=timeout_s
        )

    async def dial_dmsg(self, target_key: str, *, run_id: str, timeout_s: float) -> socket.socket:
        """Reach a node over its rendezvous; see `Network`.

        Raises:
            SetUpError: the connection did not come up within `timeout_s`.
        """
        return await dial_dmsg(self.topology, self._source, target_key, run_id=run_id, timeout_s=timeout_s)

    async def pump_starts(self, run_id: str) -> PumpFaults:
        """Arm a run's faults; see `Network`."""
        return self._faults.arm(run_id)

    async def run_ended(self, run_id: str) -> None:
        """Lift a run's faults; see `Network`."""
        self._faults.disarm(run_id)

    async def counters(self) -> Counters:
        """Return what every node and link has carried; see `Network`."""
        counters = Counters(nodes=[node.counter() for node in self._nodes.values()])
        for counter, direction in self._link_counters:
            counter.bytes = direction.tally.bytes
            counters.links.append(counter)
        return counters

    async def close(self) -> None:
        """Close every port and connection. Idempotent."""
        self._close_all()

    def _close_all(self) -> None:
        self._faults.close()
        for node in self._nodes.values():
            node.close()
        for forwarder in self._forwarders:
            forwarder.close()

    def _build(self, scenario: Scenario) -> None:
        everybody = dict.fromkeys(self._keys.values(), Limits())
        for name, identity in self._identities.items():
            self._nodes[name] = Node(
                name,
                identity,
                topology=self.topology,
                admission=Admission(identity.public_key, everybody),
                faults=self._faults,
                scratch=self._scratch,
                listen=None if name in scenario.behind else sockets.ANY_LOOPBACK_PORT,
            )
        shared = _bottleneck_gates(scenario)
        for link in scenario.links:
            here, there = link.between
            there_way, back_way = (
                _direction(link, shared.get(ends, ()), random.Random(f"{scenario.seed}/{'/'.join(ends)}"))
                for ends in ((here, there), (there, here))
            )
            tp_id = str(uuid.uuid5(_TRANSPORTS, f"{scenario.seed}/{'/'.join(sorted(link.between))}"))
            for dialler, other, forward, backward in (
                (here, there, there_way, back_way),
                (there, here, back_way, there_way),
            ):
                if other in scenario.behind:
                    self._add_transport(link, tp_id, dialler, other, kind=DMSG)
                else:
                    address = self._add_forwarder(link, dialler, other, forward, backward)
                    self._add_transport(link, tp_id, dialler, other, kind=link.kind, address=address)
                counter = LinkCounter(tp_id=tp_id, to=self._keys[other])
                setattr(counter, "from", self._keys[dialler])
                self._link_counters.append((counter, forward))
        for name, rendezvous in scenario.behind.items():
            self._attendances.append(
                Attendance(
                    name,
                    self._identities[name],
                    topology=self.topology,
                    hop=hops_along(self.topology, (name, rendezvous))[0],
                    adopt=self._nodes[name].adopt,
                )
            )

    def _add_forwarder(
        self, link: Link, dialler: str, other: str, forward: LinkDirection, backward: LinkDirection
    ) -> str:
        """Open the port on which one end dials the other, and return its address."""
        forwarder = LinkForwarder(
            f"{dialler}→{other}",
            ends=frozenset(link.between),
            forward=forward,
            backward=backward,
            node_address=self._nodes[other].address,
            faults=self._faults,
            scratch=self._scratch,
        )
        self._forwarders.append(forwarder)
        return forwarder.address

    def _add_transport(
        self, link: Link, tp_id: str, dialler: str, other: str, *, kind: str, address: str = ""
    ) -> None:
        transport = Transport(
            tp_id=tp_id, to=self._keys[other], kind=kind, address=address, delay_ns=link.delay_ns
        )
        setattr(transport, "from", self._keys[dialler])
        self.topology.transports.append(transport)


@contextlib.asynccontextmanager
async def local_network(scenario: Scenario) -> AsyncIterator[LocalNetwork]:
    """Run a scenario's network in the current loop for the time of the block."""
    network = LocalNetwork(scenario)
    try:
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(network.serve(), name=f"network:{scenario.name}")
            try:
                await network.attended()
                yield network
            finally:
                serving.cancel()
    finally:
        await network.close()


def _bottleneck_gates(scenario: Scenario) -> dict[tuple[str, str], tuple[Gate, ...]]:
    """Return the shared gates by direction: a bottleneck has one for its pairs as written, one for the way back."""
    gates: dict[tuple[str, str], tuple[Gate, ...]] = {}
    for bottleneck in scenario.bottlenecks:
        there, back = (
            Gate(RateClock(rate_bps=bottleneck.rate_bps, queue_bytes=bottleneck.queue_bytes))
            for _ in range(2)
        )
        for a, b in bottleneck.links:
            gates[a, b] = (*gates.get((a, b), ()), there)
            gates[b, a] = (*gates.get((b, a), ()), back)
    return gates


def _direction(link: Link, shared: tuple[Gate, ...], rng: random.Random) -> LinkDirection:
    own: tuple[Gate, ...] = ()
    if link.rate_bps:
        own = (Gate(RateClock(rate_bps=link.rate_bps, queue_bytes=link.queue_bytes)),)
    return LinkDirection(
        gates=(*shared, *own),
        rate_bps=link.rate_bps,
        queue_bytes=link.queue_bytes,
        delay_ns=link.delay_ns,
        jitter_ns=link.jitter_ns,
        rng=rng,
    )
