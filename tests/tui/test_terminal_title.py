"""The title of the terminal says how the run is, in one clean line."""

from __future__ import annotations

from dataclasses import replace

import pytest

from muxbw_tui.errors import StreamBrokenError
from muxbw_tui.run.state import RunState
from muxbw_tui.sources.reconnect import Outage
from muxbw_tui.tui.terminal_title import terminal_title
from muxbw_tui.tui.view import View
from tests.fakes import source as fake
from tests.tui.stage import view_of


def paused() -> View:
    """Return a run in order whose traffic is paused."""
    view = view_of(fake.pumping())
    view.state.paused = True
    return view


BROKEN = replace(view_of(fake.pumping()), problem=StreamBrokenError("gone"))
LOST = replace(view_of(fake.pumping()), outage=Outage("gone", 1, 1, 0, None))


@pytest.mark.parametrize(
    ("view", "begins"),
    [
        (view_of([]), "◔ connecting · "),
        (view_of(fake.set_up()[:3]), "◔ planning · there"),
        (view_of(fake.pumping()), "● 4 of 4 routes carry · there · muxbw-tui"),
        (view_of(fake.in_trouble()), "✗ 1 of 4 routes failed · there"),
        (view_of([*fake.pumping(), fake.done(9)]), "■ over · there"),
        (paused(), "Ⅱ paused · there"),
        (BROKEN, "✗ broken · there"),
        (LOST, "◌ reconnecting · there"),
    ],
)
def test_what_is_amiss_comes_first(view: View, begins: str) -> None:
    """A tab shows a dozen characters; they must be the ones that call an operator back."""
    assert terminal_title(view).startswith(begins)


def test_a_hostile_name_ends_no_title_and_sends_no_sequence() -> None:
    """What a node calls itself goes to the terminal here, past every widget."""
    hostile = "evil\x07\x1b]52;c;cm0gLXJm\x07\x9b2J\n" + "x" * 10_000
    named = view_of(fake.pumping())
    named.state.node_names[fake.TARGET] = hostile

    for title in (terminal_title(named), terminal_title(View(RunState(), source_title=hostile))):
        assert title.isprintable()
        assert "evil" in title
        assert len(title) <= 120
        assert "]52" not in title
