"""The keys that an operator chose in place of ours: how they are written, and whether two stand in each other's way.

Owns the names of keys, which are Textual's, as plain data: imports no Textual, for commands without a screen.
"""

from __future__ import annotations

import difflib
import string
from typing import TYPE_CHECKING, Final, NamedTuple

from muxbw_tui.tui.keys import EVERYWHERE, KEY_BY_ID, MODAL_PLACES, PLACES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_CHARACTER_NAMES: Final = {
    " ": "space",
    "!": "exclamation_mark",
    '"': "quotation_mark",
    "#": "number_sign",
    "$": "dollar_sign",
    "%": "percent_sign",
    "&": "ampersand",
    "'": "apostrophe",
    "(": "left_parenthesis",
    ")": "right_parenthesis",
    "*": "asterisk",
    "+": "plus",
    ",": "comma",
    "-": "minus",
    ".": "full_stop",
    "/": "slash",
    ":": "colon",
    ";": "semicolon",
    "<": "less_than_sign",
    "=": "equals_sign",
    ">": "greater_than_sign",
    "?": "question_mark",
    "@": "at",
    "[": "left_square_bracket",
    "\\": "backslash",
    "]": "right_square_bracket",
    "^": "circumflex_accent",
    "_": "underscore",
    "`": "grave_accent",
    "{": "left_curly_bracket",
    "|": "vertical_line",
    "}": "right_curly_bracket",
    "~": "tilde",
}
NAMED_KEYS: Final = frozenset(
    {
        *_CHARACTER_NAMES.values(),
        *(f"f{number}" for number in range(1, 25)),
        *("up", "down", "left", "right", "home", "end", "pageup", "pagedown"),
        *("insert", "delete", "backspace", "enter", "escape", "tab"),
    }
)
_MODIFIERS: Final = frozenset({"ctrl", "alt", "shift"})
# How keys are written on the screen where their names would not do; the footer's are Textual's, which agree.
_SHOWN_AS: Final = {
    **{name: character for character, name in _CHARACTER_NAMES.items() if character != " "},
    "escape": "esc",
    "pageup": "pgup",
    "pagedown": "pgdn",
    "delete": "del",
    "backspace": "⌫",
    "up": "↑",
    "down": "↓",
    "left": "←",
    "right": "→",
}


class Clash(NamedTuple):
    """One key for two actions at the same time.

    Attributes:
        key: the key.
        first, second: the ids of the actions; the second has it from the configuration.
    """

    key: str
    first: str
    second: str


def key_name(text: str) -> str:
    """Return Textual's name for a key as people write it: `question_mark` for `?`.

    Raises:
        ValueError: no key is written so; the message says how they are.
    """
    if text in _CHARACTER_NAMES:
        return _CHARACTER_NAMES[text]
    *modifiers, key = text.split("+")
    known = key in NAMED_KEYS or (len(key) == 1 and key.isprintable() and not key.isspace())
    if known and set(modifiers) <= _MODIFIERS:
        plain = _CHARACTER_NAMES.get(key, key)
        return "+".join([*modifiers, plain])
    raise ValueError(f"no key is written {text!r}; {_how(text)}")


def shown_keys(keys: Mapping[str, str]) -> Mapping[str, str]:
    """Return how each action's first key is written on the screen, by the action's id.

    Args:
        keys: names of keys, comma separated, by the id of their action; actions that are left out keep ours.
    """
    return {name: _shown(keys.get(name, key.keys).split(",")[0]) for name, key in KEY_BY_ID.items()}


def clash(keys: Mapping[str, str]) -> Clash | None:
    """Return the first key that would do two things in one place; None if there is none.

    Args:
        keys: names of keys, comma separated, by the id of their action; actions that are left out keep ours.
    """
    for place in PLACES:
        owner_by_key: dict[str, str] = {}
        for action, key in _heard(place, keys):
            owner = owner_by_key.setdefault(key, action)
            if owner != action and not keys.keys().isdisjoint({owner, action}):
                return Clash(key, *((action, owner) if action not in keys else (owner, action)))
    return None


def nearest_action(text: str) -> str:
    """Return what an unknown action's name may have been meant to be, as the end of a sentence."""
    near = difflib.get_close_matches(text, KEY_BY_ID, n=1)
    return f"did you mean {near[0]}?" if near else f"expected one of {', '.join(sorted(KEY_BY_ID))}"


def _heard(place: str, keys: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield every action that is heard in a place with each of its keys."""
    heard = PLACES[place] if place in MODAL_PLACES | {EVERYWHERE} else PLACES[EVERYWHERE] + PLACES[place]
    for action in heard:
        for key in keys.get(action.id, action.keys).split(","):
            yield action.id, key


def _shown(key: str) -> str:
    """Return a key as the footer writes it: `^p` for `ctrl+p`."""
    *modifiers, plain = key.split("+")
    prefixes = ("^" if modifier == "ctrl" else f"{modifier}+" for modifier in modifiers)
    return "".join([*prefixes, _SHOWN_AS.get(plain, plain)])


def _how(text: str) -> str:
    lowered = text.lower()
    if lowered != text and len(text) > 1:
        return f"did you mean {lowered}?"
    near = difflib.get_close_matches(lowered.rpartition("+")[2], NAMED_KEYS, n=1, cutoff=0.7)
    if near:
        return f"did you mean {near[0]}?"
    letters = f"{string.ascii_lowercase[0]}, {string.ascii_uppercase[0]}, ?"
    return f"write {letters}, f5, pageup, ctrl+r, alt+x, or several as a list"
