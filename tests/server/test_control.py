"""Control of a run over real gRPC: several clients on one run, and what each may ask of it."""

from __future__ import annotations

import asyncio

import grpc
import pytest

from muxbw_tui.errors import ControlError
from muxbw_tui.events import payload_kind
from muxbw_tui.pb.muxbw_pb2 import ProbePath, RunEvent, WatchRunRequest
from muxbw_tui.pb.muxbw_pb2_grpc import MuxControlStub
from muxbw_tui.run import reducer
from muxbw_tui.run.state import RouteStatus
from muxbw_tui.server.hub import FINISHED_KEPT
from muxbw_tui.server.subscriber import IMPORTANT_LIMIT
from muxbw_tui.sources.channel import Endpoint
from muxbw_tui.sources.runs import pick_run, runs_at
from tests.conftest import eventually
from tests.server.support import LONG_NS, MS, collect, read_until, request, server, source_of, watching

# gRPC reads ahead for a client that does not read, by default megabytes.
TAKES_LITTLE = (("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 1024))
ENDLESS = request(duration_ns=LONG_NS)


async def test_a_newcomer_gets_the_digest_and_then_every_live_event() -> None:
    """Nothing may be lost or told twice where the one ends and the other begins."""
    async with server() as running:
        first = source_of(running, request(duration_ns=1_500 * MS, routes=2))
        seen: list[RunEvent] = []
        told: list[RunEvent] = []
        async with asyncio.TaskGroup() as group:
            async for event in first.events():
                seen.append(event)
                if payload_kind(event) == "sample" and not told:
                    told.append(event)
                    joining = group.create_task(collect(source_of(running, run_id=first.run_id or "")))
        await first.close()
        joined = joining.result()

    kinds = [payload_kind(event) for event in joined]
    samples = [event for event in joined if payload_kind(event) == "sample"]
    live = [
        event
        for event in seen
        if payload_kind(event) == "sample" and event.timestamp_ns > told[0].timestamp_ns
    ]
    assert kinds[0] == "run_started"
    assert kinds[-1] == "done"
    assert kinds.count("route_established") == 2
    assert len(live) > 3
    assert samples[-len(live) :] == live


async def test_the_newcomers_state_is_that_of_one_who_was_there() -> None:
    """Two operators who look at one run talk about the same thing, restarts and failures included."""
    async with server("flaky") as running:
        first = source_of(running, request(duration_ns=LONG_NS, keep_open_ns=LONG_NS))
        mine, theirs = reducer.start(ENDLESS), reducer.start(ENDLESS)
        live = first.events()
        async for event in live:
            reducer.apply(mine, event)
            if payload_kind(event) == "route_failure":
                break
        other = source_of(running, run_id=first.run_id or "")
        async with watching(other, until="run_started") as events:
            async for event in events:
                reducer.apply(theirs, event)
                if payload_kind(event) == "route_failure":
                    break
        await first.close()

    assert theirs.routes[1].status is RouteStatus.DIED
    assert theirs.routes[1] == mine.routes[1]
    assert {i: r.hops for i, r in theirs.routes.items()} == {i: r.hops for i, r in mine.routes.items()}


async def test_a_newcomer_knows_what_is_told_of_before_and_what_happens_now() -> None:
    """Of what is told no sample stands for another; of what happens now the latest does."""
    async with server() as running:
        first = source_of(running, ENDLESS)
        async with watching(first, until="sample"):
            other = source_of(running, run_id=first.run_id or "")
            told: list[RunEvent] = []
            async for event in other.events():
                if other.may_merge:
                    break
                told.append(event)
            merged_from_the_start = first.may_merge
            await other.close()

    assert payload_kind(told[0]) == "run_started"
    assert payload_kind(told[-1]) == payload_kind(event) == "sample"
    assert told[-1].timestamp_ns < event.timestamp_ns
    assert merged_from_the_start


async def test_a_run_that_is_not_under_way_cannot_be_watched() -> None:
    """An id that was mistyped, or a run that is over: said as it is, not as a lost connection."""
    async with server() as running:
        with pytest.raises(ControlError, match="no run 'nowhere' is under way"):
            await collect(source_of(running, run_id="nowhere"))


async def test_the_client_that_started_a_run_may_leave_while_another_watches() -> None:
    """A run belongs to all who look at it, and ends with the last of them."""
    async with server() as running:
        first = source_of(running, ENDLESS)
        async with watching(first):
            second = source_of(running, run_id=first.run_id or "")
            async with watching(second) as events:
                await first.close()
                await eventually(lambda: [len(hosted.subscribers) for hosted in running.hub.runs] == [1])
                await read_until(events, "sample")
                await read_until(events, "sample")
        await eventually(lambda: not running.hub.runs)


async def test_a_watcher_that_leaves_does_not_end_the_run() -> None:
    """A look from a second terminal must not cost the measurement."""
    async with server() as running:
        first = source_of(running, ENDLESS)
        async with watching(first) as events:
            second = source_of(running, run_id=first.run_id or "")
            async with watching(second):
                pass
            await eventually(lambda: [len(hosted.subscribers) for hosted in running.hub.runs] == [1])
            await read_until(events, "sample")


async def test_a_lingering_run_can_be_taken_up_again() -> None:
    """A broken stream is not the end of a run whose client asked it to wait."""
    async with server() as running:
        first = source_of(running, request(duration_ns=LONG_NS, linger_ns=LONG_NS))
        async with watching(first):
            pass
        await eventually(lambda: [len(hosted.subscribers) for hosted in running.hub.runs] == [0])
        second = source_of(running, run_id=first.run_id or "")
        async with watching(second) as events:
            await second.stop_run()
            done = await read_until(events, "done")

    assert done.done.termination_reason == "context_cancel"


@pytest.mark.parametrize("when", ["at the start", "later"])
async def test_a_detached_run_outlives_all_its_clients(when: str) -> None:
    """It goes on while nobody looks, and whoever comes back finds it as it is."""
    async with server() as running:
        first = source_of(running, request(duration_ns=LONG_NS, detached=when == "at the start"))
        async with watching(first):
            if when == "later":
                await first.detach()
            assert first.outlives_us
        await eventually(lambda: [len(hosted.subscribers) for hosted in running.hub.runs] == [0])
        second = source_of(running, run_id=first.run_id or "")
        async with watching(second) as events:
            await second.stop_run()
            await read_until(events, "done")
        await asyncio.wait_for(running.hub.until_none_detached(), 5)


async def test_routes_are_stopped_and_join_again() -> None:
    """What an operator takes out on purpose is no failure, and can be put back."""
    async with server() as running:
        source = source_of(running, ENDLESS)
        async with watching(source) as events:
            reply = await source.stop_routes([1, 9])
            dropped = await read_until(events, "leg_lifecycle")
            again = await source.restart_routes([1], prefer_new=True)
            established = await read_until(events, "route_established")

    assert list(reply.stopped) == [1]
    assert [(r.route_index, r.reason) for r in reply.not_stopped] == [(9, "the run has no route 9")]
    assert (dropped.leg_lifecycle.event, dropped.leg_lifecycle.route_index) == ("dropped", 1)
    assert list(again.restarting) == [1]
    assert established.route_established.route_index == 1


async def test_two_operators_at_once_do_a_thing_once() -> None:
    """Both press the key at the same fault: one set-up begins, and the other is told that it is under way."""
    async with server() as running:
        first = source_of(running, ENDLESS)
        async with watching(first):
            second = source_of(running, run_id=first.run_id or "")
            async with watching(second):
                stopped = await asyncio.gather(first.stop_routes([2]), second.stop_routes([2]))
                restarted = await asyncio.gather(first.restart_routes([2]), second.restart_routes([2]))
                await asyncio.gather(first.stop_run(), second.stop_run())

    assert sorted(list(reply.stopped) for reply in stopped) == [[], [2]]
    assert [r.reason for reply in stopped for r in reply.not_stopped] == ["it is stopped already"]
    assert sorted(list(reply.restarting) for reply in restarted) == [[], [2]]
    (refused,) = [r.reason for reply in restarted for r in reply.not_restarted]
    assert refused.startswith(("its set-up is under way", "it is pumping"))


async def test_a_pause_stops_the_traffic_until_it_is_lifted() -> None:
    """The operator's look at the idle network, without losing the routes: not one byte moves on any link."""
    async with server() as running:
        network = running.hub.engine.network

        async def carried_bytes() -> int:
            return sum(link.bytes for link in (await network.counters()).links)

        source = source_of(running, ENDLESS)
        async with watching(source) as events:
            await source.pause(paused=True)
            assert (await read_until(events, "paused")).paused.paused
            await read_until(events, "sample")
            await read_until(events, "sample")
            still = await carried_bytes()
            for _ in range(3):
                paused = (await read_until(events, "sample")).sample
            assert await carried_bytes() == still
            await source.pause(paused=False)
            assert not (await read_until(events, "paused")).paused.paused
            await read_until(events, "sample")
            moving = (await read_until(events, "sample")).sample

    assert paused.active_routes == moving.active_routes == 4
    assert moving.bytes_received > paused.bytes_received


async def test_a_run_that_is_paused_before_its_first_block_sends_none_and_no_route_is_blamed() -> None:
    """Whoever pauses while the routes are still being planned means it; a route that may send nothing is not dead."""
    async with server() as running:
        source = source_of(running, request(duration_ns=500 * MS))
        async with watching(source, until="run_started") as events:
            await source.pause(paused=True)
            kinds = {}
            async for event in events:
                kinds[payload_kind(event)] = event
                if payload_kind(event) == "done":
                    break

    assert kinds["paused"].paused.paused
    assert kinds["done"].done.total_bytes_sent == 0
    assert kinds["done"].done.termination_reason == "duration"
    assert "route_failure" not in kinds


async def test_a_client_that_does_not_read_is_cut_holds_up_nobody_and_can_come_back() -> None:
    """It costs neither the run, nor who watches beside it, nor the server's memory; and it loses only its place."""
    async with (
        server() as running,
        grpc.aio.insecure_channel(running.address, options=TAKES_LITTLE) as channel,
    ):
        first = source_of(running, ENDLESS)
        async with watching(first) as events:
            silent = MuxControlStub(channel).WatchRun(WatchRunRequest(run_id=first.run_id))
            await eventually(lambda: len(running.hub.queue_depths()) == 2)
            (hosted,) = running.hub.runs
            for number in range(IMPORTANT_LIMIT + 2001):
                hosted.publish(RunEvent(timestamp_ns=number, probe_path=ProbePath(along_route=number)))
                if number % 1000 == 0:
                    while (await read_until(events, "probe_path")).probe_path.along_route < number:
                        pass
            deepest = max(depths[0] for depths in running.hub.queue_depths())
            with pytest.raises(grpc.aio.AioRpcError) as cut:
                async for _ in silent:
                    pass
            again = source_of(running, run_id=first.run_id or "")
            async with watching(again, until="run_started") as digest:
                last = await read_until(digest, "probe_path")
                await read_until(digest, "sample")

    assert deepest == IMPORTANT_LIMIT + 1
    assert cut.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert cut.value.details() == "the client fell 10000 events behind and was cut off"
    assert last.probe_path.along_route == IMPORTANT_LIMIT + 2000


async def test_the_runs_under_way_are_listed() -> None:
    """Who comes to a server must be able to see what goes on there before joining in."""
    async with server() as running:
        assert await runs_at(Endpoint(running.address)) == []
        source = source_of(running, ENDLESS)
        async with watching(source):
            (found,) = await runs_at(Endpoint(running.address))

    summary = found.summary
    assert pick_run([found], (source.run_id or "")[:6]) == found
    assert (summary.run_id, summary.phase, summary.active_routes) == (source.run_id, "pump", 4)
    assert (summary.watchers, summary.request.duration_ns) == (1, LONG_NS)
    assert summary.started_ns > 0


@pytest.mark.parametrize("method", ["restart_routes", "stop_routes", "pause", "detach"])
async def test_control_of_a_run_that_is_over_is_refused(method: str) -> None:
    """A key that comes too late gets an answer."""
    async with server() as running:
        source = source_of(running, request(duration_ns=100 * MS))
        async for _ in source.events():
            pass
        calls = {
            "restart_routes": lambda: source.restart_routes([0]),
            "stop_routes": lambda: source.stop_routes([0]),
            "pause": lambda: source.pause(paused=True),
            "detach": source.detach,
        }
        with pytest.raises(ControlError, match="is under way here"):
            await calls[method]()
        await source.close()


async def test_a_client_of_the_stock_contract_sees_stock_payloads_alone() -> None:
    """It asked for no extensions, whatever is done to its run through control."""
    async with server() as running:
        source = source_of(running, request(duration_ns=LONG_NS, extensions=False))
        kinds: set[str] = set()
        async for event in source.events():
            kinds.add(payload_kind(event))
            if payload_kind(event) == "sample" and "leg_lifecycle" not in kinds:
                await source.pause(paused=True)
                await source.stop_routes([1])
                await source.restart_routes([1])
            elif payload_kind(event) == "sample" and all(
                leg.bytes_recv for leg in event.sample.legs if leg.route_index != 1
            ):
                await source.stop_run()
        await source.close()

    assert kinds == {"route_established", "sample", "leg_lifecycle", "done"}


async def test_a_client_that_comes_back_late_still_learns_how_the_run_ended() -> None:
    """Its connection broke, the run ended meanwhile: the figures must not be lost with it."""
    async with server() as running:
        first = source_of(running, request(duration_ns=300 * MS, linger_ns=LONG_NS))
        mine = await collect(first)
        late = await collect(source_of(running, run_id=first.run_id or ""))

    assert payload_kind(late[-1]) == "done"
    assert late[-1] == mine[-1]


async def test_a_run_that_was_to_wait_for_nobody_is_forgotten_at_its_end() -> None:
    """What nobody can ask for takes no memory."""
    async with server() as running:
        first = source_of(running, request(duration_ns=300 * MS))
        await collect(first)
        with pytest.raises(ControlError, match="no run"):
            await collect(source_of(running, run_id=first.run_id or ""))


async def test_only_the_latest_runs_that_are_over_are_kept() -> None:
    """A server that has been up for months has had many."""
    async with server() as running:
        ids = []
        for _ in range(FINISHED_KEPT + 1):
            source = source_of(running, request(target_pk="nobody", linger_ns=LONG_NS))
            await collect(source)
            ids.append(source.run_id or "")
        with pytest.raises(ControlError, match="no run"):
            await collect(source_of(running, run_id=ids[0]))
        assert payload_kind((await collect(source_of(running, run_id=ids[1])))[-1]) == "error"
