"""The plots on the screen: what their keys do, what they say, and that they leave alone what nobody sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from muxbw_tui.run.state import RunState
from muxbw_tui.tui.view import View, still
from muxbw_tui.tui.widgets.plot_pane import PlotPane
from muxbw_tui.tui.widgets.plots import Plots, Shown
from tests.run.happenings import after, asked, established, failure, leg, ns, phase, probe, sample
from tests.tui.stage import Stage, lines_of

if TYPE_CHECKING:
    from textual.message import Message

    from muxbw_tui.tui.plot.chart import Picture

MBIT = 125_000
SIZE = (120, 14)


def run_of(seconds: int, *, state: RunState | None = None, since: int = 0) -> RunState:
    """Return a run whose first route carries 8 Mbit/s, and whose second one dies after five seconds."""
    if state is None:
        state = after(
            phase(0, "set_up"), phase(1, "pump"), established(0.5, 0), established(0.6, 1), state=asked(2)
        )
    for second in range(since + 2, seconds + 2):
        legs = [leg(0, 8 * MBIT * (second - 1)), leg(1, MBIT * min(second, 6), alive=second <= 6)]
        after(sample(second, *legs), probe(second, second, latency_ms=40 + second % 3), state=state)
        if second == 6:
            after(failure(6.2, 1, 6 * MBIT), state=state)
    return state


class PlotStage(Stage):
    """A stage that keeps what the plots say, and draws side by side."""

    def __init__(self, plots: Plots, state: RunState, *, height: int = 14, side_by_side: bool = True) -> None:
        super().__init__(plots, height=height)
        self.plots = plots
        self.said: list[Message] = []
        self._state, self._side_by_side = state, side_by_side

    def on_mount(self) -> None:
        self.plots.side_by_side = self._side_by_side
        self.plots.show(View(self._state))
        self.plots.focus()

    def on_plots_moved(self, message: Plots.Moved) -> None:
        self.said.append(message)

    def on_plots_restyled(self, message: Plots.Restyled) -> None:
        self.said.append(message)

    def lines(self, pane: str = "#throughput") -> list[str]:
        return lines_of(self.query_one(pane, PlotPane))

    def heading(self, pane: str = "#throughput") -> str:
        return self.query_one(pane, PlotPane)._border_title.plain  # type: ignore[union-attr] # set once drawn


@pytest.fixture
def stage() -> PlotStage:
    """Return the plots of a run of twenty seconds."""
    return PlotStage(Plots(), run_of(20))


async def test_both_plots_say_what_they_show(stage: PlotStage) -> None:
    """Unit, lines and axis are readable without a manual."""
    async with stage.run_test(size=SIZE) as pilot:
        await pilot.pause()

        assert stage.heading() == "Throughput, Mbit/s  ⠤⠤⠤ received  ⠄⠄⠄ sent"
        assert stage.heading("#round-trips") == "RTT, ms  ⠤⠤⠤ loaded"
        assert stage.lines()[-1].split() == ["0s", "5s", "10s", "15s", "20s", "25s"]
        assert any("✗ R1 died" in line for line in stage.lines())


async def test_the_keys_zoom_pan_hold_restyle_and_split(stage: PlotStage) -> None:
    """Every key of the pane does what the footer says, and is dim where it would do nothing."""
    async with stage.run_test(size=SIZE) as pilot:
        assert not stage.plots.check_action("pan", (-1,))
        assert not stage.plots.check_action("whole_run", ())
        await pilot.press("plus", "left")
        assert stage.lines()[-1].split()[0] != "0s"
        assert stage.plots.check_action("pan", (1,))
        await pilot.press("0")
        assert stage.lines()[-1].split()[0] == "0s"
        await pilot.press("l")
        assert stage.lines()[-1].split()[-1] == "60s"
        await pilot.press("f")
        assert "scale held" in stage.heading()
        await pilot.press("f", "m", "m", "a")
        await pilot.pause()
        assert stage.heading() == "Received, Mbit/s  ooo R0  +++ R1"
        assert [type(said).__name__ for said in stage.said] == ["Restyled"] * 4


async def test_the_line_moves_by_key_and_click_and_says_so_and_comes_from_elsewhere_quietly(
    stage: PlotStage,
) -> None:
    """The feed follows the plots and the plots the feed, without a circle."""
    async with stage.run_test(size=SIZE) as pilot:
        await pilot.press("shift+left", "shift+left")
        await pilot.click("#throughput", offset=(6, 5))
        await pilot.pause()
        keyed, again, clicked = [said.elapsed_ns for said in stage.said if isinstance(said, Plots.Moved)]
        assert keyed == ns(21)
        assert clicked < again < keyed
        stage.plots.move_to(ns(4.5))
        assert stage.heading() == "Throughput, Mbit/s  0:04.5  received 9.0  sent 9.0"
        stage.plots.move_to(None)
        assert "received" in stage.heading()
        assert len(stage.said) == 3


async def test_an_instant_out_of_sight_moves_the_sight(stage: PlotStage) -> None:
    """An event that the operator stands on must be on the plots."""
    async with stage.run_test(size=SIZE) as pilot:
        await pilot.press("plus", "plus")
        stage.plots.move_to(ns(2))

        assert "0:02.0" in stage.lines()[-1]


async def test_only_what_differs_is_drawn_and_nothing_while_hidden(
    stage: PlotStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ten times a second, beside a pump."""
    state = run_of(20)
    drawn: list[str] = []

    def put(pane: PlotPane, picture: Picture, width: int, height: int) -> None:
        drawn.append(pane.id or "")
        original(pane, picture, width, height)

    original = PlotPane._put
    monkeypatch.setattr(PlotPane, "_put", put)
    async with stage.run_test(size=SIZE) as pilot:
        stage.plots.shown = Shown.RTT
        stage.plots.show(View(state))
        await pilot.pause()
        drawn.clear()
        stage.plots.show(View(state))
        assert drawn == []
        run_of(21, state=state, since=20)
        stage.plots.show(View(state))
        assert drawn == ["round-trips"]
        stage.plots.shown = Shown.BOTH
        await pilot.pause()
        drawn.clear()
        after(probe(23, 99), state=state)
        stage.plots.show(View(state))
        assert drawn == ["round-trips"]
        stage.plots.shown = Shown.RTT
        await pilot.pause()
        drawn.clear()
        stage.plots.shown = Shown.THROUGHPUT
        await pilot.pause()
        assert "throughput" in drawn


