"""Do N routes carry N times what one carries? With 100 ms there and back, and a lock held over the I/O as the control.

    .venv/bin/python benchmarks/scaling.py

Each round measures one route, N routes, and N routes whose exchanges share a lock, in turn, on one network;
printed are the medians of the per-round ratios to N x one, with quartiles. The first should be 1, the control 1/N.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import statistics
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from muxbw_tui.engine.config import PingConfig
from muxbw_tui.engine.operations import PingOperations
from muxbw_tui.engine.planner import plan_routes
from muxbw_tui.network.embedded import EmbeddedNetwork

if TYPE_CHECKING:
    from collections.abc import Sequence

DELAY_MS = 25  # of each of the two links of a route, each way
ROUND_TRIP_S = 4 * DELAY_MS / 1_000


async def main(counts: Sequence[int], rounds: int, seconds: float) -> None:
    """Measure, and print a line for each N."""
    with tempfile.TemporaryDirectory() as directory:
        scenario = Path(directory) / "scaling.toml"
        scenario.write_text(_scenario(max(counts)), encoding="utf-8")
        async with await EmbeddedNetwork.start(str(scenario)) as network:
            operations = PingOperations(network)
            paths = plan_routes(
                network.topology, network.topology.target, count=max(counts), min_hops=2
            ).paths
            configs = [
                PingConfig(network.topology.target, index, hops=hops) for index, hops in enumerate(paths)
            ]
            await asyncio.gather(*(operations.dial_ping(config) for config in configs))
            for count in counts:
                await _compare(operations, configs[:count], rounds, seconds)
            for config in configs:
                operations.stop_ping_route(config)


async def _compare(
    operations: PingOperations, configs: Sequence[PingConfig], rounds: int, seconds: float
) -> None:
    free, held = [], []
    for _ in range(rounds):
        one = await _exchanges(operations, configs[:1], seconds, lock=None)
        free.append(await _exchanges(operations, configs, seconds, lock=None) / (len(configs) * one))
        control = await _exchanges(operations, configs, seconds, lock=asyncio.Lock())
        held.append(control / (len(configs) * one))
    print(
        f"N={len(configs):3}  aggregate / (N x one) {_spread(free)}   lock held over the I/O {_spread(held)}"
    )


async def _exchanges(
    operations: PingOperations, configs: Sequence[PingConfig], seconds: float, *, lock: asyncio.Lock | None
) -> float:
    """Return exchanges a second over all routes, each route one after another.

    An exchange that the end of the window cuts counts with its part in the window. The routes begin spread over one
    round trip: the embedded network is one process, which would serve a burst of all routes one after another.
    """
    loop = asyncio.get_running_loop()
    start_s = loop.time() + ROUND_TRIP_S
    end_s = start_s + seconds
    done = 0.0

    async def pump(config: PingConfig, wait_s: float) -> None:
        nonlocal done
        await asyncio.sleep(wait_s)
        while loop.time() < end_s:
            async with lock or contextlib.nullcontext():
                began_s = loop.time()
                await operations.ping_once_with_echo(config)
                ended_s = loop.time()
            inside_s = min(ended_s, end_s) - max(began_s, start_s)
            done += max(inside_s, 0.0) / (ended_s - began_s)

    async with asyncio.TaskGroup() as group:
        for position, config in enumerate(configs):
            group.create_task(pump(config, ROUND_TRIP_S * position / len(configs)))
    return done / seconds


def _spread(ratios: Sequence[float]) -> str:
    low, median, high = statistics.quantiles(ratios, n=4)
    return f"{median:.3f} ({low:.3f} to {high:.3f})"


def _scenario(relays: int) -> str:
    lines = ['name = "scaling"', "seed = 1", 'source = "here"', 'target = "there"']
    for number in range(relays):
        lines += ["[[node]]", f'name = "relay{number}"']
        for end in ("here", "there"):
            lines += ["[[link]]", f'between = ["{end}", "relay{number}"]', 'kind = "stcpr"']
            lines += [f"delay_ms = {DELAY_MS}", "rate_mbps = 0"]
    return "\n".join(lines)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--routes", type=int, nargs="+", default=[1, 8, 64], help="the Ns")
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement")
    arguments = parser.parse_args()
    asyncio.run(main(arguments.routes, arguments.rounds, arguments.seconds))
