"""The keys of the dashboard, in one place. Owns ids, keys and the words in the footer; the actions are the app's."""

from __future__ import annotations

from typing import Final

from textual.binding import Binding, BindingType

# The order is the footer's; what an operator needs in a hurry comes first.
APP_BINDINGS: Final[list[BindingType]] = [
    Binding("r", "restart", "Restart", id="restart"),
    Binding("R", "restart_failed", "All failed", key_display="R", id="restart-failed"),
    Binding("s", "snapshot", "Snapshot", id="snapshot"),
    Binding("space", "freeze", "Freeze", id="freeze"),
    Binding("n", "new_run", "New run", id="new-run"),
    Binding("question_mark", "help", "Help", key_display="?", id="help"),
    Binding("q", "quit", "Quit", id="quit"),
    Binding("ctrl+c", "quit", "Quit", show=False, priority=True, id="interrupt"),
    Binding("tab", "app.focus_next", "Next pane", show=False, id="next-pane"),
    Binding("shift+tab", "app.focus_previous", "Previous pane", show=False, id="previous-pane"),
]

CURSOR_BINDINGS: Final[list[BindingType]] = [
    Binding("up", "cursor(-1)", "Route above", show=False, id="route-above"),
    Binding("down", "cursor(1)", "Route below", show=False, id="route-below"),
    Binding("pageup", "cursor_page(-1)", "Page up", show=False, id="routes-page-up"),
    Binding("pagedown", "cursor_page(1)", "Page down", show=False, id="routes-page-down"),
    Binding("home", "cursor_home", "First route", show=False, id="route-first"),
    Binding("end", "cursor_end", "Last route", show=False, id="route-last"),
]

FEED_BINDINGS: Final[list[BindingType]] = [
    Binding("up", "scroll_up", "Line up", show=False, id="feed-line-up"),
    Binding("down", "scroll_down", "Line down", show=False, id="feed-line-down"),
    Binding("pageup", "page_up", "Page up", show=False, id="feed-page-up"),
    Binding("pagedown", "page_down", "Page down", show=False, id="feed-page-down"),
    Binding("home", "scroll_home", "Oldest event", show=False, id="feed-oldest"),
    Binding("end", "follow", "Follow", show=False, id="feed-follow"),
]

CLOSE_BINDINGS: Final[list[BindingType]] = [
    # q closes a page that lies over the dashboard: whoever has read the help does not mean to end the run.
    Binding("escape,question_mark,q,enter", "dismiss", "Close", id="close"),
]

# What the command palette offers: the action, its title, and what it does.
COMMANDS: Final[dict[str, tuple[str, str]]] = {
    "restart": ("Restart route", "Set the selected failed or stalled route up again"),
    "restart_failed": ("Restart all failed", "Set every failed route up again"),
    "snapshot": ("Snapshot", "Write the screen, the state and the table to files"),
    "freeze": ("Freeze or go on", "Hold the view still while the run goes on, or show the run again"),
    "new_run": ("New run", "Start the run again from the beginning"),
    "help": ("Help", "Keys, states and columns"),
    "quit": ("Quit", "Stop the run and leave"),
}
