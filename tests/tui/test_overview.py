"""The overview: what its keys do, where its panes are, and that no size of the terminal breaks it."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest
from textual.events import Key, Resize
from textual.geometry import Size

from muxbw_tui.errors import StreamBrokenError
from muxbw_tui.tui.preferences import Preferences
from muxbw_tui.tui.widgets.plots import Plots
from tests.conftest import eventually
from tests.fakes import source as fake
from tests.tui.stage import dashboard, running, screen_text, toasts

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import App

PANES = ("routes", "plots", "diagnosis", "events")


def heights(app: App[None]) -> list[int]:
    """Return how many lines each pane takes."""
    return [app.screen.query_one(f"#{pane}").outer_size.height for pane in PANES]


def lines_below(app: App[None]) -> int:
    """Return the line that follows the last pane."""
    return app.screen.query_one("#events").region.bottom


@pytest.mark.parametrize(
    ("size", "last"), [((80, 24), 23), ((100, 24), 23), ((120, 40), 39), ((200, 60), 59)]
)
async def test_all_panes_and_the_keys_are_on_the_screen(
    tmp_path: Path, size: tuple[int, int], last: int
) -> None:
    """A pane that is cut off at the bottom is one that nobody sees."""
    async with running(fake.ScriptedSource(fake.in_trouble()), tmp_path, size=size) as (app, pilot):
        await pilot.pause()
        text = screen_text(app)
        found = (heights(app), lines_below(app))

    assert found[1] == last
    assert min(found[0]) >= 1
    for expected in ("peak ↓", "Routes", "Throughput", "R1 died after", "Events", "? Help", "q Quit"):
        assert expected in text


async def test_a_broken_run_says_so_in_several_lines_and_nothing_falls_off_the_screen(tmp_path: Path) -> None:
    """What can be done then is in the last line of the headline, and how to get out in the last of the screen."""
    source = fake.ScriptedSource(fake.in_trouble())
    source.end(StreamBrokenError("the engine's process has died " * 5))
    async with running(source, tmp_path, size=(80, 24)) as (app, pilot):
        await eventually(lambda: "n starts a new run" in screen_text(app))
        await eventually(lambda: lines_below(app) == 23)
        await pilot.pause()

        assert not app.screen.show_vertical_scrollbar
        assert "q Quit" in screen_text(app)
        assert "stalled: no byte" in screen_text(app)


async def test_faults_move_neither_the_routes_nor_the_plots(tmp_path: Path) -> None:
    """An operator who reads a line must find it where it was; findings take their lines from the events."""
    source = fake.ScriptedSource(fake.pumping())
    async with running(source, tmp_path) as (app, _pilot):
        before = heights(app)
        source.add(fake.failure(3, 7, mib=15), fake.failure(1, 7.5, mib=15))
        await eventually(lambda: "✗ R1, R3 died" in screen_text(app))
        after = heights(app)

    assert after[:2] == before[:2]
    assert sum(after) == sum(before)


async def test_tab_goes_round_the_panes(tmp_path: Path) -> None:
    """Arrows mean the cursor in one pane, time in the next and events in the third."""
    async with running(fake.ScriptedSource(fake.pumping()), tmp_path) as (app, pilot):
        seen = []
        for _each in range(4):
            seen.append(app.focused.id if app.focused is not None else None)
            await pilot.press("tab")

    assert seen == ["routes", "plots", "events", "routes"]


async def test_a_filter_works_while_it_is_typed_and_stays_with_enter(tmp_path: Path) -> None:
    """One sees what is found before one has finished asking."""
    async with running(fake.ScriptedSource(fake.in_trouble()), tmp_path) as (app, pilot):
        await pilot.press("slash", *"tokyo")
        await eventually(lambda: "● pumping" not in screen_text(app))
        typed = screen_text(app)
        await pilot.press("enter", "down")
        kept = screen_text(app)
        await pilot.press("escape")
        await eventually(lambda: "● pumping" in screen_text(app))

    assert "✗ died" in typed
    assert "filter: tokyo (1 of 4)" in typed
    assert "filter: tokyo" in kept
    assert "esc clears" not in kept


async def test_keys_behind_the_one_that_opens_the_filter_are_typed_and_not_obeyed(tmp_path: Path) -> None:
    """Over a slow line they come at once, and `x` would stop a route."""
    source = fake.ScriptedSource(fake.in_trouble())
    async with running(source, tmp_path) as (app, _pilot):
        for key, character in (("slash", "/"), ("x", "x"), ("slash", "/"), ("2", "2")):
            app.post_message(Key(key, character))
        await eventually(lambda: "filter: x/2 (0 of 4)" in screen_text(app))

    assert source.stopped == []


async def test_the_filter_line_goes_with_the_focus_and_the_filter_stays(tmp_path: Path) -> None:
    """A line that stays would name keys that are another pane's by then."""
    async with running(fake.ScriptedSource(fake.in_trouble()), tmp_path) as (app, pilot):
        await pilot.press("slash", *"tokyo", "tab")
        await eventually(lambda: "? Help" in screen_text(app))
        text = screen_text(app)

    assert "filter: tokyo (1 of 4)" in text
    assert "Filter /" not in text


