"""The table draws its lines from the state, keeps the cursor on its route, and redraws only what changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from muxbw_tui.run.filters import parse_filter
from muxbw_tui.tui.widgets.route_table import RouteTable
from tests.fakes import source as fake
from tests.tui.stage import Stage, lines_of, view_of

if TYPE_CHECKING:
    import pytest

    from muxbw_tui.tui.view import View


def many(routes: int = 100) -> View:
    """Return a run of many routes that pump, each faster than the one before it."""
    carried = {index: 1.0 + index for index in range(routes)}
    return view_of([*fake.set_up(routes), fake.sample(2, carried)], routes=routes)


def routes_in_sight(table: RouteTable) -> list[int]:
    """Return the indexes of the rows that are drawn, from the top."""
    rows = [line.strip("▌ ").split() for line in lines_of(table)[1:]]
    return [int(row[0]) for row in rows if row and row[0].isdigit()]


def title_of(table: RouteTable) -> str:
    """Return what the border says."""
    return table._border_title.plain if table._border_title is not None else ""


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


async def test_keys_sort_by_the_column_of_that_number_and_again_invert() -> None:
    """What is worst or best must be found among hundreds without reading them all."""
    table = RouteTable()
    async with Stage(table).run_test(size=(80, 24)) as pilot:
        table.show(many(5))
        await pilot.press("6")
        down = (routes_in_sight(table), title_of(table))
        await pilot.press("6")
        up = (routes_in_sight(table), title_of(table))
        await pilot.press("comma", "comma")
        stepped = title_of(table)
        await pilot.press("1", "full_stop", "0")

    assert down == ([4, 3, 2, 1, 0], "Routes · sort: Recv ▼")
    assert up == ([0, 1, 2, 3, 4], "Routes · sort: Recv ▲")
    assert stepped == "Routes · sort: Fail ▼"
    assert title_of(table) == "Routes · sort: State ▲"


async def test_a_click_on_a_title_sorts_by_it_and_says_so() -> None:
    """The order is worth keeping; the app saves it."""
    told: list[tuple[str, bool]] = []

    class Listening(Stage):
        def on_route_table_sorted(self, message: RouteTable.Sorted) -> None:
            told.append((message.column_id, message.descending))

    table = RouteTable()
    async with Listening(table).run_test(size=(80, 24)) as pilot:
        table.show(many(5))
        x = lines_of(table)[0].index("Recv") + table.gutter.left
        await pilot.click(table, offset=(x, 0))
        await pilot.click(table, offset=(x, 1))
        await pilot.click(table, offset=(x, 1))
        rows = routes_in_sight(table)

    assert told == [("received", True), ("received", False)]
    assert rows == [0, 1, 2, 3, 4]


async def test_the_row_under_the_cursor_stays_on_its_line_while_others_are_sorted_around_it() -> None:
    """Between the look and the key press no other route may slide under the cursor."""
    table = RouteTable()
    async with Stage(table).run_test(size=(80, 24)) as pilot:
        view = many()
        table.show(view)
        table.set_sort("received", descending=True)
        await pilot.press("end")
        table.action_cursor(-40)
        await pilot.pause()
        (before,) = (at for at, line in enumerate(lines_of(table)) if line.startswith("▌"))
        chosen = table.selected
        for index in (*range(30), 42, 44):
            view.state.routes[index].bytes_received += 500 * fake.MIB
        table.show(view)
        unmoved = routes_in_sight(table)
        table.settle()
        await pilot.pause()
        (after,) = (at for at, line in enumerate(lines_of(table)) if line.startswith("▌"))
        moved = routes_in_sight(table)

    assert chosen == table.selected == 40
    assert after == before
    assert moved != unmoved


async def test_the_top_of_the_order_stays_in_sight_until_the_cursor_is_moved() -> None:
    """Who sorts to see the best ones wants to see the best ones, whichever they are by then."""
    table = RouteTable()
    async with Stage(table).run_test(size=(80, 24)) as pilot:
        view = many()
        table.show(view)
        table.set_sort("received", descending=True)
        await pilot.press("home")
        view.state.routes[7].bytes_received += 500 * fake.MIB
        table.show(view)
        table.settle()
        await pilot.pause()
        rows = routes_in_sight(table)

    assert rows[:3] == [7, 99, 98]


async def test_a_sort_that_is_asked_for_shows_what_comes_first() -> None:
    """Sorted by state, the faults must not be out of sight above."""
    table = RouteTable()
    async with Stage(table).run_test(size=(80, 24)) as pilot:
        table.show(view_of([*fake.set_up(100), fake.failure(60, 2, mib=1)], routes=100))
        await pilot.press("end", "2")
        await pilot.pause()
        rows, selected = routes_in_sight(table), table.selected
        await pilot.press("up")
        await pilot.pause()
        moved = [line for line in lines_of(table) if line.startswith("▌")]

    assert (rows[:2], selected) == ([60, 0], 99)
    assert moved[0].split()[1] == "98"


async def test_a_filter_shows_what_matches_and_says_how_many_of_all() -> None:
    """An operator who forgot the filter must not take two routes for the whole run."""
    table = RouteTable()
    async with Stage(table).run_test(size=(80, 24)) as pilot:
        table.show(view_of(fake.in_trouble()))
        await pilot.press("end")
        table.set_matcher(parse_filter("re:[tokyo]{5}"))
        some = (routes_in_sight(table), title_of(table), table.selected)
        table.set_matcher(parse_filter("!"))
        faults = (routes_in_sight(table), title_of(table), table.selected)
        table.set_matcher(parse_filter("nowhere"))
        none = (lines_of(table)[1].strip(), table.selected)
        table.set_matcher(parse_filter(""))
        every = routes_in_sight(table)

    assert some == ([1], "Routes · filter: re:[tokyo]{5} (1 of 4) · sort: # ▲", 1)
    assert faults == ([1, 2], "Routes · only faults (2 of 4) · sort: # ▲", 1)
    assert none == ("filter: nowhere (0 of 4): nothing to show. esc clears the filter.", None)
    assert every == [0, 1, 2, 3]


async def test_chosen_columns_are_shown_and_those_without_room_are_named_in_the_border() -> None:
    """A column that is missing without a word looks like a choice that was not taken."""
    table = RouteTable()
    async with Stage(table).run_test(size=(80, 24)):
        table.show(many(5))
        automatic = table.visible_columns
        table.set_columns(("received", "index", "error", "path", "carrier"))
        chosen = (table.visible_columns, lines_of(table)[0].split(), title_of(table))
        table.set_columns(())
        again = (table.visible_columns, table.automatic_columns)

    assert chosen[0] == ("received", "index", "error", "path")
    assert chosen[1] == ["Recv", "#", "Last", "error", "Path"]
    assert chosen[2] == "Routes · sort: # ▲ · 1 column left out"
    assert again == (automatic, automatic)


async def test_what_is_not_of_now_says_so() -> None:
    """Figures of a minute ago must not be taken for the present."""
    table = RouteTable()
    async with Stage(table).run_test(size=(80, 24)):
        table.show(many(2))
        table.set_age("frozen")

    assert title_of(table) == "Routes · frozen · sort: # ▲"


async def test_a_number_beyond_the_columns_is_no_sort_key() -> None:
    """It is dimmed, so that pressing it says that nothing follows."""
    table = RouteTable()
    async with Stage(table).run_test(size=(80, 24)):
        table.show(view_of(fake.pumping()))
        there = len(table.visible_columns)

        assert table.check_action("sort", (there,))
        assert table.check_action("sort", (there + 1,)) is None
