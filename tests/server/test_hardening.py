"""What strangers can do at the gRPC port: it costs bounded memory and time, a log line, and no run under way."""

from __future__ import annotations

import contextlib
import functools
import logging
import os
import random
import socket
import stat
from typing import TYPE_CHECKING

import grpc
import pytest

from muxbw_tui.network.throttle import LINES_A_PERIOD
from muxbw_tui.pb.muxbw_pb2 import ListRunsRequest
from muxbw_tui.pb.muxbw_pb2_grpc import MuxControlStub
from muxbw_tui.server import serve
from muxbw_tui.server.security import ServerCredentials
from muxbw_tui.server.serve import MAX_CONNECTIONS, RunningServer
from muxbw_tui.sources.channel import Endpoint, open_channel
from tests.conftest import eventually
from tests.server.support import LONG_NS, request, server, source_of, watching

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator
    from pathlib import Path

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
SETTINGS = b"\0\0\0\x04\0\0\0\0\0"
ACKNOWLEDGED = b"\0\0\0\x04\x01\0\0\0\0"
LIST_RUNS = "/muxbw.v1.MuxControl/ListRuns"
SOON_MS = 200


@contextlib.contextmanager
def connection(running: RunningServer, said: bytes = b"") -> Iterator[socket.socket]:
    """Connect, and say something that is no gRPC."""
    host, _, port = running.address.rpartition(":")
    with socket.create_connection((host, int(port))) as sock:
        with contextlib.suppress(ConnectionError):
            sock.sendall(said)
        sock.setblocking(False)
        yield sock


def is_closed(sock: socket.socket) -> bool:
    """Return whether the server has closed a connection."""
    try:
        while sock.recv(65536):
            pass
    except BlockingIOError:
        return False
    except ConnectionError:
        pass
    return True


@contextlib.asynccontextmanager
async def under_way() -> AsyncIterator[RunningServer]:
    """Serve, with a run that must go on as if nothing were wrong."""
    async with server() as running, watching(source_of(running, request(duration_ns=LONG_NS))) as events:
        yield running
        for _ in range(3):
            assert (await anext(events)).WhichOneof("payload") not in {"route_failure", "error"}


async def test_connections_beyond_the_limit_are_closed_and_the_run_goes_on() -> None:
    """Silent connections would take every descriptor, and the next route could not be dialled."""
    async with under_way() as running:
        with contextlib.ExitStack() as stack:
            socks = [stack.enter_context(connection(running)) for _ in range(MAX_CONNECTIONS + 100)]
            await eventually(lambda: all(map(is_closed, socks[-50:])))
            assert not is_closed(socks[0])  # all of them are, when their time is over


@pytest.mark.parametrize(
    ("wait", "said"),
    [
        ("grpc.server_handshake_timeout_ms", b""),
        ("grpc.server_handshake_timeout_ms", PREFACE[:10]),
        ("grpc.server_handshake_timeout_ms", PREFACE),
        ("grpc.max_connection_idle_ms", PREFACE + SETTINGS + ACKNOWLEDGED),
    ],
)
async def test_a_connection_that_asks_for_nothing_is_closed(
    wait: str, said: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However far it has come. The wait that ends it is shortened here, where there is one."""
    options = tuple((name, SOON_MS if name == wait else value) for name, value in serve._OPTIONS)
    monkeypatch.setattr(serve, "_OPTIONS", options)
    async with server() as running:
        with connection(running, said) as sock:
            await eventually(functools.partial(is_closed, sock))


async def test_garbage_ends_the_connection_alone() -> None:
    """Random bytes, another protocol, and frames that announce more than there may be."""
    rng = random.Random(3)
    garbage = [
        b"GET / HTTP/1.1\r\n\r\n",
        rng.randbytes(10_000),
        PREFACE + SETTINGS + b"\xff" * 100,
        PREFACE + SETTINGS + b"\xff\xff\xff\0\0\0\0\0\1" + rng.randbytes(10_000),
    ]
    async with under_way() as running:
        for said in garbage:
            with connection(running, said) as sock:
                await eventually(functools.partial(is_closed, sock))


async def test_a_request_that_is_none_costs_a_line_and_a_flood_of_them_a_few(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A traceback for each would fill the disk."""
    caplog.set_level(logging.INFO)
    async with under_way() as running:
        channel = open_channel(Endpoint(running.address))
        method: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(LIST_RUNS)
        for _ in range(3 * LINES_A_PERIOD):
            with pytest.raises(grpc.aio.AioRpcError):
                await method(b"\xff" * 50)
        await channel.close()

    refusals = [record for record in caplog.records if "refused a request" in record.message]
    assert len(refusals) == LINES_A_PERIOD
    assert "ListRunsRequest" in refusals[0].message
    assert not any(record.exc_info for record in caplog.records)


async def test_who_has_no_token_is_refused_before_a_request_is_read_and_logged(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A stranger's request must hold no memory, however slowly it comes; and the operator must see who tries."""
    async with server(credentials=ServerCredentials(token="0123456789abcdef")) as running:  # noqa: S106 (a test's)
        channel = open_channel(Endpoint(running.address))
        method: grpc.aio.StreamUnaryMultiCallable[bytes, bytes] = channel.stream_unary(LIST_RUNS)
        shown = (("authorization", "Bearer fedcba9876543210"),)
        calls = [method(metadata=shown) for _ in range(3 * LINES_A_PERIOD)]
        codes = [await call.code() for call in calls]
        await channel.close()

    assert set(codes) == {grpc.StatusCode.UNAUTHENTICATED}
    assert len(caplog.records) == LINES_A_PERIOD
    assert "refused ipv4:127.0.0.1:" in caplog.records[0].message
    assert "fedcba" not in caplog.text


async def test_a_unix_socket_is_its_owner_s_alone_whatever_the_umask(tmp_path: Path) -> None:
    """Whoever may connect controls the engine."""
    path = tmp_path / "engine.sock"
    before = os.umask(0)
    try:
        async with server(listen=f"unix:{path}") as running:
            mode = stat.S_IMODE(path.stat().st_mode)
            channel = open_channel(Endpoint(running.address))
            runs = await MuxControlStub(channel).ListRuns(ListRunsRequest())
            await channel.close()
    finally:
        left = os.umask(before)

    assert mode & 0o077 == 0
    assert left == 0
    assert not runs.runs
