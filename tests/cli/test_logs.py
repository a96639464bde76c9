"""What comes from elsewhere and ends on stderr: one line, and nothing that a terminal obeys."""

from __future__ import annotations

import logging
from concurrent import futures

import grpc
import pytest

from muxbw_tui.cli.logs import LineFormatter
from muxbw_tui.errors import ExitCode
from tests.cli.conftest import run_program

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


class _Refuse(grpc.GenericRpcHandler):
    """A server that has nothing to say but this."""

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler[bytes, bytes]:
        """Refuse a call."""
        del handler_call_details

        def refuse(_request: bytes, context: grpc.ServicerContext) -> bytes:
            context.abort(grpc.StatusCode.INTERNAL, FORGED)

        return grpc.unary_unary_rpc_method_handler(refuse)


@pytest.mark.parametrize("command", [("run", "--json"), ("runs",)])
def test_what_a_server_says_is_one_line_of_stderr(command: tuple[str, ...]) -> None:
    """A server that somebody else runs must not write to the operator's terminal."""
    server = grpc.server(futures.ThreadPoolExecutor(1), handlers=[_Refuse()])
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    try:
        result = run_program(*command, "--connect", f"127.0.0.1:{port}")
    finally:
        server.stop(None)

    assert result.returncode in {ExitCode.CONNECTION, ExitCode.REFUSED}
    assert "all is well" in result.stderr
    (line,) = result.stderr.splitlines()
    assert line.isprintable()
