"""The routes of one run: set up all at once, pumped, reported when they fail, set up again when asked.

Whatever becomes of a route is an event, published before its task ends; no failure of a route leaves this module as an
exception. Tasks are named `route:<index>:<what>` and live in the run's TaskGroup.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from muxbw_tui.engine.errors import Direction, ExchangeError, PingError
from muxbw_tui.engine.leg import build_route_failure
from muxbw_tui.engine.pump import RoutePump
from muxbw_tui.errors import SetUpError
from muxbw_tui.pb.muxbw_pb2 import (
    NotRestarted,
    NotStopped,
    Restarting,
    RestartRoutesReply,
    StopRoutesReply,
)
from muxbw_tui.pb.ping_pb2 import MuxLegLifecycle, MuxRouteEstablished

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from google.protobuf.message import Message

    from muxbw_tui.engine.connection import Exchange
    from muxbw_tui.engine.leg import Leg
    from muxbw_tui.engine.operations import PingOperations
    from muxbw_tui.engine.window import Window
    from muxbw_tui.pb.muxbw_pb2 import PumpFaults
    from muxbw_tui.pb.ping_pb2 import RouteHop

    Replan = Callable[[Leg], Awaitable[Sequence[RouteHop] | None]]

log = logging.getLogger(__name__)

STALLED_AFTER_S = 3.0
DRAIN_S = 2.0
NO_PATH = "no further path exists that shares no intermediate with the others"


class RouteSet:
    """The routes of one run.

    Args:
        group: the run's TaskGroup; every task of a route lives in it.
        publish: takes the payloads of events.
        on_change: told when a route came alive, failed, or could not be set up again.
    """

    def __init__(
        self,
        legs: Sequence[Leg],
        operations: PingOperations,
        *,
        group: asyncio.TaskGroup,
        publish: Callable[[Message], None],
        on_change: Callable[[], None],
    ) -> None:
        self.legs = legs
        self._operations = operations
        self._group = group
        self._publish = publish
        self._on_change = on_change
        self._loop = asyncio.get_running_loop()
        self._window: Window | None = None
        self._no_entry_until_s: dict[int, float] = {}
        self._pumps: dict[int, asyncio.Task[None]] = {}
        self._route_pumps: dict[int, RoutePump] = {}
        self._paused = False
        self._restarts: dict[int, asyncio.Task[None]] = {}
        self._replanning = asyncio.Lock()
        self._ending = False

    @property
    def any_hope(self) -> bool:
        """Whether a route is alive, being set up, or was stopped on purpose and may join again."""
        return any(leg.alive or leg.dialling or leg.stopped for leg in self.legs)

    @property
    def loaded(self) -> bool:
        """Whether a route is there to carry blocks, and may."""
        return not self._paused and any(leg.alive for leg in self.legs)

    async def set_up(self) -> None:
        """Set every route up at once; returns when each has succeeded or failed."""
        async with asyncio.TaskGroup() as group:
            for leg in self.legs:
                group.create_task(self._set_up(leg), name=f"route:{leg.index}:set-up")

    def start_warm_up(self, window: Window) -> None:
        """Begin pumping every route that is alive, for no figure."""
        for leg in self.legs:
            if leg.alive:
                self._start_pump(leg, window, measured=False)

    async def warmed_up(self, window: Window) -> None:
        """Wait until the window closes and what is under way has come back.

        A route whose blocks do not come back within `DRAIN_S` is left with them; its measured pump will tell.
        """
        if self._pumps:
            left_s = window.end_s - self._loop.time()
            _, late = await asyncio.wait(self._pumps.values(), timeout=left_s + DRAIN_S)
            for task in late:
                task.cancel()
        await asyncio.sleep(window.end_s - self._loop.time())

    def start_pumps(self, window: Window, faults: PumpFaults) -> None:
        """Begin pumping every route that is alive, after bringing about the faults that are the engine's part."""
        self._window = window
        for fault in faults.no_entry:
            until_s = window.start_s + fault.for_ns / 1e9 if fault.for_ns else float("inf")
            self._no_entry_until_s[fault.route_index] = until_s
        for leg in self.legs:
            if leg.alive:
                self._start_pump(leg, window)

    def restart(self, route_indexes: Iterable[int], *, replan: Replan | None = None) -> RestartRoutesReply:
        """Begin to set routes up again; with no index given, every failed one. Says what becomes of each.

        Args:
            route_indexes: which.
            replan: asked for another path for each; where it has none, or is not given, the path stays.
        """
        reply = RestartRoutesReply()
        by_index = {leg.index: leg for leg in self.legs}
        wanted = list(dict.fromkeys(route_indexes)) or [leg.index for leg in self.legs if leg.failed]
        for index in wanted:
            leg = by_index.get(index)
            reason = self._why_not_restart(leg) if leg else f"the run has no route {index}"
            if reason or leg is None:
                reply.not_restarted.append(NotRestarted(route_index=index, reason=reason))
                continue
            leg.dialling, leg.stopped = True, False
            restarting = self._restart(leg, replan)
            self._restarts[index] = self._group.create_task(restarting, name=f"route:{index}:restart")
            reply.restarting.append(index)
        return reply

    def stop(self, route_indexes: Iterable[int]) -> StopRoutesReply:
        """Stop routes on purpose; each can join again by a restart. Says what becomes of each."""
        reply = StopRoutesReply()
        by_index = {leg.index: leg for leg in self.legs}
        for index in dict.fromkeys(route_indexes):
            leg = by_index.get(index)
            reason = self._why_not_stop(leg) if leg else f"the run has no route {index}"
            if reason or leg is None or leg.config is None:
                reply.not_stopped.append(NotStopped(route_index=index, reason=reason))
                continue
            leg.alive, leg.stopped = False, True
            if index in self._pumps:
                self._pumps[index].cancel()
            self._operations.stop_ping_route(leg.config)
            self._publish(
                MuxLegLifecycle(
                    event="dropped",
                    route_index=index,
                    intermediate_pk=leg.intermediate_pk,
                    transport_kind=leg.transport_kind,
                    elapsed_ns=round(self._elapsed_s() * 1e9),
                )
            )
            reply.stopped.append(index)
        self._on_change()
        return reply

    def pause(self, *, paused: bool) -> None:
        """Let no pump send a further block, or let all go on; connections stay."""
        self._paused = paused
        for pump in self._route_pumps.values():
            pump.pause(paused=paused)

    def ask_status(self, index: int, on_done: Callable[[Exchange], None]) -> bool:
        """Send a small frame between a route's blocks; False while it is not pumping, and nothing will be told."""
        pump = self._route_pumps.get(index)
        return pump is not None and not self._paused and pump.ask_status(on_done)

    def end(self) -> None:
        """Stop everything; what is under way does not count.

        A pump that is stopped here reports no failure, unless its route carried no byte since it was last set up; one
        that has just failed by itself still reports it.
        """
        self._ending = True
        for task in self._restarts.values():
            task.cancel()
        running = {index: pump for index, pump in self._route_pumps.items() if not pump.ended}
        for leg in self.legs:
            pump = running.get(leg.index)
            has_sent = pump is not None and pump.connection is not None
            if has_sent and leg.alive and not leg.has_echo and leg.config is not None:
                error = ExchangeError(leg.config.ref, Direction.READ, "no echo before the run ended")
                self._report_failure(leg, error)
        for index in running:
            self._pumps[index].cancel()

    def close(self) -> None:
        """Close every connection; nothing can be restarted from now on. Idempotent."""
        self._ending = True
        for leg in self.legs:
            if leg.config is not None:
                self._operations.stop_ping_route(leg.config)

    async def _set_up(self, leg: Leg) -> None:
        """Set one route up once, and say how that ended."""
        began_s = self._loop.time()
        outcome = MuxRouteEstablished(route_index=leg.index)
        leg.dialling = True
        leg.attempts += 1
        try:
            if leg.config is None:
                raise SetUpError(NO_PATH)
            outcome.hops.extend(leg.config.hops)
            await self._operations.dial_ping(leg.config)
        except SetUpError as exc:
            log.warning("route %d: set-up failed: %s", leg.index, exc)
            outcome.failed = True
            outcome.setup_err = str(exc)
            leg.failed_at = exc.failed_at if leg.leads_through(exc.failed_at) else ""
        else:
            leg.come_up()
        finally:
            leg.dialling = False
        outcome.setup_latency_ns = round((self._loop.time() - began_s) * 1e9)
        self._publish(outcome)

    async def _restart(self, leg: Leg, replan: Replan | None) -> None:
        """Close what is left of a route, set it up again, and let it join the pump."""
        if leg.alive and leg.config is not None:
            # Its pump fails with the closed connection and says so before the route is set up again.
            self._operations.stop_ping_route(leg.config)
            await asyncio.wait([self._pumps[leg.index]])
        self._publish(
            Restarting(
                route_index=leg.index, attempt=leg.attempts + 1, elapsed_ns=round(self._elapsed_s() * 1e9)
            )
        )
        if replan is not None:
            # One after the other: each new path must be disjoint from those that the others have just taken.
            async with self._replanning:
                leg.take_path(await replan(leg) or ())
        await self._set_up(leg)
        if leg.alive and self._window is not None:
            self._start_pump(leg, self._window)
        self._on_change()

    def _start_pump(self, leg: Leg, window: Window, *, measured: bool = True) -> None:
        if leg.config is None:
            return
        leg.progress_s = self._loop.time()
        if self._loop.time() < self._no_entry_until_s.get(leg.index, 0.0):
            self._operations.stop_ping_route(leg.config)
        pump = RoutePump(self._operations, leg, leg.config, window, measured=measured, paused=self._paused)
        self._route_pumps[leg.index] = pump
        self._pumps[leg.index] = self._group.create_task(
            self._pump(leg, pump), name=f"route:{leg.index}:pump"
        )

    async def _pump(self, leg: Leg, pump: RoutePump) -> None:
        """Pump one route to its end; a failure is published before this task ends."""
        try:
            await pump.run()
        except PingError as exc:
            self._report_failure(leg, exc)
            if leg.config is not None and pump.connection is not None:
                # Only its own: a restart may have registered another connection meanwhile.
                self._operations.stop_ping_route(leg.config, only=pump.connection)
            self._on_change()
        finally:
            if self._route_pumps.get(leg.index) is pump:
                del self._route_pumps[leg.index]

    def _report_failure(self, leg: Leg, error: PingError) -> None:
        leg.alive = False
        failure = build_route_failure(leg, error, elapsed_s=self._elapsed_s())
        log.warning("route %d failed after %d bytes: %s", leg.index, leg.bytes_received, error)
        self._publish(failure)

    def _elapsed_s(self) -> float:
        """Since pump start, never beyond the window; 0 before."""
        window = self._window
        return min(self._loop.time(), window.end_s) - window.start_s if window else 0.0

    def _why_not_restart(self, leg: Leg) -> str:
        """Return why this route is left as it is, or nothing if it can be restarted."""
        if self._ending:
            return "the run is over"
        if leg.config is None:
            return NO_PATH
        if leg.dialling:
            return f"its set-up is under way (attempt {max(leg.attempts, 1)})"
        if leg.alive:
            return self._why_not_restart_alive(leg)
        return "" if leg.attempts else "it has not been set up yet"

    def _why_not_restart_alive(self, leg: Leg) -> str:
        """Return why a route that has not failed is left as it is, or nothing if it is stalled."""
        if self._window is None:
            return "it is set up and waits for the pump"
        if self._paused:
            return "the traffic is paused"
        silent_s = self._loop.time() - leg.progress_s
        return "" if silent_s >= STALLED_AFTER_S else "it is pumping"

    def _why_not_stop(self, leg: Leg) -> str:
        """Return why this route is left as it is, or nothing if it can be stopped."""
        if self._ending:
            return "the run is over"
        if leg.stopped:
            return "it is stopped already"
        if leg.dialling:
            return "its set-up is under way"
        return "" if leg.alive else "it is not alive"
