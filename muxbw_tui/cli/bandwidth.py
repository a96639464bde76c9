"""`muxbw-tui bandwidth`: what one route carries, a block at a time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from muxbw_tui.bounds import DEFAULT_BLOCK_KIB
from muxbw_tui.cli.following import follow, place_flags
from muxbw_tui.cli.values import DURATION, SIZE_KIB
from muxbw_tui.errors import ExitCode
from muxbw_tui.events.envelope import message_json
from muxbw_tui.pb.ping_pb2 import BandwidthProgress, BandwidthRequest
from muxbw_tui.run.text import clean_line
from muxbw_tui.units import NS_PER_S, format_rate_bps, format_volume_bytes

if TYPE_CHECKING:
    from muxbw_tui.cli.following import Place

_EPILOG = """\b
Examples:
  muxbw-tui bandwidth -d 5s                        to the target of the embedded network
  muxbw-tui bandwidth -s 256 0326…8814 --connect 127.0.0.1:3435
  muxbw-tui bandwidth --dmsg 0326…8814 --connect 127.0.0.1:3435 --json
\b
Exit codes:
  0    the test went on to its end
  1    it failed after bytes had come back
  2    wrong usage
  3    no connection, or the stream broke
  4    no byte ever came back, or the set-up failed
  5    the server refused the request
  130  interrupted
"""


@click.command("bandwidth", epilog=_EPILOG)
@place_flags
@click.option("-d", "--duration", type=DURATION, default="10s", show_default=True, help="How long to send.")
@click.option(
    "-s",
    "--size",
    type=SIZE_KIB,
    default=DEFAULT_BLOCK_KIB,
    show_default=True,
    metavar="KIB",
    help="Block size in KiB.",
)
@click.option(
    "--dmsg", is_flag=True, help="Over the rendezvous that the target attends at, not over a route."
)
@click.option(
    "--json", "as_json", is_flag=True, help="One line of JSON a second instead of rows and summary."
)
def command(*, target: str, place: Place, duration: int, size: int, dmsg: bool, as_json: bool) -> ExitCode:
    """Send blocks to TARGET (a public key, or a node's name on the embedded network) and count their echoes.

    One block is under way at a time, so that a long round trip limits the rate: muxbw-tui run --window auto does not.
    Ctrl+C ends it early and prints what there is, marked PARTIAL.
    """
    request = BandwidthRequest(public_key=target, duration_ns=duration, packet_size_kb=size)
    return asyncio.run(_test(place, request, dmsg=dmsg, as_json=as_json))


class BandwidthReport:
    """How far the test is, and the rows and the summary that say so."""

    def __init__(self) -> None:
        self._last = BandwidthProgress()

    def take(self, progress: BandwidthProgress) -> str:
        """Take note of a progress and return its row: rates since the row before."""
        before, self._last = self._last, progress
        elapsed = f"[+{progress.elapsed_ns / NS_PER_S:.1f}s]"
        if progress.error:
            return f"{elapsed} ✗ {clean_line(progress.error)}"
        over_ns = progress.elapsed_ns - before.elapsed_ns
        up = _rate_text(progress.bytes_sent - before.bytes_sent, over_ns)
        down = _rate_text(progress.bytes_received - before.bytes_received, over_ns)
        return f"{elapsed} up {up}  down {down}  {format_volume_bytes(progress.bytes_received)}"

    def summary(self, *, partial: bool) -> str:
        """Return the averages over the measured time."""
        last = self._last
        up, down = (
            _rate_text(last.bytes_sent, last.elapsed_ns),
            _rate_text(last.bytes_received, last.elapsed_ns),
        )
        volume = f"{format_volume_bytes(last.bytes_received)} in {last.elapsed_ns / NS_PER_S:.2f} s"
        return f"average  up {up}  down {down}  {volume}{'  PARTIAL' if partial else ''}"

    def exit_code(self) -> ExitCode:
        """Return what the command ends with, unless it was interrupted."""
        if not self._last.bytes_received:
            return ExitCode.NO_ROUTE_CARRIED
        return ExitCode.SOME_ROUTES_FAILED if self._last.error else ExitCode.OK


async def _test(place: Place, request: BandwidthRequest, *, dmsg: bool, as_json: bool) -> ExitCode:
    report = BandwidthReport()

    def show(progress: BandwidthProgress) -> None:
        row = report.take(progress)
        click.echo(message_json(progress) if as_json else row)

    interrupted = await follow(place, lambda calls: calls.bandwidth(request, dmsg=dmsg), show)
    if not as_json:
        click.echo(report.summary(partial=interrupted))
    return ExitCode.INTERRUPTED if interrupted else report.exit_code()


def _rate_text(volume_bytes: int, over_ns: int) -> str:
    """Return a rate over a measured time, in bits per second."""
    return format_rate_bps(volume_bytes * 8 * NS_PER_S / over_ns) if over_ns > 0 else "n/a"
