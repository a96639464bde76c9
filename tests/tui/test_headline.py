"""The headline names what matters most, and what can be done about it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from muxbw_tui.errors import ConnectError, MuxbwError, RecordingError, StreamBrokenError
from muxbw_tui.pb.muxbw_pb2 import Limits, RunEvent
from muxbw_tui.pb.ping_pb2 import MuxBandwidthError
from muxbw_tui.run.state import RouteStatus
from muxbw_tui.sources.reconnect import Outage
from muxbw_tui.tui.headline import Tone, headline, meanwhile
from muxbw_tui.tui.key_names import shown_keys
from muxbw_tui.units import NS_PER_S
from tests.fakes import source as fake
from tests.tui.stage import view_of


def test_a_run_in_order_says_so() -> None:
    """Silence at the top would leave an operator searching for trouble that is not there."""
    news = headline(view_of(fake.pumping()))

    assert news.tone is Tone.GOOD
    assert news.lines == ("● All 4 routes carry",)


@pytest.mark.parametrize(("routes", "words"), [(1, "The only route carries"), (2, "Both routes carry")])
def test_few_routes_are_spoken_of_as_one_does(routes: int, words: str) -> None:
    """`All 1 routes` reads like a program that counts wrong."""
    carrying = fake.sample(2, dict.fromkeys(range(routes), 3.0))

    assert headline(view_of([*fake.set_up(routes), carrying], routes=routes)).lines == (f"● {words}",)


def test_a_dead_route_outranks_a_stalled_one_and_both_are_named() -> None:
    """First: is something wrong, and where."""
    news = headline(view_of(fake.in_trouble()))

    assert news.tone is Tone.FAULT
    assert news.lines[0].startswith("✗ R1 died · R2 stalled")
    assert "r restarts" in news.lines[0]


def test_no_key_is_offered_that_does_nothing_here() -> None:
    """On a stock visor no single route can be restarted."""
    news = headline(view_of(fake.in_trouble(), cannot_restart="a stock visor restarts no route"))

    assert "restart" not in news.lines[0]


def test_hundreds_of_dead_routes_fit_into_one_line() -> None:
    """The sentence is for people; the table has the rest."""
    dead = [fake.failure(index, 3, mib=1) for index in range(0, 200, 2)]

    news = headline(view_of([*fake.set_up(200), *dead], routes=200))

    assert news.lines[0].startswith("✗ R0, R2, R4, R6, R8, R10 and 94 more died")


def test_set_up_names_the_routes_that_are_waited_for() -> None:
    """One slow relay holds everything up; which one is the question."""
    news = headline(view_of([*fake.set_up()[:6]]))

    assert news.tone is Tone.WAITING
    assert "2 of 4 routes up, waiting for R2, R3" in news.lines[0]


def test_before_the_first_event_the_source_is_named_and_the_wait_counted() -> None:
    """A connection that does not come up must not be an empty screen."""
    news = headline(replace(view_of([]), silent_ns=3 * NS_PER_S))

    assert news.lines == ("◔ Connecting to embedded engine: 0:03",)


def test_an_engine_that_falls_silent_is_reported() -> None:
    """Rates that no longer change look like rates that hold."""
    news = headline(replace(view_of(fake.pumping()), silent_ns=9 * NS_PER_S))

    assert news.tone is Tone.WARNING
    assert "No report from embedded engine for 0:09" in news.lines[0]


def test_fewer_paths_than_routes_is_not_called_all_well() -> None:
    """Three legs where four were asked for is a result to be explained."""
    limits = RunEvent(timestamp_ns=fake.at(0.2), limits=Limits(kind="paths", detail="only 3 disjoint paths"))

    news = headline(view_of([*fake.pumping(), limits]))

    assert news.tone is Tone.WARNING
    assert "only 3 disjoint paths" in news.lines[0]


@pytest.mark.parametrize(
    ("problem", "what", "key"),
    [
        (ConnectError("nothing answers at 127.0.0.1:3435"), "Not connected", "n tries again"),
        (StreamBrokenError("the engine died"), "The event stream broke", "n starts a new run"),
        (RecordingError("line 7 is no event"), "The recording is damaged", "q quits"),
    ],
)
def test_a_problem_says_what_happened_what_follows_and_what_to_do(
    problem: MuxbwError, what: str, key: str
) -> None:
    """Each of the three is a different night's work."""
    news = headline(replace(view_of(fake.pumping()), problem=problem))

    assert news.tone is Tone.FAULT
    assert news.lines[0] == f"✗ {what}: {problem}"
    assert len(news.lines) == 3
    assert key in news.lines[2]


