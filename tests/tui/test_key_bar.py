"""The last line shows the keys that fit: the pane's own first, and help and quit whatever the width."""

from __future__ import annotations

import pytest

from muxbw_tui.tui.keys import APP_KEYS, OVERVIEW_KEYS, PLOTS_KEYS
from muxbw_tui.tui.widgets.key_bar import BarKey, fitting, line_len

WIDTH = 78  # of 80 cells, within the padding


def bar_keys(*, enabled: bool = True) -> list[BarKey]:
    """Return the keys of the plots pane, the overview and the app, as they are found active."""
    return [
        BarKey(key.id, key.keys, key.display or key.keys, key.label, enabled)
        for key in (*PLOTS_KEYS, *OVERVIEW_KEYS, *APP_KEYS)
        if key.label
    ]


@pytest.mark.parametrize("width", [20, WIDTH, 118, 198])
def test_help_and_quit_are_always_there_and_nothing_is_cut(width: int) -> None:
    """Whoever is lost looks for these two."""
    chosen = fitting(bar_keys(), width)

    assert [key.id for key in chosen[-2:]] == ["help", "quit"]
    assert line_len(chosen) <= width


def test_the_focused_panes_own_keys_come_first() -> None:
    """They are the ones that changed with the focus."""
    chosen = fitting(bar_keys(), WIDTH)

    assert chosen[0].id == "zoom-in"


def test_what_is_not_possible_keeps_its_place() -> None:
    """A footer that moves cannot be learnt."""
    on, off = fitting(bar_keys(), WIDTH), fitting(bar_keys(enabled=False), WIDTH)

    assert [key.id for key in on] == [key.id for key in off]
    assert {span.role for key in off for span in key.spans} == {"key-dimmed"}
