"""Where the network touches sockets: loopback only, non-blocking, without delay, read to the byte.

Nodes do not authenticate each other, so nothing here listens on or dials an address that another machine could reach.
"""

from __future__ import annotations

import asyncio
import ipaddress
import os
import resource
import socket
import struct
from typing import TYPE_CHECKING

from muxbw_tui.network import handshake

if TYPE_CHECKING:
    from muxbw_tui.errors import ProtocolError

LOOPBACK = "127.0.0.1"

_BACKLOG = 4096
_LINGER_NONE = struct.pack("ii", 1, 0)


def parse_loopback(address: str) -> tuple[str, int]:
    """Return host and port of `127.0.0.1:PORT` or `[::1]:PORT`.

    Raises:
        ValueError: it is no address, or one outside this machine.
    """
    host, _, port = address.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
        number = int(port)
    except ValueError:
        raise ValueError(f"{address!r} is not HOST:PORT with a numeric host") from None
    if not is_loopback:
        raise ValueError(f"{host} is not a loopback address, and nodes cannot authenticate each other yet")
    return host, number


def listen_on_loopback() -> socket.socket:
    """Return a listening, non-blocking socket on a free port of this machine."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.bind((LOOPBACK, 0))
        listener.listen(_BACKLOG)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def address_of(listener: socket.socket) -> str:
    """Return where a listener listens, as `host:port`."""
    host, port = listener.getsockname()[:2]
    return f"{host}:{port}"


async def connect(address: str) -> socket.socket:
    """Return a connected, non-blocking socket without Nagle's delay. Nothing is left open when cancelled.

    Raises:
        OSError: nothing answers there.
        ValueError: the address is outside this machine.
    """
    host, port = parse_loopback(address)
    sock = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    try:
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await asyncio.get_running_loop().sock_connect(sock, (host, port))
    except BaseException:
        sock.close()
        raise
    return sock


async def read_message(sock: socket.socket) -> bytes:
    """Return the body of one set-up message, and leave the byte behind it unread.

    Raises:
        ProtocolError: the length is out of bounds.
        EOFError: the peer closed before the message was whole.
        OSError: the connection broke.
    """
    prefix = await _read_exactly(sock, handshake.LENGTH_BYTES)
    return await _read_exactly(sock, handshake.decode_length(prefix))


async def _read_exactly(sock: socket.socket, size: int) -> bytes:
    loop = asyncio.get_running_loop()
    received = bytearray()
    while len(received) < size:
        piece = await loop.sock_recv(sock, size - len(received))
        if not piece:
            raise EOFError("the peer closed the connection")
        received += piece
    return bytes(received)


def reset(sock: socket.socket) -> None:
    """Close a connection so that its peer sees a reset, whatever is unsent. Closing twice is fine."""
    if sock.fileno() >= 0:
        reset_on_close(sock)
        sock.close()


def reset_on_close(sock: socket.socket) -> None:
    """Let the peer see a reset once this connection is closed."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NONE)


def allow_many_descriptors() -> None:
    """Raise this process's soft limit to the hard one: in the network one route of two hops takes seven."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def describe(error: OSError | EOFError | ProtocolError) -> str:
    """Return an error in the words of the field: `connection refused`, not `[Errno 111] Connection refused`."""
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno).lower()
    return str(error)
