"""Which paths the routes take: node-disjoint, as many as exist up to the number asked for, cheapest first.

Minimum-cost maximum flow over split nodes (each intermediate is an edge of capacity one), by networkx. A greedy choice
of the shortest path first can block two others, and is never made. A limit on hops is unknown to a flow: where one
binds, `limited_paths` searches, exactly up to `EXACT_NODES` nodes and `EXACT_ROUTES` routes, and beyond that for the
best that it finds fast. Equal costs come out in a stable order: the same topology always gives the same numbering.

Two nodes may have several transports; a path uses the cheapest, and two routes never share both ends of one. A
transport costs its delay where the topology knows it, as configured or as set-ups measured it, and else by its kind.

The direct transport goes before every path over relays, whatever it costs: it is what they are compared with, it takes
no node from them, and while it has never been dialled its cost is a guess that any measured path may beat.

All of it is pure and takes up to seconds on large networks: `planning` calls it from an event loop.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import networkx as nx

from muxbw_tui.engine.config import DEFAULT_MAX_HOPS
from muxbw_tui.engine.limited_paths import Effort, disjoint_within
from muxbw_tui.engine.pinned import pinned_paths
from muxbw_tui.network.topology import hop_over, source_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

    from muxbw_tui.pb.muxbw_pb2 import Topology, Transport, Via
    from muxbw_tui.pb.ping_pb2 import RouteHop

    Transports = Mapping[tuple[str, str], Transport]
    Costs = Mapping[tuple[str, str], int]
    Path = tuple[str, ...]
    Hops = tuple[RouteHop, ...]

EXACT_NODES = 64
EXACT_ROUTES = 8
NOT_EXACT = "the routes are the best that were found: with this limit on hops, more or cheaper ones cannot be ruled out"

# What a transport of a kind costs when its delay is not known: stcpr before sudph before dmsg, in microseconds.
_COST_BY_KIND_US = {"stcpr": 50_000, "sudph": 100_000, "dmsg": 200_000}
_COST_OF_UNKNOWN_KIND_US = 400_000
_COST_PER_HOP_US = 1
# More than any path costs without it: a node of last resort is used where no other way is left, and nowhere else.
_COST_OF_LAST_RESORT_US = 10_000_000_000


@dataclass(frozen=True, slots=True)
class RoutePlan:
    """The paths of a run's routes.

    Attributes:
        routes: one for each route asked for, by index; empty where no further disjoint path exists.
        costs_us: what each of them costs: its delay one way, as far as that is known; 0 where there is no path.
        exact: no other choice gives more routes, or as many at less cost; False where a limit on hops binds and the
            network is too large to be sure.
    """

    routes: tuple[Hops, ...]
    costs_us: tuple[int, ...]
    exact: bool

    @property
    def paths(self) -> list[Hops]:
        """The paths that there are."""
        return [hops for hops in self.routes if hops]


def plan_routes(
    topology: Topology,
    target: str,
    *,
    count: int,
    min_hops: int,
    max_hops: int = DEFAULT_MAX_HOPS,
    hops_via: Sequence[Via] = (),
    last_resort: Collection[str] = (),
    effort: Effort | None = None,
) -> RoutePlan:
    """Plan up to `count` routes from the topology's source to `target` that share no intermediate, cheapest first.

    With `min_hops` of 2 or more the direct transport is not even tried; else it comes first. `hops_via` pins the
    intermediates of route 0, 1, … by name or key; a route without any is planned around the others. Nodes of
    `last_resort` are used only where there would be fewer routes without them. The `effort` bounds an exact search.

    Raises:
        InvalidRequestError: `hops_via` names a path that does not exist, or that these limits do not allow.
    """
    transports = _cheapest_transports(topology.transports)
    lengths = range(min_hops, max_hops + 1)
    pinned = pinned_paths(topology, target, hops_via, count=count, lengths=lengths)
    taken = {node for path in pinned.values() for node in path[1:-1]}
    costs = _costs(transports, without=taken, last_resort=last_resort)
    paths, exact = _disjoint_paths(
        costs, topology.source, target, count=count - len(pinned), lengths=lengths, effort=effort or Effort()
    )
    paths.sort(key=lambda path: (_path_cost(costs, path), path))
    planned = iter(paths)
    routes = [pinned.get(index) or next(planned, ()) for index in range(count)]
    return RoutePlan(
        routes=tuple(_hops_of(transports, path) for path in routes),
        costs_us=tuple(
            sum(_cost_us(transports[ends]) for ends in itertools.pairwise(path)) for path in routes
        ),
        exact=exact,
    )


def replan_route(
    topology: Topology,
    target: str,
    *,
    used: Iterable[Hops],
    avoid: Collection[str] = (),
    min_hops: int,
    max_hops: int = DEFAULT_MAX_HOPS,
    last_resort: Collection[str] = (),
    effort: Effort | None = None,
) -> Hops | None:
    """Return the cheapest path that is disjoint from those in use, or None if there is none.

    `used` has the paths of the other routes; with the route's old path among them, the new one is disjoint from that
    too. The path leads through none of the nodes in `avoid`, such as the one at fault.
    """
    transports = _cheapest_transports(topology.transports)
    taken = set(avoid) - {topology.source, target}
    for hops in used:
        taken.update(hop.to for hop in hops[:-1])
        if len(hops) == 1:
            transports.pop((topology.source, target), None)
    costs = _costs(transports, without=taken, last_resort=last_resort)
    lengths = range(min_hops, max_hops + 1)
    paths, _ = _disjoint_paths(
        costs, topology.source, target, count=1, lengths=lengths, effort=effort or Effort()
    )
    return _hops_of(transports, paths[0]) if paths else None


def _cheapest_transports(transports: Iterable[Transport]) -> dict[tuple[str, str], Transport]:
    """Keep one transport for each ordered pair of nodes."""
    cheapest: dict[tuple[str, str], Transport] = {}
    for transport in transports:
        ends = (source_of(transport), transport.to)
        rival = cheapest.setdefault(ends, transport)
        if rival is not transport and _rank(transport) < _rank(rival):
            cheapest[ends] = transport
    return cheapest


def _rank(transport: Transport) -> tuple[int, str]:
    return _cost_us(transport), transport.tp_id


def _cost_us(transport: Transport) -> int:
    if transport.delay_ns > 0:
        return _COST_PER_HOP_US + transport.delay_ns // 1000
    return _COST_PER_HOP_US + _COST_BY_KIND_US.get(transport.kind, _COST_OF_UNKNOWN_KIND_US)


def _costs(
    transports: Transports, *, without: Collection[str], last_resort: Collection[str]
) -> dict[tuple[str, str], int]:
    """Return what each usable edge costs; a node of last resort makes the edges to it dear."""
    return {
        (tail, head): _cost_us(transport) + (_COST_OF_LAST_RESORT_US if head in last_resort else 0)
        for (tail, head), transport in transports.items()
        if tail not in without and head not in without
    }


def _path_cost(costs: Costs, path: Path) -> int:
    return sum(costs[ends] for ends in itertools.pairwise(path))


def _hops_of(transports: Transports, path: Path) -> Hops:
    return tuple(hop_over(transports[ends]) for ends in itertools.pairwise(path))


def _disjoint_paths(
    costs: dict[tuple[str, str], int], source: str, target: str, *, count: int, lengths: range, effort: Effort
) -> tuple[list[Path], bool]:
    """Return node-disjoint paths of allowed lengths, and whether they are the best there are."""
    if lengths.start > 1:
        costs.pop((source, target), None)
    elif (source, target) in costs:
        costs[source, target] = _COST_PER_HOP_US
    if count <= 0 or not lengths:
        return [], True
    paths = _disjoint_by_flow(costs, source, target, count)
    if all(len(path) - 1 in lengths for path in paths):
        return paths, True
    nodes = {node for ends in costs for node in ends}
    small = len(nodes) <= EXACT_NODES and len(paths) <= EXACT_ROUTES
    lengths = range(lengths.start, min(lengths.stop, len(nodes)))
    if not small:
        effort.end()
    return disjoint_within(costs, source, target, count=len(paths), lengths=lengths, effort=effort)


def _disjoint_by_flow(costs: Costs, source: str, target: str, count: int) -> list[Path]:
    """Return node-disjoint paths of least total cost, as many as exist up to `count`.

    `count` units are to flow, and what finds no way through the network takes one that is dearer than all of it. So
    one minimum-cost flow is a maximum flow as well, in a third of the time that networkx takes for the two in turn.
    """
    graph: nx.DiGraph[tuple[str, str]] = nx.DiGraph()
    start, end = (source, "out"), (target, "in")
    graph.add_node(start, demand=-count)
    graph.add_node(end, demand=count)
    graph.add_edge(start, ("", "nowhere"), capacity=count, weight=1 + sum(costs.values()))
    graph.add_edge(("", "nowhere"), end, capacity=count, weight=0)
    for node in sorted({node for ends in costs for node in ends} - {source, target}):
        graph.add_edge((node, "in"), (node, "out"), capacity=1, weight=0)
    # Sorted, since the order decides between flows of the same cost.
    for (tail, head), cost in sorted(costs.items()):
        if head != source and tail != target:
            graph.add_edge((tail, "out"), (head, "in"), capacity=1, weight=cost)
    _, flow = nx.network_simplex(graph)
    follow = {
        tail: [head for (head, _), units in ways.items() if units]
        for (tail, side), ways in flow.items()
        if side == "out"
    }
    return [(source, *_walk(follow, first, target)) for first in follow[source] if first]


def _walk(follow: dict[str, list[str]], node: str, target: str) -> Iterator[str]:
    """Yield the nodes of one unit of flow, from `node` to the target."""
    while node != target:
        yield node
        node = follow[node][0]
    yield target
