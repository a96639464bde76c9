"""`muxbw-tui runs`: what is under way, here or on a server."""

from __future__ import annotations

import asyncio
import json
import time
from typing import TYPE_CHECKING

import click

from muxbw_tui.cli.connection import connection_flags
from muxbw_tui.cli.notices import say
from muxbw_tui.cli.tables import table_lines
from muxbw_tui.run.names import short_key
from muxbw_tui.units import format_duration_ns

if TYPE_CHECKING:
    from muxbw_tui.sources.channel import Endpoint
    from muxbw_tui.sources.runs import FoundRun

_EPILOG = """\b
Examples:
  muxbw-tui runs                              on engines of our own, detached ones and those of dashboards
  muxbw-tui runs --connect 127.0.0.1:3435     on a server
  muxbw-tui runs --json | jq -r .run_id
  muxbw-tui runs --stop 9f86
"""
_HEADINGS = ("RUN", "PHASE", "ACTIVE", "RUNNING FOR", "WATCHERS", "TARGET", "ON")


@click.command("runs", epilog=_EPILOG)
@connection_flags
@click.option("--json", "as_json", is_flag=True, help="One line of JSON a run.")
@click.option("--stop", metavar="RUN", help="End this run instead; whoever watches it gets its last figures.")
def command(*, endpoint: Endpoint | None, as_json: bool, stop: str | None) -> None:
    """List the runs that are under way; muxbw-tui attach RUN watches one."""
    if stop is not None:
        say(f"{asyncio.run(_stop(endpoint, stop))} is being stopped.")
        return
    runs = asyncio.run(_find(endpoint))
    if as_json:
        for run in runs:
            click.echo(_json_line(run))
    elif runs:
        click.echo("\n".join(table_lines(_HEADINGS, [_cells(run, now_ns=time.time_ns()) for run in runs])))
    else:
        say("No run is under way.")


async def _find(endpoint: Endpoint | None) -> list[FoundRun]:
    from muxbw_tui.sources.runs import runs_at, runs_here  # noqa: PLC0415 (gRPC costs start-up time)

    return await (runs_here() if endpoint is None else runs_at(endpoint))


async def _stop(endpoint: Endpoint | None, run_id: str) -> str:
    from muxbw_tui.sources.runs import pick_run, stop_run  # noqa: PLC0415 (the same)

    run = pick_run(await _find(endpoint), run_id)
    await stop_run(run)
    return run.summary.run_id


def _json_line(run: FoundRun) -> str:
    """Return the server's answer as it is, in the wire contract's JSON, with where it came from."""
    from muxbw_tui.events.envelope import message_json  # noqa: PLC0415 (the same)

    return json.dumps({"connect": run.endpoint.address} | json.loads(message_json(run.summary)))


def _cells(run: FoundRun, *, now_ns: int) -> tuple[str, ...]:
    summary = run.summary
    return (
        summary.run_id,
        summary.phase,
        f"{summary.active_routes}/{summary.request.routes}",
        format_duration_ns(max(now_ns - summary.started_ns, 0)),
        str(summary.watchers),
        short_key(summary.request.target_pk),
        run.endpoint.address,
    )
