"""The run bar says what the run is, how far, and what it carries, in whatever width there is."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.run.reducer import apply
from muxbw_tui.run.state import RunState
from muxbw_tui.sources.reconnect import Outage
from muxbw_tui.tui.view import View
from muxbw_tui.tui.widgets.run_bar import RunBar, carrying_spans, figure_spans, progress_spans
from muxbw_tui.units import NS_PER_MS, NS_PER_S
from tests.fakes import source as fake
from tests.recordings import recorded_events
from tests.tui.stage import Stage, lines_of, screen_text, view_of

if TYPE_CHECKING:
    from muxbw_tui.pb.muxbw_pb2 import RunEvent


@pytest.mark.parametrize("width", [80, 120, 200])
async def test_the_essentials_fit_every_width(width: int) -> None:
    """Target, phase, time, rates and how many routes carry are what one glance is for."""
    bar = RunBar()
    async with Stage(bar, height=3).run_test(size=(width, 24)):
        bar.show(view_of(fake.in_trouble()))
        text = "\n".join(lines_of(bar))

    for essential in ("here → there", "SIMULATED: flaky", "PUMP", "0:07 / 5:00", "↑", "↓", "avg", "peak"):
        assert essential in text
    assert "2 of 4 routes carry" in text


LOST = Outage("gone", lasted_ns=0, attempt=1, next_try_in_ns=0, left_ns=None)
LONG_NAMES = {fake.SOURCE: "a-source-of-a-long-name", fake.TARGET: "a-target-of-a-long-name"}


@pytest.mark.parametrize("width", [80, 100, 120])
async def test_long_names_are_shortened_and_never_the_label_or_the_count(width: int) -> None:
    """What is simulated, and how much of it is broken, must not make room for a name."""
    view = view_of(fake.in_trouble())
    view.state.node_names.update(LONG_NAMES)
    bar = RunBar()
    async with Stage(bar, height=3).run_test(size=(width, 24)):
        bar.show(view)
        text = "\n".join(lines_of(bar))

    assert " SIMULATED: flaky " in text
    assert "2 of 4 routes carry" in text
    assert "a-source" in text
    assert "→ a-target" in text
    assert "0:07 / 5:00" in text


async def test_a_run_that_probes_shows_its_last_round_trip() -> None:
    """The added delay is half of what was asked; at 120 columns it must be in sight."""
    view = view_of(fake.pumping())
    view.state.request.probe_rtt = True
    bar = RunBar()
    texts = []
    async with Stage(bar, height=3).run_test(size=(120, 24)):
        for last_probe_ns in (0, 84_300_000):
            view.state.last_probe_ns = last_probe_ns
            bar.show(view)
            texts.append(lines_of(bar)[1])

    assert "RTT        –   avg" in texts[0]
    assert "RTT  84.3 ms   avg" in texts[1]


@pytest.mark.parametrize(("routes", "count"), [(1, "1 of 1 route carries"), (2, "2 of 2 routes carry")])
def test_one_route_is_not_called_routes(routes: int, count: str) -> None:
    """The screen is read aloud to others."""
    events = [*fake.set_up(routes), fake.sample(2, dict.fromkeys(range(routes), 3.0))]

    assert "".join(span.text for span in carrying_spans(view_of(events, routes=routes).state)) == count


async def test_figures_keep_their_place_while_their_values_change() -> None:
    """A number that moves cannot be read."""
    bar = RunBar()
    places = []
    async with Stage(bar, height=3).run_test(size=(120, 24)):
        for mbps in (0.4, 24.5, 240.0):
            bar.show(view_of([*fake.set_up(), fake.sample(2, dict.fromkeys(range(4), 3.0), mbps=mbps)]))
            places.append([lines_of(bar)[1].index(word) for word in ("↓", "avg", "peak", "elapsed")])

    assert places[0] == places[1] == places[2]


def test_the_progress_bar_fills_with_the_planned_time() -> None:
    """How long still is the third thing that one wants to know."""
    halfway = replace(view_of(fake.pumping()), silent_ns=145 * NS_PER_S)

    text = "".join(span.text for span in progress_spans(halfway, 60))

    assert text.endswith("2:30 / 5:00")
    assert text.count("━") == pytest.approx(text.count("─"), abs=1)


def test_a_run_that_is_over_stops_the_clock() -> None:
    """The time since the end is not the run's."""
    over = view_of([*fake.pumping(), fake.done(20)])
    later = replace(over, silent_ns=100 * NS_PER_S)

    assert progress_spans(over, 60) == progress_spans(later, 60)


async def test_a_real_network_is_not_called_simulated() -> None:
    """The label must mean something."""
    bar = RunBar()
    async with Stage(bar, height=3).run_test(size=(120, 24)):
        bar.show(view_of(fake.set_up()[1:]))
        text = "\n".join(lines_of(bar))

    assert "SIMULATED" not in text


