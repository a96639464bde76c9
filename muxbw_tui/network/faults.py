"""What goes wrong on an embedded network, where and when.

Two kinds of moment: while a connection is being received (`receive` says how that ends), and while it carries
bytes (a session that has entered is acted upon). A fault with `on = "setup"` knows only the first; a timed one is armed
when a run's pump starts, and for as long as it lasts it meets new connections as well as those that are there.

- A route's fault is brought about by the first node that receives its set-up. A relay says whom it forwards to, and
  that node leaves the fault alone.
- A node's fault meets all its routes, a link's all its connections, whatever run they belong to.
- A fault that names neither route, link nor node is every route's.
- `for_s` counts from the fault's own moment; for one with `on = "setup"` from pump start.
- While a timed reset lasts, new set-ups are refused. What was reset, half closed or answered with garbage stays so; a
  stall and a blackhole heal.
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, assert_never

from muxbw_tui.network.scenario import Fault, FaultKind
from muxbw_tui.pb.muxbw_pb2 import NoEntry, PumpFaults
from muxbw_tui.units import NS_PER_S

MAX_ROUTE_INDEX = 1024  # the probe of a run with as many routes as a request may ask for

GARBAGE = b"\xde\xad\xbe\xef" * 16

log = logging.getLogger(__name__)

CallLater = Callable[[float, Callable[[], None]], asyncio.TimerHandle]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a connection passes: a link, or a node as part of a run's route.

    Attributes:
        link: the names of a link's ends; empty at a node.
        route_index: None where the route's own faults are not brought about.
    """

    node: str = ""
    link: frozenset[str] = frozenset()
    run_id: str = ""
    route_index: int | None = None


class Reception(enum.Enum):
    """How a new connection is received."""

    ACCEPT = "accept"
    REFUSE = "refuse"
    RESET = "reset"
    SILENCE = "silence"
    GARBAGE = "garbage"
    HALF_CLOSE = "half-close"


class Faultable(Protocol):
    """What can be done to a connection that carries bytes; a `Session` is one."""

    def reset(self) -> None:
        """Break it on every side."""
        ...

    def set_stalled(self, *, stalled: bool) -> None:
        """Stop reading, or go on."""
        ...

    def set_swallowing(self, *, swallowing: bool) -> None:
        """Drop every byte that comes, or pass them on again."""
        ...

    def half_close(self) -> None:
        """Tell the dialler that nothing more comes."""
        ...

    def inject(self, data: bytes) -> None:
        """Send the dialler bytes that the other end never sent."""
        ...


@dataclass(frozen=True, slots=True)
class _Active:
    """A timed fault that lasts, and the run whose clock brought it."""

    fault: Fault
    run_id: str


