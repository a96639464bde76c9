"""Events from an engine of our own, run as a child process on an embedded network.

The child serves the same gRPC as any server, on a unix socket in a private directory, and is told which descriptor
belongs to its owner: when that closes, by whatever death of ours, it stops and removes the directory. It has a session
of its own, so that Ctrl+C does not reach it first.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from muxbw_tui.errors import ConnectError, StreamBrokenError, UsageError
from muxbw_tui.sources.stream import GrpcSource

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from muxbw_tui.pb.muxbw_pb2 import RestartRoutesReply, RunEvent, RunRequest

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 2.0
MAX_UNIX_PATH = 107
READY_PREFIX = b"listening on "
DIRECTORY_PREFIX = "muxbw-"
_USAGE_STATUS = 2
# Without it the child would import whatever lies in the operator's directory under the name of a library.
PYTHON_FLAGS = ("-P",)


class EmbeddedSource:
    """One run on an engine that lives and dies with this source.

    Args:
        scenario: a built-in's name or a file.
        request: what to run.
    """

    live = True
    title = "the embedded engine"

    def __init__(self, scenario: str, request: RunRequest) -> None:
        self._scenario = scenario
        self._request = request
        self._child: asyncio.subprocess.Process | None = None
        self._owner_fd: int | None = None
        self._directory: Path | None = None
        self._stream: GrpcSource | None = None
        self._stop_wanted = False

    @property
    def cannot_restart(self) -> str:
        """Empty: the embedded engine can always restart a route."""
        return ""

    @property
    def child_pid(self) -> int | None:
        """Process id of the engine, once it was started."""
        return self._child.pid if self._child else None

    async def events(self) -> AsyncIterator[RunEvent]:
        """Start the engine and the run, and yield its events.

        Raises:
            UsageError: the scenario cannot be used.
            ConnectError: the engine did not start.
            StreamBrokenError: the engine died, or the stream broke.
        """
        address = await self._start()
        stream = self._stream = GrpcSource(address, self._request, title=self.title)
        if self._stop_wanted:
            await stream.stop_run()
        try:
            async for event in stream.events():
                yield event
        except (StreamBrokenError, ConnectError) as exc:
            raise StreamBrokenError(await self._how_it_died() or str(exc)) from exc

    async def stop_run(self) -> None:
        """Ask the run to end with `done`, as soon as there is one."""
        if self._stream is None:
            self._stop_wanted = True
        else:
            await self._stream.stop_run()

    async def restart_routes(self, route_indexes: Sequence[int]) -> RestartRoutesReply:
        """Restart the given routes, or with none given every failed one."""
        if self._stream is None:
            raise ConnectError("the engine has not started yet")
        return await self._stream.restart_routes(route_indexes)

    async def close(self) -> None:
        """Close the stream, and end the child; it is killed if it has not ended after `STOP_TIMEOUT_S`."""
        if self._stream is not None:
            await self._stream.close()
        if self._owner_fd is not None:
            os.close(self._owner_fd)
            self._owner_fd = None
        if self._child is not None:
            try:
                async with asyncio.timeout(STOP_TIMEOUT_S):
                    await self._child.wait()
            except TimeoutError:
                await self._kill(self._child)
            except asyncio.CancelledError:
                self._child.kill()
                raise
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)

    @staticmethod
    async def _kill(child: asyncio.subprocess.Process) -> None:
        with contextlib.suppress(ProcessLookupError):
            child.kill()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(STOP_TIMEOUT_S):
                await child.wait()

    async def _start(self) -> str:
        """Start the child and return the address it listens on."""
        self._directory = private_directory()
        address = f"unix:{self._directory / 'engine.sock'}"
        owned_fd, self._owner_fd = os.pipe()
        try:
            with (self._directory / "engine.log").open("wb") as log_file:
                self._child = await asyncio.create_subprocess_exec(
                    *(sys.executable, *PYTHON_FLAGS, "-m", "muxbw_tui", "serve", "--listen", address),
                    *("--scenario", self._scenario, "--owner-fd", str(owned_fd)),
                    stdin=asyncio.subprocess.DEVNULL,
                    stdout=asyncio.subprocess.PIPE,
                    stderr=log_file,
                    pass_fds=(owned_fd,),
                    start_new_session=True,
                )
        finally:
            os.close(owned_fd)
        try:
            await asyncio.wait_for(self._until_ready(), START_TIMEOUT_S)
        except TimeoutError:
            raise ConnectError(f"the engine was not ready within {START_TIMEOUT_S:g} s") from None
        return address

    async def _until_ready(self) -> None:
        if self._child is None or self._child.stdout is None:
            return
        async for line in self._child.stdout:
            if line.startswith(READY_PREFIX):
                return
        died = await self._how_it_died()
        if self._child.returncode == _USAGE_STATUS:
            raise UsageError(self._last_log_lines())
        raise ConnectError(died or "the engine closed its output before it was ready")

    async def _how_it_died(self) -> str:
        """Say how the child ended, with its last words; empty if it still runs a moment after its stream broke."""
        if self._child is None:
            return ""
        try:
            status = await asyncio.wait_for(self._child.wait(), 1.0)
        except TimeoutError:
            return ""
        if status < 0:
            return f"the engine process was killed by signal {-status}"
        words = self._last_log_lines()
        return f"the engine process ended with status {status}" + (f": {words}" if words else "")

    def _last_log_lines(self) -> str:
        if self._directory is None:
            return ""
        try:
            text = (self._directory / "engine.log").read_text("utf-8", "replace")
        except OSError:
            return ""
        return " / ".join(text.strip().splitlines()[-3:]).removeprefix("Error: ")


def private_directory() -> Path:
    """Make a directory for a socket that only this user may enter, with a path short enough for one."""
    directory = Path(tempfile.mkdtemp(prefix=DIRECTORY_PREFIX))
    if len(bytes(directory / "engine.sock")) > MAX_UNIX_PATH:
        directory.rmdir()
        directory = Path(tempfile.mkdtemp(prefix=DIRECTORY_PREFIX, dir="/tmp"))
    return directory
