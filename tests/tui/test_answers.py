"""What a server made of a request, in a sentence that an operator understands."""

from __future__ import annotations

from muxbw_tui.pb.muxbw_pb2 import NotRestarted, NotStopped, RestartRoutesReply, StopRoutesReply
from muxbw_tui.tui.answers import restart_answer, stop_answer


def test_routes_that_are_restarted_are_named_in_ranges() -> None:
    """A sentence that lists sixty routes is read by nobody."""
    assert restart_answer(RestartRoutesReply(restarting=[1, *range(4, 64)])) == (
        "Restarting R1, R4 to R63.",
        True,
    )


def test_routes_that_are_left_are_named_with_the_reason_they_share() -> None:
    """What was not done is the part that needs a second look."""
    left = [NotRestarted(route_index=index, reason="it is pumping") for index in (2, 0)]
    left.append(NotRestarted(route_index=3, reason="its set-up is under way (attempt 2)"))
    reply = RestartRoutesReply(restarting=[1], not_restarted=left)

    text, all_begun = restart_answer(reply)

    assert not all_begun
    assert text == (
        "Restarting R1. R0, R2 are left as they are: it is pumping. "
        "R3 is left as it is: its set-up is under way (attempt 2)."
    )


def test_nothing_to_restart_is_said() -> None:
    """An empty answer looks like a dead key."""
    assert restart_answer(RestartRoutesReply()) == ("No route had to be restarted.", True)


def test_a_stopped_route_is_told_with_the_way_back() -> None:
    """Whoever stops the wrong one looks for the way back in the next second."""
    assert stop_answer(StopRoutesReply(stopped=[2]), rejoin_key="X") == (
        "Stopped R2; X lets it join again.",
        True,
    )
    left = StopRoutesReply(not_stopped=[NotStopped(route_index=1, reason="it is stopped already")])
    assert stop_answer(left, rejoin_key="X") == ("R1 is left as it is: it is stopped already.", False)
    assert stop_answer(StopRoutesReply(), rejoin_key="X") == ("No route had to be stopped.", True)
