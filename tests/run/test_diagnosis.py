"""When each diagnosis speaks, what it rests on, and when it keeps silent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.pb.muxbw_pb2 import Limits, RunEvent
from muxbw_tui.run.diagnosis import Diagnosis, diagnose
from muxbw_tui.run.reducer import apply
from muxbw_tui.run.state import RunState, Severity
from tests.run.happenings import (
    MIB,
    after,
    at,
    done,
    established,
    failure,
    leg,
    paused,
    phase,
    plan,
    restarting,
    sample,
    setup_failed,
    started,
)
from tests.run.happenings import hops as path
from tests.strategies import run_events

if TYPE_CHECKING:
    from collections.abc import Sequence

    from muxbw_tui.pb.ping_pb2 import RouteHop

OSAKA = ("here", "osaka", "there")
TOKYO = ("here", "tokyo", "there")
LIMA = ("here", "lima", "there")
BOTH = ("here", "osaka", "tokyo", "there")
OTHER_BOTH = ("here", "lima", "osaka", "there")


def pumping(*paths: Sequence[str]) -> RunState:
    """Return a run of ours whose routes, along these nodes, have each carried 1 MiB by 2 s."""
    routes: dict[int, list[RouteHop]] = {index: path(*nodes) for index, nodes in enumerate(paths)}
    up = [established(0.5, index, path=tuple(nodes)) for index, nodes in enumerate(paths)]
    legs = [leg(index, MIB, rate_bps=8e6) for index in routes]
    begun = [started(routes=len(paths)), plan(0.1, routes), *up, phase(1, "pump", planned_s=30)]
    return after(*begun, sample(2, *legs))


def limited(index: int, kind: str, *, window: int = 1) -> RunEvent:
    """Return what holds a route back."""
    return RunEvent(timestamp_ns=at(2.5), limits=Limits(kind=kind, route_index=index, window=window))


def kinds(state: RunState) -> list[str]:
    """Return the kinds of what is diagnosed."""
    return [diagnosis.kind for diagnosis in diagnose(state)]


def only(state: RunState) -> Diagnosis:
    """Return the one diagnosis that there is."""
    (diagnosis,) = diagnose(state)
    return diagnosis


def test_nothing_is_said_of_a_run_that_goes_well() -> None:
    """A pane that always says something is not read when it matters."""
    state = pumping(OSAKA, TOKYO)

    assert diagnose(state) == []
    assert diagnose(after(done(32, carried=2 * MIB, routes=2), state=state)) == []
    assert diagnose(RunState()) == []


def test_routes_that_died_together_point_at_the_one_relay_that_they_share() -> None:
    """Two faults at one instant are seldom two causes."""
    state = after(failure(3, 0, MIB), failure(3.4, 1, MIB), state=pumping(BOTH, OTHER_BOTH, LIMA))
    found = only(state)

    assert found.text == "R0 and R1 died within 0.4 s and share no relay but osaka"
    assert found.route_indexes == (0, 1)
    assert found.severity is Severity.FAULT


def test_a_relay_that_a_carrying_route_uses_is_not_accused() -> None:
    """It is seen to work."""
    state = after(failure(3, 0, MIB), failure(3.4, 1, MIB), state=pumping(BOTH, OTHER_BOTH, OSAKA))

    assert kinds(state) == ["died", "died"]


def test_routes_that_died_at_different_times_are_not_taken_together() -> None:
    """Then sharing a relay says little."""
    state = after(failure(3, 0, MIB), failure(4.5, 1, MIB), state=pumping(BOTH, OTHER_BOTH, LIMA))

    assert kinds(state) == ["died", "died"]


def test_a_route_that_died_alone_is_laid_at_its_own_path() -> None:
    """The others go on, and they share both ends with it."""
    state = after(failure(3, 1, MIB), state=pumping(OSAKA, TOKYO, LIMA))

    assert only(state).text == (
        "R1 died after 1.00 MiB: tokyo or a link of it (read echo: reset); the others go on, so neither end is at fault"
    )


def test_the_ends_are_cleared_only_by_a_route_that_goes_on() -> None:
    """With nothing that carries, an end may be at fault as well."""
    state = after(failure(3, 0, MIB), failure(9, 1, MIB), state=pumping(OSAKA, TOKYO))

    assert [found.kind for found in diagnose(state)] == ["died", "died"]
    assert not any("neither end" in found.text for found in diagnose(state))


def test_all_routes_that_died_at_once_point_at_what_all_share() -> None:
    """Disjoint paths have but their ends in common."""
    state = after(failure(3, 0, MIB), failure(3.3, 1, MIB), state=pumping(OSAKA, TOKYO))

    assert only(state).text == "all 2 routes died within 0.3 s: the source's uplink, or the target"


def test_all_routes_that_stalled_at_once_point_at_what_all_share() -> None:
    """Before any deadline has come."""
    state = pumping(OSAKA, TOKYO)
    legs = (leg(0, MIB), leg(1, MIB))
    after(sample(3, *legs), sample(5.1, *legs), state=state)

    assert only(state).text == "all 2 routes stalled at once: the source's uplink, or the target"


def test_routes_that_stalled_one_after_another_are_told_one_by_one() -> None:
    """A common cause would have met them together."""
    state = pumping(OSAKA, TOKYO)
    after(sample(5, leg(0, MIB), leg(1, 2 * MIB)), sample(8.1, leg(0, MIB), leg(1, 2 * MIB)), state=state)

    assert kinds(state) == ["stalled", "stalled"]


def test_a_stalled_route_says_when_it_will_fail() -> None:
    """So that an operator knows whether to wait."""
    state = pumping(OSAKA, TOKYO)
    state.request.io_timeout_ns = 10_000_000_000
    after(sample(6, leg(0, MIB), leg(1, 2 * MIB, rate_bps=8e6)), state=state)

    assert only(state).text == (
        "R0 carries nothing for 4 s: osaka or a link of it, its deadline is in 6 s; "
        "R1 goes on, so neither end is at fault"
    )


def test_nothing_has_stalled_while_the_traffic_is_paused() -> None:
    """The operator knows why no byte comes."""
    state = after(paused(2.5), sample(9, leg(0, MIB), leg(1, MIB)), state=pumping(OSAKA, TOKYO))

    assert diagnose(state) == []


def test_the_deadline_of_a_stock_server_is_not_guessed() -> None:
    """It tells neither its request nor its time-outs."""
    state = after(
        established(0.5, 0, path=OSAKA), sample(2, leg(0, MIB, rate_bps=8e6)), sample(5.1, leg(0, MIB))
    )

    assert only(state).text == "R0 carries nothing for 3 s: 0200…00a1 or a link of it"


def test_a_route_that_is_up_without_a_byte_points_at_its_rules() -> None:
    """Before it has failed, and after."""
    carries = leg(0, MIB, rate_bps=8e6)
    state = after(established(0.5, 2, path=LIMA), state=pumping(OSAKA, TOKYO))
    legs = (leg(1, 3 * MIB, rate_bps=8e6), leg(2, 0))
    after(sample(2.5, carries, *legs), state=state)
    after(sample(6, leg(0, 3 * MIB, rate_bps=8e6), leg(1, 5 * MIB, rate_bps=8e6), leg(2, 0)), state=state)
    text = "R2 established, no byte in 3 s: rules not propagated at lima; the others go on, so neither end is at fault"

    assert only(state).text == text
    after(failure(31, 2, 0), state=state)
    assert only(state).text.startswith("R2 established, no byte in 30 s: rules not propagated at lima")


def test_no_byte_on_any_route_points_at_more_than_one_path() -> None:
    """Rules are missing everywhere, or at the one node where all routes end."""
    state = after(
        established(0.5, 0, path=OSAKA), established(0.5, 1, path=TOKYO), failure(1, 0, 0), failure(1, 1, 0)
    )
    text = "R0 and R1 established, no byte on any: rules not propagated at the target, or at every relay"

    assert only(state).text == text


def test_a_route_that_was_not_set_up_names_the_reason() -> None:
    """The engine's own words name the hop."""
    state = after(setup_failed(3, 1, "hop 1 of 2, at tokyo: refused"), state=pumping(OSAKA, TOKYO))

    assert only(state).text == (
        "R1 was not set up: hop 1 of 2, at tokyo: refused; R0 goes on, so neither end is at fault"
    )


