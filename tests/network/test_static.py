"""A network between hosts: its file, and routes over nodes that run on their own, over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.errors import ConfigError, ConnectError, SetUpError
from muxbw_tui.network.host import running_node
from muxbw_tui.network.node_config import load_node_config
from muxbw_tui.network.static import StaticNetwork
from muxbw_tui.network.topology import find_node, hops_along, node_name, source_of
from tests.network.support import HERE, OSAKA, STRANGER, THERE, echo, frame

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator
    from pathlib import Path

    from muxbw_tui.network.base import Network
    from muxbw_tui.network.identity import Identity
    from muxbw_tui.network.node import Node

pytestmark = pytest.mark.usefixtures("nothing_left")

NODES = f"""
[[node]]
name = "here"
key = "{HERE.public_key}"
[[node]]
name = "osaka"
key = "{OSAKA.public_key}"
address = "127.0.0.3:7000"
[[node]]
name = "there"
key = "{THERE.public_key}"
address = "127.0.0.4:7000"
"""
CABIN = f"""
[[node]]
name = "cabin"
key = "{STRANGER.public_key}"
rendezvous = "osaka"
"""
ALL = 'source = "here"\ntransports = "all"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Return a folder with everybody's key."""
    for name, identity in (("here", HERE), ("osaka", OSAKA), ("there", THERE), ("cabin", STRANGER)):
        identity.save(tmp_path / f"{name}.key")
    return tmp_path


def load(folder: Path, text: str, *, key: str = "here.key") -> StaticNetwork:
    """Return the network that a text describes."""
    (folder / "network.toml").write_text(text)
    return StaticNetwork.load(folder / "network.toml", folder / key)


def ways(network: StaticNetwork) -> set[tuple[str, str, str]]:
    """Return who dials whom over what, by name."""
    topology = network.topology
    return {
        (node_name(topology, source_of(transport)), node_name(topology, transport.to), transport.kind)
        for transport in topology.transports
    }


@contextlib.asynccontextmanager
async def running(
    folder: Path, name: str, *lines: str, listen: str | None = "127.0.0.1:0"
) -> AsyncIterator[Node]:
    """Run a node from a file of these lines, beside its key."""
    head = [f'name = "{name}"', f'key_file = "{name}.key"', *([f'listen = "{listen}"'] if listen else [])]
    path = folder / f"{name}.toml"
    path.write_text("\n".join([*head, *lines]))
    async with running_node(load_node_config(path)) as node:
        yield node


def allow(*identities: Identity) -> str:
    """Return the line of an allow-list."""
    return f"allow = {[identity.public_key for identity in identities]}"


def transport_to(identity: Identity, node: Node) -> str:
    """Return the table of a transport."""
    return f'[[transport]]\nkey = "{identity.public_key}"\naddress = "{node.address}"\nname = "{node.name}"'


def nodes_text(**addresses: str) -> str:
    """Return the nodes of the file with the addresses that they have in this test."""
    text = NODES
    for port, name in (("127.0.0.3:7000", "osaka"), ("127.0.0.4:7000", "there")):
        text = text.replace(port, addresses[name])
    return text


def test_all_means_that_everybody_dials_everybody_who_listens(folder: Path) -> None:
    """The planner then finds every path that there is; to the source itself nobody needs to dial."""
    network = load(folder, ALL + NODES + CABIN)

    assert ways(network) == {
        ("here", "osaka", "stcpr"),
        ("here", "there", "stcpr"),
        ("osaka", "there", "stcpr"),
        ("there", "osaka", "stcpr"),
        ("cabin", "osaka", "stcpr"),
        ("cabin", "there", "stcpr"),
        ("osaka", "cabin", "dmsg"),
    }
    assert (network.topology.scenario, network.topology.target) == ("", "")


def test_listed_transports_are_those_there_are_in_each_direction_that_can_be_dialled(folder: Path) -> None:
    """An operator keeps the direct path out of a test by not listing it."""
    tables = '[[transport]]\nbetween = ["osaka", "here"]\nkind = "sudph"\n[[transport]]\nbetween = ["osaka", "there"]\n'
    network = load(folder, 'source = "here"\ntarget = "there"\n' + NODES + tables)

    assert ways(network) == {
        ("here", "osaka", "sudph"),
        ("osaka", "there", "stcpr"),
        ("there", "osaka", "stcpr"),
    }
    assert network.topology.target == THERE.public_key


