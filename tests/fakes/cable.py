"""A network between a client and a server that a test can cut and mend: it forwards TCP from a port that stays."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Cable:
    """Forwards connections to an address while it is whole.

    Attributes:
        address: what the client dials; the same after every mending.
        accepted: how many connections came through.
    """

    def __init__(self, target: str) -> None:
        self.address = ""
        self.accepted = 0
        self._target_host, _, self._target_port = target.rpartition(":")
        self._listener: asyncio.Server | None = None
        self._ends: set[asyncio.StreamWriter] = set()

    async def mend(self) -> None:
        """Let connections through, on the port it had before."""
        host, _, port = self.address.rpartition(":")
        self._listener = await asyncio.start_server(self._forward, host or "127.0.0.1", int(port or 0))
        self.address = "{}:{}".format(*self._listener.sockets[0].getsockname()[:2])

    async def cut(self) -> None:
        """Reset every connection, and refuse new ones."""
        if self._listener is not None:
            self._listener.close()
        for end in tuple(self._ends):
            end.transport.abort()
        while self._ends:
            await asyncio.sleep(0.005)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        far_reader, far_writer = await asyncio.open_connection(self._target_host, int(self._target_port))
        ends = {writer, far_writer}
        self._ends |= ends
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(_pass_on(reader, far_writer))
                group.create_task(_pass_on(far_reader, writer))
        finally:
            for end in ends:
                end.transport.abort()
            self._ends -= ends


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
    writer.transport.abort()


@contextlib.asynccontextmanager
async def cable_to(target: str) -> AsyncIterator[Cable]:
    """Lay a cable to an address for the time of the block."""
    cable = Cable(target)
    await cable.mend()
    try:
        yield cable
    finally:
        await cable.cut()
