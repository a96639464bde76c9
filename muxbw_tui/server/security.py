"""Who may come in: where plaintext may be spoken, TLS, and the token that every call must carry.

Off loopback a server speaks TLS and asks for a client certificate, a token, or (where both are set) both. What a token
is compared with, and what was shown instead, is never logged. Every refusal of a call is, so many lines at a time; of
connections that never become a call gRPC tells nothing.
"""

from __future__ import annotations

import contextlib
import hmac
import logging
import os
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import grpc
from google.protobuf.message import DecodeError

from muxbw_tui.addresses import Address, parse_address
from muxbw_tui.errors import UsageError
from muxbw_tui.network.throttle import ThrottledLog

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

Q = TypeVar("Q")
A = TypeVar("A")

_TOKEN_KEY = "authorization"  # noqa: S105 (the name of a header)
_SCHEME = "Bearer "
_NONE = "this server asks for a token: --token-file"
_ANOTHER = "the token that was shown is not this server's: --token-file"
_OTHERS = 0o077
_GRPC_LOG = "grpc._cython.cygrpc"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ServerCredentials:
    """What a server proves and what it asks for; nothing on this host.

    Attributes:
        cert: the server's certificate chain, PEM; empty speaks plaintext.
        key: its private key, PEM.
        client_ca: certificates that a client's own must lead to, PEM; empty asks for none.
        token: what every call must carry; empty asks for none.
    """

    cert: bytes = b""
    key: bytes = field(default=b"", repr=False)
    client_ca: bytes = b""
    token: str = field(default="", repr=False)


NO_CREDENTIALS = ServerCredentials()


def check_listen_address(text: str, credentials: ServerCredentials) -> Address:
    """Return the address to listen on.

    Raises:
        UsageError: it is none, or other hosts could come in unseen or without showing who they are.
    """
    try:
        address = parse_address(text)
    except ValueError as exc:
        raise UsageError(f"--listen: {exc}") from exc
    if credentials.client_ca and not credentials.cert:
        raise UsageError(
            "--client-ca asks for certificates, which only TLS has: --tls-cert and --tls-key too"
        )
    if address.local:
        return address
    if not credentials.cert:
        raise UsageError(
            f"--listen {address}: plaintext is spoken on loopback (127.0.0.1, [::1]) and unix sockets alone; "
            "elsewhere TLS is needed: --tls-cert and --tls-key, with --client-ca or --token-file"
        )
    if not (credentials.client_ca or credentials.token):
        raise UsageError(
            f"--listen {address}: whoever reaches the port would control the engine; "
            "ask for a client certificate (--client-ca) or a token (--token-file)"
        )
    return address


def add_port(server: grpc.aio.Server, address: Address, credentials: ServerCredentials) -> int:
    """Let the server listen; return the port, which was chosen if it was 0. A unix socket is its owner's alone.

    Raises:
        RuntimeError: the address cannot be bound, or TLS cannot be made of what was given.
    """
    with _owner_only():
        return _add_port(server, address, credentials)


def _add_port(server: grpc.aio.Server, address: Address, credentials: ServerCredentials) -> int:
    if not credentials.cert:
        return server.add_insecure_port(str(address))
    tls = grpc.ssl_server_credentials(
        [(credentials.key, credentials.cert)],
        root_certificates=credentials.client_ca or None,
        require_client_auth=bool(credentials.client_ca),
    )
    return server.add_secure_port(str(address), tls)


@contextlib.contextmanager
def _owner_only() -> Iterator[None]:
    """Make what is created in the block this user's alone: who may write to a unix socket may connect to it."""
    before = os.umask(_OTHERS)
    try:
        yield
    finally:
        os.umask(before)


class TokenInterceptor(grpc.aio.ServerInterceptor):
    """Refuses every call that does not carry the token, whatever its method, before anything of it is read."""

    def __init__(self, token: str) -> None:
        self._expected = f"{_SCHEME}{token}".encode()
        self._log = ThrottledLog(log)

    async def intercept_service(
        self,
        continuation: Callable[[grpc.HandlerCallDetails], Awaitable[grpc.RpcMethodHandler[Q, A] | None]],
        handler_call_details: grpc.HandlerCallDetails,
    ) -> grpc.RpcMethodHandler[Q, A] | None:
        """Hand the call on, or refuse it."""
        shown = [
            _bytes(value) for key, value in handler_call_details.invocation_metadata if key == _TOKEN_KEY
        ]
        # Compared in constant time: how long it takes tells nothing of how much was right.
        if len(shown) == 1 and hmac.compare_digest(shown[0], self._expected):
            return await continuation(handler_call_details)
        # Of this kind, whatever the method's: it alone begins without waiting for a request.
        return grpc.stream_unary_rpc_method_handler(partial(self._refuse, _ANOTHER if shown else _NONE))

    async def _refuse(self, reason: str, _requests: object, context: grpc.aio.ServicerContext[Q, A]) -> A:
        self._log.warning("refused %s: it did not show the token", context.peer())
        await context.abort(grpc.StatusCode.UNAUTHENTICATED, reason)


@contextlib.contextmanager
def brief_about_malformed_requests() -> Iterator[None]:
    """Have gRPC log a request that is none as one line, so many at a time, and not as a traceback each."""
    refusals = ThrottledLog(log)

    def look(record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, DecodeError):
            return True
        refusals.warning("refused a request: %s", error)
        return False

    grpc_log = logging.getLogger(_GRPC_LOG)
    grpc_log.addFilter(look)
    try:
        yield
    finally:
        grpc_log.removeFilter(look)
        refusals.flush()


def _bytes(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()
