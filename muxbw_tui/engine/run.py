"""One run, from planning to done: the phases, the measured window, the samples, and how it ends.

    planning → set-up → warm-up → idle baseline → pump → done

Warm-up and idle baseline are there when probes are asked for; the warm-up exercises the probe's path so that the
baseline is measured on a warm connection, and no figure includes it. The run ends when the pump's time is over, when
it is stopped, or when no route is alive and none is being set up (at once, or after the time for which its client
keeps it open so that an operator can restart a route).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import time
from dataclasses import replace
from typing import TYPE_CHECKING

from muxbw_tui.engine.config import PingConfig
from muxbw_tui.engine.growth import GrowthMode, WindowGrowth
from muxbw_tui.engine.leg import Leg
from muxbw_tui.engine.limits import LimitWatch
from muxbw_tui.engine.operations import PingOperations
from muxbw_tui.engine.planner import NOT_EXACT, plan_routes, replan_route
from muxbw_tui.engine.probe import ProbeLoop, ProbeStats
from muxbw_tui.engine.routes import RouteSet
from muxbw_tui.engine.window import Sampler, Window, rate_bps
from muxbw_tui.errors import MuxbwError, SetUpError
from muxbw_tui.pb.muxbw_pb2 import (
    Limits,
    NotRestarted,
    NotStopped,
    Paused,
    Phase,
    Plan,
    PlannedRoute,
    RestartRoutesReply,
    RunEvent,
    RunStarted,
    StopRoutesReply,
)
from muxbw_tui.pb.ping_pb2 import MuxBandwidthDone, MuxBandwidthError
from muxbw_tui.units import KIB

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from google.protobuf.message import Message

    from muxbw_tui.clock import Clock
    from muxbw_tui.engine.breaker import Breakers
    from muxbw_tui.network.base import Network
    from muxbw_tui.pb.muxbw_pb2 import RunRequest
    from muxbw_tui.pb.ping_pb2 import RouteHop

log = logging.getLogger(__name__)

STILL_PLANNING = "the routes are still being planned"

_FIELD_OF_PAYLOAD = {
    field.message_type.full_name: field.name
    for field in RunEvent.DESCRIPTOR.oneofs_by_name["payload"].fields
    if field.message_type is not None
}


class Run:
    """One run. `execute` carries it out; `stop` and `restart_routes` may be called while it does, in the same loop.

    Attributes:
        operations: on the run's own connection table.
        phase: the one that the run is in; empty before the first.
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
        self._network = network
        self._publish_event = publish
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._began_s = self._loop.time()
        self._ended: asyncio.Future[str] = self._loop.create_future()
        self._legs: list[Leg] = []
        self._routes: RouteSet | None = None
        self._probe: ProbeLoop | None = None
        self._window: Window | None = None
        self._sampler: Sampler | None = None
        self._set_up_s = 0.0
        self._paused = False
        self.phase = ""
        self.started_ns = clock.wall_ns()
        self._idle_stats = ProbeStats()
        self._loaded_stats = ProbeStats()
        self._keep_open_timer: asyncio.TimerHandle | None = None

    @property
    def active_routes(self) -> int:
        """How many routes are alive now."""
        return sum(leg.alive for leg in self._legs)

    async def execute(self) -> None:
        """Carry the run out. Its last event is `done`, or `error` if the engine itself failed.

        Cancelling ends it at once and frees everything; then no `done` is published.
        """
        try:
            async with asyncio.TaskGroup() as group:
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
        """Stop routes on purpose; a restart lets each join again."""
        if self._routes is None:
            reasons = [NotStopped(route_index=index, reason=STILL_PLANNING) for index in route_indexes]
            return StopRoutesReply(not_stopped=reasons)
        return self._routes.stop(route_indexes)

    def pause(self, *, paused: bool) -> None:
        """Let no route send a further block, or let all go on; the connections and the run's clock stay as they are."""
        if self._routes is None or self._paused == paused:
            return
        self._paused = paused
        self._routes.pause(paused=paused)
        elapsed_s = self._loop.time() - self._window.start_s if self._window else 0.0
        self._publish(Paused(paused=paused, elapsed_ns=round(elapsed_s * 1e9)))

    async def _go_through_phases(self, group: asyncio.TaskGroup) -> None:
        try:
            self._announce()
            self._enter("planning")
            await self._plan()
            self._enter("set_up")
            await self._set_up_routes(group)
            if self._routes is None or not (self._routes.any_hope or self.request.keep_open_ns):
                self._end("all_routes_failed")
                return
            await self._warm_up()
            if self._probe is not None and self.request.idle_baseline_duration_ns:
                await self._measure_idle(self._probe)
            await self._pump()
        except MuxbwError as exc:
            log.exception("run %s cannot go on", self.run_id)
            self._publish(MuxBandwidthError(code="engine", message=str(exc)))
            self._end("error")

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

    async def _plan(self) -> None:
        request = self.request
        # In a thread: where a limit on hops binds, a plan may take seconds, and other runs go on meanwhile.
        plan = await asyncio.to_thread(
            plan_routes,
            self._network.topology,
            request.target_pk,
            count=request.routes,
            min_hops=request.min_hops,
            max_hops=request.max_hops,
            hops_via=request.hops_via,
            last_resort=self.operations.breakers.open_nodes(),
        )
        config = PingConfig(
            target=request.target_pk,
            run_id=self.run_id,
            min_hops=request.min_hops,
            max_hops=request.max_hops,
            block_bytes=request.packet_size_kb * KIB,
            setup_timeout_s=request.setup_timeout_ns / 1e9,
            io_timeout_s=request.io_timeout_ns / 1e9,
        )
        configs = [
            replace(config, route_index=index, hops=hops) if hops else None
            for index, hops in enumerate(plan.routes)
        ]
        self._legs = [self._make_leg(index, config) for index, config in enumerate(configs)]
        self._publish(
            Plan(
                routes=[
                    PlannedRoute(route_index=index, hops=hops)
                    for index, hops in enumerate(plan.routes)
                    if hops
                ]
            )
        )
        if len(plan.paths) < request.routes:
            limits = f"({request.min_hops} to {request.max_hops} hops each)"
            detail = f"{request.routes} disjoint routes were asked for, and {len(plan.paths)} exist {limits}"
            self._publish(Limits(kind="paths", detail=detail))
        if not plan.exact:
            self._publish(Limits(kind="plan", detail=NOT_EXACT))
        if request.probe_rtt:
            self._probe = ProbeLoop(
                self.operations,
                replace(config, route_index=request.routes),
                self._legs,
                interval_s=request.probe_interval_ns / 1e9,
                on_path=self._publish,
            )

    def _replan(self, leg: Leg) -> Sequence[RouteHop] | None:
        """Return another path for a route, disjoint from those of the others, or None if there is none."""
        used = [other.config.hops for other in self._legs if other.config is not None and other is not leg]
        if not leg.failed_at and leg.config is not None:
            used.append(leg.config.hops)
        return replan_route(
            self._network.topology,
            self.request.target_pk,
            used=used,
            avoid={leg.failed_at} - {""},
            min_hops=self.request.min_hops,
            max_hops=self.request.max_hops,
            last_resort=self.operations.breakers.open_nodes(),
        )

    def _make_leg(self, index: int, config: PingConfig | None) -> Leg:
        request = self.request
        if not request.window_mode:
            return Leg(index, config, fixed_window=request.window)
        return Leg(
            index, config, growth=WindowGrowth(GrowthMode(request.window_mode), request.packet_size_kb * KIB)
        )

    async def _set_up_routes(self, group: asyncio.TaskGroup) -> None:
        began_s = self._loop.time()
        self._routes = RouteSet(
            self._legs,
            self.operations,
            group=group,
            publish=self._publish,
            on_change=self._look_for_life,
        )
        await self._routes.set_up()
        self._set_up_s = self._loop.time() - began_s

    async def _warm_up(self) -> None:
        """Exercise the probe's path, and let windows grow under load; no figure includes this phase."""
        length_s = self.request.warm_up_ns / 1e9
        if not length_s or self._routes is None or not any(leg.alive for leg in self._legs):
            return
        self._enter("warm_up", length_s)
        now_s = self._loop.time()
        async with asyncio.TaskGroup() as group:
            if self._probe is not None:
                group.create_task(
                    self._warm_up_probe(self._probe, now_s + length_s), name="run:warm-up-probe"
                )
            if any(leg.growth is not None for leg in self._legs):
                window = Window(now_s, now_s + length_s)
                group.create_task(self._routes.warm_up(window), name="run:warm-up-pumps")
            else:
                await asyncio.sleep(length_s)

    async def _warm_up_probe(self, probe: ProbeLoop, end_s: float) -> None:
        try:
            await probe.connect()
        except SetUpError as exc:
            log.warning("the probe's connection did not come up: %s", exc)
        await probe.run(end_s, ProbeStats(), None)

    async def _measure_idle(self, probe: ProbeLoop) -> None:
        if any(leg.alive for leg in self._legs):
            baseline_s = self.request.idle_baseline_duration_ns / 1e9
            self._enter("idle_baseline", baseline_s)
            await probe.run(self._loop.time() + baseline_s, self._idle_stats, self._publish)

    async def _pump(self) -> None:
        duration_s = self.request.duration_ns / 1e9
        faults = await self._network.pump_starts(self.run_id)
        self._enter("pump", duration_s)
        now_s = self._loop.time()
        self._window = Window(now_s, now_s + duration_s)
        self._sampler = Sampler(self._window, self.request.sample_interval_ns / 1e9)
        if self._routes is not None:
            self._routes.start_pumps(self._window, faults)
        self._look_for_life()
        async with asyncio.TaskGroup() as measuring:
            measuring.create_task(self._sample(self._sampler, self._window), name="run:sampler")
            if self._probe is not None:
                probing = self._probe.run(self._window.end_s, self._loaded_stats, self._publish)
                measuring.create_task(probing, name="run:probe")
            await asyncio.sleep(self._window.end_s - self._loop.time())
        self._end("duration")

    async def _sample(self, sampler: Sampler, window: Window) -> None:
        """Publish samples at the asked interval; the last one of all is left to the end of the run."""
        due_s = window.start_s + sampler.interval_s
        limits = LimitWatch(self._legs, self._publish, now_s=self._loop.time(), cpu_s=time.thread_time())
        while due_s + sampler.interval_s / 2 < window.end_s:
            await asyncio.sleep(due_s - self._loop.time())
            now_s = self._loop.time()
            self._publish(sampler.take(self._legs, now_s))
            limits.look(now_s, time.thread_time())
            if self.request.extensions and self._routes is not None:
                self._routes.ask_status()
            # A loop that was late leaves out what it missed: samples in a burst would be rates over next to no time.
            due_s += sampler.interval_s * max(math.ceil((now_s - due_s) / sampler.interval_s), 1)

    def _look_for_life(self) -> None:
        """End the run when no route is alive and none is being set up, or start the time until then."""
        if self._window is None or self._routes is None:
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
        if self._window is not None:
            self._window.close(self._loop.time())
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
        done = MuxBandwidthDone(
            wall_time_ns=round((self._loop.time() - self._began_s) * 1e9),
            routes_requested=self.request.routes,
            routes_established=sum(leg.set_up for leg in self._legs),
            setup_total_ns=round(self._set_up_s * 1e9),
            probe_count=self._loaded_stats.count,
            probe_avg_ns=self._loaded_stats.avg_ns,
            probe_p50_ns=self._loaded_stats.p50_ns,
            probe_p99_ns=self._loaded_stats.p99_ns,
            probe_jitter_ns=self._loaded_stats.jitter_ns,
            idle_probe_count=self._idle_stats.count,
            idle_probe_avg_ns=self._idle_stats.avg_ns,
            idle_probe_p50_ns=self._idle_stats.p50_ns,
            idle_probe_p99_ns=self._idle_stats.p99_ns,
            idle_probe_jitter_ns=self._idle_stats.jitter_ns,
            termination_reason=reason,
        )
        if self._window is not None and self._sampler is not None:
            if reason == "duration" and not any(leg.alive for leg in self._legs):
                done.termination_reason = "all_routes_failed"
            last = self._sampler.take(self._legs, self._window.end_s)
            self._publish(last)
            done.total_bytes_sent = last.bytes_sent
            done.total_bytes_received = last.bytes_received
            done.pump_time_ns = round(self._window.length_s * 1e9)
            done.avg_send_bps = rate_bps(last.bytes_sent, self._window.length_s)
            done.avg_recv_bps = rate_bps(last.bytes_received, self._window.length_s)
            done.peak_send_bps = self._sampler.peak_send_bps
            done.peak_recv_bps = self._sampler.peak_recv_bps
        self._enter("done")
        self._publish(done)

    def _enter(self, phase: str, planned_s: float = 0.0) -> None:
        self.phase = phase
        elapsed_ns = round((self._loop.time() - self._began_s) * 1e9)
        self._publish(Phase(name=phase, elapsed_ns=elapsed_ns, planned_ns=round(planned_s * 1e9)))

    def _publish(self, payload: Message) -> None:
        """Wrap a payload into the event that carries it everywhere."""
        field_name = _FIELD_OF_PAYLOAD[payload.DESCRIPTOR.full_name]
        event = RunEvent(timestamp_ns=self._clock.wall_ns())
        getattr(event, field_name).CopyFrom(payload)
        self._publish_event(event)
