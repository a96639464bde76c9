"""Set-up messages as bytes, and what is believed of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.errors import ProtocolError
from muxbw_tui.network import handshake
from muxbw_tui.network.identity import Identity, verify
from muxbw_tui.network.topology import make_hop
from muxbw_tui.pb.muxbw_pb2 import NodeRequest, SetUp, SetUpAnswer, SignedRequest
from tests.network.support import HERE, OSAKA, STRANGER

HOP = make_hop(tp_id="t", source="02aa", to="03bb", kind="stcpr")
CHALLENGE = handshake.make_challenge(OSAKA.public_key)


def signed_set_up(set_up: SetUp, *, by: Identity = HERE) -> SignedRequest:
    """Return a set-up as its source sends it to osaka."""
    return handshake.sign_request(by, CHALLENGE, NodeRequest(set_up=set_up))


def split(data: bytes) -> tuple[int, bytes]:
    """Return the announced length and the body."""
    return handshake.decode_length(data[: handshake.LENGTH_BYTES]), data[handshake.LENGTH_BYTES :]


def test_a_set_up_comes_out_as_it_went_in_with_who_signed_it() -> None:
    """Run, index, hops and the time left must reach every node unchanged."""
    set_up = SetUp(run_id="r", route_index=7, hops=[HOP, HOP], timeout_ns=5)

    length, body = split(handshake.encode(signed_set_up(set_up)))
    request = handshake.open_request(handshake.decode_signed_request(body), CHALLENGE)

    assert length == len(body)
    assert request.set_up == set_up
    assert (request.caller, request.node) == (HERE.public_key, OSAKA.public_key)


def test_an_answer_comes_out_as_it_went_in() -> None:
    """The node at fault is named in the answer."""
    answer = SetUpAnswer(error="osaka refused the route", failed_at="03bb")

    _, body = split(handshake.encode(answer))

    assert handshake.decode_answer(body) == answer


def test_what_is_signed_is_what_the_page_says() -> None:
    """Another implementation is written against docs/protocol.md: a context, and the bytes of the request."""
    signed = signed_set_up(SetUp(timeout_ns=1))
    answer = handshake.sign_answer(OSAKA, signed)

    in_request = b"muxbw-tui node protocol 1: request\0" + signed.request
    in_answer = b"muxbw-tui node protocol 1: answer\0" + signed.request
    assert verify(HERE.public_key, in_request, signed.signature)
    assert verify(OSAKA.public_key, in_answer, answer.signature)


def test_challenges_and_nonces_are_never_the_same_twice() -> None:
    """All that keeps an old request from being used again is that the next challenge differs."""
    challenges = {handshake.make_challenge(OSAKA.public_key).nonce for _ in range(100)}
    requests = {signed_set_up(SetUp(timeout_ns=1)).request for _ in range(100)}

    assert len(challenges) == len(requests) == 100


def test_a_request_over_another_challenge_is_refused_as_replayed() -> None:
    """It was good once, and whoever recorded it must not get in with it."""
    signed = signed_set_up(SetUp(timeout_ns=1))

    with pytest.raises(ProtocolError, match="replayed"):
        handshake.open_request(signed, handshake.make_challenge(OSAKA.public_key))


def test_a_request_to_another_node_is_refused() -> None:
    """A node must not be able to pass a request that it was sent on as its own."""
    signed = signed_set_up(SetUp(timeout_ns=1))
    elsewhere = handshake.make_challenge(STRANGER.public_key)

    with pytest.raises(ProtocolError, match="signed a request to another node"):
        handshake.open_request(signed, elsewhere)


def test_every_altered_byte_of_a_request_is_noticed() -> None:
    """Run, index, hops, keys, challenge: nothing of it may be changed on the way."""
    signed = signed_set_up(SetUp(run_id="r", route_index=7, hops=[HOP], timeout_ns=5))

    for position in range(len(signed.request)):
        altered = bytearray(signed.request)
        altered[position] ^= 1
        with pytest.raises(ProtocolError):
            handshake.open_request(
                SignedRequest(request=bytes(altered), signature=signed.signature), CHALLENGE
            )


def test_another_s_signature_is_refused() -> None:
    """A key that is allowed must not be of use to anybody who only knows it."""
    ours = signed_set_up(SetUp(timeout_ns=1))
    ours.signature = STRANGER.sign(handshake.REQUEST_CONTEXT + ours.request)

    with pytest.raises(ProtocolError, match="forged or altered"):
        handshake.open_request(ours, CHALLENGE)


def test_an_answer_cannot_be_made_of_a_request_s_signature() -> None:
    """The contexts differ, so that what one side signs is never what the other must."""
    signed = signed_set_up(SetUp(timeout_ns=1), by=OSAKA)

    assert not handshake.proves(
        SetUpAnswer(ok=True, signature=signed.signature), key=OSAKA.public_key, signed=signed
    )


@pytest.mark.parametrize(
    ("set_up", "message"),
    [
        (SetUp(route_index=-1, timeout_ns=1), "negative"),
        (SetUp(timeout_ns=0), "no time"),
        (SetUp(timeout_ns=-5), "no time"),
        (SetUp(timeout_ns=1, hops=[HOP] * (handshake.MAX_HOPS + 1)), "hops"),
        (SetUp(timeout_ns=1, run_id="x" * (handshake.MAX_RUN_ID_BYTES + 1)), "run id"),
    ],
)
def test_a_set_up_that_asks_for_the_impossible_is_refused(set_up: SetUp, message: str) -> None:
    """A node must not begin what it cannot end, for whoever asks."""
    with pytest.raises(ProtocolError, match=message):
        handshake.open_request(signed_set_up(set_up), CHALLENGE)


def test_a_set_up_of_the_most_hops_fits_into_a_message() -> None:
    """The two limits must not contradict each other."""
    key = HERE.public_key
    hop = make_hop(tp_id="6d757862-7700-5000-8000-74707472616e", source=key, to=key, kind="stcpr")
    set_up = SetUp(run_id="x" * handshake.MAX_RUN_ID_BYTES, hops=[hop] * handshake.MAX_HOPS, timeout_ns=2**62)

    _, body = split(handshake.encode(signed_set_up(set_up)))

    assert handshake.open_request(handshake.decode_signed_request(body), CHALLENGE).set_up == set_up


def test_a_length_beyond_the_limit_is_refused_on_both_sides() -> None:
    """A peer must not make a node reserve what it never sends."""
    most = handshake.MAX_MESSAGE_BYTES
    assert handshake.decode_length(most.to_bytes(4)) == most
    with pytest.raises(ProtocolError, match="over the limit"):
        handshake.decode_length((most + 1).to_bytes(4))
    with pytest.raises(ProtocolError, match="over the limit"):
        handshake.encode(SetUpAnswer(error="x" * most))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_a_protocol_error(body: bytes) -> None:
    """No peer can raise anything else in a node."""
    decoders = (
        handshake.decode_challenge,
        handshake.decode_answer,
        handshake.decode_call,
        lambda data: handshake.open_request(handshake.decode_signed_request(data), CHALLENGE),
        lambda data: handshake.open_request(SignedRequest(request=data, signature=data), CHALLENGE),
    )
    for decode in decoders:
        try:
            decode(body)
        except ProtocolError as exc:
            assert str(exc)  # noqa: PT017 (either way is right, so pytest.raises does not fit)
