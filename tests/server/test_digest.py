"""What a newcomer is told, held to the reducer: its state is that of one who was there from the start."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any

from hypothesis import Phase as HypothesisPhase
from hypothesis import given, settings
from hypothesis import strategies as st

from muxbw_tui.events import payload_kind
from muxbw_tui.pb.muxbw_pb2 import (
    Limits,
    Paused,
    Phase,
    ProbePath,
    ProbeTally,
    Restarting,
    RouteProbe,
    RunEvent,
    RunRequest,
)
from muxbw_tui.pb.ping_pb2 import (
    MuxBandwidthDone,
    MuxBandwidthSample,
    MuxLegLifecycle,
    MuxLegSample,
    MuxRouteEstablished,
    MuxRouteFailure,
    MuxRttProbe,
)
from muxbw_tui.run import reducer
from muxbw_tui.run.state import ATTEMPTS_KEPT as ATTEMPTS_OF_A_STATE
from muxbw_tui.server.digest import ATTEMPTS_KEPT, FEWEST_ATTEMPTS_KEPT, RunDigest
from tests.fakes.source import at, path, phase, plan, run_started

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from muxbw_tui.run.state import RunState

ROUTES = 3
S = 1_000_000_000
# The feed and the series are for those who were there.
NOT_COMPARED = {"feed", "feed_total", "series"}


@dataclass
class Engine:
    """Publishes what the engine would, in the order in which it would."""

    events: list[RunEvent] = field(default_factory=list)
    now_s: float = 0.0
    alive: dict[int, bool] = field(default_factory=dict)
    attempts: dict[int, int] = field(default_factory=dict)
    carried: dict[int, int] = field(default_factory=dict)
    paused: bool = False
    probes: int = 0

    def publish(self, **payload: Any) -> None:  # one payload by its field's name
        """Publish an event a little later than the one before."""
        self.now_s += 0.01
        self.events.append(RunEvent(timestamp_ns=at(self.now_s), **payload))

    @property
    def elapsed_ns(self) -> int:
        return round((self.now_s - 1) * S)

    def begin(self, ok: Iterable[bool], *, pause: bool = False) -> None:
        """Plan and set up every route, and start the pump a second in; with `pause`, it sends nothing at first."""
        self.events += [run_started(routes=ROUTES), phase("planning", 0.0), plan(ROUTES)]
        self.now_s = 0.2
        self.publish(phase=Phase(name="set_up", elapsed_ns=S // 5))
        if pause:
            self.toggle_pause()
        for index, succeeds in enumerate(ok):
            self.attempts[index] = 1
            self.establish(index, ok=succeeds)
        self.now_s = 1.0
        self.publish(phase=Phase(name="pump", elapsed_ns=S, planned_ns=300 * S))

    def establish(self, index: int, *, ok: bool, relay: int = 0) -> None:
        self.alive[index] = ok
        hops = path(index + ROUTES * relay)
        outcome = MuxRouteEstablished(route_index=index, setup_latency_ns=len(self.events), hops=hops)
        outcome.failed = not ok
        outcome.setup_err = "" if ok else f"no route: event {len(self.events)}"
        self.publish(route_established=outcome)

    def sample(self, wait_s: float, growing: set[int], mbps: float) -> None:
        """Take a sample in which the growing routes have carried more."""
        self.now_s += wait_s
        for index in growing:
            if self.alive.get(index):
                self.carried[index] = self.carried.get(index, 0) + 1000
        legs = [
            MuxLegSample(
                route_index=index,
                bytes_sent=self.carried.get(index, 0),
                bytes_recv=self.carried.get(index, 0),
                inst_recv_bps=mbps * 1e6 * (index in growing),
                alive=alive,
            )
            for index, alive in sorted(self.alive.items())
            if alive or self.carried.get(index)
        ]
        taken = MuxBandwidthSample(
            elapsed_ns=self.elapsed_ns,
            bytes_sent=sum(leg.bytes_sent for leg in legs),
            instant_send_bps=mbps * 1e6,
            instant_recv_bps=mbps * 2e6,
            active_routes=sum(self.alive.values()),
            legs=legs,
        )
        self.publish(sample=taken)

    def fail(self, index: int) -> None:
        if self.alive.get(index):
            self.alive[index] = False
            carried = self.carried.get(index, 0)
            self.publish(
                route_failure=MuxRouteFailure(
                    route_index=index,
                    error_message=f"reset: event {len(self.events)}",
                    bytes_sent_before_failure=carried,
                    bytes_received_before_failure=carried,
                    elapsed_ns=self.elapsed_ns,
                )
            )

    def stop(self, index: int) -> None:
        if self.alive.get(index):
            self.alive[index] = False
            self.publish(leg_lifecycle=MuxLegLifecycle(event="dropped", route_index=index))

    def restart(self, index: int, wait_s: float, *, ok: bool, relay: int = 0) -> None:
        self.fail(index)
        self.attempts[index] += 1
        self.publish(
            restarting=Restarting(route_index=index, attempt=self.attempts[index], elapsed_ns=self.elapsed_ns)
        )
        self.now_s += wait_s
        self.establish(index, ok=ok, relay=relay)

    def say_phase_again(self) -> None:
        self.now_s += 1
        again = Phase(name="pump", elapsed_ns=S, planned_ns=300 * S, lasted_ns=self.elapsed_ns)
        self.publish(phase=again)

    def toggle_pause(self) -> None:
        self.paused = not self.paused
        self.publish(paused=Paused(paused=self.paused))

    def probe(self, *, answered: bool) -> None:
        self.probes += 1
        latency_ns = self.probes * 1000 if answered else 0
        self.publish(rtt_probe=MuxRttProbe(sequence=self.probes, latency_ns=latency_ns))


INDEXES = st.integers(0, ROUTES - 1)
WAITS_S = st.sampled_from([0.1, 1.0, 2.0, 4.0])


def steps() -> st.SearchStrategy[Callable[[Engine], None]]:
    """Return a strategy for what may happen to a run whose pump goes."""
    return st.one_of(
        st.builds(
            lambda wait_s, growing, mbps: lambda engine: engine.sample(wait_s, growing, mbps),
            WAITS_S,
            st.sets(INDEXES),
            st.sampled_from([1.0, 5.0, 25.0]),
        ),
        st.builds(lambda index: lambda engine: engine.fail(index), INDEXES),
        st.builds(lambda index: lambda engine: engine.stop(index), INDEXES),
        st.builds(
            lambda index, wait_s, ok, relay: lambda engine: engine.restart(index, wait_s, ok=ok, relay=relay),
            INDEXES,
            WAITS_S,
            st.booleans(),
            st.integers(0, 1),
        ),
        st.builds(lambda ok: lambda engine: engine.probe(answered=ok), st.booleans()),
        st.just(lambda engine: engine.toggle_pause()),
        st.builds(
            lambda index, kind: (
                lambda engine: engine.publish(limits=Limits(kind=kind, route_index=index, window=index + 1))
            ),
            INDEXES,
            st.sampled_from(["window", "path"]),
        ),
        st.builds(
            lambda detail: lambda engine: engine.publish(limits=Limits(kind="plan", detail=detail)),
            st.sampled_from(["one", "two"]),
        ),
        st.builds(
            lambda index: lambda engine: engine.publish(probe_path=ProbePath(along_route=index)), INDEXES
        ),
        st.builds(
            lambda index: lambda engine: engine.publish(route_probe=RouteProbe(route_index=index)), INDEXES
        ),
        st.builds(
            lambda phase, due: (
                lambda engine: engine.publish(
                    probe_tally=ProbeTally(phase=phase, due=due, sent=due, lost=due)
                )
            ),
            st.sampled_from(["idle_baseline", "pump"]),
            st.integers(0, 3),
        ),
        st.just(lambda engine: engine.say_phase_again()),
    )


def state_after(events: Iterable[RunEvent]) -> RunState:
    """Return what a client makes of the events."""
    state = reducer.start(RunRequest())
    for event in events:
        reducer.apply(state, event)
    return state


def digest_of(events: Iterable[RunEvent], *, routes: int = ROUTES) -> RunDigest:
    """Return the digest of a run that has published the events."""
    digest = RunDigest(routes)
    for event in events:
        digest.add(event)
    return digest


def differences(one: RunState, other: RunState) -> dict[str, tuple[object, object]]:
    """Return what differs, by the field's name."""
    names = [f.name for f in fields(one) if f.name not in NOT_COMPARED]
    return {
        name: (getattr(one, name), getattr(other, name))
        for name in names
        if getattr(one, name) != getattr(other, name)
    }


