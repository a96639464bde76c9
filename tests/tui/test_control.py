"""What can be asked of the run on the screen, and how it is left or replaced; without a screen."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.errors import StreamBrokenError
from muxbw_tui.run.state import StreamEnd
from muxbw_tui.tui import control
from muxbw_tui.tui.control import RunControl
from muxbw_tui.tui.key_names import shown_keys
from muxbw_tui.tui.leaving import Leaving
from muxbw_tui.units import NS_PER_S
from tests.conftest import eventually
from tests.fakes import source as fake

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from muxbw_tui.pb.muxbw_pb2 import RunRequest

pytestmark = pytest.mark.usefixtures("nothing_left")


class Desk:
    """A control with its sources, what it told, and a tick in place of the app's."""

    def __init__(self, *sources: fake.ScriptedSource, linger_s: float = 0) -> None:
        self.requests: list[RunRequest] = []
        self.told: list[tuple[str, str]] = []
        self._sources = iter(sources)
        asked = fake.request()
        asked.linger_ns = round(linger_s * NS_PER_S)
        self.control = RunControl(
            self._open,
            asked,
            clock=fake.StillClock(),
            tell=lambda *what: self.told.append(what),
            keys=shown_keys({}),
        )

    def _open(self, request: RunRequest) -> fake.ScriptedSource:
        self.requests.append(request)
        return next(self._sources)

    async def tick(self) -> None:
        """Apply what comes, for as long as nobody stops it."""
        while True:
            self.control.apply_waiting()
            await asyncio.sleep(0.001)


@contextlib.asynccontextmanager
async def following(*sources: fake.ScriptedSource, linger_s: float = 0) -> AsyncIterator[Desk]:
    """Follow the first source until everything it was given has been applied."""
    desk = Desk(*sources, linger_s=linger_s)
    async with asyncio.TaskGroup() as group:
        ticking = group.create_task(desk.tick())
        group.create_task(desk.control.follow())
        await eventually(lambda: desk.control.state.feed_total > 0)
        yield desk
        await desk.control.close()
        ticking.cancel()


async def test_what_is_asked_of_a_route_is_answered_in_a_sentence() -> None:
    """Every key is answered, by what the server made of it."""
    source = fake.ScriptedSource(fake.in_trouble())
    async with following(source) as desk:
        await desk.control.restart([1])
        await desk.control.restart([], prefer_new=True)
        await desk.control.stop_routes([2])
        source.leaves = {1: "it is pumping"}
        await desk.control.restart([1])

    assert source.restarts == [[1], [], [1]]
    assert source.stopped == [[2]]
    assert desk.told == [
        ("Restarting R1.", "information"),
        ("No route had to be restarted.", "information"),
        ("Stopped R2; X lets it join again.", "information"),
        ("R1 is left as it is: it is pumping.", "warning"),
    ]


async def test_a_refusal_is_told_whatever_was_asked() -> None:
    """A stock visor, or a run that is over: the sentence is the server's."""
    source = fake.ScriptedSource(fake.pumping())
    source.refuses = "the run is over"
    async with following(source) as desk:
        await desk.control.restart([1])
        await desk.control.stop_routes([1])
        await desk.control.pause_or_go_on()
        left = await desk.control.leave(Leaving.RUNNING)
        stopping = desk.control.stopping

    assert desk.told == [("the run is over", "error")] * 4
    assert (left, stopping) == (False, False)


async def test_pausing_again_goes_on() -> None:
    """One key for both; what the run says decides which it is."""
    source = fake.ScriptedSource(fake.pumping())
    async with following(source) as desk:
        await desk.control.pause_or_go_on()
        desk.control.state.paused = True
        await desk.control.pause_or_go_on()

    assert source.pauses == [True, False]
    assert desk.told == []


async def test_a_run_that_is_stopped_is_left_with_its_last_figures() -> None:
    """The summary after the screen is whole only if `done` has come."""
    source = fake.ScriptedSource(fake.pumping())
    source.done_when_stopped = fake.done(9, "context_cancel")
    async with following(source) as desk:
        assert await desk.control.leave(Leaving.STOP)

    assert source.stops == 1
    assert source.closed >= 1
    assert desk.control.state.end is StreamEnd.DONE


async def test_a_run_that_was_not_reached_any_more_is_left_as_broken() -> None:
    """Whoever reads the summary must not take the last figures for those of the end."""
    source = fake.ScriptedSource(fake.pumping())
    async with following(source, linger_s=30) as desk:
        source.end(StreamBrokenError("reset"))
        await eventually(lambda: desk.control.view().outage is not None)
        question = desk.control.leave_question()
        await desk.control.leave(Leaving.AT_ONCE)
        view = desk.control.view()

    assert question is not None
    assert question.title == "The run cannot be reached now."
    assert (view.state.end, view.outage) == (StreamEnd.BROKEN, None)
    assert str(desk.control.problem) == "reset"
    assert source.stops == 0


