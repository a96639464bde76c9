"""The one place where text from outside (errors, names, reasons) becomes fit to be shown.

What a server or a node says may hold line breaks, terminal escape sequences or characters that turn the
direction of writing. Rows, feed, summary and exports all show what `clean_line` has let through.
"""

from __future__ import annotations

import re
import unicodedata

LINE_LIMIT = 300
ELLIPSIS = "…"

# ECMA-48: control sequences, then strings (title, hyperlink, device control) with or without their end, then
# two-character escapes. Both the 7-bit and the 8-bit (C1) introducers.
_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\|\x9c)?"
    r"|\x1b[ -/]*[0-~]?"
)


def clean_line(text: str, *, limit: int = LINE_LIMIT) -> str:
    """Return text as one printable line of at most `limit` characters, ending in an ellipsis if it was cut.

    Escape sequences and invisible format characters (bidirectional controls among them) disappear; runs of
    white space and control characters become one space.
    """
    without_escapes = _ESCAPES.sub(" ", text[: limit * 8])
    if without_escapes.isascii() and without_escapes.isprintable():
        visible = without_escapes
    else:
        visible = "".join(_visible(character) for character in without_escapes)
    line = " ".join(visible.split())
    return line if len(line) <= limit else line[: max(limit - 1, 0)].rstrip() + ELLIPSIS


def counted(count: int, noun: str) -> str:
    """Return a number and its noun, which takes an s: `1 route`, `4 routes`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def _visible(character: str) -> str:
    """Return the character, a space for one that controls, nothing for one that cannot be seen."""
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp", "Zs"}:
        return " "
    return "" if category in {"Cf", "Cs", "Co", "Cn"} else character
