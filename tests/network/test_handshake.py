"""Set-up messages as bytes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.errors import ProtocolError
from muxbw_tui.network import handshake
from muxbw_tui.network.topology import make_hop
from muxbw_tui.pb.muxbw_pb2 import SetUp, SetUpAnswer

HOP = make_hop(tp_id="t", source="02aa", to="03bb", kind="stcpr")


def split(data: bytes) -> tuple[int, bytes]:
    """Return the announced length and the body."""
    return handshake.decode_length(data[: handshake.LENGTH_BYTES]), data[handshake.LENGTH_BYTES :]


def test_a_set_up_comes_out_as_it_went_in() -> None:
    """Run, index, hops and the time left must reach every node unchanged."""
    set_up = SetUp(run_id="r", route_index=7, hops=[HOP, HOP], timeout_ns=5)

    length, body = split(handshake.encode(set_up))

    assert length == len(body)
    assert handshake.decode_set_up(body) == set_up


def test_an_answer_comes_out_as_it_went_in() -> None:
    """The node at fault is named in the answer."""
    answer = SetUpAnswer(error="osaka refused the route", failed_at="03bb")

    _, body = split(handshake.encode(answer))

    assert handshake.decode_answer(body) == answer


@pytest.mark.parametrize(
    ("set_up", "message"),
    [
        (SetUp(route_index=-1, timeout_ns=1), "negative"),
        (SetUp(timeout_ns=0), "no time"),
        (SetUp(timeout_ns=-5), "no time"),
        (SetUp(timeout_ns=1, hops=[HOP] * (handshake.MAX_HOPS + 1)), "hops"),
    ],
)
def test_a_set_up_that_asks_for_the_impossible_is_refused(set_up: SetUp, message: str) -> None:
    """A node must not begin what it cannot end."""
    with pytest.raises(ProtocolError, match=message):
        handshake.decode_set_up(set_up.SerializeToString())


def test_a_length_beyond_the_limit_is_refused_on_both_sides() -> None:
    """A peer must not make a node reserve what it never sends."""
    assert handshake.decode_length((64 * 1024).to_bytes(4)) == 64 * 1024
    with pytest.raises(ProtocolError, match="over the limit"):
        handshake.decode_length((64 * 1024 + 1).to_bytes(4))
    with pytest.raises(ProtocolError, match="over the limit"):
        handshake.encode(SetUpAnswer(error="x" * (64 * 1024)))


@given(st.binary(max_size=200))
def test_any_bytes_are_a_message_or_a_protocol_error(body: bytes) -> None:
    """No peer can raise anything else in a node."""
    for decode in (handshake.decode_set_up, handshake.decode_answer):
        try:
            decode(body)
        except ProtocolError as exc:
            assert str(exc)  # noqa: PT017 (either way is right, so pytest.raises does not fit)
