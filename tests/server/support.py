"""A server in the test's own loop, on a built-in network, and a client's usual requests."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from muxbw_tui.events import payload_kind
from muxbw_tui.network.local import local_network
from muxbw_tui.network.scenario import load_scenario
from muxbw_tui.pb.muxbw_pb2 import RunRequest
from muxbw_tui.server.security import NO_CREDENTIALS
from muxbw_tui.server.serve import running_server
from muxbw_tui.sources.channel import Endpoint
from muxbw_tui.sources.stream import GrpcSource
from tests.conftest import PATIENCE_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from muxbw_tui.pb.muxbw_pb2 import RunEvent
    from muxbw_tui.server.hub import Observer
    from muxbw_tui.server.security import ServerCredentials
    from muxbw_tui.server.serve import RunningServer

MS = 1_000_000
LONG_NS = 60_000 * MS


@contextlib.asynccontextmanager
async def server(
    scenario: str = "healthy",
    *,
    listen: str = "127.0.0.1:0",
    credentials: ServerCredentials = NO_CREDENTIALS,
    observers: Sequence[Observer] = (),
) -> AsyncIterator[RunningServer]:
    """Serve a built-in scenario in this process."""
    async with (
        asyncio.timeout(4 * PATIENCE_S),
        local_network(load_scenario(scenario)) as network,
        running_server(network, listen, credentials=credentials, observers=observers) as running,
    ):
        yield running


def request(**fields: Any) -> RunRequest:  # any field of the message
    """Return a short run of our own client."""
    values = {
        "routes": 4,
        "min_hops": 2,
        "duration_ns": 500 * MS,
        "sample_interval_ns": 100 * MS,
        "extensions": True,
    }
    return RunRequest(**(values | fields))


async def collect(source: GrpcSource) -> list[RunEvent]:
    """Read a source to its end, and close it."""
    try:
        return [event async for event in source.events()]
    finally:
        await source.close()


def source_of(running: RunningServer, asked: RunRequest | None = None, *, run_id: str = "") -> GrpcSource:
    """Return a client of the server."""
    return GrpcSource(Endpoint(running.address), asked, run_id=run_id)


@contextlib.asynccontextmanager
async def watching(source: GrpcSource, *, until: str = "sample") -> AsyncIterator[AsyncIterator[RunEvent]]:
    """Read a source until the first event of a kind, and yield what follows; close it at the end."""
    events = source.events()
    try:
        async for event in events:
            if payload_kind(event) == until:
                break
        yield events
    finally:
        await source.close()


async def read_until(events: AsyncIterator[RunEvent], kind: str) -> RunEvent:
    """Return the next event of a kind."""
    async for event in events:
        if payload_kind(event) == kind:
            return event
    raise AssertionError(f"the stream ended without {kind}")
