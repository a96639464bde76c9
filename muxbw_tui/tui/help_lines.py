"""The help as lines: the keys of where one is, what each state means, what each column says. Pure.

Owns the words on states. The keys come from the bindings that are active, so that a key map of the operator's shows,
and no second list can differ from what the keys do.
"""

from __future__ import annotations

from itertools import zip_longest
from textwrap import wrap
from typing import TYPE_CHECKING, Final, NamedTuple

from muxbw_tui.run.cells import GLYPHS
from muxbw_tui.run.columns import COLUMNS
from muxbw_tui.run.state import RouteStatus
from muxbw_tui.tui.route_lines import ROLE_BY_STATUS
from muxbw_tui.tui.spans import Span, fit, spans_len

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Line = list[Span]

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
    RouteStatus.STOPPED: "no longer part of the run; X lets it join again while that goes on",
    RouteStatus.NOT_SET_UP: "the run ended before its connection was made",
    RouteStatus.FINISHED: "still carried when the run ended or was stopped",
}
# Names are no blocks of colour as cells of the table are: here nothing is at fault.
_ROLE_OF_NAME: Final = {"failed": "reason", "stalled": "caution"}
_KEYS_WIDTH: Final = 12
_NAME_WIDTH: Final = 18
_SIDE_BY_SIDE_FROM: Final = 98
_BETWEEN: Final = 2


class KeyHelp(NamedTuple):
    """Keys that do the same, and what that is."""

    keys: str
    meaning: str
    enabled: bool


class Section(NamedTuple):
    """The keys of one place: a pane, a screen, the app."""

    title: str
    keys: Sequence[KeyHelp]


def help_lines(sections: Sequence[Section], width: int) -> list[Line]:
    """Return the page in lines of `width` cells: keys, and beside or below them what is on the screen."""
    if width < _SIDE_BY_SIDE_FROM:
        return [*_key_lines(sections, width), [], *_screen_lines(width)]
    left = (width - _BETWEEN) // 2
    right = width - _BETWEEN - left
    columns = zip_longest(_key_lines(sections, left), _screen_lines(right))
    return [_beside(keys or [], rest or [], left + _BETWEEN) for keys, rest in columns]


def _beside(first: Line, second: Line, at: int) -> Line:
    return [*first, Span(" " * (at - spans_len(first))), *second]


def _key_lines(sections: Iterable[Section], width: int) -> list[Line]:
    lines: list[Line] = []
    for section in sections:
        lines += [*([[]] if lines else []), [Span(section.title, "heading")]]
        for keys, meaning, enabled in section.keys:
            roles = ("heading", "text") if enabled else ("key-dimmed", "key-dimmed")
            lines += _entry(keys, meaning, width, name_width=_KEYS_WIDTH, roles=roles)
    return lines


def _screen_lines(width: int) -> list[Line]:
    lines: list[Line] = [[Span("States of a route", "heading")]]
    for status, meaning in _MEANINGS.items():
        role = ROLE_BY_STATUS[status]
        roles = (_ROLE_OF_NAME.get(role, role), "text")
        lines += _entry(
            f"{GLYPHS[status]} {status.value}", meaning, width, name_width=_NAME_WIDTH, roles=roles
        )
    lines += [[], [Span("Columns, as many as the width holds", "heading")]]
    for column in COLUMNS:
        lines += _entry(column.title, column.meaning, width, name_width=_NAME_WIDTH, roles=("text", "text"))
    return lines


def _entry(name: str, meaning: str, width: int, *, name_width: int, roles: tuple[str, str]) -> list[Line]:
    """Return a name and, beside it, what it means, in as many lines as that takes."""
    texts = wrap(meaning, max(width - name_width, 1), break_on_hyphens=False)
    names = [name, *[""] * (len(texts) - 1)]
    return [
        [Span(fit(each, name_width - 1) + " ", roles[0]), Span(text, roles[1])]
        for each, text in zip(names, texts, strict=True)
    ]
