"""The operations on real nodes and links: set-up and whom its failure is charged to, pings, bandwidth, dmsg."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.engine.breaker import Breakers, BreakerState
from muxbw_tui.engine.config import PingConfig, RouteRef
from muxbw_tui.engine.errors import ExchangeError, NoDmsgConnectionError, NoPingConnectionError
from muxbw_tui.engine.operations import PingOperations
from muxbw_tui.engine.planner import plan_routes
from muxbw_tui.errors import SetUpError
from muxbw_tui.network.local import local_network
from muxbw_tui.network.scenario import parse_scenario
from muxbw_tui.network.topology import find_node
from tests.conftest import eventually
from tests.engine.test_breaker import FakeClock
from tests.fakes.network import FakeNetwork
from tests.fakes.peers import Peer, connected, route_config

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from muxbw_tui.network.local import LocalNetwork

pytestmark = pytest.mark.usefixtures("nothing_left")

NODES = 'name = "test"\nsource = "here"\ntarget = "there"\n' + "".join(
    f'[[node]]\nname = "{name}"\n' for name in ("here", "there", "osaka", "tokyo")
)
LINKS = "".join(
    f'[[link]]\nbetween = ["{end}", "{relay}"]\ndelay_ms = {delay}\n'
    for delay, relay in ((1, "osaka"), (2, "tokyo"))
    for end in ("here", "there")
)
BEHIND = """
name = "behind osaka"
source = "here"
target = "there"
[[node]]
name = "osaka"
[[node]]
name = "there"
behind = "osaka"
[[link]]
between = ["here", "osaka"]
[[link]]
between = ["osaka", "there"]
"""


class Bench:
    """Operations on a network of their own, with breakers whose clock is set by hand."""

    def __init__(self, network: LocalNetwork) -> None:
        self.network = network
        self.clock = FakeClock()
        self.breakers = Breakers(self.clock)
        self.operations = PingOperations(network, breakers=self.breakers)
        self.config = PingConfig(network.topology.target, run_id="run", min_hops=2, io_timeout_s=5)

    def key(self, name: str) -> str:
        """Return the key of a node."""
        key = find_node(self.network.topology, name)
        assert key is not None
        return key

    async def fail_to_dial(self, config: PingConfig | None = None) -> SetUpError:
        """Dial, and return how it failed."""
        with pytest.raises(SetUpError) as caught:
            await self.operations.dial_ping(config or self.config)
        return caught.value


@contextlib.asynccontextmanager
async def bench(faults: str = "", *, scenario: str = NODES + LINKS) -> AsyncIterator[Bench]:
    """Build a network with these faults, and stop everything at the end."""
    async with local_network(parse_scenario(scenario + faults, file="test.toml")) as network:
        it = Bench(network)
        try:
            yield it
        finally:
            it.operations.stop_all()


async def test_a_failed_set_up_names_the_hop_and_is_charged_to_the_intermediate_there() -> None:
    """An operator must know which host to look at, and the planner which one to leave out."""
    async with bench('[[fault]]\non = "setup"\nnode = "osaka"\nkind = "refuse"\n') as it:
        error = await it.fail_to_dial()
        await it.fail_to_dial()
        third = await it.fail_to_dial()

        assert str(error).startswith("hop 1 of 2, at osaka: ")
        assert "left out" not in str(error)
        assert str(third).startswith(f"{error}; 3 set-ups in a row failed there, so it is left out for 5.0")
        assert error.failed_at == third.failed_at == it.key("osaka")
        assert it.breakers.open_nodes() == {it.key("osaka")}


async def test_a_node_whose_breaker_is_open_is_left_out_until_its_back_off_is_over() -> None:
    """Osaka is the cheaper relay, and refuses; the fourth dial goes another way, and a later one tries again."""
    async with bench('[[fault]]\non = "setup"\nnode = "osaka"\nkind = "refuse"\n') as it:
        for _ in range(3):
            await it.fail_to_dial()
        await it.operations.dial_ping(it.config)
        it.clock.now_s = 6.0

        assert (await it.fail_to_dial()).failed_at == it.key("osaka")
        assert it.breakers.state(it.key("osaka")) is BreakerState.OPEN


async def test_a_failure_of_the_target_is_charged_to_nobody() -> None:
    """It cannot be left out, and the relays before it did their part."""
    async with bench('[[fault]]\non = "setup"\nnode = "there"\nkind = "refuse"\n') as it:
        for _ in range(2):
            it.breakers.failed(it.key("osaka"))
        for _ in range(3):
            error = await it.fail_to_dial()
        it.breakers.failed(it.key("osaka"))

        assert str(error).startswith("hop 2 of 2, at there: ")
        assert it.breakers.open_nodes() == frozenset()


async def test_a_set_up_that_succeeds_closes_the_breakers_on_its_path() -> None:
    """A relay that works again must not be kept waiting by its past."""
    async with bench() as it:
        for _ in range(2):
            it.breakers.failed(it.key("osaka"))
        await it.operations.dial_ping(it.config)
        it.breakers.failed(it.key("osaka"))

        assert it.breakers.state(it.key("osaka")) is BreakerState.CLOSED


async def test_a_set_up_that_comes_too_late_is_closed() -> None:
    """The caller's timeout is the only one that counts, and what it gave up must not stay open at any node."""
    fault = '[[fault]]\non = "setup"\nnode = "osaka"\nkind = "slow-setup"\ndelay_s = 0.5\n'
    async with bench(fault) as it:
        error = await it.fail_to_dial(replace(it.config, setup_timeout_s=0.1))
        await eventually(lambda: it.network.connection_count == 0)

        assert "set-up timeout after 0.1 s" in str(error)
        assert len(it.operations.table) == 0


