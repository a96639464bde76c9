"""Which paths the routes take."""

from __future__ import annotations

import itertools

import networkx as nx
from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.engine.planner import plan_routes
from muxbw_tui.network.topology import source_of
from muxbw_tui.pb.muxbw_pb2 import Topology, Transport

Links = list[tuple[str, str, int]]


def topology_of(links: Links) -> Topology:
    """Return a topology with source `s` and target `t`; links are both ways, with delays in ms."""
    topology = Topology(source="s", target="t")
    for (a, b, delay_ms), (x, y) in itertools.product(links, ((0, 1), (1, 0))):
        ends = (a, b)
        topology.transports.add(
            tp_id=f"{a}{b}", to=ends[y], kind="stcpr", delay_ns=delay_ms * 1_000_000, **{"from": ends[x]}
        )
    return topology


def paths(links: Links, *, count: int, min_hops: int = 1, max_hops: int = 5) -> list[str]:
    """Plan, and write each path as the names of its nodes."""
    planned = plan_routes(topology_of(links), "t", count=count, min_hops=min_hops, max_hops=max_hops)
    return ["".join([source_of(hops[0]), *(hop.to for hop in hops)]) for hops in planned]


def test_the_direct_transport_is_shut_out_by_min_hops() -> None:
    """Two hops or more is how an operator asks for relayed routes alone."""
    links = [("s", "t", 1), ("s", "a", 10), ("a", "t", 10)]

    assert paths(links, count=2) == ["st", "sat"]
    assert paths(links, count=2, min_hops=2) == ["sat"]


def test_a_greedy_choice_does_not_block_a_second_route() -> None:
    """The cheapest single path s-a-b-t uses both relays; two routes exist all the same."""
    links = [("s", "a", 1), ("a", "b", 1), ("b", "t", 1), ("a", "t", 50), ("s", "b", 50)]

    assert sorted(paths(links, count=2)) == ["sat", "sbt"]
    assert paths(links, count=1) == ["sabt"]


def test_routes_are_numbered_by_cost_and_then_by_name() -> None:
    """The same network gives the same numbering, or a restarted run could not be compared."""
    links = [(s, d, ms) for d, ms in (("c", 5), ("b", 9), ("a", 9)) for s in ("s", "t")]

    assert paths(links, count=3) == ["sct", "sat", "sbt"]
    assert paths(list(reversed(links)), count=3) == ["sct", "sat", "sbt"]


def test_kinds_decide_where_no_delay_is_known() -> None:
    """The order is stcpr before sudph before dmsg."""
    topology = Topology(source="s", target="t")
    for kind, relay in (("dmsg", "a"), ("sudph", "b"), ("stcpr", "c")):
        for tail, head in (("s", relay), (relay, "t")):
            topology.transports.add(tp_id=tail + head, to=head, kind=kind, **{"from": tail})

    planned = plan_routes(topology, "t", count=3, min_hops=2)

    assert [hops[0].tp_type for hops in planned] == ["stcpr", "sudph", "dmsg"]


def test_limits_on_hops_hold_where_they_bind() -> None:
    """A flow knows no lengths; where its paths are too short or too long the search must find others."""
    links = [("s", "a", 1), ("a", "t", 1), ("s", "b", 5), ("b", "c", 5), ("c", "t", 5), ("a", "b", 1)]

    assert paths(links, count=2, min_hops=3) == ["sbat"]
    assert paths(links, count=2, max_hops=2) == ["sat"]
    assert paths(links, count=2, min_hops=6, max_hops=5) == []


def test_no_path_is_no_route() -> None:
    """An unreachable target gives an empty plan, not an error from the library."""
    assert paths([("s", "a", 1), ("b", "t", 1)], count=3) == []
    assert plan_routes(Topology(source="s"), "t", count=1, min_hops=1) == []


def test_the_cheaper_of_two_transports_between_two_nodes_is_taken() -> None:
    """Two nodes may have several transports; a path uses one."""
    topology = topology_of([("s", "t", 30)])
    topology.transports.append(Transport(tp_id="fast", to="t", kind="sudph", delay_ns=1, **{"from": "s"}))

    assert plan_routes(topology, "t", count=1, min_hops=1)[0][0].tp_id == "fast"


@given(
    st.lists(
        st.tuples(st.sampled_from("sabcdt"), st.sampled_from("sabcdt"), st.integers(1, 9)).filter(
            lambda link: link[0] != link[1] and set(link[:2]) != {"s", "t"}
        ),
        max_size=14,
        unique_by=lambda link: frozenset(link[:2]),
    )
)
def test_as_many_disjoint_routes_come_out_as_exist(links: Links) -> None:
    """Menger's theorem is the referee: the node connectivity, by another algorithm of the library."""
    planned = paths(links, count=10, max_hops=6)
    graph: nx.Graph[str] = nx.Graph([link[:2] for link in links])
    graph.add_nodes_from("st")

    intermediates = [node for path in planned for node in path[1:-1]]
    assert len(planned) == nx.node_connectivity(graph, "s", "t")
    assert len(intermediates) == len(set(intermediates))