def test_a_recording_of_which_nothing_could_be_read_promises_nothing() -> None:
    """Below the headline there is nothing, and somebody would look for it."""
    news = headline(replace(view_of([]), problem=RecordingError("x.bin: no recording")))

    assert news.lines == (
        "✗ The recording cannot be read: x.bin: no recording",
        "There is nothing to show.",
        "q quits",
    )


def test_a_refused_request_shows_the_servers_reason() -> None:
    """The reason is the server's to give; without it the operator can only guess."""
    error = MuxBandwidthError(code="invalid_request", message="target is no key")
    news = headline(view_of([RunEvent(timestamp_ns=1, error=error)]))

    assert news.lines[0] == "✗ The run ended with an error: invalid_request: target is no key"


def test_the_end_counts_the_routes_that_made_it() -> None:
    """The last line that one sees is the result."""
    news = headline(view_of([*fake.in_trouble(), fake.done(20)]))

    assert news.lines[0].startswith("✗ R1 died · 2 of 4 routes pumped to the end · The planned time is up")


def test_a_run_that_was_stopped_has_no_route_that_pumped_to_its_end() -> None:
    """The headline is what one reads after having pressed the key that stops it."""
    news = headline(view_of([*fake.in_trouble(), fake.done(20, reason="context_cancel")]))

    assert news.lines[0] == "✗ R1 died · 2 of 4 routes still pumping · Stopped on request"


def test_a_lost_connection_says_since_when_what_is_done_and_how_long_that_can_go_on() -> None:
    """The operator decides by it whether to wait or to walk over to the relay."""
    waited_ns, next_ns, left_ns = 12 * NS_PER_S, 2_500_000_000, 18 * NS_PER_S
    outage = Outage("connection \x1b[31mreset", waited_ns, attempt=4, next_try_in_ns=next_ns, left_ns=left_ns)
    news = headline(replace(view_of(fake.in_trouble()), outage=outage))

    assert news.tone is Tone.WARNING
    assert news.lines[0] == (
        "◌ RECONNECTING for 0:12 · try 4 in 3 s · the run waits 0:18 more · connection reset"
    )


def test_a_try_that_is_under_way_and_a_run_that_waits_for_ever_are_said_as_such() -> None:
    """`in 0 s` and a limit that is none would be riddles."""
    outage = Outage("reset", lasted_ns=0, attempt=1, next_try_in_ns=0, left_ns=None)

    assert headline(replace(view_of(fake.pumping()), outage=outage)).lines[0] == (
        "◌ RECONNECTING for 0:00 · try 1 now · reset"
    )


def test_paused_traffic_and_a_frozen_view_have_banners_of_their_own() -> None:
    """One stops the measurement, the other only the picture of it."""
    paused = view_of(fake.pumping())
    paused.state.paused = True
    frozen = replace(view_of(fake.pumping()), frozen=True)

    assert headline(paused).tone is Tone.PAUSED
    assert headline(paused).lines[0].startswith("Ⅱ PAUSED · connections stay, no traffic flows")
    assert headline(frozen).tone is Tone.NOTE
    assert headline(frozen).lines[0].startswith("FROZEN at 0:06")