async def test_typing_a_filter_gives_the_keys_back_to_the_pane_that_had_them(tmp_path: Path) -> None:
    """Whoever reads the events and filters them goes on reading them."""
    async with running(fake.ScriptedSource(fake.in_trouble()), tmp_path) as (app, pilot):
        await pilot.press("tab", "tab", "slash", *"tokyo", "enter")

        assert app.focused is not None
        assert app.focused.id == "events"


async def test_escape_while_typing_takes_the_filter_back(tmp_path: Path) -> None:
    """The way out of a filter that hides everything."""
    async with running(fake.ScriptedSource(fake.in_trouble()), tmp_path) as (app, pilot):
        await pilot.press("slash", *"nowhere")
        await eventually(lambda: "here→osaka" not in screen_text(app))
        await pilot.press("escape")
        await eventually(lambda: "here→osaka" in screen_text(app))

        assert app.focused is not None
        assert app.focused.id == "routes"


async def test_a_bad_expression_is_explained_and_leaves_the_last_filter_on(tmp_path: Path) -> None:
    """Every regular expression is a bad one until it is finished."""
    async with running(fake.ScriptedSource(fake.in_trouble()), tmp_path) as (app, pilot):
        await pilot.press("slash", *"re:tokyo", "left_parenthesis")
        await eventually(lambda: "no regular expression" in screen_text(app))
        text = screen_text(app)

    assert "✗ died" in text
    assert "● pumping" not in text


async def test_faults_only_is_switched_on_and_off_by_one_key(tmp_path: Path) -> None:
    """Two dead routes among hundreds, and back to the filter that was on."""
    async with running(fake.ScriptedSource(fake.in_trouble()), tmp_path) as (app, pilot):
        await pilot.press("slash", *"here", "enter", "exclamation_mark")
        await eventually(lambda: "here→osaka" not in screen_text(app))
        faults = screen_text(app)
        await pilot.press("exclamation_mark")
        await eventually(lambda: "here→osaka" in screen_text(app))
        back = screen_text(app)

    assert "here→tokyo" in faults
    assert "here→lagos" in faults
    assert "filter: here" in back


async def test_moving_to_a_fault_in_the_events_moves_the_line_on_the_plots_and_back(tmp_path: Path) -> None:
    """What was the throughput when that happened, and what happened when the throughput fell."""
    async with running(fake.ScriptedSource(fake.in_trouble()), tmp_path) as (app, pilot):
        plots = app.screen.query_one(Plots)
        await pilot.press("left_square_bracket")
        await eventually(lambda: "Throughput, Mbit/s  0:06.0 " in screen_text(app))
        await pilot.press("left_square_bracket")
        await eventually(lambda: "Throughput, Mbit/s  0:03.4 " in screen_text(app))
        plots.post_message(Plots.Moved(500_000_000))
        await eventually(lambda: "▌+0:00.40  route_established R3" in screen_text(app))
        await pilot.press("left_square_bracket")
        await eventually(lambda: bool(toasts(app)))
        following = " · following" in screen_text(app)
        await pilot.press("escape")
        await eventually(lambda: "Throughput, Mbit/s  ⠤" in screen_text(app))
        back = following, " · following" in screen_text(app)

    assert back == (False, True)
    assert toasts(app) == ["There is no earlier fault in the events."]