async def test_no_path_within_the_limits_is_a_set_up_error_that_says_so() -> None:
    """Nobody was dialled, so nobody is at fault."""
    async with bench() as it:
        error = await it.fail_to_dial(replace(it.config, min_hops=4))

        assert str(error) == "no route of 4 to 5 hops leads to there"
        assert error.failed_at == ""


async def test_pings_are_answered_one_after_the_other() -> None:
    """Each is one exchange of the size asked for, and its time is at least the links' delay there and back."""
    async with bench() as it:
        config = replace(it.config, block_bytes=64)
        await it.operations.dial_ping(config)
        echoes = [echo async for echo in it.operations.ping(config, 3)]

        assert [echo.bytes_received for echo in echoes] == [64] * 3
        assert min(echo.latency_s for echo in echoes) >= 0.003


async def test_a_bandwidth_test_counts_what_the_network_carried() -> None:
    """Its figures are those of complete echoes; at most the block under way is more on the relay's own counter."""
    async with bench() as it:
        await it.operations.dial_ping(it.config)
        transfers = [t async for t in it.operations.bandwidth_test(it.config, 0.3, 0.05)]
        relayed = max(node.bytes_to_source for node in (await it.network.counters()).nodes)
        last = transfers[-1]

        assert last.final
        assert last.elapsed_s == pytest.approx(0.3)
        assert 0 < last.bytes_received <= relayed <= last.bytes_received + it.config.block_bytes
        assert not any(transfer.final for transfer in transfers[:-1])
        assert [t.bytes_sent for t in transfers] == sorted(t.bytes_sent for t in transfers)


async def test_a_bandwidth_test_that_fails_has_said_what_was_carried_until_then() -> None:
    """A peer that goes away after three blocks: three blocks are the finding, and the reason comes with it."""
    operations = PingOperations(FakeNetwork())
    config = route_config(block_bytes=1024)

    async def echo_three(peer: Peer) -> None:
        for _ in range(3):
            await peer.write(await peer.read(1024))
        peer.sock.close()

    async with connected(operations, config, echo_three):
        transfers = operations.bandwidth_test(config, 30.0)
        so_far = await anext(transfers)
        with pytest.raises(ExchangeError, match=r"connection (closed|reset) by peer"):
            await anext(transfers)

    assert so_far.bytes_received == 3 * 1024
    assert not so_far.final


async def test_a_bandwidth_test_without_an_echo_is_a_failure() -> None:
    """Zero is no result: nothing came back, and that is what has to be said."""
    operations = PingOperations(FakeNetwork())
    config = route_config()
    async with connected(operations, config):
        with pytest.raises(ExchangeError, match="read echo: no echo before the test ended"):
            _ = [transfer async for transfer in operations.bandwidth_test(config, 0.05)]


async def test_a_bandwidth_test_given_up_leaves_the_connection_usable() -> None:
    """The block under way is read and dropped, and the next operation gets its own echo."""
    operations = PingOperations(FakeNetwork())
    config = route_config()
    async with connected(operations, config, Peer.echo):
        async with contextlib.aclosing(operations.bandwidth_test(config, 30.0, 0.01)) as transfers:
            await anext(transfers)

        assert (await operations.ping_once(config)).bytes_received == 64