@given(
    ok=st.lists(st.booleans(), min_size=ROUTES, max_size=ROUTES),
    happenings=st.lists(steps(), max_size=60),
    pause_early=st.booleans(),
    comes_at=st.floats(0, 1),
)
def test_a_newcomer_sees_what_one_sees_who_was_there(
    *, ok: list[bool], happenings: list[Callable[[Engine], None]], pause_early: bool, comes_at: float
) -> None:
    """Two operators on one run must not look at two different runs, whenever the second comes, and from then on."""
    engine = Engine()
    engine.begin(ok, pause=pause_early)
    for happen in happenings:
        happen(engine)
    engine.publish(done=MuxBandwidthDone(termination_reason="duration"))
    before = engine.events[: round(comes_at * len(engine.events))]
    after = engine.events[len(before) :]
    told = digest_of(before).events()

    assert differences(state_after(before), state_after(told)) == {}
    assert differences(state_after(engine.events), state_after([*told, *after])) == {}


# Without the phase that shrinks: it takes minutes over a hundred attempts, and the seed says enough.
GENERATED = settings(max_examples=40, phases=[HypothesisPhase.explicit, HypothesisPhase.generate])
ENDINGS = st.sampled_from(["fails", "is stopped", "stalls"])


@GENERATED
@given(
    attempts=st.lists(
        st.tuples(st.booleans(), ENDINGS, st.integers(0, 2), WAITS_S),
        min_size=ATTEMPTS_KEPT,
        max_size=ATTEMPTS_KEPT + 40,
    ),
    last_one_goes_on=st.booleans(),
)
def test_restarts_without_end_are_compacted_and_the_state_is_the_same(
    *,
    attempts: list[tuple[bool, str, int, float]],
    last_one_goes_on: bool,
) -> None:
    """A route that is restarted for days must neither fill the server's memory nor be shown with other figures."""
    engine = Engine()
    engine.begin([True] * ROUTES)
    for ok, ending, samples, wait_s in attempts:
        engine.restart(0, wait_s, ok=ok)
        for number in range(samples):
            engine.sample(wait_s, {0, 1} if number == 0 else {1}, 5.0)
        if ending == "fails":
            engine.fail(0)
        elif ending == "is stopped":
            engine.stop(0)
    if last_one_goes_on:
        engine.sample(1.0, {0, 1, 2}, 5.0)
    told = digest_of(engine.events).events()

    assert differences(state_after(engine.events), state_after(told)) == {}


