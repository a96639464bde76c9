"""Whole runs on real nodes and links in this process: phases, failures, restarts, and what is left afterwards."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.engine.config import PingConfig
from muxbw_tui.engine.operations import PingOperations
from muxbw_tui.events import payload_kind
from muxbw_tui.pb.muxbw_pb2 import RunRequest
from tests.conftest import PATIENCE_S, eventually
from tests.engine.support import BLOCK, MS, watched

if TYPE_CHECKING:
    from collections.abc import Sequence

    from muxbw_tui.pb.muxbw_pb2 import RunEvent

pytestmark = pytest.mark.usefixtures("nothing_left")


async def test_a_healthy_run_goes_through_its_phases_and_ends_with_done() -> None:
    """The order is the contract: what is announced first, and that done is last."""
    async with watched() as it:
        await it.execute()
        kinds = it.kinds()
        done = it.events[-1].done

        assert kinds[0] == "run_started"
        assert kinds[-1] == "done"
        assert it.phases() == ["planning", "set_up", "pump", "done"]
        assert kinds.count("route_established") == done.routes_established == 3
        assert done.termination_reason == "duration"


async def test_totals_agree_to_the_byte() -> None:
    """One window, one set of counters: the last sample, its legs and done can but say the same."""
    async with watched() as it:
        await it.execute()
        last = it.of_kind("sample")[-1].sample
        done = it.events[-1].done

        assert (
            last.bytes_received == done.total_bytes_received == sum(leg.bytes_recv for leg in last.legs) > 0
        )
        assert last.bytes_sent == done.total_bytes_sent == sum(leg.bytes_sent for leg in last.legs)
        assert last.elapsed_ns == done.pump_time_ns == 500 * MS
        assert done.avg_recv_bps == done.total_bytes_received * 8 / 0.5
        assert done.wall_time_ns > done.pump_time_ns + done.setup_total_ns - MS


async def test_the_networks_own_counters_equal_the_legs() -> None:
    """Headers are part of the block, so relays and links count just what the legs report, and what was under way."""
    async with watched() as it:
        await it.execute()
        legs = it.of_kind("sample")[-1].sample.legs
        counters = await it.network.counters()
        relayed = {node.key: node for node in counters.nodes}

        for leg in legs:
            node = relayed[leg.intermediate_pk]
            assert leg.bytes_sent <= node.bytes_to_target <= leg.bytes_sent + BLOCK
            assert leg.bytes_recv <= node.bytes_to_source <= leg.bytes_recv + BLOCK


async def test_every_byte_of_an_exchange_passes_every_hop_once() -> None:
    """Nothing under way, nothing aborted: then the counters of relay and links are equal to the byte."""
    async with watched() as it:
        operations = PingOperations(it.network)
        config = PingConfig(it.network.topology.target, 0, run_id="exact", min_hops=2)
        await operations.dial_ping(config)
        before = await it.network.counters()
        for _ in range(10):
            await operations.ping_once_with_echo(config)
        after = await it.network.counters()
        operations.stop_ping_route(config)

    relays = [b.bytes_to_target - a.bytes_to_target for a, b in zip(before.nodes, after.nodes, strict=True)]
    back = [b.bytes_to_source - a.bytes_to_source for a, b in zip(before.nodes, after.nodes, strict=True)]
    links = [b.bytes - a.bytes for a, b in zip(before.links, after.links, strict=True)]
    assert sorted(relays) == sorted(back) == [0, 0, 0, 0, 10 * BLOCK]
    assert sorted(links) == [0] * 8 + [10 * BLOCK] * 4


async def test_a_route_that_is_reset_is_reported_with_its_bytes() -> None:
    """The failure's bytes are those of the leg, from then on and in every later sample."""
    async with watched('[[fault]]\nat_s = 0.2\nroute = 1\nkind = "reset"\n') as it:
        await it.execute()
        (failed,) = it.of_kind("route_failure")
        failure = failed.route_failure
        legs = [s.sample.legs[1] for s in it.of_kind("sample") if s.timestamp_ns > failed.timestamp_ns]

        assert failure.route_index == 1
        assert failure.error_message.endswith(
            ": connection reset by peer"
        )  # which half of it saw it is chance
        assert failure.bytes_received_before_failure > 0
        assert failure.elapsed_ns >= 200 * MS
        assert {leg.bytes_recv for leg in legs} == {failure.bytes_received_before_failure}
        assert not any(leg.alive for leg in legs)
        assert it.events[-1].done.termination_reason == "duration"


