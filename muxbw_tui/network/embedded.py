"""The engine's side of an embedded network: the child process, and the questions asked of it.

The child has a session of its own, so that Ctrl+C in the terminal does not reach it, and it ends when its standard
input closes. Everything here is callbacks of the loop; there is no task to own.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from collections import deque
from typing import TYPE_CHECKING, Self, cast

from muxbw_tui.errors import ConnectError, ProtocolError
from muxbw_tui.network.control import Decoder, encode
from muxbw_tui.network.dial import dial_dmsg, dial_route
from muxbw_tui.network.identity import Identity
from muxbw_tui.network.scenario import load_scenario
from muxbw_tui.pb.muxbw_pb2 import (
    Counters,
    CountersWanted,
    NetworkCommand,
    NetworkReply,
    PumpFaults,
    PumpStarts,
    RunEnded,
    Topology,
)

if TYPE_CHECKING:
    import socket
    from collections.abc import Sequence

    from muxbw_tui.pb.ping_pb2 import RouteHop

START_TIMEOUT_S = 20.0
ANSWER_TIMEOUT_S = 10.0
CLOSE_TIMEOUT_S = 2.0

_STDIN, _STDERR = 0, 2
_TOPOLOGY_ID = 0
_KEPT_LINES = 20
_MAX_LINE_BYTES = 4096

log = logging.getLogger(__name__)


class EmbeddedNetwork:
    """An embedded network in a process of its own. Fulfils `Network`; build it with `start`.

    Attributes:
        topology: as the process told it when it came up.
    """

    def __init__(self, child: _Child, transport: asyncio.SubprocessTransport, source: Identity) -> None:
        self._child = child
        self._transport = transport
        self._source = source
        self._last_id = _TOPOLOGY_ID
        self.topology = Topology()

    @classmethod
    async def start(cls, scenario: str) -> Self:
        """Start the process for a built-in scenario or a scenario file. When cancelled, no process is left.

        Raises:
            ScenarioError: the scenario cannot be used.
            ConnectError: the process did not come up; the message has its last words.
        """
        loaded = load_scenario(scenario)
        loop = asyncio.get_running_loop()
        # -P: the child must not import what lies in the operator's directory under the name of a library.
        command = (sys.executable, "-P", "-m", "muxbw_tui.network.process", scenario)
        child = _Child()
        came_up = child.expect(_TOPOLOGY_ID)
        transport, _ = await loop.subprocess_exec(lambda: child, *command, start_new_session=True)
        network = cls(child, transport, Identity.derive(loaded.seed, loaded.source))
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                network.topology = (await came_up).topology
        except TimeoutError as exc:
            await network.close()
            raise ConnectError(f"the embedded network did not come up within {START_TIMEOUT_S:g} s") from exc
        except BaseException:
            await network.close()
            raise
        return network

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc_info: object) -> None:
        await self.close()

    @property
    def pid(self) -> int:
        """The process id."""
        return self._transport.get_pid()

    async def dial(
        self, hops: Sequence[RouteHop], *, run_id: str, route_index: int, timeout_s: float
    ) -> socket.socket:
        """Set a route up; see `Network`.

        Raises:
            SetUpError: the route did not come up within `timeout_s`; the message names the node.
        """
        return await dial_route(
            self.topology, self._source, hops, run_id=run_id, route_index=route_index, timeout_s=timeout_s
        )

    async def dial_dmsg(self, target_key: str, *, run_id: str, timeout_s: float) -> socket.socket:
        """Reach a node over its rendezvous; see `Network`.

        Raises:
            SetUpError: the connection did not come up within `timeout_s`.
        """
        return await dial_dmsg(self.topology, self._source, target_key, run_id=run_id, timeout_s=timeout_s)

    async def pump_starts(self, run_id: str) -> PumpFaults:
        """Arm a run's faults; see `Network`.

        Raises:
            ConnectError: the network is gone.
        """
        reply = await self._ask(NetworkCommand(pump_starts=PumpStarts(run_id=run_id)))
        return reply.pump_faults

    async def run_ended(self, run_id: str) -> None:
        """Lift a run's faults; see `Network`."""
        with contextlib.suppress(ConnectError):
            await self._ask(NetworkCommand(run_ended=RunEnded(run_id=run_id)))

    async def gone(self) -> ConnectError:
        """Wait until the network's process has ended, and return what it last said."""
        await asyncio.shield(self._child.ended)
        return self._child.gone()

    async def counters(self) -> Counters:
        """Return what every node and link has carried; see `Network`.

        Raises:
            ConnectError: the network is gone.
        """
        reply = await self._ask(NetworkCommand(counters_wanted=CountersWanted()))
        return reply.counters

    async def close(self) -> None:
        """End the process and wait until it is gone: gently, then by force. Idempotent."""
        stdin = self._transport.get_pipe_transport(_STDIN)
        if stdin is not None:
            stdin.close()
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await asyncio.shield(self._child.ended)
        except TimeoutError:
            log.warning("the embedded network did not end within %g s and is killed", CLOSE_TIMEOUT_S)
        finally:
            self._transport.close()  # kills it where it still runs
        await asyncio.shield(self._child.ended)

    async def _ask(self, command: NetworkCommand) -> NetworkReply:
        self._last_id += 1
        command.id = self._last_id
        answer = self._child.expect(command.id)
        stdin = cast("asyncio.WriteTransport | None", self._transport.get_pipe_transport(_STDIN))
        if stdin is not None:
            stdin.write(encode(command))
        try:
            async with asyncio.timeout(ANSWER_TIMEOUT_S):
                reply = await answer
        except TimeoutError as exc:
            raise ConnectError(f"the embedded network did not answer within {ANSWER_TIMEOUT_S:g} s") from exc
        if reply.error:
            raise ConnectError(f"the embedded network: {reply.error}")
        return reply


