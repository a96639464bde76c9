"""What comes from elsewhere and ends on stderr: one line, and nothing that a terminal obeys."""

from __future__ import annotations

import contextlib
import logging
from concurrent import futures
from typing import TYPE_CHECKING

import grpc
import pytest

from muxbw_tui.cli.logs import LineFormatter
from muxbw_tui.errors import ExitCode
from muxbw_tui.pb.muxbw_pb2 import ListRunsReply, RunSummary
from tests.cli.conftest import run_program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from google.protobuf.message import Message

FORGED = "no\x1b[2J\x1b]0;owned\x07\nError: all is well…\r\u202e"


@pytest.mark.parametrize("arguments", [("%s", FORGED), (FORGED,)])
def test_a_record_is_one_printable_line(arguments: tuple[str, ...]) -> None:
    """Whether a peer's words are the message or a part of it."""
    message, *args = arguments
    record = logging.LogRecord("muxbw_tui", logging.WARNING, "", 0, message, tuple(args), None)

    line = LineFormatter("%(levelname)s %(message)s").format(record)
    assert line == r"WARNING no\x1b[2J\x1b]0;owned\x07\nError: all is well…\r\u202e"


def test_a_record_has_an_end() -> None:
    """Sixteen KiB of one peer's words would hide the others'."""
    record = logging.LogRecord("muxbw_tui", logging.WARNING, "", 0, "x" * 100_000, (), None)

    assert len(LineFormatter("%(message)s").format(record)) < 2000


class _Answer(grpc.GenericRpcHandler):
    """A server whose answer to every call is the same."""

    def __init__(self, answer: Message) -> None:
        self._answer = answer.SerializeToString()

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes]:
        """Answer a call."""
        del handler_call_details
        return grpc.unary_unary_rpc_method_handler(lambda _request, _context: self._answer)


class _Refuse(grpc.GenericRpcHandler):
    """A server that has nothing to say but this."""

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes]:
        """Refuse a call."""
        del handler_call_details

        def refuse(_request: bytes, context: grpc.ServicerContext) -> bytes:
            context.abort(grpc.StatusCode.INTERNAL, FORGED)

        return grpc.unary_unary_rpc_method_handler(refuse)


@contextlib.contextmanager
def _answering(handler: grpc.GenericRpcHandler) -> Iterator[str]:
    """Serve with a handler for the time of the block; yields the address."""
    server = grpc.server(futures.ThreadPoolExecutor(1), handlers=[handler])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        yield f"127.0.0.1:{port}"
    finally:
        server.stop(None)


@pytest.mark.parametrize("stop", [(), ("--stop", "9f86")])
def test_a_listed_run_is_one_line_that_no_terminal_obeys(stop: tuple[str, ...]) -> None:
    """A run's id and phase are whatever the server calls them."""
    listed = RunSummary(run_id=f"9f86{FORGED}", phase=FORGED)
    with _answering(_Answer(ListRunsReply(runs=[listed]))) as address:
        result = run_program("runs", "--connect", address, *stop)

    assert result.returncode == ExitCode.OK
    *_, line = (result.stdout + result.stderr).splitlines()
    assert line.startswith("9f86no")
    assert "all is well" in line
    assert (result.stdout + result.stderr).replace("\n", "").isprintable()
    assert len(result.stdout.splitlines()) == (0 if stop else 2)


@pytest.mark.parametrize("command", [("run", "--json"), ("runs",)])
def test_what_a_server_says_is_one_line_of_stderr(command: tuple[str, ...]) -> None:
    """A server that somebody else runs must not write to the operator's terminal."""
    with _answering(_Refuse()) as address:
        result = run_program(*command, "--connect", address)

    assert result.returncode in {ExitCode.CONNECTION, ExitCode.REFUSED}
    assert "all is well" in result.stderr
    (line,) = result.stderr.splitlines()
    assert line.isprintable()
