"""The app's two themes. Owns every colour; styles elsewhere name a role of these and never a colour."""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

# A fault is the brightest thing on the screen: it alone is a filled, saturated block; the rest are muted tones.
DARK: Final = Theme(
    name="muxbw-dark",
    primary="#6cb6ff",
    secondary="#8b949e",
    accent="#d2a8ff",
    success="#7fc98a",
    warning="#f2cc60",
    error="#ff5d52",
    foreground="#d7dde4",
    background="#0d1117",
    surface="#11161d",
    panel="#1b222c",
    dark=True,
    variables={
        "muted": "#8b98a8",
        "fault-foreground": "#ffffff",
        "fault-background": "#b3261e",
        "cursor-background": "#22344a",
        "border": "#39475a",
        "footer-background": "#11161d",
        "footer-key-foreground": "#6cb6ff",
        "footer-description-foreground": "#d7dde4",
    },
)

LIGHT: Final = Theme(
    name="muxbw-light",
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
        "muted": "#57606a",
        "fault-foreground": "#ffffff",
        "fault-background": "#b3121d",
        "cursor-background": "#d0e3fa",
        "border": "#b8c0ca",
        "footer-background": "#f6f8fa",
        "footer-key-foreground": "#0550ae",
        "footer-description-foreground": "#1f2328",
    },
)

THEMES: Final = (DARK, LIGHT)
