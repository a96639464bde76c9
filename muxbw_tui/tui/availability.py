"""Which of the app's actions are possible now, and why the others are not.

One answer serves the footer, which dims what is not possible, the message that a dimmed key gets, and the command
palette. Pure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from muxbw_tui.run.state import (
    FAILED_STATUSES,
    JOINABLE_STATUSES,
    RESTARTABLE_STATUSES,
    STOPPABLE_STATUSES,
    RouteState,
    RouteStatus,
    StreamEnd,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from muxbw_tui.tui.view import View


def why_not(action: str, view: View, selected: int | None) -> str:
    """Return a sentence that says why an action is not possible, or nothing where it is.

    Args:
        action: its name, without parameters.
        view: the run as it is, not as a frozen view shows it; only whether it is frozen counts.
        selected: index of the route under the cursor.
    """
    reason = _REASONS.get(action)
    return "" if reason is None else reason(view, selected)


def obstacles(view: View, selected: int | None) -> dict[str, str]:
    """Return a sentence for every action that is not possible, by the action's name."""
    reason_by_action = {action: why_not(action, view, selected) for action in _REASONS}
    return {action: reason for action, reason in reason_by_action.items() if reason}


def _why_not_restart(view: View, selected: int | None) -> str:
    if reason := _why_no_restart_at_all(view):
        return reason
    route = _route(view, selected)
    if route is None:
        return "No route is selected."
    if route.status in RESTARTABLE_STATUSES | JOINABLE_STATUSES:
        return ""
    return f"R{route.index} {_condition(route.status)}: only a failed, stalled or stopped route can be restarted."


def _why_not_restart_failed(view: View, _selected: int | None) -> str:
    if reason := _why_no_restart_at_all(view):
        return reason
    if any(route.status in FAILED_STATUSES for route in view.state.routes.values()):
        return ""
    return "No route has failed: there is nothing to restart."


def _why_not_rejoin(view: View, selected: int | None) -> str:
    if reason := _why_no_restart_at_all(view):
        return reason
    route = _route(view, selected)
    if route is None:
        return "No route is selected."
    if route.status in JOINABLE_STATUSES:
        return ""
    return f"R{route.index} {_condition(route.status)}: only a stopped route can join again."


def _why_not_stop_route(view: View, selected: int | None) -> str:
    if reason := _why_no_control_at_all(view):
        return reason
    route = _route(view, selected)
    if route is None:
        return "No route is selected."
    if route.status in STOPPABLE_STATUSES:
        return ""
    return f"R{route.index} {_condition(route.status)}: there is nothing to stop."


def _why_not_pause(view: View, _selected: int | None) -> str:
    if reason := _why_no_control_at_all(view):
        return reason
    if view.state.phase == "pump" or view.state.paused:
        return ""
    return "There is no traffic to pause before the pump has started."


def _why_not_freeze(view: View, _selected: int | None) -> str:
    return "Nothing to freeze: no more events come." if view.over and not view.frozen else ""


def _why_not_look(view: View, selected: int | None) -> str:
    return "No route is selected." if _route(view, selected) is None else ""


def _why_not_new_run(view: View, _selected: int | None) -> str:
    if not view.live:
        return "A recording has no engine that could start a run: muxbw-tui watch does."
    return "The run is being stopped." if view.stopping else ""


def _why_no_restart_at_all(view: View) -> str:
    return view.cannot_restart or _why_not_under_way(view, "be restarted", "restart a route")


def _why_no_control_at_all(view: View) -> str:
    return view.cannot_control or _why_not_under_way(view, "be stopped or paused", "stop or pause anything")


def _why_not_under_way(view: View, be_done: str, do: str) -> str:
    """Return why nothing can be asked of the run: `be_done` and `do` say what was asked for."""
    if view.stopping:
        return f"The run is being stopped: nothing can {be_done} any more."
    if view.outage is not None:
        return f"The connection is lost: nothing can {be_done} until it is back."
    match view.state.end:
        case StreamEnd.OPEN:
            return "" if view.state.routes else "The run has not begun yet."
        case StreamEnd.DONE:
            return f"The run is over: nothing can {be_done}. {view.keys['new-run']} starts it again."
        case StreamEnd.ERROR:
            return f"The run was refused: nothing can {be_done}. {view.keys['new-run']} asks again."
        case StreamEnd.BROKEN:
            return f"No engine is there to {do}. {view.keys['new-run']} starts the run again."


def _route(view: View, selected: int | None) -> RouteState | None:
    return None if selected is None else view.state.routes.get(selected)


def _condition(status: RouteStatus) -> str:
    """Return the end of a sentence that begins with the route."""
    if status is RouteStatus.DIED:
        return "has died"
    return "has finished" if status is RouteStatus.FINISHED else f"is {status.value}"


_REASONS: Final[Mapping[str, Callable[[View, int | None], str]]] = {
    "restart": _why_not_restart,
    "restart_elsewhere": _why_not_restart,
    "restart_failed": _why_not_restart_failed,
    "restart_failed_elsewhere": _why_not_restart_failed,
    "stop_route": _why_not_stop_route,
    "rejoin_route": _why_not_rejoin,
    "pause": _why_not_pause,
    "freeze": _why_not_freeze,
    "open_route": _why_not_look,
    "copy": _why_not_look,
    "new_run": _why_not_new_run,
    "change_run": _why_not_new_run,
}
