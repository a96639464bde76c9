"""What each role looks like: every one that is drawn has a look in every theme, and a fault stands out in all."""

from __future__ import annotations

import pytest

from muxbw_tui.run.series import MarkKind
from muxbw_tui.run.state import Severity
from muxbw_tui.tui.plot.canvas import LINES_TOLD_APART
from muxbw_tui.tui.plot.marks import mark_role
from muxbw_tui.tui.roles import ROLES, style_of
from muxbw_tui.tui.route_lines import ROLE_BY_STATUS
from muxbw_tui.tui.themes import ANSI, DARK, THEMES

FAULTS = ("fault", "reason", "failed", "not-well", "mark-failed")


def variables(theme_name: str) -> dict[str, str]:
    """Return the variables of one of our themes."""
    theme = next(theme for theme in THEMES if theme.name == theme_name)
    return theme.to_color_system().generate() | theme.variables


@pytest.mark.parametrize("theme_name", [theme.name for theme in THEMES])
@pytest.mark.parametrize("no_colour", [False, True], ids=["colour", "no-colour"])
def test_every_role_has_a_look_in_every_theme(theme_name: str, no_colour: bool) -> None:  # noqa: FBT001
    """A role that names a variable which a theme has not would end the app when it is first drawn."""
    known = variables(theme_name)
    for role in ROLES:
        style_of(role, known, no_colour=no_colour, own_colours=theme_name == ANSI.name)


def test_what_names_a_role_by_its_own_value_has_one() -> None:
    """Severities, marks, states and lines are roles by their names; a new one needs a look too."""
    named = {severity.value for severity in Severity} | {mark_role(kind) for kind in MarkKind}
    named |= {f"line-{number}" for number in range(1, LINES_TOLD_APART + 1)} | {*ROLE_BY_STATUS.values()}
    assert named <= ROLES.keys()


@pytest.mark.parametrize("role", FAULTS)
def test_a_fault_is_bold_with_colour_and_without(role: str) -> None:
    """Nobody should need colour to see what is at fault."""
    known = variables(DARK.name)
    assert style_of(role, known, no_colour=False, own_colours=False).bold
    assert style_of(role, known, no_colour=True, own_colours=False).bold
    assert style_of(role, variables(ANSI.name), no_colour=False, own_colours=True).bold


@pytest.mark.parametrize("role", ["heading", "mark", "sorted", "key"])
def test_headings_and_keys_are_in_the_terminals_own_foreground_and_bold(role: str) -> None:
    """Any other of its colours may be next to that of its ground."""
    style = style_of(role, variables(ANSI.name), no_colour=False, own_colours=True)
    assert style.bold
    assert style.color is None or style.color.is_default


def test_the_cursor_is_seen_on_a_ground_that_is_the_terminals_own() -> None:
    """No ground is sure to be told from the terminal's own, so that the line is underlined."""
    cursor = style_of("cursor", variables(ANSI.name), no_colour=False, own_colours=True)
    assert cursor.underline
    assert cursor.bgcolor is None
