"""What is sent: blocks of random bytes, made once per size and shared by every route.

Random, so that nothing on the path can gain by compressing them. The frame header in front of the shared bytes is
zero; each exchange sends its own header before the shared payload, and what comes back is compared with the whole.
"""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass

from muxbw_tui.network.frames import HEADER_BYTES


@dataclass(frozen=True, slots=True)
class Block:
    """A block to send again and again.

    Attributes:
        reference: the whole frame with a zero header, to compare an echo with.
        payload: the bytes behind the header.
        size_bytes: of the whole frame.
    """

    reference: bytes
    payload: memoryview
    size_bytes: int


@functools.lru_cache(maxsize=8)
def random_block(size_bytes: int) -> Block:
    """Return the block of this size, header included; at least one byte longer than the header."""
    if size_bytes <= HEADER_BYTES:
        raise ValueError(f"a block of {size_bytes} bytes has no room for its header of {HEADER_BYTES}")
    reference = bytes(HEADER_BYTES) + os.urandom(size_bytes - HEADER_BYTES)
    return Block(reference, memoryview(reference)[HEADER_BYTES:], size_bytes)
