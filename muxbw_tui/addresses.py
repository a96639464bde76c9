"""Addresses as people write them, `HOST:PORT` or `unix:PATH`, and whether anyone but this host can reach them.

Whether plaintext may be spoken at an address is decided by `Address.local` alone, on both sides. A name is not
resolved for it: what it stands for may change between the look and the connection.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

MAX_UNIX_PATH = 107  # bytes; sockaddr_un of Linux, with its terminator
MAX_PORT = 65_535
_UNIX = "unix:"
_FORMS = "write HOST:PORT, [::1]:PORT or unix:PATH"


@dataclass(frozen=True, slots=True)
class Address:
    """Where to listen or to connect: a host and a port, or the path of a unix socket.

    Attributes:
        host: a name or an IP address without brackets; empty for a unix socket.
        path: of a unix socket; else empty.
    """

    host: str = ""
    port: int = 0
    path: str = ""

    def __str__(self) -> str:
        """Return the form that gRPC takes."""
        if self.path:
            return f"{_UNIX}{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def local(self) -> bool:
        """Whether only this host can reach it: a unix socket, or loopback."""
        if self.path or self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def parse_address(text: str) -> Address:
    """Return the address that `127.0.0.1:3435`, `[::1]:3435`, `relay.example:3435` or `unix:/run/x.sock` names.

    Raises:
        ValueError: it is none of these; the message says what is wrong and what would be accepted.
    """
    if text.startswith(_UNIX):
        return _parse_unix(text.removeprefix(_UNIX))
    host, colon, port = text.rpartition(":")
    bracketed = host.startswith("[") and host.endswith("]")
    bare = host[1:-1] if bracketed else host
    if not colon or not bare or (":" in bare) != bracketed or "/" in bare:
        raise ValueError(f"{text!r} is no address: {_FORMS}")
    if not (port.isascii() and port.isdigit()) or int(port) > MAX_PORT:
        raise ValueError(f"{text!r} has no port from 0 to {MAX_PORT}: {_FORMS}")
    return Address(host=bare, port=int(port))


def _parse_unix(path: str) -> Address:
    path = path.removeprefix("//")
    if not path:
        raise ValueError("unix: needs a path: unix:/run/user/1000/muxbw.sock")
    if len(path.encode()) > MAX_UNIX_PATH:
        raise ValueError(f"a unix socket's path has at most {MAX_UNIX_PATH} bytes, and {path} has more")
    return Address(path=path)
