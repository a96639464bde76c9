"""Connecting and listening by name: the resolver's answers are scripted, the sockets real."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.network import sockets

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("nothing_left")

Found = list[tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[str, int]]]


@pytest.fixture
def resolves(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Return what lets every name stand for these addresses, in this order."""

    def script(*hosts: str) -> None:
        def found(_host: str, port: int, *_: object, **__: object) -> Found:
            return [
                (
                    socket.AF_INET6 if ":" in host else socket.AF_INET,
                    socket.SOCK_STREAM,
                    socket.IPPROTO_TCP,
                    "",
                    (host, port),
                )
                for host in hosts
            ]

        monkeypatch.setattr(socket, "getaddrinfo", found)

    return script


async def test_a_name_is_dialled_at_each_of_its_addresses(resolves: Callable[..., None]) -> None:
    """A host with a record of IPv6 whose node listens on IPv4 alone is there, and must be reached."""
    with sockets.listen(sockets.ANY_LOOPBACK_PORT) as listener:
        port = listener.getsockname()[1]
        resolves("::1", "127.0.0.2", "127.0.0.1")

        with await sockets.connect(f"relay.example:{port}") as sock:
            assert sock.getpeername() == ("127.0.0.1", port)


async def test_a_name_none_of_whose_addresses_answers_is_refused(resolves: Callable[..., None]) -> None:
    """The last address's words are the dialler's, and no socket of the others stays open."""
    with sockets.listen(sockets.ANY_LOOPBACK_PORT) as gone:
        port = gone.getsockname()[1]
    resolves("::1", "127.0.0.1")

    with pytest.raises(ConnectionRefusedError):
        await sockets.connect(f"relay.example:{port}")


@pytest.mark.parametrize(("hosts", "listens_at"), [(("::1",), "[::1]"), (("::1", "127.0.0.1"), "127.0.0.1")])
async def test_a_name_is_listened_on_in_the_family_that_it_has(
    resolves: Callable[..., None], hosts: tuple[str, ...], listens_at: str
) -> None:
    """A node on a host with IPv6 alone must come up by name; one with both stays where its callers expect it."""
    resolves(*hosts)

    with sockets.listen("relay.example:0") as listener:
        assert sockets.address_of(listener).rpartition(":")[0] == listens_at
