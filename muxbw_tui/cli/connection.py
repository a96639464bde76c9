"""The flags that say how to come to a server, for every command that may go to one."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

from muxbw_tui.cli.credentials import need_both, read_certificates, read_identity, read_token
from muxbw_tui.cli.flags import is_typed, overruled, shared_option

if TYPE_CHECKING:
    from collections.abc import Callable

    from muxbw_tui.sources.channel import Endpoint

    # Any, for a decorator of ours takes functions of every kind.
    Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

P = ParamSpec("P")
R = TypeVar("R")

FILE = click.Path(path_type=Path)


def in_help_order(
    *decorators: Decorator,
) -> Callable[..., Callable[..., R]]:
    """Return a decorator that adds options, in the order in which --help shows them."""

    def add(function: Callable[..., R]) -> Callable[..., R]:
        for decorator in reversed(decorators):
            function = decorator(function)
        return function

    return add


def connection_flags(function: Callable[..., R]) -> Callable[..., R]:
    """Add the flags for a server to a command, which gets them as one `endpoint`: None without --connect."""

    @in_help_order(
        shared_option(
            "--connect",
            metavar="ADDR",
            help="A server: HOST:PORT or unix:PATH. Default: an engine of our own.",
        ),
        shared_option(
            "--tls-ca", type=FILE, metavar="FILE", help="What the server's certificate must lead to."
        ),
        shared_option(
            "--client-cert", type=FILE, metavar="FILE", help="Our certificate, for a server that asks."
        ),
        shared_option("--client-key", type=FILE, metavar="FILE", help="The key of our certificate."),
        shared_option("--token-file", type=FILE, metavar="FILE", help="Our token, for a server that asks."),
    )
    @functools.wraps(function)
    def with_endpoint(
        *args: object,
        connect: str | None,
        tls_ca: Path | None,
        client_cert: Path | None,
        client_key: Path | None,
        token_file: Path | None,
        **kwargs: object,
    ) -> R:
        endpoint = None
        if connect is not None and not overruled("connect", by="scenario"):
            endpoint = _endpoint(connect, tls_ca, client_cert, client_key, token_file)
        elif any(map(is_typed, ("tls_ca", "client_cert", "client_key", "token_file"))):
            raise click.UsageError(
                "--tls-ca, --client-cert, --client-key and --token-file are for a server: --connect says which"
            )
        return function(*args, endpoint=endpoint, **kwargs)

    return with_endpoint


def _endpoint(
    connect: str,
    tls_ca: Path | None,
    client_cert: Path | None,
    client_key: Path | None,
    token_file: Path | None,
) -> Endpoint:
    """Return the server, with what the files hold."""
    from muxbw_tui.sources.channel import Credentials, Endpoint  # noqa: PLC0415 (gRPC costs start-up time)

    identity = (b"", b"")
    options = ("--client-cert", "--client-key")
    if need_both(client_cert, client_key, options) and client_cert and client_key:
        if tls_ca is None:
            raise click.UsageError("--client-cert is shown in TLS alone: --tls-ca too")
        identity = read_identity(client_cert, client_key, options)
    credentials = Credentials(
        server_ca=read_certificates(tls_ca, "--tls-ca") if tls_ca else b"",
        client_cert=identity[0],
        client_key=identity[1],
        token=read_token(token_file) if token_file else "",
    )
    return Endpoint(connect, credentials)
