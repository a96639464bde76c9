"""What the engine and the process of its embedded network say to each other: messages behind their length as a varint.

Sans-IO: bytes in, messages out. Both ends are this program, so a message that cannot be read is a bug of ours or a
broken pipe, and nothing is skipped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from google.protobuf.message import DecodeError, Message

from muxbw_tui.errors import ProtocolError

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_MESSAGE_BYTES = 16 * 1024 * 1024

_VARINT_MAX_BYTES = 5
_MORE = 0x80

_Message = TypeVar("_Message", bound=Message)


def encode(message: Message) -> bytes:
    """Return the message behind its length."""
    body = message.SerializeToString()
    length = len(body)
    prefix = bytearray()
    while length >= _MORE:
        prefix.append(length & 0x7F | _MORE)
        length >>= 7
    prefix.append(length)
    return bytes(prefix) + body


class Decoder(Generic[_Message]):
    """Turns a stream of bytes into messages of one type."""

    def __init__(self, message_type: type[_Message]) -> None:
        self._message_type = message_type
        self._buffer = bytearray()

    def feed(self, data: bytes) -> Iterator[_Message]:
        """Take the next bytes of the stream and yield the messages that they complete.

        Raises:
            ProtocolError: a length is out of bounds, or a message cannot be read.
        """
        self._buffer += data
        while (bounds := self._bounds()) is not None:
            start, end = bounds
            body = bytes(self._buffer[start:end])
            del self._buffer[:end]
            message = self._message_type()
            try:
                message.ParseFromString(body)
            except DecodeError as exc:
                raise ProtocolError(f"{len(body)} bytes are no {message.DESCRIPTOR.name}") from exc
            yield message

    def _bounds(self) -> tuple[int, int] | None:
        """Return where the first message begins and ends, or None while it is not whole."""
        length = 0
        for index, byte in enumerate(self._buffer[:_VARINT_MAX_BYTES]):
            length |= (byte & 0x7F) << (7 * index)
            if byte < _MORE:
                start = index + 1
                break
        else:
            if len(self._buffer) >= _VARINT_MAX_BYTES:
                raise ProtocolError("a length of more than five bytes")
            return None
        if length > MAX_MESSAGE_BYTES:
            raise ProtocolError(f"a length of {length} is over the limit of {MAX_MESSAGE_BYTES}")
        return (start, start + length) if len(self._buffer) >= start + length else None