def test_a_digest_does_not_grow_with_the_run() -> None:
    """A run may last for seven days, and be restarted all the time."""
    engine = Engine()
    engine.begin([True] * ROUTES)
    lengths = []
    for number in range(4 * ATTEMPTS_KEPT):
        for index in range(ROUTES):
            engine.restart(index, 1.0, ok=True)
        engine.sample(1.0, {0, 1}, 1.0 + number % 7)
        engine.probe(answered=number % 3 > 0)
        engine.publish(route_probe=RouteProbe(route_index=number % ROUTES))
        engine.say_phase_again()
        engine.toggle_pause()
        if number % ATTEMPTS_KEPT == ATTEMPTS_KEPT - 1:
            lengths.append(len(digest_of(engine.events).events()))

    assert lengths[0] < lengths[1] + ROUTES < 6 * ROUTES * (ATTEMPTS_KEPT + 1)
    assert lengths[2] <= lengths[1] + ROUTES
    assert lengths[3] <= lengths[1] + ROUTES


def test_the_more_routes_the_fewer_attempts_are_kept_of_each() -> None:
    """The bound is one for the run: a thousand routes restarted at once must fit in memory, too."""
    engine = Engine()
    engine.begin([True] * ROUTES)
    for _ in range(2 * ATTEMPTS_KEPT):
        engine.restart(0, 1.0, ok=True)
    told = digest_of(engine.events, routes=100_000).events()

    assert sum(event.HasField("restarting") for event in told) == FEWEST_ATTEMPTS_KEPT


def test_as_many_attempts_are_kept_as_a_client_keeps() -> None:
    """With fewer the newcomer would list other attempts; more would be of no use."""
    assert ATTEMPTS_KEPT == ATTEMPTS_OF_A_STATE


def test_what_is_left_out_is_said() -> None:
    """Probes are counted, not kept: the newcomer shows how many there were and how many got lost."""
    engine = Engine()
    engine.begin([True] * ROUTES)
    for number in range(9):
        engine.sample(1.0, {0, 1, 2}, 5.0)
        engine.probe(answered=number % 2 == 0)
        engine.publish(route_probe=RouteProbe(route_index=number % ROUTES))
    told = digest_of(engine.events).events()
    gaps = [event.gap for event in told if payload_kind(event) == "gap"]

    assert [(gap.samples_merged, gap.probes_merged, gap.probes_lost) for gap in gaps] == [(7, 8, 4)]
    assert gaps[0].route_probes_merged == 9 - ROUTES
    assert state_after(told).probe_count == 9


def test_a_run_that_has_said_nothing_yet_has_nothing_to_tell() -> None:
    """Its first event reaches the newcomer live."""
    assert RunDigest(ROUTES).events() == []
