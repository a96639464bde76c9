"""Choosing columns: what the operator sees in the list is what the table gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.run.columns import COLUMN_BY_ID
from muxbw_tui.tui.column_choice import AUTOMATIC, choice_of
from muxbw_tui.tui.screens.columns import ColumnsScreen
from tests.tui.stage import Over

if TYPE_CHECKING:
    from collections.abc import Sequence

FITTING = ("index", "state", "path")


@pytest.mark.parametrize(
    ("chosen", "keys", "answer"),
    [
        ((), ["enter"], AUTOMATIC),
        ((), ["space", "escape"], None),
        ((), ["space", "enter"], ("state", "path")),
        ((), ["down", "K", "enter"], ("state", "index", "path")),
        ((), ["J", "J", "space", "space", "enter"], ("state", "path", "index")),
        (("path",), ["space", "enter"], ("path",)),
        (("path",), ["down", "space", "shift+up", "enter"], ("index", "path")),
        (("path",), ["d", "enter"], AUTOMATIC),
    ],
)
async def test_keys_choose_order_and_hide(
    chosen: tuple[str, ...], keys: Sequence[str], answer: tuple[str, ...] | None
) -> None:
    """Enter keeps, escape leaves as it was, and the last column cannot be hidden."""
    app = Over(ColumnsScreen(chosen, FITTING))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press(*keys)
        await pilot.pause()

    assert app.answers == [answer]


@given(
    st.lists(st.sampled_from(list(COLUMN_BY_ID)), unique=True),
    st.lists(st.tuples(st.integers(0, len(COLUMN_BY_ID) - 1), st.sampled_from([-1, 0, 1]))),
)
def test_no_step_loses_a_column_or_shows_none(chosen: list[str], steps: list[tuple[int, int]]) -> None:
    """Whatever is pressed, all columns stay to choose from."""
    choice = choice_of(tuple(chosen), FITTING)
    for position, step in steps:
        choice = choice.moved(position, step) if step else choice.toggled(position)

    assert sorted(choice.order) == sorted(COLUMN_BY_ID)
    assert choice.shown
    numbers = [choice.number(position) for position in range(len(choice.order))]
    assert [number for number in numbers if number] == list(range(1, len(choice.shown) + 1))