async def test_routes_that_never_carry_a_byte_are_reported_with_none() -> None:
    """Established, then nothing: the finding that once could not be seen at all."""
    async with watched('[[fault]]\non = "setup"\nkind = "no-entry"\n') as it:
        await it.execute()
        failures = [event.route_failure for event in it.of_kind("route_failure")]

        assert [failure.route_index for failure in failures] == [0, 1, 2]
        assert {f.bytes_sent_before_failure + f.bytes_received_before_failure for f in failures} == {0}
        assert all(f.error_message.endswith(f"#{f.route_index}, call DialPing first") for f in failures)
        assert not any(event.route_established.failed for event in it.of_kind("route_established"))
        assert it.events[-1].done.termination_reason == "all_routes_failed"


async def test_a_route_that_swallows_everything_is_reported_when_the_run_ends() -> None:
    """Its deadline lies beyond the window; it must not pass for a route that worked."""
    async with watched('[[fault]]\nat_s = 0\nroute = 2\nkind = "blackhole"\n') as it:
        await it.execute()
        (failed,) = it.of_kind("route_failure")

        assert failed.route_failure.route_index == 2
        assert failed.route_failure.bytes_received_before_failure == 0
        assert failed.route_failure.error_message == "read echo: no echo before the run ended"


async def test_a_route_that_swallows_everything_fails_at_its_deadline() -> None:
    """A stall becomes a failure that names the direction."""
    async with watched('[[fault]]\nat_s = 0\nroute = 2\nkind = "blackhole"\n') as it:
        await it.execute(io_timeout_ns=200 * MS)
        (failed,) = it.of_kind("route_failure")

        assert failed.route_failure.error_message == "read echo: i/o timeout"


async def test_routes_that_cannot_be_set_up_end_the_run() -> None:
    """Without a route there is nothing to pump, and waiting would only cost time."""
    async with watched('[[fault]]\non = "setup"\nkind = "refuse"\n') as it:
        await it.execute()
        established = [event.route_established for event in it.of_kind("route_established")]

        assert [(e.failed, e.setup_err != "") for e in established] == [(True, True)] * 3
        assert "pump" not in it.phases()
        assert it.events[-1].done.termination_reason == "all_routes_failed"
        assert it.events[-1].done.routes_established == 0


async def test_all_routes_are_set_up_at_once() -> None:
    """One after another, eight routes would take eight times as long, and the last would wait for the first."""
    slow = '[[fault]]\non = "setup"\nkind = "slow-setup"\ndelay_s = 0.3\n'
    async with watched(slow) as it, it.executing(duration_ns=60_000 * MS):
        await eventually(lambda: "set_up" in it.phases())
        await asyncio.sleep(0)

        names = {task.get_name() for task in asyncio.all_tasks()}
        dialling = {name for name in names if name.startswith("route:") and name.endswith(":set-up")}
        assert dialling == {"route:0:set-up", "route:1:set-up", "route:2:set-up"}


async def test_a_slow_set_up_ends_at_the_callers_timeout() -> None:
    """The caller's set-up timeout is the only one that counts."""
    async with watched('[[fault]]\non = "setup"\nroute = 0\nkind = "slow-setup"\ndelay_s = 30\n') as it:
        await it.execute(setup_timeout_ns=300 * MS)
        (first,) = it.of_kind("route_established", 0)

        assert first.route_established.failed
        assert "timeout" in first.route_established.setup_err
        assert it.events[-1].done.routes_established == 2


async def test_fewer_paths_than_routes_is_said_and_the_run_goes_on() -> None:
    """The operator asked for more than there is, and must not count the missing ones as broken."""
    async with watched() as it:
        await it.execute(routes=5)

        details = [e.limits.detail for e in it.of_kind("limits") if e.limits.kind == "paths"]
        assert len(details) == 1
        assert "3 exist" in details[0]
        failed = [e.route_established for e in it.of_kind("route_established") if e.route_established.failed]
        assert sorted(e.route_index for e in failed) == [3, 4]
        assert it.events[-1].done.routes_established == 3


