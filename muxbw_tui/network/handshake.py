"""The set-up messages as bytes: a length of 4 bytes, big-endian, and a protobuf message.

A dialler sends one `SetUp`, its receiver answers with one `SetUpAnswer`, and everything after that is the route's own
bytes. Sans-IO: bytes in, messages out. Whoever reads from a socket must read exactly `LENGTH_BYTES` and then exactly
the length, for the next byte already belongs to the route.
"""

from __future__ import annotations

import struct
from typing import TypeVar

from google.protobuf.message import DecodeError

from muxbw_tui.errors import ProtocolError
from muxbw_tui.pb.muxbw_pb2 import SetUp, SetUpAnswer

MAX_MESSAGE_BYTES = 64 * 1024
MAX_HOPS = 64

_LENGTH = struct.Struct(">I")
LENGTH_BYTES = _LENGTH.size

_Message = TypeVar("_Message", SetUp, SetUpAnswer)


def encode(message: SetUp | SetUpAnswer) -> bytes:
    """Return the message behind its length.

    Raises:
        ProtocolError: it is longer than a peer would take.
    """
    body = message.SerializeToString()
    if len(body) > MAX_MESSAGE_BYTES:
        raise ProtocolError(f"a set-up message of {len(body)} bytes is over the limit of {MAX_MESSAGE_BYTES}")
    return _LENGTH.pack(len(body)) + body


def decode_length(prefix: bytes) -> int:
    """Return how many bytes follow the prefix of `LENGTH_BYTES`.

    Raises:
        ProtocolError: the length is out of bounds, so that this is no set-up message.
    """
    (length,) = _LENGTH.unpack(prefix)
    if length > MAX_MESSAGE_BYTES:
        raise ProtocolError(f"a length of {length} is over the limit of {MAX_MESSAGE_BYTES}")
    return int(length)


def decode_set_up(body: bytes) -> SetUp:
    """Return the set-up message in the bytes behind a length.

    Raises:
        ProtocolError: they are none, or one that asks for the impossible.
    """
    message = _parse(SetUp(), body)
    if message.route_index < 0:
        raise ProtocolError(f"a route index of {message.route_index} is negative")
    if message.timeout_ns <= 0:
        raise ProtocolError(f"a set-up timeout of {message.timeout_ns} ns leaves no time")
    if len(message.hops) > MAX_HOPS:
        raise ProtocolError(f"{len(message.hops)} hops are over the limit of {MAX_HOPS}")
    return message


def decode_answer(body: bytes) -> SetUpAnswer:
    """Return the answer in the bytes behind a length.

    Raises:
        ProtocolError: they are none.
    """
    return _parse(SetUpAnswer(), body)


def _parse(message: _Message, body: bytes) -> _Message:
    try:
        message.ParseFromString(body)
    except DecodeError as exc:
        raise ProtocolError(f"{len(body)} bytes are no {message.DESCRIPTOR.name}") from exc
    return message
