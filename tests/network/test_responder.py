"""The check of frames as they pass."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.errors import ProtocolError
from muxbw_tui.network.frames import HEADER, HEADER_BYTES, MAGIC, MAX_FRAME_BYTES
from muxbw_tui.network.responder import FrameScanner
from tests.network.support import frame


@given(st.lists(st.integers(HEADER_BYTES, 200), min_size=1, max_size=6), st.data())
def test_frames_pass_however_the_stream_is_cut(sizes: list[int], data: st.DataObject) -> None:
    """TCP delivers a header in as many pieces as it likes."""
    stream = b"".join(map(frame, sizes))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    scanner = FrameScanner()

    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        scanner.feed(memoryview(stream[start:end]))

    with pytest.raises(ProtocolError):  # it stands at a boundary: the next byte begins a header
        scanner.feed(memoryview(b"x" * HEADER_BYTES))


@pytest.mark.parametrize(
    "header",
    [
        HEADER.pack(MAGIC + 1, 64, 1),
        HEADER.pack(MAGIC, HEADER_BYTES - 1, 1),
        HEADER.pack(MAGIC, MAX_FRAME_BYTES + 1, 1),
        HEADER.pack(MAGIC, 2**32 - 1, 1),
    ],
)
@pytest.mark.parametrize("before", [b"", frame(100)])
def test_what_is_no_header_is_refused_where_it_stands(header: bytes, before: bytes) -> None:
    """A stream that lost its place must end, not be echoed for ever."""
    scanner = FrameScanner()
    with pytest.raises(ProtocolError, match="a frame"):
        scanner.feed(memoryview(before + header))


def test_the_largest_frame_passes() -> None:
    """The limit itself is allowed."""
    scanner = FrameScanner()
    scanner.feed(memoryview(HEADER.pack(MAGIC, MAX_FRAME_BYTES, 1)))
    scanner.feed(memoryview(bytes(MAX_FRAME_BYTES - HEADER_BYTES)))
    scanner.feed(memoryview(frame(32)))

    # It was followed to its last byte: what comes next is taken for a header again.
    with pytest.raises(ProtocolError):
        scanner.feed(memoryview(bytes(HEADER_BYTES)))


@given(st.lists(st.binary(max_size=64), max_size=20))
def test_any_bytes_pass_or_are_a_protocol_error(pieces: list[bytes]) -> None:
    """No peer can raise anything else in the responder."""
    scanner = FrameScanner()
    try:
        for piece in pieces:
            scanner.feed(memoryview(piece))
    except ProtocolError as exc:
        assert "a frame" in str(exc)  # noqa: PT017 (either way is right, so pytest.raises does not fit)
