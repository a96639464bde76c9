"""What commands without a screen write at their end, as their users get it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.cli.conftest import run_here

RECORDING = str(Path(__file__).parents[1] / "data" / "recordings" / "mid-run-failure" / "events.ndjson")


def test_the_routes_alone_come_out_as_csv_with_the_columns_asked_for() -> None:
    """A spreadsheet or a script takes them as they are."""
    result = run_here("replay", "--table", "csv", "--columns", "index,state,received,history", RECORDING)

    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert list(rows[0]) == ["index", "state", "received_bytes", "history_bps", "scenario"]
    assert [row["state"] for row in rows] == ["finished", "died", "finished", "finished"]
    assert rows[1]["received_bytes"] == "1310720"
    assert (result.stderr, result.returncode) == ("", 0)


@pytest.mark.parametrize("form", ["json", "text"])
def test_the_routes_alone_come_out_as_json_lines_or_for_people(form: str) -> None:
    """The same routes in the same order, whatever they are written as."""
    lines = run_here("replay", "--table", form, "--columns", "index,error", RECORDING).stdout.splitlines()

    if form == "json":
        errors = [json.loads(line)["error"] for line in lines]
        assert errors == [None, "read echo: i/o timeout", None, None]
    else:
        assert lines == [" #  Last error", "R0", "R1  read echo: i/o timeout", "R2", "R3"]


def test_the_summary_has_the_columns_asked_for() -> None:
    """Whoever watches set-up times needs no volumes."""
    lines = run_here("replay", "-q", "--columns", "index,setup,window", RECORDING).stdout.splitlines()

    assert " #     Setup  Window" in lines
    assert any(line.startswith("received ") for line in lines)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("run", "--columns", "index,shre"), "no column is called 'shre'; did you mean share?"),
        (("replay", "--table", "csv", "--json", RECORDING), "give one of them"),
        (("replay", "--json", "--columns", "index", RECORDING), "--json writes events as they are"),
        (("run", "--detach", "--table", "csv"), "need somebody who stays"),
    ],
)
def test_what_cannot_be_written_so_is_an_error_that_says_why(args: tuple[str, ...], words: str) -> None:
    """A flag without effect would be found out only after the run."""
    result = run_here(*args)

    assert words in " ".join(result.stderr.split())
    assert result.returncode == 2
