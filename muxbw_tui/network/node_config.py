"""The configuration of a node on its own host, read from TOML: where it listens, as whom, and whom it allows what.

Owns the file format and its checks; nothing here opens a socket. docs/between-hosts.md has an example of every key.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from muxbw_tui.network.admission import Limits
from muxbw_tui.network.identity import Identity, load_identity
from muxbw_tui.network.toml_table import TomlTable, load_toml
from muxbw_tui.network.topology import hop_over, make_transport
from muxbw_tui.pb.muxbw_pb2 import Topology
from muxbw_tui.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from muxbw_tui.pb.muxbw_pb2 import Transport
    from muxbw_tui.pb.ping_pb2 import RouteHop

DEFAULT_KIND = "stcpr"
_OF_ALL = ""  # in the place of a key: of every key without a limit of its own


@dataclass(frozen=True, slots=True)
class NodeConfig:
    """What a node's file says.

    Attributes:
        listen: `host:port`; None where it cannot be dialled.
        allowed: every key but its own that may ask it for something.
        topology: this node's transports, and the names that it has for their ends.
        attends_at: the hop to its rendezvous; None without one.
    """

    name: str
    identity: Identity
    listen: str | None
    allowed: Mapping[str, Limits]
    topology: Topology
    attends_at: RouteHop | None


def load_node_config(path: Path) -> NodeConfig:
    """Return what a file says, with the key of the key file that it names.

    Raises:
        ConfigError: one of the two cannot be used; the message names the file, the table, and what was expected.
    """
    top = load_toml(path)
    identity = load_identity(top.path("key_file"))
    name = top.text("name", default="node")
    topology = Topology(source=identity.public_key, node_names={identity.public_key: name})
    for table in top.tables("transport"):
        topology.transports.append(_read_transport(table, topology))
    config = NodeConfig(
        name=name,
        identity=identity,
        listen=top.address("listen") if top.has("listen") else None,
        allowed=_read_allowed(top),
        topology=topology,
        attends_at=_read_rendezvous(top, topology) if top.has("rendezvous") else None,
    )
    if config.listen is None and config.attends_at is None:
        top.refuse("expected listen, or a rendezvous to be called over, or both")
    top.finish()
    return config


def _read_transport(table: TomlTable, topology: Topology) -> Transport:
    key = table.public_key("key")
    transport = make_transport(
        topology.source, key, kind=table.text("kind", default=DEFAULT_KIND), address=table.address("address")
    )
    if table.has("name"):
        topology.node_names[key] = table.text("name")
    table.finish()
    if key == topology.source:
        table.refuse("key: this is the node's own")
    if any(transport.tp_id == earlier.tp_id for earlier in topology.transports):
        table.refuse(f"there is a {transport.kind} transport to {key} already")
    return transport


def _read_rendezvous(top: TomlTable, topology: Topology) -> RouteHop:
    key = top.public_key("rendezvous")
    leading = [hop_over(transport) for transport in topology.transports if transport.to == key]
    if not leading:
        top.refuse(f"rendezvous: expected a [[transport]] that leads to {key}")
    return leading[0]


def _read_allowed(top: TomlTable) -> dict[str, Limits]:
    keys = top.public_keys("allow")
    own: dict[str, Limits] = {}
    for table in top.tables("limit"):
        limits = Limits(
            routes=table.integer("routes", default=0),
            bytes_per_s=table.integer("bytes_per_s", default=0),
            duration_s=table.seconds("duration_s", default=0) / NS_PER_S,
        )
        key = table.public_key("key") if table.has("key") else _OF_ALL
        if key not in {*keys, _OF_ALL}:
            table.refuse(f"key: {key} is not in allow")
        if key in own:
            table.refuse(
                "an earlier [[limit]] is of the same key" if key else "an earlier [[limit]] has no key"
            )
        own[key] = limits
        table.finish()
    default = own.get(_OF_ALL, Limits())
    return {key: own.get(key, default) for key in keys}
