"""The way to a gRPC server: where it is, what it must prove, what we show it, and the channel made of that.

Every client of the program opens its channel here, so that the one rule holds for all of them: plaintext is spoken to
this host alone. The token goes with each call as metadata and is kept out of every repr and log line.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field

import grpc

from muxbw_tui.addresses import parse_address
from muxbw_tui.errors import ConnectError, UsageError

CONNECT_TIMEOUT_S = 10.0
_IN_PLAINTEXT = (("grpc.enable_http_proxy", 0),)  # no proxy may stand between two ends of one host


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client trusts and what it shows; nothing for a server on this host.

    Attributes:
        server_ca: certificates that the server's own must lead to, PEM; empty speaks plaintext.
        client_cert: the client's certificate chain, PEM; empty shows none.
        client_key: its private key, PEM.
        token: what the server's `--token-file` holds; empty shows none.
    """

    server_ca: bytes = b""
    client_cert: bytes = b""
    client_key: bytes = field(default=b"", repr=False)
    token: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server, and how to come in there.

    Attributes:
        address: `HOST:PORT` or `unix:PATH`.
    """

    address: str
    credentials: Credentials = Credentials()

    @property
    def metadata(self) -> tuple[tuple[str, str], ...]:
        """What every call must carry."""
        token = self.credentials.token
        return (("authorization", f"Bearer {token}"),) if token else ()


def open_channel(endpoint: Endpoint) -> grpc.aio.Channel:
    """Return a channel that has not connected yet; whoever calls closes it.

    Raises:
        UsageError: the address is none, or plaintext would leave this host.
    """
    try:
        address = parse_address(endpoint.address)
    except ValueError as exc:
        raise UsageError(f"--connect: {exc}") from exc
    credentials = endpoint.credentials
    if credentials.server_ca:
        tls = grpc.ssl_channel_credentials(
            credentials.server_ca, credentials.client_key or None, credentials.client_cert or None
        )
        return grpc.aio.secure_channel(str(address), tls)
    if not address.local:
        raise UsageError(
            f"--connect {address}: plaintext is spoken to this host alone; a server elsewhere needs TLS: "
            "--tls-ca, and --client-cert with --client-key or --token-file"
        )
    return grpc.aio.insecure_channel(str(address), options=_IN_PLAINTEXT)


async def connect(channel: grpc.aio.Channel, title: str) -> None:
    """Wait until the channel is up; a refusal ends the wait, which else is for packets that get lost.

    Raises:
        ConnectError: nothing answers, or TLS did not come about.
    """
    state = channel.get_state(try_to_connect=True)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            while state not in {grpc.ChannelConnectivity.READY, grpc.ChannelConnectivity.TRANSIENT_FAILURE}:
                await channel.wait_for_state_change(state)
                state = channel.get_state(try_to_connect=True)
    if state is not grpc.ChannelConnectivity.READY:
        raise ConnectError(
            f"no server answers at {title}: is it running, is --connect right, and is it TLS on both ends or neither?"
        )
