"""What the operator's keys ask of the run: actions that go on to the run's control, or say why they are not possible.

Owns which action is possible now, how that is told, and the command palette. It must not draw anything, and leaves the
course of the app (start, tick, end) to `app.py`.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import App, SystemCommand
from textual.binding import Binding

from muxbw_tui.run.state import FAILED_STATUSES
from muxbw_tui.run.text import clean_line
from muxbw_tui.tui import availability
from muxbw_tui.tui.control import RunControl
from muxbw_tui.tui.copying import copyables
from muxbw_tui.tui.driver import LossProofDriver
from muxbw_tui.tui.key_names import shown_keys
from muxbw_tui.tui.keymap import APP_BINDINGS
from muxbw_tui.tui.keys import KEY_BY_ID
from muxbw_tui.tui.screens import later
from muxbw_tui.tui.screens.overview import Overview
from muxbw_tui.tui.screens.run_screen import RunScreen

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterable

    from textual import events
    from textual.binding import BindingType
    from textual.dom import DOMNode
    from textual.notifications import SeverityLevel
    from textual.screen import Screen

    from muxbw_tui.clock import Clock
    from muxbw_tui.pb.muxbw_pb2 import RunRequest
    from muxbw_tui.sources.base import EventSource
    from muxbw_tui.tui.copying import Copyable
    from muxbw_tui.tui.preferences import Preferences
    from muxbw_tui.tui.view import View

_TOAST_LIMIT: Final = 400


class RunActions(App[None]):
    """An app whose keys act on one run.

    Args:
        preferences: how the operator wants the dashboard to begin with.
        open_source: makes a source; called for the first run and for every new one that the operator asks for.
        request: what is asked of the first run.
        clock: for what passes between events.

    Attributes:
        preferences: how the operator wants the dashboard now.
        home: the screen that it begins with.
    """

    BINDINGS: ClassVar[list[BindingType]] = APP_BINDINGS

    def __init__(
        self,
        *,
        preferences: Preferences,
        open_source: Callable[[RunRequest], EventSource],
        request: RunRequest,
        clock: Clock,
    ) -> None:
        super().__init__(driver_class=LossProofDriver)
        self.preferences = preferences
        self.home = Overview(preferences)
        self.control = RunControl(
            open_source, request, clock=clock, tell=self.tell, keys=shown_keys(preferences.keys)
        )
        self._blocked: frozenset[str] = frozenset()

    @property
    def front(self) -> RunScreen:
        """The screen that shows the run, under whatever lies over it."""
        screens = [screen for screen in self.screen_stack if isinstance(screen, RunScreen)]
        return screens[-1] if screens else self.home

    def get_default_screen(self) -> Screen[None]:
        """Start at home."""
        return self.home

    def view(self) -> View:
        """Return the run as it is now."""
        return self.control.view()

    def shown(self) -> View:
        """Return the instant of the run that is on the screen."""
        return self.view()

    def on_key(self, event: events.Key) -> None:
        """Say why a key that is dimmed in the footer does nothing."""
        active = self.screen.active_bindings.get(event.key)
        if active is not None and not active.enabled:
            self._explain(active.binding.action)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim an action that is not possible now; over a dialog there are no commands."""
        if action == "command_palette" and self.screen.is_modal:
            return False
        possible = super().check_action(action, parameters)
        return None if possible and self._why_not(action) else possible

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer every action that has a title, and the restart of each route that has failed."""
        if not isinstance(screen, RunScreen):
            return
        for node in (self, screen, *screen.panes):
            for binding in type(node).BINDINGS:
                key = KEY_BY_ID.get(binding.id or "") if isinstance(binding, Binding) else None
                if key is not None and key.title:
                    yield SystemCommand(key.title, key.meaning, partial(self._perform, key.action, node))
        for route in self.control.state.routes.values():
            if route.status in FAILED_STATUSES:
                title = f"Restart route {route.index}"
                yield SystemCommand(
                    title, route.status.value, partial(self._restart, [route.index], prefer_new=False)
                )
                yield SystemCommand(
                    f"{title} on a new path",
                    "avoiding the node at fault",
                    partial(self._restart, [route.index], prefer_new=True),
                )

    def action_restart(self) -> None:
        """Restart the selected route on its path."""
        self._restart(self._selected(), prefer_new=False)

    def action_restart_failed(self) -> None:
        """Restart every failed route, each on its path."""
        self._restart([], prefer_new=False)

    def action_restart_elsewhere(self) -> None:
        """Restart the selected route on a new path."""
        self._restart(self._selected(), prefer_new=True)

    def action_restart_failed_elsewhere(self) -> None:
        """Restart every failed route, each on a new path."""
        self._restart([], prefer_new=True)

    def action_stop_route(self) -> None:
        """Stop the selected route."""
        self._ask_for(self.control.stop_routes(self._selected()))

    def action_rejoin_route(self) -> None:
        """Let the selected route join again."""
        self._restart(self._selected(), prefer_new=False)

    def action_pause(self) -> None:
        """Pause the traffic, or let it go on."""
        self._ask_for(self.control.pause_or_go_on())

    def action_help(self) -> None:
        """Show the keys of where the operator is, states and columns."""
        self.push_screen(later.help_on(self.screen))

    def action_open_route(self) -> None:
        """Show the selected route by itself."""
        if self.front.selected is not None:
            self.push_screen(later.route(self.front.selected))

    def action_copy(self) -> None:
        """Let the operator choose what of the selected route is copied."""
        state, selected = self.shown().state, self.front.selected
        if selected is not None and selected in state.routes:
            items = copyables(state.routes[selected], state)
            self.push_screen(later.copies(items, title=f"R{selected}"), self._copy)

    def refresh_possible(self, view: View) -> None:
        """Redraw the footer, but only when something has become possible or impossible."""
        blocked = frozenset(availability.obstacles(view, self.front.selected)) | self.front.obstacles().keys()
        if blocked != self._blocked:
            self._blocked = blocked
            self.refresh_bindings()

    def notify(
        self,
        message: str,
        *,
        title: str = "",
        severity: SeverityLevel = "information",
        timeout: float | None = None,
        markup: bool = True,
    ) -> None:
        """Show a passing message in place of the one before: piled up they would hide the run."""
        self.clear_notifications()
        super().notify(message, title=title, severity=severity, timeout=timeout, markup=markup)

    def tell(self, text: str, severity: SeverityLevel = "information") -> None:
        """Show a passing message. The text may come from outside."""
        line = clean_line(text, limit=_TOAST_LIMIT)
        self.notify(line[:1].upper() + line[1:], severity=severity, markup=False)

    def _copy(self, item: Copyable | None) -> None:
        if item is not None:
            self.copy_to_clipboard(item.text)
            self.tell(f"Sent to the terminal's clipboard: {item.label}.")

    def _selected(self) -> list[int]:
        """Return the selected route; the actions that ask are not possible without one."""
        selected = self.front.selected
        return [] if selected is None else [selected]

    def _restart(self, route_indexes: list[int], *, prefer_new: bool) -> None:
        self._ask_for(self.control.restart(route_indexes, prefer_new=prefer_new))

    def _ask_for(self, asking: Coroutine[None, None, None]) -> None:
        self.run_worker(asking, name="control", group="control")

    def _perform(self, action: str, node: DOMNode) -> None:
        """Do what was chosen from the command palette, or say why that is not possible."""
        if self._why_not(action):
            self._explain(action)
        else:
            # The palette is still on the screen now, and a snapshot must not show it.
            self.call_after_refresh(self.run_action, action, node)

    def _why_not(self, action: str) -> str:
        """Return why an action, the app's or the front screen's, is not possible now; empty where it is."""
        name = action.partition("(")[0].rpartition(".")[2]
        front = self.front
        return availability.why_not(name, self.view(), front.selected) or front.obstacles().get(name, "")

    def _explain(self, action: str) -> None:
        self.tell(self._why_not(action) or "That would change nothing now.", severity="warning")
