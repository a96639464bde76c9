"""Which of the app's actions are possible now, and why the others are not.

One answer serves both the footer, which dims what is not possible, and the message that a dimmed key gets. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from muxbw_tui.run.state import FAILED_STATUSES, RESTARTABLE_STATUSES, RouteStatus, StreamEnd

if TYPE_CHECKING:
    from collections.abc import Iterable

    from muxbw_tui.pb.muxbw_pb2 import RestartRoutesReply
    from muxbw_tui.tui.view import View

_NO_RANGE: Final = 2


def obstacles(view: View, selected: int | None) -> dict[str, str]:
    """Return a sentence for every action that is not possible, by the action's name.

    Args:
        view: the run as it is, not as a frozen view shows it.
        selected: index of the route under the cursor.
    """
    reason_by_action = {
        "restart": _why_not_restart(view, selected),
        "restart_failed": _why_not_restart_failed(view),
        "freeze": "Nothing to freeze: no more events come." if view.over and not view.frozen else "",
        "new_run": _why_not_new_run(view),
    }
    return {action: reason for action, reason in reason_by_action.items() if reason}


def restart_answer(reply: RestartRoutesReply) -> tuple[str, bool]:
    """Return what a server made of a restart, in a sentence, and whether it restarts all that was asked for."""
    parts = [f"Restarting {_ranges(reply.restarting)}."] if reply.restarting else []
    indexes_by_reason: dict[str, list[int]] = {}
    for left in reply.not_restarted:
        indexes_by_reason.setdefault(left.reason, []).append(left.route_index)
    for reason, indexes in indexes_by_reason.items():
        verb = "is left as it is" if len(indexes) == 1 else "are left as they are"
        parts.append(f"{_ranges(indexes)} {verb}: {reason}.")
    return " ".join(parts) or "No route had to be restarted.", not reply.not_restarted


def _why_not_restart(view: View, selected: int | None) -> str:
    if reason := _why_no_restart_at_all(view):
        return reason
    route = view.state.routes.get(-1 if selected is None else selected)
    if route is None:
        return "No route is selected."
    if route.status in RESTARTABLE_STATUSES:
        return ""
    return f"R{route.index} {_condition(route.status)}: only a failed or stalled route can be restarted."


def _why_not_restart_failed(view: View) -> str:
    if reason := _why_no_restart_at_all(view):
        return reason
    if any(route.status in FAILED_STATUSES for route in view.state.routes.values()):
        return ""
    return "No route has failed: there is nothing to restart."


def _why_no_restart_at_all(view: View) -> str:
    if view.cannot_restart:
        return view.cannot_restart
    if view.stopping:
        return "The run is being stopped: no route can be restarted any more."
    match view.state.end:
        case StreamEnd.OPEN:
            return ""
        case StreamEnd.DONE:
            return "The run is over: no route can be restarted. n starts a new run."
        case StreamEnd.ERROR:
            return "The run was refused: there is no route to restart. n asks again."
        case StreamEnd.BROKEN:
            return "No engine is there to restart a route. n starts a new run."


def _why_not_new_run(view: View) -> str:
    if not view.live:
        return "A recording has no engine that could start a run: muxbw-tui watch does."
    if view.stopping:
        return "The run is being stopped."
    return "" if view.over else "This run goes on: q stops it, and n starts a new one after a run has ended."


def _ranges(route_indexes: Iterable[int]) -> str:
    """Return `R1, R4 to R63`; two neighbours are no range."""
    ranges: list[list[int]] = []
    for index in sorted(set(route_indexes)):
        if ranges and index == ranges[-1][-1] + 1:
            ranges[-1].append(index)
        else:
            ranges.append([index])
    return ", ".join(
        f"R{found[0]} to R{found[-1]}"
        if len(found) > _NO_RANGE
        else ", ".join(f"R{index}" for index in found)
        for found in ranges
    )


def _condition(status: RouteStatus) -> str:
    """Return the end of a sentence that begins with the route."""
    return "has finished" if status is RouteStatus.FINISHED else f"is {status.value}"
