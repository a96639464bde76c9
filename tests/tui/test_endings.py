"""What bar, headline and title say of a run that has come to its end, of any kind: none of them may claim more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import pytest

from muxbw_tui.errors import ConnectError, RecordingError, StreamBrokenError
from muxbw_tui.pb.muxbw_pb2 import RunEvent
from muxbw_tui.pb.ping_pb2 import MuxBandwidthError
from muxbw_tui.run import reducer
from muxbw_tui.run.cells import status_text
from muxbw_tui.run.reducer import mark_broken
from muxbw_tui.run.state import RunState
from muxbw_tui.tui.headline import headline, meanwhile
from muxbw_tui.tui.terminal_title import terminal_title
from muxbw_tui.tui.view import View
from muxbw_tui.tui.widgets.route_table import RouteTable
from muxbw_tui.tui.widgets.run_bar import figure_spans, progress_spans, title_spans
from muxbw_tui.units import NS_PER_S
from tests.fakes import source as fake
from tests.tui.stage import Stage, lines_of, view_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from muxbw_tui.errors import MuxbwError
    from muxbw_tui.tui.spans import Span


class Said(NamedTuple):
    """What is said of an end: the bar's word and clock, what begins the headline and the title, a route's state."""

    word: str
    clock: str
    headline: str
    title: str
    route: str


def error(seconds: float, code: str = "invalid_request") -> RunEvent:
    """Return that the server ends the run with an error."""
    return RunEvent(timestamp_ns=fake.at(seconds), error=MuxBandwidthError(code=code, message="no"))


def ended(*events: RunEvent, problem: MuxbwError | None = None) -> View:
    """Return the view of a run after its last event, or after its events broke off, ten seconds later."""
    view = view_of(events)
    if problem is not None:
        mark_broken(view.state, str(problem))
    return replace(view, problem=problem, silent_ns=10 * NS_PER_S)


def text_of(spans: Sequence[Span]) -> str:
    """Return the spans as they are read."""
    return "".join(span.text for span in spans)


DIED = [fake.failure(index, 4, mib=1) for index in range(4)]
GONE, UNREACHED = StreamBrokenError("gone"), ConnectError("nobody answers")
ENDINGS = {
    "done": (
        ended(*fake.pumping(), fake.done(301)),
        Said("DONE", "5:00 / 5:00", "■ 4 of 4 routes pumped to the end", "■ over", "✓ finished"),
    ),
    "stopped": (
        ended(*fake.pumping(), fake.done(21, "context_cancel")),
        Said("DONE", "0:20 / 5:00", "■ 4 of 4 routes still pumping", "■ over", "✓ finished"),
    ),
    "stopped in the set-up": (
        ended(*fake.set_up()[:4], fake.done(1, "context_cancel")),
        Said("DONE", "0:00 / 5:00", "■ 0 of 4 routes still pumping", "■ over", "□ not set up"),
    ),
    "all failed early": (
        ended(*fake.pumping(), *DIED, fake.done(21, "all_routes_failed")),
        Said("DONE", "0:20 / 5:00", "✗ R0 to R3 died · Ended early:", "✗ 4 of 4 routes failed", "✗ died"),
    ),
    "all failed, but lasted": (
        ended(*fake.pumping(), *DIED, fake.done(301, "all_routes_failed")),
        Said("DONE", "5:00 / 5:00", "✗ R0 to R3 died · Ended:", "✗ 4 of 4 routes failed", "✗ died"),
    ),
    "refused": (
        ended(error(0)),
        Said("REFUSED", "", "✗ The run ended with an error: invalid_request", "✗ refused", "□ not set up"),
    ),
    "error in the pump": (
        ended(*fake.pumping(), error(7, "engine")),
        Said("ERROR", "0:06 / 5:00", "✗ The run ended with an error: engine", "✗ error", "■ stopped"),
    ),
    "never connected": (
        ended(problem=UNREACHED),
        Said("NOT CONNECTED", "", "✗ Not connected: nobody", "✗ not connected", "○ pending"),
    ),
    "broken before it began": (
        ended(problem=GONE),
        Said("BROKEN", "", "✗ The event stream broke: gone", "✗ broken", "○ pending"),
    ),
    "broken in the set-up": (
        ended(*fake.set_up()[:4], problem=GONE),
        Said("BROKEN", "at 0:00", "✗ The event stream broke: gone", "✗ broken", "◔ setting up"),
    ),
    "broken in the pump": (
        ended(*fake.pumping(), problem=GONE),
        Said("BROKEN", "at 0:05 / 5:00", "✗ The event stream broke: gone", "✗ broken", "● pumping"),
    ),
    "a recording that is damaged": (
        replace(ended(*fake.pumping(), problem=RecordingError("line 7")), live=False),
        Said("BROKEN", "at 0:05 / 5:00", "✗ The recording is damaged: line 7", "✗ broken", "● pumping"),
    ),
}


@pytest.mark.parametrize(("view", "said"), ENDINGS.values(), ids=ENDINGS)
def test_what_is_said_of_an_end_is_true_and_does_not_change_any_more(view: View, said: Said) -> None:
    """Who comes back to a run in the morning has only this to go by."""
    for each in (view, replace(view, silent_ns=3600 * NS_PER_S)):
        bar = [span.text.strip() for span in progress_spans(each, 60)]

        assert (bar[0], bar[-1] if len(bar) > 1 else "") == (said.word, said.clock)
        assert headline(each).lines[0].startswith(said.headline)
        assert terminal_title(each).startswith(f"{said.title} · ")
        assert status_text(each.state.routes[0]) == said.route
        assert figure_spans(each, 200) == figure_spans(view, 200)


@pytest.mark.parametrize(
    ("events", "up"), [([error(0)], "0 of 4"), ([*fake.set_up()[:6], error(1)], "2 of 4")]
)
def test_routes_of_a_run_that_ended_in_its_set_up_are_not_up(events: list[RunEvent], up: str) -> None:
    """They went with the run."""
    assert text_of(figure_spans(ended(*events), 200)).startswith(f"{up} routes were up")


def test_the_time_of_a_stream_that_broke_is_named_as_that_of_its_last_event() -> None:
    """While the connection was lost the clock went on, and it is set back here."""
    assert "last seen 0:06" in text_of(figure_spans(ended(*fake.pumping(), problem=GONE), 200))


def test_a_route_that_carried_until_an_error_is_not_said_to_have_had_no_echo() -> None:
    """The reason stands in its row, and in the summary."""
    assert ended(*fake.pumping(), error(7, "engine")).state.routes[0].last_error == ""


def test_a_recording_that_names_no_target_has_its_name_once() -> None:
    """It is in the label behind the title already."""
    state = RunState()
    reducer.apply(state, error(0))
    recording = View(state, source_title="recording events.bin", live=False)

    assert text_of(title_spans(recording, 80)) == "muxbw-tui"
    assert "embedded" in text_of(title_spans(replace(recording, live=True, source_title="embedded"), 80))


async def test_routes_last_seen_do_not_look_as_if_they_pumped_now() -> None:
    """Green is for what is so now; the faults that were seen stay what they are."""
    view = ended(*fake.in_trouble(), problem=GONE)
    table = RouteTable()
    async with Stage(table).run_test(size=(120, 24)):
        table.show(view)
        at = {
            word: next(y for y, line in enumerate(lines_of(table)) if word in line)
            for word in ("reset by peer", "pumping")
        }
        now = {word: table.render_line(y) for word, y in at.items()}
        table.set_age(view.age)
        then = {word: table.render_line(y) for word, y in at.items()}

    assert then["pumping"].text == now["pumping"].text
    assert then["pumping"] != now["pumping"]
    assert then["reset by peer"] == now["reset by peer"]


@pytest.mark.parametrize(
    ("last", "words"),
    [
        ([fake.done(20)], "meanwhile: the run is over · FROZEN at 0:06"),
        ([error(7)], "✗ meanwhile: the run ended with an error · FROZEN at 0:06"),
    ],
)
def test_an_end_behind_a_frozen_view_is_said(last: list[RunEvent], words: str) -> None:
    """A banner that says the run goes on would keep an operator waiting."""
    shown, now = view_of(fake.pumping()), view_of([*fake.pumping(), *last])

    news = headline(replace(shown, frozen=True, meanwhile=meanwhile(shown.state, now.state)))

    assert news.lines[0].startswith(words)


def test_a_view_that_is_frozen_at_the_end_does_not_say_that_the_run_goes_on() -> None:
    """The same key holds the last figures still."""
    over = replace(ended(*fake.pumping(), fake.done(301)), frozen=True)

    assert "the run is over" in headline(over).lines[0]
