"""Bytes over random schedules of what goes wrong and what is asked for: every figure says the same, to the byte.

A schedule happens at samples, not at times: a machine that is slow goes through it all the same.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from muxbw_tui.engine.connection import PingConnection
from muxbw_tui.engine.engine import Engine
from muxbw_tui.events import payload_kind
from muxbw_tui.network.frames import MAGIC
from muxbw_tui.network.local import local_network
from muxbw_tui.network.scenario import parse_scenario
from muxbw_tui.pb.muxbw_pb2 import RunRequest
from tests.conftest import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from muxbw_tui.engine.blocks import Block
    from muxbw_tui.engine.connection import Exchange
    from muxbw_tui.engine.run import Run
    from muxbw_tui.pb.muxbw_pb2 import RunEvent
    from muxbw_tui.pb.ping_pb2 import MuxBandwidthDone, MuxBandwidthSample

MS = 1_000_000
ROUTES = 3
SAMPLES = 24
SAMPLE_NS = 20 * MS
RELAYS = ("osaka", "tokyo", "lima", "quito")
NETWORK = """
name = "test"
seed = 7
source = "here"
target = "there"
""" + "".join(
    f'[[node]]\nname = "{relay}"\n'
    + "".join(
        f'[[link]]\nbetween = ["{end}", "{relay}"]\nkind = "stcpr"\ndelay_ms = 1\nrate_mbps = 40\n'
        for end in ("here", "there")
    )
    for relay in RELAYS
)


@dataclass(frozen=True)
class Step:
    """What happens as soon as so many samples have come: one of the actions below, to one route."""

    after: int
    action: str
    route: int


@dataclass(frozen=True)
class Schedule:
    """One run.

    Attributes:
        faults: of links and of relays, which reset what passes.
        window: of a fixed size; 0: it grows, so that the run has a warm-up.
        late: the loop hangs over the window's end, so that echoes come after it.
    """

    steps: tuple[Step, ...]
    faults: tuple[str, ...]
    window: int
    late: bool


@dataclass
class Watched:
    """What a run said, and what its connections carried."""

    events: list[RunEvent] = field(default_factory=list)
    exchanges: list[tuple[int, int, float]] = field(default_factory=list)  # route, bytes, when it was back
    window_s: tuple[float, float] = (0.0, 0.0)
    relayed: int = 0


ACTIONS = ("restart", "restart elsewhere", "restart all", "stop", "stop and join", "pause", "go on", "end")
FAULTS = tuple(
    f'[[fault]]\nat_s = {at_s}\nkind = "{kind}"\n{where}\n{heals}'
    for at_s in (0.0, 0.1, 0.2, 0.3)
    for kind in ("reset", "stall", "blackhole", "half-close", "garbage")
    for where in ('node = "osaka"', 'link = ["here", "tokyo"]', "route = 2")
    for heals in ("", "for_s = 0.1\n")
)
SCHEDULES = st.builds(
    Schedule,
    steps=st.lists(
        st.builds(Step, st.integers(1, SAMPLES), st.sampled_from(ACTIONS), st.integers(0, ROUTES - 1)),
        max_size=12,
    ).map(tuple),
    faults=st.lists(st.sampled_from(FAULTS), max_size=3).map(tuple),
    window=st.sampled_from([0, 1, 4]),
    late=st.booleans(),
)
EVERYTHING = Schedule(
    steps=(
        Step(2, "stop", 0),
        Step(4, "restart", 0),
        Step(6, "pause", 0),
        Step(8, "go on", 0),
        *(Step(after, "restart all", 0) for after in range(9, 20, 2)),
        Step(12, "stop and join", 2),
        Step(14, "restart elsewhere", 1),
    ),
    faults=(
        '[[fault]]\nat_s = 0.1\nkind = "reset"\nnode = "tokyo"\nfor_s = 0.05\n',
        '[[fault]]\nat_s = 0.2\nkind = "reset"\nlink = ["here", "lima"]\nfor_s = 0.05\n',
    ),
    window=4,
    late=True,
)


@given(schedule=SCHEDULES)
@example(schedule=EVERYTHING)
@settings(
    max_examples=12,
    phases=[Phase.explicit, Phase.generate],  # a run takes half a second: shrinking would take minutes
    suppress_health_check=[HealthCheck.too_slow],
)
def test_samples_done_and_legs_agree_to_the_byte_whatever_happens(schedule: Schedule) -> None:
    """An operator who adds the columns up must get the total, and the total must be what was carried."""
    watched = asyncio.run(carry_out(schedule))
    samples = [event.sample for event in watched.events if payload_kind(event) == "sample"]

    assert payload_kind(watched.events[-1]) == "done"
    for before, after in itertools.pairwise(samples):
        assert_nothing_fell(before, after)
    for sample in samples:
        assert sum(leg.bytes_sent for leg in sample.legs) == sample.bytes_sent
        assert sum(leg.bytes_recv for leg in sample.legs) == sample.bytes_received
    if samples:
        assert_carried(watched, samples[-1], watched.events[-1].done)
    assert_failures_have_their_legs_bytes(watched.events)


def assert_nothing_fell(before: MuxBandwidthSample, after: MuxBandwidthSample) -> None:
    """Counters are cumulative, over restarts too, and a route that was set up once stays in the samples."""
    legs = {leg.route_index: leg for leg in after.legs}
    assert after.elapsed_ns >= before.elapsed_ns
    for leg in before.legs:
        assert legs[leg.route_index].bytes_sent >= leg.bytes_sent
        assert legs[leg.route_index].bytes_recv >= leg.bytes_recv


def assert_carried(watched: Watched, last: MuxBandwidthSample, done: MuxBandwidthDone) -> None:
    """The end is the last sample, and that is what came back inside the window, and no more than was relayed."""
    start_s, end_s = watched.window_s
    carried = Counter[int]()
    for route, size, back_s in watched.exchanges:
        carried[route] += size * (start_s <= back_s <= end_s)
    assert (done.total_bytes_sent, done.total_bytes_received) == (last.bytes_sent, last.bytes_received)
    assert done.pump_time_ns == last.elapsed_ns == round((end_s - start_s) * 1e9)
    assert {leg.route_index: leg.bytes_sent for leg in last.legs if leg.bytes_sent} == +carried
    assert {leg.route_index: leg.bytes_recv for leg in last.legs if leg.bytes_recv} == +carried
    assert last.bytes_received <= watched.relayed


def assert_failures_have_their_legs_bytes(events: list[RunEvent]) -> None:
    """A failure's bytes are those of the leg from then on, until the route is set up again."""
    failed: dict[int, int] = {}
    for event in events:
        match payload_kind(event):
            case "route_failure":
                failure = event.route_failure
                failed[failure.route_index] = failure.bytes_received_before_failure
            case "route_established":
                failed.pop(event.route_established.route_index, None)
            case "sample":
                for leg in event.sample.legs:
                    # Where nothing was counted, the failure says what the warm-up carried.
                    assert leg.bytes_recv in {0, failed.get(leg.route_index, leg.bytes_recv)}
            case _:
                pass


