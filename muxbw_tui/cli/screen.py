"""Opening the dashboard, and what is printed once it has closed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from muxbw_tui.cli.console import print_summary
from muxbw_tui.clock import SystemClock
from muxbw_tui.errors import ExitCode, UsageError
from muxbw_tui.run.state import StreamEnd
from muxbw_tui.run.summary import outcome
from muxbw_tui.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from muxbw_tui.pb.muxbw_pb2 import RunRequest
    from muxbw_tui.sources.base import EventSource

# What a dashboard asks of its runs: time to come back after a broken stream, and for an operator to restart a route.
LINGER_NS = 30 * NS_PER_S
KEEP_OPEN_NS = 60 * NS_PER_S


def need_terminal() -> None:
    """Check that there is a screen to draw on.

    Raises:
        UsageError: there is no terminal.
    """
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise UsageError(
            "the dashboard needs a terminal on stdin and stderr; without one use: muxbw-tui run (or replay --json)"
        )


def show_dashboard(
    open_source: Callable[[], EventSource], request: RunRequest, *, snapshot_dir: Path
) -> ExitCode:
    """Run the dashboard until it is left, print the summary, and return the exit code.

    Raises:
        UsageError: there is no terminal.
    """
    need_terminal()
    from muxbw_tui.tui.app import MuxbwApp  # noqa: PLC0415 (Textual is for those who show a screen)

    opened: list[EventSource] = []

    def open_and_remember() -> EventSource:
        opened[:] = [open_source()]
        return opened[0]

    app = MuxbwApp(
        open_source=open_and_remember, request=request, snapshot_dir=snapshot_dir, clock=SystemClock()
    )
    app.run()
    print_summary(app.run_state)
    if app.interrupted:
        return ExitCode.INTERRUPTED
    if app.problem is not None:
        raise app.problem
    if opened[0].outlives_us:
        click.echo("The run goes on: muxbw-tui runs lists it.", err=True)
        return ExitCode.OK
    done = app.run_state.done
    if app.run_state.end is StreamEnd.OPEN or (done and done.termination_reason == "context_cancel"):
        return ExitCode.INTERRUPTED
    return outcome(app.run_state)
