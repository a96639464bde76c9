"""No size is too small to draw in: windows are dragged through sizes that nobody can read, and the run goes on."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, TypeAlias

import pytest
from textual.geometry import Region
from textual.widget import Widget

from muxbw_tui.errors import StreamBrokenError
from muxbw_tui.tui.headline import headline
from muxbw_tui.tui.help_lines import KeyHelp, Section, help_lines
from muxbw_tui.tui.widgets.diagnosis import DiagnosisPane
from muxbw_tui.tui.widgets.event_feed import EventFeed
from muxbw_tui.tui.widgets.headline_bar import LINES_MOST, HeadlineBar
from muxbw_tui.tui.widgets.key_bar import BarKey, fitting
from muxbw_tui.tui.widgets.lined import Lined
from muxbw_tui.tui.widgets.plot_pane import PlotPane
from muxbw_tui.tui.widgets.plots import Plots
from muxbw_tui.tui.widgets.route_facts import RouteFacts
from muxbw_tui.tui.widgets.route_table import RouteTable
from muxbw_tui.tui.widgets.run_bar import RunBar
from tests.conftest import eventually
from tests.fakes import source as fake
from tests.tui.stage import Stage, running, screen_text, view_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rich.segment import Segment

    from muxbw_tui.tui.view import View

SIZES = tuple(product(range(31), range(11)))
Pane: TypeAlias = RouteTable | EventFeed | DiagnosisPane | Plots | RunBar | RouteFacts
PANES: tuple[Callable[[], Pane], ...] = (
    RouteTable,
    EventFeed,
    DiagnosisPane,
    Plots,
    RunBar,
    lambda: RouteFacts(1),
)


def trouble() -> View:
    """Return a run in which each kind of trouble has a route, one is set up again, and probes were asked for."""
    view = view_of(
        [
            *fake.in_trouble(),
            fake.established(4, 7.1, error="dial: no route to host"),
            fake.established(5, 7.2),
            fake.failure(5, 7.3, mib=0),
            fake.established(6, 7.4),
            fake.failure(6, 7.5, mib=1),
            fake.restarting(6, 7.6),
        ],
        routes=7,
    )
    view.state.request.probe_rtt = True
    return view


def cells_of(segment: Segment) -> int:
    """Return how many cells a piece of a line takes."""
    return segment.cell_length


@pytest.mark.parametrize("make", PANES, ids=["table", "feed", "diagnosis", "plots", "run-bar", "facts"])
async def test_every_pane_draws_in_every_small_size(
    make: Callable[[], Pane], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A line that cannot be drawn ends the dashboard, and the run with it; one too wide shifts its neighbours."""
    pane, view, wrong = make(), trouble(), set()
    async with Stage(pane).run_test(size=(80, 24)):
        lined = [each for each in (pane, *pane.query(PlotPane)) if isinstance(each, Lined)]
        for size in SIZES:
            monkeypatch.setattr(Widget, "region", Region(0, 0, *size))  # a layout each would take minutes
            for each in lined:
                getattr(each, "on_resize", bool)()
            pane.show(view)
            for each in lined:
                drawn = [each.render_line(y) for y in range(size[1] + 1)]
                wrong |= {size for strip in drawn if sum(map(cells_of, strip)) != each.line_width}
        monkeypatch.undo()

    assert wrong == set()


@pytest.mark.parametrize("width", range(31))
def test_headline_keys_and_help_come_to_an_end_in_every_width(width: int) -> None:
    """They reckon with what is left of a line, which may be less than nothing."""
    keys = [KeyHelp("R", "restart all failed routes", enabled=True)]
    bar = HeadlineBar()
    bar._shown = headline(replace(trouble(), problem=StreamBrokenError("the engine has died")))

    assert 1 <= bar.lines_in(width) <= LINES_MOST
    assert help_lines([Section("On every screen", keys)], width)
    assert {key.id for key in fitting([BarKey("help", "?", "?", "Help", enabled=True)], width)} == {"help"}


@pytest.mark.parametrize("keys", [(), ("enter",), ("?",), ("p",)], ids=["overview", "route", "help", "form"])
async def test_a_dashboard_lives_through_a_window_that_is_dragged_to_nothing(
    tmp_path: Path, keys: tuple[str, ...]
) -> None:
    """Whatever is on the screen then; what was there is there again once there is room."""
    source = fake.ScriptedSource(fake.in_trouble())
    source.end(StreamBrokenError("the engine has died"))
    async with running(source, tmp_path) as (app, pilot):
        await pilot.press(*keys)
        for size in ((5, 20), (30, 10), (4, 3), (1, 1), (2, 40), (120, 1), (7, 24)):
            await pilot.resize_terminal(*size)
            app._tick()
        await pilot.resize_terminal(120, 40)
        await pilot.press(*["escape"] if keys else ())
        await eventually(lambda: "R1 died" in screen_text(app))
