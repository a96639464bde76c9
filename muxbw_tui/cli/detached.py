"""Starting a run that is left to itself: `run --detach` and `watch --detach`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from muxbw_tui.cli.notices import say
from muxbw_tui.errors import ConnectError, ControlError, ExitCode, InvalidRequestError
from muxbw_tui.events import payload_kind
from muxbw_tui.run.text import clean_line

if TYPE_CHECKING:
    from muxbw_tui.cli.options import RunSetting
    from muxbw_tui.sources.channel import Endpoint


async def start_detached(setting: RunSetting) -> ExitCode:
    """Start the run, print its id on stdout, and leave it going.

    Raises:
        ConnectError: nothing answers, or the engine did not come up.
        ControlError: the server is a stock visor, whose runs end with their client.
        InvalidRequestError: the server refused the request.
    """
    source = setting.open_source()
    try:
        async for event in source.events():
            if payload_kind(event) == "error":
                raise InvalidRequestError(event.error.message, code=event.error.code)
            if source.cannot_control:
                raise ControlError(source.cannot_control)
            break
        if source.run_id is None:
            raise ConnectError(f"{source.title} did not say which run it started")
        click.echo(clean_line(source.run_id))
        say(f"The run goes on: {attach_command(source.run_id, setting.endpoint)}")
    finally:
        await source.close()
    return ExitCode.OK


def attach_command(run_id: str, endpoint: Endpoint | None) -> str:
    """Return what to type to watch a run, of a server or of an engine of our own."""
    where = "" if endpoint is None else f" --connect {endpoint.address}"
    return f"muxbw-tui attach {run_id}{where}"
