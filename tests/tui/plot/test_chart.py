"""The drawn plot: small pictures in each style, and what must hold of every picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.pb.muxbw_pb2 import ProbePath, RunEvent, RunRequest
from muxbw_tui.run.reducer import start
from muxbw_tui.run.series import Mark, MarkKind
from muxbw_tui.tui.plot.axes import RATE_UNITS
from muxbw_tui.tui.plot.canvas import Extent, Style
from muxbw_tui.tui.plot.chart import Chart, Line, Look, Picture, draw
from muxbw_tui.tui.plot.charts import round_trip_chart, throughput_chart
from muxbw_tui.tui.plot.marks import mark_glyph
from muxbw_tui.tui.plot.sight import Now, Sight, Window
from muxbw_tui.tui.spans import Span, spans_len
from tests.run.happenings import after, asked, at, established, failure, leg, ns, phase, probe, sample
from tests.strategies import run_events

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from muxbw_tui.run.state import RunState

S = 1_000_000_000
MBIT = 125_000
WHOLE = Window(0, 10 * S)
STYLES = [Style.BRAILLE, Style.BLOCK, Style.ASCII]


def chart_of(*curves: Sequence[float | None], marks: Sequence[Mark] = (), waiting: str = "") -> Chart:
    """Return a chart of curves in Mbit/s, whose values are spread evenly over the window."""
    lines = [Line(f"L{number}", f"line-{number}", _columns(curve)) for number, curve in enumerate(curves, 1)]
    return Chart("Throughput", RATE_UNITS, RATE_UNITS[2], lines, marks, waiting)


def _columns(curve: Sequence[float | None]) -> Callable[[Window, int], list[Extent | None]]:
    def columns(_window: Window, count: int) -> list[Extent | None]:
        values = [curve[number * len(curve) // count] for number in range(count)]
        return [None if value is None else Extent(value * 1e6, value * 1e6) for value in values]

    return columns


def picture(chart: Chart, look: Look, *, width: int = 26, height: int = 7) -> list[str]:
    """Return the drawn lines as text."""
    return [
        "".join(span.text for span in line).rstrip() for line in draw(chart, WHOLE, width, height, look).lines
    ]


def text_of(spans: Sequence[Span]) -> str:
    """Return a line's text."""
    return "".join(span.text for span in spans)


def run_with_a_fault() -> RunState:
    """Return a run of two routes, one of which dies after five of its nine seconds."""
    state = after(
        phase(0, "set_up"), established(0.5, 0), established(0.6, 1), phase(1, "pump"), state=asked(2)
    )
    for second in range(2, 11):
        alive = second <= 5
        legs = [leg(0, MBIT * 4 * (second - 1)), leg(1, MBIT * 2 * (min(second, 5) - 1), alive=alive)]
        after(sample(second, *legs), state=state)
        if second == 5:
            after(failure(5.2, 1, MBIT * 8, pump_s=4.2), state=state)
    return state


def test_braille_draws_a_step_a_gap_and_a_zero() -> None:
    """Zero is the lowest dot, above the axis; where there is no data there is no dot."""
    chart = chart_of([4, 4, 4, 4, None, None, 0, 0, 2, 2])

    assert picture(chart, Look(Style.BRAILLE)) == [
        "   4┤⠉⠉⠉⠉⠉⠉⠉⠉⠁",
        "    │",
        "    │                 ⡖⠒⠒⠒",
        "    │                 ⡇",
        "    │             ⣀⣀⣀⣀⡇",
        "   0┼──────────┬─────────┬",
        "     0s       5s       10s",
    ]


def test_blocks_draw_the_same_curve() -> None:
    """For fonts without braille."""
    chart = chart_of([4, 4, 4, 4, None, None, 0, 0, 2, 2])

    assert picture(chart, Look(Style.BLOCK)) == [
        "   4┤▀▀▀▀▀▀▀▀▘",
        "    │",
        "    │                 ▄▄▄▄",
        "    │                 ▌",
        "    │             ▄▄▄▄▌",
        "   0┼──────────┬─────────┬",
        "     0s       5s       10s",
    ]


