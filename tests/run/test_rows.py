"""The rows of headless runs are read by people and by scripts: their form is a promise."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.pb.muxbw_pb2 import Gap, ProbePath, RunEvent
from muxbw_tui.run.reducer import apply, mark_broken
from muxbw_tui.run.rows import HumanRows
from muxbw_tui.run.state import RunState
from tests.recordings import RECORDINGS, recorded_events
from tests.run.happenings import (
    BEGAN_NS,
    MIB,
    at,
    done,
    established,
    failure,
    hops,
    leg,
    lifecycle,
    limits,
    ns,
    phase,
    plan,
    probe,
    refused,
    restarting,
    sample,
    setup_failed,
    started,
)
from tests.strategies import run_events


def rows_of(*events: RunEvent, opened_ns: int | None = None) -> list[str]:
    """Return all rows of a run."""
    state = RunState()
    human = HumanRows(state, opened_ns=opened_ns)
    rows = []
    for event in events:
        apply(state, event)
        rows += human.rows_of(event)
    return rows


@pytest.mark.parametrize(
    ("event", "row"),
    [
        (established(0, 3, setup_s=0.0902), "[+  0.00s] R3 ✓ established setup=90.2ms hops="),
        (setup_failed(0, 2, "dial: refused"), "[+  0.00s] R2 ✗ FAILED dial: refused (setup=0s)"),
        (failure(0, 3, 0), "[+  0.00s] R3 ✗ pump-failed before=0B/0B err=read echo: reset"),
        (restarting(0, 1, 2), "[+  0.00s] R1 ↻ restarting attempt=2"),
        (lifecycle(0, 4, "added", "standby"), "[+  0.00s] R4 ◇ leg added (standby)"),
        (probe(0, 7, latency_ms=0, error="timeout"), "[+  0.00s] probe   seq=7 FAILED timeout"),
        (refused(0), "[+  0.00s] !!! error: invalid_request: no such key"),
        (phase(0, "pump", planned_s=30), "[+  0.00s] phase   pump for 30.00 s"),
        (phase(0, "set_up"), "[+  0.00s] phase   set-up"),
        (limits(0, "2 of 4 exist"), "[+  0.00s] limits  paths: 2 of 4 exist"),
        (
            RunEvent(timestamp_ns=at(0), gap=Gap(samples_merged=3)),
            "[+  0.00s] gap     3 samples and 0 probes were merged: the client was slow or came later",
        ),
        (
            RunEvent(
                timestamp_ns=at(0), probe_path=ProbePath(connection_index=4, hops=hops("here", "there"))
            ),
            "[+  0.00s] probe   connection #4 along R0 0200…00a0→0200…00a4",
        ),
        (
            started(0, routes=4, scenario="flaky"),
            "[+  0.00s] run     r-1: 4 routes to there 0200…00a4 for 30.00 s, SIMULATED: flaky",
        ),
        (started(0, routes=1), "[+  0.00s] run     r-1: 1 route to there 0200…00a4 for 30.00 s"),
        (
            done(0, "duration", carried=3 * MIB),
            "[+  0.00s] done    sent=3.00MiB recv=3.00MiB avg=0bit/s/0bit/s peak=0bit/s/0bit/s (duration)",
        ),
        (
            RunEvent(timestamp_ns=at(0)),
            "[+  0.00s] unknown an event of a kind that this version does not know",
        ),
    ],
)
def test_each_event_has_its_row(event: RunEvent, row: str) -> None:
    """Own payloads too: the operator of a headless run sees the same run."""
    assert rows_of(event) == [row]


def test_the_row_of_a_failed_pump_has_exactly_the_promised_form() -> None:
    """Scripts look for it."""
    rows = rows_of(established(0, 3), failure(1.6149, 3, 1_310_720, "read echo: i/o timeout"))

    assert rows[-1] == "[+  1.61s] R3 ✗ pump-failed before=1.25MiB/1.25MiB err=read echo: i/o timeout"
    assert re.fullmatch(r"\[\+ *\d+\.\d\ds\] R\d+ ✗ pump-failed before=\S+/\S+ err=.*", rows[-1])


def test_seconds_count_from_the_opening_of_the_stream_where_it_is_known() -> None:
    """The stock command counts so; without it the first event is where the run begins."""
    event = phase(2.5, "pump")

    assert rows_of(event, opened_ns=BEGAN_NS) == ["[+  2.50s] phase   pump"]
    assert rows_of(event) == ["[+  0.00s] phase   pump"]
    assert rows_of(event, opened_ns=BEGAN_NS + ns(60)) == ["[+  0.00s] phase   pump"]


def test_a_sample_has_a_row_and_an_answered_probe_has_none() -> None:
    """As the stock command has it."""
    rows = rows_of(probe(0, 1), sample(1, leg(0, MIB, rate_bps=31_408_416)))

    assert rows == ["[+  1.00s] sample  send=31.4Mbit/s recv=31.4Mbit/s cum=1.00MiB/1.00MiB active=1"]


def test_every_lost_probe_has_a_row() -> None:
    """As the stock command has it; the feed tells only the first in a row."""
    rows = rows_of(
        probe(0, 1), *(probe(1, number, latency_ms=0, error="gone") for number in (2, 3)), probe(2, 4)
    )

    assert rows == [
        "[+  1.00s] probe   seq=2 FAILED gone",
        "[+  1.00s] probe   seq=3 FAILED gone",
        "[+  2.00s] probe   answered again after 2 lost probes",
    ]


def test_a_stall_seen_in_a_sample_has_its_row_after_the_samples() -> None:
    """No event says it, and no deadline has fired."""
    rows = rows_of(established(0, 0), phase(0, "pump"), sample(1, leg(0, 5)), sample(5, leg(0, 5)))

    assert [row.split("] ")[1].split(" ")[0] for row in rows[-2:]] == ["sample", "R0"]
    assert "stalled" in rows[-1]


def test_a_stream_that_breaks_has_a_row() -> None:
    """Rows that simply end would look like a run that ended."""
    state = RunState()
    human = HumanRows(state)
    mark_broken(state, "the engine is gone")

    assert human.new_rows() == ["[+  0.00s] !!! stream broken: the engine is gone"]
    assert human.new_rows() == []


def test_a_restarted_route_tells_its_attempt_and_dead_time() -> None:
    """How long it was gone belongs to the news that it is back."""
    rows = rows_of(
        established(0, 1), phase(1, "pump"), failure(2, 1, MIB), restarting(3, 1, 2), established(4, 1)
    )

    assert rows[-1].endswith("attempt=2 dead=2.00s")


@pytest.mark.parametrize(("after_restart", "carried"), [(0, "0B"), (MIB, "1.00MiB")])
def test_a_restarted_route_that_fails_tells_what_its_attempt_carried(
    after_restart: int, carried: str
) -> None:
    """Counts go on over restarts, so that they alone do not say whether it was dead on arrival."""
    rows = rows_of(
        established(0, 1),
        phase(1, "pump"),
        failure(2, 1, MIB),
        restarting(3, 1, 2),
        established(4, 1),
        failure(5, 1, MIB + after_restart),
    )

    assert "attempt" not in rows[2]
    assert rows[-1].endswith(f" err=read echo: reset attempt=2 carried={carried}")


def test_paths_have_the_names_that_the_server_gave() -> None:
    """Keys of 66 digits make rows of 200 columns."""
    rows = rows_of(
        started(0),
        plan(0.1, {0: hops("here", "osaka", "there")}),
        established(0.2, 0, path=("here", "osaka", "there")),
    )

    assert rows[1].endswith("plan    1 path: R0 here→osaka→there")
    assert rows[2].endswith("hops=here→osaka→there")


def test_an_error_cannot_break_out_of_its_row() -> None:
    """Line breaks in errors break the stock command's table."""
    rows = rows_of(failure(0, 1, 5, "line one\nline two\t\x1b[31mred"))

    assert rows == ["[+  0.00s] R1 ✗ pump-failed before=5B/5B err=line one line two red"]


@pytest.mark.parametrize("name", ["healthy-4", "mid-run-failure", "zero-byte-failure", "probe-rtt-idle"])
def test_a_stock_recording_gives_the_stock_rows_with_their_faults_mended(name: str) -> None:
    """Row for row the same events are told, none lost, none added."""
    stock = (
        (RECORDINGS / name / "human.txt").read_text(encoding="utf-8").split("\n\n=== Summary")[0].splitlines()
    )

    ours = rows_of(*recorded_events(name))

    def kinds(rows: list[str]) -> list[str]:
        return [
            " ".join(row.split("] ", 1)[1].split()[:2]).split("send=")[0].split("sent=")[0] for row in rows
        ]

    assert kinds(ours) == kinds(stock)
    assert max(map(len, ours)) <= 120


@given(st.lists(run_events(), max_size=10))
def test_any_event_gives_printable_rows(events: list[RunEvent]) -> None:
    """A row is one line, whatever a server sends."""
    for row in rows_of(*events):
        assert row.isprintable()
        assert re.match(r"\[\+ *\d+\.\d\ds\] \S", row)
