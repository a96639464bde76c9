"""Rows that jump under the cursor restart the wrong route: order, filter and cursor as plain data."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.run.filters import parse_filter
from muxbw_tui.run.state import RouteState, RouteStatus, RunState
from muxbw_tui.tui.route_order import Line, Lines, RouteOrder, nearest

PUMPING, DIED = RouteStatus.PUMPING, RouteStatus.DIED


def a_state(*rates: float) -> RunState:
    """Return a run whose routes pump at these rates."""
    routes = {index: RouteState(index, PUMPING, recv_bps=rate) for index, rate in enumerate(rates)}
    return RunState(routes=routes, has_legs=True)


def an_order(state: RunState, *, sort: str = "receive_rate") -> RouteOrder:
    """Return the rows of a run, sorted with the largest first."""
    order = RouteOrder()
    order.sort_by(sort, descending=True)
    order.take(state)
    return order


def test_values_move_rows_only_when_they_settle() -> None:
    """Rows that change places ten times a second cannot be read."""
    state = a_state(1, 2, 3)
    order = an_order(state)
    state.routes[0].recv_bps, state.routes[1].status = 9, RouteStatus.STALLED
    order.take(state)
    before = order.shown
    order.settle()

    assert before == [2, 1, 0]
    assert order.shown == [0, 2, 1]


def test_a_fault_comes_and_goes_at_once_and_moves_no_other_row() -> None:
    """Whoever looks at faults alone must not wait for one."""
    state = a_state(1, 2, 3)
    state.routes[1].status = DIED
    order = an_order(state)
    order.use(parse_filter("!"))
    alone = order.shown
    state.routes[2].status = DIED
    order.take(state)
    both = order.shown
    state.routes[1].status = PUMPING
    order.take(state)

    assert (alone, both, order.shown) == ([1], [1, 2], [2])


def test_a_reason_stays_under_its_row_wherever_that_goes() -> None:
    """Under another row it would accuse the wrong route."""
    state = a_state(1, 2, 3)
    state.routes[1].status = RouteStatus.STALLED
    order = an_order(state)
    descending = order.now.lines
    order.sort_by("receive_rate", descending=False)

    assert descending == (Line(2), Line(1), Line(1, is_reason=True), Line(0))
    assert order.now.lines == (Line(0), Line(1), Line(1, is_reason=True), Line(2))


def test_the_cursor_follows_its_route() -> None:
    """`r` must restart the route that was chosen."""
    state = a_state(1, 2, 3)
    order = an_order(state)
    order.select(1)
    order.sort_by("index", descending=True)

    assert order.selected == 1
    assert order.now.cursor == 1
    assert (order.neighbour(1), order.neighbour(-1), order.neighbour(99)) == (0, 2, 0)


def test_a_cursor_whose_row_is_filtered_out_goes_to_the_nearest() -> None:
    """It must never be on a route that nobody sees."""
    state = a_state(5, 4, 3, 2, 1)
    order = an_order(state)
    order.select(2)
    order.use(parse_filter("re:^R[04]$"))
    below = order.selected
    order.use(parse_filter("nowhere"))
    nowhere = order.selected
    order.use(parse_filter(""))

    assert (below, nowhere, order.selected) == (4, None, 0)


def test_the_nearest_is_the_next_below_else_above() -> None:
    """Down is where one reads on."""
    assert nearest([1, 2, 3, 4], [1, 4], 2) == 4
    assert nearest([1, 2, 3, 4], [1, 2], 4) == 2
    assert nearest([], [7], None) == 7
    assert nearest([1], [], 1) is None


def test_the_row_under_the_cursor_stays_on_its_line_of_the_screen() -> None:
    """Others are sorted around it; the eye need not look for it."""
    before = Lines(tuple(map(Line, range(100))), cursor=50)
    now = Lines(tuple(map(Line, reversed(range(100)))), cursor=49)

    assert now.top_after(before, 45, 10) == 44


def test_the_topmost_row_stays_when_the_cursor_is_out_of_sight() -> None:
    """Somebody who has scrolled away is reading there."""
    before = Lines((Line(0), Line(1), Line(2), Line(3)), cursor=0)
    now = Lines((Line(0), Line(1), Line(1, is_reason=True), Line(2), Line(3)), cursor=0)

    assert now.top_after(before, 2, 2) == 3
    assert Lines((Line(0),), cursor=0).top_after(before, 2, 2) == 2


@given(
    st.lists(st.tuples(st.sampled_from(["", "!", "R1", "!R1"]), st.sampled_from(["index", "receive_rate"]))),
    st.lists(st.sampled_from(list(RouteStatus)), min_size=1, max_size=6),
)
def test_the_cursor_is_always_on_a_row_that_is_shown(
    steps: list[tuple[str, str]], statuses: list[RouteStatus]
) -> None:
    """Whatever is filtered and sorted while routes fail and recover."""
    state = a_state(*range(len(statuses)))
    order = an_order(state)
    for step, (text, sort) in enumerate(steps):
        state.routes[step % len(statuses)].status = statuses[step % len(statuses)]
        order.take(state)
        order.use(parse_filter(text))
        order.sort_by(sort, descending=bool(step % 2))

        if order.selected is None:
            assert (order.shown, order.now.cursor) == ([], None)
        else:
            assert order.selected in order.shown
            assert order.now.cursor == order.now.lines.index(Line(order.selected))
