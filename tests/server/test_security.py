"""Who may come in: where plaintext may be spoken, TLS both ways, tokens; all over real sockets."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

import grpc
import pytest

from muxbw_tui.errors import ConnectError, UsageError
from muxbw_tui.events import payload_kind
from muxbw_tui.pb.muxbw_pb2 import ListRunsRequest
from muxbw_tui.pb.muxbw_pb2_grpc import MuxControlStub
from muxbw_tui.pb.ping_pb2 import PingRequest
from muxbw_tui.server.security import NO_CREDENTIALS, ServerCredentials, check_listen_address
from muxbw_tui.sources.calls import open_calls
from muxbw_tui.sources.channel import Credentials, Endpoint, open_channel
from muxbw_tui.sources.runs import runs_at
from muxbw_tui.sources.stream import GrpcSource
from tests.fakes.certificates import Authority
from tests.server.support import collect, request, server

if TYPE_CHECKING:
    from muxbw_tui.pb.muxbw_pb2 import RunEvent

TOKEN = "correct-horse-battery-staple"  # noqa: S105 (a test's)
OURS, THEIRS = Authority("ours"), Authority("theirs")
SERVER, OPERATOR, STRANGER = OURS.sign("server"), OURS.sign("operator"), THEIRS.sign("stranger")
WITH_TOKEN = ServerCredentials(cert=SERVER.cert, key=SERVER.key, token=TOKEN)
WITH_CLIENT_CA = ServerCredentials(cert=SERVER.cert, key=SERVER.key, client_ca=OURS.cert)
# A name is off this host whatever it stands for, and so is every spelling that could stand for another address.
ELSEWHERE = (
    "192.0.2.7:3435",
    "[2001:db8::7]:3435",
    "[::ffff:192.0.2.7]:3435",
    "[::ffff:0.0.0.0]:3435",
    "relay.example:3435",
    "localhost.example:3435",
    "127.0.0.1.example:3435",
    "0:3435",
    "127.1:3435",
)
SHOWS_TOKEN = Credentials(server_ca=OURS.cert, token=TOKEN)
SHOWS_CERTIFICATE = Credentials(server_ca=OURS.cert, client_cert=OPERATOR.cert, client_key=OPERATOR.key)


async def run_on(address: str, credentials: Credentials) -> list[RunEvent]:
    """Carry a short run out on a server."""
    return await collect(GrpcSource(Endpoint(address, credentials), request(duration_ns=100_000_000)))


@pytest.mark.parametrize("address", ["0.0.0.0:3435", "[::]:3435", *ELSEWHERE])
@pytest.mark.parametrize(
    ("credentials", "words"),
    [
        (NO_CREDENTIALS, "plaintext is spoken on loopback"),
        (ServerCredentials(token=TOKEN), "plaintext is spoken on loopback"),
        (ServerCredentials(cert=SERVER.cert, key=SERVER.key), "ask for a client certificate"),
    ],
)
def test_other_hosts_come_in_by_tls_and_authentication_alone(
    address: str, credentials: ServerCredentials, words: str
) -> None:
    """Whoever reaches an open port would control the engine, and read every token on the way."""
    with pytest.raises(UsageError, match=words):
        check_listen_address(address, credentials)


@pytest.mark.parametrize("credentials", [WITH_TOKEN, WITH_CLIENT_CA])
def test_with_both_any_address_is_served(credentials: ServerCredentials) -> None:
    """The point of the flags."""
    assert str(check_listen_address("0.0.0.0:3435", credentials)) == "0.0.0.0:3435"


def test_client_certificates_without_tls_are_refused() -> None:
    """Nobody would ever be asked for one, and the operator would believe otherwise."""
    with pytest.raises(UsageError, match="which only TLS has"):
        check_listen_address("127.0.0.1:3435", ServerCredentials(client_ca=OURS.cert))


@pytest.mark.parametrize("text", ["127.0.0.1", "unix:"])
def test_what_is_no_address_names_the_flag(text: str) -> None:
    """A command has several addresses."""
    with pytest.raises(UsageError, match="--listen"):
        check_listen_address(text, NO_CREDENTIALS)


@pytest.mark.parametrize(("asked", "shown"), [(WITH_TOKEN, SHOWS_TOKEN), (WITH_CLIENT_CA, SHOWS_CERTIFICATE)])
async def test_who_shows_what_is_asked_for_runs(asked: ServerCredentials, shown: Credentials) -> None:
    """On an address that is open to all, as it will be used."""
    async with server(listen="0.0.0.0:0", credentials=asked) as running:
        port = running.address.rpartition(":")[2]
        events = await run_on(f"127.0.0.1:{port}", shown)

    assert payload_kind(events[-1]) == "done"


@pytest.mark.parametrize(
    ("token", "words"),
    [
        ("", "this server asks for a token: --token-file"),
        (TOKEN[:-1], "the token that was shown is not this server's: --token-file"),
        (TOKEN + "x", "the token that was shown is not this server's: --token-file"),
        ("x" * len(TOKEN), "the token that was shown is not this server's: --token-file"),
    ],
    ids=["none", "cut", "longer", "another"],
)
async def test_without_the_token_nothing_is_answered(token: str, words: str) -> None:
    """Neither a run, nor a ping, nor a look at the runs of others; whoever shows the wrong one is not told of none."""
    async with server(credentials=WITH_TOKEN) as running:
        endpoint = Endpoint(running.address, replace(SHOWS_TOKEN, token=token))
        with pytest.raises(ConnectError, match=f"did not start the run: unauthenticated: {words}"):
            await run_on(endpoint.address, endpoint.credentials)
        with pytest.raises(ConnectError, match=f"did not start StreamPing: unauthenticated: {words}"):
            async with open_calls(endpoint, "") as calls:
                await anext(calls.ping(PingRequest()))
        with pytest.raises(ConnectError, match=words):
            await runs_at(endpoint)

        assert running.hub.runs == ()


async def test_a_token_guards_loopback_too() -> None:
    """A host may have users who trust each other less than its operator trusts the network."""
    async with server(credentials=ServerCredentials(token=TOKEN)) as running:
        events = await run_on(running.address, Credentials(token=TOKEN))
        with pytest.raises(ConnectError, match="asks for a token"):
            await run_on(running.address, Credentials())

    assert payload_kind(events[-1]) == "done"


@pytest.mark.parametrize(
    "shown",
    [
        Credentials(server_ca=OURS.cert),
        Credentials(server_ca=OURS.cert, client_cert=STRANGER.cert, client_key=STRANGER.key),
        Credentials(server_ca=THEIRS.cert, client_cert=OPERATOR.cert, client_key=OPERATOR.key),
        Credentials(),
    ],
    ids=["no certificate", "a stranger's", "a server we do not trust", "plaintext"],
)
async def test_without_the_right_certificate_no_connection_comes_about(shown: Credentials) -> None:
    """The handshake refuses before a byte of a request is read."""
    async with server(credentials=WITH_CLIENT_CA) as running:
        with pytest.raises(ConnectError):
            await run_on(running.address, shown)

        assert running.hub.runs == ()


async def test_with_both_asked_for_both_must_be_shown() -> None:
    """Two locks are two locks."""
    both = replace(WITH_CLIENT_CA, token=TOKEN)
    async with server(credentials=both) as running:
        with pytest.raises(ConnectError, match="asks for a token"):
            await run_on(running.address, SHOWS_CERTIFICATE)
        events = await run_on(running.address, replace(SHOWS_CERTIFICATE, token=TOKEN))

    assert payload_kind(events[-1]) == "done"


async def test_two_tokens_are_none() -> None:
    """A proxy that appends its own header must not turn the comparison into a choice."""
    async with server(credentials=ServerCredentials(token=TOKEN)) as running:
        channel = open_channel(Endpoint(running.address))
        metadata = (("authorization", f"Bearer {TOKEN}"), ("authorization", "Bearer other"))
        with pytest.raises(grpc.aio.AioRpcError) as refusal:
            await MuxControlStub(channel).ListRuns(ListRunsRequest(), metadata=metadata)
        await channel.close()

    assert refusal.value.code() is grpc.StatusCode.UNAUTHENTICATED


async def test_a_token_is_never_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Logs are read by more people than may control the engine."""
    caplog.set_level(logging.DEBUG)
    async with server(credentials=WITH_TOKEN) as running:
        await run_on(running.address, SHOWS_TOKEN)
        with pytest.raises(ConnectError):
            await run_on(running.address, replace(SHOWS_TOKEN, token=TOKEN + "x"))

    assert TOKEN not in caplog.text
    assert TOKEN not in repr(WITH_TOKEN)
    assert TOKEN not in repr(Endpoint("127.0.0.1:1", SHOWS_TOKEN))
    assert SERVER.key.decode() not in repr(WITH_TOKEN)


@pytest.mark.parametrize("address", ELSEWHERE)
def test_a_client_speaks_no_plaintext_to_another_host(address: str) -> None:
    """Not even with a token, which everyone on the way would read."""
    with pytest.raises(UsageError, match="plaintext is spoken to this host alone"):
        open_channel(Endpoint(address, Credentials(token=TOKEN)))


def test_a_client_names_the_flag_of_an_address_that_is_none() -> None:
    """`dns:///` and the like would lead past the rule."""
    with pytest.raises(UsageError, match="--connect"):
        open_channel(Endpoint("dns:///127.0.0.1:3435"))
