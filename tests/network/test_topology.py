"""Questions asked of a topology."""

from __future__ import annotations

import pytest

from muxbw_tui.network.topology import (
    find_node,
    find_transport,
    hop_over,
    hops_along,
    make_hop,
    node_name,
    source_of,
)
from muxbw_tui.pb.muxbw_pb2 import Topology, Transport

A, B, C = "02aa", "03bb", "02cc"


def transport(tp_id: str, source: str, to: str) -> Transport:
    """Return one direction of a link."""
    built = Transport(tp_id=tp_id, to=to, kind="stcpr", address="127.0.0.1:1")
    setattr(built, "from", source)
    return built


TOPOLOGY = Topology(
    node_names={A: "alpha", B: "beta", C: "gamma"},
    transports=[transport("t1", A, B), transport("t1", B, A), transport("t2", B, C), transport("t3", A, B)],
)


def test_a_node_is_found_by_name_and_by_key_in_any_case() -> None:
    """An operator types either."""
    assert find_node(TOPOLOGY, "beta") == B
    assert find_node(TOPOLOGY, B.upper()) == B
    assert find_node(TOPOLOGY, "delta") is None


def test_an_unknown_key_is_shortened_and_not_hidden() -> None:
    """A failure at a node without a name must still say where."""
    assert node_name(TOPOLOGY, B) == "beta"
    assert node_name(TOPOLOGY, "02" + "ab" * 32) == "02ab…abab"


def test_a_transport_is_found_in_its_direction_only() -> None:
    """Both directions of a link have one id, and two addresses."""
    there = hop_over(TOPOLOGY.transports[0])
    back = hop_over(TOPOLOGY.transports[1])

    assert find_transport(TOPOLOGY, there) == TOPOLOGY.transports[0]
    assert find_transport(TOPOLOGY, back) == TOPOLOGY.transports[1]
    assert find_transport(TOPOLOGY, make_hop(tp_id="t9", source=A, to=B, kind="stcpr")) is None


def test_the_hops_of_a_path_chain_and_take_the_first_of_parallel_transports() -> None:
    """The path that is set up must be the one that was named, each time."""
    hops = hops_along(TOPOLOGY, ["alpha", "beta", C])

    assert [(hop.tp_id, source_of(hop), hop.to) for hop in hops] == [("t1", A, B), ("t2", B, C)]


@pytest.mark.parametrize(
    ("path", "message"), [(["alpha", "delta"], "delta"), (["alpha", "gamma"], "alpha to gamma")]
)
def test_a_path_that_does_not_exist_is_named(path: list[str], message: str) -> None:
    """A wrong path must not become a path with a hop missing."""
    with pytest.raises(LookupError, match=message):
        hops_along(TOPOLOGY, path)
