"""`muxbw-tui replay` without a screen: recordings of a stock server, and damaged ones."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.cli.conftest import run_here

RECORDINGS = Path(__file__).parents[1] / "data" / "recordings"


@pytest.mark.parametrize("folder", sorted(path.name for path in RECORDINGS.iterdir() if path.is_dir()))
@pytest.mark.parametrize("file", ["events.bin", "events.ndjson"])
def test_a_stock_recording_comes_out_as_the_stock_command_wrote_it(folder: str, file: str) -> None:
    """Whatever reads the stock command's files reads ours."""
    result = run_here("replay", "--json", str(RECORDINGS / folder / file))

    assert result.stdout == (RECORDINGS / folder / "events.ndjson").read_text()
    assert result.returncode == 0


def test_the_summary_of_a_recording_shows_what_failed() -> None:
    """R1 failed after 1.25 MiB and the rest pumped to the end."""
    result = run_here("replay", "--quiet", str(RECORDINGS / "mid-run-failure" / "events.ndjson"))

    assert re.search(r"^R1 +✗ died", result.stdout, re.MULTILINE)
    assert result.stdout.count("✓ finished") == 3
    assert result.returncode == 0


def test_what_comes_before_the_damage_is_summed_up(tmp_path: Path) -> None:
    """A full disk must not take what was measured before with it; PARTIAL and the exit code say that there was more."""
    whole = (RECORDINGS / "mid-run-failure" / "events.ndjson").read_bytes()
    cut_off = tmp_path / "cut-off.ndjson"
    cut_off.write_bytes(whole[:-20])
    result = run_here("replay", "--quiet", str(cut_off))

    assert "PARTIAL:" in result.stdout
    assert re.search(r"^R1 +✗ died", result.stdout, re.MULTILINE)
    assert re.search(r"^Error: .*cut-off.ndjson: line \d+: cut off", result.stderr)
    assert result.returncode == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"ts":"2026-11-22T10:18:05Z","type":"done","data":{}}\n{"ts":', "line 2"),
        (b"\x05\x08\x01", "byte"),
        (b"", "empty"),
    ],
)
def test_a_damaged_recording_is_an_error_that_names_the_place(
    tmp_path: Path, content: bytes, words: str
) -> None:
    """Somebody has to repair the file, or to know how much of it is good."""
    damaged = tmp_path / "damaged.ndjson"
    damaged.write_bytes(content)
    result = run_here("replay", "--json", str(damaged))

    assert "damaged.ndjson" in result.stderr
    assert words in result.stderr
    assert result.returncode == 2


@pytest.mark.parametrize(
    ("form", "shown"),
    [("--json", '"type":"sample"'), ("--quiet", "PARTIAL"), ("--table=csv", "index,state")],
)
def test_a_recording_without_its_runs_end_is_read_and_said_to_have_none(
    tmp_path: Path, form: str, shown: str
) -> None:
    """Of a run that goes on, or was killed, there is no other; what there is of it could be read."""
    whole = (RECORDINGS / "mid-run-failure" / "events.ndjson").read_text().splitlines(keepends=True)
    part = tmp_path / "part.ndjson"
    part.write_text("".join(whole[:-1]))
    result = run_here("replay", form, str(part))

    assert shown in result.stdout
    assert result.stderr == f"{part}: the recording ends before its run did\n"
    assert result.returncode == 0
