"""A key of 66 digits tells nobody anything; names and short keys do."""

from __future__ import annotations

import pytest

from muxbw_tui.pb.ping_pb2 import RouteHop
from muxbw_tui.run.names import (
    node_name,
    path_keys,
    path_text,
    short_key,
    shorten_keys,
    shorter_path,
    target_text,
)
from tests.run.happenings import KEYS, NAMES, after, asked, established, hops, started

KEY = "032609f2683499e288a3147a5cf650e02127b0ad5ab7253e2fb0e30c07ded58814"


def test_a_key_is_shown_by_its_ends() -> None:
    """Both ends tell keys apart that share their first digits."""
    assert short_key(KEY) == "0326…8814"


@pytest.mark.parametrize("text", ["", "lima", "123456789"])
def test_what_is_short_already_stays(text: str) -> None:
    """A name in the place of a key must not be cut for nothing."""
    assert short_key(text) == text


def test_a_node_has_its_name_or_its_short_key() -> None:
    """A stock server names no node."""
    assert node_name(KEY, {KEY: "osaka"}) == "osaka"
    assert node_name(KEY, {}) == "0326…8814"
    assert node_name("", {}) == "?"


def test_a_name_from_outside_is_cleaned() -> None:
    """A node may call itself anything."""
    assert node_name(KEY, {KEY: "\x1b[2Josaka\n"}) == "osaka"


def test_a_path_reads_from_source_to_target() -> None:
    """The path is what tells two routes apart."""
    path = hops("here", "osaka", "there")

    assert path_text(path, NAMES) == "here→osaka→there"
    assert path_keys(path) == (KEYS["here"], KEYS["osaka"], KEYS["there"])
    assert path_text(hops("here", "there"), NAMES) == "here→there"


def test_a_path_that_is_not_known_is_empty() -> None:
    """Older servers send no hops."""
    assert path_text([], NAMES) == ""
    assert path_text([RouteHop()], {}) == "?→?"


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (24, "here→osaka→lima→there"),
        (21, "here→osaka→lima→there"),
        (20, "…→osaka→lima→there"),
        (17, "…→osaka→…→there"),
        (14, "…→osaka→…"),
        (13, "…→osaka→…"),
        (9, "…→osaka→…"),
        (5, "…→os…"),
    ],
)
def test_a_path_that_is_too_long_keeps_what_tells_routes_apart(width: int, shown: str) -> None:
    """All routes share their ends; the first intermediate is what differs."""
    assert shorter_path("here→osaka→lima→there", width) == shown


def test_keys_inside_an_error_are_shortened() -> None:
    """The engine's errors name the target by its key."""
    text = f"no ping connection for {KEY}#2, call DialPing first"

    assert shorten_keys(text) == "no ping connection for 0326…8814#2, call DialPing first"


def test_the_target_has_name_and_key() -> None:
    """Two nodes may have one name."""
    assert target_text(after(started())) == f"there {short_key(KEYS['there'])}"
    assert target_text(asked()) == short_key(KEYS["there"])


def test_without_a_request_the_target_is_where_the_paths_end() -> None:
    """A recording of a stock server holds no request."""
    assert target_text(after(established(0, 0, path=("here", "lima", "there")))) == short_key(KEYS["there"])
    assert target_text(after()) == ""
