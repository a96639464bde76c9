"""`muxbw-tui routes`: the paths that a run would take, without taking them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import click

from muxbw_tui.cli.following import follow, place_flags
from muxbw_tui.cli.notices import say
from muxbw_tui.cli.tables import table_lines
from muxbw_tui.cli.values import ANY_ROUTES, HOPS
from muxbw_tui.errors import ExitCode
from muxbw_tui.events.envelope import message_json
from muxbw_tui.pb.muxbw_pb2 import PlanRequest
from muxbw_tui.run.names import ARROW, node_name, short_key
from muxbw_tui.run.parameters import parse_via
from muxbw_tui.units import format_duration_ns

if TYPE_CHECKING:
    from muxbw_tui.cli.following import Place
    from muxbw_tui.pb.muxbw_pb2 import PlannedPath

_EPILOG = """\b
Examples:
  muxbw-tui routes                                 four routes to the target of the embedded network
  muxbw-tui routes -r 0 --max-hops 3 0326…8814 --connect 127.0.0.1:3435
  muxbw-tui routes -r 2 --hops-via osaka --scenario healthy
  muxbw-tui routes --json | jq -r '.hops[].tp_id'
\b
Exit codes:
  0    as many disjoint routes exist as were asked for
  1    fewer exist
  2    wrong usage
  3    no connection, or the stream broke
  4    none exists
  5    the server refused the request
  130  interrupted
"""
_HEADINGS = ("#", "PATH", "VIA", "HOPS", "KINDS", "COST")
_NOT_EXACT = "The best routes found: within this limit on hops there may be more, or cheaper ones."


@click.command("routes", epilog=_EPILOG)
@place_flags
@click.option(
    "-r",
    "--routes",
    type=ANY_ROUTES,
    default=4,
    show_default=True,
    help="Disjoint routes wanted; 0: all there are.",
)
@click.option(
    "--min-hops",
    type=HOPS,
    help="Least hops of a route; 2 or more shuts out the direct path. Default: 2 on the embedded network.",
)
@click.option("--max-hops", type=HOPS, help="Most hops of a route. Default: 5.")
@click.option(
    "--hops-via",
    multiple=True,
    metavar="NODE[,NODE]",
    help="Intermediates of route 0, again for route 1 …, by name or key; routes without it are planned.",
)
@click.option("--json", "as_json", is_flag=True, help="One line of JSON a route instead of the table.")
def command(
    *,
    target: str,
    place: Place,
    routes: int,
    min_hops: int | None,
    max_hops: int | None,
    hops_via: tuple[str, ...],
    as_json: bool,
) -> ExitCode:
    """Print the disjoint routes to TARGET (a public key, or a node's name on the embedded network), cheapest first.

    The cost is the delay one way as far as it is known; a transport without counts by its kind. The direct path, where
    --min-hops lets it in, goes before all others.
    """
    request = PlanRequest(
        dst_pk=target,
        count=routes,
        min_hops=(2 if place.endpoint is None else 0) if min_hops is None else min_hops,
        max_hops=max_hops or 0,
        hops_via=[parse_via(nodes) for nodes in hops_via],
        extensions=True,
    )
    return asyncio.run(_print_plan(place, request, as_json=as_json))


async def _print_plan(place: Place, request: PlanRequest, *, as_json: bool) -> ExitCode:
    found: list[PlannedPath] = []
    if await follow(place, lambda calls: calls.plan(request), found.append):
        return ExitCode.INTERRUPTED
    if as_json:
        for path in found:
            click.echo(message_json(path))
    elif found:
        click.echo(
            "\n".join(table_lines(_HEADINGS, [_cells(index, path) for index, path in enumerate(found)]))
        )
    if len(found) < request.count or not found:
        wanted = (
            f"{request.count} disjoint routes were asked for, and" if request.count else "of disjoint routes"
        )
        say(f"{wanted} {len(found)} exist.")
    if found and _is_ours(found[0]) and not found[0].exact:
        say(_NOT_EXACT)
    if not found:
        return ExitCode.NO_ROUTE_CARRIED
    return ExitCode.SOME_ROUTES_FAILED if len(found) < request.count else ExitCode.OK


def _is_ours(path: PlannedPath) -> bool:
    """Tell our own server's answer from that of a stock visor, which knows neither kinds nor costs."""
    return len(path.tp_types) > 0


def _cells(position: int, path: PlannedPath) -> tuple[str, ...]:
    keys = [*(str(getattr(hop, "from")) for hop in path.hops[:1]), *(hop.to for hop in path.hops)]
    ours = _is_ours(path)
    return (
        str(path.route_index if ours else position),
        ARROW.join(node_name(key, path.node_names) for key in keys),
        ",".join(short_key(key) for key in keys[1:-1]) or "direct",
        str(len(path.hops)),
        ",".join(path.tp_types) or "n/a",
        format_duration_ns(path.cost_ns) if ours else "n/a",
    )
