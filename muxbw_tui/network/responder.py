"""The far end of a route: every frame goes back as it came.

Bytes go back as they arrive, so that no frame is ever held whole; what passes is checked frame header by frame
header, and one that cannot be a header ends the connection.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from muxbw_tui.clock import core_time_s
from muxbw_tui.errors import ProtocolError
from muxbw_tui.network.flow import Flow, Session, Tally
from muxbw_tui.network.frames import (
    HEADER,
    HEADER_BYTES,
    MAGIC,
    MAX_FRAME_BYTES,
    STATUS,
    STATUS_BYTES,
    STATUS_MAGIC,
)

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from muxbw_tui.network.admission import Account

CPU_INTERVAL_S = 0.2


class CpuMeter:
    """The share of a core that this thread uses or waits for, over the time since it was last asked, 0 to 1."""

    def __init__(self) -> None:
        self._share = 0.0
        self._wall_s, self._cpu_s = time.monotonic(), core_time_s()

    def share(self) -> float:
        """Return the share; asked again within `CPU_INTERVAL_S`, the same as before."""
        wall_s = time.monotonic() - self._wall_s
        if wall_s >= CPU_INTERVAL_S:
            cpu_s = core_time_s() - self._cpu_s
            self._share = min(cpu_s / wall_s, 1.0)
            self._wall_s, self._cpu_s = self._wall_s + wall_s, self._cpu_s + cpu_s
        return self._share


_CPU = CpuMeter()


class FrameScanner:
    """Follows a stream of frames without keeping them: at most one incomplete header is remembered.

    A status frame gets its answer written into it as it passes.

    Args:
        cpu_share: asked for every status frame; 0 to 1.
    """

    __slots__ = ("_answer", "_cpu_share", "_header", "_payload_left")

    def __init__(self, cpu_share: Callable[[], float] = lambda: 0.0) -> None:
        self._cpu_share = cpu_share
        self._header = b""
        self._answer = b""
        self._payload_left = 0

    def feed(self, piece: memoryview) -> None:
        """Take the next bytes of the stream, writable where they may hold a status frame.

        Raises:
            ProtocolError: a header among them has another magic or a length out of bounds.
        """
        position = self._pass_payload(piece, 0)
        while position < len(piece):
            part = bytes(piece[position : position + HEADER_BYTES - len(self._header)])
            position += len(part)
            self._header += part
            if len(self._header) == HEADER_BYTES:
                magic, self._payload_left = _parse(self._header)
                self._header = b""
                if magic == STATUS_MAGIC:
                    self._answer = STATUS.pack(round(self._cpu_share() * 1000))
                position = self._pass_payload(piece, position)

    def _pass_payload(self, piece: memoryview, position: int) -> int:
        """Go over what the piece holds of the frame's payload; return where it ends."""
        if self._answer:
            written = min(len(self._answer), len(piece) - position)
            piece[position : position + written] = self._answer[:written]
            self._answer = self._answer[written:]
        passed = min(self._payload_left, len(piece) - position)
        self._payload_left -= passed
        return position + passed


def echo_session(
    name: str,
    sock: socket.socket,
    *,
    account: Account,
    scratch: memoryview,
    on_closed: Callable[[Session], None],
    warn: Callable[..., None],
) -> Session:
    """Return a session that sends back what comes, as long as it is frames, within an account's limits.

    It owns the socket, and warns of what is no frame.
    """
    scanner = FrameScanner(_CPU.share)
    echo = Flow(sock, sock, scratch=scratch, tally=Tally(), inspect=scanner.feed, bucket=account.homeward)
    return Session(name, near=sock, far=sock, outward=None, homeward=echo, on_closed=on_closed, warn=warn)


def _parse(header: bytes) -> tuple[int, int]:
    """Return a header's magic and the bytes of payload behind it."""
    magic, length, _ = HEADER.unpack(header)
    if magic not in {MAGIC, STATUS_MAGIC}:
        raise ProtocolError(f"a frame begins with {magic:08x} in place of {MAGIC:08x}")
    if not HEADER_BYTES <= length <= MAX_FRAME_BYTES:
        raise ProtocolError(f"a frame of {length} bytes is outside {HEADER_BYTES} to {MAX_FRAME_BYTES}")
    if magic == STATUS_MAGIC and length != STATUS_BYTES:
        raise ProtocolError(f"a status frame has {STATUS_BYTES} bytes, not {length}")
    return magic, int(length) - HEADER_BYTES
