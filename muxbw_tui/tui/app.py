"""The dashboard's app: brings one run's events to the screen and the operator's keys to the run.

Owns the tick and the actions. Events never touch a widget: a worker reads them into the collector's inbox, and ten
times a second one tick applies them and redraws what differs. Widgets take views in; what they ask for comes back as
actions and messages.
"""

from __future__ import annotations

import asyncio
import gc
import signal
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual.app import App, SystemCommand

from muxbw_tui.errors import MuxbwError
from muxbw_tui.run.text import clean_line
from muxbw_tui.tui.availability import obstacles, restart_answer
from muxbw_tui.tui.collector import Collector
from muxbw_tui.tui.driver import LossProofDriver
from muxbw_tui.tui.keymap import APP_BINDINGS, COMMANDS
from muxbw_tui.tui.screens.help import Help
from muxbw_tui.tui.screens.overview import Overview
from muxbw_tui.tui.snapshot import snapshot_stem, write_snapshot
from muxbw_tui.tui.themes import DARK, LIGHT, THEMES
from muxbw_tui.tui.view import View, still

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path, PurePath

    from textual import events
    from textual.binding import BindingType
    from textual.notifications import SeverityLevel
    from textual.screen import Screen

    from muxbw_tui.clock import Clock
    from muxbw_tui.pb.muxbw_pb2 import RunRequest
    from muxbw_tui.run.state import RunState
    from muxbw_tui.sources.base import EventSource
    from muxbw_tui.tui.widgets.route_table import RouteTable

TICK_S: Final = 0.1
STOP_WITHIN_S: Final = 2.0
CLOSE_WITHIN_S: Final = 5.0
_TOAST_LIMIT: Final = 400
_LEAVE_AT: Final = (signal.SIGTERM, signal.SIGINT)
# A full collection in a long run stalled the loop by 30 to 45 ms; frozen start-up objects and this halved it.
_GC_THRESHOLDS: Final = (50_000, 20, 100)


