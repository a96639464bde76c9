"""Reading what proves who is who: certificates, keys and tokens from files, checked before anything is opened.

gRPC says no more of a file that it cannot use than that a connection failed; here each is named with what is wrong.
"""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from muxbw_tui.errors import UsageError

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.x509 import Certificate

SHORTEST_TOKEN = 16
_EVERYBODY = 0o007


def read_certificates(path: Path, option: str) -> bytes:
    """Return the PEM certificates of a file that is trusted: a CA's, or several.

    Raises:
        UsageError: it cannot be read or holds none.
    """
    pem = _read(path, option)
    _parse_certificates(pem, path, option)
    return pem


def read_identity(cert_path: Path, key_path: Path, options: tuple[str, str]) -> tuple[bytes, bytes]:
    """Return a certificate chain and its private key, both PEM.

    Raises:
        UsageError: one cannot be read or used, the certificate is not valid now, or they do not belong together.
    """
    from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 (start-up time)

    cert_option, key_option = options
    cert_pem, key_pem = _read(cert_path, cert_option), _read_secret(key_path, key_option)
    certificate = _parse_certificates(cert_pem, cert_path, cert_option)[0]
    now = datetime.now(UTC)
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise UsageError(
            f"{cert_option} {cert_path}: valid from {certificate.not_valid_before_utc:%Y-%m-%d %H:%M} "
            f"to {certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC, which is not now"
        )
    try:
        key = serialization.load_pem_private_key(key_pem, password=None)
    except TypeError as exc:
        raise UsageError(f"{key_option} {key_path}: the key has a passphrase; one without is needed") from exc
    except Exception as exc:  # the library's own errors for what is no key have no common root
        raise UsageError(f"{key_option} {key_path}: no PEM private key in it") from exc
    form = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    if key.public_key().public_bytes(*form) != certificate.public_key().public_bytes(*form):
        raise UsageError(f"{key_option} {key_path} is not the key of {cert_option} {cert_path}")
    return cert_pem, key_pem


def read_token(path: Path, option: str = "--token-file") -> str:
    """Return the token that a file holds, without the white space around it.

    Raises:
        UsageError: the file cannot be read, or what is in it is no token.
    """
    token = _read_secret(path, option).decode("ascii", "replace").strip()
    if len(token) < SHORTEST_TOKEN or not (token.isascii() and token.isprintable()) or " " in token:
        raise UsageError(
            f"{option} {path}: a token is one line of {SHORTEST_TOKEN} or more printable ASCII characters without "
            "spaces; make one with: openssl rand -hex 32"
        )
    return token


def need_both(first: object, second: object, options: tuple[str, str]) -> bool:
    """Return whether two options that need each other were given.

    Raises:
        UsageError: one was given without the other.
    """
    if (first is None) != (second is None):
        raise UsageError(f"{options[0]} and {options[1]} belong together: give both")
    return first is not None


def _read_secret(path: Path, option: str) -> bytes:
    """Return what is in a file, and warn where everybody may have it.

    It is not refused, as the key of a node is: a secret that is mounted into a container has a mode and an owner that
    are not ours to choose. What one group may read is taken to be meant.
    """
    from muxbw_tui.cli.notices import say  # noqa: PLC0415 (a server sees nothing of what runs look like)

    content, mode = _read_with_mode(path, option)
    if mode & _EVERYBODY:
        say(
            f"Warning: {option} {path}: every user of this host may have it (mode {mode:04o}); expected 0600: "
            f"chmod 600 {path}"
        )
    return content


def _read(path: Path, option: str) -> bytes:
    content, _ = _read_with_mode(path, option)
    return content


def _read_with_mode(path: Path, option: str) -> tuple[bytes, int]:
    try:
        with path.open("rb") as file:
            return file.read(), stat.S_IMODE(os.fstat(file.fileno()).st_mode)
    except OSError as exc:
        raise UsageError(f"{option} {path}: {(exc.strerror or str(exc)).lower()}") from exc


def _parse_certificates(pem: bytes, path: Path, option: str) -> list[Certificate]:
    from cryptography import x509  # noqa: PLC0415 (start-up time)

    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as exc:
        raise UsageError(f"{option} {path}: no PEM certificate in it") from exc
