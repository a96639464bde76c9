"""Cancelling runs at random instants: whatever a run is at, nothing of it may be left."""

from __future__ import annotations

import asyncio
import random
from functools import partial

import pytest

from muxbw_tui.engine.engine import Engine
from muxbw_tui.engine.run import Run
from muxbw_tui.network.local import local_network
from muxbw_tui.network.scenario import load_scenario
from muxbw_tui.pb.muxbw_pb2 import RunRequest
from tests.conftest import eventually

pytestmark = pytest.mark.usefixtures("nothing_left")

MS = 1_000_000
ROUNDS, AT_ONCE = 20, 10
PHASES = ("planning", "set_up", "warm_up", "idle_baseline", "pump")


def has_come_to(runs: list[Run], first: int, wanted: int) -> bool:
    """Whether one of the runs from the first one on is in the wanted phase, or beyond it."""
    return any(run.phase in PHASES[wanted:] for run in runs[first:])


async def test_two_hundred_runs_cancelled_at_random_instants_leave_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A client may leave at any moment: no task, descriptor or table entry of its run may stay."""
    chance = random.Random(4)
    runs: list[Run] = []
    make = Run.__init__

    def noting(run: Run, *args: object, **kwargs: object) -> None:
        make(run, *args, **kwargs)  # type: ignore[arg-type]  # passed on as they are
        runs.append(run)

    monkeypatch.setattr(Run, "__init__", noting)
    request = RunRequest(
        routes=3,
        min_hops=2,
        duration_ns=60_000 * MS,
        idle_baseline_duration_ns=100 * MS,
        warm_up_ns=100 * MS,
        window_mode="auto",
    )
    seen: set[str] = set()
    async with asyncio.timeout(50), local_network(load_scenario("healthy")) as network:
        engine = Engine(network)
        for turn in range(ROUNDS):
            wanted = turn % len(PHASES)
            tasks = [asyncio.ensure_future(engine.execute(request, lambda _: None)) for _ in range(AT_ONCE)]
            await eventually(partial(has_come_to, runs, AT_ONCE * turn, wanted))
            await asyncio.sleep(chance.uniform(0, 0.1))
            seen |= {run.phase for run in runs[-AT_ONCE:]}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        assert len(runs) == ROUNDS * AT_ONCE
        assert seen >= set(PHASES) - {"planning"}
        assert sum(len(run.operations.table) for run in runs) == 0
        assert all(engine.find_run(run.run_id) is None for run in runs)
        await eventually(lambda: network.connection_count == 0)
        names = {task.get_name().partition(":")[0] for task in asyncio.all_tasks()}
        assert names & {"run", "route", "probe"} == set()
