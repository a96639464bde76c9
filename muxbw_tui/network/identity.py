"""Identities: a secp256k1 private key, the public key that others know it by, and the file that keeps it.

Signatures are ECDSA with SHA-256, in DER; the arithmetic is all the `cryptography` library's. A key file is a line of
64 hex digits, the secret of a visor's configuration; whoever can read it is the node, so it is never written over,
and not used while others can read it.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from typing import TYPE_CHECKING, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from muxbw_tui.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

_CURVE = ec.SECP256K1()
_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
_ALGORITHM = ec.ECDSA(SHA256())
_SECRET = re.compile(r"[0-9a-fA-F]{64}")
_SECRET_BYTES = 32
_OWNER_ONLY = 0o600
_OTHERS = 0o077
_MAX_FILE_BYTES = 4096


class Identity:
    """A private key; what it signs can be verified with `public_key`.

    Attributes:
        public_key: 66 hex digits, the compressed point.
    """

    def __init__(self, private_key: ec.EllipticCurvePrivateKey) -> None:
        self._private_key = private_key
        point = private_key.public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
        self.public_key = point.hex()

    def __repr__(self) -> str:
        return f"<Identity {self.public_key}>"

    @classmethod
    def generate(cls) -> Self:
        """Return a new one, from the system's randomness."""
        return cls(ec.generate_private_key(_CURVE))

    @classmethod
    def from_secret(cls, secret: int) -> Self:
        """Return the one with this secret number.

        Raises:
            ValueError: it is not from 1 to the curve's order less one.
        """
        if not 0 < secret < _ORDER:
            raise ValueError("the number is outside the curve's order")
        return cls(ec.derive_private_key(secret, _CURVE))

    @classmethod
    def derive(cls, seed: int, name: str) -> Self:
        """Return the one that a scenario's seed gives to a node: reproducible, and so no secret at all."""
        digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
        return cls.from_secret(int.from_bytes(digest) % (_ORDER - 1) + 1)

    def sign(self, message: bytes) -> bytes:
        """Return a signature of the message, in DER; a different one each time."""
        return self._private_key.sign(message, _ALGORITHM)

    def save(self, path: Path) -> None:
        """Write the key file, for its owner alone.

        Raises:
            ConfigError: there is a file already, or it cannot be written.
        """
        secret = self._private_key.private_numbers().private_value.to_bytes(_SECRET_BYTES)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(f"{secret.hex()}\n")
        except FileExistsError as exc:
            raise ConfigError(f"{path}: there is a file already, and a key is never written over") from exc
        except OSError as exc:
            raise ConfigError(f"{path}: cannot write the key: {exc.strerror}") from exc


def load_identity(path: Path) -> Identity:
    """Return the identity in a key file.

    Raises:
        ConfigError: the file cannot be read, others can read it, or it holds no key.
    """
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            content = file.read(_MAX_FILE_BYTES)
    except OSError as exc:
        missing = f"; make one: muxbw-tui keygen {path}" if isinstance(exc, FileNotFoundError) else ""
        raise ConfigError(f"{path}: cannot read the key: {exc.strerror}{missing}") from exc
    if mode & _OTHERS:
        raise ConfigError(
            f"{path}: others may read the key (mode {mode:04o}); expected 0600: chmod 600 {path}"
        )
    text = content.decode("ascii", "replace").strip()
    if not _SECRET.fullmatch(text):
        raise ConfigError(f"{path}: expected a private key of 64 hex digits, as keygen writes it")
    try:
        return Identity.from_secret(int(text, 16))
    except ValueError as exc:
        raise ConfigError(f"{path}: no private key of the curve: {exc}") from exc


def verify(public_key: str, message: bytes, signature: bytes) -> bool:
    """Return whether the owner of a public key has signed the message; False too where the key is none."""
    try:
        point = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, bytes.fromhex(public_key))
        point.verify(signature, message, _ALGORITHM)
    except (ValueError, InvalidSignature):
        return False
    return True