def test_ascii_tells_two_lines_apart_by_their_characters() -> None:
    """The last resort needs no font and no colour."""
    chart = chart_of([4] * 5 + [2] * 5, [1] * 10, marks=[Mark(3 * S, MarkKind.FAILED, "R1 died", 1)])

    assert picture(chart, Look(Style.ASCII)) == [
        "   4+oooooooooooo",
        "    |           o",
        "    |           oooooooooo",
        "    |+++++++++++++++++++++",
        "    |      x R1 died",
        "   0+------x---+---------+",
        "     0s       5s       10s",
    ]


def test_few_lines_have_the_instants_in_the_axis() -> None:
    """Every line counts in a terminal of 24."""
    assert picture(chart_of([1] * 10), Look(Style.ASCII), width=40, height=4) == [
        "   1+ooooooooooooooooooooooooooooooooooo",
        "    |",
        "    |",
        "   0+-0s--------------+5s--------------+",
    ]


def test_the_cursor_is_a_line_with_the_values_at_its_instant() -> None:
    """What was the rate when that happened?"""
    look = Look(Style.ASCII, cursor_ns=5 * S)
    drawn = draw(chart_of([4] * 10, [None] * 10), WHOLE, 26, 7, look)

    assert text_of(drawn.legend) == "0:05.0  L1 4.0"
    assert [text_of(line).rstrip() for line in drawn.lines] == [
        "   4+ooooooooooooooooooooo",
        "    |          |",
        "    |          |",
        "    |          |",
        "    |          |",
        "   0+----------+---------+",
        "     0s     0:05.0     10s",
    ]


def test_a_cursor_where_there_is_no_data_says_so() -> None:
    """An empty legend looks like a defect."""
    drawn = draw(chart_of([4, None]), WHOLE, 26, 7, Look(cursor_ns=9 * S))

    assert text_of(drawn.legend) == "0:09.0  no data"


@pytest.mark.parametrize("style", STYLES)
def test_marks_stand_on_the_axis_at_their_instant_and_the_gravest_hides_the_others(style: Style) -> None:
    """Ten routes that restart must not hide the one that failed."""
    marks = [Mark(5 * S, kind, "what") for kind in (MarkKind.FAILED, MarkKind.PHASE, MarkKind.RECOVERED)]
    lines = picture(chart_of([1], marks=marks), Look(style), width=25)

    assert lines[-2][5 + 10] == mark_glyph(MarkKind.FAILED, style)


