"""What the commands on single calls share: their flags, and following a stream until it ends or Ctrl+C.

They need no engine and no screen: they talk gRPC, to a server or to an engine of their own in a child process.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import click

from muxbw_tui.cli.connection import connection_flags, in_help_order
from muxbw_tui.cli.options import scenario_flag, scenario_to_run

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from muxbw_tui.sources.calls import Calls
    from muxbw_tui.sources.channel import Endpoint

P = ParamSpec("P")
R = TypeVar("R")
Message = TypeVar("Message")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call goes: a server, or else an engine of our own on an embedded network."""

    endpoint: Endpoint | None
    scenario: str


def place_flags(function: Callable[..., R]) -> Callable[..., R]:
    """Add TARGET and the flags for a server or a scenario to a command, which gets them as `target` and `place`."""

    @in_help_order(
        click.argument("target", required=False, default=""),
        connection_flags,
        scenario_flag,
    )
    @functools.wraps(function)
    def with_place(*args: object, endpoint: Endpoint | None, scenario: str | None, **kwargs: object) -> R:
        return function(*args, place=Place(endpoint, scenario_to_run(endpoint, scenario)), **kwargs)

    return with_place


async def follow(
    place: Place,
    open_stream: Callable[[Calls], AsyncGenerator[Message]],
    show: Callable[[Message], None],
) -> bool:
    """Show every message of a stream; returns whether SIGINT or SIGTERM ended it.

    Raises:
        MuxbwError: no connection, a refusal, or a stream that broke; what was shown stands.
    """
    from muxbw_tui.sources.calls import open_calls  # noqa: PLC0415 (gRPC costs start-up time)

    loop = asyncio.get_running_loop()
    interrupted = asyncio.Event()
    following = asyncio.current_task()

    def interrupt() -> None:
        interrupted.set()
        if following is not None:
            following.cancel()

    for signal_number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(signal_number, interrupt)
    try:
        async with (
            open_calls(place.endpoint, place.scenario) as calls,
            contextlib.aclosing(open_stream(calls)) as messages,
        ):
            async for message in messages:
                show(message)
    except asyncio.CancelledError:
        if following is None or not interrupted.is_set():
            raise
        following.uncancel()
    finally:
        for signal_number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(signal_number)
    return interrupted.is_set()