class _Child(asyncio.SubprocessProtocol):
    """Takes what the process says; `ended` is done once it is gone and all its words have come."""

    def __init__(self) -> None:
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._decoder = Decoder(NetworkReply)
        self._answers: dict[int, asyncio.Future[NetworkReply]] = {}
        self._last_lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._line = b""

    def expect(self, reply_id: int) -> asyncio.Future[NetworkReply]:
        """Return the future reply with this id; it fails with ConnectError when the process ends."""
        future: asyncio.Future[NetworkReply] = asyncio.get_running_loop().create_future()
        if self.ended.done():
            future.set_exception(self.gone())
            return future
        self._answers[reply_id] = future
        future.add_done_callback(lambda _: self._answers.pop(reply_id, None))
        return future

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        """Take replies from standard output and log lines from standard error."""
        if fd == _STDERR:
            self._take_log(data)
            return
        try:
            for reply in self._decoder.feed(data):
                answer = self._answers.get(reply.id)
                if answer is not None and not answer.done():
                    answer.set_result(reply)
        except ProtocolError as exc:
            self._fail(ConnectError(f"the embedded network cannot be understood: {exc}"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Fail what is still expected: the process is gone and its pipes are read to the end."""
        del exc
        if not self.ended.done():
            self.ended.set_result(None)
        self._fail(self.gone())

    def _take_log(self, data: bytes) -> None:
        *lines, self._line = (self._line + data).split(b"\n")
        self._line = self._line[-_MAX_LINE_BYTES:]
        for line in lines:
            text = line[:_MAX_LINE_BYTES].decode("utf-8", "replace")
            self._last_lines.append(text)
            log.info("%s", text)

    def gone(self) -> ConnectError:
        """Return what is to be said of a process that has ended."""
        words = "; ".join(self._last_lines) or "it said nothing"
        return ConnectError(f"the embedded network's process has ended: {words}")

    def _fail(self, error: ConnectError) -> None:
        for answer in tuple(self._answers.values()):
            if not answer.done():
                answer.set_exception(error)
