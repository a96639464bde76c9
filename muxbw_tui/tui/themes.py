"""The app's four themes. Owns every colour; styles elsewhere name a role of these and never a colour.

A fault is the brightest thing on the screen: it alone is a filled, saturated block; the rest are muted tones. Where the
colours are ours, text has at least 4.5 times the contrast of its ground (WCAG 2.1, 1.4.3).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from textual.theme import Theme

DARK: Final = Theme(
    name="dark",
    primary="#6cb6ff",
    secondary="#8b949e",
    accent="#d2a8ff",
    success="#7fc98a",
    warning="#f2cc60",
    error="#ff6e64",
    foreground="#d7dde4",
    background="#0d1117",
    surface="#11161d",
    panel="#1b222c",
    dark=True,
    variables={
        "heading": "#6cb6ff",
        "muted": "#8b98a8",
        "block-foreground": "#0d1117",
        "fault-foreground": "#ffffff",
        "fault-background": "#b3261e",
        "cursor-background": "#1f3045",
        "border": "#39475a",
        "footer-background": "#11161d",
        "footer-key-foreground": "#6cb6ff",
        "footer-description-foreground": "#d7dde4",
    },
)

LIGHT: Final = Theme(
    name="light",
    primary="#0550ae",
    secondary="#57606a",
    accent="#6639ba",
    success="#116329",
    warning="#7d4e00",
    error="#b3121d",
    foreground="#1f2328",
    background="#ffffff",
    surface="#f6f8fa",
    panel="#e6eaef",
    dark=False,
    variables={
        "heading": "#0550ae",
        "muted": "#57606a",
        "block-foreground": "#ffffff",
        "fault-foreground": "#ffffff",
        "fault-background": "#b3121d",
        "cursor-background": "#d0e3fa",
        "border": "#b8c0ca",
        "footer-background": "#f6f8fa",
        "footer-key-foreground": "#0550ae",
        "footer-description-foreground": "#1f2328",
    },
)

# Good is blue, bad is orange, in between is pale yellow: apart for eyes that lack any one kind of cone. The hues begin
# at those of Okabe and Ito, "Color Universal Design" (2008).
COLOUR_BLIND: Final = replace(
    DARK,
    name="colour-blind",
    primary="#d0d7de",
    accent="#dda0c6",
    success="#56b4e9",
    warning="#f6ec8f",
    error="#ff9433",
    variables={
        **DARK.variables,
        "heading": "#d0d7de",
        "fault-foreground": "#000000",
        "fault-background": "#ff8c1a",
        "cursor-background": "#26313d",
        "footer-key-foreground": "#56b4e9",
    },
)

# The terminal's own sixteen colours on its own ground, light or dark: what must be read has the terminal's own
# foreground, or a ground of its own. Lines and bars are cyan: blue is next to nothing on the black of many terminals.
ANSI: Final = Theme(
    name="ansi",
    ansi=True,
    primary="ansi_cyan",
    secondary="ansi_default",
    accent="ansi_magenta",
    success="ansi_green",
    warning="ansi_yellow",
    error="ansi_red",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    dark=True,
    variables={
        "heading": "ansi_default",
        "muted": "ansi_default",
        "block-foreground": "ansi_black",
        "fault-foreground": "ansi_bright_white",
        "fault-background": "ansi_red",
        "cursor-background": "ansi_default",
        "border": "ansi_default",
        "footer-background": "ansi_default",
        "footer-key-foreground": "ansi_default",
        "footer-description-foreground": "ansi_default",
        "ansi-background": "ansi_default",
        "ansi-foreground": "ansi_default",
        "block-cursor-foreground": "ansi_black",
        "block-cursor-background": "ansi_cyan",
        "input-cursor-background": "ansi_cyan",
        "input-cursor-foreground": "ansi_black",
        "input-selection-background": "ansi_cyan",
        "input-selection-foreground": "ansi_black",
        "screen-selection-background": "ansi_cyan",
        "screen-selection-foreground": "ansi_black",
    },
)

THEMES: Final = (DARK, LIGHT, COLOUR_BLIND, ANSI)
