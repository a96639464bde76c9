"""Which paths the routes take: node-disjoint, as many as exist up to the number asked for, cheapest first.

Minimum-cost maximum flow over split nodes (each intermediate is an edge of capacity one), by networkx. A greedy choice
of the shortest path first can block two others, and is never made. Where a limit on hops binds, the problem is
NP-hard: then an exact search over the simple paths within the limits takes over, bounded in the paths it looks at.
Equal costs come out in a stable order: the same topology always gives the same numbering.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import networkx as nx

from muxbw_tui.network.topology import hop_over, source_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from muxbw_tui.pb.muxbw_pb2 import Topology, Transport
    from muxbw_tui.pb.ping_pb2 import RouteHop

    Transports = Mapping[tuple[str, str], Transport]
    Path = tuple[str, ...]
    Hops = tuple[RouteHop, ...]

MAX_HOPS = 5
SEARCHED_PATHS = 2_000

# What a transport of a kind costs when its delay is not known: stcpr before sudph before dmsg, in microseconds.
_COST_BY_KIND_US = {"stcpr": 50_000, "sudph": 100_000, "dmsg": 200_000}
_COST_OF_UNKNOWN_KIND_US = 400_000
_COST_PER_HOP_US = 1


def plan_routes(
    topology: Topology, target: str, *, count: int, min_hops: int, max_hops: int = MAX_HOPS
) -> list[Hops]:
    """Return up to `count` paths from the topology's source to `target`, no intermediate shared, cheapest first.

    With `min_hops` of 2 or more the direct transport is left out.
    """
    cheapest = _cheapest_transports(topology.transports)
    if min_hops > 1:
        cheapest.pop((topology.source, target), None)
    paths = _disjoint_by_flow(cheapest, topology.source, target, count)
    if any(not min_hops <= len(path) - 1 <= max_hops for path in paths):
        paths = _disjoint_by_search(cheapest, topology.source, target, count, range(min_hops, max_hops + 1))
    paths.sort(key=lambda path: (_path_cost(cheapest, path), path))
    return [tuple(hop_over(cheapest[pair]) for pair in itertools.pairwise(path)) for path in paths]


def _cheapest_transports(transports: Iterable[Transport]) -> dict[tuple[str, str], Transport]:
    """Keep one transport for each ordered pair of nodes."""
    cheapest: dict[tuple[str, str], Transport] = {}
    for transport in sorted(transports, key=lambda t: (source_of(t), t.to, _cost_us(t), t.tp_id)):
        cheapest.setdefault((source_of(transport), transport.to), transport)
    return cheapest


def _cost_us(transport: Transport) -> int:
    if transport.delay_ns > 0:
        return _COST_PER_HOP_US + transport.delay_ns // 1000
    return _COST_PER_HOP_US + _COST_BY_KIND_US.get(transport.kind, _COST_OF_UNKNOWN_KIND_US)


def _path_cost(transports: Transports, path: Path) -> int:
    return sum(_cost_us(transports[pair]) for pair in itertools.pairwise(path))


def _disjoint_by_flow(transports: Transports, source: str, target: str, count: int) -> list[Path]:
    """Return node-disjoint paths of least total cost, as many as exist up to `count`."""
    graph: nx.DiGraph[tuple[str, str]] = nx.DiGraph()
    start = ("", "start")
    graph.add_edge(start, (source, "out"), capacity=count, weight=0)
    for node in sorted({node for pair in transports for node in pair} - {source, target}):
        graph.add_edge((node, "in"), (node, "out"), capacity=1, weight=0)
    for (tail, head), transport in transports.items():
        if head != source and tail != target:
            graph.add_edge((tail, "out"), (head, "in"), capacity=1, weight=_cost_us(transport))
    if (target, "in") not in graph:
        return []
    flow = nx.max_flow_min_cost(graph, start, (target, "in"))
    follow = {
        tail: [head for (head, _), units in flow[tail, "out"].items() if units]
        for tail in sorted({tail for tail, _ in transports})
        if (tail, "out") in flow
    }
    return [(source, *_walk(follow, first, target)) for first in follow.get(source, [])]


def _walk(follow: dict[str, list[str]], node: str, target: str) -> Iterator[str]:
    """Yield the nodes of one unit of flow, from `node` to the target."""
    while node != target:
        yield node
        node = follow[node][0]
    yield target


def _disjoint_by_search(
    transports: Transports, source: str, target: str, count: int, lengths: range
) -> list[Path]:
    """Return the largest disjoint set found among simple paths of the given lengths, shorter and cheaper ones first."""
    graph: nx.DiGraph[str] = nx.DiGraph()
    graph.add_edges_from(sorted(transports))
    if source not in graph or target not in graph or lengths.stop <= lengths.start:
        return []
    found = _shortest_first(graph, source, target)
    within = itertools.takewhile(lambda path: len(path) - 1 < lengths.stop, found)
    usable = (path for path in within if len(path) - 1 >= lengths.start)
    candidates = sorted(
        itertools.islice(usable, SEARCHED_PATHS), key=lambda path: (_path_cost(transports, path), path)
    )
    best: list[Path] = []
    for chosen in _disjoint_sets(candidates, count):
        if len(chosen) > len(best):
            best = chosen
        if len(best) == count:
            break
    return best


def _shortest_first(graph: nx.DiGraph[str], source: str, target: str) -> Iterator[Path]:
    """Yield simple paths by their number of hops: a walk in depth would yield one neighbour's paths alone."""
    try:
        yield from map(tuple, nx.shortest_simple_paths(graph, source, target))
    except nx.NetworkXNoPath:
        return


def _disjoint_sets(candidates: list[Path], count: int, budget: int = 200_000) -> Iterator[list[Path]]:
    """Yield ever larger disjoint sets by depth-first search, within a budget of steps."""
    stack: list[tuple[int, list[Path], frozenset[str]]] = [(0, [], frozenset())]
    largest = 0
    while stack and budget:
        budget -= 1
        position, chosen, used = stack.pop()
        if len(chosen) > largest:
            largest = len(chosen)
            yield chosen
        if position == len(candidates) or len(chosen) == count:
            continue
        if len(chosen) + len(candidates) - position <= largest:
            continue
        path = candidates[position]
        stack.append((position + 1, chosen, used))
        if used.isdisjoint(path[1:-1]):
            stack.append((position + 1, [*chosen, path], used | frozenset(path[1:-1])))
