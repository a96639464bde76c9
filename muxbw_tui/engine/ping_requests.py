"""The door for ping, bandwidth and plan requests: defaults filled in, what cannot be carried out refused by name.

The messages are the stock ones; in a request 0 and the empty string ask for the default.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from muxbw_tui.bounds import DEFAULT_BLOCK_KIB, MAX_HOPS, MAX_PACKET_SIZE_KB, MAX_ROUTES
from muxbw_tui.engine.config import (
    DEFAULT_MAX_HOPS,
    DEFAULT_TIMEOUT_S,
    PING_BYTES,
    PingConfig,
)
from muxbw_tui.engine.requests import (
    MAX_DURATION_NS,
    check_number,
    resolve_node,
    resolve_target,
)
from muxbw_tui.errors import InvalidRequestError
from muxbw_tui.network.topology import find_transport, hop_over, hops_by_rendezvous, node_name, source_of
from muxbw_tui.pb.muxbw_pb2 import PlanRequest
from muxbw_tui.units import KIB, NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterable

    from muxbw_tui.pb.muxbw_pb2 import Topology
    from muxbw_tui.pb.ping_pb2 import BandwidthRequest, PingRequest, RouteHop

DEFAULT_TRIES = 1
DEFAULT_DURATION_NS = 10 * NS_PER_S
MAX_TRIES = 1_000_000


@dataclass(frozen=True, slots=True)
class PingTask:
    """What a ping request asks for.

    Attributes:
        tries: round trips, one after the other.
        ping_timeout_s: for all of them together; None: no limit but that of each.
    """

    config: PingConfig
    tries: int
    ping_timeout_s: float | None


@dataclass(frozen=True, slots=True)
class BandwidthTask:
    """What a bandwidth request asks for."""

    config: PingConfig
    duration_s: float


def ping_task(request: PingRequest, topology: Topology, run_id: str) -> PingTask:
    """Return what to do over a route; without a packet size, small frames are sent.

    Raises:
        InvalidRequestError: naming the field, its value, and what would be accepted.
    """
    return _ping_task(request, topology, run_id, _path_asked_for(request, topology))


def dmsg_ping_task(request: PingRequest, topology: Topology, run_id: str) -> PingTask:
    """Return what to do over the rendezvous that the target attends at; the path is the config's.

    Raises:
        InvalidRequestError: naming the field, its value, and what would be accepted.
    """
    if request.forward_hops or request.reverse_hops or request.transport_id:
        raise InvalidRequestError("over dmsg the path is the rendezvous: leave hops and transport_id empty")
    target = resolve_target(request.public_key, topology, field="public_key")
    return _ping_task(request, topology, run_id, _rendezvous_path(target, topology, request.dmsg_server_pk))


def bandwidth_task(request: BandwidthRequest, topology: Topology, run_id: str) -> BandwidthTask:
    """Return what to do, over a route or over dmsg.

    Raises:
        InvalidRequestError: naming the field, its value, and what would be accepted.
    """
    check_number("duration_ns", request.duration_ns, most=MAX_DURATION_NS)
    config = PingConfig(
        target=resolve_target(request.public_key, topology, field="public_key"),
        run_id=run_id,
        block_bytes=_block_bytes(request.packet_size_kb or DEFAULT_BLOCK_KIB),
    )
    return BandwidthTask(config, (request.duration_ns or DEFAULT_DURATION_NS) / NS_PER_S)


def complete_plan_request(request: PlanRequest, topology: Topology) -> PlanRequest:
    """Return the request with every default filled in, and its ends as keys; count 0 stands for all there are.

    Raises:
        InvalidRequestError: naming the field, its value, and what would be accepted.
    """
    completed = PlanRequest()
    completed.CopyFrom(request)
    for name, most in (("min_hops", MAX_HOPS), ("max_hops", MAX_HOPS), ("count", MAX_ROUTES)):
        check_number(name, getattr(request, name), most=most)
    if request.source not in {"", "auto"} or request.tpd_url:
        raise InvalidRequestError(
            "source: this engine plans on the network that it knows; leave source and tpd_url empty"
        )
    completed.min_hops = request.min_hops or 1
    completed.max_hops = request.max_hops or DEFAULT_MAX_HOPS
    completed.count = request.count or MAX_ROUTES
    completed.src_pk = resolve_node(request.src_pk or topology.source, topology, field="src_pk")
    completed.dst_pk = resolve_node(request.dst_pk or topology.target, topology, field="dst_pk")
    if completed.src_pk == completed.dst_pk:
        raise InvalidRequestError("dst_pk: the target is the source itself")
    if completed.min_hops > completed.max_hops:
        raise InvalidRequestError(f"min_hops is {completed.min_hops}, and max_hops {completed.max_hops}")
    return completed


def _rendezvous_path(target: str, topology: Topology, rendezvous: str) -> tuple[RouteHop, ...]:
    """Return the path to a target over the rendezvous that it attends at.

    Raises:
        InvalidRequestError: it attends nowhere, or at another than the one asked for.
    """
    try:
        hops = hops_by_rendezvous(topology, target)
    except LookupError as exc:
        raise InvalidRequestError(f"no dmsg: {exc}", code="unknown_target") from exc
    if rendezvous not in {"", hops[0].to}:
        name = node_name(topology, target)
        raise InvalidRequestError(f"dmsg_server_pk: {name} attends at {hops[0].to}, not at {rendezvous}")
    return tuple(hops)


def _ping_task(request: PingRequest, topology: Topology, run_id: str, hops: tuple[RouteHop, ...]) -> PingTask:
    check_number("tries", request.tries, most=MAX_TRIES)
    for name in ("ping_timeout_ns", "setup_timeout_ns"):
        check_number(name, getattr(request, name), most=MAX_DURATION_NS)
    config = PingConfig(
        target=resolve_target(request.public_key, topology, field="public_key"),
        run_id=run_id,
        hops=hops,
        block_bytes=_block_bytes(request.packet_size_kb),
        setup_timeout_s=request.setup_timeout_ns / NS_PER_S or DEFAULT_TIMEOUT_S,
    )
    return PingTask(config, request.tries or DEFAULT_TRIES, request.ping_timeout_ns / NS_PER_S or None)


def _block_bytes(packet_size_kb: int) -> int:
    check_number("packet_size_kb", packet_size_kb, most=MAX_PACKET_SIZE_KB)
    return packet_size_kb * KIB or PING_BYTES


def _path_asked_for(request: PingRequest, topology: Topology) -> tuple[RouteHop, ...]:
    """Return the hops that a request names; none leave the choice to the planner.

    Raises:
        InvalidRequestError: they are no path to the target.
    """
    target = resolve_target(request.public_key, topology, field="public_key")
    if request.dmsg_server_pk:
        raise InvalidRequestError("dmsg_server_pk: this is a ping over routes, not over dmsg")
    if request.transport_id and request.forward_hops:
        raise InvalidRequestError("transport_id: forward_hops name the path already; leave one of them empty")
    hops: tuple[RouteHop, ...] = ()
    if request.transport_id:
        hops = (_direct_hop(request.transport_id, topology, target),)
    elif request.forward_hops:
        hops = _checked_path(request.forward_hops, topology, target)
    back = [(hop.tp_id, hop.to, source_of(hop)) for hop in reversed(request.reverse_hops)]
    if back and back != [(hop.tp_id, source_of(hop), hop.to) for hop in hops]:
        raise InvalidRequestError("reverse_hops: routes go back the way they came; leave them empty")
    return hops


def _direct_hop(transport_id: str, topology: Topology, target: str) -> RouteHop:
    for transport in topology.transports:
        ends = (source_of(transport), transport.to)
        if transport.tp_id == transport_id and ends == (topology.source, target):
            return hop_over(transport)
    name = node_name(topology, target)
    raise InvalidRequestError(f"transport_id: no transport {transport_id} leads straight to {name}")


def _checked_path(asked: Iterable[RouteHop], topology: Topology, target: str) -> tuple[RouteHop, ...]:
    here = topology.source
    seen = {here}
    hops = []
    for position, hop in enumerate(asked, start=1):
        transport = find_transport(topology, hop)
        if transport is None or source_of(hop) != here:
            raise InvalidRequestError(
                f"forward_hops: hop {position} takes no transport that leaves {node_name(topology, here)}"
            )
        hops.append(hop_over(transport))
        here = hop.to
        if here in seen:
            raise InvalidRequestError(f"forward_hops: the path comes to {node_name(topology, here)} twice")
        seen.add(here)
    if here != target:
        ends = f"{node_name(topology, here)}, not at {node_name(topology, target)}"
        raise InvalidRequestError(f"forward_hops: the path ends at {ends}")
    return tuple(hops)
