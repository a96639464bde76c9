"""The diagnosis in the lines that a pane has: whole where they fit, then cut, then counted."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from muxbw_tui.run.diagnosis import Diagnosis
from muxbw_tui.run.state import Severity
from muxbw_tui.tui.widgets.diagnosis import DiagnosisPane, finding_lines
from tests.fakes import source as fake
from tests.tui.stage import Stage, lines_of, view_of

LONG = Diagnosis("died", "R1 died after 12.5 MiB by way of tokyo", Severity.FAULT, (1,))
SHORT = Diagnosis("stalled", "R2 stalls", Severity.FAULT, (2,))
LIMIT = Diagnosis("window-limited", "R0 is limited", Severity.PLAIN, (0,))
WIDE = Diagnosis("died", "R1 died by way of 東京東京東京東京 (reset)", Severity.FAULT, (1,))


def texts(found: list[Diagnosis], width: int, height: int) -> list[str]:
    """Return the lines without the blanks at their ends."""
    return ["".join(span.text for span in line).rstrip() for line in finding_lines(found, width, height)]


def test_findings_are_wrapped_where_there_is_room() -> None:
    """The evidence is at the end of a line, so a line is not cut without need."""
    assert texts([LONG, LIMIT], 24, 4) == ["✗ R1 died after 12.5 MiB", "  by way of tokyo", "· R0 is limited"]


def test_each_keeps_a_line_where_there_is_less() -> None:
    """One that is cut is better than one that is missing."""
    assert texts([LONG, SHORT], 24, 2) == ["✗ R1 died after 12.5 Mi…", "✗ R2 stalls"]


def test_what_has_no_line_is_counted() -> None:
    """In a low terminal the pane is one line, and must not hide that there is more."""
    assert texts([LONG, SHORT, LIMIT], 24, 1) == ["✗ R1 died afte…  +2 more"]


def test_nothing_to_say_is_said() -> None:
    """An empty pane would look broken."""
    assert texts([], 30, 3) == ["Nothing stands out."]


@pytest.mark.parametrize("width", [10, 24, 40])
@pytest.mark.parametrize("height", [1, 2, 5])
def test_lines_are_never_longer_than_the_pane(width: int, height: int) -> None:
    """Names may be wide characters."""
    lines = finding_lines([WIDE, LONG, LIMIT], width, height)

    assert len(lines) <= height
    assert {sum(cell_len(span.text) for span in line) for line in lines} == {width}


async def test_room_is_kept_for_what_is_wanted_in_the_width_that_there_is() -> None:
    """A terminal that was narrow for a moment, or not laid out yet, must not cost the events their lines for good."""
    pane, view = DiagnosisPane(), view_of(fake.in_trouble())
    pane.show(view)
    before = pane.most
    async with Stage(pane).run_test(size=(120, 14)) as pilot:
        await pilot.pause()
        usual = pane.most
        await pilot.resize_terminal(20, 14)
        narrow = pane.most
        await pilot.resize_terminal(120, 14)
        shown = len([line for line in lines_of(pane) if line])

    assert (before, pane.most) == (0, usual)
    assert narrow > usual == shown > 1
