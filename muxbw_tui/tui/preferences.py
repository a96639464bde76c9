"""How one operator wants the dashboard: colours, glyphs, mouse, columns, order, plots, keys.

Owns the names that may be chosen from and what holds where nothing was chosen. Where a choice comes from (file,
environment, flag) is the command line's business; imports no Textual, since commands without a screen read it too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

THEME_NAMES: Final = ("dark", "light", "colour-blind", "ansi")
PLOT_STYLES: Final = ("braille", "block", "ascii")


@dataclass(frozen=True, slots=True)
class Preferences:
    """What the operator chose.

    Attributes:
        theme: one of `THEME_NAMES`.
        ascii: draw with ASCII characters alone.
        mouse: take the mouse from the terminal, whose own selection then needs shift.
        columns: ids of the route table's columns, in their order; empty for those that fit the width.
        sort: id of the column that the table is sorted by.
        descending: the largest first.
        plot_style: one of `PLOT_STYLES`.
        scale_mbps: top of the throughput plot in Mbit/s; None for one that follows the data.
        keys: the keys of an action, comma separated, by the id of its binding; those left out keep their own.
    """

    theme: str = "dark"
    ascii: bool = False
    mouse: bool = True
    columns: tuple[str, ...] = ()
    sort: str = "index"
    descending: bool = False
    plot_style: str = "braille"
    scale_mbps: float | None = None
    keys: Mapping[str, str] = field(default_factory=dict)