async def test_stopping_a_target_stops_all_of_its_routes_and_no_other() -> None:
    """One target may have many indexes; another target's routes are not our business."""
    operations = PingOperations(FakeNetwork())
    elsewhere = replace(route_config(0), target="elsewhere")
    async with (
        connected(operations, route_config(0)) as (first, _),
        connected(operations, route_config(7)) as (second, _),
        connected(operations, elsewhere) as (other, _),
    ):
        assert operations.stop_ping(route_config().target) == 2
        assert (first.closed, second.closed, other.closed) == (True, True, False)
        assert operations.table.all_keys() == [RouteRef("elsewhere", 0)]
        assert operations.stop_all() == 1
        assert other.closed


async def test_routes_to_one_target_have_connections_of_their_own_and_dmsg_has_one() -> None:
    """The dmsg table is keyed by the target alone: a second dial replaces the first, whatever the index."""
    async with bench(scenario=BEHIND) as it:
        for index in (0, 3):
            await it.operations.dial_ping(replace(it.config, route_index=index))
        first = await it.operations.dial_dmsg_ping(it.config)
        second = await it.operations.dial_dmsg_ping(replace(it.config, route_index=3))

        assert len(it.operations.table) == 2
        assert it.operations.dmsg_table.all_keys() == [it.config.target]
        assert (first.closed, second.closed) == (True, False)
        assert it.operations.stop_all() == 3


async def test_a_target_behind_a_rendezvous_is_pinged_and_measured() -> None:
    """What the twins are for: a host that nobody can dial."""
    async with bench(scenario=BEHIND) as it:
        await it.operations.dial_dmsg_ping(it.config)
        small = await it.operations.dmsg_ping_once(it.config)
        block = await it.operations.dmsg_ping_once_with_echo(it.config)
        several = [echo async for echo in it.operations.dmsg_ping(it.config, 2)]
        transfers = [t async for t in it.operations.dmsg_bandwidth_test(it.config, 0.1)]

        assert small.bytes_received == 64
        assert [echo.bytes_received for echo in (block, *several)] == [it.config.block_bytes] * 3
        assert transfers[-1].bytes_received > 0
        assert it.operations.stop_dmsg_ping(it.config)
        assert not it.operations.stop_dmsg_ping(it.config)


async def test_a_set_up_over_dmsg_that_fails_names_the_hop_and_is_charged_to_the_rendezvous() -> None:
    """It is a host like any relay, and the operator must know that it is the one to look at."""
    refuses = '[[fault]]\non = "setup"\nnode = "osaka"\nkind = "refuse"\n'
    async with bench(refuses, scenario=BEHIND) as it:
        for _ in range(3):
            with pytest.raises(SetUpError, match=r"^hop 1 of 2, at osaka: "):
                await it.operations.dial_dmsg_ping(it.config)

        assert it.breakers.open_nodes() == {it.key("osaka")}


async def test_a_set_up_over_dmsg_that_succeeds_closes_the_breaker_of_the_rendezvous() -> None:
    """What works again is not kept waiting by its past."""
    async with bench(scenario=BEHIND) as it:
        for _ in range(3):
            it.breakers.failed(it.key("osaka"))
        await it.operations.dial_dmsg_ping(it.config)

        assert it.breakers.open_nodes() == frozenset()


async def test_a_target_that_attends_nowhere_cannot_be_reached_over_dmsg() -> None:
    """The operator learns that it is not the network that is broken."""
    async with bench() as it:
        with pytest.raises(SetUpError, match="no rendezvous leads to there"):
            await it.operations.dial_dmsg_ping(it.config)
        assert it.breakers.open_nodes() == frozenset()


@pytest.mark.parametrize("index", [0, 1, 2, 7])
@pytest.mark.parametrize("operation", ["ping", "bandwidth_test", "dmsg_ping", "dmsg_bandwidth_test"])
async def test_every_operation_gets_the_very_config_it_was_called_with(operation: str, index: int) -> None:
    """Min hops and explicit hops reach it unchanged, and its error names what was not dialled."""
    operations = PingOperations(FakeNetwork())
    async with bench() as it:
        hops = plan_routes(it.network.topology, it.config.target, count=1, min_hops=2).routes[0]
    config = replace(route_config(index), min_hops=3, hops=hops)
    dmsg = operation.startswith("dmsg")

    with pytest.raises(NoDmsgConnectionError if dmsg else NoPingConnectionError) as caught:
        await anext(getattr(operations, operation)(config, 1))

    assert caught.value.config is config
    assert str(caught.value) == (
        f"no dmsg ping connection for {config.target}, call DialDmsgPing first"
        if dmsg
        else f"no ping connection for {config.target}#{index}, call DialPing first"
    )
