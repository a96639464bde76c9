"""The probes of whole runs: that on a connection of its own, and those between the blocks of the loaded routes."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

import pytest

from muxbw_tui.engine.config import PING_BYTES, RouteRef
from muxbw_tui.engine.connection import PingConnection
from tests.conftest import eventually
from tests.engine.support import MS, watched

if TYPE_CHECKING:
    from muxbw_tui.engine.blocks import Block
    from muxbw_tui.engine.connection import Exchange

pytestmark = pytest.mark.usefixtures("nothing_left")


async def test_the_probe_has_a_connection_of_its_own_dialled_before_use() -> None:
    """Probes once rode an index that nobody had dialled, and shared a connection with the pump."""
    async with watched() as it:
        async with it.executing(duration_ns=60_000 * MS, probe_rtt=True, probe_interval_ns=20 * MS):
            await eventually(lambda: len(it.of_kind("rtt_probe")) >= 5)
            table = it.run.operations.table
            target = it.run.request.target_pk
            connections = [table.find(RouteRef(target, index)) for index in range(4)]
            it.run.stop()
            await eventually(lambda: it.kinds()[-1] == "done")

        assert all(connections)
        assert len(set(connections)) == 4
        kinds = it.kinds()
        assert kinds.index("probe_path") < kinds.index("rtt_probe")
        assert it.of_kind("probe_path")[0].probe_path.connection_index == 3
        assert {event.rtt_probe.error for event in it.of_kind("rtt_probe")} == {""}
        assert all(event.route_established.route_index < 3 for event in it.of_kind("route_established"))


async def test_the_probe_sends_nothing_after_its_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """A probe sent later would be answered by an idle network and counted as loaded."""
    sent_at_s: list[float] = []
    submit = PingConnection.submit

    def noting(connection: PingConnection, block: Block, **kwargs: Any) -> Exchange:  # passed on as they are
        if block.size_bytes == PING_BYTES:
            sent_at_s.append(asyncio.get_running_loop().time())
        return submit(connection, block, **kwargs)

    monkeypatch.setattr(PingConnection, "submit", noting)
    async with watched() as it:
        began_s, began_ns = asyncio.get_running_loop().time(), time.time_ns()
        await it.execute(probe_rtt=True, probe_interval_ns=20 * MS, idle_baseline_duration_ns=200 * MS)
        done = it.events[-1].done
        pump_ends_s = began_s + (it.of_kind("sample")[-1].timestamp_ns - began_ns) / 1e9
        assert sent_at_s
        assert max(sent_at_s) < pump_ends_s
        phases = {e.phase.name: e.timestamp_ns for e in it.of_kind("phase")}
        idle = [e for e in it.of_kind("rtt_probe") if e.timestamp_ns < phases["pump"]]
        loaded = [e for e in it.of_kind("rtt_probe") if e.timestamp_ns > phases["pump"]]

        assert 0 < done.idle_probe_count == len(idle) <= 10
        assert 0 < done.probe_count == len(loaded) <= 25
        assert loaded[0].rtt_probe.sequence == 1


async def test_what_became_of_the_probes_of_each_phase_is_told() -> None:
    """A run that is stopped tells it too, before `done`; its percentiles would else stand for probes nobody counted."""
    async with (
        watched() as it,
        it.executing(
            duration_ns=60_000 * MS,
            probe_rtt=True,
            probe_interval_ns=10 * MS,
            idle_baseline_duration_ns=100 * MS,
            extensions=True,
        ),
    ):
        await eventually(lambda: "pump" in it.phases() and it.events[-1].HasField("rtt_probe"))
        it.run.stop()
        await eventually(lambda: it.kinds()[-1] == "done")
        done = it.events[-1].done
        idle, loaded = (event.probe_tally for event in it.of_kind("probe_tally"))

        assert (idle.phase, loaded.phase) == ("idle_baseline", "pump")
        assert (idle.answered, loaded.answered) == (done.idle_probe_count, done.probe_count)
        for tally in (idle, loaded):
            assert tally.due >= tally.sent == tally.answered + tally.late + tally.lost + tally.cut_off > 0
        kinds = it.kinds()
        assert kinds.index("probe_tally") < kinds.index("sample")


async def test_the_probe_moves_when_its_route_dies_and_says_so() -> None:
    """Its measurements would else stop with a route that is not its own. It dials once: again would lose probes."""
    async with watched('[[fault]]\nat_s = 0.1\nnode = "osaka"\nkind = "reset"\n') as it:
        await it.execute(duration_ns=1_500 * MS, probe_rtt=True, probe_interval_ns=5 * MS)
        along = [event.probe_path.along_route for event in it.of_kind("probe_path")]
        answered = [e for e in it.of_kind("rtt_probe") if e.rtt_probe.latency_ns]

        assert along in ([0, 1], [0, 2])
        assert answered[-1].timestamp_ns > it.of_kind("probe_path")[-1].timestamp_ns


async def test_self_probes_go_round_the_loaded_routes() -> None:
    """They say what each route's own traffic waits for, on the connection that carries it."""
    async with watched() as it:
        await it.execute(probe_rtt=True, probe_interval_ns=50 * MS, extensions=True, window=4)
        probes = [event.route_probe for event in it.of_kind("route_probe")]
        pump = next(event for event in it.of_kind("phase") if event.phase.name == "pump")

        assert {probe.route_index for probe in probes} == {0, 1, 2}
        for index in range(3):
            sequences = [probe.sequence for probe in probes if probe.route_index == index]
            assert sequences == sorted(set(sequences))
            assert sequences[-1] <= 10
        assert all(0 < probe.latency_ns <= probe.elapsed_ns <= 500 * MS for probe in probes)
        assert it.of_kind("route_probe")[0].timestamp_ns > pump.timestamp_ns