async def carry_out(schedule: Schedule) -> Watched:
    """Carry a run out on a network of its own."""
    watched = Watched()
    request = RunRequest(
        routes=ROUTES,
        min_hops=2,
        duration_ns=SAMPLES * SAMPLE_NS,
        sample_interval_ns=SAMPLE_NS,
        io_timeout_ns=150 * MS,
        setup_timeout_ns=500 * MS,
        keep_open_ns=10_000 * MS,
        window=schedule.window,
        window_mode="" if schedule.window else "auto",
        warm_up_ns=0 if schedule.window else 60 * MS,
        extensions=True,
    )
    scenario = parse_scenario(NETWORK + "".join(schedule.faults), file="test.toml")
    with pytest.MonkeyPatch.context() as patch:
        _note_exchanges(patch, watched)
        patch.setattr("muxbw_tui.engine.routes.STALLED_AFTER_S", 0.05)
        async with asyncio.timeout(PATIENCE_S), local_network(scenario) as network:
            engine = Engine(network)
            play = _Play(engine, schedule, watched)
            await engine.execute(request, play.take, run_id="run")
            watched.relayed = sum(node.bytes_to_source for node in (await network.counters()).nodes)
    return watched


class _Play:
    """Takes a run's events and plays the schedule's steps in the loop's next round after their samples."""

    def __init__(self, engine: Engine, schedule: Schedule, watched: Watched) -> None:
        self._engine = engine
        self._schedule = schedule
        self._watched = watched
        self._samples = 0

    def take(self, event: RunEvent) -> None:
        self._watched.events.append(event)
        run = self._engine.find_run("run")
        loop = asyncio.get_running_loop()
        if run is None or run._measurement is None:
            return
        window = run._measurement.window
        self._watched.window_s = window.start_s, window.end_s
        match payload_kind(event):
            case "phase" if event.phase.name == "pump" and self._schedule.late:
                loop.call_at(window.end_s - 0.01, time.sleep, 0.03)
            case "sample":
                self._samples += 1
                for step in self._schedule.steps:
                    if step.after == self._samples:
                        loop.call_soon(_do, run, step)
            case _:
                pass


def _do(run: Run, step: Step) -> None:
    match step.action:
        case "restart":
            run.restart_routes([step.route])
        case "restart elsewhere":
            run.restart_routes([step.route], prefer_new=True)
        case "restart all":
            run.restart_routes([])
        case "stop":
            run.stop_routes([step.route])
        case "stop and join":
            run.stop_routes([step.route])
            run.restart_routes([step.route])
        case "pause":
            run.pause(paused=True)
        case "go on":
            run.pause(paused=False)
        case "end":
            run.stop()
        case unknown:
            raise AssertionError(unknown)


def _note_exchanges(patch: pytest.MonkeyPatch, watched: Watched) -> None:
    """Take note of every block whose echo a connection reports as complete and intact: the other side of the books."""
    submit = PingConnection.submit

    def noting(
        connection: PingConnection, block: Block, *, timeout_s: float, on_done: Callable[[Exchange], None]
    ) -> Exchange:
        def done(exchange: Exchange) -> None:
            if exchange.error is None and block.magic == MAGIC:
                watched.exchanges.append((connection.ref.route_index, block.size_bytes, exchange.finished_s))
            on_done(exchange)

        return submit(connection, block, timeout_s=timeout_s, on_done=done)

    patch.setattr(PingConnection, "submit", noting)
