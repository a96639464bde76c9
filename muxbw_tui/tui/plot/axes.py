"""Scales and ticks: round numbers for values from zero on, round instants for the time axis. Pure arithmetic."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final, NamedTuple

from muxbw_tui.units import NS_PER_MS, NS_PER_S, format_clock_ns

if TYPE_CHECKING:
    from collections.abc import Sequence

_NOTHING: Final = 1e-9  # what is no more has no scale of its own
_ROUND: Final = (1.0, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
_LENGTHS: Final = (1.0, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0)
_ALMOST: Final = 1 - 1e-9  # so that a rate of 8 Mbit/s that was calculated does not need a scale to 10
_MINUTE: Final = 60 * NS_PER_S
_HOUR: Final = 60 * _MINUTE
_CLOCK_FROM_NS: Final = 2 * _MINUTE  # shorter plots count seconds
_TIME_STEPS: Final = (
    *(digit * 10**power for power in range(6, 9) for digit in (1, 2, 5)),
    *(seconds * NS_PER_S for seconds in (1, 2, 5, 10, 15, 30)),
    *(minutes * _MINUTE for minutes in (1, 2, 5, 10, 15, 30)),
    *(hours * _HOUR for hours in (1, 2, 3, 6, 12, 24)),
)


class Unit(NamedTuple):
    """What an axis is labelled in: `factor` of the values' own unit."""

    name: str
    factor: float


RATE_UNITS: Final = (Unit("bit/s", 1), Unit("kbit/s", 1e3), Unit("Mbit/s", 1e6), Unit("Gbit/s", 1e9))
DELAY_UNITS: Final = (Unit("µs", 1e3), Unit("ms", NS_PER_MS), Unit("s", NS_PER_S))


class Scale(NamedTuple):
    """A value axis from 0 to `top`, in the values' own unit, with `divisions` equal parts."""

    top: float
    divisions: int
    unit: Unit

    def labels(self) -> list[str]:
        """Return what stands at each tick, from 0 up."""
        step = self.top / self.divisions / self.unit.factor
        return [f"{step * number:.4g}" for number in range(self.divisions + 1)]


def scale_to(highest: float, *, most_divisions: int, units: Sequence[Unit], usual: Unit) -> Scale:
    """Return the smallest round scale on which a value has its place; `usual` is the unit where there is none."""
    if not (math.isfinite(highest) and highest > _NOTHING):
        return Scale(usual.factor, 1, usual)
    candidates = [
        (_round_up(highest / divisions * _ALMOST) * divisions, divisions)
        for divisions in range(1, max(most_divisions, 1) + 1)
    ]
    # Of two that are as high the one with more ticks tells more.
    top, divisions = min(candidates, key=lambda candidate: (round(candidate[0], 6), -candidate[1]))
    fitting = [unit for unit in units if unit.factor <= top]
    return Scale(top, divisions, fitting[-1] if fitting else units[0])


def nice_length_ns(length_ns: int) -> int:
    """Return the next round length: it grows in steps, so that a live axis does not move at every tick."""
    if length_ns <= 10 * NS_PER_S:
        return 10 * NS_PER_S
    for unit_ns in (_HOUR, _MINUTE, NS_PER_S):
        if length_ns > unit_ns:
            return round(_round_up(length_ns / unit_ns, _LENGTHS) * unit_ns)
    return length_ns


def time_ticks(start_ns: int, end_ns: int, most: int) -> list[int]:
    """Return the round instants from start to end, at most about `most` of them."""
    length_ns = max(end_ns - start_ns, 1)
    wanted_ns = length_ns / max(most, 1)
    step_ns = next((step for step in _TIME_STEPS if step >= wanted_ns), 0)
    if not step_ns:
        step_ns = math.ceil(wanted_ns / _TIME_STEPS[-1]) * _TIME_STEPS[-1]
    first = -(-start_ns // step_ns)
    return [number * step_ns for number in range(first, end_ns // step_ns + 1)]


def time_label(instant_ns: int, end_ns: int) -> str:
    """Return an instant as an axis that ends at `end_ns` writes it: `40s`, `2.5s`, from two minutes on `3:20`."""
    if end_ns > _CLOCK_FROM_NS and instant_ns % NS_PER_S == 0:
        return format_clock_ns(instant_ns)
    return f"{instant_ns / NS_PER_S:.10g}s"


def instant_text(instant_ns: int) -> str:
    """Return an instant with tenths of a second, for the cursor: `0:42.3`."""
    tenths = max(instant_ns, 0) // 100_000_000 % 10
    return f"{format_clock_ns(instant_ns)}.{tenths}"


def _round_up(value: float, digits: Sequence[float] = _ROUND) -> float:
    """Return the smallest round number that is no less."""
    power = 10.0 ** math.floor(math.log10(value))
    for digit in digits:
        if digit * power >= value:
            return digit * power
    return 10 * power
