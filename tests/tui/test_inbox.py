"""The inbox gives up samples and probes, and nothing else."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.pb.muxbw_pb2 import RunEvent
from muxbw_tui.pb.ping_pb2 import MuxBandwidthSample, MuxLegSample, MuxRouteFailure, MuxRttProbe
from muxbw_tui.tui.inbox import Inbox

LOTS = 1_000_000


def sample(number: int) -> RunEvent:
    """Return a sample that its number tells from others."""
    return RunEvent(timestamp_ns=number, sample=MuxBandwidthSample(bytes_sent=number))


def probe(number: int) -> RunEvent:
    """Return a probe of that number."""
    return RunEvent(timestamp_ns=number, rtt_probe=MuxRttProbe(sequence=number))


def failure(number: int) -> RunEvent:
    """Return a failure of the route of that index."""
    return RunEvent(timestamp_ns=number, route_failure=MuxRouteFailure(route_index=number))


async def test_events_come_out_in_the_order_in_which_they_went_in() -> None:
    """A failure that overtook its sample would show bytes that came after the end."""
    inbox = Inbox()
    events = [sample(1), failure(2), probe(3), sample(4)]
    for event in events:
        await inbox.put(event)

    assert inbox.drain(LOTS) == events
    assert inbox.drain(LOTS) == []


async def test_the_latest_samples_stand_for_those_before_them() -> None:
    """Counters are cumulative, so what a slow screen needs is the newest, and the number that it missed."""
    inbox = Inbox(samples_limit=2)
    for event in [sample(1), failure(2), sample(3), sample(4), sample(5)]:
        await inbox.put(event)

    gap, *events = inbox.drain(LOTS)

    assert gap.gap.samples_merged == 2
    assert events == [failure(2), sample(4), sample(5)]


async def test_a_gap_is_told_once() -> None:
    """A gap that is announced again and again would look like a client that never catches up."""
    inbox = Inbox(probes_limit=1)
    for number in range(3):
        await inbox.put(probe(number))
    first = inbox.drain(LOTS)
    await inbox.put(probe(3))

    assert first[0].gap.probes_merged == 2
    assert inbox.drain(LOTS) == [probe(3)]


async def test_a_merged_probe_that_got_no_answer_is_told_as_lost() -> None:
    """A slow screen that counted it as seen alone would show a better path than there is."""
    inbox = Inbox(probes_limit=1)
    answered = RunEvent(rtt_probe=MuxRttProbe(latency_ns=1))
    for event in [probe(0), answered, RunEvent(rtt_probe=MuxRttProbe(error="timeout")), answered]:
        await inbox.put(event)
    gap, *_ = inbox.drain(LOTS)

    assert (gap.gap.probes_merged, gap.gap.probes_lost) == (3, 2)


async def test_the_reader_waits_when_too_much_is_kept() -> None:
    """What may not be dropped must not fill the memory either: the reader stops until the screen has caught up."""
    inbox = Inbox(kept_limit=2)
    await inbox.put(failure(0))
    await inbox.put(failure(1))
    third = asyncio.ensure_future(inbox.put(failure(2)))
    await asyncio.sleep(0)

    assert inbox.full
    assert not third.done()

    drained = inbox.drain(LOTS)
    await third
    assert [event.route_failure.route_index for event in drained] == [0, 1]
    assert [event.route_failure.route_index for event in inbox.drain(LOTS)] == [2]


async def test_a_drain_takes_no_more_than_it_was_told() -> None:
    """One tick must stay short in a flood, and the rest must still be there for the next."""
    inbox = Inbox()
    for number in range(5):
        await inbox.put(failure(number))

    assert [event.route_failure.route_index for event in inbox.drain(3)] == [0, 1, 2]
    assert len(inbox) == 2


async def test_a_put_that_is_cancelled_takes_nothing_in() -> None:
    """An event must not arrive after its reader has gone."""
    inbox = Inbox(kept_limit=1)
    await inbox.put(failure(0))
    waiting = asyncio.ensure_future(inbox.put(failure(1)))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    assert inbox.drain(LOTS) == [failure(0)]
    assert inbox.drain(LOTS) == []


@given(st.lists(st.sampled_from(["sample", "probe", "failure", "drain"]), max_size=80))
def test_whatever_comes_nothing_kept_is_lost_and_every_merged_event_is_counted(steps: list[str]) -> None:
    """The promise on which the screen's truth rests, for any mix of events and drains."""
    make = {"sample": sample, "probe": probe, "failure": failure}

    async def play() -> tuple[list[RunEvent], list[RunEvent]]:
        inbox, put, drained = Inbox(samples_limit=2, probes_limit=3), list[RunEvent](), list[RunEvent]()
        for number, step in enumerate(steps):
            if step == "drain":
                drained += inbox.drain(4)
            else:
                put.append(make[step](number))
                await inbox.put(put[-1])
        return put, drained + inbox.drain(LOTS)

    put, drained = asyncio.run(play())
    gaps = [event.gap for event in drained if event.HasField("gap")]
    events = [event for event in drained if not event.HasField("gap")]
    kept = [event for event in put if event.HasField("route_failure")]

    assert [event.timestamp_ns for event in events] == sorted(event.timestamp_ns for event in events)
    assert [event for event in events if event.HasField("route_failure")] == kept
    merged = sum(gap.samples_merged + gap.probes_merged for gap in gaps)
    assert len(events) + merged == len(put)
    samples = [event for event in put if event.HasField("sample")]
    assert samples[-1:] == [event for event in events if event.HasField("sample")][-1:]


async def test_samples_that_each_say_something_of_their_own_are_kept() -> None:
    """What a newcomer is told holds a sample for every attempt of a route, and a recording is shown whole."""
    inbox = Inbox(kept_limit=5, samples_limit=2)
    events = [sample(number) for number in range(5)]
    for event in events:
        await inbox.put(event, may_merge=False)

    assert inbox.full
    assert inbox.drain(LOTS) == events


async def test_a_tick_takes_fewer_samples_the_more_routes_they_tell_of() -> None:
    """A recording of a thousand routes that is read at once must leave time for the keys."""
    inbox = Inbox()
    large = RunEvent(
        sample=MuxBandwidthSample(legs=[MuxLegSample(route_index=index) for index in range(1_000)])
    )
    for event in [large] * 10:
        await inbox.put(event)
    await inbox.put(failure(1))

    assert len(inbox.drain(400)) == 3
    assert len(inbox.drain(1)) == 1
    assert len(inbox.drain(LOTS)) == 7
