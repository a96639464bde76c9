"""The dashboard on a scripted source: what keys do, what the operator is told, how the app ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from muxbw_tui.errors import StreamBrokenError
from muxbw_tui.run.state import RouteStatus
from muxbw_tui.tui.keys import KEY_BY_ID
from tests.conftest import eventually
from tests.fakes import source as fake
from tests.tui.stage import running, screen_text, toasts

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def blocked(tmp_path: Path) -> Path:
    """Return the path of a directory that cannot be made, since a file is there."""
    path = tmp_path / "file"
    path.write_text("", encoding="utf-8")
    return path


def texts_in(directory: Path) -> dict[str, str]:
    """Return what the files of a directory hold, by their suffix."""
    return {path.suffix: path.read_text(encoding="utf-8") for path in directory.iterdir()}


async def test_the_screen_shows_each_route_and_the_fault_with_its_reason(tmp_path: Path) -> None:
    """What the program is for, at one glance."""
    async with running(fake.ScriptedSource(fake.in_trouble()), tmp_path) as (app, _pilot):
        text = screen_text(app)

    for expected in (
        "● pumping",
        "✗ died",
        "◌ stalled 5s",
        "└ read echo: connection reset by peer",
        "following",
    ):
        assert expected in text
    assert "✗ R1 died · R2 stalled" in text


@pytest.mark.parametrize(("downs", "route_index"), [(1, 1), (2, 2)])
async def test_r_restarts_the_selected_failed_or_stalled_route(
    tmp_path: Path, downs: int, route_index: int
) -> None:
    """The key that the dashboard exists for."""
    source = fake.ScriptedSource(fake.in_trouble())
    async with running(source, tmp_path) as (app, pilot):
        await pilot.press(*["down"] * downs, "r")
        await eventually(lambda: bool(toasts(app)))

    assert source.restarts == [[route_index]]
    assert toasts(app) == [f"Restarting R{route_index}."]


async def test_r_on_a_pumping_route_says_why_nothing_happens(tmp_path: Path) -> None:
    """A dead key at three in the morning looks like a dead program."""
    source = fake.ScriptedSource(fake.in_trouble())
    async with running(source, tmp_path) as (app, pilot):
        await pilot.press("r")

        assert toasts(app) == ["R0 is pumping: only a failed, stalled or stopped route can be restarted."]
        assert app.check_action("restart", ()) is None
    assert source.restarts == []


async def test_where_no_route_can_be_restarted_the_source_says_why(tmp_path: Path) -> None:
    """A stock visor offers no restart; the sentence says what is possible instead."""
    source = fake.ScriptedSource(fake.in_trouble(), cannot_restart="A stock visor restarts no route.")
    async with running(source, tmp_path) as (app, pilot):
        await pilot.press("down", "r")

        assert toasts(app) == ["A stock visor restarts no route."]
    assert source.restarts == []


async def test_a_refused_restart_and_a_route_left_alone_are_reported(tmp_path: Path) -> None:
    """The server has the last word, and the operator must hear it."""
    source = fake.ScriptedSource(fake.in_trouble())
    async with running(source, tmp_path) as (app, pilot):
        source.refuses = "the run is over"
        await pilot.press("down", "r")
        await eventually(lambda: toasts(app) == ["The run is over"])
        source.refuses, source.leaves = "", {1: "its set-up is under way"}
        await pilot.press("r")

        await eventually(lambda: toasts(app) == ["R1 is left as it is: its set-up is under way."])


async def test_shift_r_restarts_all_failed_routes(tmp_path: Path) -> None:
    """With fifty dead routes nobody walks the table."""
    source = fake.ScriptedSource(fake.in_trouble())
    async with running(source, tmp_path) as (_app, pilot):
        await pilot.press("R")
        await eventually(lambda: bool(source.restarts))

    assert source.restarts == [[]]


async def test_a_restarted_route_is_shown_pumping_again(tmp_path: Path) -> None:
    """The operator sees that the key has helped."""
    source = fake.ScriptedSource(fake.in_trouble())
    async with running(source, tmp_path) as (app, _pilot):
        source.add(fake.restarting(1, 9), fake.established(1, 9.5))
        source.add(fake.sample(10, {0: 30, 1: 7, 2: 16, 3: 30}))
        await eventually(lambda: "● All 4 routes carry" in screen_text(app))

        assert "└" not in screen_text(app)


async def test_space_holds_the_view_while_events_go_on(tmp_path: Path) -> None:
    """A number can be read out, and nothing is lost meanwhile."""
    source = fake.ScriptedSource(fake.pumping())
    async with running(source, tmp_path) as (app, pilot):
        await pilot.press("space")
        source.add(fake.failure(3, 7, mib=15))
        await eventually(lambda: app.run_state.routes[3].status is RouteStatus.DIED)
        await pilot.press("down")
        frozen = screen_text(app)
        await eventually(lambda: app._terminal_title.startswith("✗ 1 of 4 routes failed"))
        await pilot.press("space")
        going = screen_text(app)

    assert "FROZEN at 0:06" in frozen
    assert "meanwhile: R3 died" in frozen
    assert "✗ died" not in frozen
    assert "✗ R3 died" in going
    assert "FROZEN" not in going


async def test_s_writes_what_is_on_the_screen_and_says_where(tmp_path: Path) -> None:
    """A finding that cannot be taken along did not happen."""
    async with running(fake.ScriptedSource(fake.in_trouble()), tmp_path) as (app, pilot):
        await pilot.press("s")
        await eventually(lambda: bool(toasts(app)))

    text_by_suffix = texts_in(tmp_path)
    assert sorted(text_by_suffix) == [".csv", ".json", ".svg"]
    assert toasts(app) == [f"Snapshot: {tmp_path}/muxbw-20270115T080000Z (.svg, .json, .csv)"]
    assert "SIMULATED" in text_by_suffix[".svg"]


async def test_a_directory_that_cannot_be_written_is_an_error_and_the_run_goes_on(blocked: Path) -> None:
    """A full disk must not end a measurement."""
    source = fake.ScriptedSource(fake.pumping())
    async with running(source, blocked) as (app, pilot):
        await pilot.press("s")
        await eventually(lambda: bool(toasts(app)))
        source.add(fake.failure(3, 7, mib=15))
        await eventually(lambda: "✗ R3 died" in screen_text(app))

    assert toasts(app)[0].startswith(f"No snapshot: cannot write to {blocked}")


async def test_help_closes_without_ending_the_run(tmp_path: Path) -> None:
    """Whoever has read the help and presses q means to close the help."""
    source = fake.ScriptedSource(fake.pumping())
    async with running(source, tmp_path) as (app, pilot):
        await pilot.press("question_mark")
        await eventually(lambda: "esc close" in screen_text(app))
        await pilot.press("q")
        await pilot.pause()

        assert "esc close" not in screen_text(app)
        assert app.is_running
    assert source.stops == 0


async def test_text_from_outside_is_never_markup(tmp_path: Path) -> None:
    """An error that holds brackets must neither crash the screen nor lose a part of itself."""
    hostile = "dial [fe80::1]:80: [/] [bold red]boom[/bold] [@click=app.quit]x[/]"
    events = [*fake.set_up(), fake.failure(1, 2, mib=1, error=hostile)]
    source = fake.ScriptedSource(events)
    source.refuses = hostile
    async with running(source, tmp_path) as (app, pilot):
        await pilot.press("down", "r")
        await eventually(lambda: bool(toasts(app)))
        source.end(StreamBrokenError(hostile))
        await eventually(lambda: app.problem is not None and "stream broke" in screen_text(app))
        text = screen_text(app)

    assert toasts(app) == [hostile.capitalize()[:1] + hostile[1:]]
    assert text.count(hostile) >= 3


async def test_the_command_palette_offers_every_action_and_says_why_one_is_not_possible(
    tmp_path: Path,
) -> None:
    """Whoever forgot a key finds it by name."""
    async with running(fake.ScriptedSource(fake.pumping()), tmp_path) as (app, pilot):
        commands = {command.title: command for command in app.get_system_commands(app.screen)}
        commands["Restart all failed"].callback()
        commands["Theme light"].callback()
        commands["Only faults"].callback()
        await eventually(lambda: "only faults" in screen_text(app))
        await pilot.pause()

        assert {key.title for key in KEY_BY_ID.values() if key.title} <= set(commands)
        assert toasts(app) == ["No route has failed: there is nothing to restart."]
        assert app.theme == "light"


async def test_the_command_palette_restarts_each_failed_route_on_either_path(tmp_path: Path) -> None:
    """With many routes typing a number is quicker than walking to the row."""
    source = fake.ScriptedSource(fake.in_trouble())
    async with running(source, tmp_path) as (app, _pilot):
        commands = {command.title: command for command in app.get_system_commands(app.screen)}
        offered = [
            title for title in commands if title.startswith("Restart route ") and title[14:15].isdigit()
        ]
        commands["Restart route 1 on a new path"].callback()
        await eventually(lambda: bool(source.restarts))

    assert offered == ["Restart route 1", "Restart route 1 on a new path"]
    assert source.restarts == [[1]]


async def test_the_footer_is_redrawn_only_when_something_becomes_possible(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A footer that is rebuilt at every tick costs more than the table."""
    source = fake.ScriptedSource(fake.pumping())
    async with running(source, tmp_path) as (app, pilot):
        rebuilt: list[None] = []
        monkeypatch.setattr(app, "refresh_bindings", lambda: rebuilt.append(None))
        source.add(fake.sample(7, dict.fromkeys(range(4), 18.0)))
        await eventually(lambda: app.run_state.routes[0].bytes_received == 18 * fake.MIB)
        await pilot.press("down", "up")
        quiet = len(rebuilt)
        source.add(fake.failure(3, 8, mib=18))
        await eventually(lambda: app.run_state.routes[3].failed)
        await eventually(lambda: bool(rebuilt))

    assert quiet == 0
