"""One client's queue: bounded, in order, honest about what it merged."""

from __future__ import annotations

import pytest

from muxbw_tui.events import payload_kind
from muxbw_tui.pb.muxbw_pb2 import Phase, RouteProbe, RunEvent
from muxbw_tui.pb.ping_pb2 import MuxBandwidthSample, MuxRouteFailure, MuxRttProbe
from muxbw_tui.server.subscriber import (
    IMPORTANT_LIMIT,
    MERGEABLE_LIMIT,
    Subscriber,
    SubscriberCutError,
)


def sample(number: int) -> RunEvent:
    """Return a sample that can be told from the others."""
    return RunEvent(timestamp_ns=number, sample=MuxBandwidthSample(elapsed_ns=number))


def failure(number: int) -> RunEvent:
    """Return a failure that can be told from the others."""
    return RunEvent(timestamp_ns=number, route_failure=MuxRouteFailure(route_index=number))


async def read_all(subscriber: Subscriber) -> list[RunEvent]:
    """End the subscriber and return what it still yields."""
    subscriber.end()
    return [event async for event in subscriber.events()]


async def test_events_come_out_in_order() -> None:
    """Samples and failures wait in two queues, and must not overtake each other."""
    subscriber = Subscriber(extensions=True)
    put = [sample(1), failure(2), sample(3), sample(4), failure(5)]
    for event in put:
        subscriber.put(event)

    assert await read_all(subscriber) == put


async def test_a_slow_reader_loses_old_samples_and_is_told_how_many() -> None:
    """Counters are cumulative, so the newest samples say everything; a silent loss would not."""
    subscriber = Subscriber(extensions=True)
    subscriber.put(failure(0))
    for number in range(MERGEABLE_LIMIT + 25):
        subscriber.put(sample(number))
    for _ in range(2):
        subscriber.put(RunEvent(rtt_probe=MuxRttProbe(sequence=1)))
    events = await read_all(subscriber)
    kinds = [payload_kind(event) for event in events]

    assert kinds[:2] == ["gap", "route_failure"]
    assert events[0].gap.samples_merged == 27
    assert len([kind for kind in kinds if kind in {"sample", "rtt_probe"}]) == MERGEABLE_LIMIT
    assert events[2].sample.elapsed_ns == 27


async def test_what_matters_is_never_dropped_and_the_reader_is_cut_instead() -> None:
    """A reader that misses a failure would show a dead route as alive."""
    subscriber = Subscriber(extensions=True)
    for number in range(IMPORTANT_LIMIT + 1):
        subscriber.put(failure(number))

    with pytest.raises(SubscriberCutError, match="10000 events behind"):
        await read_all(subscriber)


async def test_a_stock_client_gets_stock_payloads_only() -> None:
    """It asked for no extensions, so it need not know them."""
    subscriber = Subscriber(extensions=False)
    subscriber.put(RunEvent(phase=Phase(name="pump")))
    subscriber.put(failure(1))
    for number in range(MERGEABLE_LIMIT + 1):
        subscriber.put(sample(number))
    kinds = {payload_kind(event) for event in await read_all(subscriber)}

    assert kinds == {"route_failure", "sample"}


async def test_self_probes_are_merged_and_counted_apart() -> None:
    """They come at the rate of probes, and are none of those whose losses the ledger shows."""
    subscriber = Subscriber(extensions=True)
    for number in range(MERGEABLE_LIMIT + 4):
        subscriber.put(RunEvent(route_probe=RouteProbe(sequence=number)))
    gap = (await read_all(subscriber))[0].gap

    assert (gap.route_probes_merged, gap.probes_merged, gap.probes_lost) == (4, 0, 0)


async def test_a_phase_is_said_again_to_those_alone_who_have_nothing_to_read() -> None:
    """A client that has stopped reading for hours must not be cut off for signs of life."""
    subscriber = Subscriber(extensions=True)
    again = RunEvent(phase=Phase(name="pump", lasted_ns=1))
    for _ in range(2):
        subscriber.put(again)
    subscriber.put(failure(1))
    subscriber.put(again)

    assert await read_all(subscriber) == [again, failure(1)]


async def test_the_backlog_comes_first_and_does_not_count_as_waiting() -> None:
    """A newcomer to a long run must not be cut off for what it has not had the time to read."""
    backlog = [failure(number) for number in range(2 * IMPORTANT_LIMIT)]
    subscriber = Subscriber(extensions=True, backlog=backlog)
    subscriber.put(failure(-1))

    assert subscriber.depths == (1, 0)
    assert await read_all(subscriber) == [*backlog, failure(-1)]


async def test_probes_without_an_answer_are_counted_among_the_merged() -> None:
    """Losses are what probes are for; merging must not hide them."""
    subscriber = Subscriber(extensions=True)
    for number in range(MERGEABLE_LIMIT + 4):
        latency_ns = 1000 if number % 2 else 0
        subscriber.put(RunEvent(rtt_probe=MuxRttProbe(sequence=number, latency_ns=latency_ns)))
    gap = (await read_all(subscriber))[0].gap

    assert (gap.probes_merged, gap.probes_lost) == (4, 2)
