"""The table draws its lines from the state, keeps the cursor on its route, and redraws only what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from muxbw_tui.tui.widgets.route_table import RouteTable
from tests.fakes import source as fake
from tests.tui.stage import Stage, lines_of, view_of

if TYPE_CHECKING:
    import pytest


async def test_a_fault_is_readable_under_its_row() -> None:
    """Which route, how it failed, after how much, and what can be done, without a further key."""
    table = RouteTable()
    async with Stage(table).run_test(size=(80, 24)) as pilot:
        table.show(view_of(fake.in_trouble()))
        await pilot.press("down")
        lines = lines_of(table)

    assert lines[0].split() == ["#", "State", "Est", "Fail", "Path", "Recv", "↑", "Mbit/s", "↓", "Mbit/s"]
    assert lines[2].split()[:7] == ["▌", "1", "✗", "died", "·", "✓", "here→tokyo→there"]
    assert lines[3].strip("▌ ") == "└ read echo: connection reset by peer · after 6.00 MiB · r restarts"
    assert "◌ stalled 5s" in lines[4]


async def test_the_cursor_stays_on_its_route_when_lines_appear_above() -> None:
    """`r` must restart the route that was chosen, not the one that slid under the cursor."""
    table = RouteTable()
    async with Stage(table).run_test(size=(80, 24)) as pilot:
        table.show(view_of(fake.pumping()))
        await pilot.press("end")
        before = table.selected
        table.show(view_of(fake.in_trouble()))
        marked = [line for line in lines_of(table) if line.startswith("▌")]

    assert before == table.selected == 3
    assert len(marked) == 1
    assert "here→lima→there" in marked[0]


async def test_what_is_in_sight_stays_when_lines_appear_above() -> None:
    """With hundreds of routes a fault far above must not scroll the ones being read."""
    table = RouteTable()
    healthy, dead = fake.set_up(100), fake.failure(2, 3, mib=1)
    async with Stage(table).run_test(size=(80, 24)) as pilot:
        table.show(view_of(healthy, routes=100))
        await pilot.press("end")
        await pilot.pause()
        before = lines_of(table)
        table.show(view_of([*healthy, dead], routes=100))
        await pilot.pause()
        after = lines_of(table)

    assert before[-1].split()[1] == "99"
    assert [line.split()[:2] for line in after] == [line.split()[:2] for line in before]


async def test_paging_and_ends_move_the_cursor() -> None:
    """A thousand rows are not walked one by one."""
    table = RouteTable()
    async with Stage(table).run_test(size=(80, 24)) as pilot:
        table.show(view_of(fake.set_up(50), routes=50))
        seen = []
        for key in ("pagedown", "end", "pageup", "home", "up"):
            await pilot.press(key)
            seen.append(table.selected)

    assert seen == [8, 49, 41, 0, 0]


async def test_a_click_selects_the_route_under_it() -> None:
    """A mouse is at hand in many terminals, and a reason line belongs to its route."""
    table = RouteTable()
    async with Stage(table).run_test(size=(80, 24)) as pilot:
        table.show(view_of(fake.in_trouble()))
        await pilot.pause()
        await pilot.click(table, offset=(20, 4))

    assert table.selected == 1


async def test_a_view_that_changes_one_route_redraws_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times a second, what has not changed must cost nothing."""
    table = RouteTable()
    redrawn: list[int] = []
    async with Stage(table).run_test(size=(80, 24)) as pilot:
        view = view_of(fake.pumping())
        table.show(view)
        await pilot.pause()
        monkeypatch.setattr(table, "refresh_line", redrawn.append)
        table.show(view)
        unchanged = list(redrawn)
        view.state.routes[2].bytes_received += 10 * fake.MIB
        table.show(view)

    assert unchanged == []
    assert redrawn == [3]


async def test_a_row_beyond_what_was_asked_for_is_shown() -> None:
    """An engine that reports a fifth route of four has something to say."""
    table = RouteTable()
    async with Stage(table).run_test(size=(80, 24)):
        table.show(view_of([*fake.set_up(), fake.established(7, 1.2)]))
        lines = lines_of(table)

    assert any(line.split()[:1] == ["7"] for line in lines)
