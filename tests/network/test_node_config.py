"""A node's file: what it says, and how wrong ones are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from muxbw_tui.errors import ConfigError
from muxbw_tui.network.admission import Limits
from muxbw_tui.network.node_config import load_node_config
from muxbw_tui.network.topology import find_transport, hop_over, make_transport
from tests.network.support import HERE, OSAKA, STRANGER, THERE

if TYPE_CHECKING:
    from pathlib import Path

BARE = """
key_file = "osaka.key"
listen = "127.0.0.3:7000"
"""
FULL = f"""
name = "osaka"
key_file = "osaka.key"
listen = "[::1]:7000"
allow = ["{HERE.public_key}", "{STRANGER.public_key.upper()}"]
rendezvous = "{THERE.public_key}"

[[transport]]
key = "{THERE.public_key}"
name = "there"
address = "there.example:7000"
kind = "sudph"

[[limit]]
routes = 8

[[limit]]
key = "{HERE.public_key}"
routes = 4
bytes_per_s = 1_000_000
duration_s = 0.5
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with osaka's key."""
    OSAKA.save(tmp_path / "osaka.key")
    return tmp_path


def write(folder: Path, text: str) -> Path:
    """Write a node's file and return its path."""
    path = folder / "node.toml"
    path.write_text(text)
    return path


def test_every_part_of_a_node_s_file_is_read(folder: Path) -> None:
    """The key file is looked for beside the file that names it, wherever the node was started."""
    config = load_node_config(write(folder, FULL))

    assert (config.name, config.identity.public_key) == ("osaka", OSAKA.public_key)
    assert config.listen == "[::1]:7000"
    assert config.allowed == {
        HERE.public_key: Limits(routes=4, bytes_per_s=1_000_000, duration_s=0.5),
        STRANGER.public_key: Limits(routes=8),
    }
    (transport,) = config.topology.transports
    assert (transport.to, transport.kind, transport.address) == (
        THERE.public_key,
        "sudph",
        "there.example:7000",
    )
    assert config.attends_at == hop_over(transport)


def test_a_node_without_an_allow_list_allows_nobody(folder: Path) -> None:
    """What was left out must never mean everybody."""
    config = load_node_config(write(folder, BARE))

    assert not config.allowed
    assert config.attends_at is None


def test_a_relay_finds_the_transport_of_a_hop_that_was_planned_elsewhere(folder: Path) -> None:
    """The source has its own file, and an id of its own making would be unknown to every relay."""
    config = load_node_config(write(folder, FULL))
    planned = make_transport(OSAKA.public_key, THERE.public_key, kind="sudph", address="there.example:7000")
    other = make_transport(OSAKA.public_key, THERE.public_key, kind="stcpr", address="there.example:7000")

    assert find_transport(config.topology, hop_over(planned)) is not None
    assert find_transport(config.topology, hop_over(other)) is None


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("key_file = \n", "not TOML: .*line 1"),
        ("listen = '127.0.0.3:7000'", "the top level: key_file is missing"),
        ("key_file = 'osaka.key'", "expected listen, or a rendezvous"),
        (BARE + "colour = 'red'", "unknown key 'colour'; expected one of allow, .*rendezvous"),
        (BARE + "rendezvos = 'x'", r"unknown key 'rendezvos'; did you mean rendezvous\?"),
        (BARE.replace(":7000", ""), r"listen: expected HOST:PORT.*'127\.0\.0\.3'"),
        (BARE.replace("127.0.0.3:7000", "unix:/run/x.sock"), "listen: expected HOST:PORT"),
        (BARE + "allow = 'everybody'", "allow: expected a list of public keys, found 'everybody'"),
        (BARE + "allow = ['02aa']", "allow: expected a public key of 66 hex digits, found '02aa'"),
        (
            BARE + f"rendezvous = '{THERE.public_key}'",
            r"rendezvous: expected a \[\[transport\]\] that leads to",
        ),
        (BARE + "[[transport]]\nkey = '02aa'", r"\[\[transport\]\] #1: key: expected a public key"),
        (BARE + f"[[transport]]\nkey = '{THERE.public_key}'", r"\[\[transport\]\] #1: address is missing"),
        (
            BARE + f"[[transport]]\nkey = '{OSAKA.public_key}'\naddress = 'a:1'",
            r"\[\[transport\]\] #1: key: this is the node's own",
        ),
        (
            BARE + f"[[transport]]\nkey = '{THERE.public_key}'\naddress = 'a:1'\n" * 2,
            r"\[\[transport\]\] #2: there is a stcpr transport to .* already",
        ),
        (BARE + f"[[limit]]\nkey = '{HERE.public_key}'", r"\[\[limit\]\] #1: key: .* is not in allow"),
        (BARE + "[[limit]]\nroutes = -1", r"\[\[limit\]\] #1: routes: expected a whole number from 0 to"),
        (BARE + f"[[limit]]\nbytes_per_s = {2**63}", r"bytes_per_s: expected a whole number from 0 to"),
        (BARE + "[[limit]]\nduration_s = 1e300", r"duration_s: expected a number from 0 to 100000000,"),
        (
            BARE + "[[limit]]\nroutes = 1\n[[limit]]\n",
            r"\[\[limit\]\] #2: an earlier \[\[limit\]\] has no key",
        ),
        (
            BARE + f"allow = ['{HERE.public_key}']\n" + f"[[limit]]\nkey = '{HERE.public_key}'\n" * 2,
            r"\[\[limit\]\] #2: an earlier \[\[limit\]\] is of the same key",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_what_was_expected(
    folder: Path, text: str, complaint: str
) -> None:
    """A node that half understood its file would be open, or dead, and nobody would know why."""
    with pytest.raises(ConfigError, match=rf"(?s)node\.toml: .*{complaint}"):
        load_node_config(write(folder, text))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """It is the first thing that goes wrong."""
    with pytest.raises(ConfigError, match=r"nosuch\.toml: No such file"):
        load_node_config(tmp_path / "nosuch.toml")


def test_a_file_that_is_no_text_is_named(tmp_path: Path) -> None:
    """The key file in the place of the configuration is an easy mistake."""
    path = tmp_path / "node.toml"
    path.write_bytes(b"\xff\xfe")

    with pytest.raises(ConfigError, match=r"node\.toml: not UTF-8 text at byte 0"):
        load_node_config(path)
