"""The flags that commands share: what to run, and the request and source that they stand for.

Names and defaults are those of a stock visor's command, as far as it has them.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

import click

from muxbw_tui.bounds import DEFAULT_BLOCK_KIB
from muxbw_tui.cli.connection import connection_flags, in_help_order
from muxbw_tui.cli.flags import overruled, shared_option
from muxbw_tui.cli.scenarios import BUILTIN_SCENARIOS, DEFAULT_SCENARIO, SCENARIO, SCENARIO_HELP
from muxbw_tui.cli.values import (
    ANY_HOPS,
    DURATION,
    DURATION_OR_NONE,
    HOPS,
    ROUTES,
    SIZE_KIB,
    WINDOW,
    check_own_bounds,
)
from muxbw_tui.pb.muxbw_pb2 import RunRequest
from muxbw_tui.run.parameters import Window, parse_via

if TYPE_CHECKING:
    from collections.abc import Callable

    from muxbw_tui.cli.connection import Decorator
    from muxbw_tui.sources.channel import Endpoint
    from muxbw_tui.sources.embedded import EmbeddedSource
    from muxbw_tui.sources.stream import GrpcSource

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class RunSetting:
    """Where to run, and what.

    Attributes:
        endpoint: the server; None for an engine of our own.
        scenario: of the embedded network, where there is one.
        detach: start the run, and leave it to itself.
    """

    endpoint: Endpoint | None
    scenario: str
    request: RunRequest
    detach: bool = False

    def open_source(self) -> EmbeddedSource | GrpcSource:
        """Return a source for one run; nothing is connected or started before its events are asked for.

        Raises:
            ScenarioError: the embedded network cannot be what the scenario says.
        """
        if self.endpoint is None:
            if self.scenario not in BUILTIN_SCENARIOS:  # those are sound, and a check costs start-up time
                from muxbw_tui.network.scenario import load_scenario  # noqa: PLC0415 (the same)

                load_scenario(self.scenario)
            from muxbw_tui.sources.embedded import EmbeddedSource  # noqa: PLC0415 (not needed with --connect)

            return EmbeddedSource(self.scenario, self.request)
        from muxbw_tui.sources.stream import GrpcSource  # noqa: PLC0415 (gRPC costs start-up time)

        return GrpcSource(self.endpoint, self.request)


scenario_flag: Final = shared_option(
    "--scenario",
    type=SCENARIO,
    metavar="NAME|FILE",
    help=SCENARIO_HELP,
)


def scenario_to_run(endpoint: Endpoint | None, scenario: str | None) -> str:
    """Return the scenario of a command that goes to an engine of our own unless there is an endpoint.

    Raises:
        UsageError: both were asked for with the same weight, or such an engine would refuse a flag.
    """
    if endpoint is not None and scenario is not None and not overruled("scenario", by="connect"):
        raise click.UsageError(
            "--scenario describes the embedded network, and --connect goes to another one: give one of them"
        )
    if endpoint is None:
        check_own_bounds()
    return scenario or DEFAULT_SCENARIO


# In the order in which --help shows them.
_FLAGS: Final[tuple[Decorator, ...]] = (
    click.argument("target", required=False, default=""),
    connection_flags,
    scenario_flag,
    shared_option("-r", "--routes", type=ROUTES, default=4, show_default=True, help="Routes at once."),
    shared_option(
        "-d", "--duration", type=DURATION, default="30s", show_default=True, help="How long to pump."
    ),
    shared_option(
        "-s",
        "--size",
        type=SIZE_KIB,
        default=DEFAULT_BLOCK_KIB,
        show_default=True,
        metavar="KIB",
        help="Block size in KiB.",
    ),
    shared_option(
        "--min-hops",
        type=ANY_HOPS,
        help="Least hops of a route; 2 or more shuts out the direct path. Default: 2 on the embedded network.",
    ),
    shared_option("--max-hops", type=HOPS, help="Most hops of a route. Default: 5."),
    shared_option(
        "--hops-via",
        multiple=True,
        metavar="NODE[,NODE]",
        help="Intermediates of route 0, again for route 1 …, by name or key; routes without it are planned.",
    ),
    shared_option(
        "--window",
        type=WINDOW,
        default="1",
        show_default=True,
        metavar="N|auto|fill",
        help="Blocks in flight on each route; auto and fill let it grow in the warm-up.",
    ),
    shared_option(
        "--warm-up",
        type=DURATION,
        help="Phase that no figure includes. Default: 2s for probes or a window that grows, which need one; else none.",
    ),
    shared_option(
        "--setup-timeout",
        type=DURATION,
        default="30s",
        show_default=True,
        help="For each route's set-up.",
    ),
    shared_option(
        "--io-timeout",
        type=DURATION,
        default="30s",
        show_default=True,
        help="For each block's way and echo.",
    ),
    shared_option("--probe-rtt/--no-probe-rtt", default=False, help="Send small RTT probes beside the load."),
    shared_option("--probe-interval", type=DURATION, default="100ms", show_default=True),
    shared_option("--sample-interval", type=DURATION, default="1s", show_default=True),
    shared_option(
        "--idle-baseline",
        type=DURATION_OR_NONE,
        default="0",
        show_default=True,
        help="Probe for so long before the load; implies --probe-rtt.",
    ),
    shared_option(
        "--local-route/--no-local-route", default=False, help="Have a visor compute routes locally."
    ),
    shared_option(
        "--detach/--no-detach",
        default=False,
        help="Start the run, print its id and leave; see muxbw-tui runs and muxbw-tui attach.",
    ),
)


def run_flags(function: Callable[..., R]) -> Callable[..., R]:
    """Add TARGET and the run flags to a command, which gets them as one `setting`."""

    @in_help_order(*_FLAGS)
    @functools.wraps(function)
    def with_setting(
        *args: object,
        target: str,
        endpoint: Endpoint | None,
        scenario: str | None,
        routes: int,
        duration: int,
        size: int,
        min_hops: int | None,
        max_hops: int | None,
        hops_via: tuple[str, ...],
        window: Window,
        warm_up: int | None,
        setup_timeout: int,
        io_timeout: int,
        probe_rtt: bool,
        probe_interval: int,
        sample_interval: int,
        idle_baseline: int,
        local_route: bool,
        detach: bool,
        **kwargs: object,
    ) -> R:
        request = RunRequest(
            target_pk=target,
            routes=routes,
            duration_ns=duration,
            packet_size_kb=size,
            min_hops=(2 if endpoint is None else 0) if min_hops is None else min_hops,
            max_hops=max_hops or 0,
            hops_via=[parse_via(nodes) for nodes in hops_via],
            window=window.blocks,
            window_mode=window.mode,
            warm_up_ns=warm_up or 0,
            setup_timeout_ns=setup_timeout,
            probe_rtt=probe_rtt,
            probe_interval_ns=probe_interval,
            sample_interval_ns=sample_interval,
            idle_baseline_duration_ns=idle_baseline,
            local_route=local_route,
            io_timeout_ns=io_timeout,
            extensions=True,
            detached=detach,
        )
        setting = RunSetting(endpoint, scenario_to_run(endpoint, scenario), request, detach=detach)
        return function(*args, setting=setting, **kwargs)

    return with_setting
