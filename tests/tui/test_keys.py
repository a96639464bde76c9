"""The keys: none stands twice where both are heard, and each of them has somebody who does what it says."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter

import pytest
from textual.binding import Binding

from muxbw_tui.tui.app import MuxbwApp
from muxbw_tui.tui.keys import EVERYWHERE, FOOTER, KEY_BY_ID, MODAL_PLACES, PLACES
from muxbw_tui.tui.screens.ask import Ask
from muxbw_tui.tui.screens.columns import ColumnsScreen
from muxbw_tui.tui.screens.copy import CopyScreen
from muxbw_tui.tui.screens.event_types import EventTypes
from muxbw_tui.tui.screens.help import Help
from muxbw_tui.tui.screens.overview import Overview
from muxbw_tui.tui.screens.parameters import Parameters
from muxbw_tui.tui.screens.route import RouteScreen
from muxbw_tui.tui.screens.run_screen import RunScreen
from muxbw_tui.tui.screens.too_small import TooSmall
from muxbw_tui.tui.widgets.event_feed import EventFeed
from muxbw_tui.tui.widgets.filter_line import FilterLine
from muxbw_tui.tui.widgets.plots import Plots
from muxbw_tui.tui.widgets.route_table import RouteTable

HOLDERS = (
    *(MuxbwApp, RunScreen, Overview, RouteScreen, RouteTable, Plots, EventFeed, FilterLine, Help, TooSmall),
    *(Ask, ColumnsScreen, CopyScreen, EventTypes, Parameters),
)


@pytest.mark.parametrize("place", PLACES)
def test_no_key_means_two_things_in_one_place(place: str) -> None:
    """The second of two would be dead."""
    heard = PLACES[place] if place in MODAL_PLACES | {EVERYWHERE} else (*PLACES[place], *PLACES[EVERYWHERE])
    counts = Counter(key for each in heard for key in each.keys.split(","))
    own = {key for each in PLACES[place] for key in each.keys.split(",")}

    assert [key for key, count in counts.items() if count > 1 and key in own] == []


def test_an_id_means_one_key() -> None:
    """The configuration's key map names ids."""
    keys_by_id: dict[str, set[str]] = {}
    for key in (key for keys in PLACES.values() for key in keys):
        keys_by_id.setdefault(key.id, set()).add(key.action)

    assert {key_id: actions for key_id, actions in keys_by_id.items() if len(actions) > 1} == {}


@pytest.mark.parametrize("holder", HOLDERS, ids=lambda holder: holder.__name__)
def test_each_key_has_an_action_where_it_is_bound(holder: type) -> None:
    """A key without an action is shown in the footer and does nothing."""
    missing = []
    for binding in holder.BINDINGS:  # type: ignore[attr-defined]
        assert isinstance(binding, Binding)
        node, _dot, action = binding.action.partition("(")[0].rpartition(".")
        owner = {"": holder, "app": MuxbwApp, "screen": Overview}[node]
        if not hasattr(owner, f"action_{action}"):
            missing.append(binding.action)

    assert missing == []


def test_each_key_is_bound_by_one_of_the_holders() -> None:
    """One that nobody holds against its actions could name any."""
    bindings = (binding for holder in HOLDERS for binding in holder.BINDINGS)
    bound = {binding.id for binding in bindings if isinstance(binding, Binding)}

    assert bound == set(KEY_BY_ID)


def test_the_footers_order_names_keys_that_have_a_word_there() -> None:
    """A name misspelt in the order would put a key first of all."""
    assert [key_id for key_id in FOOTER if not KEY_BY_ID[key_id].label] == []


def test_the_key_map_is_read_without_textual() -> None:
    """Commands without a screen check the configuration's keys too, and must start fast."""
    code = "import sys, muxbw_tui.tui.keys; sys.exit('textual' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
