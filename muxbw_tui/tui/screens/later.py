"""The screens that the first frame does not need, each imported when it is opened: a part of every start otherwise.

Owns the instant of import and nothing else; hence the imports within functions, whose arguments are the screens' own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from textual.screen import Screen

    from muxbw_tui.pb.muxbw_pb2 import RunRequest
    from muxbw_tui.tui.copying import Copyable
    from muxbw_tui.tui.leaving import Leaving, Question
    from muxbw_tui.tui.screens.ask import Ask
    from muxbw_tui.tui.screens.columns import ColumnsScreen
    from muxbw_tui.tui.screens.copy import CopyScreen
    from muxbw_tui.tui.screens.event_types import EventTypes
    from muxbw_tui.tui.screens.help import Help
    from muxbw_tui.tui.screens.parameters import Parameters
    from muxbw_tui.tui.screens.route import RouteScreen


def ask(question: Question[Leaving]) -> Ask:
    """Return the question's dialog."""
    from muxbw_tui.tui.screens.ask import Ask

    return Ask(question)


def is_question(screen: Screen[object]) -> bool:
    """Return whether a screen asks something that leaving would answer."""
    from muxbw_tui.tui.screens.ask import Ask

    return isinstance(screen, Ask)


def parameters(request: RunRequest, question: Callable[[], Question[Leaving] | None]) -> Parameters:
    """Return the form with a run's parameters."""
    from muxbw_tui.tui.screens.parameters import Parameters

    return Parameters(request, question)


def columns(chosen: tuple[str, ...], automatic: tuple[str, ...]) -> ColumnsScreen:
    """Return the choice of columns."""
    from muxbw_tui.tui.screens.columns import ColumnsScreen

    return ColumnsScreen(chosen, automatic)


def event_types(counts: Mapping[str, int], hidden: frozenset[str]) -> EventTypes:
    """Return the choice of types of events."""
    from muxbw_tui.tui.screens.event_types import EventTypes

    return EventTypes(counts, hidden)


def copies(items: Sequence[Copyable], *, title: str) -> CopyScreen:
    """Return the choice of what is copied."""
    from muxbw_tui.tui.screens.copy import CopyScreen

    return CopyScreen(items, title=title)


def help_on(screen: Screen[object]) -> Help:
    """Return the help on a screen."""
    from muxbw_tui.tui.screens.help import Help, sections_of

    return Help(sections_of(screen))


def route(route_index: int) -> RouteScreen:
    """Return a route's own screen."""
    from muxbw_tui.tui.screens.route import RouteScreen

    return RouteScreen(route_index)
