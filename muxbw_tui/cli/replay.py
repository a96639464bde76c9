"""`muxbw-tui replay`: a recording in the dashboard, or as NDJSON or a summary without one."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import click

from muxbw_tui.cli.console import print_summary
from muxbw_tui.cli.headless import HeadlessRun, NdjsonOutput
from muxbw_tui.cli.screen import show_dashboard
from muxbw_tui.errors import ExitCode, RecordingError
from muxbw_tui.pb.muxbw_pb2 import RunRequest
from muxbw_tui.sources.recording import RecordingSource

_EPILOG = """\b
Examples:
  muxbw-tui replay run.ndjson                      in the dashboard, as fast as it happened
  muxbw-tui replay --speed 10 events.bin           ten times as fast
  muxbw-tui replay --json events.bin > run.ndjson  convert; needs no screen
"""


@click.command("replay", epilog=_EPILOG)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="NDJSON of every event to stdout, without a screen.")
@click.option("-q", "--quiet", is_flag=True, help="Just the summary, without a screen.")
@click.option(
    "--speed",
    type=click.FloatRange(min=0, min_open=True),
    default=1.0,
    show_default=True,
    metavar="N",
    help="N times as fast as it happened, in the dashboard.",
)
@click.option(
    "--snapshot-dir",
    type=click.Path(path_type=Path),
    default=Path(),
    metavar="DIR",
    help="Where s writes its snapshots. Default: the current directory.",
)
def command(file: Path, *, as_json: bool, quiet: bool, speed: float, snapshot_dir: Path) -> ExitCode:
    """Show the recording FILE: NDJSON, or length-delimited messages (events.bin), ours or a stock command's.

    Exits with 0 if the whole of it could be read, whatever became of the run in it.
    """
    if as_json and quiet:
        raise click.UsageError("--json writes every event and --quiet none: give one of them")
    if not file.exists():
        raise RecordingError(f"{file}: no such file or directory")
    if file.is_dir():
        raise RecordingError(f"{file}: is a directory, not a recording")
    if as_json or quiet:
        return asyncio.run(_convert(file, as_json=as_json))
    show_dashboard(lambda: RecordingSource(file, speed=speed), RunRequest(), snapshot_dir=snapshot_dir)
    return ExitCode.OK


async def _convert(file: Path, *, as_json: bool) -> ExitCode:
    replay = HeadlessRun(RecordingSource(file, speed=None), RunRequest())
    if as_json:
        replay.outputs.append(NdjsonOutput(sys.stdout))
    status = await replay.watch()
    if not as_json:
        print_summary(replay.state)
    return ExitCode.INTERRUPTED if status is ExitCode.INTERRUPTED else ExitCode.OK
