"""When and where faults strike, with a clock that the test turns."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from muxbw_tui.network.faults import GARBAGE, MAX_ROUTE_INDEX, Faults, Place, Reception
from muxbw_tui.network.scenario import Fault, FaultKind
from muxbw_tui.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable

RUN = "run"
LINK = frozenset({"here", "osaka"})


class HandClock:
    """Timers that fire when the test says so; stands for a loop's `call_later`."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self._timers: list[asyncio.TimerHandle] = []

    def call_later(self, delay_s: float, callback: Callable[[], None]) -> asyncio.TimerHandle:
        handle = asyncio.TimerHandle(self.now_s + delay_s, callback, (), asyncio.get_running_loop())
        self._timers.append(handle)
        return handle

    def turn_to(self, now_s: float) -> None:
        """Fire what is due, in order."""
        for timer in sorted(self._timers, key=asyncio.TimerHandle.when):
            if timer.when() <= now_s and not timer.cancelled():
                self._timers.remove(timer)
                self.now_s = timer.when()
                timer._run()
        self.now_s = now_s


class Connection:
    """Remembers what was done to it; stands for a `Session`."""

    def __init__(self) -> None:
        self.lasting: set[str] = set()
        self.done: list[str] = []

    def reset(self) -> None:
        self.done.append("reset")

    def set_stalled(self, *, stalled: bool) -> None:
        self._set("stalled", on=stalled)

    def set_swallowing(self, *, swallowing: bool) -> None:
        self._set("swallowing", on=swallowing)

    def half_close(self) -> None:
        self.done.append("half-close")

    def inject(self, data: bytes) -> None:
        assert data == GARBAGE
        self.done.append("garbage")

    def _set(self, name: str, *, on: bool) -> None:
        (self.lasting.add if on else self.lasting.discard)(name)


def route(index: int, run_id: str = RUN, node: str = "osaka") -> Place:
    """Return where a route's first node stands."""
    return Place(node=node, run_id=run_id, route_index=index)


def fault(kind: FaultKind, at_s: float | None = None, for_s: float | None = None, **where: Any) -> Fault:
    """Return a fault with its times in seconds; `where` (Any: of several types) is what Fault takes."""
    at_ns = None if at_s is None else round(at_s * NS_PER_S)
    for_ns = None if for_s is None else round(for_s * NS_PER_S)
    return Fault(kind, at_ns, for_ns, **where)


@pytest.fixture
async def clock() -> HandClock:
    """Return a clock at 0."""
    return HandClock()


async def test_a_timed_fault_waits_for_the_pump_and_heals(clock: HandClock) -> None:
    """Route 2 of flaky stalls from 4 s for 6 s, counted from pump start."""
    faults = Faults([fault(FaultKind.STALL, 4, 6, route_index=2)], call_later=clock.call_later)
    stalling, other = Connection(), Connection()
    faults.enter(route(2), stalling)
    faults.enter(route(1), other)

    clock.turn_to(100)
    assert not stalling.lasting

    faults.arm(RUN)
    clock.turn_to(103.9)
    assert not stalling.lasting
    clock.turn_to(104)
    assert stalling.lasting == {"stalled"}
    assert not other.lasting
    clock.turn_to(110)
    assert not stalling.lasting


async def test_while_a_reset_lasts_new_set_ups_are_refused(clock: HandClock) -> None:
    """A restart of route 1 must fail before 5 s and succeed after."""
    faults = Faults([fault(FaultKind.RESET, 3, 2, route_index=1)], call_later=clock.call_later)
    connection = Connection()
    faults.enter(route(1), connection)
    faults.arm(RUN)

    assert await faults.receive(route(1)) is Reception.ACCEPT
    clock.turn_to(3)
    assert connection.done == ["reset"]
    assert await faults.receive(route(1)) is Reception.REFUSE
    assert await faults.receive(route(0)) is Reception.ACCEPT
    clock.turn_to(5)
    assert await faults.receive(route(1)) is Reception.ACCEPT


async def test_faults_are_armed_afresh_for_every_run(clock: HandClock) -> None:
    """The second run on a network must show the same as the first."""
    faults = Faults([fault(FaultKind.RESET, 3, route_index=1)], call_later=clock.call_later)

    for run_id in ("first", "second"):
        connection = Connection()
        faults.enter(route(1, run_id), connection)
        faults.arm(run_id)
        assert await faults.receive(route(1, run_id)) is Reception.ACCEPT
        clock.turn_to(clock.now_s + 3)
        assert connection.done == ["reset"]
        faults.disarm(run_id)
        assert await faults.receive(route(1, run_id)) is Reception.ACCEPT


async def test_a_run_s_fault_leaves_another_run_s_route_alone(clock: HandClock) -> None:
    """Two runs may share a network, each with its own clock."""
    faults = Faults([fault(FaultKind.STALL, 1, route_index=0)], call_later=clock.call_later)
    mine, other = Connection(), Connection()
    faults.enter(route(0), mine)
    faults.enter(route(0, "other run"), other)
    faults.arm(RUN)

    clock.turn_to(1)

    assert (mine.lasting, other.lasting) == ({"stalled"}, set())


async def test_the_end_of_a_run_lifts_what_lasts_and_stops_what_is_to_come(clock: HandClock) -> None:
    """A finished run must not break the next one."""
    stall, blackhole = (
        fault(FaultKind.STALL, 1, node="osaka"),
        fault(FaultKind.BLACKHOLE, 9, node="osaka"),
    )
    faults = Faults([stall, blackhole], call_later=clock.call_later)
    connection = Connection()
    faults.enter(route(0), connection)
    faults.arm(RUN)
    clock.turn_to(1)
    assert connection.lasting == {"stalled"}

    faults.disarm(RUN)
    clock.turn_to(20)

    assert not connection.lasting


