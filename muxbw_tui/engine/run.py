"""One run, from planning to done: which phase follows which, what may be asked of it meanwhile, and how it ends.

    planning → set-up → warm-up → idle baseline → pump → done

Warm-up and idle baseline are there when probes are asked for; the warm-up exercises the probe's path so that the
baseline is measured on a warm connection, and no figure includes it. The run ends when the pump's time is over, when
it is stopped, or when no route is alive, none is being set up and none was stopped on purpose, so that it may join
again (at once, or after the time for which its client keeps it open so that an operator can restart a route).

What a phase does is elsewhere: `run_plan` makes the plan, `routes` sets up and pumps, `probe` and `self_probe` probe,
`measurement` has the figures, and `reporter` says it all.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from muxbw_tui.engine.measurement import Measurement
from muxbw_tui.engine.operations import PingOperations
from muxbw_tui.engine.probe import ProbeLoop
from muxbw_tui.engine.reporter import Reporter
from muxbw_tui.engine.routes import RouteSet
from muxbw_tui.engine.run_plan import RunPlanner
from muxbw_tui.engine.self_probe import MOST_PER_S, SelfProbes
from muxbw_tui.engine.window import Window
from muxbw_tui.errors import MuxbwError
from muxbw_tui.pb.muxbw_pb2 import (
    NotRestarted,
    NotStopped,
    Paused,
    RestartRoutesReply,
    RunStarted,
    StopRoutesReply,
)
from muxbw_tui.pb.ping_pb2 import MuxBandwidthDone, MuxBandwidthError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from muxbw_tui.clock import Clock
    from muxbw_tui.engine.breaker import Breakers
    from muxbw_tui.engine.leg import Leg
    from muxbw_tui.network.base import Network
    from muxbw_tui.pb.muxbw_pb2 import RunEvent, RunRequest
    from muxbw_tui.pb.ping_pb2 import RouteHop

log = logging.getLogger(__name__)

STILL_PLANNING = "the routes are still being planned"


class Run:
    """One run. `execute` carries it out; `stop` and `restart_routes` may be called while it does, in the same loop.

    Attributes:
        operations: on the run's own connection table.
        started_ns: since the Unix epoch.

    Args:
        request: completed by `complete_request`.
        publish: takes every event, own payloads included; must neither block nor raise.
    """

    def __init__(
        self,
        run_id: str,
        request: RunRequest,
        network: Network,
        *,
        publish: Callable[[RunEvent], None],
        clock: Clock,
        breakers: Breakers | None = None,
    ) -> None:
        self.run_id = run_id
        self.request = request
        # A table of its own: two runs towards one target have the same keys.
        self.operations = PingOperations(network, breakers=breakers)
        self.started_ns = clock.wall_ns()
        self._network = network
        self._reporter = Reporter(publish, clock)
        self._publish = self._reporter.publish
        self._planner = RunPlanner(run_id, request, network.topology, self.operations.breakers)
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[str] = self._loop.create_future()
        self._legs: list[Leg] = []
        self._routes: RouteSet | None = None
        self._probe: ProbeLoop | None = None
        self._measurement: Measurement | None = None
        self._set_up_s = 0.0
        self._paused = False
        self._keep_open_timer: asyncio.TimerHandle | None = None

    @property
    def phase(self) -> str:
        """The phase that the run is in; empty before the first."""
        return self._reporter.phase

    @property
    def active_routes(self) -> int:
        """How many routes are alive now."""
        return sum(leg.alive for leg in self._legs)

    async def execute(self) -> None:
        """Carry the run out. Its last event is `done`, or `error` if the engine itself failed.

        Cancelling ends it at once and frees everything; then no `done` is published.
        """
        try:
            self._announce()
            async with self._reporter.never_silent(), asyncio.TaskGroup() as group:
                phases = group.create_task(self._go_through_phases(group), name="run:phases")
                reason = await self._ended
                phases.cancel()
                self._end_routes()
            self._publish_end(reason)
        finally:
            if self._keep_open_timer is not None:
                self._keep_open_timer.cancel()
            self._close_connections()
            with contextlib.suppress(MuxbwError):
                await self._network.run_ended(self.run_id)

    def stop(self) -> None:
        """End the run with `done`, reason `context_cancel`. Idempotent."""
        self._end("context_cancel")

    def restart_routes(self, route_indexes: Sequence[int], *, prefer_new: bool = False) -> RestartRoutesReply:
        """Begin to set failed or stalled routes up again; with none given, every failed one.

        Args:
            route_indexes: which.
            prefer_new: on another disjoint path that avoids the node at fault, where one exists.
        """
        if self._routes is None:
            reasons = [NotRestarted(route_index=index, reason=STILL_PLANNING) for index in route_indexes]
            return RestartRoutesReply(not_restarted=reasons)
        return self._routes.restart(route_indexes, replan=self._replan if prefer_new else None)

    def stop_routes(self, route_indexes: Sequence[int]) -> StopRoutesReply:
        """Stop routes on purpose; a restart lets each join again, and a sample says what they had carried until now."""
        if self._routes is None:
            reasons = [NotStopped(route_index=index, reason=STILL_PLANNING) for index in route_indexes]
            return StopRoutesReply(not_stopped=reasons)
        reply = self._routes.stop(route_indexes)
        if reply.stopped and self._measurement is not None:
            self._measurement.take_sample()
        return reply

    def pause(self, *, paused: bool) -> None:
        """Let no route send a further block, or let all go on; the connections and the run's clock stay as they are.

        Before there are routes it is kept in mind; once the run is over it does nothing.
        """
        if self._paused == paused or self._ended.done():
            return
        self._paused = paused
        if self._routes is not None:
            self._routes.pause(paused=paused)
        elapsed_ns = self._measurement.elapsed_ns if self._measurement else 0
        self._publish(Paused(paused=paused, elapsed_ns=elapsed_ns))

    def _announce(self) -> None:
        topology = self._network.topology
        self._publish(
            RunStarted(
                run_id=self.run_id,
                scenario=topology.scenario,
                node_names=topology.node_names,
                request=self.request,
            )
        )
        self._reporter.enter("planning")

    async def _go_through_phases(self, group: asyncio.TaskGroup) -> None:
        try:
            await self._plan()
            await self._set_up_routes(group)
            if self._routes is None or not (self._routes.any_hope or self.request.keep_open_ns):
                self._end("all_routes_failed")
                return
            await self._warm_up(self._routes)
            await self._measure_idle()
            await self._pump(self._routes)
        except MuxbwError as exc:
            log.exception("run %s cannot go on", self.run_id)
            self._publish(MuxBandwidthError(code="engine", message=str(exc)))
            self._end("error")

    async def _plan(self) -> None:
        self._legs = await self._planner.plan(self._publish)
        if self.request.probe_rtt:
            self._probe = ProbeLoop(
                self.operations,
                replace(self._planner.config, route_index=self.request.routes),
                self._legs,
                interval_s=self.request.probe_interval_ns / 1e9,
                publish=self._publish,
            )

    async def _replan(self, leg: Leg) -> Sequence[RouteHop] | None:
        return await self._planner.replan(leg, self._legs)

    async def _set_up_routes(self, group: asyncio.TaskGroup) -> None:
        self._reporter.enter("set_up")
        began_s = self._loop.time()
        self._routes = RouteSet(
            self._legs,
            self.operations,
            group=group,
            publish=self._publish,
            on_change=self._look_for_life,
        )
        self._routes.pause(paused=self._paused)
        await self._routes.set_up()
        self._set_up_s = self._loop.time() - began_s

    async def _warm_up(self, routes: RouteSet) -> None:
        """Exercise the probe's path, and let windows grow under load; no figure includes this phase."""
        length_s = self.request.warm_up_ns / 1e9
        if not length_s or not self.active_routes:
            return
        self._reporter.enter("warm_up", length_s)
        now_s = self._loop.time()
        window = Window(now_s, now_s + length_s)
        if self.request.window_mode:
            # In this task, which the end of the run cancels: a further one could begin after everything was stopped.
            routes.start_warm_up(window)
        async with asyncio.TaskGroup() as group:
            if self._probe is not None:
                group.create_task(self._probe.warm_up(window.end_s), name="run:warm-up-probe")
            await routes.warmed_up(window)

    async def _measure_idle(self) -> None:
        baseline_s = self.request.idle_baseline_duration_ns / 1e9
        if self._probe is not None and baseline_s and self.active_routes:
            self._reporter.enter("idle_baseline", baseline_s)
            await self._probe.measure_idle(self._loop.time() + baseline_s)

    async def _pump(self, routes: RouteSet) -> None:
        duration_s = self.request.duration_ns / 1e9
        faults = await self._network.pump_starts(self.run_id)
        measurement = self._measurement = Measurement(
            self._legs,
            duration_s=duration_s,
            interval_s=self.request.sample_interval_ns / 1e9,
            publish=self._publish,
        )
        window = measurement.window
        self._reporter.enter("pump", duration_s)
        routes.start_pumps(window, faults)
        self._look_for_life()
        async with asyncio.TaskGroup() as measuring:
            measuring.create_task(measurement.sample(), name="run:sampler")
            if self._probe is not None:
                probing = self._probe.measure_loaded(window.end_s, loaded=lambda: routes.loaded)
                measuring.create_task(probing, name="run:probe")
            if self.request.extensions or self.request.probe_rtt:
                probing = self._self_probes(routes).run(window.end_s)
                measuring.create_task(probing, name="run:self-probes")
            await asyncio.sleep(window.end_s - self._loop.time())
        self._end("duration")

    def _self_probes(self, routes: RouteSet) -> SelfProbes:
        """Return those that were asked for; else those that tell samples and limits alone what they find."""
        request = self.request
        if not (request.probe_rtt and request.extensions):
            return SelfProbes(routes, interval_s=request.sample_interval_ns / 1e9, publish=None)
        interval_s = max(request.probe_interval_ns / 1e9, request.routes / MOST_PER_S)
        return SelfProbes(routes, interval_s=interval_s, publish=self._publish)

    def _look_for_life(self) -> None:
        """End the run when there is no hope for any route, or start the time until then."""
        if self._measurement is None or self._routes is None:
            return
        if self._routes.any_hope:
            if self._keep_open_timer is not None:
                self._keep_open_timer.cancel()
                self._keep_open_timer = None
        elif self._keep_open_timer is None:
            keep_open_s = self.request.keep_open_ns / 1e9
            self._keep_open_timer = self._loop.call_later(keep_open_s, self._end, "all_routes_failed")

    def _end(self, reason: str) -> None:
        if not self._ended.done():
            self._ended.set_result(reason)

    def _end_routes(self) -> None:
        """Stop counting, then stop the routes."""
        if self._measurement is not None:
            self._measurement.window.close(self._loop.time())
        if self._routes is not None:
            self._routes.end()

    def _close_connections(self) -> None:
        if self._routes is not None:
            self._routes.close()
        if self._probe is not None:
            self._probe.close()

    def _publish_end(self, reason: str) -> None:
        """Publish the last sample and `done`, whose totals agree to the byte."""
        if reason == "error":
            return
        if reason == "duration" and not any(leg.alive or leg.stopped for leg in self._legs):
            reason = "all_routes_failed"
        done = MuxBandwidthDone(
            wall_time_ns=self._reporter.elapsed_ns,
            routes_requested=self.request.routes,
            routes_established=sum(leg.set_up for leg in self._legs),
            setup_total_ns=round(self._set_up_s * 1e9),
            termination_reason=reason,
        )
        if self._probe is not None:
            self._probe.report(done)
        if self._measurement is not None:
            self._measurement.finish(done)
        self._reporter.enter("done")
        self._publish(done)
