"""Addresses as people write them, and which of them only this host can reach."""

from __future__ import annotations

import pytest

from muxbw_tui.addresses import MAX_UNIX_PATH, parse_address


@pytest.mark.parametrize(
    ("text", "local"),
    [
        ("127.0.0.1:0", True),
        ("127.9.9.9:3435", True),
        ("[::1]:3435", True),
        ("localhost:3435", True),
        ("unix:/tmp/x", True),
        ("0.0.0.0:3435", False),
        ("[::]:3435", False),
        ("192.168.1.4:3435", False),
        ("relay.example:3435", False),
        ("localhost.example:3435", False),
        ("127.0.0.1.example:3435", False),
        ("[2001:db8::7]:3435", False),
    ],
)
def test_an_address_is_local_only_if_nobody_else_can_reach_it(text: str, local: bool) -> None:  # noqa: FBT001
    """Plaintext is spoken where this says so, and nowhere else."""
    address = parse_address(text)

    assert address.local is local
    assert str(address) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("127.0.0.1", "write HOST:PORT"),
        ("127.0.0.1:http", "no port"),
        ("127.0.0.1:70000", "no port"),
        ("127.0.0.1:²", "no port"),
        (":3435", "write HOST:PORT"),
        ("::1:3435", "write HOST:PORT"),
        ("dns:///relay.example:3435", "write HOST:PORT"),
        ("ipv4:10.0.0.7:3435", "write HOST:PORT"),
        ("unix:", "needs a path"),
        ("unix:/" + "x" * MAX_UNIX_PATH, "at most 107 bytes"),
    ],
)
def test_what_is_no_address_is_refused_with_what_would_be(text: str, words: str) -> None:
    """Other forms that gRPC knows could lead elsewhere than they seem to."""
    with pytest.raises(ValueError, match=words):
        parse_address(text)
