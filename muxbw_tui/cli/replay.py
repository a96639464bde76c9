"""`muxbw-tui replay`: a recording in the dashboard, or as NDJSON or a summary without one."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from muxbw_tui.cli.dashboard import dashboard_flags
from muxbw_tui.cli.flags import is_typed
from muxbw_tui.cli.headless import HeadlessRun, NdjsonOutput
from muxbw_tui.cli.notices import say
from muxbw_tui.cli.report import COLUMNS_HELP, report_of, table_flag
from muxbw_tui.cli.screen import show_dashboard
from muxbw_tui.errors import ExitCode, RecordingError, StreamBrokenError
from muxbw_tui.pb.muxbw_pb2 import RunRequest
from muxbw_tui.sources.recording import RecordingSource

if TYPE_CHECKING:
    from collections.abc import Iterator

    from muxbw_tui.cli.dashboard import Look
    from muxbw_tui.cli.report import Report

_EPILOG = """\b
Examples:
  muxbw-tui replay run.ndjson                      in the dashboard, as fast as it happened
  muxbw-tui replay --speed 10 events.bin           ten times as fast
  muxbw-tui replay --json events.bin > run.ndjson  convert; needs no screen
  muxbw-tui replay --table csv run.ndjson          the routes, a row each; --columns says what of them
"""


@click.command("replay", epilog=_EPILOG + COLUMNS_HELP)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="NDJSON of every event to stdout, without a screen.")
@click.option("-q", "--quiet", is_flag=True, help="Just the summary, without a screen.")
@table_flag
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    metavar="N",
    help="N times as fast as it happened, in the dashboard.",
)
@dashboard_flags
def command(
    file: Path, *, as_json: bool, quiet: bool, table: str | None, speed: float, look: Look
) -> ExitCode:
    """Show the recording FILE: NDJSON, or length-delimited messages (events.bin), ours or a stock command's.

    Exits with 0 if the whole of it could be read, whatever became of the run in it; of one that is damaged shows what
    comes before the damage.
    """
    columns = look.preferences.columns if is_typed("columns") else ()
    report = report_of(as_json=as_json, quiet=quiet, table=table, columns=columns)
    if not file.exists():
        raise RecordingError(f"{file}: no such file or directory")
    if file.is_dir():
        raise RecordingError(f"{file}: is a directory, not a recording")
    if not report.rows:
        return asyncio.run(_convert(file, report))
    with _no_end_is_no_error():
        show_dashboard(lambda _request: RecordingSource(file, speed=speed), RunRequest(), look=look)
    return ExitCode.OK


async def _convert(file: Path, report: Report) -> ExitCode:
    replay = HeadlessRun(RecordingSource(file, speed=None), RunRequest())
    if report.every_event:
        replay.outputs.append(NdjsonOutput(sys.stdout))
    status = ExitCode.OK
    try:
        with _no_end_is_no_error():
            status = await replay.watch()
    finally:
        if replay.state.first_timestamp_ns:
            report.print_end(replay.state)
    return ExitCode.INTERRUPTED if status is ExitCode.INTERRUPTED else ExitCode.OK


@contextlib.contextmanager
def _no_end_is_no_error() -> Iterator[None]:
    """Say of a recording that has no end of its run that it has none: the whole of it was read all the same."""
    try:
        yield
    except StreamBrokenError as exc:
        say(str(exc))
