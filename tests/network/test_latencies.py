"""What set-ups tell of the transports that they lead over."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.errors import SetUpError
from muxbw_tui.network.dial import dial_route
from muxbw_tui.network.latencies import REMEMBERED, Latencies, round_trips_s
from muxbw_tui.network.local import local_network
from muxbw_tui.network.topology import find_transport, hops_along, make_hop, make_transport
from muxbw_tui.pb.muxbw_pb2 import Topology
from muxbw_tui.units import NS_PER_MS
from tests.network.support import HERE, RELAYED, scenario

if TYPE_CHECKING:
    from muxbw_tui.pb.ping_pb2 import RouteHop

FAR_MS = 60
FAR_AND_NEAR = f"""
name = "far and near"
source = "here"
target = "there"
[[node]]
name = "osaka"
[[link]]
between = ["here", "osaka"]
delay_ms = {FAR_MS}
[[link]]
between = ["osaka", "there"]
[[node]]
name = "nara"
[[link]]
between = ["here", "nara"]
[[link]]
between = ["nara", "there"]
"""


@given(st.lists(st.integers(0, 500), min_size=1, max_size=6))
def test_the_round_trips_of_all_hops_are_told_apart(hops_ms: list[int]) -> None:
    """A relay answers once it has met the next node: taken for its own delay, that would count twice."""
    so_far_ms = list(itertools.accumulate(hops_ms))
    took_ms = [
        2 * hops_ms[0],
        *(so_far + 2 * following for so_far, following in zip(so_far_ms, hops_ms[1:], strict=False)),
        so_far_ms[-1],
    ]

    found_s = round_trips_s([at / 1000 for at in itertools.accumulate(took_ms, initial=0)])

    assert [round(found * 1000, 6) for found in found_s] == hops_ms


def one_transport() -> tuple[Topology, list[RouteHop]]:
    """Return two nodes with a transport both ways, and the hop over it."""
    there, back = make_transport("a", "b", kind="stcpr"), make_transport("b", "a", kind="stcpr")
    hop = make_hop(tp_id=there.tp_id, source="a", to="b", kind="stcpr")
    return Topology(transports=[there, back]), [hop]


def test_the_shortest_of_the_last_round_trips_counts_in_whole_milliseconds() -> None:
    """The others waited for something; and what hosts take beside makes no route better than another."""
    topology, hops = one_transport()
    latencies = Latencies(topology)

    def measured_ms(*round_trips_ms: float) -> list[float]:
        for round_trip_ms in round_trips_ms:
            latencies.take(hops, [round_trip_ms / 1000])
        return [transport.delay_ns / NS_PER_MS for transport in topology.transports]

    assert measured_ms(0.3) == [1, 1]
    assert measured_ms(0.7, 90) == [1, 1]
    assert measured_ms(*[41] * REMEMBERED) == [21, 21]


async def test_set_ups_tell_a_far_path_from_a_near_one() -> None:
    """Nothing is configured, as on a network between hosts, and not a word more goes over the wire."""
    async with local_network(scenario(FAR_AND_NEAR)) as network:
        topology = network.topology
        for transport in topology.transports:
            transport.delay_ns = 0
        latencies = Latencies(topology)
        delay_ms = {}
        for relay in ("osaka", "nara"):
            hops = hops_along(topology, ("here", relay, "there"))
            for index in range(3):
                sock = await dial_route(
                    topology, HERE, hops, run_id="run", route_index=index, timeout_s=10, latencies=latencies
                )
                sock.close()
            found = (find_transport(topology, hop) for hop in hops)
            delay_ms[relay] = sum(transport.delay_ns for transport in found if transport) / NS_PER_MS

    assert delay_ms["osaka"] >= FAR_MS
    assert 0 < delay_ms["nara"] < delay_ms["osaka"]


async def test_a_set_up_that_failed_measures_nothing() -> None:
    """How long it took to fail says nothing of the way."""
    refused = scenario(faults='[[fault]]\non = "setup"\nnode = "there"\nkind = "refuse"\n')
    async with local_network(refused) as network:
        topology = network.topology
        hops = hops_along(topology, RELAYED)
        with pytest.raises(SetUpError):
            await dial_route(
                topology,
                HERE,
                hops,
                run_id="run",
                route_index=0,
                timeout_s=10,
                latencies=Latencies(topology),
            )

    assert not any(transport.delay_ns for transport in topology.transports)
