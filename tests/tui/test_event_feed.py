"""The feed follows at the end and stays put elsewhere."""

from __future__ import annotations

from datetime import UTC
from typing import TYPE_CHECKING

from muxbw_tui.run.filters import parse_filter
from muxbw_tui.run.reducer import mark_broken
from muxbw_tui.run.state import FEED_LIMIT, FeedEntry, RunState, Severity
from muxbw_tui.tui.feed_lines import clock_text, feed_spans
from muxbw_tui.tui.view import View
from muxbw_tui.tui.widgets.event_feed import EventFeed
from tests.run.happenings import after, at, done, paused, started
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
    assert str(feed.border_title) == "Events · following"


async def test_scrolled_up_it_stays_and_counts_what_is_new() -> None:
    """Reading an old entry must not be a race against new ones."""
    feed, state = EventFeed(), RunState()
    async with Stage(feed).run_test(size=(80, 12)) as pilot:
        feed.focus()
        await shown(pilot, feed, fed(state, 30))
        await pilot.press("pageup")
        before = await shown(pilot, feed, fed(state, 0))
        after = await shown(pilot, feed, fed(state, 3))
        title = str(feed.border_title)
        await pilot.press("end")
        at_end = await shown(pilot, feed, fed(state, 1))

    assert before == after
    assert title == "Events · 3 new below · end follows"
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
        numbers = await shown(pilot, feed, fed(RunState(), 40))

    assert numbers[-1] == "39"


async def test_a_line_that_is_cut_says_so() -> None:
    """Half a reason must not read like a whole one."""
    feed, state = EventFeed(), RunState()
    state.feed.append(FeedEntry(0, "route_failure", "x" * 200, Severity.FAULT, 1))
    state.feed_total = 1
    async with Stage(feed).run_test(size=(80, 12)) as pilot:
        line = (await shown(pilot, feed, View(state)))[0]

    assert line.endswith("x…")


class Listener(Stage):
    """A stage that keeps what the feed says."""

    def __init__(self, feed: EventFeed) -> None:
        super().__init__(feed)
        self.moves: list[int | None] = []
        self.asked_for_types = 0

    def on_event_feed_moved(self, message: EventFeed.Moved) -> None:
        self.moves.append(message.elapsed_ns)

    def on_event_feed_types_wanted(self) -> None:
        self.asked_for_types += 1


async def test_the_cursor_tells_the_instant_of_its_event() -> None:
    """The plots show it; below the last event the newest is followed again."""
    feed, state = EventFeed(), RunState()
    app = Listener(feed)
    async with app.run_test(size=(80, 12)) as pilot:
        feed.focus()
        await shown(pilot, feed, fed(state, 30))
        await pilot.press("up", "up", "down", "down")

    assert app.moves == [290_000_000, 280_000_000, 290_000_000, None]
    assert feed.following


async def test_the_cursor_stays_on_its_event_when_others_are_hidden() -> None:
    """A filter must not move the eye to something else without need."""
    feed, state = EventFeed(), RunState()
    async with Stage(feed).run_test(size=(80, 12)) as pilot:
        feed.focus()
        await shown(pilot, feed, fed(state, 30))
        await pilot.press("up", "up", "up")
        feed.set_matcher(parse_filter("re:entry 2[0-7]$"))
        numbers = await shown(pilot, feed, fed(state, 0))
        (marked,) = [line for line in lines_of(feed) if line.startswith("▌")]

    assert numbers[:8] == [str(number) for number in range(20, 28)]
    assert marked.endswith("entry 27")
    assert "22 left out" in str(feed.border_title)


async def test_faults_are_jumped_to_and_the_end_of_them_is_told() -> None:
    """From wherever the cursor is, and backwards from the newest."""
    feed, state = EventFeed(), RunState()
    async with Stage(feed).run_test(size=(80, 12)) as pilot:
        fed(state, 10)
        for number in (3, 7):
            state.feed[number] = FeedEntry(
                number * 10_000_000, "route_failure", f"fault {number}", Severity.FAULT
            )
        await shown(pilot, feed, View(state))
        found = [feed.move_to_fault(step) for step in (1, -1, -1, -1, 1, 1)]

    assert found == [False, True, True, False, True, False]


