"""`muxbw-tui attach`: the dashboard on a run that is under way."""

from __future__ import annotations

import asyncio
import itertools
from typing import TYPE_CHECKING

import click

from muxbw_tui.cli.connection import connection_flags
from muxbw_tui.cli.dashboard import dashboard_flags
from muxbw_tui.cli.screen import KEEP_OPEN_NS, need_terminal, show_dashboard
from muxbw_tui.pb.muxbw_pb2 import RunRequest
from muxbw_tui.sources.reconnect import LINGER_NS

if TYPE_CHECKING:
    from collections.abc import Callable

    from muxbw_tui.cli.dashboard import Look
    from muxbw_tui.errors import ExitCode
    from muxbw_tui.sources.base import EventSource
    from muxbw_tui.sources.channel import Endpoint
    from muxbw_tui.sources.runs import FoundRun

_EPILOG = """\b
Examples:
  muxbw-tui run -d 10m --detach              prints the run's id, and leaves
  muxbw-tui attach 9f86d081884c7d65          watch it; q q leaves, and it goes on
  muxbw-tui attach 9f86 --connect 127.0.0.1:3435
"""


@click.command("attach", epilog=_EPILOG)
@click.argument("run_id", metavar="RUN")
@connection_flags
@dashboard_flags
def command(run_id: str, *, endpoint: Endpoint | None, look: Look) -> ExitCode:
    """Watch RUN, an id as muxbw-tui runs lists it or the beginning of one, in the dashboard.

    Leaving it with q does not end the run, unless that is asked for.
    """
    need_terminal()
    run = asyncio.run(_find(run_id, endpoint))
    return show_dashboard(_sources(run), _request_after(run), look=look, endpoint=endpoint)


async def _find(run_id: str, endpoint: Endpoint | None) -> FoundRun:
    from muxbw_tui.sources.runs import pick_run, runs_at, runs_here  # noqa: PLC0415 (gRPC costs start-up time)

    return pick_run(await (runs_here() if endpoint is None else runs_at(endpoint)), run_id)


def _request_after(run: FoundRun) -> RunRequest:
    """Return what is asked of a run that comes after this one: the same, but by a dashboard."""
    request = RunRequest()
    request.CopyFrom(run.summary.request)
    request.detached, request.linger_ns, request.keep_open_ns = False, LINGER_NS, KEEP_OPEN_NS
    request.extensions = True
    return request


def _sources(run: FoundRun) -> Callable[[RunRequest], EventSource]:
    """Return what opens the run first and, for whoever wants another after it, a new one on the same server."""
    from muxbw_tui.sources.stream import GrpcSource  # noqa: PLC0415 (the same)

    run_ids = itertools.chain([run.summary.run_id], itertools.repeat(""))
    return lambda request: GrpcSource(run.endpoint, request, run_id=next(run_ids))
