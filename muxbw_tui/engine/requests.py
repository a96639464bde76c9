"""The door for run requests: every default filled in, everything that cannot be carried out refused by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from muxbw_tui.errors import InvalidRequestError
from muxbw_tui.network.keys import is_public_key
from muxbw_tui.network.topology import find_node
from muxbw_tui.pb.muxbw_pb2 import RunRequest
from muxbw_tui.units import KIB, NS_PER_MS, NS_PER_S, format_duration_ns

if TYPE_CHECKING:
    from muxbw_tui.pb.muxbw_pb2 import Topology

MAX_ROUTES = 1_024
MAX_DURATION_NS = 7 * 86_400 * NS_PER_S
MAX_PACKET_SIZE_KB = 8 * 1_024
MAX_BLOCKS_BYTES = 1 << 30
MIN_INTERVAL_NS = NS_PER_MS

_DEFAULTS = {
    "routes": 1,
    "duration_ns": 30 * NS_PER_S,
    "packet_size_kb": 32,
    "min_hops": 1,
    "setup_timeout_ns": 30 * NS_PER_S,
    "probe_interval_ns": 100 * NS_PER_MS,
    "sample_interval_ns": NS_PER_S,
    "io_timeout_ns": 30 * NS_PER_S,
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
}
_SMALLEST = {"probe_interval_ns": MIN_INTERVAL_NS, "sample_interval_ns": MIN_INTERVAL_NS}
_NUMBERS = sorted({*_DEFAULTS, *_LARGEST})


def complete_request(request: RunRequest, topology: Topology) -> RunRequest:
    """Return the request with every default filled in and its target resolved to a key.

    Raises:
        InvalidRequestError: naming the field, its value, and what would be accepted.
    """
    completed = RunRequest()
    completed.CopyFrom(request)
    for name in _NUMBERS:
        _check_number(name, getattr(request, name))
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
    if completed.idle_baseline_duration_ns:
        completed.probe_rtt = True
    completed.target_pk = resolve_target(request.target_pk, topology)
    return completed


def resolve_target(target: str, topology: Topology) -> str:
    """Return the public key that a key, a node's name or (on an embedded network) nothing stands for.

    Raises:
        InvalidRequestError: it stands for no node that could be a target.
    """
    key = find_node(topology, target) or target or topology.target
    if not is_public_key(key):
        names = ", ".join(sorted(topology.node_names.values()))
        known = f", nor a node of this network ({names})" if names else ""
        raise InvalidRequestError(f"invalid target_pk: {target!r} is not a public key (66 hex digits){known}")
    if key == topology.source:
        raise InvalidRequestError("invalid target_pk: the target is the source itself")
    if not any(transport.to == key for transport in topology.transports):
        raise InvalidRequestError(
            f"target {key} is not reachable: no transport leads to it", code="unknown_target"
        )
    return key


def _check_number(name: str, value: int) -> None:
    """Refuse a number out of bounds; 0 always asks for the default."""
    if value < 0:
        raise InvalidRequestError(f"{name} is {value}: it must not be negative")
    largest = _LARGEST.get(name)
    if largest is not None and value > largest:
        raise InvalidRequestError(f"{name} is {_written(name, value)}: at most {_written(name, largest)}")
    if 0 < value < _SMALLEST.get(name, 0):
        raise InvalidRequestError(
            f"{name} is {_written(name, value)}: at least {_written(name, _SMALLEST[name])}"
        )


def _written(name: str, value: int) -> str:
    return format_duration_ns(value) if name.endswith("_ns") else str(value)
