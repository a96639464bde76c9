"""The two recording formats of the wire contract: NDJSON, and length-delimited messages, out and in.

The readers do no I/O: bytes go in, events come out, and damage is a `RecordingError` that names the line or the byte.
Whoever has the file adds its name.
"""

from __future__ import annotations

from typing import Protocol

from google.protobuf.message import DecodeError

from muxbw_tui.errors import RecordingError
from muxbw_tui.events.envelope import from_ndjson
from muxbw_tui.pb.muxbw_pb2 import RunEvent

MAX_MESSAGE_BYTES = 16 * 1024 * 1024
_MAX_VARINT_BYTES = 10


def write_delimited(event: RunEvent) -> bytes:
    """Return the event's bytes behind their length as a varint; equal events give equal bytes."""
    body = event.SerializeToString(deterministic=True)
    length, prefix = len(body), bytearray()
    while length > 0x7F:  # noqa: PLR2004 - seven bits a byte
        prefix.append(length & 0x7F | 0x80)
        length >>= 7
    prefix.append(length)
    return bytes(prefix) + body


class EventReader(Protocol):
    """Turns the bytes of a recording into events, however they are cut into chunks.

    After damage every further call raises the same error: a reader never skips what it could not read.
    """

    def receive(self, chunk: bytes) -> None:
        """Take the next bytes of the file."""
        ...

    def next_event(self) -> RunEvent | None:
        """Return the next event, or None when more bytes are needed.

        Raises:
            RecordingError: the bytes at the named line or offset are damaged.
        """
        ...

    def close(self) -> RunEvent | None:
        """Say that the file ends here, once `next_event` has returned None; return the event it still holds.

        Raises:
            RecordingError: the file ends in the middle of an event.
        """
        ...


class DelimitedReader:
    """Reads length-delimited messages; damage is named by the offset of the message's length.

    An `EventReader`.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._position = 0  # in the buffer, of the next message's length
        self._offset = 0  # in the file, of the same
        self._damage: str | None = None

    def receive(self, chunk: bytes) -> None:
        """Take the next bytes of the file."""
        del self._buffer[: self._position]
        self._position = 0
        if self._damage is None:
            self._buffer += chunk

    def next_event(self) -> RunEvent | None:
        """Return the next event, or None when more bytes are needed.

        Raises:
            RecordingError: the length or the message at the named byte is damaged.
        """
        if self._damage is not None:
            raise RecordingError(self._damage)
        header = self._read_length()
        if header is None:
            return None
        length, start = header
        end = start + length
        if end > len(self._buffer):
            return None
        try:
            event = RunEvent.FromString(bytes(self._buffer[start:end]))
        except DecodeError as error:
            raise self._damaged(f"a message of {length} bytes that is no event ({error})") from error
        self._offset += end - self._position
        self._position = end
        return event

    def close(self) -> RunEvent | None:
        """Say that the file ends here; no event is ever held back.

        Raises:
            RecordingError: the file ends in the middle of a message.
        """
        if self._damage is not None:
            raise RecordingError(self._damage)
        left = len(self._buffer) - self._position
        if left:
            raise self._damaged(f"a message that is cut off, {left} bytes of it are there")
        return None

    def _read_length(self) -> tuple[int, int] | None:
        """Return the next message's length and its start in the buffer, or None while the varint is cut."""
        length = 0
        varint = self._buffer[self._position : self._position + _MAX_VARINT_BYTES]
        for index, byte in enumerate(varint):
            length |= (byte & 0x7F) << (7 * index)
            if byte < 0x80:  # noqa: PLR2004 - the top bit says that more follow
                if length > MAX_MESSAGE_BYTES:
                    raise self._damaged(f"a length of {length} bytes, over the bound of {MAX_MESSAGE_BYTES}")
                return length, self._position + index + 1
        if len(varint) == _MAX_VARINT_BYTES:
            raise self._damaged("a length that does not end")
        return None

    def _damaged(self, what: str) -> RecordingError:
        self._damage = f"byte {self._offset}: {what}"
        return RecordingError(self._damage)


class NdjsonReader:
    """Reads envelopes, one a line; damage is named by the line, counted from 1. An `EventReader`.

    Empty lines, Windows line ends and a byte order mark are let through, as editors leave them behind.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._position = 0
        self._searched = 0  # no line break lies between the position and here
        self._line_number = 0
        self._damage: str | None = None

    def receive(self, chunk: bytes) -> None:
        """Take the next bytes of the file."""
        del self._buffer[: self._position]
        self._searched -= self._position
        self._position = 0
        if self._damage is None:
            self._buffer += chunk

    def next_event(self) -> RunEvent | None:
        """Return the next event, or None when more bytes are needed.

        Raises:
            RecordingError: the named line is no event.
        """
        if self._damage is not None:
            raise RecordingError(self._damage)
        while (end := self._buffer.find(b"\n", max(self._searched, self._position))) >= 0:
            line = bytes(self._buffer[self._position : end])
            self._position = self._searched = end + 1
            if (event := self._read_line(line)) is not None:
                return event
        self._searched = len(self._buffer)
        if self._searched - self._position > MAX_MESSAGE_BYTES:
            self._line_number += 1
            raise self._damaged(f"longer than the bound of {MAX_MESSAGE_BYTES} bytes")
        return None

    def close(self) -> RunEvent | None:
        """Say that the file ends here; return the event of a last line that has no line break.

        Raises:
            RecordingError: the last line is cut off.
        """
        if self._damage is not None:
            raise RecordingError(self._damage)
        line = bytes(self._buffer[self._position :])
        self._position = self._searched = len(self._buffer)
        try:
            return self._read_line(line)
        except RecordingError as error:
            raise self._damaged(
                f"cut off: the file ends in this line ({error.__cause__ or error})"
            ) from error

    def _read_line(self, line: bytes) -> RunEvent | None:
        """Return the line's event, or None for a line without one."""
        self._line_number += 1
        try:
            text = line.decode("utf-8-sig" if self._line_number == 1 else "utf-8")
            return from_ndjson(text) if text.strip() else None
        except UnicodeDecodeError as error:
            raise self._damaged("not UTF-8") from error
        except RecordingError as error:
            raise self._damaged(str(error)) from error

    def _damaged(self, what: str) -> RecordingError:
        self._damage = f"line {self._line_number}: {what}"
        return RecordingError(self._damage)
