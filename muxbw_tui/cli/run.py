"""`muxbw-tui run`: carry a run out without a screen."""

from __future__ import annotations

import asyncio
import contextlib
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from muxbw_tui.cli.appending import open_to_append
from muxbw_tui.cli.detached import start_detached
from muxbw_tui.cli.flags import is_typed
from muxbw_tui.cli.headless import HeadlessRun, NdjsonOutput, RowsOutput, keep_open_ns
from muxbw_tui.cli.notices import say
from muxbw_tui.cli.options import run_flags
from muxbw_tui.cli.report import COLUMNS_HELP, report_of, table_flag
from muxbw_tui.cli.stdout import reason_of
from muxbw_tui.cli.values import COLUMNS
from muxbw_tui.errors import ExitCode, UsageError
from muxbw_tui.run.rows import HumanRows
from muxbw_tui.sources.reconnect import LINGER_NS

if TYPE_CHECKING:
    from typing import TextIO

    from muxbw_tui.cli.options import RunSetting
    from muxbw_tui.cli.report import Report

_EPILOG = """\b
Examples:
  muxbw-tui run                                    four routes for 30 s on the embedded network
  muxbw-tui run -r 8 -d 1m --json 0326…8814 --connect 127.0.0.1:3435 | jq .
  muxbw-tui run -d 15s --restart-failed 3 -O run.ndjson
  muxbw-tui run -r 8 --table csv --columns index,path,received,average > routes.csv
  muxbw-tui run -d 1h --detach                     start it and leave; muxbw-tui attach RUN watches it
\b
Exit codes:
  0    every route asked for pumped to the end (restarted counts)
  1    some did not, or fewer disjoint paths exist than routes were asked for
  2    wrong usage
  3    no connection, or the stream broke
  4    no route pumped to the end
  5    the server refused the request
  130  interrupted
"""


@click.command("run", epilog=_EPILOG + COLUMNS_HELP)
@run_flags
@click.option("--json", "as_json", is_flag=True, help="NDJSON of every event instead of rows and summary.")
@click.option("-q", "--quiet", is_flag=True, help="Just the summary.")
@click.option(
    "-O",
    "--output",
    type=click.Path(path_type=Path),
    help="Append NDJSON of every event to this file as well.",
)
@table_flag
@click.option(
    "--columns",
    type=COLUMNS,
    default=(),
    metavar="COLUMN[,COLUMN]",
    help="Columns of the routes' rows, in the summary and in --table, in order.",
)
@click.option(
    "--restart-failed",
    type=click.IntRange(0, 16),
    default=0,
    metavar="N",
    help="Restart each failed route up to N times, waiting 1, 2, 4 … s before each.",
)
def command(
    setting: RunSetting,
    *,
    as_json: bool,
    quiet: bool,
    table: str | None,
    columns: tuple[str, ...],
    output: Path | None,
    restart_failed: int,
) -> ExitCode:
    """Carry a run out towards TARGET (a public key, or a node's name on the embedded network).

    Ctrl+C ends the run early and prints what there is, marked PARTIAL.
    """
    report = report_of(as_json=as_json, quiet=quiet, table=table, columns=columns)
    if setting.detach:
        if any(map(is_typed, ("as_json", "quiet", "table", "columns", "output", "restart_failed"))):
            raise click.UsageError(
                "--detach leaves at once: --json, --quiet, --table, --columns, --output and --restart-failed need "
                "somebody who stays"
            )
        return asyncio.run(start_detached(setting))
    setting.request.linger_ns = LINGER_NS
    setting.request.keep_open_ns = keep_open_ns(restart_failed)
    with contextlib.ExitStack() as files:
        recording = files.enter_context(_open_to_append(output)) if output else None
        return asyncio.run(_watch(setting, recording, report, restart_failed=restart_failed))


async def _watch(
    setting: RunSetting, recording: TextIO | None, report: Report, *, restart_failed: int
) -> ExitCode:
    run = HeadlessRun(setting.open_source(), setting.request, restart_failed=restart_failed)
    if recording is not None:
        run.outputs.append(NdjsonOutput(recording))
    if report.every_event:
        run.outputs.append(NdjsonOutput(sys.stdout))
    elif report.rows:
        run.outputs.append(RowsOutput(HumanRows(run.state, opened_ns=time.time_ns()), sys.stdout))
    try:
        status = await run.watch()
        told = report.rows and sys.stdout.isatty()  # its row stands there already
        if run.state.error is not None and not told:
            say(f"Error: {run.state.error.code}: {run.state.error.message}")
        return status
    finally:
        if run.state.first_timestamp_ns and run.state.error is None:
            report.print_end(run.state)


def _open_to_append(path: Path) -> TextIO:
    try:
        return open_to_append(path)
    except OSError as exc:
        raise UsageError(f"-O {path}: {reason_of(exc)}") from exc
