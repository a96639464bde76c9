"""An engine of our own: a child process that serves an embedded network on a unix socket that only we can reach.

The child has a session of its own, so that Ctrl+C does not reach it first, and is told which descriptor belongs to its
owner: when that closes, by whatever death of ours, it stops and removes its directory, unless a run of it was told to
outlive us. It is started without asyncio, whose transports kill a child that they are not allowed to wait for.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from muxbw_tui.errors import ConnectError, ExitCode, UsageError
from muxbw_tui.sources.engines import engine_address, engine_directory

if TYPE_CHECKING:
    from pathlib import Path

START_TIMEOUT_S = 30.0
STOP_TIMEOUT_S = 2.0
# Without it the child would import whatever lies in the operator's directory under the name of a library.
PYTHON_FLAGS = ("-P",)
READY_PREFIX = b"listening on "
_LOG = "engine.log"


class EngineProcess:
    """One engine as a child process.

    Args:
        scenario: a built-in's name or a file.
    """

    def __init__(self, scenario: str) -> None:
        self._scenario = scenario
        self._child: subprocess.Popen[bytes] | None = None
        self._owner_fd: int | None = None
        self._directory: Path | None = None
        self._released = False

    @property
    def pid(self) -> int | None:
        """Process id of the engine, once it was started."""
        return self._child.pid if self._child else None

    async def start(self) -> str:
        """Start the child and return the address it listens on. When cancelled, `close` still has to be called.

        Raises:
            UsageError: the scenario cannot be used.
            ConnectError: the engine did not come up.
        """
        self._directory = engine_directory()
        address = engine_address(self._directory)
        owned_fd, self._owner_fd = os.pipe()
        try:
            child = self._child = _spawn(address, self._scenario, owned_fd, self._directory / _LOG)
        finally:
            os.close(owned_fd)
        try:
            async with asyncio.timeout(START_TIMEOUT_S):
                ready = await _says_ready(child)
        except TimeoutError:
            raise ConnectError(f"the engine was not ready within {START_TIMEOUT_S:g} s") from None
        if not ready:
            died = await self.how_it_died()
            if child.returncode == ExitCode.USAGE:
                raise UsageError(self._last_log_lines())
            raise ConnectError(died or "the engine closed its output before it was ready")
        return address

    def release(self) -> None:
        """Leave the engine running when `close` is called: a run of it was told to outlive its clients."""
        self._released = True

    async def how_it_died(self) -> str:
        """Say how the child ended, with its last words; empty if it still runs a moment after its stream broke."""
        if self._child is None or not await _has_ended(self._child, within_s=1.0):
            return ""
        status = self._child.returncode
        if status < 0:
            return f"the engine process was killed by signal {-status}"
        words = self._last_log_lines()
        return f"the engine process ended with status {status}" + (f": {words}" if words else "")

    async def close(self) -> None:
        """End the child; it is killed if it has not ended after `STOP_TIMEOUT_S`. Idempotent."""
        if self._owner_fd is not None:
            os.close(self._owner_fd)
            self._owner_fd = None
        if self._child is not None and self._child.stdout is not None:
            self._child.stdout.close()
        if self._released:
            return
        if self._child is not None:
            await _end(self._child)
        if self._directory is not None:
            shutil.rmtree(self._directory, ignore_errors=True)

    def _last_log_lines(self) -> str:
        if self._directory is None:
            return ""
        try:
            text = (self._directory / _LOG).read_text("utf-8", "replace")
        except OSError:
            return ""
        return " / ".join(text.strip().splitlines()[-3:]).removeprefix("Error: ")


def _spawn(address: str, scenario: str, owned_fd: int, log: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, *PYTHON_FLAGS, "-m", "muxbw_tui", "serve"]
    command += ["--listen", address, "--scenario", scenario]
    with log.open("wb") as log_file:
        return subprocess.Popen(  # noqa: S603 (our own program)
            [*command, "--owner-fd", str(owned_fd)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log_file,
            pass_fds=(owned_fd,),
            start_new_session=True,
            env=_environment(),
        )


def _environment() -> dict[str, str]:
    """Return the environment without the operator's settings: they are for the engines that he starts himself."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("MUXBW_")}
    return ours | {"MUXBW_CONFIG": ""}


async def _says_ready(child: subprocess.Popen[bytes]) -> bool:
    """Wait until the child has said where it listens, or has closed its output."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    transport, _ = await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), child.stdout)
    try:
        async for line in reader:
            if line.startswith(READY_PREFIX):
                return True
        return False
    finally:
        transport.close()


async def _end(child: subprocess.Popen[bytes]) -> None:
    """Wait for a child that has been told to end; kill it if it does not, or if nobody waits any more."""
    try:
        ended = await _has_ended(child, within_s=STOP_TIMEOUT_S)
    except asyncio.CancelledError:
        child.kill()
        raise
    if not ended:
        child.kill()
        await _has_ended(child, within_s=STOP_TIMEOUT_S)


async def _has_ended(child: subprocess.Popen[bytes], *, within_s: float) -> bool:
    try:
        await asyncio.to_thread(child.wait, within_s)
    except subprocess.TimeoutExpired:
        return False
    return True