def test_when_no_route_came_up_it_is_said_once() -> None:
    """Not once a route."""
    state = after(setup_failed(1, 0, "a"), setup_failed(1, 1, "b"), setup_failed(1, 2, "c"))
    ending = "could be set up: the source's uplink, the target, or every relay (a; b; …)"

    assert only(state).text == f"none of 3 routes {ending}"


def test_a_route_that_fails_again_and_again_suggests_another_path() -> None:
    """Restarting it where it was has been tried."""
    state = after(failure(3, 0, MIB), state=pumping(OSAKA, TOKYO))
    after(restarting(4, 0, 2), setup_failed(4.1, 0, "refused"), state=state)
    assert kinds(state) == ["not-set-up"]

    after(restarting(5, 0, 3), setup_failed(5.1, 0, "refused"), state=state)
    text = "R0 has failed 3 times, lately by way of osaka (refused): another path may hold; R1 goes on"
    assert only(state).text.startswith(text)


def test_a_restart_without_a_byte_is_no_death_after_what_was_carried_before() -> None:
    """The path may be well, and the rules may not have come to every node of it."""
    state = after(failure(3, 0, MIB), restarting(4, 0, 2), established(4.1, 0), state=pumping(OSAKA))
    after(sample(4.5, leg(0, MIB)), sample(8.2, leg(0, MIB)), state=state)
    stalled = only(state).text
    after(failure(9.1, 0, MIB), state=state)

    assert stalled == "R0 established, no byte in 3 s: rules not propagated at osaka"
    assert only(state).text == "R0 established, no byte in 5 s: rules not propagated at osaka"


