"""A filter decides what an operator does not see: it must hide nothing that matches what is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.errors import FilterError
from muxbw_tui.run.filters import parse_filter
from tests.run.happenings import (
    KEYS,
    MIB,
    after,
    apply_all,
    asked,
    established,
    failure,
    phase,
    restarting,
    sample,
    setup_failed,
    started,
)
from tests.run.happenings import leg as of_leg
from tests.strategies import run_events

if TYPE_CHECKING:
    from muxbw_tui.pb.muxbw_pb2 import RunEvent
    from muxbw_tui.run.state import RunState


def a_run() -> RunState:
    """Return a run of four routes: one by osaka that pumps, one that died, one set up again, one without a path."""
    return after(
        started(0, routes=4),
        established(0.5, 0, path=("here", "osaka", "there")),
        established(0.5, 1, path=("here", "tokyo", "there")),
        established(0.5, 2, path=("here", "lima", "there")),
        setup_failed(0.6, 3, "no [further] path\x1b[31m exists"),
        phase(1, "pump"),
        sample(2, of_leg(0, MIB), of_leg(1, MIB), of_leg(2, MIB)),
        failure(3, 1, MIB, "read echo: connection reset by peer"),
        failure(3, 2, MIB, "read echo: i/o timeout"),
        restarting(4, 2, 2),
    )


def shown(text: str) -> list[int]:
    """Return the routes of the run that a filter shows."""
    state, matcher = a_run(), parse_filter(text)
    return [index for index, route in state.routes.items() if matcher.matches_route(route, state)]


@pytest.mark.parametrize(
    ("text", "indexes"),
    [
        ("", [0, 1, 2, 3]),
        ("   ", [0, 1, 2, 3]),
        ("tokyo", [1]),
        ("TOKYO", [1]),
        (KEYS["osaka"][-6:], [0]),
        ("R2", [2]),
        ("pumping", [0]),
        ("died", [1]),
        ("reset by peer", [1]),
        ("[further]", [3]),
        ("stcpr", [0, 1, 2]),
        ("!tokyo", [0, 2, 3]),
        ("! tokyo", [0, 2, 3]),
        ("!", [1, 2, 3]),
        ("!!", [0]),
        ("re:tok.o|lima", [1, 2]),
        ("!re:tok.o|lima", [0, 3]),
        ("re:^R[01]$", [0, 1]),
        ("re:", [0, 1, 2, 3]),
        ("nowhere", []),
    ],
)
def test_a_filter_shows_the_rows_that_say_what_was_typed(text: str, indexes: list[int]) -> None:
    """Number, state, path by names and keys, carrier and error: whatever the row says."""
    assert shown(text) == indexes


def test_what_is_no_expression_says_why() -> None:
    """It is shown while the operator types."""
    with pytest.raises(FilterError, match=r"no regular expression: .*unterminated"):
        parse_filter("re:tok(")


def test_a_bracket_in_plain_text_is_a_bracket() -> None:
    """Errors are full of them."""
    assert parse_filter("[::1]:3435").pattern is not None


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("!", ["route_established", "route_failure", "route_failure"]),
        ("restarting", ["restarting"]),
        ("tokyo", ["route_established", "route_failure"]),
        ("!re:route|plan|run|phase", ["restarting"]),
    ],
)
def test_events_are_filtered_by_their_line_and_the_path_of_their_route(text: str, kinds: list[str]) -> None:
    """Who looks for tokyo wants to know what became of the route through it, which its failure does not name."""
    state, matcher = a_run(), parse_filter(text)

    found = [entry.kind for entry in state.feed if matcher.matches_entry(entry, state)]

    assert found == kinds


@given(st.text(max_size=30))
def test_whatever_is_typed_is_a_filter_or_an_error_of_ours(text: str) -> None:
    """It is parsed at every key."""
    try:
        matcher = parse_filter(text)
    except FilterError:
        return
    state = a_run()
    shown = {matcher.matches_route(route, state) for route in state.routes.values()}

    assert shown <= {True, False}
    assert matcher.text in {text.strip(), ""}


@given(st.lists(run_events(), max_size=6), st.sampled_from(["tokyo", "!", "re:.", "!re:."]))
def test_a_filter_and_its_inverse_share_the_rows(events: list[RunEvent], text: str) -> None:
    """No row may be in neither, whatever the server sent."""
    state = apply_all(asked(2), events)
    one, other = parse_filter(text), parse_filter("!" + text)

    for route in state.routes.values():
        assert one.matches_route(route, state) is not other.matches_route(route, state)
