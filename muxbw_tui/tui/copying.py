"""What can be copied of a route, as labels and texts. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from muxbw_tui.run.columns import COLUMNS
from muxbw_tui.run.names import node_name, path_keys
from muxbw_tui.run.text import clean_line

if TYPE_CHECKING:
    from muxbw_tui.run.state import RouteState, RunState


class Copyable(NamedTuple):
    """Something to copy: what it is, and the text that goes to the clipboard."""

    label: str
    text: str


def copyables(route: RouteState, state: RunState) -> list[Copyable]:
    """Return what an operator may want to paste: the row, the whole error, the keys along the path, the run's id."""
    row = "\t".join(clean_line(column.text(route, state)) for column in COLUMNS if column.id != "history")
    found = [Copyable("row", row)]
    if route.last_error:
        found.append(Copyable("error", clean_line(route.last_error, limit=10_000)))
    found += [
        Copyable(f"key of {node_name(key, state.node_names)}", clean_line(key))
        for key in path_keys(route.hops)
    ]
    found += [
        Copyable(f"transport {number}", clean_line(hop.tp_id))
        for number, hop in enumerate(route.hops, 1)
        if hop.tp_id
    ]
    if state.run_id:
        found.append(Copyable("run id", state.run_id))
    return found
