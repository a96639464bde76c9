"""The most that an engine of ours takes of what a request counts: it refuses more, and flags that start one do.

Servers of another kind have bounds of their own, which they tell themselves. Must not know any other room.
"""

from __future__ import annotations

from typing import Final

MAX_ROUTES: Final = 1_024
MAX_PACKET_SIZE_KB: Final = 8 * 1_024
MAX_HOPS: Final = 16
MAX_WINDOW: Final = 1_024
