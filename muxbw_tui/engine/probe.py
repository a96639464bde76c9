"""The RTT probe: small round trips on a connection of its own, on the schedule of `probe_schedule`.

The connection has the index that is the number of routes asked for; it is dialled before it is used, runs along an
established route's path, and when that route or the connection fails it moves to another, and says so.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from muxbw_tui.engine.blocks import random_block
from muxbw_tui.engine.config import PING_BYTES
from muxbw_tui.engine.errors import PingError
from muxbw_tui.engine.probe_schedule import Outcome, ProbeLedger, probe_on_schedule
from muxbw_tui.engine.probe_stats import ProbeStats
from muxbw_tui.errors import SetUpError
from muxbw_tui.pb.muxbw_pb2 import ProbePath, ProbeTally
from muxbw_tui.pb.ping_pb2 import MuxRttProbe

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from muxbw_tui.engine.config import PingConfig
    from muxbw_tui.engine.connection import PingConnection
    from muxbw_tui.engine.leg import Leg
    from muxbw_tui.engine.operations import PingOperations
    from muxbw_tui.pb.ping_pb2 import MuxBandwidthDone

    Publish = Callable[[ProbePath | MuxRttProbe | ProbeTally], None]

log = logging.getLogger(__name__)

REDIAL_PAUSE_S = 1.0


class ProbeLoop:
    """The probe of one run, phase after phase. A cancelled phase leaves nothing under way but the connection.

    Args:
        config: of the probe's own connection; its hops are set to those of the route it follows.
        legs: the run's routes; the first one alive is followed.
        publish: takes the payloads of events: each probe's outcome, what became of all those of a phase, and where
            the probe has a new connection.
    """

    def __init__(
        self,
        operations: PingOperations,
        config: PingConfig,
        legs: Sequence[Leg],
        *,
        interval_s: float,
        publish: Publish,
    ) -> None:
        self._operations = operations
        self._config = config
        self._legs = legs
        self._interval_s = interval_s
        self._publish = publish
        self._loop = asyncio.get_running_loop()
        self._connection: PingConnection | None = None
        self._along: Leg | None = None
        self._wanted = asyncio.Event()
        self._idle = ProbeStats()
        self._loaded = ProbeStats()

    async def warm_up(self, end_s: float) -> None:
        """Dial the connection and exercise its path until `end_s` on the loop's clock; nothing is said of it."""
        try:
            await self._connect()
        except SetUpError as exc:
            log.warning("the probe's connection did not come up: %s", exc)
        await self._probe(end_s, ProbeStats())

    async def measure_idle(self, end_s: float) -> None:
        """Probe the quiet network until `end_s`."""
        await self._probe(end_s, self._idle, phase="idle_baseline")

    async def measure_loaded(self, end_s: float, *, loaded: Callable[[], bool]) -> None:
        """Probe beside the pump until `end_s`; no probe is due while there is no load to be beside."""
        await self._probe(end_s, self._loaded, phase="pump", due=loaded)

    def report(self, done: MuxBandwidthDone) -> None:
        """Write the figures of both phases into the run's last event."""
        for prefix, stats in (("idle_probe", self._idle), ("probe", self._loaded)):
            for figure in ("count", "avg_ns", "p50_ns", "p99_ns", "jitter_ns"):
                setattr(done, f"{prefix}_{figure}", getattr(stats, figure))

    def close(self) -> None:
        """Let go of the probe's connection. Idempotent."""
        if self._connection is not None:
            self._operations.stop_ping_route(self._config, only=self._connection)
            self._connection = None

    async def _probe(
        self,
        end_s: float,
        stats: ProbeStats,
        *,
        phase: str = "",
        due: Callable[[], bool] = lambda: True,
    ) -> None:
        """Probe until `end_s`; nothing is sent from then on. Without the name of a phase, nothing is said of it."""
        start_s = self._loop.time()

        def take(outcome: Outcome[int]) -> None:
            if outcome.latency_ns:
                stats.add(outcome.latency_ns)
            if phase:
                self._publish(
                    MuxRttProbe(
                        sequence=outcome.key,
                        latency_ns=outcome.latency_ns,
                        error=outcome.error,
                        elapsed_ns=round((outcome.at_s - start_s) * 1e9),
                    )
                )

        ledger = ProbeLedger[int](take)
        send = functools.partial(self._send, ledger, due)
        try:
            async with asyncio.TaskGroup() as group:
                keeper = group.create_task(self._keep_connected(), name="probe:connection")
                await probe_on_schedule(
                    ledger, send, start_s=start_s, end_s=end_s, interval_s=self._interval_s
                )
                keeper.cancel()
        finally:
            tally = ledger.close()
            if phase:
                tally.phase = phase
                self._publish(tally)

    def _send(self, ledger: ProbeLedger[int], due: Callable[[], bool], number: int, due_s: float) -> None:
        connection = self._connection
        connected = connection is not None and not connection.closed
        if not connected or self._along is None or not self._along.alive:
            self._wanted.set()
        if not due():
            return
        sequence = number + 1
        if connection is None or connection.closed:
            ledger.unsent(sequence, "the probe has no connection", self._loop.time())
            return
        ledger.sent(sequence, due_s)
        connection.submit(
            random_block(PING_BYTES),
            timeout_s=self._config.io_timeout_s,
            on_done=functools.partial(ledger.ended, sequence),
        )

    async def _connect(self) -> None:
        """Dial along the first route that is alive; without one, nothing happens.

        Raises:
            SetUpError: the connection did not come up.
        """
        leg = next((leg for leg in self._legs if leg.alive), None)
        if leg is None or leg.config is None:
            return
        hops = leg.config.hops
        self._connection = await self._operations.dial_ping(replace(self._config, hops=hops))
        self._along = leg
        self._publish(
            ProbePath(connection_index=self._config.route_index, along_route=leg.index, hops=hops),
        )

    async def _keep_connected(self) -> None:
        """Dial again whenever the connection, or the route it follows, is gone."""
        while True:
            await self._wanted.wait()
            self._wanted.clear()
            try:
                await self._connect()
                self._wanted.clear()  # what probes that fell due meanwhile wanted, they have now
            except (SetUpError, PingError) as exc:
                log.warning("probe of %s: %s", self._config.ref, exc)
                await asyncio.sleep(REDIAL_PAUSE_S)
