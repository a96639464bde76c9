"""What the tests of the screen share: an app for one widget, a dashboard on a scripted source, ways to read them."""

from __future__ import annotations

from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import App

import muxbw_tui.tui.app
from muxbw_tui.run import reducer
from muxbw_tui.tui.app import MuxbwApp
from muxbw_tui.tui.themes import DARK
from muxbw_tui.tui.view import View
from tests.conftest import eventually
from tests.fakes import source as fake

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence

    from textual.app import ComposeResult
    from textual.pilot import Pilot
    from textual.widget import Widget

    from muxbw_tui.pb.muxbw_pb2 import RunEvent
    from muxbw_tui.tui.preferences import Preferences
    from muxbw_tui.tui.screens.dialog import Dialog

SIZE = (120, 40)
_HOME = Path(muxbw_tui.tui.app.__file__).parent


class Stage(App[None]):
    """An app with one widget of a given height on it, in our styles."""

    CSS_PATH: ClassVar = [_HOME / path for path in MuxbwApp.CSS_PATH]

    def __init__(self, widget: Widget, *, height: int = 12) -> None:
        super().__init__()
        widget.styles.max_height = widget.styles.height = height
        self._widget = widget

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(DARK.variables)

    def compose(self) -> ComposeResult:
        yield self._widget


class Over(App[None]):
    """A dialog over nothing, in our colours.

    Attributes:
        answers: what the dialog was left with; empty while it is open.
    """

    def __init__(self, dialog: Dialog[Any]) -> None:  # Any: each kind of dialog has results of its own
        super().__init__()
        self.answers: list[object] = []
        self._dialog = dialog

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(DARK.variables)

    def on_mount(self) -> None:
        self.push_screen(self._dialog, self.answers.append)


def view_of(events: Iterable[RunEvent], *, routes: int = 4, cannot_restart: str = "") -> View:
    """Return the view of a run after the given events."""
    state = reducer.start(fake.request(routes))
    for event in events:
        reducer.apply(state, event)
    return View(state, source_title="embedded engine", cannot_restart=cannot_restart)


def lines_of(widget: Widget) -> list[str]:
    """Return what a widget draws, line by line."""
    return [widget.render_line(y).text.rstrip() for y in range(widget.size.height)]


def dashboard(
    *sources: fake.ScriptedSource,
    directory: Path,
    clock: fake.StillClock | None = None,
    preferences: Preferences | None = None,
    save_preferences: Callable[[Mapping[str, object]], None] | None = None,
) -> MuxbwApp:
    """Return the app on the given sources: the first one, and one more for every new run."""
    left: Sequence[fake.ScriptedSource] = list(sources)
    following = iter(left)
    return MuxbwApp(
        open_source=lambda _request: next(following),
        request=fake.request(),
        snapshot_dir=directory,
        clock=clock or fake.StillClock(),
        preferences=preferences,
        save_preferences=save_preferences,
    )


def screen_text(app: App[None]) -> str:
    """Return everything that the terminal shows."""
    width, height = app.size
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.text[:width].rstrip() for strip in strips[:height])


def toasts(app: App[None]) -> list[str]:
    """Return the passing messages that are on the screen."""
    return [notification.message for notification in app._notifications]


@asynccontextmanager
async def running(
    source: fake.ScriptedSource, directory: Path, *more: fake.ScriptedSource, size: tuple[int, int] = SIZE
) -> AsyncIterator[tuple[MuxbwApp, Pilot[None]]]:
    """Run the app until what its source had to say is on the screen."""
    app = dashboard(source, *more, directory=directory)
    async with app.run_test(size=size, notifications=True) as pilot:
        if source.given:
            await eventually(lambda: "SIMULATED: flaky" in screen_text(app))
        yield app, pilot
