"""How the dashboard is left, and how another run takes the place of one: nothing is lost unasked."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

import muxbw_tui.tui.control
from muxbw_tui.errors import StreamBrokenError
from muxbw_tui.run.state import StreamEnd
from tests.conftest import eventually
from tests.fakes import source as fake
from tests.tui.stage import running, screen_text, toasts

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("key", ["q", "ctrl+c"])
async def test_quitting_asks_once_then_stops_the_run_and_waits_for_its_last_figures(
    tmp_path: Path, key: str
) -> None:
    """The summary after the screen is whole only if `done` has come."""
    source = fake.ScriptedSource(fake.pumping())
    source.done_when_stopped = fake.done(9, "context_cancel")
    async with running(source, tmp_path) as (app, pilot):
        await pilot.press(key)
        await eventually(lambda: "A run is going on." in screen_text(app))
        asked = source.stops
        await pilot.press(key)
        await eventually(lambda: not app.is_running)

    assert (asked, source.stops) == (0, 1)
    assert source.closed >= 1
    assert app.run_state.end is StreamEnd.DONE
    assert app.problem is None


async def test_quitting_does_not_wait_for_an_engine_that_hangs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operator who leaves is not held back by what he leaves."""
    monkeypatch.setattr(muxbw_tui.tui.control, "STOP_WITHIN_S", 0.05)
    source = fake.ScriptedSource(fake.pumping())
    async with running(source, tmp_path) as (app, pilot):
        await pilot.press("q", "q")
        await eventually(lambda: not app.is_running)

    assert source.closed >= 1
    assert app.run_state.end is StreamEnd.OPEN


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
async def test_a_signal_ends_the_run_like_q(tmp_path: Path, number: signal.Signals) -> None:
    """A terminal that is closed, or a service that is stopped, must leave no run behind."""
    before = signal.getsignal(number)
    source = fake.ScriptedSource(fake.pumping())
    source.done_when_stopped = fake.done(9, "context_cancel")
    async with running(source, tmp_path) as (app, _pilot):
        os.kill(os.getpid(), number)
        await eventually(lambda: not app.is_running)

    assert app.interrupted
    assert source.stops == 1
    assert source.closed >= 1
    assert app.run_state.end is StreamEnd.DONE
    await eventually(lambda: signal.getsignal(number) in {before, signal.SIG_DFL, signal.default_int_handler})


@pytest.mark.parametrize("keys", [["q"], ["e", "down", "8"]], ids=["question", "form"])
async def test_a_signal_needs_no_answer_to_a_dialog_that_is_open(tmp_path: Path, keys: list[str]) -> None:
    """Nobody is there any more who could answer it."""
    source = fake.ScriptedSource(fake.pumping())
    source.done_when_stopped = fake.done(9, "context_cancel")
    async with running(source, tmp_path) as (app, pilot):
        await pilot.press(*keys)
        await eventually(lambda: app.screen.is_modal)
        os.kill(os.getpid(), signal.SIGHUP)
        await eventually(lambda: not app.is_running)

    assert (app.interrupted, source.stops) == (True, 1)
    assert app.run_state.end is StreamEnd.DONE


async def test_a_closed_terminal_ends_the_attempts_to_reconnect(tmp_path: Path) -> None:
    """A program without a terminal that goes on looking for a server is found weeks later."""
    source = fake.ScriptedSource(fake.pumping())
    source.detached = True
    async with running(source, tmp_path) as (app, _pilot):
        source.end(StreamBrokenError("reset"))
        await eventually(lambda: app.view().outage is not None)
        os.kill(os.getpid(), signal.SIGHUP)
        await eventually(lambda: not app.is_running)

    assert app.run_state.end is StreamEnd.BROKEN
    assert source.closed >= 1


async def test_a_second_signal_leaves_at_once_and_a_second_hang_up_does_not(tmp_path: Path) -> None:
    """Kernel and shell both tell of a closed terminal; whoever sends a second SIGTERM has waited enough."""
    source = fake.ScriptedSource(fake.pumping())
    async with running(source, tmp_path) as (app, _pilot):
        os.kill(os.getpid(), signal.SIGHUP)
        os.kill(os.getpid(), signal.SIGHUP)
        await eventually(lambda: "Stopping the run" in screen_text(app))
        still_there = app.is_running
        os.kill(os.getpid(), signal.SIGTERM)
        await eventually(lambda: not app.is_running)

    assert still_there
    assert app.run_state.end is StreamEnd.OPEN
    assert source.closed >= 1


async def test_quitting_by_key_is_no_interruption(tmp_path: Path) -> None:
    """Leaving by q is in order; a script that sees 130 thinks otherwise."""
    async with running(fake.ScriptedSource(fake.pumping(), live=False), tmp_path) as (app, pilot):
        await pilot.press("q")
        await eventually(lambda: not app.is_running)

    assert not app.interrupted


