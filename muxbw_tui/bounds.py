"""The most that an engine of ours takes of what a request counts, and what it takes where a request says nothing.

The engine refuses more, and so do the flags that start one; servers of another kind tell bounds of their own. Must not
know any other room.
"""

from __future__ import annotations

from typing import Final

MAX_ROUTES: Final = 1_024
MAX_PACKET_SIZE_KB: Final = 8 * 1_024
MAX_HOPS: Final = 16
MAX_WINDOW: Final = 1_024
DEFAULT_BLOCK_KIB: Final = 32