@pytest.mark.parametrize("asked", [{"extensions": True}, {"probe_rtt": True}, {}])
async def test_self_probes_are_said_to_those_alone_who_know_them_and_ask(asked: dict[str, bool]) -> None:
    """A stock client would show an event that it does not know; one that did not ask would record thousands."""
    async with watched() as it:
        await it.execute(probe_interval_ns=20 * MS, sample_interval_ns=20 * MS, **asked)

        assert it.of_kind("route_probe") == []


async def test_samples_tell_a_stock_client_how_long_each_route_takes() -> None:
    """It knows no self probes, but the field that a visor smooths the round trip of each leg into."""
    async with watched() as it:
        await it.execute(probe_rtt=True, probe_interval_ns=20 * MS, sample_interval_ns=20 * MS)
        legs = it.of_kind("sample")[-1].sample.legs

        assert len(legs) == 3
        assert all(0 < leg.latency_ms < 500 for leg in legs)


async def test_self_probes_are_no_more_than_a_hundred_a_second() -> None:
    """A thousand routes at the probe's interval would be ten thousand events a second."""
    async with watched() as it:
        await it.execute(probe_rtt=True, probe_interval_ns=MS, extensions=True)

        assert 0 < len(it.of_kind("route_probe")) <= 51


async def test_the_self_probe_of_a_route_that_swallows_everything_is_lost() -> None:
    """It is a gap in the plot, and must not look like a route that was never probed."""
    async with (
        watched('[[fault]]\nat_s = 0.1\nroute = 2\nkind = "blackhole"\n') as it,
        it.executing(
            duration_ns=60_000 * MS,
            probe_rtt=True,
            probe_interval_ns=20 * MS,
            extensions=True,
            io_timeout_ns=300 * MS,
        ),
    ):
        await eventually(lambda: bool(it.of_kind("route_failure")))
        lost = [event.route_probe for event in it.of_kind("route_probe") if not event.route_probe.latency_ns]

        assert {probe.route_index for probe in lost} == {2}


async def test_a_route_that_was_stopped_has_lost_no_self_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator took it out; a loss would be blamed on the path."""
    monkeypatch.setattr("muxbw_tui.engine.probe_schedule.PROBE_TIMEOUT_S", 0.1)
    async with (
        watched('[[fault]]\nat_s = 0.05\nroute = 0\nkind = "stall"\n') as it,
        it.executing(duration_ns=60_000 * MS, probe_rtt=True, probe_interval_ns=10 * MS, extensions=True),
    ):
        await eventually(
            lambda: any(not event.route_probe.latency_ns for event in it.of_kind("route_probe", 0))
        )
        it.run.stop_routes([0])
        told = len(it.of_kind("route_probe", 0))
        others = len(it.of_kind("route_probe", 1))
        await eventually(lambda: len(it.of_kind("route_probe", 1)) > others + 10)

        assert len(it.of_kind("route_probe", 0)) == told


async def test_no_probe_travels_while_the_traffic_is_paused() -> None:
    """The wire must be as quiet as asked for, and the answer of an idle network would pass for a loaded one's."""
    async with (
        watched() as it,
        it.executing(duration_ns=60_000 * MS, probe_rtt=True, probe_interval_ns=10 * MS, extensions=True),
    ):

        def told() -> tuple[int, int]:
            return len(it.of_kind("route_probe")), len(it.of_kind("rtt_probe"))

        async def none_travels() -> bool:
            before, samples = told(), len(it.of_kind("sample"))
            await eventually(lambda: len(it.of_kind("sample")) > samples + 5)
            return told() == before

        await eventually(lambda: min(told()) > 0)
        it.run.pause(paused=True)
        # Those that were under way may still be answered.
        assert await none_travels() or await none_travels() or await none_travels()

        quiet = told()
        it.run.pause(paused=False)
        await eventually(lambda: all(now > then for now, then in zip(told(), quiet, strict=True)))


async def test_no_probe_is_due_while_no_route_is_alive() -> None:
    """It would be counted as lost on a path that nobody uses, or as the delay of a load that is not there."""
    async with (
        watched() as it,
        it.executing(
            duration_ns=60_000 * MS, probe_rtt=True, probe_interval_ns=10 * MS, keep_open_ns=60_000 * MS
        ),
    ):
        await eventually(lambda: len(it.of_kind("rtt_probe")) >= 5)
        it.run.stop_routes([0, 1, 2])
        stopped = len(it.events)
        samples = len(it.of_kind("sample"))
        await eventually(lambda: len(it.of_kind("sample")) > samples + 5)
        # Those that were under way may still be answered.
        assert len([e for e in it.events[stopped:] if e.HasField("rtt_probe")]) <= 5

        told = len(it.of_kind("rtt_probe"))
        it.run.restart_routes([0])
        await eventually(lambda: len(it.of_kind("rtt_probe")) > told + 5)
        assert it.of_kind("rtt_probe")[-1].rtt_probe.latency_ns
