"""The run bar: target, phase, progress and the aggregate's figures.

Owns which figures fit a width. Two lines where there is room, three where there is not; each figure keeps its width
while its value changes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len

from muxbw_tui.run.cells import NOT_AVAILABLE
from muxbw_tui.run.names import node_name, path_keys, target_name, target_text
from muxbw_tui.run.probes import idle_statistics, loaded_statistics
from muxbw_tui.run.state import CARRYING_STATUSES, RunState, StreamEnd
from muxbw_tui.run.text import clean_line, counted
from muxbw_tui.tui.arrangement import NARROW_BELOW
from muxbw_tui.tui.spans import Span, fit, spans_len, spread
from muxbw_tui.tui.view import View
from muxbw_tui.tui.widgets.lined import Lined
from muxbw_tui.units import format_clock_ns, format_duration_ns, format_rate_bps

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.strip import Strip

    from muxbw_tui.run.roundtrips import RoundTrips

_RATE_WIDTH = 12
_RTT_WIDTH = 8
_GAP = Span("   ")
_PROGRESS_LEAST = 36
_PROGRESS_MOST = 70
_SOURCE_TITLE_MOST = 28
_NAMES_LEAST = 11  # of both ends and the arrow between them; in less they tell nothing


class RunBar(Lined):
    """What the run is, how far it is, and what it carries."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._view = View(RunState())
        self._lines: list[tuple[Span, ...]] = []

    def show(self, view: View) -> None:
        """Take in a view; redraw if a line differs."""
        self._view = view
        lines = self._draw(view)
        if lines != self._lines:
            self._lines = lines
            self.refresh()

    def on_resize(self) -> None:
        """Choose anew what fits, and draw that: the new size may be on the screen by now with the lines of the old."""
        self._lines = self._draw(self._view)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one line of the widget."""
        spans = self._lines[y] if y < len(self._lines) else ()
        return self.strip_of(spans)

    def _draw(self, view: View) -> list[tuple[Span, ...]]:
        width = self.size.width
        label, carrying = label_spans(view), _as_of_now(view, carrying_spans(view.state))
        is_narrow = self.outer_size.width < NARROW_BELOW
        beside = spans_len(carrying) if is_narrow else _PROGRESS_LEAST
        left = [*title_spans(view, width - spans_len(label) - beside - 2 * len(_GAP.text)), _GAP, *label]
        if is_narrow:
            lines = [
                spread(left, carrying, width),
                progress_spans(view, width),
                figure_spans(view, width, carrying=False),
            ]
        else:
            progress = progress_spans(view, min(width - spans_len(left) - len(_GAP.text), _PROGRESS_MOST))
            lines = [spread(left, progress, width), figure_spans(view, width)]
        return [tuple(line) for line in lines]


def title_spans(view: View, width: int) -> list[Span]:
    """Return the program's name and the run's two ends, as far as `width` cells hold them."""
    name = [Span("muxbw-tui", "heading"), Span("  ")]
    at_least = view.source_title if view.live else ""  # a recording's is its label
    source, target = source_text(view.state), target_text(view.state) or at_least
    room = width - spans_len(name)
    if cell_len(f"{source} → {target}".strip()) > room and target_name(view.state):
        target = target_name(view.state)
    if cell_len(f"{source} → {target}".strip()) > room:
        source, target = _shortened(source, target, room - len(" → "))
    known = room >= _NAMES_LEAST and (source or target)
    return [*name, Span(f"{source} → {target}".strip())] if known else name[:1]


def _shortened(source: str, target: str, width: int) -> tuple[str, str]:
    """Return both names cut so that together they take `width` cells; a short one leaves its room to the other."""
    source_cells = min(cell_len(source), max(width // 2, width - cell_len(target)))
    return fit(source, source_cells), fit(target, min(cell_len(target), width - source_cells))


def source_text(state: RunState) -> str:
    """Return the name of the node that every path begins at; empty before a path is known."""
    keys = next((keys for route in state.routes.values() if (keys := path_keys(route.hops))), ())
    return node_name(keys[0], state.node_names) if keys else ""


def label_spans(view: View) -> list[Span]:
    """Return that an embedded network is no real one, or that a recording is not now."""
    spans = []
    if view.state.scenario:
        scenario = clean_line(view.state.scenario, limit=_SOURCE_TITLE_MOST)
        spans.append(Span(f" SIMULATED: {scenario} ", "simulated"))
    if not view.live:
        spans += [Span(" ")] if spans else []
        spans.append(Span(f" {clean_line(view.source_title, limit=_SOURCE_TITLE_MOST)} ", "simulated"))
    return spans


def progress_spans(view: View, width: int) -> list[Span]:
    """Return the phase, a bar where its length is known, and the time: `PUMP ━━━━╸──── 0:42 / 5:00`."""
    word, role = _phase_word(view)
    name = Span(f"{word:<8} ", role)
    if view.over and not view.state.phase:
        return [name]  # nothing had begun whose time could be told
    elapsed_ns, planned_ns = phase_progress(view)
    clock = format_clock_ns(elapsed_ns)
    as_of = "" if view.problem is None else "at "
    if not planned_ns:
        return [name, *_as_of_now(view, [Span(f"{as_of}{clock}", "value")])]
    planned = format_clock_ns(planned_ns)
    times = Span(f" {as_of}{clock.rjust(len(planned))} / {planned}", "value")
    cells = max(width - spans_len([name, times]), 0)
    whole, half = divmod(int(min(elapsed_ns / planned_ns, 1.0) * cells * 2), 2)
    done = Span("━" * whole + "╸" * half, "bar-done")
    return [name, *_as_of_now(view, [done, Span("─" * (cells - whole - half), "bar-left"), times])]


def phase_progress(view: View) -> tuple[int, int]:
    """Return how long the phase has lasted and how long it is to last, 0 where that is open."""
    state = view.state
    if state.done is not None:
        elapsed_ns, planned_ns = state.pump_elapsed_ns, state.request.duration_ns
    elif state.phase:
        elapsed_ns, planned_ns = view.elapsed_ns - state.phase_started_ns, state.phase_planned_ns
    else:
        elapsed_ns, planned_ns = view.silent_ns, 0
    return (min(elapsed_ns, planned_ns) if planned_ns else elapsed_ns), planned_ns


def figure_spans(view: View, width: int, *, carrying: bool = True) -> list[Span]:
    """Return the aggregate's figures, as many as fit, the most important first."""
    state = view.state
    now = [Span("↑ ", "muted"), _rate(state.send_bps), Span("  ↓ ", "muted"), _rate(state.recv_bps)]
    clock_name = "elapsed " if view.problem is None else "last seen "
    elapsed = [Span(clock_name, "muted"), Span(format_clock_ns(view.elapsed_ns), "value")]
    carry = carrying_spans(state) if carrying else []
    rtt = _probe(state)
    if not state.sampled and state.done is None:
        figures = [carry, elapsed, rtt]
    else:
        figures = [
            [] if view.over else now,
            carry,
            rtt,
            [Span("avg ↓ ", "muted"), _rate(state.avg_recv_bps)],
            [Span("peak ↓ ", "muted"), _rate(state.peak_recv_bps)],
            elapsed,
            [Span("avg ↑ ", "muted"), _rate(state.avg_send_bps)],
            [Span("peak ↑ ", "muted"), _rate(state.peak_send_bps)],
        ]
    line: list[Span] = []
    for figure in filter(None, figures):
        longer = [*line, _GAP, *figure] if line else figure
        if spans_len(longer) <= width:
            line = longer
    return _as_of_now(view, line)


