"""A link between two nodes: a forwarder on loopback that takes its time.

Each of a link's two directions is one capacity that every connection on the link shares, whoever dialled it; a
bottleneck is one more that several links share. The forwarder stops reading while a capacity's queue is full, and reads
little at a time, so that the queue is overshot by one piece at most. Connections that wait for room are served in
the order in which they came. The arithmetic is in `shaping.py`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from typing import TYPE_CHECKING, assert_never

from muxbw_tui.network import sockets
from muxbw_tui.network.acceptor import Acceptor
from muxbw_tui.network.faults import GARBAGE, Faults, Place, Reception
from muxbw_tui.network.flow import READ_BYTES, Flow, Session, Tally
from muxbw_tui.network.frames import MAX_FRAME_BYTES
from muxbw_tui.network.presence import until_gone
from muxbw_tui.network.shaping import DelayLine, RateClock
from muxbw_tui.units import NS_PER_S

if TYPE_CHECKING:
    import random
    import socket

log = logging.getLogger(__name__)

# The loop's timers wait for whole milliseconds, rounded up: half of one late on average, and on every link of a path.
TIMER_LATE_NS = 500_000


class Gate:
    """A capacity, and the flows that wait for room in its queue."""

    def __init__(self, clock: RateClock) -> None:
        self.clock = clock
        self._waiting: deque[ShapedFlow] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def admits(self, now_ns: int, *, ahead_of_others: bool) -> bool:
        """Return whether a flow may read now: there is room, and nobody has waited for it longer."""
        return self.clock.has_room_at_ns() <= now_ns and (ahead_of_others or not self._waiting)

    def wait(self, flow: ShapedFlow) -> None:
        """Let a flow have its turn when there is room and those before it have had theirs."""
        self._waiting.append(flow)
        self._arm()

    def _arm(self) -> None:
        if self._timer is None and self._waiting:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(self.clock.has_room_at_ns() / NS_PER_S, self._on_room)

    def _on_room(self) -> None:
        self._timer = None
        while self._waiting and self.clock.has_room_at_ns() <= time.monotonic_ns():
            self._waiting.popleft().take_turn(self)
        self._arm()


class LinkDirection:
    """One direction of a link: its capacities in the order in which bytes pass them, its delay, and what it delivered.

    Args:
        gates: none where the rate is unlimited.
        queue_bytes: of the link.
        rate_bps: of the link; 0 = unlimited.
    """

    def __init__(
        self,
        *,
        gates: tuple[Gate, ...],
        rate_bps: float,
        queue_bytes: int,
        delay_ns: int,
        jitter_ns: int,
        rng: random.Random,
    ) -> None:
        self.tally = Tally()
        self._gates = gates
        self._delay_ns = delay_ns
        self._jitter_ns = jitter_ns
        self._random = rng
        under_way_bytes = rate_bps / 8 * (delay_ns + jitter_ns) / NS_PER_S
        self.hold_bytes = MAX_FRAME_BYTES + queue_bytes + round(under_way_bytes)
        self.read_bytes = min((gate.clock.piece_bytes for gate in gates), default=READ_BYTES)

    def flow(self, source: socket.socket, destination: socket.socket, scratch: memoryview) -> Flow:
        """Return a flow for one connection's bytes in this direction."""
        if not self._gates and self._delay_ns + self._jitter_ns == 0:
            return Flow(source, destination, scratch=scratch, tally=self.tally)
        line = DelayLine(delay_ns=self._delay_ns, jitter_ns=self._jitter_ns, rng=self._random)
        return ShapedFlow(source, destination, scratch=scratch, direction=self, line=line)

    def admits(self, flow: ShapedFlow, turn_of: Gate | None) -> bool:
        """Return whether a flow may read one piece now; one that may not is in some gate's queue then."""
        at_ns = time.monotonic_ns()
        for gate in self._gates:
            if not gate.admits(at_ns, ahead_of_others=gate is turn_of):
                gate.wait(flow)
                return False
            at_ns = max(at_ns, gate.clock.free_at_ns)
        return True

    def depart_ns(self, size: int) -> int:
        """Take bytes that come now, and return when the last of them leaves."""
        at_ns = time.monotonic_ns()
        for gate in self._gates:
            at_ns = gate.clock.depart_ns(at_ns, size)
        return at_ns