def test_a_key_that_is_not_the_source_s_is_refused(folder: Path) -> None:
    """Every node would refuse it, and none would say why."""
    with pytest.raises(ConfigError, match=r"osaka\.key: this is the key of .* and the source of .* is here"):
        load(folder, ALL + NODES, key="osaka.key")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (NODES, "the top level: source is missing"),
        ('source = "kyoto"\ntransports = "all"\n' + NODES, "source: expected one of here, osaka, there"),
        ('source = "here"\n' + NODES, "expected exactly one of transports, transport"),
        ('source = "here"\ntransports = "some"\n' + NODES, "transports: expected one of all, found 'some'"),
        (ALL + NODES + NODES, r"\[\[node\]\] #4: the name 'here' is taken"),
        (ALL + NODES + NODES.replace('"here"', '"hier"'), r"\[\[node\]\] #4: the key is taken"),
        (ALL + NODES + "colour = 'red'", r"\[\[node\]\] #3: unknown key 'colour'"),
        (ALL + NODES.replace("address", "adress"), r"#2: unknown key 'adress'; did you mean address\?"),
        ('target = "here"\n' + ALL + NODES, "source and target are the same node"),
        (
            ALL + NODES + CABIN.replace("osaka", "kyoto"),
            "cabin attends at 'kyoto': expected the name of a node",
        ),
        (
            ALL + NODES + CABIN.replace("osaka", "here"),
            "cabin attends at 'here': expected the name of a node",
        ),
        (ALL + NODES.replace("127.0.0.3:7000", "osaka"), r"\[\[node\]\] #2: address: expected HOST:PORT"),
        (
            'source = "here"\n' + NODES + CABIN + "[[transport]]\nbetween = ['here', 'cabin']",
            r"\[\[transport\]\] #1: neither here nor cabin has an address",
        ),
        (
            'source = "here"\n' + NODES + "[[transport]]\nbetween = ['here', 'osaka']\n" * 2,
            r"\[\[transport\]\] #2: here and osaka have a stcpr transport already",
        ),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_what_was_expected(
    folder: Path, text: str, complaint: str
) -> None:
    """The table is named, so that the operator looks at the right line."""
    with pytest.raises(ConfigError, match=rf"(?s)network\.toml: .*{complaint}"):
        load(folder, text)


async def test_a_route_over_nodes_with_files_of_their_own(folder: Path) -> None:
    """It is what the whole of it is for: three hosts that share nothing but keys."""
    async with (
        running(folder, "there", allow(HERE)) as there,
        running(folder, "osaka", allow(HERE), transport_to(THERE, there)) as osaka,
    ):
        loaded = load(folder, ALL + nodes_text(osaka=osaka.address, there=there.address))
        network: Network = loaded  # it fulfils the protocol, or mypy says so
        hops = hops_along(network.topology, ("here", "osaka", "there"))
        with await network.dial(hops, run_id="run", route_index=0, timeout_s=10) as sock:
            assert await echo(sock, frame(100_000)) == frame(100_000)

        measured = {transport.tp_id for transport in network.topology.transports if transport.delay_ns}
        assert measured == {hop.tp_id for hop in hops}
        assert not (await network.pump_starts("run")).no_entry
        assert not (await network.counters()).nodes
        await network.run_ended("run")
        await network.close()


async def test_a_relay_without_a_transport_to_the_next_node_says_so(folder: Path) -> None:
    """The two files differ, and the operator must learn at which host to look."""
    async with running(folder, "there", allow(HERE)) as there, running(folder, "osaka", allow(HERE)) as osaka:
        network = load(folder, ALL + nodes_text(osaka=osaka.address, there=there.address))
        hops = hops_along(network.topology, ("here", "osaka", "there"))
        with pytest.raises(SetUpError, match=r"no transport .* leads to") as raised:
            await network.dial(hops, run_id="run", route_index=0, timeout_s=10)

    assert raised.value.failed_at == OSAKA.public_key


async def dial_when_attending(network: StaticNetwork, key: str) -> socket.socket:
    """Reach a node as soon as it attends."""
    async with asyncio.timeout(10):
        while True:
            with contextlib.suppress(SetUpError):
                return await network.dial_dmsg(key, run_id="run", timeout_s=10)
            await asyncio.sleep(0.01)


async def test_a_node_without_a_port_is_reached_over_its_rendezvous(folder: Path) -> None:
    """Nothing listens at the cabin; it must be measured all the same."""
    async with running(folder, "osaka", allow(HERE, STRANGER)) as osaka:
        at_osaka = (f'rendezvous = "{OSAKA.public_key}"', allow(HERE), transport_to(OSAKA, osaka))
        async with running(folder, "cabin", *at_osaka, listen=None) as cabin:
            network = load(folder, ALL + nodes_text(osaka=osaka.address, there="127.0.0.4:7000") + CABIN)
            key = find_node(network.topology, "cabin") or ""
            with await dial_when_attending(network, key) as sock:
                assert await echo(sock, frame(5000)) == frame(5000)
            assert cabin.address == ""


async def test_an_address_that_is_taken_is_an_error_that_names_it(folder: Path) -> None:
    """A node that is started twice must say so, not share the port."""
    async with running(folder, "osaka") as osaka:
        with pytest.raises(ConnectError, match=rf"cannot listen on {osaka.address}: address already in use"):
            async with running(folder, "there", listen=osaka.address):
                pass
