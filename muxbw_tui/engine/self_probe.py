"""Self probes: small frames between the blocks on the loaded routes' own connections, one route after the other.

They say what a route's own traffic waits for, where the probe of `probe` says what the path does to others. Each is a
status frame, so that its answer tells how busy the responder is, too. No route is probed while the traffic is
paused: there is nothing to be between.
"""

from __future__ import annotations

import asyncio
import functools
from typing import TYPE_CHECKING, NamedTuple

from muxbw_tui.engine.probe_schedule import ProbeLedger, probe_on_schedule
from muxbw_tui.pb.muxbw_pb2 import RouteProbe

if TYPE_CHECKING:
    from collections.abc import Callable

    from muxbw_tui.engine.probe_schedule import Outcome
    from muxbw_tui.engine.routes import RouteSet

# Over all routes, so that what is said of a thousand fits through a stream as well.
MOST_PER_S = 100


class _Probe(NamedTuple):
    """Which probe: the number of its route's turns so far."""

    route_index: int
    sequence: int


class SelfProbes:
    """The self probes of one run.

    Args:
        interval_s: between two of the same route.
        publish: takes the payloads of events; None where only the responders' answers are wanted.
    """

    def __init__(
        self, routes: RouteSet, *, interval_s: float, publish: Callable[[RouteProbe], None] | None
    ) -> None:
        self._routes = routes
        self._legs = routes.legs
        self._interval_s = interval_s
        self._publish = publish

    async def run(self, end_s: float) -> None:
        """Probe the routes in turn until `end_s` on the loop's clock; nothing is sent from then on."""
        start_s = asyncio.get_running_loop().time()
        ledger = ProbeLedger[_Probe](functools.partial(self._take, start_s))
        try:
            await probe_on_schedule(
                ledger,
                functools.partial(self._send, ledger),
                start_s=start_s,
                end_s=end_s,
                interval_s=self._interval_s / len(self._legs),
            )
        finally:
            ledger.close()

    def _send(self, ledger: ProbeLedger[_Probe], number: int, due_s: float) -> None:
        turn, position = divmod(number, len(self._legs))
        probe = _Probe(self._legs[position].index, turn + 1)
        if self._routes.ask_status(probe.route_index, functools.partial(ledger.ended, probe)):
            ledger.sent(probe, due_s)

    def _take(self, start_s: float, outcome: Outcome[_Probe]) -> None:
        """Publish what became of a probe; one whose route has been taken out since was not lost."""
        probe = outcome.key
        if self._publish is None or not (outcome.latency_ns or self._legs[probe.route_index].alive):
            return
        self._publish(
            RouteProbe(
                route_index=probe.route_index,
                sequence=probe.sequence,
                latency_ns=outcome.latency_ns,
                elapsed_ns=round((outcome.at_s - start_s) * 1e9),
            )
        )