class Faults:
    """All faults of a scenario, and the connections that they may meet.

    Args:
        call_later: the loop's.
    """

    def __init__(self, faults: Sequence[Fault], *, call_later: CallLater) -> None:
        self._faults = tuple(faults)
        self._call_later = call_later
        self._active: list[_Active] = []
        self._healed: set[_Active] = set()
        self._timers: dict[str, list[asyncio.TimerHandle]] = {}
        self._sessions: dict[Faultable, Place] = {}
        self._forwarded: Counter[tuple[str, int, str]] = Counter()
        self._changed = asyncio.Event()

    def arm(self, run_id: str) -> PumpFaults:
        """Start the clock of a run's faults, and return those that the engine must bring about."""
        self.disarm(run_id)
        timers = self._timers[run_id] = []
        reply = PumpFaults()
        for fault in self._faults:
            if fault.kind is FaultKind.NO_ENTRY:
                indexes = range(MAX_ROUTE_INDEX + 1) if fault.route_index is None else (fault.route_index,)
                reply.no_entry.extend(NoEntry(route_index=i, for_ns=fault.for_ns or 0) for i in indexes)
                continue
            active = _Active(fault, run_id)
            if fault.at_ns is not None:
                timers.append(self._at(fault.at_ns, self._begin, active))
            if fault.for_ns is not None:
                timers.append(self._at((fault.at_ns or 0) + fault.for_ns, self._heal, active))
        return reply

    def disarm(self, run_id: str) -> None:
        """Lift a run's faults. Idempotent."""
        for timer in self._timers.pop(run_id, ()):
            timer.cancel()
        self._healed = {healed for healed in self._healed if healed.run_id != run_id}
        for active in [active for active in self._active if active.run_id == run_id]:
            self._lift(active)

    def close(self) -> None:
        """Stop every clock. Idempotent."""
        for run_id in tuple(self._timers):
            self.disarm(run_id)

    def place_at(self, node: str, key: str, *, run_id: str, route_index: int) -> Place:
        """Return where a set-up that has come to a node stands; only the first node has the route's own faults."""
        is_first = not self._forwarded[run_id, route_index, key]
        return Place(node=node, run_id=run_id, route_index=route_index if is_first else None)

    @contextlib.contextmanager
    def forwarding(self, *, run_id: str, route_index: int, to_key: str) -> Iterator[None]:
        """Say for the time of the block that a set-up is on its way from one node to the next."""
        forwarded = (run_id, route_index, to_key)
        self._forwarded[forwarded] += 1
        try:
            yield
        finally:
            self._forwarded[forwarded] -= 1
            self._forwarded += Counter()  # drops the zeros

    async def receive(self, place: Place) -> Reception:
        """Wait as long as faults hold a new connection up, and return how it is received then."""
        while any(fault.kind is FaultKind.STALL for fault in self._faults_at(place)):
            await self._changed.wait()
        delay_ns = sum(fault.delay_ns for fault in self._faults_at(place))
        if delay_ns:
            await asyncio.sleep(delay_ns / NS_PER_S)
        for fault in self._faults_at(place):
            reception = _reception(fault)
            if reception is not Reception.ACCEPT:
                return reception
        return Reception.ACCEPT

    def enter(self, place: Place, session: Faultable) -> None:
        """Let a connection be met by the faults of its place, those that last already included."""
        self._sessions[session] = place
        for active in tuple(self._active):
            if _concerns(active, place) and session in self._sessions:
                self._meet(session, active.fault.kind)

    def leave(self, session: Faultable) -> None:
        """Forget a connection that is closed. Idempotent."""
        self._sessions.pop(session, None)

    def _at(self, after_ns: int, action: Callable[[_Active], None], active: _Active) -> asyncio.TimerHandle:
        return self._call_later(after_ns / NS_PER_S, lambda: action(active))

    def _faults_at(self, place: Place) -> list[Fault]:
        """Return the faults that a new connection would meet now."""
        always = [
            _Active(fault, place.run_id)
            for fault in self._faults
            if fault.at_ns is None and not self._has_healed(fault, place)
        ]
        return [active.fault for active in (*always, *self._active) if _concerns(active, place)]

    def _has_healed(self, fault: Fault, place: Place) -> bool:
        return any(
            healed.fault == fault and place.run_id in ("", healed.run_id)  # a link belongs to every run
            for healed in self._healed
        )

    def _begin(self, active: _Active) -> None:
        log.info("fault begins: %s", active.fault.describe())
        self._active.append(active)
        for session, place in tuple(self._sessions.items()):
            if _concerns(active, place):
                self._meet(session, active.fault.kind)

    def _heal(self, active: _Active) -> None:
        log.info("fault heals: %s", active.fault.describe())
        if active.fault.at_ns is None:
            self._healed.add(active)
            self._tell_waiting()
        else:
            self._lift(active)

    def _lift(self, active: _Active) -> None:
        self._active.remove(active)
        for session, place in tuple(self._sessions.items()):
            if _concerns(active, place):
                lasting = {other.fault.kind for other in self._active if _concerns(other, place)}
                session.set_stalled(stalled=FaultKind.STALL in lasting)
                session.set_swallowing(swallowing=FaultKind.BLACKHOLE in lasting)
        self._tell_waiting()

    def _tell_waiting(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()

    def _meet(self, session: Faultable, kind: FaultKind) -> None:
        match kind:
            case FaultKind.RESET:
                session.reset()
            case FaultKind.STALL:
                session.set_stalled(stalled=True)
            case FaultKind.BLACKHOLE:
                session.set_swallowing(swallowing=True)
            case FaultKind.HALF_CLOSE:
                session.half_close()
            case FaultKind.GARBAGE:
                session.inject(GARBAGE)
            case FaultKind.REFUSE | FaultKind.SLOW_SETUP | FaultKind.NO_ENTRY:
                pass  # nothing that carries bytes already
            case _:
                assert_never(kind)


def _concerns(active: _Active, place: Place) -> bool:
    fault = active.fault
    if fault.link:
        return fault.link == place.link
    if fault.node:
        return fault.node == place.node
    is_this_run = active.run_id == place.run_id
    return is_this_run and place.route_index is not None and fault.route_index in (None, place.route_index)


def _reception(fault: Fault) -> Reception:
    match fault.kind:
        case FaultKind.REFUSE:
            return Reception.REFUSE
        case FaultKind.RESET:
            return Reception.RESET if fault.at_ns is None else Reception.REFUSE
        case FaultKind.BLACKHOLE:
            return Reception.SILENCE
        case FaultKind.GARBAGE:
            return Reception.GARBAGE
        case FaultKind.HALF_CLOSE:
            return Reception.HALF_CLOSE
        case FaultKind.STALL | FaultKind.SLOW_SETUP | FaultKind.NO_ENTRY:
            return Reception.ACCEPT
        case _:
            assert_never(fault.kind)
