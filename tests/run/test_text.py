"""What others send is shown on an operator's terminal: it must not be able to do anything there."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.run.text import clean_line


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("read echo: i/o timeout", "read echo: i/o timeout"),
        ("two\nlines\tand a tab", "two lines and a tab"),
        ("\x1b[31mred\x1b[0m alert", "red alert"),
        ("\x1b]0;owned\x07title", "title"),
        ("\x1b]8;;http://x\x1b\\link", "link"),
        ("\x9b2Jcleared", "cleared"),
        ("\x1bPdevice\x1b\\control", "control"),
        ("bare \x1b", "bare"),
        ("bell\x07 back\x08space \x00 \x7f", "bell back space"),
        ("\u202egnp.exe", "gnp.exe"),
        ("\u2066isolated\u2069", "isolated"),
        ("zero\u200bwidth", "zerowidth"),
        ("line\u2028separator", "line separator"),
        ("wide\u3000space", "wide space"),
        ("é→漢", "é→漢"),
        ("   ", ""),
    ],
)
def test_a_line_keeps_what_can_be_read_and_nothing_else(text: str, line: str) -> None:
    """Each of these has broken a terminal or a table somewhere."""
    assert clean_line(text) == line


def test_a_long_line_ends_in_an_ellipsis() -> None:
    """The reader must see that something is missing."""
    assert clean_line("abcdef", limit=6) == "abcdef"
    assert clean_line("abcdefg", limit=6) == "abcde…"
    assert clean_line("abcd efg", limit=6) == "abcd…"


@given(
    st.text(st.characters() | st.sampled_from("\x1b\x9b\x9d[]0;m\x07\\\n\u202e "), max_size=400),
    st.integers(1, 80),
)
def test_any_text_becomes_one_bounded_printable_line(text: str, limit: int) -> None:
    """No text at all gets a control character past the one place that cleans."""
    line = clean_line(text, limit=limit)

    assert len(line) <= limit
    assert not any(unicodedata.category(character) in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in line)
    assert line == " ".join(line.split(" ")).strip()


@given(st.text(max_size=400), st.integers(1, 80))
def test_cleaning_a_clean_line_changes_nothing(text: str, limit: int) -> None:
    """The reducer cleans, and a row may clean again."""
    line = clean_line(text, limit=limit)

    assert clean_line(line, limit=limit) == line
