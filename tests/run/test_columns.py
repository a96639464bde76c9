"""The columns are the table: what they say of a route is what an operator believes."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.pb.muxbw_pb2 import RouteProbe, RunEvent
from muxbw_tui.run.cells import GLYPHS, NOT_AVAILABLE, carrier_text, error_text, share_bar, status_text
from muxbw_tui.run.columns import COLUMN_BY_ID, COLUMNS, in_order
from muxbw_tui.run.state import FAILED_STATUSES, RouteState, RouteStatus, RunState
from tests.run.happenings import (
    MIB,
    after,
    apply_all,
    asked,
    at,
    established,
    failure,
    hops,
    leg,
    ns,
    phase,
    restarting,
    sample,
    setup_failed,
    started,
)
from tests.strategies import run_events

if TYPE_CHECKING:
    from muxbw_tui.run.columns import Column

IDS = [
    "index",
    "state",
    "established",
    "failed",
    "path",
    "carrier",
    "setup",
    "sent",
    "received",
    "send_rate",
    "receive_rate",
    "history",
    "average",
    "share",
    "elapsed",
    "attempts",
    "dead_time",
    "latency",
    "block_rtt",
    "limited_by",
    "window",
    "error",
]


def cells(state: RunState, index: int) -> dict[str, str]:
    """Return the texts of one row by column."""
    return {column.id: column.text(state.routes[index], state) for column in COLUMNS}


def raw_values(state: RunState, index: int) -> dict[str, object]:
    """Return the raw values of one row by column."""
    return {column.id: column.raw(state.routes[index], state) for column in COLUMNS}


def test_the_table_has_its_columns_once_and_in_order() -> None:
    """Files and screen share the registry; an id is a name in both."""
    assert [column.id for column in COLUMNS] == IDS
    assert list(COLUMN_BY_ID) == IDS
    assert len({column.header for column in COLUMNS}) == len(COLUMNS)


@pytest.mark.parametrize("column", COLUMNS, ids=lambda column: column.id)
def test_every_column_is_explained_and_fits_its_title(column: object) -> None:
    """The help is made of these."""
    known = COLUMN_BY_ID[getattr(column, "id", "")]

    assert known.meaning.endswith(".")
    assert len(known.title) <= known.width


@pytest.mark.parametrize("status", RouteStatus)
def test_every_status_has_a_glyph_of_one_cell(status: RouteStatus) -> None:
    """A wide glyph would push the row out of line."""
    glyph = GLYPHS[status]

    assert len(glyph) == 1
    assert unicodedata.east_asian_width(glyph) not in {"W", "F"}


def test_no_two_statuses_look_alike() -> None:
    """Four of them have been mistaken for each other too often."""
    texts = {status_text(RouteState(0, status=status)).split(" 0s")[0] for status in RouteStatus}
    words = {status.value for status in RouteStatus}

    assert len(texts) == len(words) == len(RouteStatus)


def test_no_failed_status_shares_its_glyph_with_one_that_is_well() -> None:
    """A glance must tell good from bad."""
    bad = {GLYPHS[status] for status in FAILED_STATUSES | {RouteStatus.STALLED}}
    well = {GLYPHS[status] for status in RouteStatus if status not in FAILED_STATUSES | {RouteStatus.STALLED}}

    assert not bad & well


def test_a_stalled_route_shows_for_how_long() -> None:
    """The seconds are what decides whether to press r."""
    assert (
        status_text(RouteState(0, status=RouteStatus.STALLED, stalled_for_ns=4_900_000_000)) == "◌ stalled 4s"
    )


def test_a_restarting_route_shows_its_attempt() -> None:
    """The third try looks different from the first."""
    state = after(established(0, 1), phase(1, "pump"), failure(2, 1, MIB), restarting(3, 1, 2))

    assert cells(state, 1)["state"] == "↻ restarting #2"


def test_a_pumping_row_says_everything() -> None:
    """One row of the screen, as it is drawn."""
    state = after(
        started(0, routes=2),
        established(0.5, 0, setup_s=0.0843, path=("here", "osaka", "there")),
        phase(1, "pump"),
        sample(43, leg(0, 148 * MIB, rate_bps=31e6), leg(1, 0, rate_bps=31e6)),
    )

    assert cells(state, 0) == {
        "index": "0",
        "state": "● pumping",
        "established": "✓",
        "failed": "·",
        "path": "here→osaka→there",
        "carrier": "stcpr",
        "setup": "84.3 ms",
        "sent": "148.0 MiB",
        "received": "148.0 MiB",
        "send_rate": "31.0",
        "receive_rate": "31.0",
        "history": "",
        "average": "29.6 Mbit/s",
        "share": "50 %",
        "elapsed": "0:42",
        "attempts": "1",
        "dead_time": "0 s",
        "latency": "–",
        "block_rtt": "–",
        "limited_by": "–",
        "window": "–",
        "error": "",
    }


@pytest.mark.parametrize(
    ("ratio", "text"), [(0, "0 %"), (1 / 300, "0.3 %"), (0.0099, "1.0 %"), (0.014, "1 %"), (1, "100 %")]
)
def test_a_small_share_has_a_decimal(ratio: float, text: str) -> None:
    """With 300 routes each of them would have 0 %."""
    route = RouteState(0, status=RouteStatus.PUMPING, share=ratio)

    assert COLUMN_BY_ID["share"].text(route, RunState(has_legs=True)) == text


def test_a_dead_route_has_no_rates_but_its_bytes_and_time() -> None:
    """A rate of 0 would say that something is measured."""
    state = after(
        established(0.5, 1),
        phase(1, "pump"),
        sample(2, leg(1, MIB, rate_bps=8e6)),
        failure(4, 1, MIB, "reset"),
    )

    row = cells(state, 1)
    assert [row[name] for name in ("send_rate", "receive_rate", "share")] == [NOT_AVAILABLE] * 3
    assert (row["received"], row["elapsed"], row["error"]) == ("1.00 MiB", "0:03", "reset")
    assert raw_values(state, 1)["receive_rate"] is None


def test_a_stalled_route_measures_zero() -> None:
    """There the zero is the measurement."""
    state = after(established(0.5, 1), phase(1, "pump"), sample(2, leg(1, MIB)), sample(6, leg(1, MIB)))

    assert cells(state, 1)["receive_rate"] == "0.0"
    assert raw_values(state, 1)["receive_rate"] == 0


def test_a_pending_row_claims_nothing() -> None:
    """No number is known yet, so none is shown."""
    row = cells(asked(1), 0)

    assert row["state"] == "○ pending"
    for name in (
        "path",
        "carrier",
        "setup",
        "sent",
        "received",
        "receive_rate",
        "share",
        "elapsed",
        "attempts",
    ):
        assert row[name] == NOT_AVAILABLE


def test_without_legs_a_route_has_no_counters() -> None:
    """An older visor says nothing of the single route."""
    state = after(established(0, 0), sample(2, carried=MIB))

    assert cells(state, 0)["received"] == NOT_AVAILABLE
    assert raw_values(state, 0)["received"] is None


def test_a_route_that_never_came_up_has_no_counters_and_a_dead_one_has_its_zero() -> None:
    """Dead on arrival is a measurement of nothing; a set-up that failed measured nothing."""
    state = after(
        setup_failed(0, 0),
        established(0, 1),
        phase(1, "pump"),
        failure(1.1, 1, 0),
        sample(2, leg(1, 0, alive=False)),
    )

    assert [raw_values(state, index)["received"] for index in (0, 1)] == [None, 0]


def test_the_carrier_names_every_kind_along_the_path_once() -> None:
    """One dmsg hop in the middle explains a slow route."""
    route = RouteState(
        0, hops=(*hops("here", "osaka", "tokyo", kind="stcpr"), *hops("tokyo", "there", kind="dmsg"))
    )

    assert carrier_text(route) == "stcpr+dmsg"
    assert carrier_text(RouteState(0, carrier="sudph")) == "sudph"


def test_an_error_that_a_restart_has_mended_is_marked_as_past() -> None:
    """The route is well; the error is history."""
    state = after(established(0, 1), phase(1, "pump"), failure(2, 1, MIB, "reset"), established(3, 1))

    assert error_text(state.routes[1]) == "earlier: reset"
    assert raw_values(state, 1)["error"] == "reset"


def test_headers_in_files_carry_their_units() -> None:
    """A number without its unit is a riddle to whoever opens the file."""
    headers = {column.id: column.header for column in COLUMNS}

    assert headers["received"] == "received_bytes"
    assert headers["receive_rate"] == "receive_rate_bps"
    assert headers["elapsed"] == "elapsed_ns"
    assert headers["state"] == "state"


@given(st.lists(run_events(), max_size=8))
def test_every_cell_of_any_state_is_one_printable_line(events: list[RunEvent]) -> None:
    """What a server sends must not break the table."""
    state = apply_all(asked(1), events)

    for index in state.routes:
        for text in cells(state, index).values():
            assert text == "" or text.isprintable()


def history_of(state: RunState, index: int, width: int = 12) -> str:
    """Return the small history in a row."""
    return COLUMN_BY_ID["history"].cell(state.routes[index], state, width)


def test_histories_have_one_scale_that_begins_at_zero_and_gaps_where_nothing_is_known() -> None:
    """Scaled row by row, a route that carries a tenth would look as good as the best."""
    state = after(established(0.5, 0), established(0.5, 1), phase(1, "pump"))
    for second in range(2, 6):
        fast, slow = (second - 1) * 10 * MIB, (second - 1) * 5 * MIB
        apply_all(state, [sample(second, leg(0, fast), leg(1, slow))])
    apply_all(state, [failure(5.1, 1, 20 * MIB), sample(6, leg(0, 50 * MIB), leg(1, 20 * MIB, alive=False))])

    assert history_of(state, 0) == "█████"
    assert history_of(state, 1) == "▅▅▅▅ "
    assert history_of(state, 0, width=2) == "██"
    assert raw_values(state, 1)["history"] == "41943040 41943040 41943040 41943040 nan"


def test_without_samples_there_is_no_history() -> None:
    """A line on the ground would say that nothing was carried."""
    assert raw_values(asked(1), 0)["history"] is None
    assert history_of(asked(1), 0) == ""


@pytest.mark.parametrize(
    ("ratio", "drawn"),
    [(0, "       0 %"), (0.001, "▏    0.1 %"), (0.5, "██    50 %"), (1, "████ 100 %"), (1.5, "████ 150 %")],
)
def test_the_bar_of_a_share_is_full_at_all_of_it_and_seen_at_any_of_it(ratio: float, drawn: str) -> None:
    """A route that carries a little must not look like one that carries nothing."""
    route = RouteState(0, status=RouteStatus.PUMPING, share=ratio)

    assert share_bar(route, RunState(has_legs=True), 10) == drawn


def test_a_block_takes_as_long_as_what_is_in_flight_lasts_at_the_rate() -> None:
    """Where nobody probes, it is the one round trip that is known."""
    state = after(established(0.5, 0), phase(1, "pump"), sample(2, leg(0, MIB, rate_bps=8e6)))
    state.request.packet_size_kb = 125
    state.routes[0].window = 16

    assert raw_values(state, 0)["block_rtt"] == 16 * 125 * 1024 * 8 * 1_000_000_000 // 8_000_000


def indexes_by(column_id: str, routes: list[RouteState], *, descending: bool) -> list[int]:
    """Return the indexes of routes sorted by a column."""
    found = in_order(routes, RunState(has_legs=True), COLUMN_BY_ID[column_id], descending=descending)
    return [route.index for route in found]


def test_numbers_are_sorted_as_numbers_and_what_is_unknown_comes_last_both_ways() -> None:
    """Sorted as text, 9 would stand above 10; unknown rates at the top would hide the best."""
    rates = (9e6, None, 10e6, 100e6)
    routes = [
        RouteState(index, RouteStatus.PUMPING if rate else RouteStatus.PENDING, recv_bps=rate or 0)
        for index, rate in enumerate(rates)
    ]

    assert indexes_by("receive_rate", routes, descending=True) == [3, 2, 0, 1]
    assert indexes_by("receive_rate", routes, descending=False) == [0, 2, 3, 1]


@pytest.mark.parametrize("descending", [False, True])
def test_equal_rows_keep_their_order(descending: bool) -> None:  # noqa: FBT001 - a parameter of the test
    """Rows that swap without a reason cannot be read."""
    routes = [RouteState(index, RouteStatus.PUMPING, recv_bps=5e6) for index in range(4)]

    assert indexes_by("receive_rate", routes, descending=descending) == [0, 1, 2, 3]


def test_sorted_by_state_the_worst_comes_first() -> None:
    """By the words dead on arrival would come before died and finished before stalled."""
    statuses = (RouteStatus.FINISHED, RouteStatus.STALLED, RouteStatus.PUMPING, RouteStatus.DEAD_ON_ARRIVAL)
    routes = [RouteState(index, status) for index, status in enumerate(statuses)]

    assert indexes_by("state", routes, descending=False) == [3, 1, 2, 0]


@given(st.lists(run_events(), max_size=8), st.sampled_from(COLUMNS), st.booleans())
def test_any_state_can_be_sorted_by_any_column(
    events: list[RunEvent],
    column: Column,
    descending: bool,  # noqa: FBT001 - Hypothesis gives it so
) -> None:
    """The key works at any moment, and loses no row."""
    state = apply_all(asked(3), events)

    found = in_order(state.routes.values(), state, column, descending=descending)

    assert sorted(route.index for route in found) == list(state.routes)


def test_the_round_trip_is_that_of_the_routes_own_connection_while_it_has_one() -> None:
    """The probe of the run goes along one route; how slow the others are only their own frames tell."""
    own = RunEvent(timestamp_ns=at(3), route_probe=RouteProbe(route_index=0, latency_ns=ns(0.05)))
    unanswered = RunEvent(timestamp_ns=at(3.5), route_probe=RouteProbe(route_index=0))
    column, up = (
        COLUMN_BY_ID["latency"],
        [phase(1, "pump"), established(1, 0), sample(2, leg(0, MIB, latency_ms=40))],
    )
    reported, probed = after(*up), after(*up, own, unanswered)
    dead = after(*up, own, failure(4, 0, MIB))

    assert column.text(reported.routes[0], reported) == "40.0 ms"
    assert column.text(probed.routes[0], probed) == "50.0 ms"
    assert dead.routes[0].round_trip_ns == 0


def test_the_elapsed_time_of_a_soak_run_is_whole() -> None:
    """From ten hours on its seconds were cut off, and a route that went on looked as if it stood still."""
    column = COLUMN_BY_ID["elapsed"]
    days_ns = 41 * 24 * 3600 * 10**9

    assert len(column.text(RouteState(0, elapsed_ns=days_ns), RunState())) <= column.width
