"""Which types of events are shown is chosen in a list that can be read without colours."""

from __future__ import annotations

import pytest

from muxbw_tui.tui.screens.event_types import EventTypes
from tests.tui.stage import Over, screen_text

COUNTS = {"phase": 3, "stalled": 1}


@pytest.mark.parametrize(
    ("keys", "hidden"),
    [
        (["down", "space", "enter"], {"gap", "stalled"}),
        (["down", "down", "space", "enter"], set()),
        (["a", "enter"], set()),
        (["enter"], {"gap"}),
        (["space", "escape"], None),
    ],
)
async def test_types_are_switched_by_keys_and_kept_or_left(keys: list[str], hidden: set[str] | None) -> None:
    """A type that was hidden stays in the list although the run has no event of it now."""
    app = Over(EventTypes(COUNTS, frozenset({"gap"})))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press(*keys)
        await pilot.pause()

    assert app.answers == [None if hidden is None else frozenset(hidden)]


async def test_what_is_on_and_what_is_off_differ_by_a_character() -> None:
    """Textual's own check boxes differ by colour alone."""
    app = Over(EventTypes(COUNTS, frozenset({"stalled"})))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        shown = screen_text(app)

    assert "✓ phase" in shown
    assert "· stalled" in shown
    assert "space on or off · a all · enter keep · esc leave" in shown
