"""A run without a screen: events reach the state in order, and the end comes last."""

from __future__ import annotations

from muxbw_tui.errors import ConnectError, StreamBrokenError
from muxbw_tui.run.state import RouteStatus, StreamEnd
from muxbw_tui.tui.collector import Collector
from muxbw_tui.units import NS_PER_S
from tests.fakes import source as fake


async def collected(source: fake.ScriptedSource) -> Collector:
    """Return the collector of a source that was read to its end, with everything applied."""
    collector = Collector(source, fake.request(), fake.StillClock())
    await collector.collect()
    collector.apply_waiting()
    return collector


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
