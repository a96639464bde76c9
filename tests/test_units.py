"""How quantities are written decides how they are read; the stock command gets the unit boundaries wrong."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.units import (
    format_clock_ns,
    format_duration_ns,
    format_rate_bps,
    format_volume_bytes,
    mbps,
    parse_duration_ns,
)

UNITS_OF_RATE = ["bit/s", "kbit/s", "Mbit/s", "Gbit/s", "Tbit/s"]
UNITS_OF_VOLUME = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"]


@pytest.mark.parametrize(
    ("text", "expected_ns"),
    [
        ("30s", 30_000_000_000),
        ("1m30s", 90_000_000_000),
        ("100ms", 100_000_000),
        ("1.5s", 1_500_000_000),
        (".5s", 500_000_000),
        ("1h", 3_600_000_000_000),
        ("7d", 604_800_000_000_000),
        ("250us", 250_000),
        ("250µs", 250_000),
        ("1ns", 1),
        ("0", 0),
        ("0s", 0),
        (" 5s ", 5_000_000_000),
    ],
)
def test_durations_are_read_as_go_writes_them(text: str, expected_ns: int) -> None:
    """The flags are those of a stock visor's command, and so are their values."""
    assert parse_duration_ns(text) == expected_ns


@pytest.mark.parametrize(
    "text", ["", " ", "30", "s", "1x", "1s2", "-1s", "1s -", "1 s", "1,5s", "s30", "five"]
)
def test_what_is_no_duration_is_refused_with_an_example(text: str) -> None:
    """A number without a unit is the usual slip; the message must say what to write."""
    with pytest.raises(ValueError, match="write 30s, 1m30s or 100ms"):
        parse_duration_ns(text)


@pytest.mark.parametrize(
    ("rate_bps", "text"),
    [
        (0, "0 bit/s"),
        (999, "999 bit/s"),
        (999.6, "1.0 kbit/s"),
        (1_000, "1.0 kbit/s"),
        (999_940, "999.9 kbit/s"),
        (999_960, "1.0 Mbit/s"),
        (61_300_000, "61.3 Mbit/s"),
        (999_990_000, "1.0 Gbit/s"),
        (5e15, "5000.0 Tbit/s"),
    ],
)
def test_a_rate_that_rounds_up_to_the_next_unit_is_written_in_it(rate_bps: float, text: str) -> None:
    """The stock command prints 1000.00Kbps there."""
    assert format_rate_bps(rate_bps) == text


@pytest.mark.parametrize(
    ("volume_bytes", "text"),
    [
        (0, "0 B"),
        (1_023, "1023 B"),
        (1_024, "1.00 KiB"),
        (1_024 * 1_024 - 1, "1.00 MiB"),
        (1_023 * 1_024, "1023.0 KiB"),
        (1_310_720, "1.25 MiB"),
        (10 * 1_024 * 1_024 - 1, "10.0 MiB"),
        (155_399_782, "148.2 MiB"),
    ],
)
def test_a_volume_that_rounds_up_to_the_next_unit_is_written_in_it(volume_bytes: int, text: str) -> None:
    """The stock command prints 1024.00KiB there."""
    assert format_volume_bytes(volume_bytes) == text


@given(st.floats(0, 9e14))
def test_no_rate_is_written_with_four_digits(rate_bps: float) -> None:
    """A column of rates keeps its width at every boundary."""
    number, unit = format_rate_bps(rate_bps).split(" ")

    assert unit in UNITS_OF_RATE
    assert float(number) < 1_000


@given(st.integers(0, 2**59))
def test_no_volume_reaches_the_next_unit(volume_bytes: int) -> None:
    """The same for volumes, whose steps are 1024."""
    number, unit = format_volume_bytes(volume_bytes).split(" ")

    assert unit in UNITS_OF_VOLUME
    assert float(number) < 1_024


@given(st.integers(0, 2**59), st.integers(0, 2**59))
def test_a_larger_volume_is_never_written_as_a_smaller_one(one: int, other: int) -> None:
    """Counters that only grow must look as if they only grew."""
    smaller, larger = sorted((one, other))

    def written(volume_bytes: int) -> float:
        number, unit = format_volume_bytes(volume_bytes).split(" ")
        return float(number) * 1024.0 ** UNITS_OF_VOLUME.index(unit)

    assert written(smaller) <= written(larger)


@pytest.mark.parametrize(
    ("duration_ns", "text"),
    [
        (0, "0 s"),
        (138, "138 ns"),
        (850_000, "850 µs"),
        (999_499, "999 µs"),
        (999_500, "1.0 ms"),
        (84_300_000, "84.3 ms"),
        (999_949_999, "999.9 ms"),
        (999_950_000, "1.00 s"),
        (3_200_000_000, "3.20 s"),
        (59_994_000_000, "59.99 s"),
        (59_995_000_000, "1m00s"),
        (90_000_000_000, "1m30s"),
        (3_600_000_000_000, "1h00m00s"),
        (-141_500_000, "-141.5 ms"),
    ],
)
def test_durations_have_the_unit_that_suits_them_and_a_sign(duration_ns: int, text: str) -> None:
    """The stock command prints negative differences as raw nanoseconds."""
    assert format_duration_ns(duration_ns) == text


@given(st.integers(0, 10**17))
def test_a_written_duration_is_near_the_duration(duration_ns: int) -> None:
    """What is printed may round, to half of its last digit, and not more."""
    text = format_duration_ns(duration_ns)

    read_back_ns = parse_duration_ns(text.replace(" ", ""))

    last_digit_ns = (
        1_000 if "µs" in text else 100_000 if "ms" in text else 10_000_000 if " s" in text else 10**9
    )
    assert abs(read_back_ns - duration_ns) <= last_digit_ns


@pytest.mark.parametrize(
    ("duration_ns", "text"),
    [
        (0, "0:00"),
        (42_999_999_999, "0:42"),
        (300_000_000_000, "5:00"),
        (3_723_000_000_000, "1:02:03"),
        (-1, "0:00"),
    ],
)
def test_a_clock_counts_whole_seconds(duration_ns: int, text: str) -> None:
    """A second that has not passed must not show."""
    assert format_clock_ns(duration_ns) == text


@given(st.integers(0, 10**16))
def test_a_clock_always_reads_as_one(duration_ns: int) -> None:
    """Seconds and minutes have two digits behind a colon, or columns would jump."""
    assert re.fullmatch(r"(\d+:\d\d|\d):[0-5]\d|[1-5]\d:[0-5]\d", format_clock_ns(duration_ns))


def test_megabits_are_decimal() -> None:
    """A plot's axis and a cell's text must be of the same unit."""
    assert mbps(61_300_000) == pytest.approx(61.3)
