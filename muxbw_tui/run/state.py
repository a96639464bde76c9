"""What a run looks like from outside, as plain data.

Owns the words for a run's and a route's condition and nothing else: the reducer (`reducer.py`) writes it,
everything that shows a run reads it. It must not read a clock: every instant comes from an event.
"""

from __future__ import annotations

import enum
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from muxbw_tui.pb.muxbw_pb2 import RunRequest
from muxbw_tui.run.series import Series
from muxbw_tui.units import NS_PER_S

if TYPE_CHECKING:
    from muxbw_tui.pb.muxbw_pb2 import ProbeTally
    from muxbw_tui.pb.ping_pb2 import MuxBandwidthDone, MuxBandwidthError, RouteHop

FEED_LIMIT = 5_000
LIMITS_OF_ROUTE = frozenset({"window", "cpu_source", "cpu_target", "path"})
ATTEMPTS_KEPT = 64
CARRIER_LIMIT = 24  # characters of one kind of transport
STALL_AFTER_NS = 3_000_000_000
STALL_TOLERANCE_NS = (
    50_000_000  # by which a sample may come early, or a whole interval would pass before the next
)


class RouteStatus(enum.Enum):
    """A route's condition. The first four are the ones that must never look alike."""

    SETUP_FAILED = "set-up failed"
    DEAD_ON_ARRIVAL = "dead on arrival"
    DIED = "died"
    STALLED = "stalled"
    PENDING = "pending"
    SETTING_UP = "setting up"
    READY = "ready"
    PUMPING = "pumping"
    RESTARTING = "restarting"
    STANDBY = "standby"
    STOPPED = "stopped"
    NOT_SET_UP = "not set up"
    FINISHED = "finished"

    # Enum's own is a Python function, and sets of these are asked for every route at every tick.
    __hash__ = object.__hash__


FAILED_STATUSES = frozenset({RouteStatus.SETUP_FAILED, RouteStatus.DEAD_ON_ARRIVAL, RouteStatus.DIED})
RESTARTABLE_STATUSES = FAILED_STATUSES | {RouteStatus.STALLED}
IN_PUMP_STATUSES = frozenset({RouteStatus.PUMPING, RouteStatus.STALLED})
CARRYING_STATUSES = frozenset({RouteStatus.PUMPING, RouteStatus.FINISHED})  # now, or when the run ended
STOPPABLE_STATUSES = IN_PUMP_STATUSES | {RouteStatus.READY}
JOINABLE_STATUSES = frozenset({RouteStatus.STOPPED})  # while the run goes on


class StreamEnd(enum.Enum):
    """How the event stream came to its end, if it did."""

    OPEN = "open"
    DONE = "done"
    ERROR = "error"
    BROKEN = "broken"


class Severity(enum.Enum):
    """How much an entry of the feed wants to be seen."""

    FAULT = "fault"
    GOOD = "good"
    PLAIN = "plain"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """One line of the event feed.

    Attributes:
        elapsed_ns: since the first event of its run: a recording may hold several.
        kind: the payload's name; "stalled" and "recovered", which the reducer sees in samples; "resumed" after a break.
        text: one line, free of control characters.
        route_index: the route it is about, if it is about one.
        began_ns: when its run began, since the epoch, by which the reducer tells runs apart; 0 before the first event.
    """

    elapsed_ns: int
    kind: str
    text: str
    severity: Severity
    route_index: int | None = None
    began_ns: int = 0


@dataclass(frozen=True, slots=True)
class Attempt:
    """One set-up of a route and what became of it.

    Attributes:
        setup_latency_ns: how long the set-up took.
        error: why the set-up or the pump failed; empty while it goes on, or if it went on to the end or until stopped.
        stopped: somebody took the route out of the run, and nothing had failed.
        bytes_received: by the leg when this attempt ended, cumulative over all attempts.
        dead_time_ns: from the end of this attempt to the next successful set-up; 0 while that is not known.
        began_ns: when the restart was announced, since pump start; 0 for a first set-up or where none was announced.
        established_ns: when the set-up succeeded, since the first event of the stream; None before that.
        ended_ns: when the set-up or the pump failed, the route was stopped, or the run was over, since the first event
            of the stream; None until then.
    """

    number: int
    setup_latency_ns: int = 0
    error: str = ""
    stopped: bool = False
    bytes_received: int = 0
    dead_time_ns: int = 0
    began_ns: int = 0
    established_ns: int | None = None
    ended_ns: int | None = None


