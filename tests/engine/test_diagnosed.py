"""Each diagnosis, brought about by a scenario: engine, nodes and links on real sockets, the reducer on the events."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.engine.engine import Engine
from muxbw_tui.network.embedded import EmbeddedNetwork
from muxbw_tui.network.local import local_network
from muxbw_tui.network.scenario import parse_scenario
from muxbw_tui.pb.muxbw_pb2 import RunRequest, Via
from muxbw_tui.run import reducer
from muxbw_tui.run.diagnosis import diagnose

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from muxbw_tui.network.base import Network
    from muxbw_tui.pb.muxbw_pb2 import RunEvent
    from muxbw_tui.run.diagnosis import Diagnosis

pytestmark = pytest.mark.usefixtures("nothing_left")

MS = 1_000_000
PATIENCE_S = 30.0
RELAYS = ("osaka", "tokyo", "lima")
NODES = 'name = "test"\nseed = 7\nsource = "here"\ntarget = "there"\n' + "".join(
    f'[[node]]\nname = "{name}"\n' for name in RELAYS
)
ENDS = ("here", "there")


def links(*, delay_ms: int = 5, rate_mbps: int = 4, relays: Sequence[str] = RELAYS) -> str:
    """Return links through the relays, each a little longer than the one before, so that routes keep their order."""
    return "".join(
        f'[[link]]\nbetween = ["{end}", "{relay}"]\nkind = "stcpr"\n'
        f"delay_ms = {delay_ms + position}\nrate_mbps = {rate_mbps}\n"
        for position, relay in enumerate(relays)
        for end in ENDS
    )


def fault(kind: str, *, at_s: float | None = None, place: str = "") -> str:
    """Return a fault at an instant, or in the set-up; of every route unless a place is given."""
    moment = 'on = "setup"' if at_s is None else f"at_s = {at_s}"
    return f'[[fault]]\n{moment}\nkind = "{kind}"\n{place}\n'


async def until_diagnosed(
    kind: str, scenario: str, *, restart: Sequence[int] = (), about: int = 0, **fields: int | list[Via]
) -> Diagnosis:
    """Run the scenario until its events point at what is expected of at least so many routes, and return that.

    The routes in `restart` are restarted whenever they can be.
    """
    async with local_network(parse_scenario(scenario, file="test.toml")) as network:
        return await diagnosed_on(network, kind, restart=restart, about=about, **fields)


async def diagnosed_on(
    network: Network, kind: str, *, restart: Sequence[int] = (), about: int = 0, **fields: int | list[Via]
) -> Diagnosis:
    """Run on a network until the events point at what is expected, as `until_diagnosed` does."""
    request = RunRequest(
        routes=3,
        min_hops=2,
        duration_ns=30_000 * MS,
        sample_interval_ns=100 * MS,
        extensions=True,
        **fields,  # type: ignore[arg-type]
    )
    state = reducer.start(request)
    found: asyncio.Future[Diagnosis] = asyncio.get_running_loop().create_future()

    def take(event: RunEvent) -> None:
        reducer.apply(state, event)
        for diagnosis in diagnose(state):
            if diagnosis.kind == kind and len(diagnosis.route_indexes) >= about and not found.done():
                found.set_result(diagnosis)
        if restart and (run := engine.find_run("run")) is not None:
            run.restart_routes(restart)

    engine = Engine(network)
    running = asyncio.ensure_future(engine.execute(request, take, run_id="run"))
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await found
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest.mark.parametrize(
    ("kind", "faults", "words"),
    [
        ("none-set-up", fault("refuse"), "none of 3 routes could be set up"),
        ("not-set-up", fault("refuse", place="route = 1"), "R1 was not set up: hop 1 of 2, at tokyo"),
        (
            "no-byte",
            fault("no-entry", place="route = 1"),
            "R1 established, no byte: rules not propagated at tokyo",
        ),
        ("no-byte-at-all", fault("no-entry"), "established, no byte on any"),
        ("died", fault("reset", at_s=0.3, place="route = 2"), ": lima or a link of it"),
        ("all-died", fault("reset", at_s=0.3), "all 3 routes died within"),
        (
            "stalled",
            fault("stall", at_s=0.3, place='node = "tokyo"'),
            "R1 carries nothing for 3 s: tokyo or a link of it",
        ),
        ("all-stalled", fault("stall", at_s=0.3), "all 3 routes stalled at once"),
    ],
)
async def test_a_fault_is_diagnosed(kind: str, faults: str, words: str) -> None:
    """What the rules conclude from made-up states must follow from what an engine really sends."""
    found = await until_diagnosed(kind, NODES + links() + faults)

    assert words in found.text


async def test_rules_that_swallow_every_byte_are_found_before_the_deadline() -> None:
    """The route is up and has not failed: three seconds without a byte say enough."""
    blackhole = fault("blackhole", at_s=0, place='node = "osaka"')
    found = await until_diagnosed("no-byte", NODES + links() + blackhole)

    assert found.text.startswith("R0 established, no byte in 3 s: rules not propagated at osaka")


async def test_routes_that_share_a_relay_and_die_with_it_are_diagnosed() -> None:
    """Disjoint routes share none, so two are pinned through osaka, one of them by way of tokyo."""
    across = '[[link]]\nbetween = ["osaka", "tokyo"]\nkind = "stcpr"\ndelay_ms = 1\nrate_mbps = 4\n'
    broken = fault("reset", at_s=0.3, place='node = "osaka"')
    via = [Via(nodes=["osaka"]), Via(nodes=["tokyo", "osaka"]), Via(nodes=["lima"])]
    found = await until_diagnosed("shared-relay", NODES + links() + across + broken, hops_via=via)

    assert found.text.startswith("R0 and R1 died within")
    assert found.text.endswith("and share no relay but osaka")


async def test_a_route_that_fails_again_and_again_is_diagnosed() -> None:
    """By restarts that meet the same node."""
    refused = fault("reset", at_s=0.2, place="route = 1")
    found = await until_diagnosed("flapping", NODES + links() + refused, restart=[1])

    assert found.text.startswith("R1 has failed 3 times, lately by way of tokyo")


async def test_too_few_paths_are_diagnosed() -> None:
    """The run goes on with what there is."""
    found = await until_diagnosed("fewer-paths", NODES + links(relays=RELAYS[:2]))

    assert found.text == "2 disjoint paths for 3 routes: none left for R2"


async def test_a_window_is_diagnosed() -> None:
    """Small blocks on an empty path wait for their echo, and nothing else."""
    found = await until_diagnosed(
        "window-limited", NODES + links(delay_ms=20, rate_mbps=0), about=3, packet_size_kb=1
    )

    assert found.text.startswith("R0 to R2 are window-limited, R0 at ")


async def test_a_busy_source_is_diagnosed() -> None:
    """Nothing but this process holds back blocks that need no time on their way."""
    found = await until_diagnosed("cpu-source", NODES + links(delay_ms=0, rate_mbps=0), window=4)

    assert "the source's processor holds R" in found.text


async def test_a_busy_target_is_diagnosed(tmp_path: Path) -> None:
    """Relays and target in a process of their own have more to do with each block than the source has."""
    scenario = tmp_path / "unlimited.toml"
    scenario.write_text(NODES + links(delay_ms=0, rate_mbps=0))
    async with await EmbeddedNetwork.start(str(scenario)) as network:
        found = await diagnosed_on(network, "cpu-target", window=16)

    assert "the target's processor holds R" in found.text
