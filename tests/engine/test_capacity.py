"""What routes carry over links of known delay and rate, on an embedded network in a process of its own."""

from __future__ import annotations

import asyncio
import statistics
from typing import TYPE_CHECKING

from muxbw_tui.engine.config import PingConfig
from muxbw_tui.engine.engine import Engine
from muxbw_tui.engine.operations import PingOperations
from muxbw_tui.engine.planner import plan_routes
from muxbw_tui.events import payload_kind
from muxbw_tui.network.embedded import EmbeddedNetwork
from muxbw_tui.pb.muxbw_pb2 import RunRequest
from tests.conftest import PATIENCE_S
from tests.engine.support import measured_again

if TYPE_CHECKING:
    from pathlib import Path

    from muxbw_tui.pb.muxbw_pb2 import RunEvent
    from muxbw_tui.pb.ping_pb2 import MuxBandwidthDone

BLOCK_BITS = 32 * 1024 * 8
SECONDS = 3
LINK_BPS = 25e6
RTT_S = (0.04, 0.06, 0.09, 0.12)

TEN_MBIT = """
name = "ten"
seed = 1
source = "here"
target = "there"

[[node]]
name = "osaka"
""" + "".join(
    f'[[link]]\nbetween = ["{end}", "osaka"]\nkind = "stcpr"\ndelay_ms = 10\nrate_mbps = 10\nqueue_kib = 256\n'
    for end in ("here", "there")
)


async def measure(scenario: str, **fields: int | str | bool) -> list[RunEvent]:
    """Carry a run of `SECONDS` out, and return its events."""
    events: list[RunEvent] = []
    request = {
        "duration_ns": SECONDS * 10**9,
        "extensions": True,
        "sample_interval_ns": 250_000_000,
        **fields,
    }
    async with asyncio.timeout(3 * PATIENCE_S), await EmbeddedNetwork.start(scenario) as network:
        await Engine(network).execute(RunRequest(**request), events.append)  # type: ignore[arg-type]
    return events


def done_of(events: list[RunEvent]) -> MuxBandwidthDone:
    """Return the run's last event."""
    return events[-1].done


def leg_rates_bps(events: list[RunEvent]) -> list[float]:
    """Return what each route received on average, by index."""
    last = [event.sample for event in events if payload_kind(event) == "sample"][-1]
    return [leg.bytes_recv * 8 / (last.elapsed_ns / 1e9) for leg in last.legs]


def limits_of(events: list[RunEvent]) -> dict[int, str]:
    """Return what holds each route back, as last said."""
    found = [event.limits for event in events if payload_kind(event) == "limits"]
    return {limits.route_index: limits.kind for limits in found}


@measured_again
async def test_disjoint_routes_fill_their_links_and_beat_the_direct_one() -> None:
    """The multiplex helps where it can: each leg at 90 % of its link, all four at 8 times the direct path."""
    mux = await measure("wan", routes=4, min_hops=2, window_mode="auto")
    direct = await measure("wan", routes=1, window_mode="auto")

    assert all(rate >= 0.9 * LINK_BPS for rate in leg_rates_bps(mux))
    assert done_of(mux).avg_recv_bps >= 8 * done_of(direct).avg_recv_bps
    assert set(limits_of(mux).values()) == {"path"}


@measured_again
async def test_one_block_in_flight_carries_what_arithmetic_says() -> None:
    """A block's time there and back: the round trip, and its bits at the links' rate once each way.

    The quickest of several blocks is compared, since a machine that is busy can only make them slower.
    """
    async with asyncio.timeout(3 * PATIENCE_S), await EmbeddedNetwork.start("wan") as network:
        operations = PingOperations(network)
        paths = plan_routes(network.topology, network.topology.target, count=4, min_hops=2).routes
        for index, (hops, rtt_s) in enumerate(zip(paths, RTT_S, strict=True)):
            config = PingConfig(network.topology.target, index, hops=hops)
            await operations.dial_ping(config)
            quickest_s = min([(await operations.ping_once_with_echo(config)).latency_s for _ in range(15)])
            operations.stop_ping_route(config)
            by_arithmetic_s = rtt_s + 2 * BLOCK_BITS / LINK_BPS

            assert abs(by_arithmetic_s / quickest_s - 1) <= 0.1


@measured_again
async def test_one_block_in_flight_is_labelled_as_what_holds_the_route_back() -> None:
    """The operator must not blame the path for what a larger window would mend."""
    events = await measure("wan", routes=4, min_hops=2)

    assert limits_of(events) == dict.fromkeys(range(4), "window")


@measured_again
async def test_a_shared_bottleneck_gives_four_routes_no_more_than_one() -> None:
    """Routes that are node-disjoint may share a wire, and then the multiplex must not look as if it helped."""
    four = await measure("shared", routes=4, min_hops=2, window_mode="auto")
    one = await measure("shared", routes=1, min_hops=2, window_mode="auto")

    assert done_of(one).avg_recv_bps >= 0.9 * 20e6
    assert done_of(four).avg_recv_bps <= 1.1 * done_of(one).avg_recv_bps


@measured_again
async def test_a_full_queue_delays_a_foreign_probe_by_its_size(tmp_path: Path) -> None:
    """256 KiB at 10 Mbit/s are 210 ms: the worst case for everybody else on the path."""
    scenario = tmp_path / "ten.toml"
    scenario.write_text(TEN_MBIT)
    events = await measure(
        str(scenario), routes=1, min_hops=2, window_mode="fill", idle_baseline_duration_ns=10**9
    )
    pump_began = next(e.timestamp_ns for e in events if e.phase.name == "pump")
    loaded = [e.rtt_probe for e in events if payload_kind(e) == "rtt_probe" and e.timestamp_ns > pump_began]
    # The first second still fills the queue, which the idle baseline had let run empty.
    full = [probe.latency_ns for probe in loaded if probe.elapsed_ns > 10**9]
    queueing_ms = (statistics.median(full) - done_of(events).idle_probe_p50_ns) / 1e6

    assert abs(queueing_ms - 210) <= 0.2 * 210
