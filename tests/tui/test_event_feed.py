"""The feed follows at the end and stays put elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from muxbw_tui.run.state import FEED_LIMIT, FeedEntry, RunState, Severity
from muxbw_tui.tui.view import View
from muxbw_tui.tui.widgets.event_feed import EventFeed
from tests.tui.stage import Stage, lines_of

if TYPE_CHECKING:
    from textual.pilot import Pilot


def fed(state: RunState, count: int) -> View:
    """Return the view of a state that has been fed `count` numbered entries more."""
    for number in range(state.feed_total, state.feed_total + count):
        state.feed.append(FeedEntry(number * 10_000_000, "phase", f"entry {number}", Severity.PLAIN))
        state.feed_total += 1
    return View(state)


async def shown(pilot: Pilot[None], feed: EventFeed, view: View) -> list[str]:
    """Return what the feed shows of a view: the numbers of the entries."""
    feed.show(view)
    await pilot.pause()
    return [line.split()[-1] if line else "" for line in lines_of(feed)]


async def test_the_newest_entry_is_at_the_bottom() -> None:
    """What happened last is what an operator looks for."""
    feed, state = EventFeed(), RunState()
    async with Stage(feed).run_test(size=(80, 12)) as pilot:
        await shown(pilot, feed, fed(state, 30))
        numbers = await shown(pilot, feed, fed(state, 5))

    assert numbers[-1] == "34"
    assert feed.border_subtitle == "following"


async def test_scrolled_up_it_stays_and_counts_what_is_new() -> None:
    """Reading an old entry must not be a race against new ones."""
    feed, state = EventFeed(), RunState()
    async with Stage(feed).run_test(size=(80, 12)) as pilot:
        feed.focus()
        await shown(pilot, feed, fed(state, 30))
        await pilot.press("pageup")
        before = await shown(pilot, feed, fed(state, 0))
        after = await shown(pilot, feed, fed(state, 3))
        subtitle = feed.border_subtitle
        await pilot.press("end")
        at_end = await shown(pilot, feed, fed(state, 1))

    assert before == after
    assert subtitle == "3 new below · end follows"
    assert at_end[-1] == "33"


async def test_lines_being_read_stay_when_the_oldest_drop_out() -> None:
    """The feed keeps the last 5,000; what drops out at the top must not pull the text from under the eye."""
    feed, state = EventFeed(), RunState()
    async with Stage(feed).run_test(size=(80, 12)) as pilot:
        feed.focus()
        await shown(pilot, feed, fed(state, FEED_LIMIT))
        await pilot.press("pageup")
        before = await shown(pilot, feed, fed(state, 0))
        after = await shown(pilot, feed, fed(state, 100))

    assert before == after


async def test_another_run_is_followed_from_its_start() -> None:
    """A new run must not hide behind where the old one had been scrolled to."""
    feed = EventFeed()
    async with Stage(feed).run_test(size=(80, 12)) as pilot:
        feed.focus()
        await shown(pilot, feed, fed(RunState(), 30))
        await pilot.press("home")
        await shown(pilot, feed, View(RunState()))
        numbers = await shown(pilot, feed, fed(RunState(), 20))

    assert numbers[-1] == "19"


async def test_a_line_that_is_cut_says_so() -> None:
    """Half a reason must not read like a whole one."""
    feed, state = EventFeed(), RunState()
    state.feed.append(FeedEntry(0, "route_failure", "x" * 200, Severity.FAULT, 1))
    state.feed_total = 1
    async with Stage(feed).run_test(size=(80, 12)) as pilot:
        line = (await shown(pilot, feed, View(state)))[0]

    assert line.endswith("x…")
