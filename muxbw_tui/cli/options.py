"""The flags that commands share: what to run, and the request and source that they stand for.

Names and defaults are those of a stock visor's command, as far as it has them.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click

from muxbw_tui.cli.connection import connection_flags, in_help_order
from muxbw_tui.pb.muxbw_pb2 import RunRequest, Via
from muxbw_tui.units import NS_PER_S, parse_duration_ns

if TYPE_CHECKING:
    from collections.abc import Callable

    from muxbw_tui.sources.channel import Endpoint
    from muxbw_tui.sources.embedded import EmbeddedSource
    from muxbw_tui.sources.stream import GrpcSource

P = ParamSpec("P")
R = TypeVar("R")

DEFAULT_SCENARIO = "flaky"
LARGEST_INT32 = 2**31 - 1
LARGEST_INT64 = 2**63 - 1


class DurationType(click.ParamType[int]):
    """`30s`, `1m30s`, `100ms`; nanoseconds within. 0 only where it means something."""

    name = "duration"

    def __init__(self, *, zero: bool = False) -> None:
        self._zero = zero

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return nanoseconds, or fail with what would be accepted."""
        if isinstance(value, int):
            return value
        try:
            duration_ns = parse_duration_ns(value)
        except ValueError as exc:
            self.fail(str(exc), param, ctx)
        if duration_ns == 0 and not self._zero:
            self.fail("it must be more than 0", param, ctx)
        if duration_ns > LARGEST_INT64:
            self.fail(
                f"{value!r} is more than the {LARGEST_INT64 // NS_PER_S} s that can be said", param, ctx
            )
        return duration_ns


@dataclass(frozen=True, slots=True)
class Window:
    """How many blocks are in flight on each route: a number, or until when the window grows in the warm-up."""

    blocks: int = 0
    mode: str = ""


class WindowType(click.ParamType[Window]):
    """`1`, `16`, `auto` or `fill`."""

    name = "window"

    def convert(
        self, value: str | Window, param: click.Parameter | None, ctx: click.Context | None
    ) -> Window:
        """Return the window, or fail with what would be accepted."""
        if isinstance(value, Window):
            return value
        if value in {"auto", "fill"}:
            return Window(mode=value)
        if not (value.isascii() and value.isdigit()) or not 0 < int(value) <= LARGEST_INT32:
            self.fail(f"{value!r} is no window: write a number of blocks from 1, auto or fill", param, ctx)
        return Window(blocks=int(value))


DURATION = DurationType()
WINDOW = WindowType()
COUNT = click.IntRange(1, LARGEST_INT32)


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
            from muxbw_tui.network.scenario import load_scenario  # noqa: PLC0415 (not needed with --connect)

            load_scenario(self.scenario)
            from muxbw_tui.sources.embedded import EmbeddedSource  # noqa: PLC0415 (gRPC costs start-up time)

            return EmbeddedSource(self.scenario, self.request)
        from muxbw_tui.sources.stream import GrpcSource  # noqa: PLC0415 (the same)

        return GrpcSource(self.endpoint, self.request)


def _flags(function: Callable[..., R]) -> Callable[..., R]:
    """Add the flags, in the order in which --help shows them."""
    return in_help_order(
        click.argument("target", required=False, default=""),
        connection_flags,
        click.option(
            "--scenario",
            metavar="NAME|FILE",
            help=f"Embedded network: flaky, healthy, rules, dark, wan, shared, or a file. Default: {DEFAULT_SCENARIO}.",
        ),
        click.option("-r", "--routes", type=COUNT, default=4, show_default=True, help="Routes at once."),
        click.option(
            "-d", "--duration", type=DURATION, default="30s", show_default=True, help="How long to pump."
        ),
        click.option(
            "-s",
            "--size",
            type=COUNT,
            default=32,
            show_default=True,
            metavar="KIB",
            help="Block size in KiB.",
        ),
        click.option(
            "--min-hops",
            type=click.IntRange(0, LARGEST_INT32),
            help="Least hops of a route; 2 or more shuts out the direct path. Default: 2 on the embedded network.",
        ),
        click.option("--max-hops", type=COUNT, help="Most hops of a route. Default: 5."),
        click.option(
            "--hops-via",
            multiple=True,
            metavar="NODE[,NODE]",
            help="Intermediates of route 0, again for route 1 …, by name or key; routes without it are planned.",
        ),
        click.option(
            "--window",
            type=WINDOW,
            default="1",
            show_default=True,
            metavar="N|auto|fill",
            help="Blocks in flight on each route; auto and fill let it grow in the warm-up.",
        ),
        click.option(
            "--warm-up",
            type=DurationType(zero=True),
            default="0",
            help="Phase that no figure includes. Default: 2s when probing or with a window that grows, else none.",
        ),
        click.option(
            "--setup-timeout",
            type=DURATION,
            default="30s",
            show_default=True,
            help="For each route's set-up.",
        ),
        click.option(
            "--io-timeout",
            type=DURATION,
            default="30s",
            show_default=True,
            help="For each block's way and echo.",
        ),
        click.option("--probe-rtt", is_flag=True, help="Send small RTT probes beside the load."),
        click.option("--probe-interval", type=DURATION, default="100ms", show_default=True),
        click.option("--sample-interval", type=DURATION, default="1s", show_default=True),
        click.option(
            "--idle-baseline",
            type=DurationType(zero=True),
            default="0",
            show_default=True,
            help="Probe for so long before the load; implies --probe-rtt.",
        ),
        click.option("--local-route", is_flag=True, help="Have a visor compute routes locally."),
        click.option(
            "--detach",
            is_flag=True,
            help="Start the run, print its id and leave; see muxbw-tui runs and muxbw-tui attach.",
        ),
    )(function)


def run_flags(function: Callable[..., R]) -> Callable[..., R]:
    """Add TARGET and the run flags to a command, which gets them as one `setting`."""

    @_flags
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
        warm_up: int,
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
        if endpoint is not None and scenario is not None:
            raise click.UsageError(
                "--scenario describes the embedded network, and --connect goes to another one: give one of them"
            )
        request = RunRequest(
            target_pk=target,
            routes=routes,
            duration_ns=duration,
            packet_size_kb=size,
            min_hops=(2 if endpoint is None else 0) if min_hops is None else min_hops,
            max_hops=max_hops or 0,
            hops_via=[via_of(nodes) for nodes in hops_via],
            window=window.blocks,
            window_mode=window.mode,
            warm_up_ns=warm_up,
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
        setting = RunSetting(endpoint, scenario or DEFAULT_SCENARIO, request, detach=detach)
        return function(*args, setting=setting, **kwargs)

    return with_setting


def via_of(nodes: str) -> Via:
    """Return the intermediates of one route; an empty text leaves the route to the planner."""
    return Via(nodes=[node.strip() for node in nodes.split(",") if node.strip()])