async def test_a_failed_route_is_restarted_and_its_counters_go_on() -> None:
    """A second route_established reverses the failure; the leg continues where it stood."""
    fault = '[[fault]]\nat_s = 0.1\nroute = 1\nkind = "reset"\nfor_s = 0.1\n'
    async with watched(fault) as it, it.executing(duration_ns=60_000 * MS):
        await eventually(lambda: bool(it.of_kind("route_failure")))
        before = it.of_kind("route_failure")[0].route_failure.bytes_received_before_failure

        def restarted() -> bool:
            it.run.restart_routes([1])
            return not it.of_kind("route_established", 1)[-1].route_established.failed

        await eventually(lambda: restarted() and len(it.of_kind("route_established", 1)) > 1)
        await eventually(lambda: it.of_kind("sample")[-1].sample.legs[1].bytes_recv > before)

        assert it.of_kind("restarting", 1)[0].restarting.attempt == 2
        assert it.of_kind("sample")[-1].sample.legs[1].alive


async def test_a_restart_may_take_another_path() -> None:
    """Where the node at fault stays broken, the same path would fail for ever."""
    fault = '[[fault]]\nat_s = 0.1\nnode = "osaka"\nkind = "reset"\n'
    async with watched(fault) as it, it.executing(routes=2, duration_ns=60_000 * MS):
        await eventually(lambda: bool(it.of_kind("route_failure", 0)))
        assert list(it.run.restart_routes([0], prefer_new=True).restarting) == [0]
        await eventually(lambda: len(it.of_kind("route_established", 0)) == 2)
        first, second = (event.route_established for event in it.of_kind("route_established", 0))
        names = it.network.topology.node_names

        assert [names[e.hops[0].to] for e in (first, second)] == ["osaka", "lima"]
        assert not second.failed


async def test_two_routes_restarted_at_once_take_two_other_paths() -> None:
    """Each new path must be disjoint from what the other has just taken, not from what it had."""
    faults = "".join(
        f'[[fault]]\nat_s = 0.1\nroute = {index}\nkind = "reset"\nfor_s = 0.1\n' for index in (0, 1)
    )
    async with (
        watched(faults) as it,
        it.executing(routes=2, duration_ns=60_000 * MS, keep_open_ns=60_000 * MS),
    ):
        await eventually(lambda: len(it.of_kind("route_failure")) == 2)
        assert list(it.run.restart_routes([], prefer_new=True).restarting) == [0, 1]
        await eventually(lambda: len(it.of_kind("route_established")) == 4)
        names = it.network.topology.node_names
        relays = {
            index: names[it.of_kind("route_established", index)[-1].route_established.hops[0].to]
            for index in (0, 1)
        }

        assert relays == {0: "lima", 1: "osaka"}


