"""What the commands say at their end, and to whom."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import click

from muxbw_tui.cli.stdout import ReaderGoneError, drop_stdout
from muxbw_tui.run.summary import summary_lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from muxbw_tui.run.state import RunState

SUMMARY_WIDTH = 100


def print_summary(state: RunState, column_ids: Sequence[str] = ()) -> None:
    """Print a run's summary to stdout, with these columns of its routes, or the usual ones where none are named."""
    print_out(
        "".join(f"{line}\n" for line in summary_lines(state, width=stdout_width(), column_ids=column_ids))
    )


def print_out(text: str) -> None:
    """Print text to stdout, or drop it if nobody reads any more."""
    try:
        click.echo(text, nl=False)
    except ReaderGoneError:
        drop_stdout()


def stdout_width() -> int:
    """Return the columns of the terminal, at most `SUMMARY_WIDTH`, or that many where there is none."""
    columns = shutil.get_terminal_size((SUMMARY_WIDTH, 24)).columns if sys.stdout.isatty() else SUMMARY_WIDTH
    return min(columns, SUMMARY_WIDTH)
