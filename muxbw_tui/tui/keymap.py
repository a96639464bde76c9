"""Textual's bindings, made of `keys.py`. The actions are those of the app, the screen or the pane that has them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.binding import Binding, BindingType

from muxbw_tui.tui.keys import (
    APP_KEYS,
    CLOSE_KEYS,
    COLUMNS_KEYS,
    COPY_KEYS,
    EVENT_TYPES_KEYS,
    FEED_KEYS,
    FILTER_KEYS,
    LEAVE_KEYS,
    OVERVIEW_KEYS,
    PANE_KEYS,
    PARAMETERS_KEYS,
    PLOTS_KEYS,
    QUESTION_KEYS,
    ROUTE_KEYS,
    ROUTES_KEYS,
    Key,
)

if TYPE_CHECKING:
    from collections.abc import Iterable


def bindings(keys: Iterable[Key]) -> list[BindingType]:
    """Return the bindings of some keys: the footer's word as description, the help's sentence as tooltip."""
    return [
        Binding(
            key.keys,
            key.action,
            key.label,
            show=bool(key.label),
            key_display=key.display or None,
            priority=key.first,
            tooltip=key.meaning,
            id=key.id,
        )
        for key in keys
    ]


APP_BINDINGS: Final = bindings(APP_KEYS)
PANE_BINDINGS: Final = bindings(PANE_KEYS)
OVERVIEW_BINDINGS: Final = bindings(OVERVIEW_KEYS)
ROUTES_BINDINGS: Final = bindings(ROUTES_KEYS)
PLOTS_BINDINGS: Final = bindings(PLOTS_KEYS)
FEED_BINDINGS: Final = bindings(FEED_KEYS)
ROUTE_BINDINGS: Final = bindings(ROUTE_KEYS)
COLUMNS_BINDINGS: Final = bindings(COLUMNS_KEYS)
EVENT_TYPES_BINDINGS: Final = bindings(EVENT_TYPES_KEYS)
COPY_BINDINGS: Final = bindings(COPY_KEYS)
QUESTION_BINDINGS: Final = bindings(QUESTION_KEYS)
PARAMETERS_BINDINGS: Final = bindings(PARAMETERS_KEYS)
FILTER_BINDINGS: Final = bindings(FILTER_KEYS)
CLOSE_BINDINGS: Final = bindings(CLOSE_KEYS)
LEAVE_BINDINGS: Final = bindings(LEAVE_KEYS)
