"""What the commands say at their end, and to whom."""

from __future__ import annotations

import shutil
import sys
from typing import TYPE_CHECKING

import click

from muxbw_tui.cli.main import drop_stdout
from muxbw_tui.run.summary import summary_lines

if TYPE_CHECKING:
    from muxbw_tui.run.state import RunState

SUMMARY_WIDTH = 100


def print_summary(state: RunState) -> None:
    """Print a run's summary to stdout, as wide as the terminal, or as `SUMMARY_WIDTH` where there is none."""
    columns = shutil.get_terminal_size((SUMMARY_WIDTH, 24)).columns if sys.stdout.isatty() else SUMMARY_WIDTH
    width = min(columns, SUMMARY_WIDTH)
    try:
        click.echo("\n".join(summary_lines(state, width=width)))
    except BrokenPipeError:
        drop_stdout()


def reason_of(exc: OSError) -> str:
    """Return the words of the field for what the system refused: `no space left on device`."""
    return (exc.strerror or str(exc)).lower()
