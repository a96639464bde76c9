"""The frames that travel over a route once it is set up, and over the whole of it: a block is one frame.

A frame is a header of 16 bytes, big-endian, and a payload:

    offset  bytes  what
    0       4      magic, "MXB1"
    4       4      length of the whole frame, header included
    8       8      sequence, from 1 on each connection

A frame whose magic is "MXS1" asks for the responder's status: it has 64 bytes, and comes back with the share of a core
that the responder uses, in thousandths, in the four bytes behind the header.

The header is part of the block, so that a block of 32 KiB is 32 KiB on the wire and counters along the path equal
those of the legs. The responder sends every frame back as it came.
"""

from __future__ import annotations

import struct

MAGIC = 0x4D584231
HEADER = struct.Struct(">IIQ")
HEADER_BYTES = HEADER.size
STATUS_MAGIC = 0x4D585331
STATUS_BYTES = 64
STATUS = struct.Struct(">I")
MAX_FRAME_BYTES = 8 * 1024 * 1024
