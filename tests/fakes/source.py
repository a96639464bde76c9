"""A source in memory that plays what a test gives it, and the events to give it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from muxbw_tui.errors import ControlError
from muxbw_tui.pb.muxbw_pb2 import (
    NotRestarted,
    Phase,
    Plan,
    PlannedRoute,
    Restarting,
    RestartRoutesReply,
    RunEvent,
    RunRequest,
    RunStarted,
    StopRoutesReply,
)
from muxbw_tui.pb.ping_pb2 import (
    MuxBandwidthDone,
    MuxBandwidthSample,
    MuxLegSample,
    MuxRouteEstablished,
    MuxRouteFailure,
    RouteHop,
)
from muxbw_tui.units import NS_PER_MS, NS_PER_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence

    from muxbw_tui.errors import MuxbwError

BEGAN_NS = 1_800_000_000 * NS_PER_S
MIB = 1024 * 1024
SOURCE, TARGET = "02" + "a1" * 32, "03" + "26" * 31 + "88"
RELAYS = ("osaka", "tokyo", "lagos", "lima")


class ScriptedSource:
    """Yields the events it was given, then those that a test adds, until the test ends the stream.

    Attributes:
        given: how many events it had from the start.
        restarts: the route indexes of every restart that was asked for.
        stopped: the route indexes of every stop of routes that was asked for.
        pauses: what every pause asked for, in order.
        detached: whether the run was told to outlive its clients.
        refuses: what any of these is refused with, if it is.
        cannot_resume: why it does not begin anew once its stream has broken.
        openings: how often its events were asked for.
        leaves: reasons by route index; those routes are answered as not restarted.
    """

    def __init__(
        self,
        events: Sequence[RunEvent] = (),
        *,
        live: bool = True,
        cannot_restart: str = "",
        cannot_control: str = "",
        cannot_resume: str = "",
        title: str = "embedded engine",
    ) -> None:
        self.live = self.may_merge = live
        self.run_id = "r1"
        self.cannot_resume = cannot_resume
        self.openings = 0
        self.cannot_restart = cannot_restart
        self.cannot_control = cannot_control
        self.title = title
        self.given = len(events)
        self.restarts: list[list[int]] = []
        self.stopped: list[list[int]] = []
        self.pauses: list[bool] = []
        self.detached = False
        self.refuses = ""
        self.leaves: Mapping[int, str] = {}
        self.stops = 0
        self.closed = 0
        self.done_when_stopped: RunEvent | None = None
        self._waiting: asyncio.Queue[RunEvent | MuxbwError | None] = asyncio.Queue()
        for event in events:
            self._waiting.put_nowait(event)

    def add(self, *events: RunEvent) -> None:
        """Give it more events to yield."""
        for event in events:
            self._waiting.put_nowait(event)

    def end(self, failure: MuxbwError | None = None) -> None:
        """End the stream, in order or with a failure."""
        self._waiting.put_nowait(failure)

    async def events(self) -> AsyncIterator[RunEvent]:
        self.openings += 1
        while (item := await self._waiting.get()) is not None:
            if not isinstance(item, RunEvent):
                raise item
            yield item

    async def stop_run(self) -> None:
        self.stops += 1
        if self.done_when_stopped is not None:
            self.add(self.done_when_stopped)
            self.end()

    @property
    def outlives_us(self) -> bool:
        return self.detached

    async def restart_routes(
        self,
        route_indexes: Sequence[int],
        *,
        prefer_new: bool = False,  # noqa: ARG002 - a script has no paths to choose from
    ) -> RestartRoutesReply:
        self.restarts.append(list(route_indexes))
        self._refuse_if_told()
        return RestartRoutesReply(
            restarting=[index for index in route_indexes if index not in self.leaves],
            not_restarted=[NotRestarted(route_index=index, reason=why) for index, why in self.leaves.items()],
        )

    async def stop_routes(self, route_indexes: Sequence[int]) -> StopRoutesReply:
        self._refuse_if_told()
        self.stopped.append(list(route_indexes))
        return StopRoutesReply(stopped=route_indexes)

    async def pause(self, *, paused: bool) -> None:
        self._refuse_if_told()
        self.pauses.append(paused)

    async def detach(self) -> None:
        self._refuse_if_told()
        self.detached = True

    async def close(self) -> None:
        self.closed += 1

    def _refuse_if_told(self) -> None:
        if self.refuses:
            raise ControlError(self.refuses)


class StillClock:
    """A clock that goes only when a test moves it."""

    def __init__(self) -> None:
        self.now_ns = 0

    def monotonic_ns(self) -> int:
        return self.now_ns

    def wall_ns(self) -> int:
        return BEGAN_NS + self.now_ns


def request(routes: int = 4, duration_s: float = 300) -> RunRequest:
    """Return a request as the dashboard makes it, every default filled in."""
    return RunRequest(
        target_pk=TARGET,
        routes=routes,
        duration_ns=round(duration_s * NS_PER_S),
        sample_interval_ns=NS_PER_S,
        extensions=True,
    )


def path(route_index: int) -> list[RouteHop]:
    """Return the two hops of a route, through a relay of its own."""
    relay = relay_key(route_index)
    first = RouteHop(tp_id=f"tp-{route_index}-a", to=relay, tp_type="stcpr")
    second = RouteHop(tp_id=f"tp-{route_index}-b", to=TARGET, tp_type="sudph")
    setattr(first, "from", SOURCE)
    setattr(second, "from", relay)
    return [first, second]


def relay_key(route_index: int) -> str:
    """Return the key of the relay of one route."""
    return f"02{route_index:064x}"


def at(seconds: float) -> int:
    """Return a timestamp, seconds after the run began."""
    return BEGAN_NS + round(seconds * NS_PER_S)


def run_started(scenario: str = "flaky", routes: int = 4, seconds: float = 0.0) -> RunEvent:
    """Return the first event of a run of ours."""
    names = {SOURCE: "here", TARGET: "there"}
    names |= {relay_key(index): name for index, name in enumerate(RELAYS)}
    started = RunStarted(run_id="r1", scenario=scenario, node_names=names, request=request(routes))
    return RunEvent(timestamp_ns=at(seconds), run_started=started)


def phase(name: str, seconds: float, planned_s: float = 0) -> RunEvent:
    """Return that the run enters a phase."""
    elapsed_ns, planned_ns = round(seconds * NS_PER_S), round(planned_s * NS_PER_S)
    entered = Phase(name=name, elapsed_ns=elapsed_ns, planned_ns=planned_ns)
    return RunEvent(timestamp_ns=at(seconds), phase=entered)


def plan(routes: int = 4, seconds: float = 0.1) -> RunEvent:
    """Return the paths that the routes will take."""
    planned = [PlannedRoute(route_index=index, hops=path(index)) for index in range(routes)]
    return RunEvent(timestamp_ns=at(seconds), plan=Plan(routes=planned))


def established(route_index: int, seconds: float, *, setup_ms: int = 84, error: str = "") -> RunEvent:
    """Return that a route's set-up has ended."""
    ended = MuxRouteEstablished(
        route_index=route_index,
        setup_latency_ns=setup_ms * NS_PER_MS,
        hops=path(route_index),
        failed=bool(error),
        setup_err=error,
    )
    return RunEvent(timestamp_ns=at(seconds), route_established=ended)


