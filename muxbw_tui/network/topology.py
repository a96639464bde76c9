"""Questions that are asked of a `muxbw.v1.Topology`: who is who, which transport, what address.

The protobuf message is the topology; there is no second form of it. Everything here is pure.
"""

from __future__ import annotations

import contextlib
import itertools
import uuid
from typing import TYPE_CHECKING

from muxbw_tui.pb.muxbw_pb2 import Transport
from muxbw_tui.pb.ping_pb2 import RouteHop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from muxbw_tui.pb.muxbw_pb2 import Topology


DMSG = "dmsg"  # the kind of a transport that leads from a rendezvous to a node that attends there


_TRANSPORTS = uuid.UUID("6d757862-7700-5000-8000-6e6f64657374")


def find_node(topology: Topology, name_or_key: str) -> str | None:
    """Return the key of the node with this name or key, or None if there is none."""
    wanted = name_or_key.lower()
    for key, name in topology.node_names.items():
        if wanted == key or name_or_key == name:
            return key
    return None


def node_name(topology: Topology, key: str) -> str:
    """Return a node's name, or a short form of its key where the topology does not know it."""
    return topology.node_names.get(key) or (f"{key[:4]}…{key[-4:]}" if key else "a nameless node")


def source_of(link: Transport | RouteHop) -> str:
    """Return the key in the field `from`, a name that Python cannot spell."""
    return str(getattr(link, "from"))


def make_hop(*, tp_id: str, source: str, to: str, kind: str) -> RouteHop:
    """Build a hop; `source` is what the message calls `from`."""
    hop = RouteHop(tp_id=tp_id, to=to, tp_type=kind)
    setattr(hop, "from", source)
    return hop


def make_transport(source: str, to: str, *, kind: str, address: str = "") -> Transport:
    """Build a transport of a real network; its id follows from its ends and its kind, the same on every host."""
    ends = "/".join(sorted((source, to)))
    transport = Transport(
        tp_id=str(uuid.uuid5(_TRANSPORTS, f"{ends}/{kind}")), to=to, kind=kind, address=address
    )
    setattr(transport, "from", source)
    return transport


def hop_over(transport: Transport) -> RouteHop:
    """Return the hop that takes this transport."""
    return make_hop(tp_id=transport.tp_id, source=source_of(transport), to=transport.to, kind=transport.kind)


def find_transport(topology: Topology, hop: RouteHop) -> Transport | None:
    """Return the transport that a hop takes, in the hop's direction, or None if the topology has none."""
    for transport in topology.transports:
        if transport.tp_id == hop.tp_id and transport.to == hop.to and source_of(transport) == source_of(hop):
            return transport
    return None


def hops_by_rendezvous(topology: Topology, target: str) -> list[RouteHop]:
    """Return the path from the topology's source to a node over the rendezvous that it attends at.

    Raises:
        LookupError: the node attends nowhere, or the source cannot dial its rendezvous.
    """
    for transport in topology.transports:
        if transport.to == target and transport.kind == DMSG:
            rendezvous = source_of(transport)
            with contextlib.suppress(LookupError):
                return [*hops_along(topology, (topology.source, rendezvous)), hop_over(transport)]
    raise LookupError(f"no rendezvous leads to {node_name(topology, target)}")


def hops_along(topology: Topology, nodes: Sequence[str]) -> list[RouteHop]:
    """Return the hops of the path through these nodes, each a name or a key, source first.

    Raises:
        LookupError: a node is unknown, or two neighbours have no transport between them.
    """
    keys = [find_node(topology, node) for node in nodes]
    if None in keys:
        raise LookupError(f"no node is called {nodes[keys.index(None)]!r}")
    by_ends = {(source_of(transport), transport.to): transport for transport in reversed(topology.transports)}
    hops = []
    for here, there in itertools.pairwise(keys):
        transport = by_ends.get((str(here), str(there)))
        if transport is None:
            ends = f"{node_name(topology, str(here))} to {node_name(topology, str(there))}"
            raise LookupError(f"no transport leads from {ends}")
        hops.append(hop_over(transport))
    return hops
