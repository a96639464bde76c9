"""What each role of a span looks like: variables of the theme, and emphasis.

Owns the looks of everything that is drawn in lines. They are a table and no styles of Textual's: a component class for
each would be a node of its own to every widget, and half of the time to the first frame went into matching them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from rich.style import Style
from textual.color import TRANSPARENT, Color

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rich.color import Color as RichColor


class Paint(NamedTuple):
    """Variables of the theme for letters and ground, and rich's words for the emphasis; empty is what lies below."""

    letters: str = ""
    ground: str = ""
    emphasis: str = ""

    def style(self, variables: Mapping[str, str]) -> Style:
        """Return the style in a theme."""
        letters, ground = (_colour(name, variables) for name in (self.letters, self.ground))
        return Style.from_color(letters, ground) + Style.parse(self.emphasis)


_TEXT: Final = Paint("foreground")
_MUTED: Final = Paint("muted")
_PRIMARY: Final = Paint("primary")
_HEADING: Final = Paint("heading", emphasis="bold")
_GOOD: Final = Paint("success")
_CAUTION: Final = Paint("warning", emphasis="bold")
_FAULT: Final = Paint("error", emphasis="bold")
_NOTICE: Final = Paint("block-foreground", "accent", "bold")

ROLES: Final[Mapping[str, Paint]] = {
    # Text.
    "text": _TEXT,
    "muted": _MUTED,
    "heading": _HEADING,
    "value": Paint(emphasis="bold"),
    # How grave it is: `run.state.Severity`.
    "plain": _TEXT,
    "quiet": _MUTED,
    "good": _GOOD,
    "fault": _FAULT,
    # The line under the cursor, and the mark in front of it.
    "cursor": Paint(ground="cursor-background"),
    "mark": _HEADING,
    # The run bar.
    "simulated": _NOTICE,
    "paused": _NOTICE,
    "bar-done": _PRIMARY,
    "bar-left": Paint("border"),
    "all-well": Paint("success", emphasis="bold"),
    "not-well": _FAULT,
    # The table of routes.
    "header": Paint("muted", emphasis="bold"),
    "sorted": Paint("heading", emphasis="bold underline"),
    "bars": _PRIMARY,
    "reason": _FAULT,
    "caution": _CAUTION,
    # The state of a route.
    "waiting": _MUTED,
    "ready": _PRIMARY,
    "pumping": _GOOD,
    "stalled": Paint("block-foreground", "warning", "bold"),
    "restarting": _CAUTION,
    "failed": Paint("fault-foreground", "fault-background", "bold"),
    "stopped": _MUTED,
    "finished": _GOOD,
    # Plots: lines, and marks on the axis by `run.series.MarkKind`.
    "axis": Paint("border"),
    "instant": Paint("foreground", emphasis="bold"),
    "line-1": _PRIMARY,
    "line-2": Paint("accent"),
    "line-3": _GOOD,
    "line-4": _TEXT,
    "line-5": Paint("secondary"),
    "line-6": _MUTED,
    "mark-failed": _FAULT,
    "mark-stalled": _CAUTION,
    "mark-restarted": _PRIMARY,
    "mark-recovered": _GOOD,
    "mark-paused": Paint("warning"),
    "mark-resumed": _TEXT,
    "mark-phase": _MUTED,
    # Keys and their words.
    "key": Paint("footer-key-foreground", emphasis="bold"),
    "key-word": Paint("footer-description-foreground"),
    "key-dimmed": Paint("muted", emphasis="dim"),
}
# Red has little light of its own: without colour a fault would be the dimmest thing.
_WITHOUT_COLOUR: Final[Mapping[str, Paint]] = {
    "fault": Paint("foreground", emphasis="bold"),
    "reason": Paint("foreground", emphasis="bold"),
    "mark-failed": Paint("foreground", emphasis="bold"),
    "mark-stalled": Paint("foreground", emphasis="bold"),
    "not-well": Paint("foreground", emphasis="bold underline"),
    "failed": Paint("foreground", "background", "bold reverse"),
    "stalled": Paint("foreground", "panel", "bold underline"),
}
# The terminal's own ground, light or dark, leaves no other one that is sure to be told from it.
_OWN_COLOURS: Final[Mapping[str, Paint]] = {"cursor": Paint(emphasis="underline")}


def style_of(role: str, variables: Mapping[str, str], *, no_colour: bool, own_colours: bool) -> Style:
    """Return the style of a role.

    Args:
        role: one of `ROLES`.
        variables: the theme's.
        no_colour: nothing will be shown in colour.
        own_colours: the theme draws in the terminal's own colours.

    Raises:
        KeyError: there is no such role.
    """
    paint = ROLES[role]
    if own_colours:
        paint = _OWN_COLOURS.get(role, paint)
    if no_colour:
        paint = _WITHOUT_COLOUR.get(role, paint)
    return paint.style(variables)


def _colour(name: str, variables: Mapping[str, str]) -> RichColor | None:
    colour = Color.parse(variables[name]) if name else TRANSPARENT
    return colour.rich_color if colour.a > 0 else None