class ShapedFlow(Flow):
    """A flow whose bytes wait for their departure and then travel."""

    def __init__(
        self,
        source: socket.socket,
        destination: socket.socket,
        *,
        scratch: memoryview,
        direction: LinkDirection,
        line: DelayLine,
    ) -> None:
        super().__init__(source, destination, scratch=scratch, tally=direction.tally)
        self.read_bytes = direction.read_bytes
        self._direction = direction
        self._line = line
        self._under_way: deque[tuple[int, bytes | None]] = (
            deque()
        )  # (arrival, piece); None is the end of input
        self._under_way_bytes = 0
        self._arrival_timer: asyncio.TimerHandle | None = None
        self._waits_for_room = False

    def stop(self) -> None:
        """Let go of the loop and of what is under way."""
        super().stop()
        self._forget()

    def finish(self) -> None:
        """Tell the destination that nothing more comes, and drop what is under way."""
        self._forget()
        super().finish()

    def take_turn(self, gate: Gate) -> None:
        """Read a piece for which the gate has room."""
        self._waits_for_room = False
        if self._may_read():
            self._read_if_admitted(turn_of=gate)
        self._update_reading()

    def _may_read(self) -> bool:
        has_room = not self._waits_for_room and self._under_way_bytes < self._direction.hold_bytes
        return has_room and super()._may_read()

    def _on_readable(self) -> None:
        self._read_if_admitted(turn_of=None)

    def _read_if_admitted(self, turn_of: Gate | None) -> None:
        if self._direction.admits(self, turn_of):
            super()._on_readable()
        else:
            self._waits_for_room = True
            self._update_reading()

    def _on_piece(self, piece: memoryview) -> None:
        self._under_way.append((self._line.arrive_ns(self._direction.depart_ns(len(piece))), bytes(piece)))
        self._under_way_bytes += len(piece)
        self._await_arrival()
        self._update_reading()

    def _on_end(self) -> None:
        self._under_way.append((self._line.arrive_ns(time.monotonic_ns()), None))
        self._await_arrival()

    def _on_sent(self) -> None:
        self._deliver()

    def _await_arrival(self) -> None:
        if self._under_way and self._arrival_timer is None and not self._held:
            early_ns = self._under_way[0][0] - TIMER_LATE_NS
            self._arrival_timer = self._loop.call_at(early_ns / NS_PER_S, self._on_arrival)

    def _on_arrival(self) -> None:
        self._arrival_timer = None
        self._deliver()

    def _deliver(self) -> None:
        now_ns = time.monotonic_ns() + TIMER_LATE_NS
        while self._under_way and not self._held and self._under_way[0][0] <= now_ns:
            _, piece = self._under_way.popleft()
            if piece is None:
                self._end()
                return
            self._under_way_bytes -= len(piece)
            self._send(memoryview(piece))
        self._await_arrival()
        self._update_reading()

    def _forget(self) -> None:
        self._under_way.clear()
        self._under_way_bytes = 0
        if self._arrival_timer is not None:
            self._arrival_timer.cancel()
            self._arrival_timer = None


class LinkForwarder:
    """The port on which one end of a link dials the other.

    Args:
        name: for the log: `here→osaka`.
        ends: names of the two nodes, for faults.
        forward: the direction of the dialler's bytes.
        backward: the direction of the answers.
        node_address: where the other end listens.
    """

    def __init__(
        self,
        name: str,
        *,
        ends: frozenset[str],
        forward: LinkDirection,
        backward: LinkDirection,
        node_address: str,
        faults: Faults,
        scratch: memoryview,
    ) -> None:
        self.name = name
        self._place = Place(link=ends)
        self._forward = forward
        self._backward = backward
        self._node_address = node_address
        self._faults = faults
        self._scratch = scratch
        self._sessions: set[Session] = set()
        self._acceptor = Acceptor(name, self._take)
        self.address = self._acceptor.address

    @property
    def connection_count(self) -> int:
        """How many connections have come in and are still there."""
        return self._acceptor.pending_count + len(self._sessions)

    async def serve(self) -> None:
        """Forward connections until cancelled."""
        try:
            await self._acceptor.serve()
        finally:
            self.close()

    def close(self) -> None:
        """Close the port and every connection that is up. Idempotent."""
        self._acceptor.close()
        for session in tuple(self._sessions):
            session.reset()

    async def _take(self, near: socket.socket) -> None:
        try:
            async with until_gone(near):
                reception = await self._faults.receive(self._place)
            if reception in (Reception.REFUSE, Reception.RESET):
                sockets.reset(near)
                return
            far = await sockets.connect(self._node_address)
        except EOFError:
            sockets.reset(near)
            return
        except OSError as exc:
            log.warning("%s: the far end does not answer: %s", self.name, sockets.describe(exc))
            sockets.reset(near)
            return
        self._join(near, far, reception)

    def _join(self, near: socket.socket, far: socket.socket, reception: Reception) -> None:
        session = Session(
            self.name,
            near=near,
            far=far,
            outward=self._forward.flow(near, far, self._scratch),
            homeward=self._backward.flow(far, near, self._scratch),
            on_closed=self._on_closed,
        )
        self._sessions.add(session)
        session.start()
        self._faults.enter(self._place, session)
        match reception:
            case Reception.SILENCE:
                session.set_swallowing(swallowing=True)
            case Reception.GARBAGE:
                session.inject(GARBAGE)
            case Reception.HALF_CLOSE:
                session.half_close()
            case Reception.ACCEPT | Reception.REFUSE | Reception.RESET:
                pass
            case _:
                assert_never(reception)

    def _on_closed(self, session: Session) -> None:
        self._sessions.discard(session)
        self._faults.leave(session)
