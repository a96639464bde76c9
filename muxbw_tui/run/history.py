"""The small history in a route's row: what it received in the latest samples, as bars, as a mean, as numbers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from muxbw_tui.run.bars import sparkline

if TYPE_CHECKING:
    from muxbw_tui.run.state import RouteState, RunState

HISTORY_WIDTH: Final = 12


def recent_mean_bps(route: RouteState, run: RunState) -> float | None:
    """Return the mean of the rates that the history shows."""
    known = [rate for rate in run.series.recent_receive_bps(route.index, HISTORY_WIDTH) if rate is not None]
    return math.fsum(known) / len(known) if known else None


def history_values(route: RouteState, run: RunState) -> str | None:
    """Return the rates that the history shows, bits per second, for files: `31000000 nan 29500000`."""
    rates = run.series.recent_receive_bps(route.index, HISTORY_WIDTH)
    if all(rate is None for rate in rates):
        return None
    return " ".join("nan" if rate is None else f"{rate:.0f}" for rate in rates)


def history_text(route: RouteState, run: RunState, width: int = HISTORY_WIDTH) -> str:
    """Return the rates of the latest samples, newest last, as a line of `width` bars at most.

    All routes have one scale, which begins at 0; a sample that says nothing of the route leaves a gap.
    """
    return sparkline(run.series.recent_receive_bps(route.index, width), top=run.series.recent_peak_bps(width))
