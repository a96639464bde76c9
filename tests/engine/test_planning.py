"""Planning from an event loop."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.engine.planning import plan_in_thread
from muxbw_tui.pb.muxbw_pb2 import Topology
from tests.conftest import PATIENCE_S

if TYPE_CHECKING:
    from muxbw_tui.engine.limited_paths import Effort


async def test_a_plan_that_nobody_waits_for_any_more_is_given_up() -> None:
    """A thread cannot be cancelled, and one that searches on would keep a server from ending."""
    began, given_up = threading.Event(), threading.Event()

    def search_for_ever(_topology: Topology, effort: Effort) -> None:
        began.set()
        while effort.left:
            given_up.wait(0.001)
        given_up.set()

    planning = asyncio.create_task(plan_in_thread(Topology(), search_for_ever))
    assert await asyncio.to_thread(began.wait, PATIENCE_S)
    planning.cancel()

    with pytest.raises(asyncio.CancelledError):
        await planning
    assert await asyncio.to_thread(given_up.wait, PATIENCE_S)


async def test_what_changes_meanwhile_does_not_change_the_plan() -> None:
    """Set-ups go on while another run plans, and write what they measure into the topology."""
    topology = Topology()
    topology.transports.add(delay_ns=1)
    changed = threading.Event()

    def look_twice(snapshot: Topology, _effort: Effort) -> tuple[int, int]:
        before = snapshot.transports[0].delay_ns
        changed.wait(PATIENCE_S)
        return before, snapshot.transports[0].delay_ns

    planning = asyncio.create_task(plan_in_thread(topology, look_twice))
    await asyncio.sleep(0)
    topology.transports[0].delay_ns = 2
    changed.set()

    assert await planning == (1, 1)