def test_labels_of_marks_cover_neither_a_curve_nor_each_other() -> None:
    """They are the first thing to go where there is no room."""
    marks = [Mark(number * S // 2, MarkKind.FAILED, f"R{number} died", number) for number in range(8)]
    with_marks = picture(chart_of([8, 4, 0, 4, 8], marks=marks), Look())
    without = picture(chart_of([8, 4, 0, 4, 8]), Look())
    dots = [
        (x, y) for y, line in enumerate(without[:-2]) for x, cell in enumerate(line) if "⠀" <= cell <= "⣿"
    ]

    assert all(with_marks[y][x] == without[y][x] for x, y in dots)
    assert sum("✗ R" in line for line in with_marks) >= 1


def test_a_label_at_the_right_edge_stands_to_the_left_of_its_mark() -> None:
    """The end of a run is always there."""
    lines = picture(chart_of([1], marks=[Mark(10 * S, MarkKind.PHASE, "done")]), Look(), width=40)

    assert lines[1].endswith("done │")


def test_a_label_with_characters_of_two_cells_is_left_out() -> None:
    """A phase's name comes from outside, and a wide character would push the line beyond the width."""
    lines = picture(chart_of([1], marks=[Mark(S, MarkKind.PHASE, "測定")]), Look(), width=40)

    assert "│" in lines[-2]
    assert all("測" not in line for line in lines)


def test_a_scale_that_is_held_cuts_what_is_above_it() -> None:
    """Two runs are compared on one scale; a spike beyond it is drawn at the top."""
    look = Look(Style.ASCII, top=4e6)
    drawn = draw(chart_of([2] * 5 + [9] * 5), WHOLE, 26, 7, look)

    assert drawn.top == 4e6
    assert "scale held" in text_of(drawn.title)
    assert text_of(drawn.lines[0]).endswith("o" * 10)


def test_the_title_names_the_unit_and_the_legend_shows_each_line_as_it_is_drawn() -> None:
    """Without colour the pattern of its dots is a line's name."""
    drawn = draw(chart_of([4], [3]), WHOLE, 30, 8, Look(Style.BRAILLE))

    assert text_of(drawn.title) == "Throughput, Mbit/s"
    assert text_of(drawn.legend) == "⠤⠤⠤ L1  ⠄⠄⠄ L2"


@pytest.mark.parametrize("style", STYLES)
def test_six_lines_look_different_in_the_legend(style: Style) -> None:
    """Six routes can be told apart without a colour."""
    drawn = draw(chart_of(*[[number] for number in range(1, 7)]), WHOLE, 60, 8, Look(style))
    samples = [span.text for span in drawn.legend if span.role.startswith("line-")]

    assert len(set(samples)) == 6


def test_what_is_waited_for_stands_where_the_curves_will_be() -> None:
    """An empty plot must say why it is empty."""
    assert "No sample yet" in picture(chart_of([None], waiting="No sample yet"), Look())[2]


def test_a_run_without_probes_says_how_to_get_them() -> None:
    """Nobody guesses a flag."""
    assert round_trip_chart(asked(1)).waiting == "No probe was asked for: run with --probe-rtt"
    assert round_trip_chart(start(RunRequest(probe_rtt=True))).waiting == "No probe yet"
    assert throughput_chart(asked(1)).waiting == "No sample yet"


def test_the_curve_of_a_run_shows_what_was_carried_and_where_a_route_died() -> None:
    """The picture and the figures beside it come from the same bytes."""
    chart = throughput_chart(run_with_a_fault())
    extents = chart.lines[0].columns(WHOLE, 20)
    carried = sum(extent.high / 8 * 0.5 for extent in extents if extent is not None)

    assert [extent.high if extent else None for extent in extents[:4]] == [None, None, 6e6, 6e6]
    assert carried == pytest.approx(MBIT * (9 * 4 + 4 * 2))
    assert [mark.text for mark in chart.marks] == ["set-up", "pump", "R1 died"]


def test_each_routes_own_line_ends_where_it_died() -> None:
    """A dead route is a gap, not a rate of zero."""
    chart = throughput_chart(run_with_a_fault(), per_route=True)
    died = chart.lines[1].columns(WHOLE, 10)

    assert [line.name for line in chart.lines] == ["R0", "R1"]
    assert [extent.high if extent else None for extent in died] == [None, *[2e6] * 4, *[None] * 5]


def test_more_routes_than_can_be_told_apart_are_counted() -> None:
    """A plot of sixty lines is a plot of none."""
    chart = throughput_chart(after(sample(2, *(leg(index, 9) for index in range(9)))), per_route=True)

    assert len(chart.lines) == 6
    assert chart.note == "the first 6 of 9 routes"


def test_round_trips_are_joined_lost_ones_are_gaps_and_the_slowest_is_seen() -> None:
    """A lost probe must not be bridged, and a slow one not averaged away."""
    answers = [probe(1 + number / 10, number, latency_ms=40) for number in range(10)]
    lost = [probe(2 + number / 10, 10 + number, error="timeout") for number in range(5)]
    slow = [probe(2.5, 15, latency_ms=40), probe(2.55, 16, latency_ms=900), probe(2.9, 17, latency_ms=40)]
    late = probe(8, 18, latency_ms=40)
    state = after(phase(0, "idle_baseline"), phase(0.5, "pump"), *answers, *lost, *slow, late)
    chart = round_trip_chart(state)
    extents = chart.lines[0].columns(Window(0, 10 * S), 100)

    assert [line.name for line in chart.lines] == ["loaded"]
    assert extents[10:20] == [Extent(ns(0.04), ns(0.04))] * 10
    assert extents[20:25] == [None] * 5
    assert extents[25] == Extent(ns(0.04), ns(0.9))
    assert [extent is not None for extent in extents[26:31]] == [True] * 4 + [False]
    assert extents[79:82] == [None, Extent(ns(0.04), ns(0.04)), None]
    assert chart.note == "5 lost"


def test_a_routes_round_trips_are_those_of_the_probe_that_went_its_way() -> None:
    """Another route's delay says nothing about this one."""
    moved = [
        RunEvent(timestamp_ns=at(second), probe_path=ProbePath(along_route=route))
        for second, route in ((0, 0), (5, 1))
    ]
    state = after(moved[0], phase(0.5, "pump"), probe(1, 1), moved[1], probe(6, 2), state=asked(3))
    seen = [
        [bool(extent) for extent in round_trip_chart(state, route_index=index).lines[0].columns(WHOLE, 2)]
        for index in (0, 1)
    ]

    assert seen == [[True, False], [False, True]]
    assert round_trip_chart(state, route_index=2).waiting == "The probe went along other routes"
    assert round_trip_chart(state).note == "along R1"


def test_a_route_whose_samples_tell_its_delay_has_it_plotted() -> None:
    """A visor smooths the delay of each leg itself."""
    state = after(established(1, 0), *(sample(second, leg(0, second, latency_ms=42)) for second in (2, 3, 4)))
    chart = round_trip_chart(state, route_index=0)

    assert not chart.waiting
    assert chart.lines[0].columns(WHOLE, 10)[2] == Extent(ns(0.042), ns(0.042))


def test_self_probes_are_plotted_rather_than_what_the_samples_smooth() -> None:
    """Smoothing hides what a queue does, and both in one line would be neither."""
    self_probe = RunEvent(timestamp_ns=at(1.5))
    self_probe.route_probe.route_index, self_probe.route_probe.latency_ns = 0, ns(0.09)
    samples = [sample(second, leg(0, second, latency_ms=42)) for second in (1, 2, 3)]
    state = after(established(0.5, 0), samples[0], self_probe, *samples[1:])
    chart = round_trip_chart(state, route_index=0)

    assert chart.lines[0].columns(WHOLE, 10)[2] == Extent(ns(0.09), ns(0.09))


@given(
    events=st.lists(run_events(), max_size=40),
    size=st.tuples(st.integers(0, 90), st.integers(0, 24)),
    look=st.builds(
        Look,
        st.sampled_from(STYLES),
        st.none() | st.floats(0, 1e12),
        st.none() | st.integers(-(10**18), 10**19),
    ),
    steps=st.lists(st.integers(-2, 2), max_size=4),
    per_route=st.booleans(),
)
def test_any_run_at_any_size_gives_lines_of_exactly_that_size(
    events: list[RunEvent], size: tuple[int, int], look: Look, steps: list[int], *, per_route: bool
) -> None:
    """A line that is a cell too long breaks the whole screen; NaN on an axis breaks the trust in it."""
    width, height = size
    state = after(*events)
    now = Now(state.elapsed_ns)
    sight = Sight()
    for step in steps:
        sight = sight.zoomed(step, now).panned(step, now)
    charts = [
        throughput_chart(state, per_route=per_route),
        round_trip_chart(state),
        throughput_chart(state, route_index=0),
        round_trip_chart(state, route_index=0),
    ]
    for chart in charts:
        drawn = draw(chart, sight.window(now, width), width, height, look)
        assert [spans_len(line) for line in drawn.lines] == [width] * height
        assert "nan" not in text_of(
            [*drawn.title, *drawn.legend, *(span for line in drawn.lines for span in line)]
        )
        _assert_zero_at_the_bottom(drawn, width, height)


def _assert_zero_at_the_bottom(drawn: Picture, width: int, height: int) -> None:
    if width >= 10 and height >= 2:
        axis = text_of(drawn.lines[height - (2 if height >= 6 else 1)])
        assert axis.startswith("   0")
