"""What a run does with its plan: it says what it is worth, pins what it is told to, and avoids what has failed."""

from __future__ import annotations

import asyncio
import itertools
import threading
from typing import TYPE_CHECKING

from muxbw_tui.engine.engine import Engine
from muxbw_tui.errors import SetUpError
from muxbw_tui.events import payload_kind
from muxbw_tui.network.identity import Identity
from muxbw_tui.network.topology import node_name, source_of
from muxbw_tui.pb.muxbw_pb2 import RunEvent, RunRequest, Topology, Via
from muxbw_tui.units import NS_PER_MS
from tests.conftest import PATIENCE_S, eventually
from tests.engine.test_breaker import FakeClock
from tests.fakes.network import FakeNetwork

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    import pytest

    from muxbw_tui.engine.limited_paths import Effort
    from muxbw_tui.pb.ping_pb2 import RouteHop

THREE_RELAYS = ["h-a-t", "h-b-t", "h-c-t"]
# The cheap ways cross at x and y, and no two of those that are allowed come from the cheapest ones.
CROSSING = ["h-x", "x-y", "y-t", "h-u", "u-x", "y-v", "v-t", "h-y", "x-t"]


def key_of(name: str) -> str:
    """Return the key of a node."""
    return Identity.derive(1, name).public_key


class RefusingNetwork(FakeNetwork):
    """Every set-up fails at the first node of its path."""

    def __init__(self, chains: Sequence[str]) -> None:
        super().__init__(Topology(source=key_of("h"), target=key_of("t")))
        for chain in chains:
            for ends in itertools.pairwise(chain.split("-")):
                for tail, head in (ends, ends[::-1]):
                    self.topology.node_names[key_of(tail)] = tail
                    self.topology.transports.add(
                        tp_id=tail + head, to=key_of(head), kind="stcpr", **{"from": key_of(tail)}
                    )

    async def dial(
        self, hops: Sequence[RouteHop], *, run_id: str, route_index: int, timeout_s: float
    ) -> socket.socket:
        """Fail at the first node."""
        del run_id, route_index, timeout_s
        raise SetUpError("refused", failed_at=hops[0].to)


async def events_of(engine: Engine, **fields: int | list[Via]) -> list[RunEvent]:
    """Carry a run out, which ends with its set-up."""
    events: list[RunEvent] = []
    await engine.execute(RunRequest(**{"min_hops": 2, **fields}), events.append)  # type: ignore[arg-type]
    return events


def planned(events: list[RunEvent], topology: Topology) -> list[str]:
    """Write each planned path as the names of its nodes."""
    (plan,) = [event.plan for event in events if payload_kind(event) == "plan"]
    return [
        "".join(
            node_name(topology, key) for key in (source_of(route.hops[0]), *(hop.to for hop in route.hops))
        )
        for route in plan.routes
    ]


def limits(events: list[RunEvent]) -> list[str]:
    """Return what kinds of limits were announced."""
    return [event.limits.kind for event in events if payload_kind(event) == "limits"]


async def test_pinned_hops_are_the_paths_of_their_routes() -> None:
    """What the operator pins is what is set up, under the index that was meant."""
    network = RefusingNetwork(THREE_RELAYS)
    events = await events_of(Engine(network), routes=2, hops_via=[Via(), Via(nodes=["c"])])

    assert planned(events, network.topology)[1] == "hct"
    assert limits(events) == []


async def test_a_plan_that_may_not_be_the_best_is_labelled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond the size of the exact search nobody can say that there are no more routes."""
    exact = await events_of(Engine(RefusingNetwork(CROSSING)), routes=2, min_hops=3)
    monkeypatch.setattr("muxbw_tui.engine.planner.EXACT_NODES", 0)
    found = await events_of(Engine(RefusingNetwork(CROSSING)), routes=2, min_hops=3)

    assert "plan" not in limits(exact)
    assert "plan" in limits(found)


async def test_a_later_run_leaves_out_the_nodes_at_which_set_ups_failed() -> None:
    """Three runs fail at the same relay; the fourth takes another while there is one."""
    network = RefusingNetwork(THREE_RELAYS)
    engine = Engine(network, clock=FakeClock())
    first = [planned(await events_of(engine, routes=1), network.topology) for _ in range(3)]
    fourth = planned(await events_of(engine, routes=1), network.topology)
    all_three = planned(await events_of(engine, routes=3), network.topology)

    assert first == [first[0]] * 3
    assert fourth != first[0]
    assert sorted(all_three) == ["hat", "hbt", "hct"]
    assert all_three[-1] == first[0][0]


async def test_a_run_that_is_stopped_while_it_plans_ends_with_done(monkeypatch: pytest.MonkeyPatch) -> None:
    """An exact search may take seconds: whoever presses q meanwhile is not made to wait for a plan."""
    given_up = threading.Event()

    def search_for_ever(*_: object, effort: Effort, **__: object) -> None:
        while effort.left:
            given_up.wait(0.001)
        given_up.set()

    monkeypatch.setattr("muxbw_tui.engine.run_plan.plan_routes", search_for_ever)
    engine = Engine(RefusingNetwork(THREE_RELAYS))
    events: list[RunEvent] = []
    running = asyncio.create_task(engine.execute(RunRequest(), events.append, run_id="run"))
    await eventually(lambda: bool(events) and events[-1].phase.name == "planning")
    run = engine.find_run("run")
    assert run is not None
    run.stop()
    await asyncio.wait_for(running, PATIENCE_S)

    assert events[-1].done.termination_reason == "context_cancel"
    assert await asyncio.to_thread(given_up.wait, PATIENCE_S)


class MeasuringNetwork(RefusingNetwork):
    """What set-ups measure turns the order of the relays round."""

    async def dial(
        self, hops: Sequence[RouteHop], *, run_id: str, route_index: int, timeout_s: float
    ) -> socket.socket:
        """Measure the first hop, and fail."""
        relay = node_name(self.topology, hops[0].to)
        for transport in self.topology.transports:
            if transport.to == hops[0].to:
                transport.delay_ns = {"a": 9, "b": 6, "c": 3}[relay] * NS_PER_MS
        return await super().dial(hops, run_id=run_id, route_index=route_index, timeout_s=timeout_s)


async def test_what_is_measured_numbers_the_next_run_and_not_the_one_under_way() -> None:
    """Route 2 stays route 2 while an operator looks at it; the next run goes by the latencies that were seen."""
    network = MeasuringNetwork(THREE_RELAYS)
    engine = Engine(network)
    events: list[RunEvent] = []
    request = RunRequest(routes=3, min_hops=2, keep_open_ns=60_000 * NS_PER_MS)
    running = asyncio.create_task(engine.execute(request, events.append, run_id="run"))

    def relays() -> list[tuple[int, str]]:
        said = [event.route_established for event in events if payload_kind(event) == "route_established"]
        return [(one.route_index, node_name(network.topology, one.hops[0].to)) for one in said]

    await eventually(lambda: len(relays()) == 3)
    by_name = planned(events, network.topology)
    run = engine.find_run("run")
    assert run is not None
    run.restart_routes([])
    await eventually(lambda: len(relays()) == 6)
    run.stop()
    await running

    assert sorted(relays()[:3]) == sorted(relays()[3:]) == [(i, path[1]) for i, path in enumerate(by_name)]
    by_latency = planned(await events_of(engine, routes=3), network.topology)
    assert by_latency == ["hct", "hbt", "hat"] != by_name
