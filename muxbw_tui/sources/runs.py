"""The runs under way on servers, for `runs` and `attach`: finding one, and ending one."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, NamedTuple

import grpc

from muxbw_tui.errors import ConnectError, ControlError
from muxbw_tui.pb.muxbw_pb2 import ListRunsReply, ListRunsRequest, RunSummary, StopRunRequest
from muxbw_tui.pb.muxbw_pb2_grpc import MuxControlStub
from muxbw_tui.sources.channel import Endpoint, connect, open_channel
from muxbw_tui.sources.engines import engine_addresses

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

ANSWER_TIMEOUT_S = 10.0


class FoundRun(NamedTuple):
    """A run under way, and where."""

    endpoint: Endpoint
    summary: RunSummary


async def runs_at(endpoint: Endpoint) -> list[FoundRun]:
    """Return the runs of a server, oldest first.

    Raises:
        UsageError: plaintext would leave this host.
        ConnectError: nothing answers there, or not to one who shows no token of the server's.
        ControlError: the server does not tell: a stock visor.
    """
    async with _control(endpoint) as stub:
        reply: ListRunsReply = await stub.ListRuns(
            ListRunsRequest(), timeout=ANSWER_TIMEOUT_S, metadata=endpoint.metadata
        )
    return [FoundRun(endpoint, summary) for summary in reply.runs]


async def runs_here() -> list[FoundRun]:
    """Return the runs of all engines that this user's commands have started; those that died are left out."""
    found: list[FoundRun] = []
    for address in engine_addresses():
        try:
            found += await runs_at(Endpoint(address))
        except (ConnectError, ControlError):
            continue
    return sorted(found, key=lambda run: run.summary.started_ns)


async def stop_run(run: FoundRun) -> None:
    """Ask a run to end with `done`; its clients get its last figures.

    Raises:
        ConnectError: nothing answers there any more.
        ControlError: the run is over already.
    """
    async with _control(run.endpoint) as stub:
        request = StopRunRequest(run_id=run.summary.run_id)
        await stub.StopRun(request, timeout=ANSWER_TIMEOUT_S, metadata=run.endpoint.metadata)


def pick_run(runs: Sequence[FoundRun], run_id: str) -> FoundRun:
    """Return the run whose id is, or alone begins with, the one given.

    Raises:
        ControlError: there is none, or more than one.
    """
    named = [run for run in runs if run.summary.run_id == run_id]
    named = named or [run for run in runs if run_id and run.summary.run_id.startswith(run_id)]
    if len(named) != 1:
        which = "no run" if not named else "more than one run"
        raise ControlError(f"{which} {run_id!r} is under way: muxbw-tui runs lists those that are")
    return named[0]


@contextlib.asynccontextmanager
async def _control(endpoint: Endpoint) -> AsyncIterator[MuxControlStub]:
    """Connect for the time of the block, in which a refusal becomes one of our errors."""
    channel = open_channel(endpoint)
    try:
        await connect(channel, endpoint.address)
        yield MuxControlStub(channel)
    except grpc.aio.AioRpcError as exc:
        if exc.code() is grpc.StatusCode.UNIMPLEMENTED:
            raise ControlError(f"{endpoint.address} is a stock visor: its runs cannot be controlled") from exc
        refusal = ConnectError if exc.code() is grpc.StatusCode.UNAUTHENTICATED else ControlError
        raise refusal(f"{endpoint.address}: {exc.details()}") from exc
    finally:
        await channel.close()