async def test_a_stalled_route_can_be_restarted(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has not failed, but an operator need not wait for its deadline; the old pump ends with a failure event."""
    monkeypatch.setattr("muxbw_tui.engine.routes.STALLED_AFTER_S", 0.2)
    async with (
        watched('[[fault]]\nat_s = 0.1\nroute = 0\nkind = "stall"\nfor_s = 0.2\n') as it,
        it.executing(duration_ns=60_000 * MS),
    ):
        await eventually(lambda: "pump" in it.phases())

        async def restarted() -> None:
            while not it.run.restart_routes([0]).restarting:
                await asyncio.sleep(0.01)

        await asyncio.wait_for(restarted(), PATIENCE_S)
        await eventually(lambda: len(it.of_kind("route_established", 0)) == 2)

        (failure,) = it.of_kind("route_failure", 0)
        assert failure.route_failure.error_message == "read echo: use of closed connection"
        order = [kind for kind in it.kinds() if kind in {"route_failure", "restarting"}]
        assert order == ["route_failure", "restarting"]


async def test_what_cannot_be_restarted_is_left_with_a_reason() -> None:
    """Nothing happens is no answer."""
    async with watched() as it, it.executing(routes=4, duration_ns=60_000 * MS):
        await eventually(lambda: bool(it.of_kind("sample")))
        reply = it.run.restart_routes([0, 3, 9])

        assert list(reply.restarting) == []
        assert {refusal.route_index: refusal.reason for refusal in reply.not_restarted} == {
            0: "it is pumping",
            3: "no further path exists that shares no intermediate with the others",
            9: "the run has no route 9",
        }


async def test_the_client_may_keep_a_run_without_routes_open() -> None:
    """The dashboard does, so that the operator can restart what died."""
    async with watched('[[fault]]\nat_s = 0.1\nkind = "reset"\nfor_s = 0.2\n') as it:
        async with it.executing(duration_ns=60_000 * MS, keep_open_ns=60_000 * MS):
            await eventually(lambda: len(it.of_kind("route_failure")) == 3)

            async def revived() -> None:
                while it.of_kind("sample")[-1].sample.active_routes < 3:
                    it.run.restart_routes([])
                    await asyncio.sleep(0.05)

            await asyncio.wait_for(revived(), PATIENCE_S)
            it.run.stop()
            await eventually(lambda: it.kinds()[-1] == "done")
        assert it.events[-1].done.termination_reason == "context_cancel"


async def test_a_run_kept_open_in_vain_ends_all_the_same() -> None:
    """The operator may be asleep."""
    async with watched('[[fault]]\nat_s = 0.05\nkind = "reset"\n') as it:
        await it.execute(duration_ns=60_000 * MS, keep_open_ns=200 * MS)

        assert it.events[-1].done.termination_reason == "all_routes_failed"


@pytest.mark.parametrize("phase", ["set_up", "warm_up", "idle_baseline", "pump"])
async def test_stopping_in_any_phase_ends_with_done(phase: str) -> None:
    """Ctrl+C at any moment must leave a summary, not a broken stream."""
    slow = '[[fault]]\non = "setup"\nroute = 0\nkind = "slow-setup"\ndelay_s = 0.3\n'
    async with watched(slow) as it:
        async with it.executing(
            duration_ns=60_000 * MS, idle_baseline_duration_ns=60_000 * MS if phase != "pump" else 0
        ):
            await eventually(lambda: phase in it.phases())
            table = it.run.operations.table
            it.run.stop()
            await eventually(lambda: it.kinds()[-1] == "done")

        assert it.events[-1].done.termination_reason == "context_cancel"
        assert len(table) == 0


@pytest.mark.parametrize("how", ["stopped", "cancelled"])
@pytest.mark.parametrize("phase", ["planning", "set_up", "warm_up", "idle_baseline", "pump"])
async def test_a_run_may_end_in_the_instant_in_which_a_phase_begins(phase: str, how: str) -> None:
    """What the phase was about to start must not begin after everything was stopped, and then go on by itself."""
    request = RunRequest(
        routes=3,
        min_hops=2,
        duration_ns=60_000 * MS,
        window_mode="auto",
        warm_up_ns=60_000 * MS if phase == "warm_up" else 10 * MS,
        idle_baseline_duration_ns=10 * MS,
    )
    async with watched() as it:

        def publish(event: RunEvent) -> None:
            it.events.append(event)
            if event.phase.name == phase and how == "stopped":
                it.run.stop()
            elif event.phase.name == phase:
                running.cancel()

        running = asyncio.ensure_future(it.engine.execute(request, publish, run_id="run"))
        (ended,) = await asyncio.wait_for(asyncio.gather(running, return_exceptions=True), PATIENCE_S)

        assert it.kinds()[-1] == "done" if how == "stopped" else isinstance(ended, asyncio.CancelledError)


@pytest.mark.parametrize("phase", ["set_up", "warm_up", "pump"])
async def test_cancelling_in_any_phase_leaves_nothing(phase: str) -> None:
    """A client that disconnects frees everything: no task, no socket, no entry."""
    async with watched() as it:
        async with it.executing(duration_ns=60_000 * MS, probe_rtt=phase == "warm_up"):
            await eventually(lambda: phase in it.phases())
            table = it.run.operations.table

        assert "done" not in it.kinds()
        assert it.engine.find_run("run") is None
        assert len(table) == 0


async def test_a_pause_stops_the_traffic_and_keeps_the_connections() -> None:
    """The operator wants the wire quiet for a moment, and the routes as they are afterwards."""
    async with watched() as it, it.executing(duration_ns=60_000 * MS):
        await eventually(lambda: bool(it.of_kind("sample")))
        it.run.pause(paused=True)
        settled = len(it.of_kind("sample")) + 3
        await eventually(lambda: len(it.of_kind("sample")) > settled)
        quiet = it.of_kind("sample")[-1].sample
        later = len(it.of_kind("sample")) + 4
        await eventually(lambda: len(it.of_kind("sample")) > later)

        assert it.of_kind("sample")[-1].sample.bytes_received == quiet.bytes_received
        assert it.of_kind("sample")[-1].sample.active_routes == 3
        refusal = it.run.restart_routes([0]).not_restarted[0]
        assert refusal.reason == "the traffic is paused"

        it.run.pause(paused=False)
        await eventually(lambda: it.of_kind("sample")[-1].sample.bytes_received > quiet.bytes_received)
        assert [event.paused.paused for event in it.of_kind("paused")] == [True, False]
        assert it.of_kind("route_failure") == []
        assert len(it.of_kind("route_established")) == 3


@pytest.mark.parametrize("carried", [True, False])
async def test_a_route_that_dies_while_paused_is_reported_and_restarted(carried: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """No block is under way that could fail: the route looked alive to the end, and nothing could be done about it."""
    async with watched() as it, it.executing(duration_ns=60_000 * MS, routes=2):
        await eventually(lambda: it.engine.find_run("run") is not None)
        if carried:
            await eventually(lambda: bool(it.of_kind("sample")))
        it.run.pause(paused=True)
        await eventually(lambda: len(it.of_kind("sample")) > 5)
        path = it.of_kind("route_established", 1)[0].route_established.hops
        it.network.node(it.network.topology.node_names[path[0].to]).close()

        await eventually(lambda: bool(it.of_kind("route_failure", 1)))
        failure = it.of_kind("route_failure", 1)[0].route_failure
        assert (failure.bytes_received_before_failure > 0) == carried
        assert list(it.run.restart_routes([1], prefer_new=True).restarting) == [1]
        await eventually(lambda: len(it.of_kind("route_established", 1)) == 2)
        received = it.of_kind("sample")[-1].sample.legs[1].bytes_recv
        it.run.pause(paused=False)
        await eventually(lambda: it.of_kind("sample")[-1].sample.legs[1].bytes_recv > received)
        assert len(it.of_kind("route_failure")) == 1


async def test_a_route_is_not_stalled_by_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    """The key that mends a stalled route must not tear a healthy one down right after a pause."""
    monkeypatch.setattr("muxbw_tui.engine.routes.STALLED_AFTER_S", 0.5)
    async with watched() as it, it.executing(duration_ns=60_000 * MS):
        await eventually(lambda: bool(it.of_kind("sample")))
        it.run.pause(paused=True)
        paused = it.of_kind("sample")[-1].sample.elapsed_ns
        await eventually(lambda: it.of_kind("sample")[-1].sample.elapsed_ns > paused + 1_000 * MS)
        it.run.pause(paused=False)

        assert it.run.restart_routes([0]).not_restarted[0].reason == "it is pumping"


async def test_nothing_is_said_after_done() -> None:
    """A client reads up to `done`; what an operator presses in the last moment must not come behind it."""
    async with watched() as it:
        async with it.executing(duration_ns=60_000 * MS):
            await eventually(lambda: bool(it.of_kind("sample")))
            run = it.run
            run.stop()
            run.pause(paused=True)
            await eventually(lambda: it.kinds()[-1] == "done")
        run.pause(paused=True)
        run.stop_routes([0])
        run.restart_routes([0])

        assert it.kinds()[-1] == "done"
        assert "paused" not in it.kinds()


async def test_a_stopped_route_carries_nothing_until_it_joins_again() -> None:
    """Stopping is no failure: the route leaves on purpose, and a restart lets it back in."""
    async with watched() as it, it.executing(duration_ns=60_000 * MS):
        await eventually(lambda: bool(it.of_kind("sample")))
        reply = it.run.stop_routes([1, 7])

        assert list(reply.stopped) == [1]
        assert [(r.route_index, r.reason) for r in reply.not_stopped] == [(7, "the run has no route 7")]
        assert it.run.stop_routes([1]).not_stopped[0].reason == "it is stopped already"
        await eventually(lambda: not it.of_kind("sample")[-1].sample.legs[1].alive)
        stopped = it.of_kind("sample")[-1].sample.legs[1].bytes_recv
        assert it.of_kind("route_failure") == []
        assert it.of_kind("leg_lifecycle")[0].leg_lifecycle.event == "dropped"

        assert list(it.run.restart_routes([1]).restarting) == [1]
        await eventually(lambda: it.of_kind("sample")[-1].sample.legs[1].bytes_recv > stopped)
        assert it.of_kind("sample")[-1].sample.active_routes == 3


async def test_a_sample_says_what_a_route_had_carried_when_it_was_stopped() -> None:
    """What a restart brings back is told from what came before by nothing else."""
    async with watched() as it, it.executing(duration_ns=60_000 * MS, sample_interval_ns=60_000 * MS):
        await eventually(lambda: "pump" in it.phases())
        it.run.stop_routes([1])

        assert it.kinds()[-2:] == ["leg_lifecycle", "sample"]
        assert [leg.alive for leg in it.events[-1].sample.legs] == [True, False, True]


async def test_a_stopped_route_that_cannot_join_again_has_failed() -> None:
    """Else a run without a route would wait for it to the end, and the operator could neither restart nor stop it."""
    async with watched() as it, it.executing(routes=1, duration_ns=60_000 * MS, keep_open_ns=60_000 * MS):
        await eventually(lambda: bool(it.of_kind("sample")))
        it.run.stop_routes([0])
        it.network.node("osaka").close()
        it.run.restart_routes([0])
        await eventually(lambda: len(it.of_kind("route_established", 0)) == 2)

        assert it.of_kind("route_established", 0)[-1].route_established.failed
        assert it.run.stop_routes([0]).not_stopped[0].reason == "it is not alive"
        assert list(it.run.restart_routes([]).restarting) == [0]


async def test_a_run_waits_for_no_route_that_was_stopped_and_then_failed() -> None:
    """Nobody would restart it: a run that is not kept open is over."""
    async with watched() as it:
        async with it.executing(routes=1, duration_ns=60_000 * MS):
            await eventually(lambda: bool(it.of_kind("sample")))
            it.run.stop_routes([0])
            it.network.node("osaka").close()
            it.run.restart_routes([0])
            await eventually(lambda: it.kinds()[-1] == "done")

        assert it.events[-1].done.termination_reason == "all_routes_failed"


async def test_a_run_whose_routes_were_all_stopped_has_had_its_time() -> None:
    """What was done on purpose is no failure; each route might have joined again until the end."""
    async with watched() as it:
        async with it.executing(duration_ns=400 * MS):
            await eventually(lambda: bool(it.of_kind("sample")))
            assert list(it.run.stop_routes([0, 1, 2]).stopped) == [0, 1, 2]
            await eventually(lambda: it.kinds()[-1] == "done")

        assert it.events[-1].done.termination_reason == "duration"
        assert it.events[-1].done.pump_time_ns == 400 * MS
        assert it.of_kind("route_failure") == []


async def test_windows_grow_in_the_warm_up_which_no_figure_includes() -> None:
    """What the routes carried while their windows grew is in no total."""
    async with watched() as it:
        await it.execute(window_mode="auto", warm_up_ns=400 * MS, duration_ns=300 * MS)
        counters = await it.network.counters()
        carried = sum(node.bytes_to_source for node in counters.nodes)

        assert it.phases() == ["planning", "set_up", "warm_up", "pump", "done"]
        assert 0 < it.events[-1].done.total_bytes_received < carried - 10 * BLOCK
        assert it.events[-1].done.pump_time_ns == 300 * MS


async def test_no_route_that_carried_is_blamed_when_a_run_is_stopped_in_its_warm_up() -> None:
    """No figure includes what it carried there, but it has come back."""
    async with watched() as it:
        async with it.executing(window_mode="auto", warm_up_ns=60_000 * MS):
            await eventually(lambda: "warm_up" in it.phases())
            relayed = [0]
            while min(relayed) <= BLOCK:  # a second block follows the first one's echo
                await asyncio.sleep(0.005)
                nodes = (await it.network.counters()).nodes
                relayed = [node.bytes_to_source for node in nodes if node.bytes_to_source] or [0]
                relayed += [0] * (3 - len(relayed))
            it.run.stop()
            await eventually(lambda: it.kinds()[-1] == "done")

        assert it.of_kind("route_failure") == []


async def test_runs_beside_each_other_do_not_mix() -> None:
    """Two clients on one engine towards one target would else share the table's entries."""
    async with watched() as it:
        streams: Sequence[list[RunEvent]] = ([], [])
        request = RunRequest(routes=2, min_hops=2, duration_ns=300 * MS)
        async with asyncio.timeout(PATIENCE_S), asyncio.TaskGroup() as group:
            for events in streams:
                group.create_task(it.engine.execute(request, events.append))

        for events in streams:
            assert payload_kind(events[-1]) == "done"
            assert not [event for event in events if payload_kind(event) == "route_failure"]
