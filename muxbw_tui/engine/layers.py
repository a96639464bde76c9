"""A graph with a copy of each node for each number of hops from the source, and the cheapest flows through it.

Every path through the copies has one of the lengths allowed; but a node may be used once at each of several depths,
so that what comes out is disjoint by depth and not yet by node. `limited_paths` makes it so.

Flows are found by successive shortest paths with potentials (Edmonds and Karp, 1972): for a handful of paths that is
an order of magnitude faster than networkx's network simplex, and the search needs hundreds of them.
"""

from __future__ import annotations

import heapq
import itertools
from collections import defaultdict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Costs = Mapping[tuple[str, str], int]
    Path = tuple[str, ...]

_START, _END = 0, 1
_FAR = 1 << 60


class Flow(NamedTuple):
    """Paths of least cost, prices included; in order of their nodes."""

    paths: list[Path]
    cost: int


class Layers:
    """The copies of a graph's nodes. What enters a copy leaves it through one edge, which carries one path.

    Attributes:
        copies: the number of each copy, by node and depth.
        greatest_cost: no path costs more.

    Args:
        costs: of each edge, over 0.
        lengths: how many hops a path may have.
    """

    def __init__(self, costs: Costs, source: str, target: str, lengths: range) -> None:
        self.copies: dict[tuple[str, int], int] = {}
        self.greatest_cost = (lengths.stop - 1) * max(costs.values(), default=0)
        self._costs = costs
        self._nodes = [source, target]
        self._ways: list[dict[int, int]] = [{}, {}]
        onward: defaultdict[str, list[tuple[str, int]]] = defaultdict(list)
        for (tail, head), cost in sorted(costs.items()):
            if head != source and tail != target:
                onward[tail].append((head, cost))
        left = _hops_to(target, costs)
        most = lengths.stop - 1
        here = {source: _START}
        for depth in range(1, most + 1):
            there: dict[str, int] = {}
            for node, leaving in here.items():
                for head, cost in onward[node]:
                    if head == target:
                        if depth in lengths:
                            self._ways[leaving][_END] = cost
                    elif depth + left.get(head, most) <= most:
                        if head not in there:
                            there[head] = self._add_copy(head, depth)
                        self._ways[leaving][there[head] - 1] = cost
            here = there

    def cost_of(self, path: Path) -> int:
        """Return what a path costs, without prices."""
        return sum(self._costs[ends] for ends in itertools.pairwise(path))

    def cheapest(
        self, count: int, *, barred: frozenset[int] = frozenset(), prices: Mapping[str, int]
    ) -> Flow:
        """Return `count` paths through copies that are not barred, or as many as there are, at the least cost.

        Each use of a node costs its price besides, 0 where it has none.
        """
        residual = [dict(ways) for ways in self._ways]
        for (node, _), copy in self.copies.items():
            if copy in barred:
                residual[copy].clear()
            elif node in prices:
                residual[copy][copy + 1] = prices[node]
        potential = _potentials(residual)
        cost = 0
        for _ in range(count):
            path = _shortest(residual, potential)
            for tail, head in itertools.pairwise(path):
                weight = residual[tail].pop(head)
                residual[head][tail] = -weight
                cost += weight
            if not path:
                break
        return Flow(sorted(self._paths(residual)), cost)

    def _add_copy(self, node: str, depth: int) -> int:
        """Number a new copy; returns the number behind it, which is what leaves it."""
        entering = len(self._nodes)
        self._nodes += [node, node]
        self._ways += [{entering + 1: 0}, {}]
        self.copies[node, depth] = entering
        return entering + 1

    def _paths(self, residual: list[dict[int, int]]) -> Iterator[Path]:
        """Follow each unit of flow: an edge carries one where the residual graph has it turned round."""
        for first in self._ways[_START].keys() - residual[_START].keys():
            path, copy = [self._nodes[_START]], first
            while copy != _END:
                path.append(self._nodes[copy])
                (copy,) = self._ways[copy + 1].keys() - residual[copy + 1].keys()
            yield (*path, self._nodes[_END])


def _hops_to(target: str, costs: Costs) -> dict[str, int]:
    """Return how many hops each node is away from the target; nodes that cannot reach it are missing."""
    tails: defaultdict[str, list[str]] = defaultdict(list)
    for tail, head in costs:
        tails[head].append(tail)
    hops = {target: 0}
    queue = [target]
    for node in queue:
        for tail in tails[node]:
            if tail not in hops:
                hops[tail] = hops[node] + 1
                queue.append(tail)
    return hops


def _potentials(residual: list[dict[int, int]]) -> list[int]:
    """Return what each copy's way to the end costs, negated: with it the first path is found straight away."""
    potential = [-_FAR] * len(residual)
    potential[_END] = 0
    # Numbers grow with depth, so that every edge but those to the end leads to a higher one.
    for copy in (*range(len(residual) - 1, _END, -1), _START):
        ways = residual[copy]
        if ways:
            potential[copy] = max(potential[head] - weight for head, weight in ways.items())
    return potential


def _shortest(residual: list[dict[int, int]], potential: list[int]) -> list[int]:
    """Return the cheapest path from start to end, and bring the potentials up to date; empty without one."""
    before: dict[int, int] = {}
    distance = {_START: 0}
    settled: list[int] = []
    done = set()
    heap = [(0, _START)]
    while heap:
        so_far, copy = heapq.heappop(heap)
        if copy in done:
            continue
        if copy == _END:
            break
        done.add(copy)
        settled.append(copy)
        base = so_far + potential[copy]
        for head, weight in residual[copy].items():
            through = base + weight - potential[head]
            if through < distance.get(head, _FAR):
                distance[head] = through
                before[head] = copy
                heapq.heappush(heap, (through, head))
    else:
        return []
    for copy in settled:
        potential[copy] += distance[copy] - so_far
    path = [_END]
    while path[-1] != _START:
        path.append(before[path[-1]])
    return path[::-1]
