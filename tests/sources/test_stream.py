"""A client and servers that do not behave: each way in which a stream can go wrong has its own words."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import grpc
import pytest

from muxbw_tui.errors import ConnectError, ControlError, StreamBrokenError
from muxbw_tui.events import payload_kind
from muxbw_tui.pb.muxbw_pb2 import RunEvent, RunRequest
from muxbw_tui.pb.ping_pb2 import MuxBandwidthSample
from muxbw_tui.sources import stream
from muxbw_tui.sources.channel import Endpoint
from muxbw_tui.sources.stream import RUN_ID_METADATA, STOCK_CANNOT_CONTROL, GrpcSource

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

    Context = grpc.aio.ServicerContext[RunRequest, RunEvent]
    Behaviour = Callable[[RunRequest, Context], Coroutine[object, object, None]]

SAMPLE = RunEvent(timestamp_ns=1, sample=MuxBandwidthSample(elapsed_ns=1))


@contextlib.asynccontextmanager
async def visor(behaviour: Behaviour, *, method: str = "StreamMuxBandwidth") -> AsyncIterator[GrpcSource]:
    """Serve one method and nothing else, as a stock visor does; yields a client of it."""
    server = grpc.aio.server()
    handler = grpc.unary_stream_rpc_method_handler(
        behaviour,
        request_deserializer=RunRequest.FromString,
        response_serializer=RunEvent.SerializeToString,
    )
    service = grpc.method_handlers_generic_handler("rpcgrpc.PingService", {method: handler})
    server.add_generic_rpc_handlers((service,))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    source = GrpcSource(Endpoint(f"127.0.0.1:{port}"), RunRequest())
    try:
        async with asyncio.timeout(20):
            yield source
    finally:
        await source.close()
        await server.stop(None)


async def says_one_sample(_request: RunRequest, context: Context) -> None:
    """Send a sample, and then nothing more."""
    await context.write(SAMPLE)
    await asyncio.Event().wait()


async def test_stopping_a_stock_visors_run_lets_the_stream_go() -> None:
    """It has no other way; for us the run then simply ends."""
    async with visor(says_one_sample) as source:
        kinds = []
        async for event in source.events():
            kinds.append(payload_kind(event))
            await source.stop_run()

    assert kinds == ["sample"]


async def test_a_stop_that_comes_first_is_carried_out_as_soon_as_it_can_be() -> None:
    """Ctrl+C while the connection is still being made."""
    async with visor(says_one_sample) as source:
        await source.stop_run()
        kinds = [payload_kind(event) async for event in source.events()]

    assert kinds == ["sample"]


async def test_a_stock_visor_says_what_it_cannot_do() -> None:
    """Each key has its answer, and none of them is a network error."""
    async with visor(says_one_sample) as source:
        events = source.events()
        await anext(events)
        for ask in (lambda: source.pause(paused=True), lambda: source.stop_routes([0]), source.detach):
            with pytest.raises(ControlError, match="stock visor"):
                await ask()
        with pytest.raises(ControlError, match="run the whole test again"):
            await source.restart_routes([0])

    assert source.cannot_control == STOCK_CANNOT_CONTROL
    assert not source.outlives_us


async def test_before_anything_is_known_control_says_so() -> None:
    """A key that comes too early."""
    source = GrpcSource(Endpoint("127.0.0.1:1"), RunRequest())

    with pytest.raises(ControlError, match="no run is under way yet"):
        await source.detach()
    assert source.cannot_control == source.cannot_restart == ""


async def test_a_server_that_hangs_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence for ever is no run."""
    monkeypatch.setattr(stream, "SILENCE_S", 0.2)
    async with visor(says_one_sample) as source:
        with pytest.raises(StreamBrokenError, match="has sent nothing for 0 s: it hangs"):
            [event async for event in source.events()]


async def test_a_stream_that_ends_too_early_is_broken() -> None:
    """Without `done` nobody knows how the run ended."""

    async def ends(_request: RunRequest, context: Context) -> None:
        await context.write(SAMPLE)

    async with visor(ends) as source:
        with pytest.raises(StreamBrokenError, match="closed the stream before the run was done"):
            [event async for event in source.events()]


