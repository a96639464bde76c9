"""A scenario's nodes and links, running in the current event loop."""

from __future__ import annotations

import asyncio
import contextlib
import random
import uuid
from typing import TYPE_CHECKING

from muxbw_tui.network.faults import Faults
from muxbw_tui.network.flow import READ_BYTES
from muxbw_tui.network.keys import derive_key
from muxbw_tui.network.link import Gate, LinkDirection, LinkForwarder
from muxbw_tui.network.node import Node
from muxbw_tui.network.shaping import RateClock
from muxbw_tui.pb.muxbw_pb2 import Counters, LinkCounter, PumpFaults, Topology, Transport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from muxbw_tui.network.scenario import Link, Scenario

_TRANSPORTS = uuid.UUID("6d757862-7700-5000-8000-74707472616e")


class LocalNetwork:
    """An embedded network in this process; built by `local_network`. Fulfils `Network`."""

    def __init__(self, scenario: Scenario) -> None:
        self._scratch = memoryview(bytearray(READ_BYTES))
        self._faults = Faults(scenario.faults, call_later=asyncio.get_running_loop().call_later)
        self._keys = {name: derive_key(scenario.seed, name) for name in scenario.nodes}
        self.topology = Topology(
            scenario=scenario.name,
            source=self._keys[scenario.source],
            target=self._keys[scenario.target],
            node_names={key: name for name, key in self._keys.items()},
        )
        self._nodes: dict[str, Node] = {}
        self._forwarders: list[LinkForwarder] = []
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
        finally:
            self._close_all()

    def node(self, name: str) -> Node:
        """Return a node by its name."""
        return self._nodes[name]

    @property
    def connection_count(self) -> int:
        """How many connections come in at nodes and links, those still being set up included."""
        at_nodes = sum(node.connection_count for node in self._nodes.values())
        return at_nodes + sum(forwarder.connection_count for forwarder in self._forwarders)

    @property
    def bytes_delivered(self) -> int:
        """What all links have delivered, both ways."""
        return sum(direction.tally.bytes for _, direction in self._link_counters)

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
        for name, key in self._keys.items():
            node = Node(name, key, topology=self.topology, faults=self._faults, scratch=self._scratch)
            self._nodes[name] = node
        shared = _bottleneck_gates(scenario)
        for link in scenario.links:
            here, there = link.between
            tp_id = str(uuid.uuid5(_TRANSPORTS, f"{scenario.seed}/{'/'.join(sorted(link.between))}"))
            there_way, back_way = (
                _direction(link, shared.get(ends, ()), random.Random(f"{scenario.seed}/{'/'.join(ends)}"))
                for ends in ((here, there), (there, here))
            )
            self._add_forwarder(link, tp_id, here, there, forward=there_way, backward=back_way)
            self._add_forwarder(link, tp_id, there, here, forward=back_way, backward=there_way)

    def _add_forwarder(
        self,
        link: Link,
        tp_id: str,
        dialler: str,
        other: str,
        *,
        forward: LinkDirection,
        backward: LinkDirection,
    ) -> None:
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
        transport = Transport(
            tp_id=tp_id,
            to=self._keys[other],
            kind=link.kind,
            address=forwarder.address,
            delay_ns=link.delay_ns,
        )
        setattr(transport, "from", self._keys[dialler])
        self.topology.transports.append(transport)
        counter = LinkCounter(tp_id=tp_id, to=self._keys[other])
        setattr(counter, "from", self._keys[dialler])
        self._link_counters.append((counter, forward))


@contextlib.asynccontextmanager
async def local_network(scenario: Scenario) -> AsyncIterator[LocalNetwork]:
    """Run a scenario's network in the current loop for the time of the block."""
    network = LocalNetwork(scenario)
    try:
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(network.serve(), name=f"network:{scenario.name}")
            try:
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
