"""The dashboard's app: brings one run's events to the screen, from the first frame to the last figures.

Owns the course of things: start, tick, freeze, snapshot, another run, the end. Events never touch a widget: a worker
reads them into the run's control, and ten times a second one tick applies them and redraws what differs. Widgets take
views in; what they ask for comes back as actions (`actions.py`) and messages.
"""

from __future__ import annotations

import asyncio
import gc
import signal
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual.app import SystemCommand

from muxbw_tui.errors import MuxbwError
from muxbw_tui.tui.actions import RunActions
from muxbw_tui.tui.driver import LossProofDriver
from muxbw_tui.tui.headline import meanwhile
from muxbw_tui.tui.leaving import Leaving
from muxbw_tui.tui.line_filters import fitting
from muxbw_tui.tui.preferences import Preferences
from muxbw_tui.tui.screens import later
from muxbw_tui.tui.screens.too_small import TooSmall, is_too_small
from muxbw_tui.tui.snapshot import snapshot_stem, write_snapshot
from muxbw_tui.tui.terminal_title import terminal_title
from muxbw_tui.tui.themes import DARK, THEMES
from muxbw_tui.tui.view import View, still

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path, PurePath

    from textual import events
    from textual.filter import LineFilter
    from textual.screen import Screen

    from muxbw_tui.clock import Clock
    from muxbw_tui.pb.muxbw_pb2 import RunRequest
    from muxbw_tui.run.state import RunState
    from muxbw_tui.sources.base import EventSource
    from muxbw_tui.tui.screens.run_screen import RunScreen

TICK_S: Final = 0.1
_LEAVE_AT: Final = (signal.SIGTERM, signal.SIGINT)