def failure(
    route_index: int, seconds: float, *, mib: float, error: str = "read echo: connection reset by peer"
) -> RunEvent:
    """Return the failure of a route `seconds` into a run whose pump began after one."""
    failed = MuxRouteFailure(
        route_index=route_index,
        error_message=error,
        bytes_sent_before_failure=round(mib * MIB),
        bytes_received_before_failure=round(mib * MIB),
        elapsed_ns=round((seconds - 1) * NS_PER_S),
    )
    return RunEvent(timestamp_ns=at(seconds), route_failure=failed)


def sample(
    seconds: float, mib_by_route: Mapping[int, float], *, mbps: float = 24.5, still: Sequence[int] = ()
) -> RunEvent:
    """Return a sample `seconds` into a run whose pump began after one.

    Routes that are left out are dead; those in `still` are alive and carry nothing.
    """
    legs = [
        MuxLegSample(
            route_index=index,
            transport_kind="stcpr",
            bytes_sent=round(mib * MIB),
            bytes_recv=round(mib * MIB),
            inst_send_bps=0 if index in still else mbps * 1e6,
            inst_recv_bps=0 if index in still else mbps * 1e6,
            alive=True,
        )
        for index, mib in mib_by_route.items()
    ]
    total_bytes, total_bps = round(sum(mib_by_route.values()) * MIB), mbps * 1e6 * (len(legs) - len(still))
    taken = MuxBandwidthSample(
        elapsed_ns=round((seconds - 1) * NS_PER_S),
        bytes_sent=total_bytes,
        bytes_received=total_bytes,
        instant_send_bps=total_bps,
        instant_recv_bps=total_bps,
        avg_send_bps=total_bps,
        avg_recv_bps=total_bps,
        active_routes=len(legs),
        legs=legs,
    )
    return RunEvent(timestamp_ns=at(seconds), sample=taken)


def restarting(route_index: int, seconds: float, attempt: int = 2) -> RunEvent:
    """Return that a failed route is being set up again."""
    begun = Restarting(route_index=route_index, attempt=attempt, elapsed_ns=round((seconds - 1) * NS_PER_S))
    return RunEvent(timestamp_ns=at(seconds), restarting=begun)


def done(seconds: float, reason: str = "duration") -> RunEvent:
    """Return the last event of a run."""
    ended = MuxBandwidthDone(
        wall_time_ns=round(seconds * NS_PER_S),
        pump_time_ns=round((seconds - 1) * NS_PER_S),
        routes_requested=4,
        routes_established=4,
        termination_reason=reason,
    )
    return RunEvent(timestamp_ns=at(seconds), done=ended)


def set_up(routes: int = 4) -> list[RunEvent]:
    """Return a run's events up to the start of its pump, one second in."""
    return [
        run_started(routes=routes),
        phase("planning", 0.0),
        plan(routes),
        phase("set_up", 0.2),
        *(established(index, 0.4 + index / 10_000, setup_ms=84 + index) for index in range(routes)),
        phase("pump", 1.0, planned_s=300),
    ]


def pumping() -> list[RunEvent]:
    """Return a run five seconds into its pump, with nothing wrong."""
    return [*set_up(), *(sample(1 + second, dict.fromkeys(range(4), 3.0 * second)) for second in range(1, 6))]


def in_trouble() -> list[RunEvent]:
    """Return a run with route 1 dead after 6 MiB and route 2 without a byte for four seconds."""
    return [
        *set_up(),
        *(sample(1 + second, dict.fromkeys(range(4), 3.0 * second)) for second in range(1, 3)),
        failure(1, 3.4, mib=6),
        *(
            sample(2 + second, {0: 3.0 * second, 2: 6.0, 3: 3.0 * second}, still=[2])
            for second in range(2, 7)
        ),
    ]
