"""Every way of drawing the dashboard, on a run with every kind of trouble: each state is told by glyph and word.

The pictures show what the colours do; the text is checked beside them, since a picture may be renewed without a look.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.tui.ascii import to_ascii
from muxbw_tui.tui.preferences import Preferences
from tests.conftest import eventually
from tests.fakes import source as fake
from tests.tui.stage import dashboard, screen_text

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.pilot import Pilot

    from muxbw_tui.pb.muxbw_pb2 import RunEvent

    SnapCompare = Callable[..., bool]

SIZE = (100, 34)
STATES = ("✗ died", "∅ dead on arrival", "✗ set-up failed", "◌ stalled 4s", "● pumping")


@dataclass(frozen=True)
class Mode:
    """A way of drawing: what was chosen, and whether NO_COLOR is set."""

    name: str
    preferences: Preferences
    no_colour: bool = False


MODES = (
    Mode("dark", Preferences(theme="dark")),
    Mode("light", Preferences(theme="light")),
    Mode("colour-blind", Preferences(theme="colour-blind")),
    Mode("ansi", Preferences(theme="ansi")),
    Mode("no-colour", Preferences(), no_colour=True),
    Mode("ansi-no-colour", Preferences(theme="ansi"), no_colour=True),
    Mode("ascii", Preferences(ascii=True, plot_style="ascii")),
)


def every_trouble() -> list[RunEvent]:
    """Return a run of five routes: the four kinds of trouble, and one in order."""
    return [
        fake.run_started(routes=5),
        fake.phase("planning", 0.0),
        fake.plan(5),
        fake.phase("set_up", 0.2),
        fake.established(0, 0.4),
        fake.established(1, 0.4),
        fake.established(2, 0.5, error="connection refused"),
        fake.established(3, 0.5),
        fake.established(4, 0.5),
        fake.phase("pump", 1.0, planned_s=300),
        fake.failure(1, 1.9, mib=0),
        *(fake.sample(1 + second, {0: 3.0 * second, 3: 3.0, 4: 3.0}, still=[3]) for second in range(1, 3)),
        fake.failure(4, 3.4, mib=6),
        *(fake.sample(1 + second, {0: 3.0 * second, 3: 3.0}, still=[3]) for second in range(3, 6)),
    ]


@pytest.mark.parametrize("mode", MODES, ids=lambda mode: mode.name)
def test_every_state_can_be_read(
    mode: Mode, snap_compare: SnapCompare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever sees no colour, or other ones, must not mistake a dead route for a stalled or a running one."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    if mode.no_colour:
        monkeypatch.setenv("NO_COLOR", "")
    states = [to_ascii(state) if mode.preferences.ascii else state for state in STATES]
    source = fake.ScriptedSource(every_trouble())
    app = dashboard(source, directory=tmp_path, preferences=mode.preferences)

    async def wait_and_read(pilot: Pilot[None]) -> None:
        await eventually(lambda: states[0] in screen_text(pilot.app))
        await pilot.press("down")
        await pilot.pause()
        assert [state for state in states if state not in screen_text(pilot.app)] == []

    assert snap_compare(app, terminal_size=SIZE, run_before=wait_and_read)


async def test_in_ascii_there_is_nothing_else_on_any_screen(tmp_path: Path) -> None:
    """One character that the font has not is a hole, or shifts all that follows; text from outside is no exception."""
    source = fake.ScriptedSource(
        [*every_trouble(), fake.failure(0, 6.5, mib=15, error="réseau 東京 ⚡ fermé")]
    )
    app = dashboard(source, directory=tmp_path, preferences=Preferences(ascii=True, plot_style="ascii"))
    screens = {"overview": (), "help": ("question_mark",), "commands": ("ctrl+p",), "parameters": ("e",)}
    async with app.run_test(size=(120, 40), notifications=True) as pilot:
        await eventually(lambda: "reseau ????" in screen_text(app))
        for name, keys in screens.items():
            await pilot.press(*keys)
            await pilot.pause()
            shown = screen_text(app)
            assert {c for c in shown if not c.isascii()} == set(), name
            await pilot.press("escape")
            await pilot.pause()
