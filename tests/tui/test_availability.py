"""Which actions are possible, and the sentence for each that is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from muxbw_tui.pb.muxbw_pb2 import RunEvent
from muxbw_tui.pb.ping_pb2 import MuxLegLifecycle
from muxbw_tui.sources.reconnect import Outage
from muxbw_tui.tui.availability import obstacles, why_not
from tests.fakes import source as fake
from tests.tui.stage import view_of

STOPPED_2 = RunEvent(timestamp_ns=fake.at(8), leg_lifecycle=MuxLegLifecycle(route_index=2, event="dropped"))
STOCK = "A stock visor does not do that."


def test_a_failed_and_a_stalled_route_can_be_restarted() -> None:
    """A route that carries nothing is worth restarting whether or not its deadline has fired."""
    view = view_of(fake.in_trouble())

    assert {"restart", "restart_elsewhere"}.isdisjoint(obstacles(view, 1))
    assert {"restart", "restart_elsewhere"}.isdisjoint(obstacles(view, 2))


def test_a_pumping_route_is_left_alone_and_the_reason_names_it() -> None:
    """`r` must say why there is nothing to restart."""
    reason = obstacles(view_of(fake.in_trouble()), 0)["restart"]

    assert reason == "R0 is pumping: only a failed, stalled or stopped route can be restarted."


def test_a_pumping_and_a_stalled_route_can_be_stopped_and_a_dead_one_cannot() -> None:
    """What does not run cannot be stopped."""
    view = view_of(fake.in_trouble())

    assert why_not("stop_route", view, 0) == ""
    assert why_not("stop_route", view, 2) == ""
    assert why_not("stop_route", view, 1) == "R1 has died: there is nothing to stop."


def test_only_a_stopped_route_can_join_again() -> None:
    """`X` is the way back from `x`; a failed route has `r`."""
    view = view_of([*fake.in_trouble(), STOPPED_2])

    assert why_not("rejoin_route", view, 2) == ""
    assert why_not("rejoin_route", view, 0) == "R0 is pumping: only a stopped route can join again."


@pytest.mark.parametrize("action", ["restart", "restart_failed", "restart_elsewhere", "rejoin_route"])
def test_what_a_source_cannot_restart_is_said_in_its_own_words(action: str) -> None:
    """On a stock visor the answer is to run the whole test again, and the source knows that."""
    view = view_of(fake.in_trouble(), cannot_restart=STOCK)

    assert obstacles(view, 1)[action] == STOCK


@pytest.mark.parametrize("action", ["stop_route", "pause"])
def test_what_a_source_cannot_control_is_said_in_its_own_words(action: str) -> None:
    """Stopping and pausing are another thing than restarting: a server may have one of them."""
    view = replace(view_of(fake.in_trouble()), cannot_control=STOCK)

    assert obstacles(view, 0)[action] == STOCK
    assert "restart" not in obstacles(view, 1)


def test_without_a_failed_route_there_is_nothing_for_all_failed() -> None:
    """A stalled route alone has not failed."""
    assert "restart_failed" in obstacles(view_of(fake.pumping()), 0)
    assert "restart_failed" not in obstacles(view_of(fake.in_trouble()), 0)


def test_traffic_can_be_paused_while_the_pump_goes_and_go_on_again() -> None:
    """Before the pump there is nothing to pause, and what is paused must not stay so."""
    pumping = view_of(fake.pumping())
    paused = view_of(fake.pumping())
    paused.state.paused, paused.state.phase = True, "paused"

    assert "pause" in obstacles(view_of(fake.set_up()[:3]), 0)
    assert "pause" not in obstacles(pumping, 0)
    assert "pause" not in obstacles(paused, 0)


@pytest.mark.parametrize("action", ["restart", "restart_failed", "stop_route", "pause"])
def test_while_the_connection_is_lost_nothing_can_be_asked_of_the_run(action: str) -> None:
    """A key that seems to work and reaches nobody is worse than none."""
    view = replace(view_of(fake.in_trouble()), outage=Outage("gone", 1, 1, 0, None))

    assert obstacles(view, 1)[action].startswith("The connection is lost")


@pytest.mark.parametrize("action", ["restart", "restart_failed", "stop_route", "pause", "rejoin_route"])
def test_after_the_run_nothing_can_be_asked_of_it(action: str) -> None:
    """The way on is another run."""
    assert "n starts it again" in obstacles(view_of([*fake.in_trouble(), fake.done(9)]), 1)[action]


def test_the_same_run_can_be_started_again_at_any_time() -> None:
    """Whether one that goes on may be ended is asked then."""
    assert "new_run" not in obstacles(view_of(fake.pumping()), 0)
    assert "change_run" not in obstacles(view_of([*fake.pumping(), fake.done(9)]), 0)


def test_a_recording_has_no_engine_to_start() -> None:
    """What is replayed cannot be run again."""
    view = replace(view_of([*fake.pumping(), fake.done(9)]), live=False)

    assert "recording" in obstacles(view, 0)["new_run"]
    assert "recording" in obstacles(view, 0)["change_run"]


def test_a_frozen_view_can_always_be_let_go() -> None:
    """A run that ends while the view is frozen must not leave it frozen for good."""
    over = view_of([*fake.pumping(), fake.done(9)])

    assert "freeze" in obstacles(over, 0)
    assert "freeze" not in obstacles(replace(over, frozen=True), 0)


def test_without_a_route_there_is_nothing_to_look_at_or_to_copy() -> None:
    """Before the first event the table is empty."""
    blocked = obstacles(view_of([], routes=0), None)

    assert {"open_route", "copy", "restart"} <= blocked.keys()
