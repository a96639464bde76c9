"""Public keys: 33 bytes of a compressed secp256k1 point, written as 66 hex digits.

Owns what counts as a key. Source: SEC 2, section 2.4.1 (the curve).
"""

from __future__ import annotations

import re

from cryptography.hazmat.primitives.asymmetric import ec

_KEY = re.compile(r"0[23][0-9a-fA-F]{64}")


def is_public_key(text: str) -> bool:
    """Return whether the text names a point of the curve."""
    if _KEY.fullmatch(text) is None:
        return False
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256K1(), bytes.fromhex(text))
    except ValueError:
        return False
    return True
