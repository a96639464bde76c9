"""What is sent: blocks of random bytes, made once per size and shared by every route.

Random, so that nothing on the path can gain by compressing them. The frame header in front of the shared bytes is
zero; each exchange sends its own header before the shared payload, and what comes back is compared with the whole.
"""

from __future__ import annotations

import functools
import os
from dataclasses import dataclass

from muxbw_tui.network.frames import HEADER_BYTES, MAGIC, STATUS_BYTES, STATUS_MAGIC


@dataclass(frozen=True, slots=True)
class Block:
    """A block to send again and again.

    Attributes:
        reference: the whole frame with a zero header, to compare an echo with.
        payload: the bytes behind the header.
        size_bytes: of the whole frame.
        magic: says what kind of frame it is; a status frame comes back with the responder's answer in it.
    """

    reference: bytes
    payload: memoryview
    size_bytes: int
    magic: int = MAGIC


@functools.lru_cache(maxsize=8)
def random_block(size_bytes: int) -> Block:
    """Return the block of this size, header included; at least one byte longer than the header."""
    if size_bytes <= HEADER_BYTES:
        raise ValueError(f"a block of {size_bytes} bytes has no room for its header of {HEADER_BYTES}")
    reference = bytes(HEADER_BYTES) + os.urandom(size_bytes - HEADER_BYTES)
    return Block(reference, memoryview(reference)[HEADER_BYTES:], size_bytes)


@functools.lru_cache(maxsize=1)
def status_block() -> Block:
    """Return the frame that asks the responder how busy it is."""
    reference = bytes(STATUS_BYTES)
    return Block(reference, memoryview(reference)[HEADER_BYTES:], STATUS_BYTES, STATUS_MAGIC)
