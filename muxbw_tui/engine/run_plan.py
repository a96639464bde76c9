"""What a run's request becomes before anything is dialled: a plan, one leg for each route, and other paths later."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from muxbw_tui.engine.config import PingConfig
from muxbw_tui.engine.growth import GrowthMode, WindowGrowth
from muxbw_tui.engine.leg import Leg
from muxbw_tui.engine.planner import NOT_EXACT, RoutePlan, plan_routes, replan_route
from muxbw_tui.engine.planning import plan_in_thread
from muxbw_tui.network.topology import node_name
from muxbw_tui.pb.muxbw_pb2 import Limits, Plan, PlannedRoute
from muxbw_tui.units import KIB

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from google.protobuf.message import Message

    from muxbw_tui.engine.breaker import Breakers
    from muxbw_tui.pb.muxbw_pb2 import RunRequest, Topology
    from muxbw_tui.pb.ping_pb2 import RouteHop


class RunPlanner:
    """Plans the routes of one run.

    Attributes:
        config: what the connections of all its routes have in common.

    Args:
        request: completed by `complete_request`.
    """

    def __init__(self, run_id: str, request: RunRequest, topology: Topology, breakers: Breakers) -> None:
        self._request = request
        self._topology = topology
        self._breakers = breakers
        self.config = PingConfig(
            target=request.target_pk,
            run_id=run_id,
            min_hops=request.min_hops,
            max_hops=request.max_hops,
            block_bytes=request.packet_size_kb * KIB,
            setup_timeout_s=request.setup_timeout_ns / 1e9,
            io_timeout_s=request.io_timeout_ns / 1e9,
        )

    async def plan(self, publish: Callable[[Message], None]) -> list[Leg]:
        """Plan, say what the plan is and what it is worth, and return a leg for each route asked for."""
        request = self._request
        open_nodes = self._breakers.open_nodes()
        plan = await plan_in_thread(
            self._topology,
            lambda topology, effort: plan_routes(
                topology,
                request.target_pk,
                count=request.routes,
                min_hops=request.min_hops,
                max_hops=request.max_hops,
                hops_via=request.hops_via,
                last_resort=open_nodes,
                effort=effort,
            ),
        )
        publish(
            Plan(
                routes=[
                    PlannedRoute(route_index=index, hops=hops)
                    for index, hops in enumerate(plan.routes)
                    if hops
                ]
            )
        )
        for limits in self._limits(plan):
            publish(limits)
        return [self._make_leg(index, hops) for index, hops in enumerate(plan.routes)]

    async def replan(self, leg: Leg, legs: Sequence[Leg]) -> Sequence[RouteHop] | None:
        """Return another path for one of the legs, disjoint from those of the others, or None if there is none."""
        used = [other.config.hops for other in legs if other.config is not None and other is not leg]
        if not leg.failed_at and leg.config is not None:
            used.append(leg.config.hops)
        avoid, open_nodes = {leg.failed_at} - {""}, self._breakers.open_nodes()
        return await plan_in_thread(
            self._topology,
            lambda topology, effort: replan_route(
                topology,
                self._request.target_pk,
                used=used,
                avoid=avoid,
                min_hops=self._request.min_hops,
                max_hops=self._request.max_hops,
                last_resort=open_nodes,
                effort=effort,
            ),
        )

    def _limits(self, plan: RoutePlan) -> list[Limits]:
        """Return what is to be said where the plan falls short of what was asked for, or may not be the best."""
        request = self._request
        found: list[Limits] = []
        if len(plan.paths) < request.routes:
            limits = f"({request.min_hops} to {request.max_hops} hops each)"
            detail = f"{request.routes} disjoint routes were asked for, and {len(plan.paths)} exist {limits}"
            found.append(Limits(kind="paths", detail=detail))
        if not plan.exact:
            found.append(Limits(kind="plan", detail=NOT_EXACT))
        for key, indexes in shared_nodes(plan.routes).items():
            routes = " and ".join(map(str, indexes))
            detail = f"routes {routes} share {node_name(self._topology, key)}: they are not disjoint"
            found.append(Limits(kind="shared", detail=detail))
        return found

    def _make_leg(self, index: int, hops: tuple[RouteHop, ...]) -> Leg:
        request = self._request
        config = replace(self.config, route_index=index, hops=hops) if hops else None
        if not request.window_mode:
            return Leg(index, config, fixed_window=request.window)
        growth = WindowGrowth(GrowthMode(request.window_mode), request.packet_size_kb * KIB)
        return Leg(index, config, growth=growth)


def shared_nodes(routes: Iterable[Sequence[RouteHop]]) -> dict[str, list[int]]:
    """Return the intermediates that several routes have, each with their indexes."""
    indexes_by_key: dict[str, list[int]] = {}
    for index, hops in enumerate(routes):
        for hop in hops[:-1]:
            indexes_by_key.setdefault(hop.to, []).append(index)
    return {key: indexes for key, indexes in indexes_by_key.items() if len(indexes) > 1}
