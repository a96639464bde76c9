"""One route's own screen: it is about that route alone, and looks as the operator prefers."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from muxbw_tui.errors import StreamBrokenError
from muxbw_tui.tui.preferences import Preferences
from muxbw_tui.tui.screens.overview import Overview
from muxbw_tui.tui.screens.route import RouteScreen
from muxbw_tui.tui.widgets.route_facts import RouteFacts
from tests.conftest import eventually
from tests.fakes import source as fake
from tests.tui.stage import dashboard, screen_text

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


async def test_how_plots_are_drawn_holds_for_both_screens_and_is_kept(tmp_path: Path) -> None:
    """Whoever sees no braille sees none on any screen; a route's scale would be wrong for the whole run."""
    kept: list[Mapping[str, object]] = []
    app = dashboard(
        fake.ScriptedSource(fake.in_trouble()),
        directory=tmp_path,
        preferences=Preferences(plot_style="block", scale_mbps=500),
        save_preferences=kept.append,
    )
    async with app.run_test(size=(120, 40)) as pilot:
        await eventually(lambda: "✗ died" in screen_text(app))
        await pilot.press("enter")
        await eventually(lambda: isinstance(app.screen, RouteScreen) and "Attempts" in screen_text(app))
        on_route = screen_text(app)
        await pilot.press("tab", "m")
        await eventually(lambda: bool(kept))
        await pilot.press("escape")
        await eventually(lambda: isinstance(app.screen, Overview) and "ooo received" in screen_text(app))
        on_overview = screen_text(app)

    assert "▄▄▄ received" in on_route or "▀▀▀ received" in on_route, on_route
    assert "scale held" not in on_route
    assert "scale held" in on_overview
    assert kept == [{"plot_style": "ascii"}]


async def test_the_banner_is_on_a_routes_screen_too_and_its_events_have_types(tmp_path: Path) -> None:
    """A frozen screen that does not say so is taken for a run that hangs."""
    app = dashboard(fake.ScriptedSource(fake.in_trouble()), directory=tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await eventually(lambda: "✗ died" in screen_text(app))
        await pilot.press("enter", "space")
        await eventually(lambda: "FROZEN at" in screen_text(app) and "R0 · frozen" in screen_text(app))
        await pilot.press("tab", "tab", "f")
        await eventually(lambda: "Types of events" in screen_text(app))
        covered = screen_text(app)
        await pilot.press("escape")
        await eventually(lambda: "Types of events" not in screen_text(app))

        assert "q Quit" not in covered
        assert "q Quit" in screen_text(app)


async def test_what_is_preferred_is_kept_in_the_order_in_which_it_was_chosen(tmp_path: Path) -> None:
    """Each change is written into what the one before has left: two at once would lose one of them."""
    kept: list[Mapping[str, object]] = []
    go_on, at_once = threading.Event(), threading.Semaphore(1)

    def save(changed: Mapping[str, object]) -> None:
        assert at_once.acquire(blocking=False)
        go_on.wait(10)
        kept.append(changed)
        at_once.release()

    app = dashboard(fake.ScriptedSource(fake.pumping()), directory=tmp_path, save_preferences=save)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("1", "2", "1")
        go_on.set()
        await eventually(lambda: len(kept) == 3)

    assert [changed["sort"] for changed in kept] == ["index", "state", "index"]


async def test_what_was_last_seen_of_a_route_is_not_shown_as_going_on(tmp_path: Path) -> None:
    """Green says that it pumps; once the stream is gone nobody knows."""
    source = fake.ScriptedSource(fake.pumping())
    app = dashboard(source, directory=tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await eventually(lambda: "● pumping" in screen_text(app))
        await pilot.press("enter")
        await eventually(lambda: isinstance(app.screen, RouteScreen) and "Attempts" in screen_text(app))
        facts = app.screen.query_one(RouteFacts)
        live = [segment.style for segment in facts.render_line(0) if "pumping" in segment.text]
        source.end(StreamBrokenError("gone"))
        await eventually(lambda: "R0 · as last seen" in screen_text(app))
        gone = [segment.style for segment in facts.render_line(0) if "pumping" in segment.text]

        assert live == [facts.style_of("") + facts.style_of("pumping")]
        assert gone == [facts.style_of("") + facts.style_of("muted")]
