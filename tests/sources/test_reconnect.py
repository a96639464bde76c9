"""Coming back to a run whose stream broke: when to try, when to stop trying, and over real sockets."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import grpc
import pytest

from muxbw_tui.clock import SystemClock
from muxbw_tui.errors import ConnectError, ControlError, MuxbwError, StreamBrokenError
from muxbw_tui.events import payload_kind
from muxbw_tui.sources import reconnect
from muxbw_tui.sources.channel import Endpoint
from muxbw_tui.sources.reconnect import Follower, pause_before_s
from muxbw_tui.sources.stream import GrpcSource
from muxbw_tui.units import NS_PER_S
from tests.conftest import eventually
from tests.fakes import source as fake
from tests.fakes.cable import cable_to
from tests.server.support import LONG_NS, request, server

if TYPE_CHECKING:
    from collections.abc import Sequence

    from muxbw_tui.pb.muxbw_pb2 import RunEvent

BROKEN = StreamBrokenError("the stream broke")
NOBODY = ConnectError("no server answers")


class Sleeper:
    """Sleeps by moving a clock on; remembers for how long."""

    def __init__(self) -> None:
        self.clock = fake.StillClock()
        self.pauses_s: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.pauses_s.append(seconds)
        self.clock.now_ns += round(seconds * NS_PER_S)


def follower_of(
    *items: Sequence[RunEvent] | MuxbwError | None, linger_s: float = 30, cannot_resume: str = ""
) -> tuple[Follower, fake.ScriptedSource, Sleeper, list[int]]:
    """Return a follower of a source that yields and fails as told, its sleeper, and where retellings begin."""
    source = fake.ScriptedSource(cannot_resume=cannot_resume)
    for item in items:
        if item is None or isinstance(item, MuxbwError):
            source.end(item)
        else:
            source.add(*item)
    sleeper = Sleeper()
    retellings: list[int] = []
    follower = Follower(
        source,
        linger_ns=round(linger_s * NS_PER_S),
        clock=sleeper.clock,
        on_retelling=lambda: retellings.append(source.openings),
        sleep=sleeper,
    )
    return follower, source, sleeper, retellings


async def test_a_break_is_mended_and_the_run_goes_on() -> None:
    """The operator looks elsewhere for a minute, and finds the run where it is, not where it was."""
    begin, rest = fake.set_up(), [fake.sample(2, {0: 1}), fake.done(9)]
    follower, source, sleeper, retellings = follower_of(begin, BROKEN, NOBODY, rest, None)

    events = [event async for event in follower.events()]

    assert events == [*begin, *rest]
    assert source.openings == 3
    assert retellings == [1, 2]
    assert len(sleeper.pauses_s) == 2
    assert follower.outage is None


async def test_pauses_grow_to_a_limit_and_no_two_clients_come_back_in_step() -> None:
    """A server that comes up again must not be met by everybody at once, nor asked a thousand times a second."""
    assert [pause_before_s(tries) for tries in range(8)] == [0.5, 1, 2, 4, 8, 15, 15, 15]
    assert pause_before_s(10**6) == 15

    follower, source, sleeper, _ = follower_of(fake.set_up(), *[NOBODY] * 200)
    source.detached = True
    source.end(ControlError("gone"))
    with pytest.raises(StreamBrokenError):
        [event async for event in follower.events()]

    assert all(12 <= pause_s <= 18 for pause_s in sleeper.pauses_s[10:])
    assert len({round(pause_s, 6) for pause_s in sleeper.pauses_s[10:]}) > 100


async def test_what_is_tried_now_and_next_can_be_shown() -> None:
    """A screen that stands still has to say that somebody is at work."""
    follower, _, sleeper, _ = follower_of(fake.set_up(), BROKEN, NOBODY, [fake.done(9)], None)
    shown = []

    async def look_and_sleep(seconds: float) -> None:
        shown.append(follower.outage)
        await sleeper(seconds)

    follower._sleep = look_and_sleep
    while_trying = []
    follower._on_retelling = lambda: while_trying.append(follower.outage)
    [event async for event in follower.events()]

    first, second = (outage for outage in shown if outage is not None)
    assert (first.reason, first.attempt, first.lasted_ns) == ("the stream broke", 1, 0)
    assert first.next_try_in_ns == round(sleeper.pauses_s[0] * NS_PER_S)
    assert first.left_ns == 30 * NS_PER_S
    assert (second.reason, second.attempt) == ("no server answers", 2)
    assert second.lasted_ns == first.next_try_in_ns
    assert second.left_ns == 30 * NS_PER_S - second.lasted_ns
    assert [outage.next_try_in_ns for outage in while_trying if outage] == [0, 0]


async def test_the_last_try_is_made_just_before_the_run_ends_for_want_of_a_client() -> None:
    """A run that waits 30 s is looked for 30 s, not 15, and not for ever."""
    follower, source, sleeper, _ = follower_of(fake.set_up(), *[BROKEN] * 20)

    with pytest.raises(
        StreamBrokenError, match=r"not reached for 30.00 s, and ends without a client \(the stream"
    ):
        [event async for event in follower.events()]

    assert sum(sleeper.pauses_s) == pytest.approx(30)
    assert source.openings == len(sleeper.pauses_s) + 1


async def test_a_run_that_waits_for_nobody_is_looked_for_without_end() -> None:
    """A detached run goes on for hours; whoever watches it may lose his network for one."""
    follower, source, sleeper, _ = follower_of(fake.set_up(), *[NOBODY] * 300, [fake.done(9)], None)
    source.detached = True

    events = [event async for event in follower.events()]

    assert payload_kind(events[-1]) == "done"
    assert sleeper.clock.now_ns > 3600 * NS_PER_S


@pytest.mark.parametrize(
    ("items", "linger_s", "cannot_resume", "words"),
    [
        ([NOBODY], 30, "", "no server answers"),
        ([ControlError("no such run")], 30, "", "^no such run"),
        ([fake.set_up(), BROKEN], 0, "", "the stream broke"),
        ([fake.set_up(), BROKEN], 30, "a stock visor", "the stream broke"),
        (
            [fake.set_up(), BROKEN, ControlError("no run 'r1'")],
            30,
            "",
            "has ended, or its server was started anew",
        ),
    ],
)
async def test_some_breaks_are_final(
    items: list[list[RunEvent] | MuxbwError], linger_s: float, cannot_resume: str, words: str
) -> None:
    """Never begun, no longer there, nobody waits for us, or a visor that cannot: each ends at once, with its reason."""
    follower, source, sleeper, _ = follower_of(*items, linger_s=linger_s, cannot_resume=cannot_resume)

    with pytest.raises(MuxbwError, match=words):
        [event async for event in follower.events()]

    assert (
        len(sleeper.pauses_s)
        == source.openings - 1
        == sum(isinstance(item, MuxbwError) for item in items) - 1
    )


async def test_an_engine_that_is_found_dead_is_not_waited_for() -> None:
    """Its socket is gone with it: only a new run helps."""
    follower, source, _, _ = follower_of(fake.set_up(), BROKEN)

    async def die(_seconds: float) -> None:
        source.cannot_resume = "killed by signal 9"
        source.end(StreamBrokenError("killed by signal 9"))

    follower._sleep = die
    with pytest.raises(StreamBrokenError, match=r"^killed by signal 9"):
        [event async for event in follower.events()]


async def test_a_cable_that_was_cut_and_mended_brings_the_same_run_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Over real sockets: gRPC has waits of its own, which must not hold us up."""
    monkeypatch.setattr(reconnect, "FIRST_PAUSE_S", 0.02)
    monkeypatch.setattr(reconnect, "LONGEST_PAUSE_S", 0.02)
    asked = request(duration_ns=LONG_NS, linger_ns=LONG_NS, routes=2)
    async with server() as running, cable_to(running.address) as cable:
        source = GrpcSource(Endpoint(cable.address), asked)
        follower = Follower(source, linger_ns=LONG_NS, clock=SystemClock(), on_retelling=lambda: None)
        events: list[RunEvent] = []

        async def read() -> None:
            async for event in follower.events():
                events.append(event)  # noqa: PERF401 - others look at it meanwhile

        async with asyncio.TaskGroup() as group:
            reading = group.create_task(read())
            await eventually(lambda: any(event.HasField("sample") for event in events))
            first_channel = source._channel
            await cable.cut()
            await eventually(lambda: follower.outage is not None and follower.outage.attempt > 3)
            hosted = running.hub.runs[0]
            alone = not hosted.subscribers
            before = len(events)
            await cable.mend()
            await eventually(lambda: len(events) > before and follower.outage is None)
            await source.stop_run()
            await reading
        told_anew = [payload_kind(event) for event in events[before:]]
        await source.close()

    assert alone
    assert first_channel is not None
    assert first_channel.get_state() is grpc.ChannelConnectivity.SHUTDOWN
    assert told_anew[0] == "run_started"
    assert told_anew[-1] == "done"
    assert {event.run_started.run_id for event in events if event.HasField("run_started")} == {hosted.run_id}
