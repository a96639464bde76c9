"""Opening the dashboard, and what is printed once it has closed."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING

from muxbw_tui.cli.console import print_summary
from muxbw_tui.cli.detached import attach_command
from muxbw_tui.cli.notices import say
from muxbw_tui.clock import SystemClock
from muxbw_tui.errors import ExitCode, UsageError
from muxbw_tui.run.state import StreamEnd
from muxbw_tui.run.summary import outcome
from muxbw_tui.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from muxbw_tui.cli.dashboard import Look
    from muxbw_tui.pb.muxbw_pb2 import RunRequest
    from muxbw_tui.sources.base import EventSource
    from muxbw_tui.sources.channel import Endpoint

KEEP_OPEN_NS = 60 * NS_PER_S  # what a dashboard asks its runs to wait for an operator to restart a route
# With Python's own, a sixth of the time to the first frame went to looking for garbage among what imports leave, and a
# full collection in a long run stalled the loop by 30 to 45 ms.
_GC_THRESHOLDS = (50_000, 20, 100)


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
    open_source: Callable[[RunRequest], EventSource],
    request: RunRequest,
    *,
    look: Look,
    endpoint: Endpoint | None = None,
) -> ExitCode:
    """Run the dashboard until it is left, print the summary, and return the exit code.

    Args:
        open_source: makes a source for one run.
        request: of the first run.
        look: how the operator wants the dashboard.
        endpoint: of the server that has the runs, where one was named.

    Raises:
        UsageError: there is no terminal.
    """
    need_terminal()
    gc.set_threshold(*_GC_THRESHOLDS)
    from muxbw_tui.tui.app import MuxbwApp  # noqa: PLC0415 (Textual is for those who show a screen)

    app = MuxbwApp(
        open_source=open_source,
        request=request,
        snapshot_dir=look.snapshot_dir,
        clock=SystemClock(),
        preferences=look.preferences,
        save_preferences=look.save,
    )
    app.run(mouse=look.preferences.mouse)
    print_summary(app.run_state)
    if app.interrupted:
        return ExitCode.INTERRUPTED
    if app.problem is not None:
        raise app.problem
    if app.control.source.outlives_us and app.control.source.run_id is not None:
        say(f"The run goes on: {attach_command(app.control.source.run_id, endpoint)}")
        return ExitCode.OK
    done = app.run_state.done
    if app.run_state.end is StreamEnd.OPEN or (done and done.termination_reason == "context_cancel"):
        return ExitCode.INTERRUPTED
    return outcome(app.run_state)