class MuxbwApp(RunActions):
    """Shows one run at a time, live or recorded.

    Args:
        open_source: makes a source; called for the first run and for every new one that the operator asks for.
        request: what is asked of the first run; names the rows that are awaited.
        snapshot_dir: where `s` writes its files.
        clock: for what passes between events, and for the names of snapshots.
        preferences: how the operator wants the dashboard.
        save_preferences: keeps what the operator chose in it; may block, and raises a `MuxbwError` where it cannot.

    Attributes:
        interrupted: a signal, or the loss of the terminal, ended the app.
    """

    TITLE = "muxbw-tui"
    # The overview's styles are here because Textual loads none for the screen that an app starts on.
    CSS_PATH: ClassVar[list[str | PurePath]] = [
        "screens/overview.tcss",
        "widgets/run_bar.tcss",
        "widgets/headline_bar.tcss",
        "widgets/plots.tcss",
        "widgets/filter_line.tcss",
        "widgets/key_bar.tcss",
        "widgets/toast.tcss",
    ]

    def __init__(
        self,
        *,
        open_source: Callable[[RunRequest], EventSource],
        request: RunRequest,
        snapshot_dir: Path,
        clock: Clock,
        preferences: Preferences | None = None,
        save_preferences: Callable[[Mapping[str, object]], None] | None = None,
    ) -> None:
        preferences = preferences or Preferences()
        super().__init__(preferences=preferences, open_source=open_source, request=request, clock=clock)
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = preferences.theme
        self.set_keymap(preferences.keys)
        self.animation_level = "none"
        self._snapshot_dir = snapshot_dir
        self._clock = clock
        self._save_preferences = save_preferences
        self._saving = asyncio.Lock()
        self._frozen: View | None = None
        self._shown_state: RunState | None = None
        self._leaving = False
        self.interrupted = False
        self._terminal_title = ""

    @property
    def run_state(self) -> RunState:
        """The run as far as it is known; after the app has ended, as it was then."""
        return self.control.state

    @property
    def problem(self) -> MuxbwError | None:
        """Why the events ended before the run did, if they have."""
        return self.control.problem

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Draw with ASCII alone where that is wanted."""
        return fitting(
            super().get_line_filters(), own_colours=self.native_ansi_color, ascii_only=self.preferences.ascii
        )

    def refresh_css(self, animate: bool = True) -> None:  # noqa: FBT001, FBT002 (Textual's own)
        """Parse the styles once at the start: Textual does so for the theme, forgets it, and does so for the screen."""
        if self.screen_stack:
            super().refresh_css(animate)
        else:
            self.stylesheet.set_variables(self.get_css_variables())

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give themes that are not ours the variables that our styles use."""
        return dict(DARK.variables)

    def view(self) -> View:
        """Return the run as it is now, and whether another instant of it is on the screen."""
        return replace(super().view(), frozen=self._frozen is not None)

    def shown(self) -> View:
        """Return what is to be shown: the run, or the instant of it that is held still, and what has happened since."""
        if self._frozen is None:
            return self.view()
        return replace(self._frozen, meanwhile=meanwhile(self._frozen.state, self.run_state))

    def on_mount(self) -> None:
        """Leave in order when the program is told to end, or its terminal is closed."""
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self.action_hang_up)
        for number in _LEAVE_AT:
            loop.add_signal_handler(number, self._interrupt)

    def on_ready(self) -> None:
        """Start reading once the first frame is painted."""
        gc.freeze()  # else every full collection in the run looks through what the start has left, and stalls the loop
        self.run_worker(self.control.follow(), name="source:events", group="source")
        self._show(routes_changed=True)
        self.set_interval(TICK_S, self._tick)

    async def on_unmount(self) -> None:
        """Let go of the source however the app ends."""
        gc.unfreeze()
        await self.control.close()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGHUP, *_LEAVE_AT):
            loop.remove_signal_handler(number)

    def on_resize(self, event: events.Resize) -> None:
        """Cover everything where there is no room for it; the cover goes by itself."""
        if self.screen_stack and is_too_small(event.size) and not isinstance(self.screen, TooSmall):
            self.push_screen(TooSmall())

    def on_route_table_selected(self) -> None:
        """Dim and undim what depends on the selected route."""
        self.refresh_possible(self.view())

    def on_run_screen_uncovered(self) -> None:
        """Bring the screen that came to the front up to date at once."""
        self.front.use(self.preferences)
        self._show(routes_changed=True)

    def on_run_screen_preferred(self, message: RunScreen.Preferred) -> None:
        """Keep what the operator chose."""
        self._prefer(message.changed)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Offer the themes too."""
        yield from super().get_system_commands(screen)
        for theme in THEMES:
            title = f"Theme {theme.name}"
            yield SystemCommand(title, "Use these colours", partial(self._use, theme.name))

    def action_freeze(self) -> None:
        """Hold the view still, or show the run again."""
        if self._frozen is None:
            view = self.view()
            self._frozen = replace(view, state=still(view.state), frozen=True)
        else:
            self._frozen = None
        self._show(routes_changed=True)

    def action_snapshot(self) -> None:
        """Write what the screen shows to files."""
        shown = self.shown()
        label = f" · SIMULATED: {shown.state.scenario}" if shown.state.scenario else ""
        svg = self.export_screenshot(title=f"{self.TITLE}{label}")
        write = partial(self._write_snapshot, svg, still(shown.state))
        self.run_worker(write(), name="snapshot", group="snapshot")

    def action_new_run(self) -> None:
        """Start the same run again in place of this one, after asking where this one goes on."""
        question = self.control.replace_question()
        if question is None:
            self._start_over(self.control.request)
        else:
            self.push_screen(later.ask(question), self._run_again)

    def action_change_run(self) -> None:
        """Let the parameters be changed, and run with them in place of this run."""
        form = later.parameters(self.control.request, self.control.replace_question)
        self.push_screen(form, self._run_changed)

    async def action_quit(self) -> None:
        """Leave, after asking what is to become of a run that goes on; at once when asked again."""
        question = self.control.leave_question()
        was_asked = isinstance(self.screen, TooSmall) or later.is_question(self.screen)
        if question is None or self._leaving or was_asked:
            self._leave_by_default()
        else:
            self.push_screen(later.ask(question), self._leave_as_chosen)

    def action_quit_at_once(self) -> None:
        """Leave without asking: a run that is ours and goes on is stopped."""
        self._leave_by_default()

    def action_hang_up(self) -> None:
        """Stop the run and leave, since the terminal is gone. The kernel and the shell both say so: once is enough."""
        if not self._leaving:
            self._interrupt()

    def _interrupt(self) -> None:
        self.interrupted = True
        self._leave_by_default()

    def _leave_by_default(self) -> None:
        """Leave as the first choice of the question says that would be asked."""
        question = self.control.leave_question()
        self._leave_as_chosen((question and question.choices[0].value) or Leaving.AT_ONCE)

    def _leave_as_chosen(self, how: Leaving | None) -> None:
        """Leave the run, or leave at once where that is under way already; None stays."""
        if how is None:
            return
        if self._leaving:
            self.exit()
            return
        self._leaving = True
        self._frozen = None
        self.run_worker(self._leave(how), name="leave", group="leave")

    async def _leave(self, how: Leaving) -> None:
        self._leaving = await self.control.leave(how)
        if self._leaving:
            self.exit()

    def _run_again(self, how: Leaving | None) -> None:
        if how is not None:
            self._start_over(self.control.request)

    def _run_changed(self, request: RunRequest | None) -> None:
        if request is not None:
            self._start_over(request)

    def _start_over(self, request: RunRequest) -> None:
        self._frozen = None
        self.run_worker(self.control.start_over(request), name="source:events", group="source")

    def _tick(self) -> None:
        """Apply what has come in and show it."""
        changed = self.control.apply_waiting()
        if not self.screen_stack:  # the app is closing
            return
        self.refresh_possible(self.view())
        self._show(routes_changed=changed)

    def _show(self, *, routes_changed: bool) -> None:
        view = self.shown()
        is_other_run, self._shown_state = view.state is not self._shown_state, view.state
        self.front.show(view, routes_changed=routes_changed or is_other_run)
        title = terminal_title(self.view())  # of now, also beside a view that is held still
        if title != self._terminal_title:
            self._terminal_title = title
            if isinstance(self._driver, LossProofDriver):
                self._driver.set_title(title)

    async def _write_snapshot(self, svg: str, state: RunState) -> None:
        stem = snapshot_stem(self._clock.wall_ns())
        try:
            paths = await asyncio.to_thread(write_snapshot, self._snapshot_dir, stem, svg, state)
        except OSError as error:
            reason = error.strerror or str(error)
            self.tell(f"No snapshot: cannot write to {self._snapshot_dir}: {reason}", severity="error")
        else:
            suffixes = ", ".join(path.suffix for path in paths)
            self.tell(f"Snapshot: {paths[0].with_suffix('')} ({suffixes})")

    def _use(self, theme: str) -> None:
        self.theme = theme
        self._prefer({"theme": theme})

    def _prefer(self, changed: Mapping[str, Any]) -> None:  # Any: each name has values of its own type
        """Remember what the operator chose, by the names of `Preferences`, and have it kept."""
        self.preferences = replace(self.preferences, **changed)
        if self._save_preferences is not None:
            saving = self._keep(partial(self._save_preferences, changed))
            self.run_worker(saving, name="preferences", group="preferences")

    async def _keep(self, save: Callable[[], None]) -> None:
        """Save what the operator chose; where that fails, the dashboard goes on with it all the same."""
        try:
            async with self._saving:  # each changes what the one before has written
                await asyncio.to_thread(save)
        except MuxbwError as failure:
            self.tell(str(failure), severity="error")
