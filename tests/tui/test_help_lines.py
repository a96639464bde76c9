"""The help in lines: nothing is cut off at any width, and what is not possible is told apart."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from muxbw_tui.run.columns import COLUMNS
from muxbw_tui.run.state import RouteStatus
from muxbw_tui.tui.help_lines import KeyHelp, Section, help_lines
from muxbw_tui.tui.spans import Span, spans_len

SECTIONS = [
    Section(
        "In the pane Routes", [KeyHelp("1 … 0", "sort by the column of that number in sight", enabled=True)]
    ),
    Section("On every screen", [KeyHelp("r", "restart the selected route, on the same path", enabled=False)]),
]
NARROW, WIDE = 72, 134


def text_of(line: list[Span]) -> str:
    """Return a line as it reads."""
    return "".join(span.text for span in line)


def words_of(lines: list[list[Span]]) -> set[str]:
    """Return the words on the page."""
    return {word for line in lines for word in text_of(line).split()}


@pytest.mark.parametrize("width", [40, NARROW, 97, 98, WIDE])
def test_no_line_is_wider_than_the_page_and_no_word_is_lost(width: int) -> None:
    """What is cut off at the right cannot be scrolled to."""
    lines = help_lines(SECTIONS, width)

    assert max(map(spans_len, lines)) <= width
    wanted = [
        *(column.meaning for column in COLUMNS),
        *(key.meaning for place in SECTIONS for key in place.keys),
    ]
    assert {word for text in wanted for word in text.split()} <= words_of(lines)


def test_every_state_is_explained_by_its_glyph_and_word() -> None:
    """An operator looks up what the table shows."""
    page = "\n".join(map(text_of, help_lines(SECTIONS, NARROW)))

    for status in RouteStatus:
        assert status.value in page


def test_keys_stand_beside_the_states_where_there_is_room_and_above_them_where_there_is_none() -> None:
    """A page that has to be scrolled less is read sooner."""
    wide, narrow = help_lines(SECTIONS, WIDE), help_lines(SECTIONS, NARROW)

    assert "In the pane Routes" in text_of(wide[0])
    assert "States of a route" in text_of(wide[0])
    titles = [text_of(line) for line in narrow if any(span.role == "heading" for span in line)]
    assert titles.index("On every screen") < titles.index("States of a route")


def test_what_is_not_possible_now_is_dimmed() -> None:
    """A key that does nothing must not look like one that does."""
    roles = {
        span.role
        for line in help_lines(SECTIONS, NARROW)
        if "restart the selected" in text_of(line)
        for span in line
    }
    assert roles == {"key-dimmed"}


def test_the_columns_beside_the_keys_begin_in_one_cell() -> None:
    """Two columns that are not flush read as one."""
    lines = [text_of(line) for line in help_lines(SECTIONS, WIDE)]
    at = cell_len(lines[0].partition("States of a route")[0])

    assert all(
        line[at - 1] == " " and (len(line) == at or line[at] != " ")
        for line in lines
        if line[at:].strip()[:1] in GLYPHS
    )


GLYPHS = set("✗∅◌○◔●↻◇■□✓")
