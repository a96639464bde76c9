"""A snapshot is what an operator sends to a colleague: other programs must be able to read it."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.run.columns import COLUMNS
from muxbw_tui.run.export import to_csv, to_json, to_json_lines
from muxbw_tui.run.state import RunState
from tests.recordings import recorded_events
from tests.run.happenings import (
    MIB,
    after,
    apply_all,
    asked,
    done,
    established,
    failure,
    leg,
    ns,
    phase,
    sample,
    started,
)
from tests.strategies import run_events

if TYPE_CHECKING:
    from muxbw_tui.pb.muxbw_pb2 import RunEvent


def rows_of(state: RunState) -> list[dict[str, str]]:
    """Return the CSV as a reader of CSV sees it."""
    return list(csv.DictReader(io.StringIO(to_csv(state), newline="")))


def test_the_document_names_its_format_and_version() -> None:
    """A record format without a version cannot be changed."""
    document = json.loads(to_json(RunState()))

    assert (document["format"], document["version"]) == ("muxbw-tui/state", 1)


def test_the_document_holds_the_routes_with_their_attempts_and_hops() -> None:
    """The screen has no room for all of it; the file does."""
    document = json.loads(to_json(apply_all(RunState(), recorded_events("mid-run-failure"))))

    dead = document["routes"][1]
    assert (dead["index"], dead["state"], dead["failed"]) == (1, "died", True)
    assert dead["received_bytes"] == 1_310_720
    assert dead["receive_rate_bps"] is None
    assert len(dead["hops"]) == 2
    assert len(dead["path"]) == 3
    assert dead["attempt_list"][0]["error"] == "read echo: i/o timeout"
    assert document["done"]["termination_reason"] == "duration"
    assert document["end"] == "done"


def test_what_is_simulated_says_so() -> None:
    """A file outlives the screen that had the label."""
    document = json.loads(to_json(after(started(scenario="flaky"))))

    assert (document["simulated"], document["scenario"]) == (True, "flaky")
    assert document["request"]["duration_ns"] == "30000000000"


def test_the_csv_has_the_columns_of_the_table_with_units() -> None:
    """One registry for screen and file."""
    (row,) = rows_of(after(established(0, 0), phase(1, "pump"), sample(2, leg(0, MIB, rate_bps=8e6))))

    assert list(row) == [*(column.header for column in COLUMNS), "scenario"]
    assert (row["state"], row["received_bytes"], row["receive_rate_bps"]) == (
        "pumping",
        "1048576",
        "8000000.0",
    )
    assert (row["share_ratio"], row["elapsed_ns"]) == ("1.0", "1000000000")


def test_the_csv_says_what_is_simulated_and_has_flags_and_line_ends_of_this_world() -> None:
    """Other programs read `true`, and line tools see no carriage return."""
    real, simulated = after(established(0, 0)), after(started(scenario="flaky"), established(1, 0))

    assert [row["scenario"] for state in (real, simulated) for row in rows_of(state)] == ["", "flaky"]
    assert [rows_of(real)[0][name] for name in ("established", "failed")] == ["true", "false"]
    assert "\r" not in to_csv(real)


def test_the_attempt_that_went_on_to_the_end_has_its_bytes_and_its_end() -> None:
    """The good attempt must not look like the one that carried nothing."""
    state = after(established(0.5, 0), phase(1, "pump"), sample(2, leg(0, MIB)), done(11, carried=MIB))

    (attempt,) = json.loads(to_json(state))["routes"][0]["attempt_list"]
    assert (attempt["bytes_received"], attempt["ended_ns"], attempt["error"]) == (MIB, ns(10.5), "")


def test_a_route_that_stayed_dead_has_its_dead_time_to_the_end_of_the_pump() -> None:
    """Most of the time that was lost is that after the last failure."""
    state = after(
        established(0, 0),
        phase(1, "pump"),
        failure(3, 0, MIB),
        sample(5, leg(0, MIB, alive=False)),
    )
    live = json.loads(to_json(state))["routes"][0]["dead_time_ns"]
    apply_all(state, [phase(11, "done"), done(12)])

    assert live == ns(2)
    assert json.loads(to_json(state))["routes"][0]["dead_time_ns"] == ns(8)


def test_what_cannot_be_had_is_an_empty_cell() -> None:
    """A 0 would be taken for a measurement."""
    (row,) = rows_of(asked(1))

    assert (row["received_bytes"], row["receive_rate_bps"], row["path"]) == ("", "", "")


def test_the_columns_asked_for_stand_in_their_order_in_both_kinds_of_rows() -> None:
    """Whoever chooses columns reads them by position or by name; what is simulated says so in either."""
    state = after(started(scenario="flaky"), established(1, 0))

    assert to_csv(state, ("received", "index")) == "received_bytes,index,scenario\n,0,flaky\n"
    assert [json.loads(line) for line in to_json_lines(state, ("received", "index")).splitlines()] == [
        {"received_bytes": None, "index": 0, "scenario": "flaky"}
    ]


def test_an_error_is_no_formula() -> None:
    """A spreadsheet runs what begins with an equals sign, and errors come from outside."""
    (row,) = rows_of(after(established(0, 0), failure(1, 0, 5, '=HYPERLINK("http://x"),\n"y"')))

    assert row["error"] == '\'=HYPERLINK("http://x"), "y"'


@given(st.lists(run_events(), max_size=8))
def test_any_state_exports_to_files_that_can_be_read(events: list[RunEvent]) -> None:
    """The snapshot key works at any moment, whatever the server sent."""
    state = apply_all(asked(1), events)

    document = json.loads(to_json(state), parse_constant=lambda constant: f"no JSON: {constant}")

    assert [route["index"] for route in document["routes"]] == list(state.routes)
    assert [row["index"] for row in rows_of(state)] == [str(index) for index in state.routes]
    assert "no JSON" not in json.dumps(document)