async def test_overlapping_stalls_end_with_the_last(clock: HandClock) -> None:
    """A route that two faults stall goes on when neither does."""
    first, second = fault(FaultKind.STALL, 1, 2, node="osaka"), fault(FaultKind.STALL, 2, 5, route_index=0)
    faults = Faults([first, second], call_later=clock.call_later)
    connection = Connection()
    faults.enter(route(0), connection)
    faults.arm(RUN)

    clock.turn_to(4)
    assert connection.lasting == {"stalled"}
    clock.turn_to(7)
    assert not connection.lasting


@pytest.mark.parametrize(
    ("where", "hit", "missed"),
    [
        ({"route_index": 1}, route(1), route(0)),
        ({"node": "osaka"}, Place(node="osaka", run_id=RUN), route(0, node="lima")),
        ({"link": LINK}, Place(link=LINK), Place(link=frozenset({"here", "lima"}))),
        ({}, route(5), Place(node="osaka", run_id=RUN)),
        ({}, route(5), Place(link=LINK)),
    ],
)
async def test_a_fault_strikes_where_it_says(
    clock: HandClock, where: dict[str, Any], hit: Place, missed: Place
) -> None:
    """One without a place is every route's: at its first node, and at no other and on no link again."""
    faults = Faults([fault(FaultKind.RESET, 1, **where)], call_later=clock.call_later)
    struck, spared = Connection(), Connection()
    faults.enter(hit, struck)
    faults.enter(missed, spared)
    faults.arm(RUN)

    clock.turn_to(1)

    assert (struck.done, spared.done) == (["reset"], [])


async def test_only_the_first_node_has_the_route_s_own_faults() -> None:
    """A refused route names the first node, and slow set-up is slow once."""
    faults = Faults([], call_later=HandClock().call_later)
    with faults.forwarding(run_id=RUN, route_index=1, to_key="key of there"):
        downstream = faults.place_at("there", "key of there", run_id=RUN, route_index=1)
        other_route = faults.place_at("there", "key of there", run_id=RUN, route_index=2)
    afterwards = faults.place_at("there", "key of there", run_id=RUN, route_index=1)

    assert downstream.route_index is None
    assert other_route.route_index == 2
    assert afterwards.route_index == 1


@pytest.mark.parametrize(
    ("kind", "reception"),
    [
        (FaultKind.REFUSE, Reception.REFUSE),
        (FaultKind.RESET, Reception.RESET),
        (FaultKind.BLACKHOLE, Reception.SILENCE),
        (FaultKind.GARBAGE, Reception.GARBAGE),
        (FaultKind.HALF_CLOSE, Reception.HALF_CLOSE),
        (FaultKind.NO_ENTRY, Reception.ACCEPT),
    ],
)
async def test_set_up_faults_are_there_before_any_run(kind: FaultKind, reception: Reception) -> None:
    """Set-up comes before pump start, so these cannot wait to be armed."""
    faults = Faults([fault(kind)], call_later=HandClock().call_later)

    assert await faults.receive(route(0)) is reception


async def test_a_set_up_fault_with_an_end_heals_that_long_after_pump_start(clock: HandClock) -> None:
    """So a route that could not be set up can be restarted later."""
    faults = Faults([fault(FaultKind.REFUSE, None, 5)], call_later=clock.call_later)
    faults.arm(RUN)

    clock.turn_to(4.9)
    assert await faults.receive(route(0)) is Reception.REFUSE
    clock.turn_to(5)
    assert await faults.receive(route(0)) is Reception.ACCEPT
    assert await faults.receive(route(0, "another run")) is Reception.REFUSE


async def test_a_set_up_that_meets_a_stall_goes_on_when_it_heals(clock: HandClock) -> None:
    """Restarting a stalled route during the stall must not wait for its time-out."""
    faults = Faults([fault(FaultKind.STALL, 1, 5, route_index=0)], call_later=clock.call_later)
    faults.arm(RUN)
    clock.turn_to(1)

    receiving = asyncio.ensure_future(faults.receive(route(0)))
    await asyncio.sleep(0)
    assert not receiving.done()
    clock.turn_to(6)

    assert await receiving is Reception.ACCEPT


async def test_a_connection_that_enters_during_a_fault_meets_it(clock: HandClock) -> None:
    """A fault may begin while the rest of the path is still being set up."""
    faults = Faults(
        [fault(FaultKind.STALL, 1, node="osaka"), fault(FaultKind.GARBAGE, 1, route_index=0)],
        call_later=clock.call_later,
    )
    faults.arm(RUN)
    clock.turn_to(1)
    connection = Connection()

    faults.enter(route(0), connection)

    assert connection.lasting == {"stalled"}
    assert connection.done == ["garbage"]


async def test_no_entry_is_the_engine_s_to_bring_about() -> None:
    """Only the engine can stop its own connection; one for every route covers every index a run can have."""
    one = Faults([fault(FaultKind.NO_ENTRY, None, 2, route_index=3)], call_later=HandClock().call_later)
    every = Faults([fault(FaultKind.NO_ENTRY)], call_later=HandClock().call_later)

    (entry,) = one.arm(RUN).no_entry
    indexes = [entry.route_index for entry in every.arm(RUN).no_entry]

    assert (entry.route_index, entry.for_ns) == (3, 2 * NS_PER_S)
    assert indexes == list(range(MAX_ROUTE_INDEX + 1))
