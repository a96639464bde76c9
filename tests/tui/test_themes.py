"""The themes: legible for everybody, as far as the colours are ours. Pure sums over the colours themselves."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

import pytest
from textual.color import Color

from muxbw_tui.tui.preferences import THEME_NAMES
from muxbw_tui.tui.roles import ROLES
from muxbw_tui.tui.themes import ANSI, COLOUR_BLIND, DARK, LIGHT, THEMES

if TYPE_CHECKING:
    from textual.theme import Theme

Rgb = tuple[float, float, float]
LEAST_CONTRAST = 4.5  # WCAG 2.1, 1.4.3, level AA
LEAST_DIFFERENCE = 20.0  # CIE 1976; 2.3 can just be told apart side by side
# What dichromats see of linear RGB: Machado, Oliveira and Fernandes (2009), severity 1.0.
SEEN = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}
TO_XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))  # sRGB, D65
WHITE = (0.9505, 1.0, 1.089)
TEXTS = ("foreground", "heading", "muted", "primary", "success", "warning", "error")
GROUNDS = ("background", "surface", "panel", "cursor-background")
BLOCKS = [("fault-foreground", "fault-background")] + [
    ("block-foreground", ground) for ground in ("warning", "primary", "accent")
]
FOOTER = [(f"footer-{text}-foreground", "footer-background") for text in ("key", "description")]


def colour(theme: Theme, role: str) -> Color:
    """Return the colour that a theme gives a role."""
    return Color.parse((theme.to_color_system().generate() | theme.variables)[role])


def linear(shown: Color) -> Rgb:
    """Return the light of a colour, channel by channel, from 0 to 1."""
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in shown.normalized
    )
    return red, green, blue


def times(matrix: tuple[Rgb, Rgb, Rgb], light: Rgb) -> Rgb:
    """Return a matrix applied to a light."""
    first, second, third = (sum(a * b for a, b in zip(row, light, strict=True)) for row in matrix)
    return first, second, third


def contrast(text: Color, ground: Color) -> float:
    """Return the ratio of relative luminances."""
    brighter, darker = sorted((times(TO_XYZ, linear(shown))[1] for shown in (text, ground)), reverse=True)
    return (brighter + 0.05) / (darker + 0.05)


def lab(light: Rgb) -> Rgb:
    """Return where a light stands for the eye: equal distances look equally different."""
    x, y, z = (
        part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116
        for part in (
            max(value, 0.0) / white for value, white in zip(times(TO_XYZ, light), WHITE, strict=True)
        )
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def difference(theme: Theme, roles: tuple[str, str], eyes: str) -> float:
    """Return how different two roles look to eyes of a kind."""
    first, second = (lab(times(SEEN[eyes], linear(colour(theme, role)))) for role in roles)
    return math.dist(first, second)


@pytest.mark.parametrize("theme", [DARK, LIGHT, COLOUR_BLIND], ids=lambda theme: theme.name)
def test_text_stands_out_from_its_ground(theme: Theme) -> None:
    """Every text on every ground that it may have, the cursor's line and filled blocks among them."""
    pairs = [*itertools.product(TEXTS, GROUNDS), *BLOCKS, *FOOTER]
    ratios = {pair: contrast(colour(theme, pair[0]), colour(theme, pair[1])) for pair in pairs}

    assert {pair: round(ratio, 2) for pair, ratio in ratios.items() if ratio < LEAST_CONTRAST} == {}


@pytest.mark.parametrize("eyes", SEEN)
@pytest.mark.parametrize("roles", itertools.combinations(("success", "warning", "error"), 2), ids="-".join)
def test_good_and_bad_differ_for_eyes_without_one_kind_of_cone(roles: tuple[str, str], eyes: str) -> None:
    """What the theme for colour-blind eyes is for."""
    assert difference(COLOUR_BLIND, roles, eyes) >= LEAST_DIFFERENCE


def test_red_and_brown_do_not_differ_enough_for_them() -> None:
    """Or the test above would pass whatever the colours are, and the theme would not be needed."""
    assert difference(LIGHT, ("warning", "error"), "deuteranopia") < LEAST_DIFFERENCE


def test_the_theme_of_the_terminal_has_no_colour_of_its_own() -> None:
    """One of ours among them would be chosen without knowing the ground that it is on."""
    roles = [*TEXTS, *GROUNDS, *itertools.chain(*BLOCKS, *FOOTER)]
    ours = [role for role in roles if colour(ANSI, role).ansi is None and colour(ANSI, role).a > 0]

    assert ours == []


def test_what_is_read_on_the_terminals_own_ground_has_its_own_foreground() -> None:
    """Its sixteen colours may be anything; these two were chosen to go together."""
    texts = ("foreground", "heading", "muted", "footer-key-foreground", "footer-description-foreground")
    assert {ANSI.variables.get(role, ANSI.foreground) for role in texts} == {"ansi_default"}


def test_no_line_and_no_block_is_in_the_terminals_blue() -> None:
    """VGA's has 1.6 times the contrast of black, xterm's 2.2: the plot of what was received could not be seen."""
    known = ANSI.to_color_system().generate() | ANSI.variables
    own = {paint.letters for paint in ROLES.values()} | {paint.ground for paint in ROLES.values()}

    assert {name for name in own if name and "blue" in known[name]} == set()


def test_every_theme_that_can_be_chosen_is_there_with_every_role() -> None:
    """The configuration offers names; a style that names a missing role ends the app."""
    assert tuple(theme.name for theme in THEMES) == THEME_NAMES
    assert all(DARK.variables.keys() <= theme.variables.keys() for theme in THEMES)
