"""The help: keys, what each state means, what each column says. Owns the words on keys and states."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.containers import Horizontal, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Static

from muxbw_tui.run.columns import COLUMNS, GLYPHS
from muxbw_tui.run.state import RouteStatus
from muxbw_tui.tui.keymap import CLOSE_BINDINGS
from muxbw_tui.tui.route_lines import ROLE_BY_STATUS

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

_KEYS: Final = (
    ("r", "restart the selected route: one that failed or stalled"),
    ("R", "restart every failed route"),
    ("s", "snapshot: the screen as SVG, the state as JSON, the table as CSV"),
    ("space", "freeze the view; the run goes on and is collected"),
    ("n", "start a new run once this one is over, or its engine is gone"),
    ("tab", "next pane"),
    ("↑ ↓ home end", "in the routes: move the cursor; in the events: scroll, end follows"),
    ("pgup pgdn", "a page up or down"),
    ("ctrl+p", "all commands"),
    ("?", "this help"),
    ("q  ctrl+c", "stop the run and quit; a second time: at once"),
)

_MEANINGS: Final = {
    RouteStatus.SETUP_FAILED: "no connection came up",
    RouteStatus.DEAD_ON_ARRIVAL: "set up, but not one byte came back: no rules at a node, or too slow for one block",
    RouteStatus.DIED: "carried bytes, then failed: a node or link on its path went away",
    RouteStatus.STALLED: "still open, but no byte for 3 s or more",
    RouteStatus.PENDING: "waits for its set-up",
    RouteStatus.SETTING_UP: "its connection is being made, hop by hop",
    RouteStatus.READY: "set up, waits for the pump",
    RouteStatus.PUMPING: "carries bytes",
    RouteStatus.RESTARTING: "failed and is being set up again; # counts its set-ups",
    RouteStatus.STANDBY: "kept in reserve by the server",
    RouteStatus.STOPPED: "no longer part of the run",
    RouteStatus.FINISHED: "pumped to the end of the run",
}


class Entry(Horizontal):
    """A name and what it means."""

    def __init__(self, name: str, meaning: str, *, classes: str = "") -> None:
        super().__init__(classes=classes)
        self._texts = (name, meaning)

    def compose(self) -> ComposeResult:
        """Put them side by side."""
        name, meaning = self._texts
        yield Static(name, markup=False, classes="name")
        yield Static(meaning, markup=False, classes="meaning")


class Help(ModalScreen[None]):
    """A page over the dashboard, which goes on underneath."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = CLOSE_BINDINGS

    def compose(self) -> ComposeResult:
        """Lay the page out."""
        with VerticalScroll(id="help"):
            yield Static("Keys", classes="heading")
            for key, meaning in _KEYS:
                yield Entry(key, meaning)
            yield Static("States of a route", classes="heading")
            for status, meaning in _MEANINGS.items():
                name = f"{GLYPHS[status]} {status.value}"
                yield Entry(name, meaning, classes=f"-{ROLE_BY_STATUS[status]}")
            yield Static("Columns, as many as the width holds", classes="heading")
            for column in COLUMNS:
                yield Entry(column.title, column.meaning)

    def on_mount(self) -> None:
        """Say how to get out, where one looks for it."""
        page = self.query_one("#help")
        page.border_title = "Help"
        page.border_subtitle = "esc closes · ↑ ↓ scroll"
        page.focus()
