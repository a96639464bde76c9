"""The door for run requests: every default filled in, everything that cannot be carried out refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from muxbw_tui.bounds import DEFAULT_BLOCK_KIB, MAX_HOPS, MAX_PACKET_SIZE_KB, MAX_ROUTES, MAX_WINDOW
from muxbw_tui.engine.config import DEFAULT_MAX_HOPS
from muxbw_tui.engine.growth import GrowthMode
from muxbw_tui.engine.pinned import pinned_paths
from muxbw_tui.errors import InvalidRequestError
from muxbw_tui.network.keys import is_public_key
from muxbw_tui.network.topology import find_node
from muxbw_tui.pb.muxbw_pb2 import RunRequest
from muxbw_tui.units import KIB, NS_PER_MS, NS_PER_S, format_duration_ns

if TYPE_CHECKING:
    from muxbw_tui.pb.muxbw_pb2 import Topology

MAX_DURATION_NS = 7 * 86_400 * NS_PER_S
MAX_BLOCKS_BYTES = 1 << 30
MIN_INTERVAL_NS = NS_PER_MS
WARM_UP_NS = 2 * NS_PER_S

_DEFAULTS = {
    "routes": 1,
    "duration_ns": 30 * NS_PER_S,
    "packet_size_kb": DEFAULT_BLOCK_KIB,
    "min_hops": 1,
    "max_hops": DEFAULT_MAX_HOPS,
    "setup_timeout_ns": 30 * NS_PER_S,
    "probe_interval_ns": 100 * NS_PER_MS,
    "sample_interval_ns": NS_PER_S,
    "io_timeout_ns": 30 * NS_PER_S,
    "window": 1,
}
_LARGEST = {
    "routes": MAX_ROUTES,
    "duration_ns": MAX_DURATION_NS,
    "packet_size_kb": MAX_PACKET_SIZE_KB,
    "idle_baseline_duration_ns": MAX_DURATION_NS,
    "setup_timeout_ns": MAX_DURATION_NS,
    "io_timeout_ns": MAX_DURATION_NS,
    "linger_ns": MAX_DURATION_NS,
    "keep_open_ns": MAX_DURATION_NS,
    "warm_up_ns": MAX_DURATION_NS,
    "max_hops": MAX_HOPS,
    "window": MAX_WINDOW,
}
_SMALLEST = {"probe_interval_ns": MIN_INTERVAL_NS, "sample_interval_ns": MIN_INTERVAL_NS}
_WINDOW_MODES = [mode.value for mode in GrowthMode]
_NUMBERS = sorted({*_DEFAULTS, *_LARGEST})


def complete_request(request: RunRequest, topology: Topology) -> RunRequest:
    """Return the request with every default filled in and its target resolved to a key.

    Raises:
        InvalidRequestError: naming the field, its value, and what would be accepted.
    """
    completed = RunRequest()
    completed.CopyFrom(request)
    for name in _NUMBERS:
        check_number(name, getattr(request, name), least=_SMALLEST.get(name, 0), most=_LARGEST.get(name))
        if not getattr(request, name) and name in _DEFAULTS:
            setattr(completed, name, _DEFAULTS[name])
    if completed.routes * completed.packet_size_kb * KIB > MAX_BLOCKS_BYTES:
        raise InvalidRequestError(
            f"routes × packet_size_kb is {completed.routes} × {completed.packet_size_kb} KiB: at most 1 GiB in all"
        )
    if request.routing_policy or request.policy_app or request.cli_overrides:
        raise InvalidRequestError(
            "routing_policy: this engine has no routing-policy engine; leave routing_policy, policy_app and "
            "cli_overrides empty",
            code="unsupported",
        )
    if request.window_mode and request.window_mode not in _WINDOW_MODES:
        accepted = " or ".join(_WINDOW_MODES)
        raise InvalidRequestError(
            f"window_mode is {request.window_mode!r}: leave it empty, or ask for {accepted}"
        )
    if completed.idle_baseline_duration_ns:
        completed.probe_rtt = True
    if not completed.warm_up_ns and (completed.probe_rtt or completed.window_mode):
        completed.warm_up_ns = WARM_UP_NS
    completed.target_pk = resolve_target(request.target_pk, topology)
    _check_hops(completed, topology)
    return completed


def _check_hops(completed: RunRequest, topology: Topology) -> None:
    """Refuse limits on hops that contradict each other, and paths asked for that cannot be taken.

    Raises:
        InvalidRequestError: naming the limit, or the route and the node.
    """
    if completed.min_hops > completed.max_hops:
        raise InvalidRequestError(f"min_hops is {completed.min_hops}, and max_hops {completed.max_hops}")
    pinned_paths(
        topology,
        completed.target_pk,
        completed.hops_via,
        count=completed.routes,
        lengths=range(completed.min_hops, completed.max_hops + 1),
    )


def resolve_target(target: str, topology: Topology, *, field: str = "target_pk") -> str:
    """Return the public key that a key, a node's name or (on an embedded network) nothing stands for.

    Raises:
        InvalidRequestError: it stands for no node that could be a target; names the field.
    """
    key = resolve_node(target or topology.target, topology, field=field)
    if key == topology.source:
        raise InvalidRequestError(f"invalid {field}: the target is the source itself")
    if not any(transport.to == key for transport in topology.transports):
        raise InvalidRequestError(
            f"target {key} is not reachable: no transport leads to it", code="unknown_target"
        )
    return key


def resolve_node(node: str, topology: Topology, *, field: str) -> str:
    """Return the public key that a key or a node's name stands for.

    Raises:
        InvalidRequestError: it stands for none; names the field.
    """
    key = find_node(topology, node) or node
    if not is_public_key(key):
        names = ", ".join(sorted(topology.node_names.values()))
        known = f", nor a node of this network ({names})" if names else ""
        raise InvalidRequestError(f"invalid {field}: {node!r} is not a public key (66 hex digits){known}")
    return key


def check_number(name: str, value: int, *, least: int = 0, most: int | None = None) -> None:
    """Refuse a number out of bounds; 0 always asks for the default.

    Raises:
        InvalidRequestError: naming the field, its value and the bound.
    """
    if value < 0:
        raise InvalidRequestError(f"{name} is {value}: it must not be negative")
    if most is not None and value > most:
        raise InvalidRequestError(f"{name} is {_written(name, value)}: at most {_written(name, most)}")
    if 0 < value < least:
        raise InvalidRequestError(f"{name} is {_written(name, value)}: at least {_written(name, least)}")


def _written(name: str, value: int) -> str:
    return format_duration_ns(value) if name.endswith("_ns") else str(value)
