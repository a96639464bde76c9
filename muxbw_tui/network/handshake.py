"""What is said before a connection carries a route: messages as bytes, and who signs what.

A node speaks first, with a `Challenge`. Its caller answers with a `SignedRequest`, the node with a `SetUpAnswer`; a
relay that answers passes the challenge of the next node on, and the caller goes on with that one through the relay,
until the target has answered. Everything after that is the route's own bytes. docs/protocol.md has the whole of it.

Sans-IO: bytes and messages in, messages and bytes out. A message goes behind a length of 4 bytes, big-endian. Whoever
reads from a socket must read exactly `LENGTH_BYTES` and then exactly the length, for the next byte may already be the
route's own.
"""

from __future__ import annotations

import secrets
import struct
from typing import TYPE_CHECKING, TypeVar

from google.protobuf.message import DecodeError, Message

from muxbw_tui.errors import ProtocolError
from muxbw_tui.network.identity import verify
from muxbw_tui.network.keys import is_public_key
from muxbw_tui.pb.muxbw_pb2 import Call, Challenge, NodeRequest, SetUp, SetUpAnswer, SignedRequest

if TYPE_CHECKING:
    from muxbw_tui.network.identity import Identity

VERSION = 1
MAX_MESSAGE_BYTES = 16 * 1024
MAX_HOPS = 64
MAX_RUN_ID_BYTES = 256
NONCE_BYTES = 32

REQUEST_CONTEXT = b"muxbw-tui node protocol 1: request\0"
ANSWER_CONTEXT = b"muxbw-tui node protocol 1: answer\0"

_LENGTH = struct.Struct(">I")
LENGTH_BYTES = _LENGTH.size

_Message = TypeVar("_Message", bound=Message)


def encode(message: Challenge | SignedRequest | SetUpAnswer | Call) -> bytes:
    """Return the message behind its length.

    Raises:
        ProtocolError: it is longer than a peer would take.
    """
    return frame(message.SerializeToString())


def frame(body: bytes) -> bytes:
    """Return a message that is bytes already behind its length.

    Raises:
        ProtocolError: it is longer than a peer would take.
    """
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


def make_challenge(key: str) -> Challenge:
    """Return a fresh challenge of the node with this key."""
    return Challenge(version=VERSION, key=key, nonce=secrets.token_bytes(NONCE_BYTES))


def decode_challenge(body: bytes) -> Challenge:
    """Return the challenge in the bytes behind a length.

    Raises:
        ProtocolError: they are none, or one of another version of the protocol.
    """
    challenge = _parse(Challenge(), body)
    check_challenge(challenge)
    return challenge


def check_challenge(challenge: Challenge) -> None:
    """Make sure that a challenge, on its own or in an answer, is one that can be signed.

    Raises:
        ProtocolError: it is none, or one of another version of the protocol.
    """
    if challenge.version != VERSION:
        raise ProtocolError(f"a challenge has version {challenge.version} of the protocol, not {VERSION}")
    if len(challenge.nonce) != NONCE_BYTES:
        raise ProtocolError(f"a challenge has {len(challenge.nonce)} bytes, not {NONCE_BYTES}")


def sign_request(identity: Identity, challenge: Challenge, request: NodeRequest) -> SignedRequest:
    """Return what a node that gave this challenge is to be sent: the request, addressed and signed."""
    request.caller = identity.public_key
    request.node = challenge.key
    request.challenge = challenge.nonce
    request.nonce = secrets.token_bytes(NONCE_BYTES)
    body = request.SerializeToString()
    return SignedRequest(request=body, signature=identity.sign(REQUEST_CONTEXT + body))


def decode_signed_request(body: bytes) -> SignedRequest:
    """Return the signed request in the bytes behind a length; nothing in it is checked.

    Raises:
        ProtocolError: they are none.
    """
    return _parse(SignedRequest(), body)


def open_request(signed: SignedRequest, challenge: Challenge) -> NodeRequest:
    """Return the request that a caller has signed over this challenge. Whether the caller may ask is not asked here.

    Raises:
        ProtocolError: it is forged, altered, replayed, meant for another node, or asks for the impossible.
    """
    request = _parse(NodeRequest(), signed.request)
    if not is_public_key(request.caller):
        raise ProtocolError("the request names no caller")
    if not verify(request.caller, REQUEST_CONTEXT + signed.request, signed.signature):
        raise ProtocolError(f"the signature is not that of {request.caller}: a request forged or altered")
    if request.node != challenge.key:
        raise ProtocolError(f"{request.caller} signed a request to another node")
    if request.challenge != challenge.nonce:
        raise ProtocolError(f"{request.caller} signed it over another challenge: a request replayed")
    if request.HasField("set_up"):
        _check_set_up(request.set_up)
    return request


def sign_answer(
    identity: Identity, signed: SignedRequest, *, challenge: Challenge | None = None
) -> SetUpAnswer:
    """Return the answer that grants a request, with the challenge of the next node where there is one."""
    signature = identity.sign(ANSWER_CONTEXT + signed.request)
    return SetUpAnswer(ok=True, signature=signature, challenge=challenge)


def decode_answer(body: bytes) -> SetUpAnswer:
    """Return the answer in the bytes behind a length.

    Raises:
        ProtocolError: they are none.
    """
    return _parse(SetUpAnswer(), body)


def proves(answer: SetUpAnswer, *, key: str, signed: SignedRequest) -> bool:
    """Return whether the node with this key has granted this very request."""
    return verify(key, ANSWER_CONTEXT + signed.request, answer.signature)


def decode_call(body: bytes) -> Call:
    """Return the call in the bytes behind a length.

    Raises:
        ProtocolError: they are none.
    """
    return _parse(Call(), body)


def _check_set_up(set_up: SetUp) -> None:
    if set_up.route_index < 0:
        raise ProtocolError(f"a route index of {set_up.route_index} is negative")
    if set_up.timeout_ns <= 0:
        raise ProtocolError(f"a set-up timeout of {set_up.timeout_ns} ns leaves no time")
    if len(set_up.hops) > MAX_HOPS:
        raise ProtocolError(f"{len(set_up.hops)} hops are over the limit of {MAX_HOPS}")
    if len(set_up.run_id.encode()) > MAX_RUN_ID_BYTES:
        raise ProtocolError(f"a run id of {len(set_up.run_id)} characters is over the limit")


def _parse(message: _Message, body: bytes) -> _Message:
    try:
        message.ParseFromString(body)
    except DecodeError as exc:
        raise ProtocolError(f"{len(body)} bytes are no {message.DESCRIPTOR.name}") from exc
    return message