@pytest.mark.parametrize(("paused", "outage", "word"), [(True, None, "Ⅱ PAUSED"), (False, LOST, "LOST")])
def test_what_keeps_a_run_from_measuring_stands_in_place_of_its_phase(
    outage: Outage | None, word: str, *, paused: bool
) -> None:
    """A bar that says PUMP while nothing flows is wrong."""
    view = replace(view_of(fake.pumping()), outage=outage)
    view.state.paused = paused

    assert "".join(span.text for span in progress_spans(view, 60)).startswith(f"{word} ")


def test_figures_of_a_lost_connection_step_back() -> None:
    """Bold rates in green would be taken for what is so now."""
    view = view_of(fake.pumping())

    assert {span.role for span in figure_spans(replace(view, outage=LOST), 118)} == {"muted"}
    assert "value" in {span.role for span in figure_spans(view, 118)}


async def test_a_terminal_that_grows_has_the_whole_bar_though_nothing_in_it_changes() -> None:
    """In a frozen view no tick comes that would draw it anew."""
    bar = RunBar()
    app = Stage(bar, height=3)
    async with app.run_test(size=(60, 24)) as pilot:
        bar.show(view_of(fake.pumping()))
        await pilot.resize_terminal(120, 24)
        await pilot.pause()

        assert "here → there" in screen_text(app)


async def test_a_long_name_of_a_scenario_leaves_phase_and_time_their_room() -> None:
    """It is the name of somebody's file."""
    bar = RunBar()
    view = view_of([fake.run_started("x" * 300), *fake.pumping()[1:]])
    async with Stage(bar, height=3).run_test(size=(120, 24)):
        bar.show(view)
        text = "\n".join(lines_of(bar))

    assert "SIMULATED: xxx" in text
    assert "PUMP" in text


def test_paused_routes_are_not_said_to_carry() -> None:
    """They would if they might."""
    view = view_of(fake.pumping())
    view.state.paused = True

    assert "".join(span.text for span in carrying_spans(view.state)) == "4 of 4 routes paused"


def test_with_an_idle_baseline_both_round_trips_are_shown() -> None:
    """Their difference is the delay that the load adds; each keeps its place before it is known."""
    view = view_of(fake.pumping())
    view.state.request.idle_baseline_duration_ns = NS_PER_S
    before = "".join(span.text for span in figure_spans(view, 200))
    for latency_ms in (40, 42):
        view.state.series.add_probe(NS_PER_S, latency_ms * NS_PER_MS, loaded=False)
    view.state.series.add_probe(NS_PER_S, 58 * NS_PER_MS, loaded=True)
    after = "".join(span.text for span in figure_spans(view, 200))

    assert "RTT mean idle        –  loaded        –" in before
    assert "RTT mean idle  41.0 ms  loaded  58.0 ms" in after


def without_baseline(events: list[RunEvent]) -> list[RunEvent]:
    """Return a stock run as it would have been without its quiet phase."""
    began_ns = next(event.timestamp_ns for event in events if event.HasField("sample")) - NS_PER_S // 4
    events = [event for event in events if not event.HasField("rtt_probe") or event.timestamp_ns > began_ns]
    for name in ("count", "avg_ns", "p50_ns", "p99_ns", "jitter_ns"):
        events[-1].done.ClearField(f"idle_probe_{name}")
    return events


@pytest.mark.parametrize(
    ("baseline", "before_its_end", "at_its_end"),
    [
        (True, "RTT mean idle  44.6 ms  loaded  44.8 ms", "RTT mean idle  44.6 ms  loaded  44.8 ms"),
        (False, "RTT  43.1 ms", "RTT mean  44.8 ms"),
    ],
)
def test_a_stock_run_that_names_no_phases_tells_idle_from_loaded(
    before_its_end: str, at_its_end: str, *, baseline: bool
) -> None:
    """Its pump shows only with the first sample; probes beside it that count as idle turn the delay's sign around."""
    events = recorded_events("probe-rtt-idle")
    *events, done = events if baseline else without_baseline(events)
    state = RunState()
    texts = []
    for each in (events, [done]):
        for event in each:
            apply(state, event)
        texts.append("".join(span.text for span in figure_spans(View(state), 300)))

    assert before_its_end in texts[0]
    assert at_its_end in texts[1]


def test_the_end_shows_the_servers_own_round_trips() -> None:
    """Who came late saw a part of the probes; the summary below has all of them."""
    view = view_of([*fake.pumping(), fake.done(20)])
    assert view.state.done is not None
    view.state.done.idle_probe_avg_ns, view.state.done.probe_avg_ns = 40 * NS_PER_MS, 58 * NS_PER_MS
    view.state.series.add_probe(NS_PER_S, 70 * NS_PER_MS, loaded=True)

    text = "".join(span.text for span in figure_spans(view, 300))

    assert "RTT mean idle  40.0 ms  loaded  58.0 ms" in text
