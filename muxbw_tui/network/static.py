"""A network between hosts, as its file describes it: who is there, who can dial whom, and as whom the source dials.

Nodes run on their own, each from its own file; what stands here is what the source plans routes with. Nothing goes
wrong on purpose, and what nodes count stays with them.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Self

from muxbw_tui.errors import ConfigError
from muxbw_tui.network.dial import dial_dmsg, dial_route
from muxbw_tui.network.identity import Identity, load_identity
from muxbw_tui.network.latencies import Latencies
from muxbw_tui.network.node_config import DEFAULT_KIND
from muxbw_tui.network.toml_table import TomlTable, load_toml
from muxbw_tui.network.topology import DMSG, make_transport
from muxbw_tui.pb.muxbw_pb2 import Counters, PumpFaults, Topology

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from muxbw_tui.pb.ping_pb2 import RouteHop

_ALL = "all"


class StaticNetwork:
    """A network of nodes on their own hosts. Fulfils `Network`; build it with `load`.

    Attributes:
        topology: as the file says, with the delays that set-ups have measured; without a scenario, for nothing is
            simulated.
    """

    def __init__(self, topology: Topology, source: Identity) -> None:
        self.topology = topology
        self._source = source
        self._latencies = Latencies(topology)

    @classmethod
    def load(cls, network_file: Path, key_file: Path) -> Self:
        """Return the network in a file, dialled with the key of its source. Reads files and nothing else.

        Raises:
            ConfigError: a file cannot be used; the message names it, the table, and what was expected.
        """
        topology = _read_topology(load_toml(network_file))
        source = load_identity(key_file)
        if source.public_key != topology.source:
            name = topology.node_names[topology.source]
            message = (
                f"{key_file}: this is the key of {source.public_key}, and the source of {network_file} is"
            )
            raise ConfigError(f"{message} {name}, {topology.source}")
        return cls(topology, source)

    async def dial(
        self, hops: Sequence[RouteHop], *, run_id: str, route_index: int, timeout_s: float
    ) -> socket.socket:
        """Set a route up; see `Network`.

        Raises:
            SetUpError: the route did not come up within `timeout_s`; the message names the node.
        """
        return await dial_route(
            self.topology,
            self._source,
            hops,
            run_id=run_id,
            route_index=route_index,
            timeout_s=timeout_s,
            latencies=self._latencies,
        )

    async def dial_dmsg(self, target_key: str, *, run_id: str, timeout_s: float) -> socket.socket:
        """Reach a node over its rendezvous; see `Network`.

        Raises:
            SetUpError: the connection did not come up within `timeout_s`.
        """
        return await dial_dmsg(
            self.topology,
            self._source,
            target_key,
            run_id=run_id,
            timeout_s=timeout_s,
            latencies=self._latencies,
        )

    async def pump_starts(self, run_id: str) -> PumpFaults:
        """Return that there are no faults; see `Network`."""
        del run_id
        return PumpFaults()

    async def run_ended(self, run_id: str) -> None:
        """Lift nothing; see `Network`."""

    async def counters(self) -> Counters:
        """Return none: what a node counts is on its own host."""
        return Counters()

    async def close(self) -> None:
        """Do nothing: the nodes are not ours."""


class _Nodes:
    """The nodes of a file: by name, their keys, where they listen, and whom they attend at."""

    def __init__(self) -> None:
        self.keys: dict[str, str] = {}
        self.addresses: dict[str, str] = {}
        self.rendezvous: dict[str, str] = {}

    def read(self, table: TomlTable) -> None:
        """Take one more."""
        name, key = table.text("name"), table.public_key("key")
        if name in self.keys:
            table.refuse(f"the name {name!r} is taken by an earlier node")
        if key in self.keys.values():
            table.refuse("the key is taken by an earlier node")
        self.keys[name] = key
        if table.has("address"):
            self.addresses[name] = table.address("address")
        if table.has("rendezvous"):
            self.rendezvous[name] = table.text("rendezvous")
        table.finish()

    def can_be_dialled(self, source: str) -> list[str]:
        """Return the names of those that listen somewhere, but for the source."""
        return [name for name in self.addresses if name != source]


def _read_topology(top: TomlTable) -> Topology:
    nodes = _Nodes()
    for table in top.tables("node"):
        nodes.read(table)
    source = top.choice("source", nodes.keys)
    target = top.choice("target", nodes.keys) if top.has("target") else ""
    if target == source:
        top.refuse("source and target are the same node")
    topology = Topology(
        source=nodes.keys[source],
        target=nodes.keys[target] if target else "",
        node_names={key: name for name, key in nodes.keys.items()},
    )
    top.exactly_one_of("transports", "transport")
    ways = _read_ways(top, nodes, source)
    for here, there, kind in ways:
        topology.transports.append(
            make_transport(nodes.keys[here], nodes.keys[there], kind=kind, address=nodes.addresses[there])
        )
    for name, rendezvous in nodes.rendezvous.items():
        if rendezvous not in nodes.can_be_dialled(source):
            top.refuse(f"{name} attends at {rendezvous!r}: expected the name of a node with an address")
        topology.transports.append(make_transport(nodes.keys[rendezvous], nodes.keys[name], kind=DMSG))
    top.finish()
    return topology


def _read_ways(top: TomlTable, nodes: _Nodes, source: str) -> Iterable[tuple[str, str, str]]:
    """Return who can dial whom, and the kind of that transport."""
    listening = nodes.can_be_dialled(source)
    if top.has("transports"):
        top.choice("transports", [_ALL])
        pairs = itertools.product(nodes.keys, listening)
        return [(here, there, DEFAULT_KIND) for here, there in pairs if here != there]
    ways: list[tuple[str, str, str]] = []
    for table in top.tables("transport"):
        ends = table.pair("between", known=nodes.keys)
        kind = table.text("kind", default=DEFAULT_KIND)
        table.finish()
        found = [(here, there, kind) for here, there in (ends, ends[::-1]) if there in listening]
        if not found:
            table.refuse(f"neither {ends[0]} nor {ends[1]} has an address that the other could dial")
        if set(found) & set(ways):
            table.refuse(f"{ends[0]} and {ends[1]} have a {kind} transport already")
        ways += found
    return ways
