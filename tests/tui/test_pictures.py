"""Pictures of the screen: normal, failed, narrow, without colour. Compared cell by cell and colour by colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from muxbw_tui.errors import StreamBrokenError
from tests.conftest import eventually
from tests.fakes import source as fake
from tests.tui.stage import dashboard, screen_text

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from textual.pilot import Pilot

    SnapCompare = Callable[..., bool]


def shows(text: str) -> Callable[[Pilot[None]], Awaitable[None]]:
    """Return what waits until the screen shows a text."""

    async def wait(pilot: Pilot[None]) -> None:
        await eventually(lambda: text in screen_text(pilot.app))
        await pilot.pause()

    return wait


@pytest.fixture(autouse=True)
def _colours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what the caller's terminal wants out of the pictures."""
    monkeypatch.delenv("NO_COLOR", raising=False)


def test_a_run_in_order(snap_compare: SnapCompare, tmp_path: Path) -> None:
    """The screen that one sees most of the time."""
    app = dashboard(fake.ScriptedSource(fake.pumping()), directory=tmp_path)

    assert snap_compare(app, terminal_size=(120, 36), run_before=shows("All 4 routes carry"))


def test_a_run_in_trouble(snap_compare: SnapCompare, tmp_path: Path) -> None:
    """The screen that it is all about: one route dead, one stalled."""
    app = dashboard(fake.ScriptedSource(fake.in_trouble()), directory=tmp_path)

    assert snap_compare(app, terminal_size=(120, 36), run_before=shows("R1 died"))


def test_a_broken_stream_in_a_narrow_terminal(snap_compare: SnapCompare, tmp_path: Path) -> None:
    """Everything works at 80 x 24, also when the engine has died."""
    source = fake.ScriptedSource(fake.in_trouble())
    source.end(StreamBrokenError("the engine's process has died"))
    app = dashboard(source, directory=tmp_path)

    assert snap_compare(app, terminal_size=(80, 24), run_before=shows("The event stream broke"))


def test_trouble_without_colour(
    snap_compare: SnapCompare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Glyph and word tell every state where NO_COLOR is set."""
    monkeypatch.setenv("NO_COLOR", "1")
    app = dashboard(fake.ScriptedSource(fake.in_trouble()), directory=tmp_path)

    assert snap_compare(app, terminal_size=(120, 36), run_before=shows("R1 died"))
