"""The stream of messages between the engine and its network's process."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.errors import ProtocolError
from muxbw_tui.network.control import Decoder, encode
from muxbw_tui.pb.muxbw_pb2 import NetworkReply


@given(st.lists(st.text(max_size=300), max_size=8), st.data())
def test_messages_come_out_whole_however_the_stream_is_cut(errors: list[str], data: st.DataObject) -> None:
    """A pipe delivers what it likes at a time."""
    messages = [NetworkReply(id=number, error=error) for number, error in enumerate(errors)]
    stream = b"".join(map(encode, messages))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=5)))
    decoder = Decoder(NetworkReply)

    received: list[NetworkReply] = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        received += decoder.feed(stream[start:end])

    assert received == messages


@pytest.mark.parametrize("garbage", [b"\xff" * 5, b"\xff\xff\xff\xff\x7f", b"\x02\xff\xff"])
def test_what_cannot_be_a_message_is_a_protocol_error(garbage: bytes) -> None:
    """A child that prints something else must end in a clear error, not in an endless wait."""
    with pytest.raises(ProtocolError):
        list(Decoder(NetworkReply).feed(garbage))