def carrying_spans(state: RunState) -> list[Span]:
    """Return how many routes do what they are there for."""
    total = len(state.routes)
    if state.done is None and not state.sampled:
        up = sum(route.established for route in state.routes.values())
        are_up = "up" if state.end is StreamEnd.OPEN else "were up"
        return [Span(f"{up} of {counted(total, 'route')} {are_up}")]
    count = sum(route.status in CARRYING_STATUSES for route in state.routes.values())
    now = "paused" if state.paused else "carries" if total == 1 else "carry"
    verb = now if state.end is StreamEnd.OPEN else "carried"
    return [
        Span(f"{count} of {counted(total, 'route')} {verb}", "all-well" if count == total else "not-well")
    ]


def _as_of_now(view: View, spans: list[Span]) -> list[Span]:
    """Return figures as they are, or stepped back where they are only the last that was seen."""
    if view.outage is None and view.problem is None:
        return spans
    return [Span(span.text, "muted") for span in spans]


def _rate(rate_bps: float) -> Span:
    return Span(format_rate_bps(rate_bps).rjust(_RATE_WIDTH), "value")


def _probe(state: RunState) -> list[Span]:
    """Return what probes say: without load and beside it, or the last answer where there is no idle baseline.

    Its place is kept from the start where the run was asked to probe. Once the run is over its own figures hold.
    """
    idle_ns, loaded_ns = _mean_round_trips(state)
    if state.request.idle_baseline_duration_ns or state.series.idle or idle_ns:
        return [
            Span("RTT mean idle ", "muted"),
            _round_trip(idle_ns),
            Span("  loaded ", "muted"),
            _round_trip(loaded_ns),
        ]
    if not (state.request.probe_rtt or state.probe_count):
        return []
    if state.done is not None:
        return [Span("RTT mean ", "muted"), _round_trip(loaded_ns)]
    return [Span("RTT ", "muted"), _round_trip(state.last_probe_ns)]


def _round_trip(rtt_ns: int) -> Span:
    return Span((format_duration_ns(rtt_ns) if rtt_ns > 0 else NOT_AVAILABLE).rjust(_RTT_WIDTH), "value")


def _mean_round_trips(state: RunState) -> tuple[int, int]:
    """Return the mean without load and beside it; 0 where none was answered."""
    if state.done is not None:
        return idle_statistics(state.done).average_ns, loaded_statistics(state.done).average_ns
    return _mean_ns(state.series.idle), _mean_ns(state.series.loaded)


def _mean_ns(probes: Iterable[RoundTrips]) -> int:
    """Return the mean round trip of those that were answered; 0 where none was."""
    answered = sum_ns = 0
    for each in probes:
        answered, sum_ns = answered + each.answered, sum_ns + each.sum_ns
    return sum_ns // answered if answered else 0


def _phase_word(view: View) -> tuple[str, str]:
    """Return what the run does, and the word's role: what keeps it from measuring is louder than its phase."""
    state = view.state
    if view.mishap:
        return view.mishap.upper(), "not-well"
    if view.outage is not None:
        return "LOST", "not-well"
    if state.paused and state.end is StreamEnd.OPEN:
        return "Ⅱ PAUSED", "paused"
    word = state.phase.replace("_", "-").upper() if state.phase else "CONNECT"
    return {"IDLE-BASELINE": "BASELINE"}.get(word, word), "heading"
