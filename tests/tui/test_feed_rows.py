"""Which entries the feed shows, by number, over filters and over what drops out of the run's bounded feed."""

from __future__ import annotations

from collections import deque

from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.run.state import FeedEntry, RunState, Severity
from muxbw_tui.tui.feed_rows import FeedRows, kinds_in

KEPT = 20


def feed(state: RunState, *kinds: str) -> RunState:
    """Append an entry of each kind to a short feed, a second apart."""
    if state.feed.maxlen != KEPT:
        state.feed = deque(maxlen=KEPT)
    for kind in kinds:
        severity = Severity.FAULT if kind == "fault" else Severity.PLAIN
        state.feed.append(FeedEntry(state.feed_total * 10**9, kind, f"entry {state.feed_total}", severity))
        state.feed_total += 1
    return state


def numbers(rows: FeedRows) -> list[int]:
    """Return the numbers of the rows that are shown."""
    return [rows[at].number for at in range(len(rows))]


def test_rows_keep_their_numbers_when_the_oldest_drop_out() -> None:
    """A cursor that is a position would slide to another event."""
    rows, state = FeedRows(), feed(RunState(), *["a"] * KEPT)

    assert rows.take(state) == 0
    assert rows.take(feed(state, "a", "a", "a")) == 3
    assert numbers(rows) == list(range(3, KEPT + 3))
    assert rows.position_of(5) == 2


def test_hidden_types_are_left_out_and_counted() -> None:
    """What is not shown must still be known to be there."""
    rows, state = FeedRows(), feed(RunState(), "a", "b", "a", "c")
    rows.filter(state, None, frozenset({"a"}))

    assert numbers(rows) == [1, 3]
    assert rows.left_out == 2
    rows.take(feed(state, "a", "b"))
    assert numbers(rows) == [1, 3, 5]


def test_a_filter_applies_to_what_came_before_and_after() -> None:
    """Typing a filter is looking back as much as waiting."""
    rows, state = FeedRows(), feed(RunState(), "a", "b")
    rows.filter(state, lambda entry: entry.text.endswith(("1", "3")), frozenset())
    rows.take(feed(state, "a", "a"))

    assert numbers(rows) == [1, 3]


def test_an_instant_finds_the_last_entry_before_it() -> None:
    """The line on the plots seldom stands on an event."""
    rows, state = FeedRows(), feed(RunState(), "a", "b", "c")
    rows.take(state)

    assert [rows.position_at(round(at * 1e9), 0) for at in (-1, 0, 1.5, 99)] == [0, 0, 1, 2]


def test_an_instant_is_looked_for_in_the_run_that_is_shown() -> None:
    """Runs of one file each begin at 0, and may have been put together in any order."""
    rows, state = FeedRows(), RunState()
    for began_ns, elapsed_ns in ((20, 0), (20, 5), (20, 90), (10, 0), (10, 5), (10, 10)):
        state.feed.append(FeedEntry(elapsed_ns, "a", "", Severity.PLAIN, began_ns=began_ns))
        state.feed_total += 1
    rows.take(state)

    assert [rows.position_at(elapsed_ns, 10) for elapsed_ns in (0, 7, 99)] == [3, 4, 5]


def test_faults_are_found_in_both_directions() -> None:
    """From one to the next, and none beyond the last."""
    rows, state = FeedRows(), feed(RunState(), "a", "fault", "b", "fault", "c")
    rows.take(state)

    assert [rows.fault_from(number, 1) for number in (0, 1, 2, 3)] == [1, 3, 3, None]
    assert [rows.fault_from(number, -1) for number in (5, 3, 2, 1)] == [3, 1, 1, None]


def test_another_run_begins_anew() -> None:
    """Its numbers begin at 0 again, also where it has had more to say than the one before when it is first seen."""
    rows = FeedRows()
    for kinds in ("abc", "x", "vwxyz"):
        rows.take(feed(RunState(), *kinds))

        assert numbers(rows) == list(range(len(kinds)))
        assert rows[0].entry.kind == kinds[0]


def test_types_come_with_how_many_there_are() -> None:
    """The choice of types shows them, the most frequent first."""
    assert kinds_in(feed(RunState(), "a", "b", "b")) == {"b": 2, "a": 1}


def test_the_kinds_of_one_route_are_counted_by_themselves() -> None:
    """On a route's own screen the choice offers what stands there."""
    state = RunState()
    for kind, route_index in (("a", 0), ("a", 1), ("b", 1), ("c", None)):
        state.feed.append(FeedEntry(0, kind, "", Severity.PLAIN, route_index))

    assert kinds_in(state, 1) == {"a": 1, "b": 1}


@given(st.lists(st.sampled_from(["feed", "burst", "hide", "show"]), max_size=30))
def test_rows_are_what_the_feed_holds_and_nothing_else(steps: list[str]) -> None:
    """However entries come and filters change between them."""
    rows, state = FeedRows(), feed(RunState())
    for step in steps:
        match step:
            case "feed":
                feed(state, "a", "b")
            case "burst":
                feed(state, *["a", "b"] * KEPT)
            case "hide":
                rows.filter(state, None, frozenset({"a"}))
            case _:
                rows.filter(state, None, frozenset())
        rows.take(state)
    first = state.feed_total - len(state.feed)
    held = [number for number, entry in enumerate(state.feed, first) if entry.kind not in rows.hidden_kinds]

    assert numbers(rows) == held
    assert rows.left_out == len(state.feed) - len(held)