def test_a_route_that_died_again_is_said_to_have_carried_what_its_attempt_did() -> None:
    """As it is judged by that, too."""
    state = after(failure(3, 0, 5 * MIB), restarting(4, 0, 2), established(4.1, 0), state=pumping(OSAKA))
    after(failure(9, 0, 6 * MIB), state=state)

    assert only(state).text.startswith("R0 died after 1.00 MiB: osaka")


def test_a_restarted_route_is_nobodys_fault_any_more() -> None:
    """What was mended needs no explanation."""
    state = after(failure(3, 0, MIB), state=pumping(OSAKA, TOKYO))
    after(restarting(4, 0, 2), established(4.1, 0), state=state)

    assert diagnose(state) == []


def test_routes_without_a_path_are_told_apart_from_faults() -> None:
    """The network is as it is: a severity below those of failures."""
    state = after(started(routes=3), plan(0.1, {0: path(*OSAKA)}))
    found = only(state)

    assert found.text == "1 disjoint path for 3 routes: none left for R1, R2"
    assert found.severity is Severity.PLAIN


def test_a_window_limited_route_shows_the_arithmetic() -> None:
    """Block over round trip: whoever doubts it can divide."""
    state = pumping(OSAKA, TOKYO)
    state.request.packet_size_kb = 32
    legs = (leg(0, 2 * MIB, rate_bps=1.1e6), leg(1, 2 * MIB, rate_bps=5e6))
    after(sample(3, *legs), limited(0, "window"), limited(1, "path"), state=state)
    found = only(state)

    assert (
        found.text == "R0 is window-limited at 1.1 Mbit/s (32 KiB / 238.3 ms): --window auto may carry more"
    )
    assert found.severity is Severity.PLAIN


