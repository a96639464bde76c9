"""Public keys: 33 bytes of a compressed secp256k1 point, written as 66 hex digits.

Owns what counts as a key and how an embedded network comes by its own. There is no private key behind a derived one:
nodes of an embedded network are named by keys and prove nothing. Source: SEC 2, section 2.4.1 (the curve).
"""

from __future__ import annotations

import hashlib
import re

_FIELD_PRIME = 2**256 - 2**32 - 977
_KEY = re.compile(r"0[23][0-9a-fA-F]{64}")


def is_public_key(text: str) -> bool:
    """Return whether the text names a point of the curve."""
    return _KEY.fullmatch(text) is not None and _is_on_curve(int(f"0x{text[2:]}", 0))


def derive_key(seed: int, name: str) -> str:
    """Return the key that a scenario's seed gives to a node; the same for the same pair, always."""
    attempt = 0
    while True:
        digest = hashlib.sha256(f"{seed}/{name}/{attempt}".encode())
        x = int.from_bytes(digest.digest())
        if _is_on_curve(x):
            parity = hashlib.sha256(digest.digest()).digest()[0] & 1
            return f"{2 + parity:02x}{x:064x}"
        attempt += 1


def _is_on_curve(x: int) -> bool:
    """Return whether x³ + 7 has a square root, so that a point with this x exists (Euler's criterion)."""
    return x < _FIELD_PRIME and pow(x**3 + 7, (_FIELD_PRIME - 1) // 2, _FIELD_PRIME) == 1
