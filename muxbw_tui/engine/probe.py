"""RTT probes: small frames on a connection of their own, due on a schedule whether or not the last one was answered.

Each is timed from the instant at which it was due, so that a slow answer cannot hide the probes that it delayed
(an open loop). The connection has the index that is the number of routes asked for; it is dialled before it is used,
runs along an established route's path, and when that route or the connection fails it moves to another, and says so.
A probe without an answer is reported as failed, never left out; those still within their timeout when the phase ends
are cut off.
"""

from __future__ import annotations

import asyncio
import functools
import itertools
import logging
import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from muxbw_tui.engine.blocks import random_block
from muxbw_tui.engine.errors import PingError
from muxbw_tui.engine.operations import PING_BYTES
from muxbw_tui.errors import SetUpError
from muxbw_tui.pb.muxbw_pb2 import ProbePath
from muxbw_tui.pb.ping_pb2 import MuxRttProbe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from muxbw_tui.engine.config import PingConfig
    from muxbw_tui.engine.connection import Exchange, PingConnection
    from muxbw_tui.engine.leg import Leg
    from muxbw_tui.engine.operations import PingOperations

log = logging.getLogger(__name__)

PROBE_TIMEOUT_S = 3.0
REDIAL_PAUSE_S = 1.0


@dataclass(slots=True)
class ProbeStats:
    """Round-trip times of the answered probes of one phase, in ns; figures as the stock `done` defines them."""

    latencies_ns: list[int] = field(default_factory=list)

    @property
    def count(self) -> int:
        """How many were answered."""
        return len(self.latencies_ns)

    @property
    def avg_ns(self) -> int:
        """The arithmetic mean; 0 without any."""
        return sum(self.latencies_ns) // self.count if self.count else 0

    @property
    def p50_ns(self) -> int:
        """sorted[n/2]; 0 without any."""
        return sorted(self.latencies_ns)[self.count // 2] if self.count else 0

    @property
    def p99_ns(self) -> int:
        """sorted[n×99/100]; 0 without any."""
        return sorted(self.latencies_ns)[self.count * 99 // 100] if self.count else 0

    @property
    def jitter_ns(self) -> int:
        """The population standard deviation; 0 without any."""
        if not self.count:
            return 0
        mean = math.fsum(self.latencies_ns) / self.count
        return round(math.sqrt(math.fsum((x - mean) ** 2 for x in self.latencies_ns) / self.count))


class _Phase:
    """The probes of one phase: which are due, which were answered, and what is said of them."""

    def __init__(
        self, start_s: float, stats: ProbeStats, publish: Callable[[MuxRttProbe], None] | None
    ) -> None:
        self._start_s = start_s
        self._stats = stats
        self._publish = publish
        self._due_s_by_sequence: dict[int, float] = {}

    def sent(self, sequence: int, due_s: float) -> None:
        self._due_s_by_sequence[sequence] = due_s

    def ended(self, sequence: int, exchange: Exchange) -> None:
        """Take an exchange's end; one that was given up already, or comes after the phase, is of no interest."""
        due_s = self._due_s_by_sequence.pop(sequence, None)
        if due_s is None:
            return
        if exchange.error is not None:
            self.failed(sequence, str(exchange.error), exchange.finished_s)
            return
        latency_ns = max(round((exchange.finished_s - due_s) * 1e9), 1)
        self._stats.latencies_ns.append(latency_ns)
        self._say(sequence, exchange.finished_s, latency_ns=latency_ns)

    def failed(self, sequence: int, error: str, now_s: float) -> None:
        self._due_s_by_sequence.pop(sequence, None)
        self._say(sequence, now_s, error=error)

    def give_up_late(self, now_s: float) -> None:
        """Report every probe whose timeout has passed."""
        late = itertools.takewhile(
            lambda item: item[1] + PROBE_TIMEOUT_S <= now_s, self._due_s_by_sequence.items()
        )
        for sequence, _ in list(late):
            self.failed(sequence, f"no answer within {PROBE_TIMEOUT_S:g} s", now_s)

    def close(self) -> None:
        self._due_s_by_sequence.clear()

    def _say(self, sequence: int, now_s: float, *, latency_ns: int = 0, error: str = "") -> None:
        if self._publish is not None:
            elapsed_ns = round((now_s - self._start_s) * 1e9)
            self._publish(
                MuxRttProbe(sequence=sequence, latency_ns=latency_ns, error=error, elapsed_ns=elapsed_ns)
            )


class ProbeLoop:
    """The probe of one run, phase after phase.

    Args:
        config: of the probe's own connection; its hops are set to those of the route it follows.
        legs: the run's routes; the first one alive is followed.
        on_path: told whenever the probe has a new connection.
    """

    def __init__(
        self,
        operations: PingOperations,
        config: PingConfig,
        legs: Sequence[Leg],
        *,
        interval_s: float,
        on_path: Callable[[ProbePath], None],
    ) -> None:
        self._operations = operations
        self._config = config
        self._legs = legs
        self._interval_s = interval_s
        self._on_path = on_path
        self._loop = asyncio.get_running_loop()
        self._connection: PingConnection | None = None
        self._along: Leg | None = None
        self._wanted = asyncio.Event()

    async def run(
        self, end_s: float, stats: ProbeStats, publish: Callable[[MuxRttProbe], None] | None
    ) -> None:
        """Probe until `end_s` on the loop's clock; with no `publish` (the warm-up) nothing is said of it.

        Nothing is sent from then on. Cancelling leaves nothing under way but the connection, and in `stats` what
        had been answered.
        """
        start_s = self._loop.time()
        phase = _Phase(start_s, stats, publish)
        try:
            async with asyncio.TaskGroup() as group:
                keeper = group.create_task(self._keep_connected(), name="probe:connection")
                await self._send_on_schedule(phase, start_s, end_s)
                keeper.cancel()
        finally:
            phase.close()

    def close(self) -> None:
        """Let go of the probe's connection. Idempotent."""
        if self._connection is not None:
            self._operations.stop_ping_route(self._config, only=self._connection)
            self._connection = None

    async def connect(self) -> None:
        """Dial the probe's connection along the first route that is alive; without one, nothing happens.

        Raises:
            SetUpError: it did not come up.
        """
        leg = next((leg for leg in self._legs if leg.alive), None)
        if leg is None or leg.config is None:
            return
        hops = leg.config.hops
        self._connection = await self._operations.dial_ping(replace(self._config, hops=hops))
        self._along = leg
        self._on_path(
            ProbePath(connection_index=self._config.route_index, along_route=leg.index, hops=hops),
        )

    async def _send_on_schedule(self, phase: _Phase, start_s: float, end_s: float) -> None:
        for sequence in itertools.count(1):
            due_s = start_s + (sequence - 1) * self._interval_s
            if due_s >= end_s:
                break
            await asyncio.sleep(max(due_s - self._loop.time(), 0))
            phase.give_up_late(self._loop.time())
            if self._loop.time() >= end_s:
                break  # the loop was late: what is due is cut off rather than sent after the phase
            self._send(phase, sequence, due_s)
        await asyncio.sleep(max(end_s - self._loop.time(), 0))
        phase.give_up_late(self._loop.time())

    def _send(self, phase: _Phase, sequence: int, due_s: float) -> None:
        if self._along is None or not self._along.alive:
            self._wanted.set()
        connection = self._connection
        if connection is None or connection.closed:
            self._wanted.set()
            phase.failed(sequence, "the probe has no connection", self._loop.time())
            return
        phase.sent(sequence, due_s)
        connection.submit(
            random_block(PING_BYTES),
            timeout_s=self._config.io_timeout_s,
            on_done=functools.partial(phase.ended, sequence),
        )

    async def _keep_connected(self) -> None:
        """Dial again whenever the connection, or the route it follows, is gone."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self.connect()
            except (SetUpError, PingError) as exc:
                log.warning("probe of %s: %s", self._config.ref, exc)
                await asyncio.sleep(REDIAL_PAUSE_S)
