"""The dashboard on a real terminal: it ends with it, whatever it was doing, and is as large as it."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.errors import ExitCode
from tests.cli.conftest import DEADLINE_S
from tests.cli.terminal import terminal
from tests.cli.test_replay import RECORDINGS

if TYPE_CHECKING:
    from pathlib import Path

RECORDING = str(RECORDINGS / "mid-run-failure" / "events.ndjson")
SLOWLY = ("--speed", "0.001")


def test_a_dashboard_ends_with_its_terminal(tmp_path: Path) -> None:
    """A window that was closed must not leave a process behind that uses a whole core."""
    with (
        (tmp_path / "summary.txt").open("wb") as summary,
        terminal("replay", *SLOWLY, RECORDING, stdout=summary) as (process, screen),
    ):
        screen.wait_for("Routes")
        screen.close()

        assert process.wait(DEADLINE_S) == ExitCode.OK


def test_a_dashboard_that_was_stopped_and_goes_on_can_be_left() -> None:
    """Each time Textual starts one more reader of the keys; one too many keeps the program from ending."""
    with terminal("replay", *SLOWLY, RECORDING) as (process, screen):
        screen.wait_for("Routes")
        for _ in range(5):
            screen.press("")
            os.kill(process.pid, signal.SIGCONT)
            screen.wait_for("\x1b[?1049h")
        screen.press("q")

        assert screen.wait_for_end(process) == ExitCode.OK


@pytest.mark.parametrize("size", [(200, 60), (60, 20)])
def test_the_picture_is_as_large_as_the_terminal_though_stdout_is_a_file(
    tmp_path: Path, size: tuple[int, int]
) -> None:
    """`> summary.txt` keeps the summary, and must not make the dashboard take 80 x 24 for granted."""
    lowest = "\x1b[60;" if size == (200, 60) else "This terminal has 60 x 20"
    with (
        (tmp_path / "summary.txt").open("wb") as summary,
        terminal("replay", *SLOWLY, RECORDING, size=size, stdout=summary) as (process, screen),
    ):
        screen.wait_for(lowest)
        screen.resize(61, 21)
        screen.wait_for("61 x 21")
        screen.press("q")
        screen.wait_for_end(process)

    assert (tmp_path / "summary.txt").read_text().strip().startswith("Summary")
