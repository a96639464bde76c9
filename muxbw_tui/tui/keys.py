"""Every key of the dashboard as plain data: its stable name, what it does, how it is called.

Owns names, keys and words; `keymap.py` makes Textual's bindings of them. It must not import Textual: the configuration,
which gives keys other places, is read by commands that show no screen too.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping


class Key(NamedTuple):
    """One thing that a key does.

    Attributes:
        id: stable; the configuration's name for it.
        keys: what it is bound to, by Textual's names, separated by commas.
        action: what the widget, screen or app that has the key runs.
        meaning: the help's sentence; keys that share one stand in one line.
        title: in the command palette, which leaves out what has none.
        label: the footer's word, which leaves out what has none.
        display: how the key is written where its name would not do.
        first: run even where an input has the focus.
    """

    id: str
    keys: str
    action: str
    meaning: str
    title: str = ""
    label: str = ""
    display: str = ""
    first: bool = False


# On every screen but the modal ones.
APP_KEYS: Final = (
    Key(
        "restart",
        "r",
        "restart",
        "restart the selected route, on the same path: one that failed, stalled or was stopped",
        title="Restart route",
        label="Restart",
    ),
    Key(
        "restart-failed",
        "R",
        "restart_failed",
        "restart every failed route, each on its path",
        title="Restart all failed",
        label="All failed",
    ),
    Key(
        "restart-elsewhere",
        "w",
        "restart_elsewhere",
        "restart the selected route another way: on a new path that avoids the node at fault",
        title="Restart route on a new path",
        label="New way",
    ),
    Key(
        "restart-failed-elsewhere",
        "W",
        "restart_failed_elsewhere",
        "restart every failed route another way",
        title="Restart all failed on new paths",
    ),
    Key(
        "pause",
        "p",
        "pause",
        "pause the traffic, really, while the connections stay; again: go on",
        title="Pause the traffic or go on",
        label="Pause",
    ),
    Key(
        "freeze",
        "space",
        "freeze",
        "freeze the view; the run goes on and is collected",
        title="Freeze the view or go on",
        label="Freeze",
    ),
    Key(
        "stop-route",
        "x",
        "stop_route",
        "stop the selected route",
        title="Stop route",
        label="Stop route",
    ),
    Key(
        "rejoin-route",
        "X",
        "rejoin_route",
        "let the selected route join again, once it was stopped",
        title="Let route join again",
    ),
    Key(
        "snapshot",
        "s",
        "snapshot",
        "snapshot: the screen as SVG, the state as JSON, the table as CSV",
        title="Snapshot",
        label="Snapshot",
    ),
    Key(
        "new-run",
        "n",
        "new_run",
        "run the same again",
        title="Same run again",
        label="Again",
    ),
    Key(
        "change-run",
        "e",
        "change_run",
        "change the parameters and run",
        title="Change the parameters and run",
        label="Change",
    ),
    Key("commands", "ctrl+p", "command_palette", "all commands", first=True),
    Key("help", "question_mark", "help", "keys, states and columns", title="Help", label="Help", display="?"),
    Key(
        "quit",
        "q",
        "quit",
        "quit; while a run goes on it asks whether to stop it or to leave it running",
        title="Quit",
        label="Quit",
    ),
    Key("interrupt", "ctrl+c", "quit", "the same, from anywhere", first=True),
)

# On every screen that shows the run.
PANE_KEYS: Final = (
    Key("next-pane", "tab", "app.focus_next", "next pane"),
    Key("previous-pane", "shift+tab", "app.focus_previous", "previous pane"),
)

# Of the overview, whichever of its panes has the focus.
OVERVIEW_KEYS: Final = (
    Key(
        "open-route",
        "enter",
        "app.open_route",
        "the route's own screen: path, attempts, plots, events",
        title="Open route",
        label="Details",
        display="enter",
    ),
    Key(
        "filter",
        "slash",
        "filter",
        "filter routes and events: text, re: an expression, ! in front inverts",
        title="Filter routes and events",
        label="Filter",
        display="/",
        first=True,  # before any pane: what is typed at once behind it must not act on the run
    ),
    Key(
        "only-faults",
        "exclamation_mark",
        "only_faults",
        "show only what is at fault; again: everything",
        title="Only faults",
        label="Faults",
        display="!",
    ),
    Key(
        "clear-filter",
        "escape",
        "clear_filter",
        "show everything again, and follow the newest",
        title="Clear the filter",
    ),
    Key(
        "switch-plot",
        "t",
        "switch_plot",
        "throughput, RTT, or both where there is room",
        "Switch plot",
        "Plot",
    ),
    Key("columns", "c", "columns", "choose, order and hide columns", title="Columns", label="Columns"),
    Key(
        "copy",
        "y",
        "app.copy",
        "copy the row, its error or a key to the clipboard",
        title="Copy",
        label="Copy",
    ),
    Key(
        "previous-fault",
        "left_square_bracket",
        "fault(-1)",
        "previous fault in the events",
        title="Previous fault",
        display="[",
    ),
    Key(
        "next-fault",
        "right_square_bracket",
        "fault(1)",
        "next fault in the events",
        title="Next fault",
        display="]",
    ),
)

_SHARED: Final = {key.id: key for key in OVERVIEW_KEYS}

# Of the screen of one route, whichever of its panes has the focus.
ROUTE_KEYS: Final = (
    Key("back", "escape", "back", "back to all routes", label="Back"),
    _SHARED["switch-plot"],
    _SHARED["copy"],
)

_SORT_MEANING: Final = "sort by the column of that number in sight; again: the other way round"
ROUTES_KEYS: Final = (
    Key("route-above", "up", "cursor(-1)", "route above"),
    Key("route-below", "down", "cursor(1)", "route below"),
    Key("routes-page-up", "pageup", "cursor_page(-1)", "a page up"),
    Key("routes-page-down", "pagedown", "cursor_page(1)", "a page down"),
    Key("route-first", "home", "cursor_home", "first route"),
    Key("route-last", "end", "cursor_end", "last route"),
    *(Key(f"sort-{number}", str(number), f"sort({number})", _SORT_MEANING) for number in range(1, 10)),
    Key("sort-10", "0", "sort(10)", _SORT_MEANING),
    Key("sort-previous", "comma", "sort_step(-1)", "sort by the column before", "Sort by the column before"),
    Key("sort-next", "full_stop", "sort_step(1)", "sort by the next column", "Sort by the next column"),
)

PLOTS_KEYS: Final = (
    Key("zoom-in", "plus,equals_sign", "zoom(1)", "zoom in", "Plots: zoom in", "Zoom", display="+"),
    Key("zoom-out", "minus", "zoom(-1)", "zoom out", "Plots: zoom out"),
    Key("pan-left", "left", "pan(-1)", "earlier", "Plots: earlier"),
    Key("pan-right", "right", "pan(1)", "later", "Plots: later"),
    Key(
        "line-left",
        "shift+left",
        "move_line(-1)",
        "the line earlier; the events follow",
        "Plots: line earlier",
    ),
    Key("line-right", "shift+right", "move_line(1)", "the line later", "Plots: line later"),
    Key("whole-run", "0", "whole_run", "the whole run", "Plots: whole run", "Whole run"),
    Key("last-minute", "l", "last_minute", "the last minute", "Plots: last minute", "Last minute"),
    Key("fix-scale", "f", "fix_scale", "hold the scale, or let it follow", "Plots: hold the scale", "Scale"),
    Key("plot-style", "m", "plot_style", "braille, blocks or ASCII", "Plots: drawing style", "Style"),
    Key("plot-per-route", "a", "per_route", "all routes together, or each", "Plots: per route", "Per route"),
)

FEED_KEYS: Final = (
    Key("feed-line-up", "up", "cursor(-1)", "the event before; the plots show its instant"),
    Key("feed-line-down", "down", "cursor(1)", "the next event"),
    Key("feed-page-up", "pageup", "cursor_page(-1)", "a page up"),
    Key("feed-page-down", "pagedown", "cursor_page(1)", "a page down"),
    Key("feed-oldest", "home", "oldest", "oldest event"),
    Key("feed-follow", "end", "follow", "follow the newest event", "Events: follow", "Follow"),
    Key("feed-types", "f", "types", "choose which types of events are shown", "Events: types", "Types"),
    Key(
        "feed-time", "a", "switch_time", "time of day, or since the run began", "Events: time of day", "Time"
    ),
)

# q closes what lies over the dashboard: whoever has read the help does not mean to end the run.
CLOSE_KEYS: Final = (Key("close", "escape,question_mark,q,enter", "leave", "close", label="close"),)

EVENT_TYPES_KEYS: Final = (
    Key("types-switch", "space", "switch", "switch the type on or off", label="on or off", first=True),
    Key("types-all", "a", "all", "switch every type on", label="all"),
    # Before the list's own enter.
    Key(
        "types-keep", "enter", "keep", "show the types that are on", label="keep", display="enter", first=True
    ),
    Key("types-leave", "escape,q", "leave", "leave as it was", label="leave"),
)
QUESTION_KEYS: Final = (
    Key("question-again", "q", "quit_again", "the choice that quitting again takes"),
    Key("question-stay", "escape", "leave", "change nothing", label="stay"),
)
PARAMETERS_KEYS: Final = (
    Key("parameters-previous", "up", "app.focus_previous", "parameter before", label="before", first=True),
    Key("parameters-next", "down", "app.focus_next", "next parameter", label="next", first=True),
    Key("parameters-run", "enter", "run", "run so", label="run", display="enter", first=True),
    Key("parameters-leave", "escape", "leave", "leave everything as it is", label="leave as it is"),
)
COPY_KEYS: Final = (
    Key(
        "copy-take", "enter", "take", "copy what the cursor is on", label="copy", display="enter", first=True
    ),
    Key("copy-leave", "escape,q,y", "leave", "copy nothing", label="leave"),
)

COLUMNS_KEYS: Final = (
    Key("column-toggle", "space", "show_or_hide", "show or hide the column", label="on or off"),
    Key("column-earlier", "K,shift+up", "move(-1)", "move the column up", label="up"),
    Key("column-later", "J,shift+down", "move(1)", "move the column down", label="down"),
    Key("columns-default", "d", "default", "as many columns as fit", label="what fits"),
    # Before the list's own enter.
    Key("columns-keep", "enter", "keep", "keep the columns so", label="keep", display="enter", first=True),
    Key("columns-leave", "escape,q", "leave", "leave the columns as they were", label="leave"),
)

FILTER_KEYS: Final = (Key("filter-clear", "escape", "clear", "take the filter back"),)

# Where the terminal is too small: what nobody sees takes no key but this.
LEAVE_KEYS: Final = (Key("leave", "q", "app.quit_at_once", "stop the run and quit"),)

# The footer's order, what an operator needs in a hurry first; a pane's own keys come before these, and the end always
# shows.
FOOTER_END: Final = ("help", "quit")
FOOTER: Final = (
    "restart",
    "restart-failed",
    "pause",
    "freeze",
    "filter",
    "open-route",
    "restart-elsewhere",
    "snapshot",
    "only-faults",
    "switch-plot",
    "stop-route",
    "copy",
    "columns",
    "new-run",
    "change-run",
    *FOOTER_END,
)

# Where each list is heard. Those of the app are heard in every place that is not modal; within what is heard at the
# same time no key may stand twice.
EVERYWHERE: Final = "everywhere"
PLACES: Final[Mapping[str, tuple[Key, ...]]] = {
    EVERYWHERE: (*APP_KEYS, *PANE_KEYS),
    "routes": (*ROUTES_KEYS, *OVERVIEW_KEYS),
    "plots": (*PLOTS_KEYS, *OVERVIEW_KEYS),
    "events": (*FEED_KEYS, *OVERVIEW_KEYS),
    "route": ROUTE_KEYS,
    "route's plots": (*PLOTS_KEYS, *ROUTE_KEYS),
    "route's events": (*FEED_KEYS, *ROUTE_KEYS),
    "filter": FILTER_KEYS,
    "page": CLOSE_KEYS,
    "columns": COLUMNS_KEYS,
    "event types": EVENT_TYPES_KEYS,
    "copy": COPY_KEYS,
    "question": QUESTION_KEYS,
    "parameters": PARAMETERS_KEYS,
    "too-small": LEAVE_KEYS,
}
MODAL_PLACES: Final = frozenset(
    {"columns", "copy", "event types", "parameters", "question", "page", "too-small"}
)
KEY_BY_ID: Final[Mapping[str, Key]] = {key.id: key for keys in PLACES.values() for key in keys}
