"""What set-ups tell of the transports that they lead over: how long a round trip takes on each.

A source meets the first node of a path: it connects and reads a challenge, two round trips over one hop. Then it asks
every node in turn, one round trip over all hops so far; and a node answers once it has met the one after it. So the
instants at which the words of the nodes arrive tell the round trips of all hops apart.

What is known lasts as long as the process, and is nowhere written down.
"""

from __future__ import annotations

import itertools
import math
from collections import defaultdict, deque
from typing import TYPE_CHECKING

from muxbw_tui.units import NS_PER_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from muxbw_tui.pb.muxbw_pb2 import Topology, Transport
    from muxbw_tui.pb.ping_pb2 import RouteHop

REMEMBERED = 8
_MS_PER_S = 1_000
_ROUND_TRIPS_TO_MEET = 2
_WAYS = 2


def round_trips_s(instants_s: Sequence[float]) -> list[float]:
    """Return how long a round trip over each hop of a path takes.

    Args:
        instants_s: when the dialling began, when the first node had been met, and when each node had answered.
    """
    met_s, *answers_s = (after - before for before, after in itertools.pairwise(instants_s))
    found = [met_s / _ROUND_TRIPS_TO_MEET]
    for answer_s in answers_s[:-1]:
        found.append(max(answer_s - sum(found), 0.0) / _ROUND_TRIPS_TO_MEET)
    # The target met nobody: its answer took one round trip over the whole path, whatever was taken for the last hop.
    found[-1] = max(answers_s[-1] - sum(found[:-1]), 0.0)
    return found


class Latencies:
    """Keeps the delays of a topology's transports up to date with what set-ups measure.

    Of the last `REMEMBERED` round trips over a transport the shortest counts: the others waited for something. It is
    written in whole milliseconds, rounded up: what is finer is the work of hosts, and would give routes that are as
    good as each other other numbers in every run.
    """

    def __init__(self, topology: Topology) -> None:
        self._ways: defaultdict[str, list[Transport]] = defaultdict(list)
        for transport in topology.transports:
            self._ways[transport.tp_id].append(transport)
        self._measured_s: dict[str, deque[float]] = {}

    def take(self, hops: Sequence[RouteHop], round_trips: Sequence[float]) -> None:
        """Take in what a set-up that succeeded has measured."""
        for hop, round_trip_s in zip(hops, round_trips, strict=True):
            measured_s = self._measured_s.setdefault(hop.tp_id, deque(maxlen=REMEMBERED))
            measured_s.append(round_trip_s)
            delay_ms = max(math.ceil(min(measured_s) / _WAYS * _MS_PER_S), 1)
            for transport in self._ways[hop.tp_id]:
                transport.delay_ns = delay_ms * NS_PER_MS
