"""What does a run's state weigh after ten million events, against a hundred thousand?

    .venv/bin/python benchmarks/memory.py              # 0.1 and 1 million events, about two minutes
    .venv/bin/python benchmarks/memory.py --more 10    # 0.1 and 10 million

Samples and probes come ten times a second, and every second a route fails and is restarted, so that whatever is bounded
is full after a hundred thousand events. Printed is what the interpreter has allocated for the state (tracemalloc) and
the resident size of a process of its own for each count, and the ratios: 1.2 is asked, 1.02 the aim.
"""

from __future__ import annotations

import argparse
import gc
import itertools
import json
import resource
import subprocess
import sys
import tracemalloc
from typing import TYPE_CHECKING

from muxbw_tui.pb.muxbw_pb2 import Restarting, RunEvent, RunRequest
from muxbw_tui.pb.ping_pb2 import (
    MuxBandwidthSample,
    MuxLegSample,
    MuxRouteEstablished,
    MuxRouteFailure,
    MuxRttProbe,
)
from muxbw_tui.run import reducer
from muxbw_tui.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterator

_BEGAN_NS = 1_795_000_000 * NS_PER_S
_TENTH_NS = NS_PER_S // 10
_RESTART_EVERY = 10
_BLOCK = 40_000
_MILLION = 1_000_000


def events(routes: int) -> Iterator[RunEvent]:
    """Yield the events of a run without end."""
    for index in range(routes):
        yield RunEvent(timestamp_ns=_BEGAN_NS, route_established=MuxRouteEstablished(route_index=index))
    attempts = [1] * routes
    for number in itertools.count(1):
        elapsed_ns = number * _TENTH_NS
        yield _sample(elapsed_ns, number, routes)
        probe = MuxRttProbe(sequence=number, latency_ns=40_000_000 + number % 9, elapsed_ns=elapsed_ns)
        yield RunEvent(timestamp_ns=_BEGAN_NS + elapsed_ns, rtt_probe=probe)
        if number % _RESTART_EVERY == 0:
            index = number // _RESTART_EVERY % routes
            attempts[index] += 1
            yield from _restart(elapsed_ns, index, attempts[index], number * _BLOCK)


def _sample(elapsed_ns: int, number: int, routes: int) -> RunEvent:
    carried = number * _BLOCK
    legs = [
        MuxLegSample(route_index=index, bytes_sent=carried, bytes_recv=carried, alive=True, latency_ms=42)
        for index in range(routes)
    ]
    sample = MuxBandwidthSample(
        elapsed_ns=elapsed_ns, bytes_sent=carried * routes, bytes_received=carried * routes, legs=legs
    )
    return RunEvent(timestamp_ns=_BEGAN_NS + elapsed_ns, sample=sample)


def _restart(elapsed_ns: int, index: int, attempt: int, carried: int) -> Iterator[RunEvent]:
    failure = MuxRouteFailure(
        route_index=index,
        error_message="read echo: connection reset by peer",
        bytes_sent_before_failure=carried,
        bytes_received_before_failure=carried,
        elapsed_ns=elapsed_ns,
    )
    restarting = Restarting(route_index=index, attempt=attempt, elapsed_ns=elapsed_ns)
    again = MuxRouteEstablished(route_index=index, setup_latency_ns=90_000_000 + attempt)
    at_ns = _BEGAN_NS + elapsed_ns
    yield RunEvent(timestamp_ns=at_ns, route_failure=failure)
    yield RunEvent(timestamp_ns=at_ns + 1, restarting=restarting)
    yield RunEvent(timestamp_ns=at_ns + 2, route_established=again)


def weigh(count: int, routes: int, *, trace: bool) -> dict[str, int]:
    """Return what the state weighs after so many events: bytes allocated, if traced, and the process's peak size."""
    if trace:
        tracemalloc.start()
    state = reducer.start(RunRequest(routes=routes, sample_interval_ns=_TENTH_NS, probe_rtt=True))
    for event in itertools.islice(events(routes), count):
        reducer.apply(state, event)
    gc.collect()
    allocated = tracemalloc.get_traced_memory()[0] if trace else 0
    resident = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    return {"allocated": allocated, "resident": resident, "rows": len(state.series.rows)}


def _measured(count: int, routes: int, *, trace: bool) -> dict[str, int]:
    """Weigh in a process of its own, so that no count sees what another one left."""
    command = [sys.executable, __file__, "--child", str(count), "--routes", str(routes)]
    finished = subprocess.run(
        [*command, "--trace"] if trace else command, check=True, capture_output=True, text=True
    )
    measured: dict[str, int] = json.loads(finished.stdout)
    return measured


def main() -> None:
    """Weigh both counts and print the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--fewer", type=float, default=0.1, help="million events")
    parser.add_argument("--more", type=float, default=1.0, help="million events")
    parser.add_argument("--routes", type=int, default=4)
    parser.add_argument("--child", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--trace", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child is not None:
        print(json.dumps(weigh(options.child, options.routes, trace=options.trace)))
        return
    for name, trace in (("allocated", True), ("resident", False)):
        sizes = []
        for millions in (options.fewer, options.more):
            measured = _measured(round(millions * _MILLION), options.routes, trace=trace)
            sizes.append(measured[name])
            print(f"{millions:g} M events  {name} {measured[name] / 2**20:.2f} MiB  {measured['rows']} rows")
        print(f"ratio of {name}: {sizes[1] / sizes[0]:.3f}  (asked 1.2, aim 1.02)")


if __name__ == "__main__":
    main()