def test_a_round_trip_is_worked_out_from_the_time_in_which_the_route_carried() -> None:
    """Over a finished run, the seconds in which the route was dead made a path look slower than it is."""
    state = after(
        limited(0, "window"), sample(3, leg(0, 2 * MIB)), failure(3, 0, 2 * MIB), state=pumping(OSAKA)
    )
    after(*(sample(second, leg(0, 2 * MIB, alive=False)) for second in range(4, 8)), state=state)
    after(restarting(7, 0, 2), established(7, 0), sample(8, leg(0, 3 * MIB)), state=state)
    after(done(8, carried=3 * MIB), state=state)

    assert only(state).text.startswith("R0 is window-limited at 8.4 Mbit/s (32 KiB / 31.2 ms): ")


def test_many_window_limited_routes_take_one_line() -> None:
    """It is one finding, and one remedy."""
    state = pumping(OSAKA, TOKYO, LIMA)
    after(*(limited(index, "window") for index in range(3)), state=state)

    assert only(state).text.startswith("R0 to R2 are window-limited, R0 at 8.0 Mbit/s (32 KiB / 32.8 ms): ")


def test_many_routes_that_fail_alike_take_one_line() -> None:
    """A thousand lines would take a tick's time each second, and nobody would read them."""
    legs = [leg(index, MIB, rate_bps=8e6) for index in range(100)]
    state = after(started(routes=100), phase(1, "pump"), sample(2, *legs))
    after(*(failure(3 + index, index, MIB) for index in range(0, 100, 3)), state=state)
    text = (
        "34 routes died at different times, each by its own path; 66 routes go on, so neither end is at fault"
    )

    assert only(state).text == text
    assert len(only(state).route_indexes) == 34


def test_a_fault_that_is_explained_does_not_hide_what_ails_many_others() -> None:
    """With two of many routes laid at a shared relay, nothing was said of all the others."""
    state = pumping(BOTH, OTHER_BOTH, *[("here", "there")] * 9, LIMA)
    together = [failure(3, 0, MIB), failure(3, 1, MIB)]
    after(*together, *(failure(8 + index * 4, index, MIB) for index in range(2, 11)), state=state)
    shared, others = diagnose(state)

    assert (shared.kind, shared.route_indexes) == ("shared-relay", (0, 1))
    assert (others.kind, others.route_indexes) == ("died", tuple(range(2, 11)))
    assert others.text.startswith("R2 to R10 died at different times, each by its own path")


def test_a_busy_processor_is_named() -> None:
    """Else its rates would be taken for the paths'."""
    state = after(limited(0, "cpu_source"), limited(1, "cpu_target"), state=pumping(OSAKA, TOKYO))

    assert [found.text for found in diagnose(state)] == [
        "the source's processor holds R0 back: these are the machine's rates, not the paths'",
        "the target's processor holds R1 back: these are the machine's rates, not the paths'",
    ]


def test_faults_come_before_limits() -> None:
    """Where there is room for one line, it is the fault's."""
    state = after(limited(0, "window"), failure(3, 1, MIB), state=pumping(OSAKA, TOKYO))

    assert kinds(state) == ["died", "window-limited"]


@given(st.lists(run_events(), max_size=30))
def test_any_events_can_be_diagnosed(events: list[RunEvent]) -> None:
    """Whatever a server sends, no rule may raise; each route has at most one fault, on one printable line."""
    state = RunState()
    for event in events:
        apply(state, event)
    found = diagnose(state)
    faulty = [
        i for diagnosis in found if diagnosis.severity is Severity.FAULT for i in diagnosis.route_indexes
    ]

    assert len(faulty) == len(set(faulty))
    assert all(diagnosis.text.isprintable() for diagnosis in found)


def test_many_routes_that_die_at_one_instant_are_said_to() -> None:
    """Without hops nothing can be said of what they share; when they died can."""
    legs = [leg(index, MIB, rate_bps=8e6) for index in range(100)]
    state = after(started(routes=100), phase(1, "pump"), sample(2, *legs))
    after(*(failure(3, index, MIB) for index in range(0, 100, 3)), state=state)

    assert only(state).text.startswith("34 routes died within 0.1 s, each by its own path; ")
