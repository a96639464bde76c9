"""Figures in block characters, eighths of a cell, from zero on: a bar for a ratio, a row of bars for a series."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEVELS: Final = "▁▂▃▄▅▆▇█"
_EIGHTHS: Final[tuple[str, ...]] = ("", *"▏▎▍▌▋▊▉")


def sparkline(values: Sequence[float | None], *, top: float) -> str:
    """Return a bar of one cell for each value, on a scale from 0 to `top`; a space where there is none."""
    last = len(_LEVELS) - 1
    scale = last / top if top > 0 else 0.0
    return "".join(
        " " if value is None else _LEVELS[min(max(round(value * scale), 0), last)] for value in values
    )


def bar(ratio: float, width: int) -> str:
    """Return a bar of `width` cells, filled to the ratio by eighths of a cell; what is more than 0 can be seen."""
    eighths = min(max(round(ratio * width * 8), 1 if ratio > 0 else 0), width * 8)
    full, rest = divmod(eighths, 8)
    return ("█" * full + _EIGHTHS[rest]).ljust(width)
