"""`muxbw-tui ping`: set one route up, and time round trips over it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from muxbw_tui.cli.following import follow, place_flags
from muxbw_tui.cli.values import DURATION, SIZE_KIB
from muxbw_tui.errors import ExitCode
from muxbw_tui.events.envelope import message_json
from muxbw_tui.pb.ping_pb2 import PingRequest
from muxbw_tui.run.latencies import latency_text
from muxbw_tui.run.names import path_text
from muxbw_tui.run.text import clean_line
from muxbw_tui.units import format_duration_ns

if TYPE_CHECKING:
    from muxbw_tui.cli.following import Place
    from muxbw_tui.pb.ping_pb2 import PingResult

_EPILOG = """\b
Examples:
  muxbw-tui ping                                   the target of the embedded network
  muxbw-tui ping -c 100 --size 32 there            a hundred blocks of 32 KiB, so that there is a p99
  muxbw-tui ping 0326…8814 --connect 127.0.0.1:3435 --json | jq 'select(.is_setup | not).latency_ns'
  muxbw-tui ping --dmsg 0326…8814 --connect 127.0.0.1:3435
\b
Exit codes:
  0    every ping was answered
  1    some were not
  2    wrong usage
  3    no connection, or the stream broke
  4    none was answered, or the set-up failed
  5    the server refused the request
  130  interrupted
"""


@click.command("ping", epilog=_EPILOG)
@place_flags
@click.option("-c", "--count", type=click.IntRange(1, 1_000_000), default=5, show_default=True, help="Pings.")
@click.option(
    "-s",
    "--size",
    type=SIZE_KIB,
    metavar="KIB",
    help="Block size in KiB. Default: a frame of 64 bytes.",
)
@click.option(
    "--dmsg", is_flag=True, help="Over the rendezvous that the target attends at, not over a route."
)
@click.option(
    "--setup-timeout", type=DURATION, default="30s", show_default=True, help="For the route's set-up."
)
@click.option("--ping-timeout", type=DURATION, help="For all pings together. Default: 30s for each.")
@click.option(
    "--json", "as_json", is_flag=True, help="One line of JSON a result instead of rows and summary."
)
def command(
    *,
    target: str,
    place: Place,
    count: int,
    size: int | None,
    dmsg: bool,
    setup_timeout: int,
    ping_timeout: int | None,
    as_json: bool,
) -> ExitCode:
    """Time round trips to TARGET (a public key, or a node's name on the embedded network), one after the other.

    Ctrl+C ends it early and prints what there is, marked PARTIAL.
    """
    request = PingRequest(
        public_key=target,
        tries=count,
        packet_size_kb=size or 0,
        setup_timeout_ns=setup_timeout,
        ping_timeout_ns=ping_timeout or 0,
    )
    return asyncio.run(_ping(place, request, dmsg=dmsg, as_json=as_json))


class PingReport:
    """What was answered, and the rows and the summary that say so."""

    def __init__(self, count: int) -> None:
        self._count = count
        self._latencies_ns: list[int] = []
        self._set_up = False

    def take(self, result: PingResult) -> str:
        """Take note of a result and return its row."""
        error = clean_line(result.error)
        if result.is_setup:
            self._set_up = not error
            if error:
                return f"set-up ✗ {error}"
            path = path_text(result.route_hop_details, {})
            return f"set-up {format_duration_ns(result.latency_ns)}  {path}"
        if error:
            return f"[{result.sequence}] ✗ {error}"
        self._latencies_ns.append(result.latency_ns)
        return f"[{result.sequence}] {format_duration_ns(result.latency_ns)}"

    def summary(self, *, partial: bool) -> str:
        """Return the figures of what was answered."""
        answered = f"{len(self._latencies_ns)} of {self._count} answered{'  PARTIAL' if partial else ''}"
        return f"{answered}\nrtt  {latency_text(self._latencies_ns)}"

    def exit_code(self) -> ExitCode:
        """Return what the command ends with, unless it was interrupted."""
        if not self._set_up or not self._latencies_ns:
            return ExitCode.NO_ROUTE_CARRIED
        return ExitCode.OK if len(self._latencies_ns) == self._count else ExitCode.SOME_ROUTES_FAILED


async def _ping(place: Place, request: PingRequest, *, dmsg: bool, as_json: bool) -> ExitCode:
    report = PingReport(request.tries)

    def show(result: PingResult) -> None:
        row = report.take(result)
        click.echo(message_json(result) if as_json else row)

    interrupted = await follow(place, lambda calls: calls.ping(request, dmsg=dmsg), show)
    if not as_json:
        click.echo(report.summary(partial=interrupted))
    return ExitCode.INTERRUPTED if interrupted else report.exit_code()