async def test_what_the_operator_prefers_is_on_the_screen_and_changes_are_kept(tmp_path: Path) -> None:
    """Columns, order, theme and keys are chosen once."""
    kept: list[object] = []
    preferences = Preferences(
        theme="light", columns=("index", "state"), sort="state", descending=True, keys={"freeze": "z"}
    )
    app = dashboard(
        fake.ScriptedSource(fake.in_trouble()),
        directory=tmp_path,
        preferences=preferences,
        save_preferences=kept.append,
    )
    async with app.run_test(size=(120, 40)) as pilot:
        await eventually(lambda: "✗ died" in screen_text(app))
        text = screen_text(app)
        await pilot.press("z")
        await eventually(lambda: "FROZEN" in screen_text(app))
        await pilot.press("1")
        await eventually(lambda: bool(kept))

    assert app.theme == "light"
    assert "Path" not in text
    assert "sort: State ▼" in text
    assert kept[0] == {"sort": "index", "descending": False}


async def test_a_terminal_that_is_too_small_says_what_is_needed(tmp_path: Path) -> None:
    """A garbled screen explains nothing."""
    async with running(fake.ScriptedSource(fake.pumping()), tmp_path) as (app, pilot):
        await pilot.resize_terminal(60, 20)
        await pilot.pause()
        small = screen_text(app)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        large = screen_text(app)

    assert "needs 80 x 24 cells" in small
    assert "This terminal has 60 x 20" in small
    assert "● pumping" not in small
    assert "● pumping" in large


async def test_a_terminal_that_is_too_small_takes_no_key_but_quit(tmp_path: Path) -> None:
    """Nobody restarts a route that he does not see."""
    source = fake.ScriptedSource(fake.in_trouble(), live=False)
    async with running(source, tmp_path) as (app, pilot):
        await pilot.press("down")
        await pilot.resize_terminal(60, 20)
        await eventually(lambda: "needs 80 x 24" in screen_text(app))
        await pilot.press("down", "r", "R", "s", "space", "question_mark", "tab", "ctrl+p")
        await pilot.pause()
        on_small = (list(toasts(app)), list(source.restarts), len(app.screen_stack))
        await pilot.resize_terminal(80, 24)
        await eventually(lambda: "● pumping" in screen_text(app))
        frozen = "FROZEN" in screen_text(app)
        await pilot.press("r")
        await eventually(lambda: bool(source.restarts))
        await pilot.resize_terminal(60, 20)
        await pilot.press("q")
        await eventually(lambda: not app.is_running)

    assert on_small == ([], [], 2)
    assert not frozen
    assert source.restarts == [[1]]


async def test_what_lies_over_the_dashboard_is_covered_too_where_it_is_too_small(tmp_path: Path) -> None:
    """A dialog of which half is seen takes no keys."""
    source = fake.ScriptedSource(fake.pumping())
    async with running(source, tmp_path) as (app, pilot):
        await pilot.press("q")
        await eventually(lambda: "Leave it running" in screen_text(app))
        await pilot.resize_terminal(60, 20)
        await eventually(lambda: "needs 80 x 24" in screen_text(app))
        await pilot.press("l", "x", "enter")
        covered = (source.detached, source.stops, app.is_running)
        await pilot.resize_terminal(100, 30)
        await eventually(lambda: "Leave it running" in screen_text(app))

    assert covered == (False, 0, True)


async def test_a_storm_of_sizes_breaks_nothing(tmp_path: Path) -> None:
    """A window that is dragged sends a hundred sizes, some of them absurd."""
    chance = random.Random(4)
    async with running(fake.ScriptedSource(fake.in_trouble()), tmp_path) as (app, pilot):
        for _each in range(200):
            app._driver._size = size = chance.randint(1, 300), chance.randint(1, 100)  # type: ignore[union-attr]
            app.post_message(Resize(Size(*size), Size(*size)))
        await pilot.resize_terminal(80, 24)
        await eventually(lambda: "● pumping" in screen_text(app))
        await pilot.pause()
        text, last = screen_text(app), lines_below(app)

    assert last == 23
    assert "? Help" in text
    assert max(map(len, text.splitlines())) <= 80
