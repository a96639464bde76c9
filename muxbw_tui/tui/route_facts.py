"""What a route's own screen says of it: condition, figures, the path hop by hop, its attempts. Pure, plain data.

Owns the words of these lines. Figures and their texts are `run.cells`' and `run.columns`', so that no figure is worked
out twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from muxbw_tui.run import cells
from muxbw_tui.run.names import node_name, path_keys, shorten_keys
from muxbw_tui.run.text import clean_line
from muxbw_tui.tui.route_lines import ROLE_BY_STATUS
from muxbw_tui.tui.spans import Span, fit
from muxbw_tui.units import (
    format_clock_ns,
    format_duration_ns,
    format_rate_bps,
    format_volume_bytes,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from muxbw_tui.run.state import Attempt, RouteState, RunState

Line = list[Span]
_LABEL_WIDTH: Final = 10
_NAME_WIDTH: Final = 12
_KIND_WIDTH: Final = 7
_HOP_INDENT: Final = 4  # what a hop stands further in than a node
_ID_LIMIT: Final = 64


def fact_lines(route: RouteState, state: RunState) -> list[Line]:
    """Return everything that is known of a route but its events and its curves."""
    return [
        *_condition(route),
        *_figures(route, state),
        [],
        [Span("Path, hop by hop", "heading")],
        *_path(route, state),
        [],
        [Span("Attempts", "heading")],
        *_attempts(route, state),
    ]


def _condition(route: RouteState) -> Iterator[Line]:
    flags = f"established {'✓' if route.established else '·'}  failed {'✓' if route.failed else '·'}"
    limit = cells.limit_text(route)
    limited = [Span(f"  limited by {limit}", "muted")] if limit else []
    yield [
        _label("State"),
        Span(f" {cells.status_text(route)} ", ROLE_BY_STATUS[route.status]),
        Span(f"  {flags}", "muted"),
        *limited,
    ]
    if error := cells.error_text(route):
        yield [_label("Error"), Span(clean_line(error), "reason" if route.failed else "muted")]


def _figures(route: RouteState, state: RunState) -> Iterator[Line]:
    if not cells.has_counters(route, state):
        yield [_label("Carried"), Span("n/a: no sample has told what this route carries", "muted")]
        return
    volumes = (
        f"{format_volume_bytes(route.bytes_received)} received, {format_volume_bytes(route.bytes_sent)} sent"
    )
    now = cells.receive_bps(route, state)
    yield [_label("Carried"), Span(volumes + (f" · {format_rate_bps(now)} now" if now is not None else ""))]
    whole = cells.average_bps(route, state)
    if whole is not None:
        carrying = state.series.mean_receive_bps(route.index)
        rates = [] if carrying is None else [f"{format_rate_bps(carrying)} while it carried"]
        dead = format_duration_ns(cells.dead_ns(route, state) or 0)
        rates.append(f"{format_rate_bps(whole)} with {dead} of dead time")
        yield [_label("Average"), Span(" · ".join(rates))]


def _path(route: RouteState, state: RunState) -> Iterator[Line]:
    keys = path_keys(route.hops)
    if not keys:
        yield [Span("  no event has named it", "muted")]
        return
    names = [node_name(key, state.node_names) for key in keys]
    width = max(_NAME_WIDTH, *map(cell_len, names))
    for position, key in enumerate(keys):
        if position:
            hop = route.hops[position - 1]
            kind = clean_line(hop.tp_type, limit=_KIND_WIDTH + 1) or "?"
            transport = clean_line(hop.tp_id, limit=_ID_LIMIT)
            yield [Span(f"    ↓ {fit(kind, width - _HOP_INDENT)} ", "text"), Span(transport, "muted")]
        yield [Span(f"  {fit(names[position], width)} ", "text"), Span(clean_line(key), "muted")]


def _attempts(route: RouteState, state: RunState) -> Iterator[Line]:
    if not route.attempts:
        yield [Span("  none yet", "muted")]
    before = 0
    for attempt in route.attempts:
        latest = attempt is route.attempts[-1]
        until = max(route.bytes_received if latest else attempt.bytes_received, before)
        yield _attempt(attempt, until - before, latest=latest, carries=cells.has_counters(route, state))
        before = until


def _attempt(attempt: Attempt, carried_bytes: int, *, latest: bool, carries: bool) -> Line:
    """Return one attempt: when, how long its set-up took, what it carried, how it ended, how long nothing followed."""
    at = "" if attempt.established_ns is None else f"at +{format_clock_ns(attempt.established_ns)}"
    if attempt.established_ns is not None:
        setup = f"set up in {format_duration_ns(attempt.setup_latency_ns)} {at}"
    else:
        setup = "not set up" if attempt.error else "being set up"
    parts = [setup]
    if attempt.established_ns is not None and carries:
        parts.append(f"carried {format_volume_bytes(carried_bytes)}")
    if attempt.ended_ns is not None and attempt.error:
        parts.append(f"ended at +{format_clock_ns(attempt.ended_ns)}")
    elif attempt.ended_ns is not None and attempt.stopped:
        parts.append(f"stopped at +{format_clock_ns(attempt.ended_ns)}")
    if attempt.dead_time_ns > 0:
        parts.append(f"then dead for {format_duration_ns(attempt.dead_time_ns)}")
    line = [Span(f"  #{attempt.number:<3}", "text"), Span(" · ".join(parts), "text" if latest else "muted")]
    if attempt.error:  # last, since it may be longer than the line
        line.append(Span(f" · {shorten_keys(clean_line(attempt.error))}", "reason"))
    return line


def _label(text: str) -> Span:
    return Span(f"{text:<{_LABEL_WIDTH}}", "muted")