@dataclass(slots=True)
class RouteState:
    """One route. Counters are cumulative since pump start and go on over restarts.

    Attributes:
        established: a set-up succeeded and no failure came since.
        failed: the latest set-up or pump ended in failure.
        alive: what the latest sample with legs said.
        latency_ms: the round trip that samples report; 0 while unknown.
        round_trip_ns: of the latest probe on the route's own connection that was answered; 0 while unknown.
        elapsed_ns: since pump start; frozen where the route failed.
        stalled_for_ns: time without a byte while the route counts as alive; shown from `STALL_AFTER_NS` on.
        share: this route's part of the received rate of all routes, 0 to 1.
        last_progress_ns: the sample that last brought a byte, since pump start; None while it does not carry, and
            until the first sample of a route that joined a pump which was already going or was paused.
        dead_time_ns: how long the route carried nothing between failures and the set-ups that mended them; what came
            after the latest failure is not in it: see `routes.dead_time_ns`.
        dead_since_ns: when it stopped to carry, since the first event of the stream; None while it carries.
        attempts: the latest `ATTEMPTS_KEPT` ones, oldest first.
        limited_by: what holds the route back: "window", "cpu_source", "cpu_target" or "path"; empty while unknown.
        window: blocks in flight; 0 while unknown.
        last_error: one line; kept after a successful restart, with `attempts` telling that it is past.
    """

    index: int
    status: RouteStatus = RouteStatus.PENDING
    established: bool = False
    failed: bool = False
    alive: bool = False
    hops: tuple[RouteHop, ...] = ()
    carrier: str = ""
    setup_latency_ns: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0
    send_bps: float = 0.0
    recv_bps: float = 0.0
    share: float = 0.0
    latency_ms: int = 0
    round_trip_ns: int = 0
    elapsed_ns: int = 0
    stalled_for_ns: int = 0
    last_progress_ns: int | None = 0
    dead_time_ns: int = 0
    dead_since_ns: int | None = None
    last_error: str = ""
    limited_by: str = ""
    window: int = 0
    attempts: list[Attempt] = field(default_factory=list)

    @property
    def stalled_s(self) -> int:
        """Whole seconds without a byte; samples cannot tell it more exactly."""
        return (self.stalled_for_ns + STALL_TOLERANCE_NS) // NS_PER_S


@dataclass(slots=True)
class RunState:
    """Everything that a screen, a summary or an export says about a run.

    Attributes:
        routes: by index, in ascending order of index; an index beyond what was asked for is there too.
        phase: the name of the latest phase event; derived from other events where a server sends none.
        phase_started_ns: when that phase began, since the run began.
        elapsed_ns: since the first event of the stream, by the timestamps of events.
        pump_elapsed_ns: since pump start, by samples.
        scenario: name of the embedded scenario; empty on a real network. What is shown of it is SIMULATED.
        planned: the server has named the paths, so that a route without one will not be set up.
        has_legs: samples say what each route carries; those of an older visor do not.
        probe_sequence: of the latest probe of round trips, which each phase counts from 1.
        probe_at_ns: when that was told of, since the first event of the stream.
        last_probe_ns: the latest answer's round trip; 0 before the first.
        node_names: public key to name, as far as the server named them.
        probe_tallies: what became of the probes, by the name of the phase; empty where a server does not tell.
        series: rates, round trips and marks against time, for plots.
        stream_error: why the stream broke, when `end` is BROKEN.
        notes: sentences that the summary repeats, such as fewer paths than routes.
    """

    request: RunRequest = field(default_factory=RunRequest)
    run_id: str = ""
    scenario: str = ""
    node_names: dict[str, str] = field(default_factory=dict)
    routes: dict[int, RouteState] = field(default_factory=dict)
    planned: bool = False
    has_legs: bool = False
    phase: str = ""
    phase_started_ns: int = 0
    phase_planned_ns: int = 0
    first_timestamp_ns: int = 0
    elapsed_ns: int = 0
    pump_elapsed_ns: int = 0
    bytes_sent: int = 0
    bytes_received: int = 0
    send_bps: float = 0.0
    recv_bps: float = 0.0
    avg_send_bps: float = 0.0
    avg_recv_bps: float = 0.0
    peak_send_bps: float = 0.0
    peak_recv_bps: float = 0.0
    active_routes: int = 0
    probe_count: int = 0
    probe_lost: int = 0
    probe_sequence: int = 0
    probe_at_ns: int = 0
    last_probe_ns: int = 0
    probe_tallies: dict[str, ProbeTally] = field(default_factory=dict)
    series: Series = field(default_factory=Series)
    feed: deque[FeedEntry] = field(default_factory=lambda: deque(maxlen=FEED_LIMIT))
    feed_total: int = 0
    notes: list[str] = field(default_factory=list)
    done: MuxBandwidthDone | None = None
    error: MuxBandwidthError | None = None
    end: StreamEnd = StreamEnd.OPEN
    stream_error: str = ""
    unknown_events: int = 0
    paused: bool = False

    @property
    def sampled(self) -> bool:
        """Whether a sample has come."""
        return self.series.sampled_ns is not None
