"""A view that is frozen shows one instant, whatever comes after it."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

from hypothesis import example, given
from hypothesis import strategies as st

from muxbw_tui.tui.view import still
from tests.run.happenings import after, asked, started
from tests.strategies import run_events

if TYPE_CHECKING:
    from muxbw_tui.pb.muxbw_pb2 import RunEvent
    from muxbw_tui.run.state import RunState


@given(st.lists(run_events(), max_size=10), st.lists(run_events(), max_size=10))
@example([], [started(routes=5)])
def test_later_events_leave_a_copy_alone(before: list[RunEvent], later: list[RunEvent]) -> None:
    """A snapshot is written while the run goes on, and its request was changed under it."""
    state = after(*before, state=asked())
    copy = still(state)
    known = _told(copy)
    after(*later, state=state)

    assert _told(copy) == known


def _told(state: RunState) -> dict[str, str]:
    """Return what a state says, as text, since NaN is not even itself; series have such a test in their own room."""
    return {field.name: repr(getattr(state, field.name)) for field in fields(state) if field.name != "series"}