def test_a_dead_route_is_named_while_the_traffic_is_paused_too() -> None:
    """A fault stays the first thing to know."""
    view = view_of(fake.in_trouble())
    view.state.paused = True

    assert headline(view).lines[0].startswith("✗ R1 died · R2 stalled · Ⅱ PAUSED · ")
    assert headline(view).tone is Tone.FAULT


def test_what_fails_behind_a_frozen_view_is_said_at_once() -> None:
    """Whoever reads a number out must not miss the fault that comes meanwhile."""
    shown, now = view_of(fake.pumping()), view_of([*fake.pumping(), fake.failure(3, 7, mib=15)])
    news = headline(replace(shown, frozen=True, meanwhile=meanwhile(shown.state, now.state)))

    assert news.tone is Tone.FAULT
    assert news.lines[0] == "✗ meanwhile: R3 died · FROZEN at 0:06 · space shows the run"


def test_traffic_that_is_paused_behind_a_frozen_view_is_said() -> None:
    """The key that pauses works there too; without a word nobody would know whether it did."""
    shown, now = view_of(fake.pumping()), view_of(fake.pumping())
    now.state.paused = True
    news = headline(replace(shown, frozen=True, meanwhile=meanwhile(shown.state, now.state)))

    assert news.tone is Tone.NOTE
    assert news.lines[0] == "meanwhile: Ⅱ PAUSED · FROZEN at 0:06 · space shows the run"


def test_a_route_that_was_stopped_is_not_called_carrying() -> None:
    """`All 4 routes carry` above a row that says stopped would make both doubtful."""
    view = view_of(fake.pumping())
    view.state.routes[2].status = RouteStatus.STOPPED

    assert headline(view).lines == ("● 3 of 4 routes carry · R2 stopped",)


def test_where_every_route_failed_the_end_does_not_count_those_that_did_not() -> None:
    """At 80 columns the reason of the end was what the count had pushed out."""
    dead = [fake.failure(index, 3, mib=1) for index in range(4)]
    news = headline(view_of([*fake.pumping(), *dead, fake.done(20, "all_routes_failed")]))

    assert news.lines == ("✗ R0 to R3 died · Ended early: every route has failed",)


@pytest.mark.parametrize("planned_s", [300, 0])
def test_a_run_that_lasted_as_long_as_it_was_to_is_not_said_to_have_ended_early(planned_s: int) -> None:
    """Beside a clock at 5:00 of 5:00 it would be a riddle; a recording of a stock server has no plan at all."""
    dead = [fake.failure(index, 3, mib=1) for index in range(4)]
    view = view_of([*fake.pumping(), *dead, fake.done(301, "all_routes_failed")])
    view.state.request.duration_ns = planned_s * NS_PER_S
    assert view.state.done is not None
    view.state.done.pump_time_ns -= 2  # an instant months after the host's start is that inexact

    assert headline(view).lines == ("✗ R0 to R3 died · Ended: every route has failed",)


def test_keys_are_called_as_they_are_in_force() -> None:
    """An operator with a key map of their own would press `r` and get whatever that does now."""
    keys = shown_keys(
        {"restart": "f5", "restart-failed": "f6,R", "freeze": "ctrl+z", "new-run": "question_mark"}
    )
    trouble = replace(view_of(fake.in_trouble()), keys=keys)
    refused = replace(view_of([RunEvent(timestamp_ns=1, error=MuxBandwidthError(code="no"))]), keys=keys)

    assert "f5 restarts the selected one, f6 all failed" in headline(trouble).lines[0]
    assert headline(replace(trouble, frozen=True)).lines[0].endswith("^z shows it again")
    assert headline(refused).lines[2] == "? asks again · q quits"


def test_a_fault_that_the_frozen_view_shows_is_no_news() -> None:
    """The banner would else never be quiet on a run with a dead route."""
    shown = view_of(fake.in_trouble())

    assert meanwhile(shown.state, shown.state) == ""
