"""What is known of a route, and of what: of its path, of its connection, or of all that it ever carried."""

from __future__ import annotations

import math

from muxbw_tui.engine.config import PingConfig
from muxbw_tui.engine.growth import GrowthMode, WindowGrowth
from muxbw_tui.engine.leg import Leg
from muxbw_tui.engine.limits import Limit
from muxbw_tui.pb.ping_pb2 import RouteHop

BLOCK = 32 * 1024
BY_OSAKA = (RouteHop(to="osaka", tp_type="stcpr"), RouteHop(to="there", tp_type="stcpr"))
BY_LIMA = (RouteHop(to="lima", tp_type="sudph"), RouteHop(to="there", tp_type="sudph"))


def known() -> Leg:
    """Return a leg of whose path everything is known."""
    growth = WindowGrowth(GrowthMode.AUTO, BLOCK)
    growth.window, growth.settled = 32, True
    leg = Leg(1, PingConfig("there", 1, hops=BY_OSAKA), growth=growth)
    leg.count(BLOCK, 0.0, 0.04, measured=True)
    leg.smoothed_rtt_s = 0.05
    leg.limited_by = Limit.PATH
    return leg


def test_what_is_known_of_the_old_path_does_not_hold_for_another() -> None:
    """A window that filled the old path, or its round trip, would be shown of one where nothing was measured."""
    leg = known()
    leg.take_path(BY_LIMA)

    assert (leg.intermediate_pk, leg.transport_kind) == ("lima", "sudph")
    assert leg.growth is not None
    assert (leg.window, leg.growth.settled) == (1, False)
    assert leg.least_latency_s == math.inf
    assert leg.smoothed_rtt_s == 0
    assert leg.limited_by is None
    assert (leg.bytes_sent, leg.bytes_received, leg.blocks) == (BLOCK, BLOCK, 1)


def test_without_another_path_all_that_is_known_stays() -> None:
    """A restart that finds none goes on as one that asked for none."""
    leg = known()
    leg.take_path(())

    assert (leg.intermediate_pk, leg.window, leg.limited_by) == ("osaka", 32, Limit.PATH)
    assert (leg.least_latency_s, leg.smoothed_rtt_s) == (0.04, 0.05)
