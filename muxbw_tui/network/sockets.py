"""Where the network touches sockets: non-blocking, without delay, read to the byte."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import os
import resource
import socket
import struct
import sys
from typing import TYPE_CHECKING

from muxbw_tui.addresses import Address, parse_address
from muxbw_tui.network import handshake

if TYPE_CHECKING:
    from muxbw_tui.errors import ProtocolError

ANY_LOOPBACK_PORT = "127.0.0.1:0"

_BACKLOG = 4096
_IPV6 = 6
_KEEP_ALIVE = {"TCP_KEEPIDLE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
_LINGER_NONE = struct.pack("ii", 1, 0)


def listen(address: str) -> socket.socket:
    """Return a listening, non-blocking socket; port 0 picks a free one. Blocks where a name is looked up.

    A name that has addresses of both families is listened on at the first of IPv4, as Go does.

    Raises:
        OSError: the address cannot be listened on.
        ValueError: it is no address.
    """
    found = socket.getaddrinfo(*_host_and_port(address), type=socket.SOCK_STREAM)
    family, _, _, _, name = min(found, key=lambda info: info[0] != socket.AF_INET)
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(name)
        listener.listen(_BACKLOG)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def address_of(listener: socket.socket) -> str:
    """Return where a listener listens, as `host:port`."""
    return _join(listener.getsockname())


def peer_of(sock: socket.socket) -> str:
    """Return whom a connection leads to, as `host:port`, for the log."""
    try:
        return _join(sock.getpeername())
    except OSError:
        return "a peer that is gone"


async def connect(address: str) -> socket.socket:
    """Return a connected, non-blocking socket without Nagle's delay. Nothing is left open when cancelled.

    The addresses of a name are tried in turn.

    Raises:
        OSError: nothing answers there; what the last address said.
        ValueError: it is no address.
    """
    *others, last = await _addresses_of(*_host_and_port(address))
    for family, name in others:
        with contextlib.suppress(OSError):  # the next may answer
            return await _connect(family, name)
    return await _connect(*last)


async def _connect(family: socket.AddressFamily, name: tuple[object, ...]) -> socket.socket:
    sock = socket.socket(family, socket.SOCK_STREAM)
    try:
        prepare(sock)
        await asyncio.get_running_loop().sock_connect(sock, name)
    except BaseException:
        sock.close()
        raise
    return sock


def prepare(sock: socket.socket) -> None:
    """Make a connection ready for the loop."""
    sock.setblocking(False)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


async def send_message(sock: socket.socket, message: bytes) -> None:
    """Send a message that is encoded already.

    Raises:
        OSError: the connection broke.
    """
    await asyncio.get_running_loop().sock_sendall(sock, message)


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


def shut_down(sock: socket.socket) -> None:
    """Let both sides read the end of a connection; whoever owns it closes it."""
    with contextlib.suppress(OSError):  # it is gone already
        sock.shutdown(socket.SHUT_RDWR)


def keep_alive(sock: socket.socket) -> None:
    """Have the kernel find out within half a minute that a silent peer is gone, and keep its way through NAT open."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in _KEEP_ALIVE.items():
        if hasattr(socket, option):  # not every system has them all
            sock.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


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


def descriptor_limit() -> int:
    """Return how many descriptors this process may have open."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft


def describe(error: OSError | EOFError | ProtocolError) -> str:
    """Return an error in the words of the field: `connection refused`, not `[Errno 111] Connection refused`."""
    if isinstance(error, socket.gaierror):
        return str(error.strerror).lower()  # its numbers are not those of the system
    if isinstance(error, OSError) and error.errno is not None:
        return os.strerror(error.errno).lower()
    return str(error)


def _join(name: tuple[str, int]) -> str:
    host, port = name[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


async def _addresses_of(host: str, port: int) -> list[tuple[socket.AddressFamily, tuple[object, ...]]]:
    """Return the family and the numeric form of each address of a host, at least one; a name is looked up."""
    try:
        version = ipaddress.ip_address(host).version
    except ValueError:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return [(family, name) for family, _, _, _, name in found]
    return [(socket.AF_INET6 if version == _IPV6 else socket.AF_INET, (host, port))]


def _host_and_port(text: str) -> tuple[str, int]:
    try:
        address = parse_address(text)
    except ValueError:
        address = Address()
    if not address.host:
        raise ValueError(f"{text!r} is not HOST:PORT")
    return address.host, address.port
