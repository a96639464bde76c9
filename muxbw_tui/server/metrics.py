"""What an operator's monitoring asks of a server: counters and gauges, all made of the runs' own events.

One place turns events into numbers; no other part of the program counts for it. No label carries a run's id: whoever
knows that controls the run.
"""

from __future__ import annotations

from collections import Counter as Tally
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from muxbw_tui.pb.muxbw_pb2 import RunEvent

ROUTE_STATES = ("setting_up", "established", "restarting", "failed", "stopped")
FAILURE_KINDS = ("set_up", "dead_on_arrival", "died")


@dataclass(slots=True)
class _RunFigures:
    """What was last seen of one run.

    Attributes:
        states: of its routes, by index.
        received: bytes of each route, over all its set-ups.
        received_before: what that was when the route was last set up.
    """

    states: dict[int, str] = field(default_factory=dict)
    received: Tally[int] = field(default_factory=Tally)
    received_before: Tally[int] = field(default_factory=Tally)
    bytes_sent: int = 0
    bytes_received: int = 0
    reason: str = "cancelled"


class RunMetrics(Collector):
    """An `Observer` of every run of a server, and a collector of one registry."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._runs: dict[str, _RunFigures] = {}
        self._depths: Callable[[], Iterable[tuple[int, int]]] = tuple
        self._started = self._counter("runs_started", "Runs begun, refused requests included.")
        self._ended = self._counter(
            "runs_ended", "Runs over, by the reason that done or error gave.", "reason"
        )
        self._failures = self._counter("route_failures", "Routes that failed.", "kind")
        self._restarts = self._counter("route_restarts", "Restarts of routes that were begun.")
        self._bytes = self._counter("bytes", "Payload whose echo was complete, as samples said.", "direction")
        self._handlers: dict[str, Callable[[_RunFigures, RunEvent], None]] = {
            "plan": self._plan,
            "route_established": self._established,
            "route_failure": self._failed,
            "restarting": self._restarting,
            "leg_lifecycle": self._lifecycle,
            "sample": self._sample,
            "done": self._done,
            "error": self._error,
        }
        for kind in FAILURE_KINDS:
            self._failures.labels(kind)
        self.registry.register(self)

    def watch_queues(self, depths: Callable[[], Iterable[tuple[int, int]]]) -> None:
        """Say where to ask how many events wait for each client: never dropped ones, and mergeable ones."""
        self._depths = depths

    def exposition(self) -> bytes:
        """Return everything in the text format of Prometheus."""
        return generate_latest(self.registry)

    def event(self, run_id: str, event: RunEvent) -> None:
        """Take in a run's next event."""
        run = self._runs.get(run_id)
        if run is None:
            run = self._runs[run_id] = _RunFigures()
            self._started.inc()
        handle = self._handlers.get(event.WhichOneof("payload") or "")
        if handle is not None:
            handle(run, event)

    def ended(self, run_id: str) -> None:
        """Take in that a run is over."""
        run = self._runs.pop(run_id, None)
        if run is not None:
            self._ended.labels(run.reason).inc()

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield what is the case now; asked for by the registry."""
        yield GaugeMetricFamily("muxbw_runs", "Runs under way.", value=len(self._runs))
        states = Tally(state for run in self._runs.values() for state in run.states.values())
        routes = GaugeMetricFamily(
            "muxbw_routes", "Routes of the runs under way, by state.", labels=["state"]
        )
        for state in ROUTE_STATES:
            routes.add_metric([state], states[state])
        yield routes
        depths = list(self._depths())
        yield GaugeMetricFamily("muxbw_watchers", "Clients that follow a run.", value=len(depths))
        queues = GaugeMetricFamily(
            "muxbw_deepest_queue_events",
            "Events that wait for the slowest client; of those that must arrive 10,000 cut it off.",
            labels=["events"],
        )
        queues.add_metric(["must_arrive"], max((important for important, _ in depths), default=0))
        queues.add_metric(["may_be_merged"], max((mergeable for _, mergeable in depths), default=0))
        yield queues

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"muxbw_{name}", text, labels, registry=self.registry)

    def _plan(self, run: _RunFigures, event: RunEvent) -> None:
        for route in event.plan.routes:
            run.states.setdefault(route.route_index, "setting_up")

    def _established(self, run: _RunFigures, event: RunEvent) -> None:
        message = event.route_established
        run.states[message.route_index] = "failed" if message.failed else "established"
        if message.failed:
            self._failures.labels("set_up").inc()
        else:
            run.received_before[message.route_index] = run.received[message.route_index]

    def _failed(self, run: _RunFigures, event: RunEvent) -> None:
        index, received = event.route_failure.route_index, event.route_failure.bytes_received_before_failure
        carried = received not in {0, run.received_before[index]}
        run.states[index] = "failed"
        run.received[index] = received
        self._failures.labels("died" if carried else "dead_on_arrival").inc()

    def _restarting(self, run: _RunFigures, event: RunEvent) -> None:
        run.states[event.restarting.route_index] = "restarting"
        self._restarts.inc()

    def _lifecycle(self, run: _RunFigures, event: RunEvent) -> None:
        if event.leg_lifecycle.event == "dropped":
            run.states[event.leg_lifecycle.route_index] = "stopped"

    def _sample(self, run: _RunFigures, event: RunEvent) -> None:
        sample = event.sample
        self._bytes.labels("sent").inc(max(sample.bytes_sent - run.bytes_sent, 0))
        self._bytes.labels("received").inc(max(sample.bytes_received - run.bytes_received, 0))
        run.bytes_sent, run.bytes_received = sample.bytes_sent, sample.bytes_received
        for leg in sample.legs:
            run.received[leg.route_index] = leg.bytes_recv

    def _done(self, run: _RunFigures, event: RunEvent) -> None:
        run.reason = event.done.termination_reason

    def _error(self, run: _RunFigures, event: RunEvent) -> None:
        run.reason = event.error.code
