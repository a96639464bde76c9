"""A run without a screen: events reach the state in order, and the end comes last."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from muxbw_tui.clock import SystemClock
from muxbw_tui.errors import ConnectError, StreamBrokenError
from muxbw_tui.run.state import RouteStatus, StreamEnd
from muxbw_tui.sources import reconnect
from muxbw_tui.sources.channel import Endpoint
from muxbw_tui.sources.stream import GrpcSource
from muxbw_tui.tui.collector import Collector
from muxbw_tui.units import NS_PER_S
from tests.conftest import eventually
from tests.fakes import source as fake
from tests.fakes.cable import cable_to
from tests.server.support import LONG_NS, request, server, source_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pytest

    from muxbw_tui.pb.muxbw_pb2 import RunEvent


async def collected(source: fake.ScriptedSource) -> Collector:
    """Return the collector of a source that was read to its end, with everything applied."""
    collector = Collector(source, fake.request(), fake.StillClock())
    await collector.collect()
    collector.apply_waiting()
    return collector


async def collected_once(events: Sequence[RunEvent]) -> Collector:
    """Return the collector of a source that yields the events and ends."""
    source = fake.ScriptedSource(events)
    source.end()
    return await collected(source)


async def test_a_run_that_is_done_has_no_problem() -> None:
    """The end of a stream after done is its ordinary end."""
    source = fake.ScriptedSource([*fake.pumping(), fake.done(9)])
    source.end(StreamBrokenError("reset"))

    collector = await collected(source)

    assert collector.state.end is StreamEnd.DONE
    assert collector.problem is None
    assert collector.ended.is_set()


async def test_a_stream_that_breaks_keeps_what_was_seen_before() -> None:
    """The operator still needs the last known state, with the reason beside it."""
    source = fake.ScriptedSource(fake.pumping())
    source.end(StreamBrokenError("the engine died"))

    collector = await collected(source)

    assert collector.state.end is StreamEnd.BROKEN
    assert str(collector.problem) == "the engine died"
    assert [route.status for route in collector.state.routes.values()] == [RouteStatus.PUMPING] * 4


async def test_a_stream_that_just_stops_is_broken_too() -> None:
    """An end without done must not look like a run that went well."""
    source = fake.ScriptedSource(fake.pumping())
    source.end()

    collector = await collected(source)

    assert isinstance(collector.problem, StreamBrokenError)


async def test_the_kind_of_a_problem_survives() -> None:
    """The exit code and the words on the screen depend on it."""
    source = fake.ScriptedSource()
    source.end(ConnectError("nothing answers"))

    collector = await collected(source)

    assert isinstance(collector.problem, ConnectError)


async def test_silence_is_counted_from_the_last_event() -> None:
    """An engine that hangs sends nothing; only the clock can tell."""
    clock = fake.StillClock()
    source = fake.ScriptedSource(fake.pumping())
    source.end()
    collector = Collector(source, fake.request(), clock)
    await collector.collect()
    clock.now_ns = 5 * NS_PER_S
    collector.apply_waiting()
    clock.now_ns = 12 * NS_PER_S

    assert collector.view(stopping=False).silent_ns == 7 * NS_PER_S


async def test_events_that_wait_when_the_stream_breaks_come_before_what_is_told_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A state that had not heard of its last seconds would take them for news, and then hear of them twice."""
    monkeypatch.setattr(reconnect, "LONGEST_PAUSE_S", 0.0)
    source = fake.ScriptedSource(fake.in_trouble())
    asked = fake.request()
    asked.linger_ns = NS_PER_S
    collector = Collector(source, asked, fake.StillClock())
    source.end(StreamBrokenError("reset"))
    source.add(*fake.in_trouble(), fake.done(9))
    source.end()

    await collector.collect()
    while collector.apply_waiting():
        pass

    whole = await collected_once([*fake.in_trouble(), fake.done(9)])
    told = [entry.text for entry in collector.state.feed if entry.kind != "resumed"]
    assert told == [entry.text for entry in whole.state.feed]
    assert collector.state.routes == whole.state.routes
    assert collector.problem is None


async def test_a_run_whose_network_was_cut_is_shown_as_if_it_had_not_been(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Over real sockets, with a failure meanwhile: the same figures as one who was connected all the time."""
    monkeypatch.setattr(reconnect, "LONGEST_PAUSE_S", 0.02)
    asked = request(duration_ns=LONG_NS, linger_ns=LONG_NS, keep_open_ns=LONG_NS)
    async with server("flaky") as running, cable_to(running.address) as cable:
        ours = Collector(GrpcSource(Endpoint(cable.address), asked), asked, SystemClock())
        async with asyncio.TaskGroup() as group:
            reading = [group.create_task(ours.collect())]
            await eventually(lambda: ours.apply_waiting() and ours.state.sampled)
            theirs = Collector(source_of(running, run_id=ours.source.run_id or ""), asked, SystemClock())
            reading.append(group.create_task(theirs.collect()))
            await cable.cut()
            await eventually(lambda: theirs.apply_waiting() and theirs.state.routes[1].failed)
            outage, given_up = ours.view(stopping=False).outage, ours.view(stopping=False).over
            before = list(ours.state.feed)
            await cable.mend()
            await eventually(lambda: ours.apply_waiting() and ours.state.routes[1].failed)
            await theirs.source.stop_run()
            await asyncio.wait(reading)
        for collector in (ours, theirs):
            collector.apply_waiting()
            await collector.source.close()

    assert outage is not None
    assert not given_up
    assert ours.view(stopping=False).outage is None
    assert ours.problem is None
    assert ours.state.end is theirs.state.end is StreamEnd.DONE
    assert ours.state.routes == theirs.state.routes
    assert ours.state.done == theirs.state.done
    assert list(ours.state.feed)[: len(before)] == before
    texts = [(entry.kind, entry.text, entry.elapsed_ns) for entry in ours.state.feed]
    assert len(texts) == len(set(texts))


async def test_a_recording_that_is_read_at_once_is_shown_whole() -> None:
    """Its figures are those of the run, whatever the screen's pace."""
    high = fake.sample(2, dict.fromkeys(range(4), 3.0), mbps=100)
    low = [fake.sample(3 + second, dict.fromkeys(range(4), 4.0 + second)) for second in range(50)]
    source = fake.ScriptedSource([*fake.set_up(), high, *low], live=False)
    source.end()

    collector = await collected(source)

    assert collector.state.peak_recv_bps == 400e6