async def test_the_screen_says_that_the_run_is_being_stopped_and_q_leaves_at_once(tmp_path: Path) -> None:
    """Two seconds without a word would be answered with a kill."""
    source = fake.ScriptedSource(fake.pumping())
    async with running(source, tmp_path) as (app, pilot):
        await pilot.press("q", "q")
        await eventually(lambda: "Stopping the run" in screen_text(app))
        await pilot.press("q")
        await eventually(lambda: not app.is_running)

    assert source.closed >= 1


async def test_a_recording_is_left_without_stopping_anything(tmp_path: Path) -> None:
    """There is nothing to stop behind a file."""
    source = fake.ScriptedSource(fake.pumping(), live=False, title="recording x.ndjson")
    async with running(source, tmp_path) as (app, pilot):
        await pilot.press("q")
        await eventually(lambda: not app.is_running)

    assert source.stops == 0
    assert source.closed >= 1


async def test_a_dead_engine_is_reported_and_n_starts_another(tmp_path: Path) -> None:
    """The last state stays in sight, and the way on is one key away."""
    first, second = fake.ScriptedSource(fake.in_trouble()), fake.ScriptedSource(fake.pumping())
    async with running(first, tmp_path, second) as (app, pilot):
        first.end(StreamBrokenError("the engine's process has died"))
        await eventually(lambda: "n starts a new run" in screen_text(app))
        broken = screen_text(app)
        await pilot.press("n")
        await eventually(lambda: "● All 4 routes carry" in screen_text(app))

    assert "✗ The event stream broke: the engine's process has died" in broken
    assert "as last seen" in broken
    assert "✗ died" in broken
    assert first.closed >= 1
    assert app.problem is None


async def test_n_asks_before_it_takes_the_place_of_a_run_that_goes_on(tmp_path: Path) -> None:
    """One key must not throw half an hour of measuring away."""
    first, second = fake.ScriptedSource(fake.in_trouble()), fake.ScriptedSource(fake.pumping())
    first.done_when_stopped = fake.done(9, "context_cancel")
    async with running(first, tmp_path, second) as (app, pilot):
        await pilot.press("n")
        await eventually(lambda: "Stop it and start the new one" in screen_text(app))
        await pilot.press("escape")
        stayed = first.stops
        await pilot.press("n", "x")
        await eventually(lambda: "● All 4 routes carry" in screen_text(app))

    assert (stayed, first.stops) == (0, 1)
    assert first.closed >= 1


async def test_while_another_run_is_being_started_nothing_of_the_last_one_is_shown(tmp_path: Path) -> None:
    """Rows that say `finished` under a headline that says `connecting` are two runs on one screen."""
    first, second = fake.ScriptedSource([*fake.in_trouble(), fake.done(20)]), fake.ScriptedSource([])
    async with running(first, tmp_path, second) as (app, pilot):
        await eventually(lambda: "finished" in screen_text(app))
        await pilot.press("n")
        await eventually(lambda: "Connecting to" in screen_text(app))
        await pilot.pause()
        shown = screen_text(app)

    assert "pending" in shown
    assert "finished" not in shown
    assert "route_failure" not in shown


async def test_a_run_left_running_is_detached_and_not_stopped(tmp_path: Path) -> None:
    """An operator goes home; the measurement need not."""
    source = fake.ScriptedSource(fake.pumping())
    async with running(source, tmp_path) as (app, pilot):
        await pilot.press("q")
        await eventually(lambda: "Leave it running" in screen_text(app))
        await pilot.press("l")
        await eventually(lambda: not app.is_running)

    assert source.detached
    assert source.stops == 0


async def test_a_run_that_could_not_be_left_running_is_stayed_with(tmp_path: Path) -> None:
    """Whoever believes that the run goes on must not be wrong."""
    source = fake.ScriptedSource(fake.pumping())
    source.refuses = "no"
    async with running(source, tmp_path) as (app, pilot):
        await pilot.press("q", "l")
        await eventually(lambda: bool(toasts(app)))
        going = app.is_running
        await pilot.press("q")
        await eventually(lambda: "A run is going on." in screen_text(app))

    assert going
    assert not source.detached


async def test_a_tick_while_the_app_closes_finds_nothing_to_show(tmp_path: Path) -> None:
    """Textual takes the screens away before the timers: what became possible just then would be a traceback."""
    async with running(fake.ScriptedSource(fake.pumping()), tmp_path) as (app, _pilot):
        pass
    app._blocked = frozenset()

    app._tick()

    assert not app.screen_stack