class MuxbwApp(App[None]):
    """Shows one run at a time, live or recorded.

    Args:
        open_source: makes a source; called once at the start and once for every new run that the operator asks for.
        request: what is asked of the run; names the rows that are awaited.
        snapshot_dir: where `s` writes its files.
        clock: for what passes between events, and for the names of snapshots.

    Attributes:
        interrupted: a signal, or the loss of the terminal, ended the app.
    """

    TITLE = "muxbw-tui"
    # The overview's styles are here because Textual loads none for the screen that an app starts on.
    CSS_PATH: ClassVar[list[str | PurePath]] = [
        "screens/overview.tcss",
        "widgets/run_bar.tcss",
        "widgets/headline_bar.tcss",
        "widgets/route_table.tcss",
        "widgets/event_feed.tcss",
    ]
    BINDINGS: ClassVar[list[BindingType]] = APP_BINDINGS

    def __init__(
        self,
        *,
        open_source: Callable[[], EventSource],
        request: RunRequest,
        snapshot_dir: Path,
        clock: Clock,
    ) -> None:
        super().__init__(driver_class=LossProofDriver)
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DARK.name
        self.animation_level = "none"
        self._open_source = open_source
        self._request = request
        self._snapshot_dir = snapshot_dir
        self._clock = clock
        self._overview = Overview()
        self._collector = Collector(open_source(), request, clock)
        self._frozen: View | None = None
        self._stopping = False
        self.interrupted = False
        self._blocked: frozenset[str] = frozenset()
        self._gc_thresholds = gc.get_threshold()

    @property
    def run_state(self) -> RunState:
        """The run as far as it is known; after the app has ended, as it was then."""
        return self._collector.state

    @property
    def problem(self) -> MuxbwError | None:
        """Why the events ended before the run did, if they have."""
        return self._collector.problem

    def get_default_screen(self) -> Screen[None]:
        """Start on the overview."""
        return self._overview

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give themes that are not ours the variables that our styles use."""
        return dict(DARK.variables)

    def on_mount(self) -> None:
        """Leave in order when the program is told to end, or its terminal is closed."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self.action_hang_up)
        for number in _LEAVE_AT:
            loop.add_signal_handler(number, self._interrupt)

    def on_ready(self) -> None:
        """Start reading once the first frame is painted."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(*_GC_THRESHOLDS)
        self.run_worker(self._collector.collect(), name="source:events", group="source")
        self._show(routes_changed=True)
        self.set_interval(TICK_S, self._tick)

    async def on_unmount(self) -> None:
        """Let go of the source however the app ends."""
        gc.set_threshold(*self._gc_thresholds)
        gc.unfreeze()
        await self._close_source()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGHUP, *_LEAVE_AT):
            loop.remove_signal_handler(number)

    def on_key(self, event: events.Key) -> None:
        """Say why a key that is dimmed in the footer does nothing."""
        active = self.screen.active_bindings.get(event.key)
        if active is not None and not active.enabled:
            self._explain(active.binding.action)

    def on_route_table_selected(self, _message: RouteTable.Selected) -> None:
        """Dim and undim what depends on the selected route."""
        self._update_bindings()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim an action that is not possible now; where the panes are hidden, nothing but leaving is."""
        if self._overview.is_too_small and action not in {"quit", "hang_up"}:
            return False
        possible = super().check_action(action, parameters)
        return None if possible and action in self._obstacles() else possible

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer our own actions in the command palette."""
        if screen is self._overview:
            for action, (title, help_text) in COMMANDS.items():
                yield SystemCommand(title, help_text, partial(self._perform, action))
        for theme, word in ((DARK, "Dark"), (LIGHT, "Light")):
            yield SystemCommand(
                f"{word} theme", f"Use {word.lower()} colours", partial(self._use, theme.name)
            )

    def action_restart(self) -> None:
        """Restart the selected route."""
        if self._overview.selected is not None:
            self._restart([self._overview.selected])

    def action_restart_failed(self) -> None:
        """Restart every failed route."""
        self._restart([])

    def action_freeze(self) -> None:
        """Hold the view still, or show the run again."""
        if self._frozen is None:
            view = self._view()
            self._frozen = replace(view, state=still(view.state), frozen=True)
        else:
            self._frozen = None
        self._show(routes_changed=True)

    def action_snapshot(self) -> None:
        """Write what the screen shows to files."""
        shown = self._frozen or self._view()
        label = f" · SIMULATED: {shown.state.scenario}" if shown.state.scenario else ""
        svg = self.export_screenshot(title=f"{self.TITLE}{label}")
        write = partial(self._write_snapshot, svg, still(shown.state))
        self.run_worker(write(), name="snapshot", group="snapshot")

    def action_help(self) -> None:
        """Show keys, states and columns."""
        self.push_screen(Help())

    def action_new_run(self) -> None:
        """Start a new run in place of the one that is over."""
        self.run_worker(self._start_over(), name="source:events", group="source", exclusive=True)

    async def action_quit(self) -> None:
        """Stop the run if one is going, then leave; leave at once when asked again."""
        self._quit()

    def action_hang_up(self) -> None:
        """Stop the run and leave, since the terminal is gone. The kernel and the shell both say so: once is enough."""
        if not self._stopping:
            self._interrupt()

    def _interrupt(self) -> None:
        self.interrupted = True
        self._quit()

    def _quit(self) -> None:
        if self._stopping:
            self.exit()
            return
        self._stopping = True
        self._frozen = None
        self._show(routes_changed=True)
        view = self._view()
        ours = view.live and not self._collector.source.outlives_us
        going = ours and not view.over and view.state.first_timestamp_ns > 0
        self.run_worker(self._leave(stop_first=going), name="quit", group="quit")

    def _tick(self) -> None:
        """Apply what has come in and show it."""
        changed = self._collector.apply_waiting()
        self._update_bindings()
        self._show(routes_changed=changed)

    def _show(self, *, routes_changed: bool) -> None:
        self._overview.show(self._frozen or self._view(), routes_changed=routes_changed)

    def _view(self) -> View:
        return self._collector.view(stopping=self._stopping)

    def _obstacles(self) -> dict[str, str]:
        frozen = self._frozen is not None
        return obstacles(replace(self._view(), frozen=frozen), self._overview.selected)

    def _update_bindings(self) -> None:
        """Redraw the footer, but only when something has become possible or impossible."""
        blocked = frozenset(self._obstacles())
        if blocked != self._blocked:
            self._blocked = blocked
            self.refresh_bindings()

    async def _start_over(self) -> None:
        """Put a new run in place of the old one, and read it to its end."""
        await self._close_source()
        self._collector = Collector(self._open_source(), self._request, self._clock)
        self._frozen = None
        self._show(routes_changed=True)
        await self._collector.collect()

    def _restart(self, route_indexes: list[int]) -> None:
        self.run_worker(self._ask_restart(route_indexes), name="restart", group="control")

    async def _ask_restart(self, route_indexes: list[int]) -> None:
        try:
            reply = await self._collector.source.restart_routes(route_indexes)
        except MuxbwError as refusal:
            self._tell(str(refusal), severity="error")
        else:
            text, all_begun = restart_answer(reply)
            self._tell(text, severity="information" if all_begun else "warning")

    async def _write_snapshot(self, svg: str, state: RunState) -> None:
        stem = snapshot_stem(self._clock.wall_ns())
        try:
            paths = await asyncio.to_thread(write_snapshot, self._snapshot_dir, stem, svg, state)
        except OSError as error:
            reason = error.strerror or str(error)
            self._tell(f"No snapshot: cannot write to {self._snapshot_dir}: {reason}", severity="error")
        else:
            suffixes = ", ".join(path.suffix for path in paths)
            self._tell(f"Snapshot: {paths[0].with_suffix('')} ({suffixes})")

    async def _leave(self, *, stop_first: bool) -> None:
        """End the run in an orderly way if there is the time, then let go of the source and leave."""
        if stop_first:
            # Whatever goes wrong here, closing the source ends the run too, if without its last figures.
            with suppress(TimeoutError, MuxbwError):
                async with asyncio.timeout(STOP_WITHIN_S):
                    await self._collector.source.stop_run()
                    await self._collector.ended.wait()
        self.workers.cancel_group(self, "source")
        self._collector.apply_waiting()
        await self._close_source()
        self.exit()

    async def _close_source(self) -> None:
        """Let go of the source, without waiting for one that hangs."""
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_WITHIN_S):
                await self._collector.source.close()

    def _perform(self, action: str) -> None:
        """Do what was chosen from the command palette, or say why that is not possible."""
        if action in self._obstacles():
            self._explain(action)
        else:
            # The palette is still on the screen now, and a snapshot must not show it.
            self.call_after_refresh(self.run_action, action)

    def _use(self, theme: str) -> None:
        self.theme = theme

    def _explain(self, action: str) -> None:
        if reason := self._obstacles().get(action):
            self._tell(reason, severity="warning")

    def _tell(self, text: str, *, severity: SeverityLevel = "information") -> None:
        """Show a passing message. The text may come from outside."""
        line = clean_line(text, limit=_TOAST_LIMIT)
        self.notify(line[:1].upper() + line[1:], severity=severity, markup=False)
