"""Two hosts that measure each other at once, each the source of one run and the target of the other's.

An echo comes back by the way that its block went, so a run fills both directions of its links. Over links of their own
the two have nothing to share but the hosts; over one link each can have half of it and no more.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.engine.engine import Engine
from muxbw_tui.network.embedded import EmbeddedNetwork
from muxbw_tui.network.identity import Identity
from muxbw_tui.network.static import StaticNetwork
from muxbw_tui.network.topology import find_node
from muxbw_tui.pb.muxbw_pb2 import RunRequest, Topology, Via
from tests.conftest import PATIENCE_S
from tests.engine.support import measured_again

if TYPE_CHECKING:
    from pathlib import Path

    from muxbw_tui.pb.muxbw_pb2 import RunEvent

SEED = 5
LINK_BPS = 25e6
WINDOW = 8  # blocks of 32 KiB: more than the path and its queues hold, so that somebody always waits for room
NETWORK = f"""
name = "two hosts"
seed = {SEED}
source = "here"
target = "there"
""" + "".join(
    f'[[node]]\nname = "{relay}"\n'
    + "".join(
        f'[[link]]\nbetween = ["{end}", "{relay}"]\nkind = "stcpr"\ndelay_ms = 5\nrate_mbps = 25\nqueue_kib = 32\n'
        for end in ("here", "there")
    )
    for relay in ("osaka", "tokyo")
)


def seen_from_there(topology: Topology) -> StaticNetwork:
    """Return the same nodes and links as the other host's own file would name them: it is the source."""
    swapped = Topology()
    swapped.CopyFrom(topology)
    swapped.source, swapped.target = topology.target, topology.source
    identity = Identity.derive(SEED, "there")
    assert identity.public_key == swapped.source == find_node(topology, "there")
    return StaticNetwork(swapped, identity)


async def rate_bps(engine: Engine, via: str) -> float:
    """Carry a run over a relay out, with a window that fills the link, and return what came back a second."""
    events: list[RunEvent] = []
    request = RunRequest(
        routes=1,
        hops_via=[Via(nodes=[via])],
        duration_ns=1_500_000_000,
        window=WINDOW,
        extensions=True,
    )
    await engine.execute(request, events.append)
    assert events[-1].done.termination_reason == "duration"
    return events[-1].done.avg_recv_bps


@pytest.mark.parametrize(
    ("relays", "share"), [(("osaka", "tokyo"), 1.0), (("osaka", "osaka"), 0.5)], ids=["own links", "one link"]
)
@measured_again
async def test_two_hosts_that_measure_each_other_get_their_full_rate(
    tmp_path: Path, relays: tuple[str, str], share: float
) -> None:
    """A host that answers must not starve what it sends itself, nor the other way round."""
    scenario = tmp_path / "two-hosts.toml"
    scenario.write_text(NETWORK)
    async with asyncio.timeout(3 * PATIENCE_S), await EmbeddedNetwork.start(str(scenario)) as network:
        engines = Engine(network), Engine(seen_from_there(network.topology))
        rates = await asyncio.gather(*map(rate_bps, engines, relays))

    assert min(rates) >= 0.85 * share * LINK_BPS
    assert max(rates) <= 1.25 * min(rates)
