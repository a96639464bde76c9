"""Node-disjoint paths where a limit on hops binds: an exact search, as far as its effort goes.

With a limit the problem is NP-hard. What can be solved fast is the relaxation of `layers`, where a node may be used
at several depths. A price on each use of a node drives its paths apart, and what the relaxation costs less the prices
is a bound from below (the Lagrangian bound; Held and Karp, 1971, for how the prices are moved). Where prices alone
do not settle it, the search picks a node used at two depths and asks twice more: with that node at the first of them
alone, and with that node at any other.

How many paths there are is found first, with every edge at the same cost, and how cheap they can be then: real costs
differ so much that a bound takes far longer to show that there is no further path (measured on random graphs of 64
nodes: hundreds of relaxations in place of ten thousand).
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from muxbw_tui.engine.layers import Layers

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from muxbw_tui.engine.layers import Costs, Flow, Path

    Prices = Mapping[str, int]

# Prices are integers, and move in steps that are finer than a unit of cost.
_STEPS = 64
_FIRST_ROUNDS = 60
_LATER_ROUNDS = 25
_PATIENCE = 4
# Hundreds are enough for nearly every network of 64 nodes; these take some ten seconds.
_RELAXATIONS = 20_000


class Effort:
    """How many relaxations a search may still solve before the best paths found must do."""

    def __init__(self, relaxations: int = _RELAXATIONS) -> None:
        self._relaxations = relaxations
        self._ended = False

    @property
    def left(self) -> int:
        """How many there are still."""
        return 0 if self._ended else self._relaxations

    def spend(self) -> None:
        """Take one off."""
        self._relaxations -= 1

    def end(self) -> None:
        """Let the search find no more. May be called from any thread."""
        self._ended = True


def disjoint_within(
    costs: Costs, source: str, target: str, *, count: int, lengths: range, effort: Effort
) -> tuple[list[Path], bool]:
    """Return up to `count` node-disjoint paths with numbers of hops in `lengths`: as many as can be, then cheapest.

    Costs are over 0. Once the effort is over, what has been found must do.

    Returns:
        The paths, and whether they are proven to be the best there are.
    """
    layers = Layers({ends: cost * _STEPS for ends, cost in costs.items()}, source, target, lengths)
    intermediates = len({node for node, _ in layers.copies})
    if lengths.start > 1:
        count = min(count, intermediates // (lengths.start - 1))
    first = layers.cheapest(count, prices={})
    if _crossing(first.paths) is None:
        return first.paths, True
    dived = _dive(layers, first)
    best = dived.paths
    if len(best) == len(first.paths) and dived.cost == first.cost:
        return best, True
    if not effort.left:
        return best, False
    alike = Layers(dict.fromkeys(costs, _STEPS), source, target, lengths)
    no_more_exist = True
    for number in range(len(first.paths), len(best), -1):
        search = _Search(alike, number, effort, reserve=effort.left // 2)
        no_more_exist &= search.run(any_will_do=True)
        if search.best:
            best = search.best
            break
    if not best:
        return [], no_more_exist
    search = _Search(layers, len(best), effort)
    search.take(best)
    none_cheaper = search.run()
    return search.best, no_more_exist and none_cheaper


@dataclass(slots=True)
class _Search:
    """The search for the cheapest set of so many paths.

    Attributes:
        effort: what may still be done.
        reserve: how much of it to leave to others.
        best: the cheapest found so far; none yet.
        upper: what it costs; without one, more than any set costs.
    """

    layers: Layers
    number: int
    effort: Effort
    reserve: int = 0
    best: list[Path] = field(default_factory=list)
    upper: int = 0

    def __post_init__(self) -> None:
        self.upper = self.number * self.layers.greatest_cost + 1

    def take(self, paths: list[Path]) -> None:
        """Remember disjoint paths if they cost less than the best so far."""
        cost = sum(self.layers.cost_of(path) for path in paths)
        if cost < self.upper:
            self.best, self.upper = paths, cost

    def run(self, *, any_will_do: bool = False) -> bool:
        """Search until the best, or any, is found, or proven not to exist; False if the effort was over before."""
        serial = itertools.count()
        branches = [(0, 0, next(serial), frozenset[int](), dict[str, int]())]
        while branches and branches[0][0] < self.upper:
            if any_will_do and self.best:
                break
            if self.effort.left <= self.reserve:
                return False
            lower, less_deep, _, barred, prices = heapq.heappop(branches)
            bound, crossing, prices = self._bound(
                barred, prices, _LATER_ROUNDS if less_deep else _FIRST_ROUNDS
            )
            if crossing is None or bound >= self.upper:
                continue
            for more in self._split(crossing):
                branch = (max(bound, lower), less_deep - 1, next(serial), barred | more, prices)
                heapq.heappush(branches, branch)
        return True

    def _bound(
        self, barred: frozenset[int], prices: dict[str, int], rounds: int
    ) -> tuple[int, tuple[str, int] | None, dict[str, int]]:
        """Move the prices for some rounds.

        Returns:
            What every set of paths within `barred` costs at least; a node and a depth to go on with, None where
            nothing is left to be found; and the prices of the best bound.
        """
        bound, best_prices = -1, prices
        crossing = None
        stride, without_gain = 1.0, 0
        for _ in range(rounds):
            flow = self._relax(barred, prices)
            if len(flow.paths) < self.number:
                return self.upper, None, prices
            found = _crossing(flow.paths)
            if found is None:
                self.take(flow.paths)
            crossing = found or crossing
            lower = flow.cost - sum(prices.values())
            if lower > bound:
                bound, best_prices, without_gain = lower, prices, 0
            else:
                without_gain += 1
                stride /= 2 if without_gain % _PATIENCE == 0 else 1
            # What a set costs is a multiple of the steps in a unit, and so is a bound once rounded up.
            if -(-bound // _STEPS) * _STEPS >= self.upper:
                return self.upper, None, prices
            prices = _moved(prices, flow.paths, stride * (self.upper - lower))
        if crossing is None:
            flow = self._relax(barred, {})
            crossing = _crossing(flow.paths)
            if crossing is None:
                self.take(flow.paths)
        return bound, crossing, best_prices

    def _relax(self, barred: frozenset[int], prices: Prices) -> Flow:
        self.effort.spend()
        return self.layers.cheapest(self.number, barred=barred, prices=prices)

    def _split(self, crossing: tuple[str, int]) -> tuple[set[int], set[int]]:
        """Return the copies to bar for a node to be used at one depth alone, and at any other alone."""
        node, depth = crossing
        here = self.layers.copies[node, depth]
        return {copy for (name, _), copy in self.layers.copies.items() if name == node} - {here}, {here}


def _moved(prices: Prices, paths: Sequence[Path], gap: float) -> dict[str, int]:
    """Raise the price of nodes used more than once, and lower that of nodes not used at all."""
    uses = Counter(node for path in paths for node in path[1:-1])
    excess = {node: uses[node] - 1 for node in {*uses, *prices} if uses[node] != 1}
    square = sum(e * e for e in excess.values())
    moved = dict(prices)
    for node, e in excess.items():
        moved[node] = max(prices.get(node, 0) + round(gap * e / square), 0)
    return {node: price for node, price in moved.items() if price}


def _dive(layers: Layers, flow: Flow) -> Flow:
    """Return disjoint paths fast: those that are disjoint keep their nodes, until all of them are."""
    barred: frozenset[int] = frozenset()
    while _crossing(flow.paths) is not None:
        depths = _settled_depths(sorted(flow.paths, key=layers.cost_of))
        barred |= {copy for (node, depth), copy in layers.copies.items() if depths.get(node, depth) != depth}
        flow = layers.cheapest(len(flow.paths), barred=barred, prices={})
    return flow


def _settled_depths(paths: Sequence[Path]) -> dict[str, int]:
    """Return the depths of the nodes on paths that are disjoint from those before, and of nodes that come twice.

    Wherever two paths cross, or one comes to a node again, this settles a node that was not settled before.
    """
    depths: dict[str, int] = {}
    for path in paths:
        own: dict[str, int] = {}
        for depth, node in enumerate(path[1:-1], start=1):
            own.setdefault(node, depth)
        if len(own) < len(path) - 2:
            again = Counter(path[1:-1])
            own = {node: depth for node, depth in own.items() if again[node] > 1}
        if depths.keys().isdisjoint(own):
            depths |= own
    return depths


def _crossing(paths: Sequence[Path]) -> tuple[str, int] | None:
    """Return the node that is used most often, and the first of its depths; None if no node is used twice."""
    crossings = [
        (-len(depths), node, depths[0]) for node, depths in _depths(paths).items() if len(depths) > 1
    ]
    if not crossings:
        return None
    _, node, depth = min(crossings)
    return node, depth


def _depths(paths: Sequence[Path]) -> dict[str, list[int]]:
    """Return at how many hops from the source each intermediate is used, in ascending order."""
    depths: defaultdict[str, list[int]] = defaultdict(list)
    for path in paths:
        for depth, node in enumerate(path[1:-1], start=1):
            depths[node].append(depth)
    return {node: sorted(found) for node, found in depths.items()}