async def test_a_status_in_the_middle_is_a_broken_stream_and_before_the_first_event_a_refusal() -> None:
    """The one kept what it showed; the other never began."""

    async def fails_later(_request: RunRequest, context: Context) -> None:
        await context.write(SAMPLE)
        await context.abort(grpc.StatusCode.INTERNAL, "out of order")

    async def fails_at_once(_request: RunRequest, context: Context) -> None:
        await context.abort(grpc.StatusCode.PERMISSION_DENIED, "not you")

    async with visor(fails_later) as source:
        with pytest.raises(StreamBrokenError, match="broke: internal: out of order"):
            [event async for event in source.events()]
    async with visor(fails_at_once) as source:
        with pytest.raises(ConnectError, match="did not start the run: permission denied: not you"):
            [event async for event in source.events()]


async def test_a_server_of_something_else_is_told_from_a_visor() -> None:
    """--connect went to the wrong port."""
    async with visor(says_one_sample, method="SomethingElse") as source:
        with pytest.raises(ConnectError, match="no visor and no muxbw-tui"):
            [event async for event in source.events()]


async def test_a_run_outlives_its_client_once_it_is_known_to_be_detached() -> None:
    """Until the server has said which run it is, the engine that was started for it must not be left behind."""

    async def runs(_request: RunRequest, context: Context) -> None:
        await context.send_initial_metadata(((RUN_ID_METADATA, "r1"),))
        await context.write(SAMPLE)
        await asyncio.Event().wait()

    async with visor(runs) as attached:
        source = GrpcSource(attached.endpoint, RunRequest(detached=True))
        before = source.outlives_us
        await anext(source.events())
        after = source.outlives_us
        await source.close()

    assert (before, after) == (False, True)
    assert source.run_id == "r1"


async def test_a_question_under_way_when_the_connection_is_given_up_is_refused_and_cancels_nobody() -> None:
    """Reconnecting closes the channel under it; a task that took that for its own end would leave a key unanswered."""

    async def runs(_request: RunRequest, context: Context) -> None:
        await context.send_initial_metadata(((RUN_ID_METADATA, "r1"),))
        await context.write(SAMPLE)
        await asyncio.Event().wait()

    async with visor(runs) as source:
        events = source.events()
        await anext(events)
        # Nobody serves this method, but until that is known the call is under way.
        asking = asyncio.create_task(source.pause(paused=True), name="test:ask")
        await asyncio.sleep(0)
        await source.close()
        with pytest.raises(ControlError, match="could not be paused"):
            await asking


async def test_a_task_that_is_told_to_end_while_it_asks_ends() -> None:
    """The other side of the same coin."""

    async def runs(_request: RunRequest, context: Context) -> None:
        await context.send_initial_metadata(((RUN_ID_METADATA, "r1"),))
        await context.write(SAMPLE)
        await asyncio.Event().wait()

    async with visor(runs) as source:
        await anext(source.events())
        asking = asyncio.create_task(source.detach(), name="test:ask")
        await asyncio.sleep(0)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking


@pytest.mark.parametrize(("run_id", "words"), [("r1", ""), ("", "ends with its stream")])
async def test_a_run_is_taken_up_again_where_its_id_is_known(run_id: str, words: str) -> None:
    """Never a second run unasked: a stock visor would measure twice at once."""
    started = []

    async def runs(_request: RunRequest, context: Context) -> None:
        started.append(1)
        await context.send_initial_metadata(((RUN_ID_METADATA, run_id),) if run_id else ())
        await context.write(SAMPLE)
        await context.abort(grpc.StatusCode.UNAVAILABLE, "reset")

    async with visor(runs) as source:
        before = source.cannot_resume
        with pytest.raises(StreamBrokenError):
            [event async for event in source.events()]
        after = source.cannot_resume
        if run_id:
            # This server has no WatchRun: what is asked of it is seen from the refusal.
            with pytest.raises(ConnectError, match=r"without muxbw\.v1\.MuxControl"):
                [event async for event in source.events()]

    assert before == "no run is under way yet"
    assert words in after
    assert bool(after) == bool(words)
    assert started == [1]
