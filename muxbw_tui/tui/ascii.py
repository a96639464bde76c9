"""Text in ASCII that takes as many cells: for terminals and fonts that have no more. Pure.

Owns which character stands for which of those that we draw. Whatever else comes from outside keeps its plain letter if
it has one, and is a question mark otherwise.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Final

from rich.cells import cell_len, split_graphemes

_UNKNOWN: Final = "?"
_REMEMBERED: Final = 4096
# States of routes first, all different.
_STAND_INS: Final = {
    "✗": "x",
    "∅": "%",
    "◌": "!",
    "○": "o",
    "◔": ":",
    "●": "*",
    "↻": "@",
    "◇": "^",
    "■": "#",
    "□": "_",
    "✓": "+",
    "·": ".",
    "…": "~",
    "–": "-",
    "—": "-",
    "\N{MINUS SIGN}": "-",
    "×": "x",
    "µ": "u",
    "‖": "|",
    "⌈": "|",
    "⌉": "|",
    "»": ">",
    "«": "<",
    "→": ">",
    "←": "<",
    "↑": "^",
    "↓": "v",
    "↔": "-",
    "↕": "|",
    "▲": "^",
    "△": "^",
    "▴": "^",
    "▼": "v",
    "▽": "v",
    "▾": "v",
    "▶": ">",
    "▸": ">",
    "◀": "<",
    "◂": "<",
    "•": "*",
    "◆": "^",
    "◐": ":",
    "⚠": "!",
    "ℹ": "i",
    "′": "'",
    "″": '"',
    "\N{LEFT SINGLE QUOTATION MARK}": "'",
    "\N{RIGHT SINGLE QUOTATION MARK}": "'",
    "“": '"',
    "”": '"',
    "≥": ">",
    "≤": "<",
    "≈": "~",
    "▁": "_",
    "▂": ".",
    "▃": ":",
    "▄": "-",
    "▅": "=",
    "▆": "+",
    "▇": "*",
    "█": "#",
    "▉": "#",
    "▊": "#",
    "▋": "#",
    "▌": ">",  # the mark of the cursor, beside a frame's |
    "▍": "|",
    "▎": "|",
    "▏": "|",
    "▐": "|",
    "▕": "|",
    "▀": '"',
    "▔": '"',
    "░": ".",
    "▒": ":",
    "▓": "%",
    "⎯": "-",
    "└": "`",
    "⏎": "<",
    "⌫": "<",
    "🔎": "/",
}
_BRAILLE_BLANK: Final = 0x2800
_BRAILLE_BY_DOTS: Final = " ..::*##@"


@lru_cache(maxsize=_REMEMBERED)
def to_ascii(text: str) -> str:
    """Return text of ASCII characters alone that takes the same number of cells."""
    if text.isascii():
        return text
    spans, _cells = split_graphemes(text)
    return "".join(_stand_in(text[start:end], cells) for start, end, cells in spans)


def _stand_in(grapheme: str, cells: int) -> str:
    """Return what stands for one character as it is seen, with what is combined into it."""
    if grapheme.isascii() and cell_len(grapheme) == cells:
        return grapheme
    first = grapheme[0]
    stand_in = _STAND_INS.get(first) or _drawn(first) or _plain(grapheme)
    return (stand_in or _UNKNOWN * cells)[:cells].ljust(cells)


def _drawn(character: str) -> str:
    """Return the stand-in of a character that draws lines or dots; empty if it is none."""
    name = unicodedata.name(character, "")
    if name.startswith("BRAILLE PATTERN"):
        return _BRAILLE_BY_DOTS[(ord(character) - _BRAILLE_BLANK).bit_count()]
    if name.startswith("QUADRANT"):
        return "."
    if not name.startswith("BOX DRAWINGS"):
        return ""
    lies = "HORIZONTAL" in name or "LEFT" in name or "RIGHT" in name
    stands = "VERTICAL" in name or "UP" in name or "DOWN" in name
    if lies and stands:
        return "+"
    heavy = "HEAVY" in name and "HORIZONTAL" in name
    return "=" if lies and heavy else "-" if lies else "|"


def _plain(grapheme: str) -> str:
    """Return the letters that a character consists of, without accents: `e` for `é`, empty where there are none."""
    decomposed = unicodedata.normalize("NFKD", grapheme)
    return "".join(character for character in decomposed if character.isascii())
