"""The state of a run as files: a versioned JSON document, and the route table as CSV.

Both hold raw values with their units in the names; a number that cannot be had is null, or an empty cell.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import asdict
from typing import TYPE_CHECKING

from muxbw_tui.events.envelope import message_json
from muxbw_tui.run.cells import GLYPHS
from muxbw_tui.run.columns import COLUMN_BY_ID, COLUMNS, Column, RawValue
from muxbw_tui.run.names import path_keys
from muxbw_tui.run.reducer import routes_asked_for
from muxbw_tui.run.summary import partial_reason

if TYPE_CHECKING:
    from collections.abc import Sequence

    from google.protobuf.message import Message

    from muxbw_tui.run.state import RouteState, RunState

FORMAT = "muxbw-tui/state"
VERSION = 1
_FORMULA_STARTS = ("=", "+", "-", "@")


def to_json(state: RunState) -> str:
    """Return the run's state as an indented JSON document; protobuf messages in it are protobuf JSON."""
    document = {
        "format": FORMAT,
        "version": VERSION,
        "run_id": state.run_id,
        "simulated": bool(state.scenario),
        "scenario": state.scenario,
        "partial": partial_reason(state),
        "request": _message(state.request),
        "routes_asked_for": routes_asked_for(state),
        "node_names": dict(sorted(state.node_names.items())),
        "phase": state.phase,
        "first_timestamp_ns": state.first_timestamp_ns,
        "elapsed_ns": state.elapsed_ns,
        "pump_elapsed_ns": state.pump_elapsed_ns,
        "totals": _totals(state),
        "routes": [_route(route, state) for route in state.routes.values()],
        "history": [point._asdict() for point in state.series.rates(None)],
        "probes": {
            "seen": state.probe_count,
            "failed": state.probe_lost,
            "latest_ns": state.last_probe_ns,
            "tallies": [_message(tally) for tally in state.probe_tallies.values()],
        },
        "feed": [{**asdict(entry), "severity": entry.severity.value} for entry in state.feed],
        "feed_total": state.feed_total,
        "notes": list(state.notes),
        "unknown_events": state.unknown_events,
        "end": state.end.value,
        "stream_error": state.stream_error,
        "done": None if state.done is None else _message(state.done),
        "error": None if state.error is None else _message(state.error),
    }
    return json.dumps(document, ensure_ascii=False, allow_nan=False, indent=2) + "\n"


def to_csv(state: RunState, column_ids: Sequence[str] = ()) -> str:
    """Return the route table as CSV, a row a route, the columns of the screen with raw values.

    The last column names the scenario, and is empty on a real network: a file must not lose that it is SIMULATED.

    Args:
        state: the run.
        column_ids: which columns; all of them where none are named.
    """
    table = io.StringIO()
    columns = _columns(column_ids)
    writer = csv.writer(table, lineterminator="\n")
    writer.writerow([*(column.header for column in columns), "scenario"])
    for route in state.routes.values():
        values = (*(column.raw(route, state) for column in columns), state.scenario)
        writer.writerow(_cell(value) for value in values)
    return table.getvalue()


def to_json_lines(state: RunState, column_ids: Sequence[str] = ()) -> str:
    """Return what `to_csv` does with the same arguments, as a JSON object a line; what cannot be had is null."""
    lines = []
    for route in state.routes.values():
        values = {column.header: column.raw(route, state) for column in _columns(column_ids)}
        document = {**values, "scenario": state.scenario}
        lines.append(json.dumps(document, ensure_ascii=False, allow_nan=False) + "\n")
    return "".join(lines)


def _columns(column_ids: Sequence[str]) -> Sequence[Column]:
    return [COLUMN_BY_ID[name] for name in column_ids] or COLUMNS


def _totals(state: RunState) -> dict[str, int | float]:
    return {
        "bytes_sent": state.bytes_sent,
        "bytes_received": state.bytes_received,
        "send_bps": state.send_bps,
        "recv_bps": state.recv_bps,
        "avg_send_bps": state.avg_send_bps,
        "avg_recv_bps": state.avg_recv_bps,
        "peak_send_bps": state.peak_send_bps,
        "peak_recv_bps": state.peak_recv_bps,
        "active_routes": state.active_routes,
    }


def _route(route: RouteState, state: RunState) -> dict[str, object]:
    """Return a route: the columns of the table, and what a table has no room for."""
    return {
        **{column.header: column.raw(route, state) for column in COLUMNS},
        "glyph": GLYPHS[route.status],
        "path": list(path_keys(route.hops)),
        "hops": [_message(hop) for hop in route.hops],
        "stalled_for_ns": route.stalled_for_ns,
        "attempt_list": [asdict(attempt) for attempt in route.attempts],
    }


def _message(message: Message) -> object:
    parsed: object = json.loads(message_json(message))
    return parsed


def _cell(value: RawValue) -> RawValue:
    """Return a cell: flags as JSON writes them, and no text (it comes from outside) that is taken for a formula."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value
