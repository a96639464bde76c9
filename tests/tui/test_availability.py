"""Which actions are possible, and the sentence for each that is not."""

from __future__ import annotations

from dataclasses import replace

from muxbw_tui.pb.muxbw_pb2 import NotRestarted, RestartRoutesReply
from muxbw_tui.tui.availability import obstacles, restart_answer
from tests.fakes import source as fake
from tests.tui.stage import view_of


def test_a_failed_and_a_stalled_route_can_be_restarted() -> None:
    """A route that carries nothing is worth restarting whether or not its deadline has fired."""
    view = view_of(fake.in_trouble())

    assert "restart" not in obstacles(view, 1)
    assert "restart" not in obstacles(view, 2)


def test_a_pumping_route_is_left_alone_and_the_reason_names_it() -> None:
    """`r` must say why there is nothing to restart."""
    reason = obstacles(view_of(fake.in_trouble()), 0)["restart"]

    assert reason == "R0 is pumping: only a failed or stalled route can be restarted."


def test_what_the_source_cannot_do_is_said_in_its_own_words() -> None:
    """On a stock visor the answer is to run the whole test again, and the source knows that."""
    sentence = "A stock visor restarts no route."
    reasons = obstacles(view_of(fake.in_trouble(), cannot_restart=sentence), 1)

    assert reasons["restart"] == sentence
    assert reasons["restart_failed"] == sentence


def test_without_a_failed_route_there_is_nothing_for_all_failed() -> None:
    """A stalled route alone has not failed."""
    assert "restart_failed" in obstacles(view_of(fake.pumping()), 0)
    assert "restart_failed" not in obstacles(view_of(fake.in_trouble()), 0)


def test_a_new_run_starts_only_when_the_old_one_is_over() -> None:
    """Two runs at once would measure each other."""
    assert "new_run" in obstacles(view_of(fake.pumping()), 0)
    assert "new_run" not in obstacles(view_of([*fake.pumping(), fake.done(9)]), 0)


def test_a_recording_has_no_engine_to_start() -> None:
    """What is replayed cannot be run again."""
    view = replace(view_of([*fake.pumping(), fake.done(9)]), live=False)

    assert "recording" in obstacles(view, 0)["new_run"]


def test_a_frozen_view_can_always_be_let_go() -> None:
    """A run that ends while the view is frozen must not leave it frozen for good."""
    over = view_of([*fake.pumping(), fake.done(9)])

    assert "freeze" in obstacles(over, 0)
    assert "freeze" not in obstacles(replace(over, frozen=True), 0)


def test_the_servers_reasons_for_not_restarting_are_passed_on() -> None:
    """The server decides last; between the key and its answer the route may have changed."""
    reply = RestartRoutesReply(
        restarting=[1, 4], not_restarted=[NotRestarted(route_index=2, reason="it is pumping")]
    )

    text, all_begun = restart_answer(reply)

    assert text == "Restarting R1, R4. R2 is left as it is: it is pumping."
    assert not all_begun


def test_routes_that_are_left_for_one_reason_share_a_sentence() -> None:
    """Sixty sentences that say the same are read by nobody."""
    left = [NotRestarted(route_index=index, reason="the run is over") for index in (1, *range(4, 64))]
    reply = RestartRoutesReply(restarting=[0, 2, 3], not_restarted=left)

    text, _all_begun = restart_answer(reply)

    assert text == "Restarting R0, R2, R3. R1, R4 to R63 are left as they are: the run is over."


def test_a_reply_without_routes_is_no_silence() -> None:
    """Restarting all failed routes when none is left must still be answered."""
    assert restart_answer(RestartRoutesReply()) == ("No route had to be restarted.", True)
