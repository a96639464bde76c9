"""The far end of a route: every frame goes back as it came.

Bytes go back as they arrive, so that no frame is ever held whole; what passes is checked frame header by frame
header, and one that cannot be a header ends the connection.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from muxbw_tui.errors import ProtocolError
from muxbw_tui.network.flow import Flow, Session, Tally
from muxbw_tui.network.frames import HEADER, HEADER_BYTES, MAGIC, MAX_FRAME_BYTES

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable


class FrameScanner:
    """Follows a stream of frames without keeping them: at most one incomplete header is remembered."""

    __slots__ = ("_header", "_payload_left")

    def __init__(self) -> None:
        self._header = b""
        self._payload_left = 0

    def feed(self, piece: memoryview) -> None:
        """Take the next bytes of the stream.

        Raises:
            ProtocolError: a header among them has another magic or a length out of bounds.
        """
        position = min(self._payload_left, len(piece))
        self._payload_left -= position
        while position < len(piece):
            part = bytes(piece[position : position + HEADER_BYTES - len(self._header)])
            position += len(part)
            self._header += part
            if len(self._header) == HEADER_BYTES:
                payload = _payload_bytes(self._header)
                self._header = b""
                passed = min(payload, len(piece) - position)
                position += passed
                self._payload_left = payload - passed


def echo_session(
    name: str, sock: socket.socket, *, scratch: memoryview, on_closed: Callable[[Session], None]
) -> Session:
    """Return a session that sends back what comes, as long as it is frames. It owns the socket."""
    echo = Flow(sock, sock, scratch=scratch, tally=Tally(), inspect=FrameScanner().feed)
    return Session(name, near=sock, far=sock, outward=None, homeward=echo, on_closed=on_closed)


def _payload_bytes(header: bytes) -> int:
    magic, length, _ = HEADER.unpack(header)
    if magic != MAGIC:
        raise ProtocolError(f"a frame begins with {magic:08x} in place of {MAGIC:08x}")
    if not HEADER_BYTES <= length <= MAX_FRAME_BYTES:
        raise ProtocolError(f"a frame of {length} bytes is outside {HEADER_BYTES} to {MAX_FRAME_BYTES}")
    return int(length) - HEADER_BYTES
