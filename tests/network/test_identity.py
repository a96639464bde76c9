"""Private keys: what they sign, and the files that keep them."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.errors import ConfigError
from muxbw_tui.network.identity import Identity, load_identity, verify
from muxbw_tui.network.keys import is_public_key

if TYPE_CHECKING:
    from pathlib import Path

ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141


def test_the_secret_one_has_the_curve_s_generator_as_its_public_key() -> None:
    """The form must be a visor's, digit by digit (SEC 2, section 2.4.1)."""
    generator = "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"

    assert Identity.from_secret(1).public_key == generator


def test_a_signature_is_good_for_its_key_and_its_message_alone() -> None:
    """It is all that tells an allowed caller from everybody else."""
    here, other = Identity.generate(), Identity.generate()
    signature = here.sign(b"message")

    assert is_public_key(here.public_key)
    assert verify(here.public_key, b"message", signature)
    assert not verify(here.public_key, b"massage", signature)
    assert not verify(other.public_key, b"message", signature)


@pytest.mark.parametrize("key", ["", "02", "zz" * 33, "02" + "f" * 64, "02" + f"{5:064x}"])
def test_a_key_that_is_none_has_signed_nothing(key: str) -> None:
    """It comes from outside, and must not raise."""
    assert not verify(key, b"message", Identity.from_secret(1).sign(b"message"))


@pytest.mark.parametrize("signature", [b"", b"\x30", b"\x00" * 72, b"\xff" * 4096])
def test_bytes_that_are_no_signature_verify_nothing(signature: bytes) -> None:
    """They come from outside, and must not raise."""
    assert not verify(Identity.from_secret(1).public_key, b"message", signature)


def test_derived_identities_follow_from_seed_and_name_alone() -> None:
    """An embedded network is the same from run to run, and its nodes sign as others do."""
    names = [f"node{index}" for index in range(50)]
    identities = [Identity.derive(7, name) for name in names]
    keys = [identity.public_key for identity in identities]

    assert keys == [Identity.derive(7, name).public_key for name in names]
    assert len({*keys, *(Identity.derive(8, name).public_key for name in names)}) == 100
    assert {key[:2] for key in keys} == {"02", "03"}
    assert verify(keys[0], b"message", identities[0].sign(b"message"))


def test_a_saved_key_comes_back_and_is_the_owner_s_alone(tmp_path: Path) -> None:
    """Whoever can read the file is the node."""
    path = tmp_path / "osaka.key"
    identity = Identity.generate()

    identity.save(path)

    assert load_identity(path).public_key == identity.public_key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(path.read_text()) == 65


def test_a_key_is_never_written_over(tmp_path: Path) -> None:
    """The old one may be in fifty allow-lists."""
    path = tmp_path / "osaka.key"
    path.write_text("precious")

    with pytest.raises(ConfigError, match=r"osaka\.key: there is a file already"):
        Identity.generate().save(path)
    assert path.read_text() == "precious"


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The operator must read what to mend."""
    with pytest.raises(ConfigError, match=r"nosuch/osaka\.key: cannot write the key: No such file"):
        Identity.generate().save(tmp_path / "nosuch" / "osaka.key")


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o644, 0o601])
def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    """A key that leaked must not go on being trusted in silence."""
    path = tmp_path / "osaka.key"
    Identity.generate().save(path)
    path.chmod(mode)

    with pytest.raises(ConfigError, match=rf"others may read the key \(mode {mode:04o}\).*chmod 600"):
        load_identity(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "64 hex digits"),
        ("02" + "a" * 64, "64 hex digits"),
        ("g" * 64, "64 hex digits"),
        ("é" * 64, "64 hex digits"),
        ("0" * 64, "no private key of the curve"),
        (f"{ORDER:064x}", "no private key of the curve"),
    ],
)
def test_a_file_without_a_key_says_what_was_expected(tmp_path: Path, content: str, message: str) -> None:
    """The public key pasted in place of the private one is the usual mistake; its digits must not be echoed."""
    path = tmp_path / "osaka.key"
    path.write_text(content)
    path.chmod(0o600)

    with pytest.raises(ConfigError, match=message) as raised:
        load_identity(path)
    assert not content or content not in str(raised.value)


def test_a_missing_file_says_how_one_is_made(tmp_path: Path) -> None:
    """It is the first thing that a newcomer meets."""
    with pytest.raises(
        ConfigError, match=r"osaka\.key: cannot read the key: No such file.*: muxbw-tui keygen"
    ):
        load_identity(tmp_path / "osaka.key")
    with pytest.raises(ConfigError, match=r"cannot read the key: Is a directory$"):
        load_identity(tmp_path)


def test_the_secret_is_in_no_text_of_the_object() -> None:
    """Objects end up in logs and in tracebacks."""
    identity = Identity.from_secret(0xABCDEF)

    assert "abcdef" not in f"{identity!r} {identity}".lower()
