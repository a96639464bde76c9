"""Certificates, keys and tokens from files: each that cannot be used is named, with what is wrong."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from muxbw_tui.cli.credentials import read_certificates, read_identity, read_token
from muxbw_tui.errors import UsageError
from tests.fakes.certificates import Authority, key_pem

if TYPE_CHECKING:
    from pathlib import Path

OPTIONS = ("--tls-cert", "--tls-key")
AUTHORITY = Authority("ca")


def file(tmp_path: Path, content: bytes, name: str = "file") -> Path:
    """Write a file and return its path."""
    path = tmp_path / name
    path.write_bytes(content)
    return path


def test_a_pair_that_belongs_together_is_returned_as_it_is(tmp_path: Path) -> None:
    """What gRPC gets is what is in the files."""
    pair = AUTHORITY.sign("server")

    assert read_identity(*pair.write(tmp_path, "server"), OPTIONS) == (pair.cert, pair.key)


def test_a_key_of_another_certificate_is_found_out(tmp_path: Path) -> None:
    """GRPC would say only that a handshake failed."""
    cert, _ = AUTHORITY.sign("one").write(tmp_path, "one")
    _, key = AUTHORITY.sign("other").write(tmp_path, "other")

    with pytest.raises(UsageError, match=r"--tls-key .*other.key is not the key of --tls-cert .*one.pem"):
        read_identity(cert, key, OPTIONS)


def test_a_certificate_that_has_expired_says_when(tmp_path: Path) -> None:
    """The commonest reason of all, and the one that no handshake names to the operator."""
    pair = AUTHORITY.sign("server", valid_for=timedelta(days=-1))

    with pytest.raises(UsageError, match="UTC, which is not now"):
        read_identity(*pair.write(tmp_path, "server"), OPTIONS)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (key_pem(ec.generate_private_key(ec.SECP256R1()), passphrase=b"secret"), "has a passphrase"),
        (b"no key", "no PEM private key"),
        (AUTHORITY.cert, "no PEM private key"),
        (b"", "no PEM private key"),
    ],
    ids=["encrypted", "text", "certificate", "empty"],
)
def test_a_key_that_cannot_be_used_is_named(tmp_path: Path, content: bytes, words: str) -> None:
    """With its flag and its file."""
    cert, _ = AUTHORITY.sign("server").write(tmp_path, "server")

    with pytest.raises(UsageError, match=f"--tls-key .*{words}"):
        read_identity(cert, file(tmp_path, content, "key"), OPTIONS)


@pytest.mark.parametrize(
    "content", [b"", b"no certificate", AUTHORITY.sign("x").key], ids=["empty", "text", "a key"]
)
def test_a_file_without_certificates_is_named(tmp_path: Path, content: bytes) -> None:
    """A key in the place of a certificate is soon done."""
    with pytest.raises(UsageError, match=r"--tls-ca .*no PEM certificate"):
        read_certificates(file(tmp_path, content), "--tls-ca")


@pytest.mark.parametrize("missing", ["nowhere.pem", "."])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, missing: str) -> None:
    """With the system's reason."""
    with pytest.raises(UsageError, match=r"--tls-ca .*: (no such file or directory|is a directory)"):
        read_certificates(tmp_path / missing, "--tls-ca")


def test_a_token_is_what_is_in_the_file_without_the_line_end(tmp_path: Path) -> None:
    """Editors and echo end it with one, and nobody sees it."""
    assert read_token(file(tmp_path, b"  0123456789abcdef\r\n")) == "0123456789abcdef"


@pytest.mark.parametrize(
    "content",
    [b"", b"\n", b"short", b"two words of a token", b"first-of-two-lines\nsecond", "ключ".encode() * 4],
)
def test_what_is_no_token_is_refused_with_how_to_make_one(tmp_path: Path, content: bytes) -> None:
    """One that can be guessed, or that no header can carry, protects nothing; it is never repeated in the message."""
    with pytest.raises(UsageError, match="openssl rand") as refusal:
        read_token(file(tmp_path, content))

    assert "short" not in str(refusal.value)
    assert "first-of" not in str(refusal.value)


@pytest.mark.parametrize(("mode", "shown"), [(0o600, ""), (0o640, ""), (0o644, "0644"), (0o444, "0444")])
def test_a_secret_that_everybody_may_read_is_taken_with_one_warning(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], mode: int, shown: str
) -> None:
    """Whoever reads it is its owner to the server; but a mounted secret's mode is not ours to choose."""
    cert, key = AUTHORITY.sign("server").write(tmp_path, "server")
    token = file(tmp_path, b"0123456789abcdef", "token")
    cert.chmod(0o644)
    key.chmod(mode)
    token.chmod(mode)

    read_identity(cert, key, OPTIONS)
    assert read_token(token) == "0123456789abcdef"

    lines = capsys.readouterr().err.splitlines()
    assert lines == [
        f"Warning: {option} {path}: every user of this host may have it (mode {shown}); expected 0600: chmod 600 {path}"
        for option, path in (("--tls-key", key), ("--token-file", token))
        if shown
    ]