async def test_an_engine_that_hangs_holds_nobody_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by not stopping, nor by not answering, nor by not closing."""
    monkeypatch.setattr(control, "STOP_WITHIN_S", 0.02)
    monkeypatch.setattr(control, "CLOSE_WITHIN_S", 0.02)
    source = fake.ScriptedSource(fake.pumping())

    async def hang(*_args: object) -> None:
        await asyncio.Event().wait()

    source.close = source.detach = hang  # type: ignore[method-assign]
    async with following(source) as desk:
        stayed = await desk.control.leave(Leaving.RUNNING)
        left = await desk.control.leave(Leaving.STOP)

    assert (stayed, left) == (False, True)
    assert desk.told == [("the engine did not answer: the run was not left running", "error")]


async def test_a_run_that_is_left_running_is_detached_once() -> None:
    """One that was detached before needs no second word, and none is stopped."""
    ours, detached = fake.ScriptedSource(fake.pumping()), fake.ScriptedSource(fake.pumping())
    detached.detached = True
    detached.refuses = "asked again"
    for source in (ours, detached):
        async with following(source) as desk:
            assert await desk.control.leave(Leaving.RUNNING)
        assert (source.detached, source.stops, source.closed >= 1) == (True, 0, True)
        assert desk.told == []


async def test_another_run_takes_the_place_of_the_one_that_goes_on() -> None:
    """The old one is stopped in order, the new one is what was asked for, and nothing of the old one is left."""
    first, second = fake.ScriptedSource(fake.in_trouble()), fake.ScriptedSource(fake.set_up(2))
    first.done_when_stopped = fake.done(9, "context_cancel")
    asked = fake.request(routes=2)
    async with following(first, second) as desk, asyncio.TaskGroup() as group:
        old = desk.control.state
        starting = group.create_task(desk.control.start_over(asked))
        again = group.create_task(desk.control.start_over(asked))
        await eventually(lambda: desk.control.source is second and desk.control.state.feed_total > 0)
        shown = desk.control.view()
        await desk.control.close()
        await asyncio.wait([starting, again])

    assert (first.stops, second.stops) == (1, 0)
    assert first.closed >= 1
    assert old.end is StreamEnd.DONE
    assert desk.requests == [fake.request(), asked]
    assert desk.control.request == asked
    assert len(shown.state.routes) == 2
    assert not shown.stopping


async def test_who_leaves_while_a_run_is_being_replaced_starts_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A run that began behind a closing screen would be seen by nobody, and the summary would be of nothing."""
    monkeypatch.setattr(control, "STOP_WITHIN_S", 0.02)
    first, second = fake.ScriptedSource(fake.pumping()), fake.ScriptedSource(fake.set_up())
    async with following(first, second) as desk, asyncio.TaskGroup() as group:
        old = desk.control.state
        group.create_task(desk.control.start_over())
        await eventually(lambda: first.stops == 1)
        assert await desk.control.leave(Leaving.STOP)

    assert desk.requests == [fake.request()]
    assert desk.control.state is old


async def test_the_same_run_again_asks_for_the_same() -> None:
    """After a broken stream, too; and a run that is only watched is not stopped for it."""
    first, second = fake.ScriptedSource(fake.pumping()), fake.ScriptedSource(fake.set_up())
    first.detached = True
    first.end(StreamBrokenError("the engine died"))
    async with following(first, second) as desk, asyncio.TaskGroup() as group:
        group.create_task(desk.control.start_over())
        await eventually(lambda: desk.control.source is second and desk.control.state.feed_total > 0)
        await desk.control.close()

    assert first.stops == 0
    assert desk.requests[0] == desk.requests[1]
    assert desk.control.problem is None


async def test_a_question_is_asked_by_what_the_run_is_now() -> None:
    """The words depend on the source, which only the control knows."""
    source = fake.ScriptedSource(fake.pumping())
    async with following(source) as desk:
        ours = desk.control.leave_question()
        source.detached = True
        detached = desk.control.leave_question()
        source.add(fake.done(9))
        await eventually(lambda: desk.control.view().over)
        over = desk.control.leave_question()

    assert ours is not None
    assert detached is not None
    assert ours.choices[0].value is Leaving.STOP
    assert "muxbw-tui attach r1" in ours.choices[1].detail
    assert detached.choices[0].value is Leaving.AT_ONCE
    assert over is None
    assert desk.control.replace_question() is None
