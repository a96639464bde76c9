"""Planning from an event loop: in a thread, on a copy of the topology, for as long as somebody waits for the plan.

A plan takes up to a second on a network of 100,000 transports, and an exact search some ten; pumps, probes and other
runs go on meanwhile. A thread cannot be cancelled: what is given up here is told to stop, and soon does.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, TypeVar

from muxbw_tui.engine.limited_paths import Effort
from muxbw_tui.pb.muxbw_pb2 import Topology

if TYPE_CHECKING:
    from collections.abc import Callable

Planned = TypeVar("Planned")


async def plan_in_thread(topology: Topology, plan: Callable[[Topology, Effort], Planned]) -> Planned:
    """Return what `plan` makes of the topology as it is now; raises what it raises. Cancel-safe.

    Args:
        topology: may change meanwhile: what set-ups measure is kept in there.
        plan: `plan_routes` or `replan_route` with all else that it is to know; called in the thread.
    """
    snapshot = Topology()
    snapshot.CopyFrom(topology)
    effort = Effort()
    try:
        return await asyncio.to_thread(plan, snapshot, effort)
    finally:
        effort.end()
