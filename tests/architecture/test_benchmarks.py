"""The benchmarks still run: what a document says that they measure could else not be measured any more."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("arguments", "measured"),
    [
        (["table.py", "--routes", "5", "--rounds", "2", "--frames", "2"], "sorted, history, filter"),
        (["memory.py", "--fewer", "0.001", "--more", "0.002", "--routes", "4"], "events"),
    ],
    ids=["table", "memory"],
)
def test_a_benchmark_runs_in_small(arguments: list[str], measured: str) -> None:
    """Those of the screen and of the pump take minutes, and their parts are tested elsewhere."""
    program, *flags = arguments
    result = subprocess.run(
        [sys.executable, ROOT / "benchmarks" / program, *flags], capture_output=True, text=True, check=False
    )

    assert result.returncode == 0, result.stderr
    assert measured in result.stdout
