"""Which columns a width holds, and what a route in trouble says."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.run.columns import COLUMNS
from muxbw_tui.run.state import Attempt, RouteState, RouteStatus
from muxbw_tui.tui.route_lines import (
    has_reason,
    header_spans,
    layout_for,
    reason,
    reason_spans,
    route_spans,
)
from muxbw_tui.tui.spans import Span, fit, spans_len
from tests.fakes import source as fake
from tests.tui.stage import view_of


def column_ids(width: int, *, longest_path: int = 29) -> list[str]:
    """Return the columns that a width holds."""
    return [column.id for column, _width in layout_for(width, longest_path=longest_path).columns]


def test_eighty_columns_hold_what_an_operator_needs() -> None:
    """Inside a frame and beside a scroll bar, 80 columns leave 77."""
    expected = ["index", "state", "established", "failed", "path", "received", "receive_rate"]
    assert column_ids(77) == expected


def test_two_hundred_columns_hold_all_that_is_not_said_twice() -> None:
    """The last error stands in full under its row there; with still more room it has a column of its own."""
    seldom = {"average", "latency", "window"}

    assert column_ids(198) == [column.id for column in COLUMNS if column.id not in {*seldom, "error"}]
    assert column_ids(250) == [column.id for column in COLUMNS if column.id not in seldom]


@given(st.integers(min_value=40, max_value=300), st.integers(min_value=0, max_value=60))
def test_a_wider_table_never_loses_a_column(width: int, longest_path: int) -> None:
    """Columns that came and went with the width would jump while a window is dragged."""
    assert set(column_ids(width, longest_path=longest_path)) <= set(
        column_ids(width + 1, longest_path=longest_path)
    )


def test_a_path_is_whole_before_a_further_column_comes() -> None:
    """Where a route goes says more than its share; what short paths leave over is for columns."""
    long, short = (dict(layout_for(118, longest_path=cells).columns) for cells in (29, 16))
    width_by_id = {column.id: width for column, width in long.items()}

    assert width_by_id["path"] >= 29
    assert "elapsed" not in width_by_id
    assert "elapsed" in {column.id for column in short}


def test_chosen_columns_stand_in_their_order_and_the_last_are_left_out_first() -> None:
    """The operator has said what matters most."""
    chosen = ("receive_rate", "path", "index", "error")

    whole, narrow, tiny = (layout_for(width, chosen=chosen) for width in (80, 40, 1))

    assert [column.id for column, _width in whole.columns] == list(chosen)
    assert ([column.id for column, _width in narrow.columns], narrow.left_out) == (list(chosen[:3]), 1)
    assert ([column.id for column, _width in tiny.columns], tiny.left_out) == (["receive_rate"], 3)


def test_a_title_is_found_by_the_cells_that_it_stands_above() -> None:
    """A click on it sorts."""
    layout = layout_for(77)
    line = "".join(span.text for span in header_spans(layout, sort="index"))

    for title in ("State", "Path", "Recv", "↓ Mbit/s"):
        for x in (line.index(title), line.index(title) + len(title) - 1):
            column = layout.column_at(x)
            assert column is not None
            assert column.title == title
    assert layout.column_at(0) is None
    assert layout.column_at(500) is None


@given(st.integers(min_value=77, max_value=300), st.sampled_from([0, 1, 2, 3]))
def test_every_row_has_the_width_of_the_header(width: int, route_index: int) -> None:
    """Numbers must stay under their titles in every state."""
    view, layout = view_of(fake.in_trouble()), layout_for(width)
    row = route_spans(view.state.routes[route_index], view.state, layout, selected=True)

    assert spans_len(row) == spans_len(header_spans(layout, sort="state")) <= width


def test_a_path_that_does_not_fit_shows_its_middle() -> None:
    """The ends are the same for every route; the relay is what tells them apart."""
    events = [event for event in fake.pumping() if not event.HasField("run_started")]
    view = view_of(events)

    row = route_spans(view.state.routes[1], view.state, layout_for(77), selected=False)

    assert "…→0200…0001→…" in "".join(span.text for span in row).split()


def test_the_selected_row_is_marked_by_more_than_colour() -> None:
    """Without colour the cursor must still be seen."""
    view = view_of(fake.pumping())
    marks = [
        route_spans(view.state.routes[0], view.state, layout_for(118), selected=selected)[0].text
        for selected in (True, False)
    ]

    assert marks == ["▌", " "]


def test_the_block_of_a_fault_fills_its_column_and_no_gap() -> None:
    """It is a filled block; one that reached into its neighbours would look like a broken line."""
    state = view_of(fake.in_trouble()).state

    row = route_spans(state.routes[1], state, layout_for(118), selected=False)

    assert [span.text for span in row if span.role == "failed"] == ["✗ died".ljust(17)]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (RouteStatus.SETUP_FAILED, "boom · no connection came up · r restarts"),
        (RouteStatus.DEAD_ON_ARRIVAL, "boom · after 0 B · r restarts"),
        (RouteStatus.DIED, "boom · after 2.00 MiB · r restarts"),
        (RouteStatus.STALLED, "no byte for 4 s · no error so far · after 2.00 MiB · r restarts"),
        (RouteStatus.RESTARTING, "setting up again · after: boom"),
    ],
)
def test_each_kind_of_trouble_says_something_else(status: RouteStatus, expected: str) -> None:
    """The four that must never look alike point at different causes."""
    carried_bytes = 0 if status is RouteStatus.DEAD_ON_ARRIVAL else 2 * fake.MIB
    route = RouteState(1, status, last_error="boom", bytes_received=carried_bytes)
    route.stalled_for_ns = 4_000_000_000

    assert has_reason(route)
    assert reason(route, restart_key="r") == expected


def test_the_reason_gives_what_the_latest_attempt_carried() -> None:
    """What came before the restart stands in the column of what was received."""
    attempts = [Attempt(1, error="reset", bytes_received=2 * fake.MIB), Attempt(2)]
    route = RouteState(1, RouteStatus.DEAD_ON_ARRIVAL, bytes_received=2 * fake.MIB, attempts=attempts)

    assert reason(route, restart_key="") == "after 0 B"


def test_a_key_in_an_error_is_shortened() -> None:
    """66 digits would push what matters out of the line."""
    error = f"no ping connection for {fake.TARGET}#1, call DialPing first"
    route = RouteState(1, RouteStatus.DEAD_ON_ARRIVAL, last_error=error)

    assert reason(route, restart_key="").startswith("no ping connection for 0326…2688#1, call DialPing")


@given(st.text(max_size=40), st.integers(min_value=0, max_value=30), st.sampled_from(["left", "right"]))
def test_fitted_text_has_exactly_the_width(text: str, width: int, align: str) -> None:
    """Names come from outside and may be wide, combining or empty; the columns after them must not move."""
    fitted = fit(text, width, "left" if align == "left" else "right")

    assert spans_len([Span(fitted)]) == width


HOSTILE = (
    "[bold]x[/bold] [/] [red",
    "\x1b]0;owned\x07\x1b[2J\x1b[31mred",
    "one\ttwo\nthree\r\nfour",
    "x" * 10_000,
    "日本語" * 4_000,
    "a\u0301" * 50,
    "\u202egnol\u200b",
    "",
)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("width", [60, 77, 118, 260])
def test_no_text_from_outside_moves_a_column_or_reaches_the_terminal_as_a_command(
    text: str, width: int
) -> None:
    """Names and errors are what the other side says."""
    events = [fake.run_started(), *fake.in_trouble()[1:], fake.failure(3, 9, error=text, mib=1)]
    for key in tuple(events[0].run_started.node_names):
        events[0].run_started.node_names[key] = text
    state, layout = view_of(events).state, layout_for(width, longest_path=29)
    route = state.routes[3]

    row = route_spans(route, state, layout, selected=True)
    under = reason_spans(route, layout, selected=True, restart_key="r")

    assert spans_len(row) == spans_len(header_spans(layout, sort="index"))
    for line in (row, under):
        assert "".join(span.text for span in line).isprintable()


@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from([40, 77, 200, 260]))
def test_any_text_leaves_the_columns_where_they_are(name: str, error: str, width: int) -> None:
    """What was not thought of above."""
    started = fake.run_started()
    for key in tuple(started.run_started.node_names):
        started.run_started.node_names[key] = name
    events = [started, *fake.set_up()[1:], fake.failure(1, 2, error=error, mib=1)]
    state, layout = view_of(events).state, layout_for(width)

    row = route_spans(state.routes[1], state, layout, selected=False)

    assert spans_len(row) == spans_len(header_spans(layout, sort=""))
    assert "".join(span.text for span in row).isprintable()
