"""Which time is shown: zooming and panning stay within the run, and following goes on by itself."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.tui.plot.sight import LAST_MINUTE_NS, SHORTEST_NS, Now, Sight, Window
from muxbw_tui.units import NS_PER_S

MINUTE = Sight(LAST_MINUTE_NS)
NOWS = st.builds(Now, st.integers(0, 10**15), st.booleans())
STEPS = st.lists(st.tuples(st.sampled_from(["zoom", "pan", "show"]), st.integers(-3, 3)), max_size=20)


def seconds(window: Window) -> tuple[float, float]:
    """Return a window in seconds."""
    return window.start_ns / NS_PER_S, window.end_ns / NS_PER_S


def at(elapsed_s: float, *, over: bool = False) -> Now:
    """Return how far a run has come."""
    return Now(round(elapsed_s * NS_PER_S), over)


@given(NOWS, STEPS, st.integers(1, 400))
def test_whatever_is_pressed_some_time_of_the_run_is_in_sight(
    now: Now, steps: list[tuple[str, int]], columns: int
) -> None:
    """An empty window that no key brings back would be the end of the plots."""
    sight = Sight()
    for kind, number in steps:
        if kind == "zoom":
            sight = sight.zoomed(number, now)
        elif kind == "pan":
            sight = sight.panned(number, now)
        else:
            sight = sight.showing(abs(number) * now.elapsed_ns // 3, now)
        window = sight.window(now, columns)
        assert window.start_ns >= 0
        assert window.length_ns >= SHORTEST_NS
        assert window.start_ns <= now.elapsed_ns


def test_the_whole_run_grows_in_steps_and_ends_exactly() -> None:
    """While it goes there is room to the right; when it is over there is none to waste."""
    assert [seconds(Sight().window(at(s), 100)) for s in (3, 12, 61)] == [(0, 10), (0, 12.5), (0, 75)]
    assert seconds(Sight().window(at(61.5, over=True), 100)) == (0, 61.5)


def test_the_last_minute_follows_by_whole_columns() -> None:
    """Edges between columns would let the curve change its shape at every tick."""
    windows = [MINUTE.window(at(100 + tenths / 10), 60) for tenths in range(20)]

    assert {window.length_ns for window in windows} == {LAST_MINUTE_NS}
    assert {seconds(window)[1] for window in windows} == {100, 101, 102}


def test_zooming_in_follows_a_live_run_and_centres_on_what_is_pointed_at() -> None:
    """The operator looks closer at the newest, or at where the line is."""
    assert Sight().zoomed(1, at(55)) == Sight(30 * NS_PER_S)
    assert seconds(Sight().zoomed(1, at(60, over=True)).window(at(60, over=True))) == (15, 45)
    pointed = Sight().zoomed(2, at(60, over=True), around_ns=50 * NS_PER_S)
    assert seconds(pointed.window(at(60))) == (42.5, 57.5)


def test_zooming_out_ends_at_the_whole_run() -> None:
    """There is nothing beyond it."""
    assert MINUTE.zoomed(-1, at(200)) == Sight(2 * LAST_MINUTE_NS)
    assert MINUTE.zoomed(-1, at(70)) == Sight()


def test_panning_to_the_end_of_a_live_run_follows_again() -> None:
    """A view that was moved stays; moved back, it goes on with the run."""
    earlier = MINUTE.panned(-1, at(100))

    assert seconds(earlier.window(at(200), 60)) == (25, 85)
    assert earlier.panned(1, at(100)) == MINUTE
    assert Sight().panned(-1, at(100)) == Sight()


def test_an_instant_out_of_sight_is_brought_into_it() -> None:
    """The event under the feed's cursor must be on the plots."""
    moved = MINUTE.showing(10 * NS_PER_S, at(200))

    assert seconds(moved.window(at(200), 60)) == (0, 60)
    assert MINUTE.showing(150 * NS_PER_S, at(200)) == MINUTE
