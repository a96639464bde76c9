"""Conversions between units, and how quantities are written for people.

Rates are bits per second in decimal multiples; volumes are bytes in binary multiples (measurement conventions of
the project). A value that rounds up to the next multiple is written in that multiple: 1023.999 KiB is 1.0 MiB.
"""

from __future__ import annotations

import math
import re

NS_PER_S = 1_000_000_000
NS_PER_MS = 1_000_000
KIB = 1024

_RATE_UNITS = ("bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s")
_VOLUME_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB")
_DURATION_UNITS_NS = {"ns": 1, "us": 1_000, "µs": 1_000, "ms": NS_PER_MS, "s": NS_PER_S}
_DURATION_UNITS_NS |= {"m": 60 * NS_PER_S, "h": 3600 * NS_PER_S, "d": 86400 * NS_PER_S}
_DURATION_PART = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h|d)")


def parse_duration_ns(text: str) -> int:
    """Return a duration in nanoseconds from `30s`, `1m30s`, `100ms` or `0`.

    Raises:
        ValueError: the text is no such duration; the message says what would be.
    """
    stripped = text.strip()
    if stripped == "0":
        return 0
    total_ns = 0.0
    position = 0
    for part in _DURATION_PART.finditer(stripped):
        if part.start() != position:
            break
        total_ns += float(part[1]) * _DURATION_UNITS_NS[part[2]]
        position = part.end()
    if position == 0 or position != len(stripped) or math.isinf(total_ns):
        raise ValueError(f"{text!r} is not a duration: write 30s, 1m30s or 100ms")
    return round(total_ns)


def format_duration_ns(duration_ns: int) -> str:
    """Write a duration with the unit that suits it: `850 µs`, `84.3 ms`, `3.20 s`, `1m30s`."""
    sign, magnitude = ("-", -duration_ns) if duration_ns < 0 else ("", duration_ns)
    if magnitude < 1000:
        return f"{sign}{magnitude} ns" if magnitude else "0 s"
    if magnitude < 999_500:
        return f"{sign}{magnitude / 1000:.0f} µs"
    if magnitude < 999_950_000:
        return f"{sign}{magnitude / NS_PER_MS:.1f} ms"
    if magnitude < 59_995_000_000:
        return f"{sign}{magnitude / NS_PER_S:.2f} s"
    seconds = round(magnitude / NS_PER_S)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{sign}{hours}h{minutes:02}m{seconds:02}s"
    return f"{sign}{minutes}m{seconds:02}s"


def format_clock_ns(duration_ns: int) -> str:
    """Write a run's time as `0:42` or `1:02:03`, whole seconds, rounded down."""
    seconds = max(duration_ns, 0) // NS_PER_S
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def format_rate_bps(rate_bps: float) -> str:
    """Write a rate with its unit: `61.3 Mbit/s`, one decimal from kbit/s on."""
    return _scaled(rate_bps, step=1000, units=_RATE_UNITS)


def format_volume_bytes(volume_bytes: int) -> str:
    """Write a volume with its unit: `148.2 MiB`, `1.25 MiB`; from KiB on two decimals below 10, else one."""
    return _scaled(volume_bytes, step=KIB, units=_VOLUME_UNITS, decimals_below_10=2)


def mbps(rate_bps: float) -> float:
    """Return a rate in Mbit/s."""
    return rate_bps / 1_000_000


def _scaled(value: float, *, step: int, units: tuple[str, ...], decimals_below_10: int = 1) -> str:
    """Write a value in the largest unit in which it is at least 1 once rounded."""
    if abs(value) < step - 0.5:
        return f"{value:.0f} {units[0]}"
    scaled = value / step
    rank = 1
    while rank < len(units) - 1 and abs(scaled) >= step - 0.05:
        scaled /= step
        rank += 1
    decimals = decimals_below_10 if abs(round(scaled, decimals_below_10)) < 10 else 1
    return f"{scaled:.{decimals}f} {units[rank]}"
