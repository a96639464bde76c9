"""Signs of life: whatever a run is at, a client hears from it, and is not bored where there is news."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest

from muxbw_tui.engine import planner
from muxbw_tui.engine.reporter import SILENCE_S
from muxbw_tui.pb.muxbw_pb2 import RunRequest
from muxbw_tui.run import reducer
from tests.conftest import PATIENCE_S, eventually
from tests.engine.support import MS, Watched, watched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from muxbw_tui.pb.muxbw_pb2 import Phase

pytestmark = pytest.mark.usefixtures("nothing_left")

LONG_NS = 60_000 * MS
HANGING = '[[fault]]\non = "setup"\nroute = 0\nkind = "slow-setup"\ndelay_s = 30\n'


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have silences broken twenty times sooner."""
    monkeypatch.setattr("muxbw_tui.engine.reporter.SILENCE_S", 0.05)


@pytest.fixture
def planning_hangs(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """Have a plan take until the event is set."""
    go_on = threading.Event()

    def plan(*args: Any, **kwargs: Any) -> planner.RoutePlan:  # passed on as they are
        go_on.wait(PATIENCE_S)
        return planner.plan_routes(*args, **kwargs)

    monkeypatch.setattr("muxbw_tui.engine.run_plan.plan_routes", plan)
    yield go_on
    go_on.set()


def said_again(it: Watched, phase: str) -> list[Phase]:
    """Return how often a phase was said again."""
    phases = [event.phase for event in it.of_kind("phase")]
    return [said for said in phases if said.name == phase and said.lasted_ns]


def test_nobody_waits_for_longer_than_a_second() -> None:
    """The other tests have less patience than the program promises."""
    assert SILENCE_S == 1


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(
    ("phase", "fields"),
    [
        ("set_up", {}),
        ("warm_up", {"window_mode": "auto", "warm_up_ns": LONG_NS}),
        ("warm_up", {"warm_up_ns": LONG_NS}),
        ("idle_baseline", {"idle_baseline_duration_ns": LONG_NS, "probe_interval_ns": LONG_NS}),
        ("pump", {}),
    ],
)
async def test_a_phase_in_which_nothing_happens_is_said_again(phase: str, fields: dict[str, Any]) -> None:
    """Silence must mean that something hangs, so a run that waits says so."""
    async with watched(HANGING if phase == "set_up" else "") as it:
        async with it.executing(duration_ns=LONG_NS, sample_interval_ns=LONG_NS, **fields):
            await eventually(lambda: len(said_again(it, phase)) >= 2)
            it.run.stop()
            await eventually(lambda: it.kinds()[-1] == "done")
        announced = next(event.phase for event in it.of_kind("phase") if event.phase.name == phase)
        first, second = said_again(it, phase)[:2]

        assert announced.lasted_ns == 0
        assert 0 < first.lasted_ns < second.lasted_ns
        assert {said.elapsed_ns for said in (announced, first, second)} == {announced.elapsed_ns}
        assert {said.planned_ns for said in (announced, first, second)} == {announced.planned_ns}


@pytest.mark.usefixtures("impatient")
async def test_a_plan_that_takes_long_is_no_silence(planning_hangs: threading.Event) -> None:
    """A large network is planned in a thread, so that the run can speak meanwhile, and others go on."""
    async with watched() as it, it.executing():
        await eventually(lambda: len(said_again(it, "planning")) >= 2)
        planning_hangs.set()
        await eventually(lambda: it.kinds()[-1] == "done")

        assert it.phases()[-1] == "done"


@pytest.mark.usefixtures("impatient")
async def test_a_pause_is_no_silence() -> None:
    """Nothing flows for as long as the operator likes, and the run is there all the same."""
    async with watched() as it, it.executing(duration_ns=LONG_NS, sample_interval_ns=LONG_NS):
        await eventually(lambda: "pump" in it.phases())
        it.run.pause(paused=True)
        before = len(said_again(it, "pump"))
        await eventually(lambda: len(said_again(it, "pump")) >= before + 2)


@pytest.mark.usefixtures("impatient")
async def test_samples_that_come_in_time_are_signs_of_life_enough() -> None:
    """With the usual sample a second, every other line of a recording would else say nothing."""
    async with watched() as it:
        await it.execute(duration_ns=1_000 * MS, sample_interval_ns=50 * MS)

        assert len(said_again(it, "pump")) < len(it.of_kind("sample")) / 4


@pytest.mark.usefixtures("impatient")
async def test_what_is_said_again_changes_nothing_that_a_client_shows() -> None:
    """The clock of the phase must not start anew, and the feed must not fill with lines that say nothing."""
    async with watched() as it:
        await it.execute(window_mode="auto", warm_up_ns=300 * MS, sample_interval_ns=LONG_NS)
        assert said_again(it, "warm_up")
        assert said_again(it, "pump")
        state = reducer.start(RunRequest())
        announced = {}
        for event in it.events:
            reducer.apply(state, event)
            if event.HasField("phase") and not event.phase.lasted_ns:
                announced[event.phase.name] = event.phase.elapsed_ns
            if state.phase:
                assert state.phase_started_ns == announced.get(state.phase, 0)
        lines = [entry.text for entry in state.feed if entry.kind == "phase"]

        assert len(lines) == len(announced) == 5
