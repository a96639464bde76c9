"""Which columns the route table has, in which order, while the operator chooses. Pure: each step makes a new choice."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from muxbw_tui.run.columns import COLUMN_BY_ID

AUTOMATIC: Final[tuple[str, ...]] = ()


@dataclass(frozen=True, slots=True)
class ColumnChoice:
    """All columns in a row, some of them shown.

    Attributes:
        order: the ids of all columns.
        shown: those that the table is to have.
        is_automatic: nothing was chosen, so the width decides.
    """

    order: tuple[str, ...]
    shown: frozenset[str]
    is_automatic: bool

    @property
    def result(self) -> tuple[str, ...]:
        """The ids of the shown columns in their order; none if the width is to decide."""
        return AUTOMATIC if self.is_automatic else tuple(name for name in self.order if name in self.shown)

    def number(self, position: int) -> int | None:
        """Return which of the shown columns stands at a position, counted from 1; None for a hidden one."""
        if self.order[position] not in self.shown:
            return None
        return sum(name in self.shown for name in self.order[: position + 1])

    def toggled(self, position: int) -> ColumnChoice:
        """Show or hide the column at a position; the last one stays, since a table of none says nothing."""
        shown = self.shown ^ {self.order[position]}
        return replace(self, shown=shown, is_automatic=False) if shown else self

    def moved(self, position: int, step: int) -> ColumnChoice:
        """Let the column at a position change places with a neighbour."""
        other = position + step
        if not 0 <= other < len(self.order):
            return self
        order = list(self.order)
        order[position], order[other] = order[other], order[position]
        return replace(self, order=tuple(order), is_automatic=False)


def choice_of(chosen: tuple[str, ...], automatic: tuple[str, ...]) -> ColumnChoice:
    """Return the choice to begin with: the shown columns first, then the others as the registry has them.

    Args:
        chosen: what the table was told to show; none if it shows what fits.
        automatic: what fits.
    """
    shown = chosen or automatic
    others = (name for name in COLUMN_BY_ID if name not in shown)
    return ColumnChoice((*shown, *others), frozenset(shown), is_automatic=not chosen)
