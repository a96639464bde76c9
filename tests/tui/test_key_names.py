"""Keys that an operator chose: their names, and which stand in each other's way."""

from __future__ import annotations

import string

import pytest
from textual.app import App
from textual.binding import Binding
from textual.keys import Keys, _character_to_key

from muxbw_tui.tui.key_names import NAMED_KEYS, Clash, clash, key_name, shown_keys
from muxbw_tui.tui.keys import KEY_BY_ID, PLACES


@pytest.mark.parametrize("character", [c for c in string.printable if c.isprintable()])
def test_characters_are_called_as_textual_calls_them(character: str) -> None:
    """A name that Textual does not know is a key that never comes."""
    assert key_name(character) == _character_to_key(character)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("f5", "f5"),
        ("ctrl+r", "ctrl+r"),
        ("alt+x", "alt+x"),
        ("ctrl+@", "ctrl+at"),
        ("é", "é"),
        ("comma", "comma"),
    ],
)
def test_keys_are_written_as_one_says_them(text: str, name: str) -> None:
    """With modifiers in front."""
    assert key_name(text) == name


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("F5", "did you mean f5"),
        ("pgup", "did you mean pageup"),
        ("pageupp", "did you mean pageup"),
        ("strg+r", "write a, A"),
        ("f99", "did you mean f9"),
        ("\n", "no key is written"),
        ("r,q", "no key is written"),
    ],
)
def test_what_is_no_key_is_refused(text: str, said: str) -> None:
    """Textual takes any text, and then waits for a key that nobody has."""
    with pytest.raises(ValueError, match=said):
        key_name(text)


def test_the_names_that_are_known_are_textuals() -> None:
    """A name that Textual never sends would be a key without effect."""
    of_characters = {_character_to_key(character) for character in string.punctuation + " "}

    assert {name for name in NAMED_KEYS if name not in of_characters} <= {key.value for key in Keys}


def test_our_own_keys_can_be_written() -> None:
    """Somebody who gives an action its old key back finds its name in the template."""
    names = [name for key in KEY_BY_ID.values() for name in key.keys.split(",")]

    assert [key_name(name) for name in names] == names


def test_our_own_keys_do_not_stand_in_each_others_way() -> None:
    """Named as if each had been chosen, so that none is excused."""
    assert clash({action: key.keys for action, key in KEY_BY_ID.items()}) is None


def test_one_key_for_two_things_at_once_is_found() -> None:
    """Both ways round: the action that was given the key is named last."""
    assert clash({"snapshot": "r"}) == Clash("r", "restart", "snapshot")
    assert clash({"restart": "s"}) == Clash("s", "snapshot", "restart")
    assert clash({"restart": "f5", "snapshot": "f5"}) == Clash("f5", "restart", "snapshot")


def test_actions_may_change_places() -> None:
    """Each key has one owner again."""
    assert clash({"snapshot": "r", "restart": "s"}) is None


def test_in_different_places_a_key_may_do_different_things() -> None:
    """As our own do: 0 sorts in the table and shows the whole run in the plots."""
    assert {"routes", "plots"} <= PLACES.keys()
    assert clash({"sort-10": "f9", "whole-run": "f9"}) is None
    assert clash({"sort-10": "f9", "snapshot": "f9"}) == Clash("f9", "snapshot", "sort-10")


@pytest.mark.parametrize(
    "key", ["r", "R", "f5", "ctrl+p", "space", "escape", "question_mark", "pageup", "up", "é"]
)
def test_sentences_write_keys_as_the_footer_does(key: str) -> None:
    """`^p` below and `ctrl+p` above would be two keys."""
    assert shown_keys({"restart": key})["restart"] == App[None]().get_key_display(
        Binding(key, "", id="restart")
    )


def test_sentences_name_the_keys_in_force() -> None:
    """The first of several that are bound to one action; those that nobody moved stay ours."""
    shown = shown_keys({"restart": "f5,r"})

    assert (shown["restart"], shown["help"], shown["restart-failed"]) == ("f5", "?", "R")