async def test_a_frozen_view_stays_still_while_the_run_goes_on() -> None:
    """Space holds the picture, not only the table."""
    state = run_of(20)
    stage = PlotStage(Plots(), state)
    async with stage.run_test(size=SIZE) as pilot:
        await pilot.pause()
        frozen = View(still(state), frozen=True)
        stage.plots.show(frozen)
        before = stage.lines()
        run_of(60, state=state, since=20)
        stage.plots.show(frozen)
        assert stage.lines() == before
        stage.plots.show(View(state))
        assert stage.lines() != before


async def test_another_run_is_seen_from_its_start(stage: PlotStage) -> None:
    """Where one looked in the last run there is nothing in the next one yet."""
    async with stage.run_test(size=SIZE) as pilot:
        await pilot.press("plus", "left", "shift+left")
        stage.plots.show(View(after(established(1_000, 0), state=asked(1))))
        await pilot.pause()

        assert stage.lines()[-1].split()[0] == "0s"
        assert stage.heading() == "Throughput, Mbit/s"


async def test_switching_goes_through_the_plots_that_have_room() -> None:
    """Where there is room for one, both is none of the choices."""
    stage = PlotStage(Plots(), RunState(), side_by_side=False)

    def shown() -> list[str | None]:
        return [pane.id for pane in stage.query(PlotPane) if pane.display]

    async with stage.run_test(size=(60, 10)):
        seen = [shown()]
        for _ in range(2):
            stage.plots.action_switch()
            seen.append(shown())
        stage.plots.side_by_side = True
        for _ in range(3):
            stage.plots.action_switch()
            seen.append(shown())

    both = ["throughput", "round-trips"]
    assert seen == [["throughput"], ["round-trips"], ["throughput"], ["round-trips"], both, ["throughput"]]


async def test_before_anything_has_come_the_plots_say_what_they_wait_for() -> None:
    """An empty frame might be a defect."""
    stage = PlotStage(Plots(), asked(2))
    async with stage.run_test(size=SIZE) as pilot:
        await pilot.pause()

        assert any("No sample yet" in line for line in stage.lines())
        assert any("run with --probe-rtt" in line for line in stage.lines("#round-trips"))


async def test_a_routes_own_plots_show_its_rates_and_its_marks() -> None:
    """The dead route's line ends where it died."""
    stage = PlotStage(Plots(route_index=1), run_of(20))
    async with stage.run_test(size=SIZE) as pilot:
        await pilot.pause()
        stage.plots.move_to(ns(4.5))

        assert stage.heading() == "Throughput, Mbit/s  0:04.5  received 1.0  sent 1.0"
        assert stage.plots.check_action("per_route", ()) is None


async def test_preferences_and_small_heights_are_kept(stage: PlotStage) -> None:
    """Five lines are enough for a curve, an axis and its instants."""
    stage.plots.styles.height = stage.plots.styles.max_height = 5
    stage.plots.use("ascii")
    stage.plots.hold(40)
    async with stage.run_test(size=SIZE) as pilot:
        await pilot.pause()

        assert [line[:5] for line in stage.lines()] == ["  40+", "    |", "   0+"]
