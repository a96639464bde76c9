"""Text in ASCII: the same cells, and states that still differ."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.filter import Monochrome

import muxbw_tui
from muxbw_tui.run.cells import GLYPHS
from muxbw_tui.run.state import RouteStatus
from muxbw_tui.run.text import clean_line
from muxbw_tui.tui.ascii import to_ascii
from muxbw_tui.tui.line_filters import AsciiOnly, fitting

HOME = Path(muxbw_tui.__file__).parent
GROUND = Color.parse("black")


@given(st.text())
def test_every_text_becomes_ascii_of_the_same_width(text: str) -> None:
    """A cell too many or too few would shift all that stands behind it. Text from outside has been cleaned before."""
    line = clean_line(text)

    assert to_ascii(line).isascii()
    assert cell_len(to_ascii(line)) == cell_len(line)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("here→osaka→there", "here>osaka>there"),
        ("0326…8814", "0326~8814"),
        ("╭─ Routes ─╮", "+- Routes -+"),
        ("━━━╸──", "===---"),
        ("│┃║", "|||"),
        ("│▌ 0 ∅ dead on arrival", "|> 0 % dead on arrival"),
        ("0.5 µs · 3 × 2", "0.5 us . 3 x 2"),
        ("Zürich", "Zurich"),
        ("東京", "????"),
        ("👩‍🔧 x", "?? x"),
        ("▁▂▃▄▅▆▇█", "_.:-=+*#"),
        ("⠀⠁⣿", " .@"),
        ("plain", "plain"),
    ],
)
def test_what_is_drawn_is_still_recognised(text: str, plain: str) -> None:
    """Lines stay lines and letters letters; a wide character takes two."""
    assert to_ascii(text) == plain


def test_the_states_of_a_route_stay_apart() -> None:
    """The four kinds of trouble must never look alike, and nothing in order like trouble."""
    plain = {status: to_ascii(glyph) for status, glyph in GLYPHS.items()}
    groups = (
        {RouteStatus.SETUP_FAILED, RouteStatus.DIED},
        {RouteStatus.READY, RouteStatus.PUMPING},
    )
    alike = {frozenset((a, b)) for a in plain for b in plain if a is not b and plain[a] == plain[b]}

    assert "?" not in plain.values()
    assert not any(character.isdigit() for character in plain.values())
    assert alike == {frozenset(group) for group in groups if len({GLYPHS[status] for status in group}) == 1}


def test_every_character_that_we_draw_has_its_stand_in() -> None:
    """A question mark is for what comes from outside."""
    sources = [*(HOME / "run").glob("*.py"), *(HOME / "tui").rglob("*.py"), HOME / "units.py"]
    drawn = {c for path in sources for c in re.findall(r"[^\x00-\x7f]", path.read_text("utf-8"))}

    assert {c for c in drawn if "?" in to_ascii(c)} == set()


def test_the_filter_keeps_styles_and_cells() -> None:
    """It stands between every widget and the terminal."""
    bold = Style(bold=True)

    (segment,) = AsciiOnly().apply([Segment("↑ 5", bold)], GROUND)

    assert segment == Segment("^ 5", bold)


def test_without_colour_a_ground_in_the_terminals_own_is_reversed() -> None:
    """A fault stays a block on whatever ground the terminal has; Textual's filter would turn it into greys."""
    (filter_,) = fitting([Monochrome()], own_colours=True, ascii_only=False)
    fault = Segment("died", Style(color="white", bgcolor="red", bold=True))
    text = Segment("text", Style(color="red", bgcolor="default"))

    styles = [segment.style for segment in filter_.apply([fault, text], GROUND)]

    assert styles == [
        Style(color="default", bgcolor="default", bold=True, reverse=True),
        Style(color="default", bgcolor="default"),
    ]


def test_other_filters_are_left_in_peace() -> None:
    """Themes with colours of their own are turned into greys by Textual itself."""
    grey = Monochrome()

    assert fitting([grey], own_colours=False, ascii_only=False) == [grey]