async def test_an_instant_from_the_plots_puts_the_cursor_there_and_is_not_told_back() -> None:
    """Else plots and events would answer each other for ever."""
    feed, state = EventFeed(), RunState()
    app = Listener(feed)
    async with app.run_test(size=(80, 12)) as pilot:
        await shown(pilot, feed, fed(state, 30))
        feed.move_to(155_000_000)
        await pilot.pause()
        (marked,) = [line for line in lines_of(feed) if line.startswith("▌")]

    assert marked.endswith("entry 15")
    assert app.moves == []


def two_runs() -> RunState:
    """Return the state after a recording of two runs, hours apart, each of which was paused 2 s after it began."""
    later_s = 40_000
    first = [started(run_id="a"), paused(2), done(3)]
    return after(*first, started(later_s, run_id="b"), paused(later_s + 2), done(later_s + 3))


async def test_times_are_of_the_day_when_asked_for() -> None:
    """To compare with the log of another host; each of several runs in a file had a day of its own."""
    feed = EventFeed()
    async with Stage(feed).run_test(size=(80, 12)) as pilot:
        feed.focus()
        await shown(pilot, feed, View(two_runs()))
        relative = [line.split()[0] for line in lines_of(feed)[:6]]
        await pilot.press("a")
        absolute = [line.split()[0] for line in lines_of(feed)[:6]]

    assert relative == ["+0:00.00", "+0:02.00", "+0:03.00"] * 2
    assert absolute == [clock_text(at(seconds)) for seconds in (0, 2, 3, 40_000, 40_002, 40_003)]


async def test_an_event_of_an_earlier_run_has_no_instant_on_the_plots() -> None:
    """They show the last run alone, and the line would stand where something else happened."""
    feed = EventFeed()
    app = Listener(feed)
    async with app.run_test(size=(80, 12)) as pilot:
        feed.focus()
        await shown(pilot, feed, View(two_runs()))
        await pilot.press("up", "up", "up", "up")

    assert app.moves == [3 * 10**9, 2 * 10**9, 0, None]


def test_the_time_of_a_run_of_days_is_whole() -> None:
    """A soak run's events a second apart looked as if they came at once."""
    seconds = {
        59: "+0:59.25",
        3_599: "+59:59.25",
        3_600: "+1:00:00",
        360_000 - 1: "+99:59:59",
        360_000: "+100:00:00",
    }
    for elapsed_s, text in seconds.items():
        entry = FeedEntry(elapsed_s * 10**9 + 250_000_000, "phase", "", Severity.PLAIN)
        assert feed_spans(entry, narrow=True)[1].text.rstrip() == text


def test_an_entry_from_before_the_first_event_has_no_time_of_day() -> None:
    """A stream that broke at once would seem to have done so in 1970."""
    state = RunState()
    mark_broken(state, "connection refused")

    assert feed_spans(state.feed[-1], narrow=True, absolute=True)[1].text.strip() == "?"


async def test_types_that_are_hidden_are_neither_shown_nor_forgotten() -> None:
    """Switched on again, they are all there."""
    feed, state = EventFeed(), RunState()
    app = Listener(feed)
    async with app.run_test(size=(80, 12)) as pilot:
        feed.focus()
        await pilot.press("f")
        fed(state, 3)
        feed.set_hidden_kinds(frozenset({"phase"}))
        hidden = await shown(pilot, feed, View(state))
        feed.set_hidden_kinds(frozenset())
        back = await shown(pilot, feed, View(state))

    assert app.asked_for_types == 1
    assert hidden[0] == "all."
    assert back[:3] == ["0", "1", "2"]


async def test_a_route_s_own_feed_has_only_its_events() -> None:
    """On the route's screen the others would be noise."""
    feed, state = EventFeed(route_index=1), RunState()
    for number, index in enumerate([0, 1, None, 1]):
        state.feed.append(FeedEntry(0, "route_failure", f"entry {number}", Severity.FAULT, index))
    state.feed_total = 4
    async with Stage(feed).run_test(size=(80, 12)) as pilot:
        numbers = await shown(pilot, feed, View(state))

    assert numbers[:3] == ["1", "3", ""]


def test_the_time_of_day_is_local_and_never_fails() -> None:
    """A server's clock may say anything."""
    assert clock_text(1_795_000_000_120_000_000, UTC) == "11:06:40.12"
    assert clock_text(2**62) != ""
    assert clock_text(-(2**62)) != ""
