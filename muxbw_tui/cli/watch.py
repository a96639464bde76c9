"""`muxbw-tui watch`, and `muxbw-tui` alone: the dashboard on a live run."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from muxbw_tui.cli.dashboard import dashboard_flags
from muxbw_tui.cli.detached import start_detached
from muxbw_tui.cli.options import run_flags
from muxbw_tui.cli.screen import KEEP_OPEN_NS, show_dashboard
from muxbw_tui.sources.reconnect import LINGER_NS

if TYPE_CHECKING:
    from muxbw_tui.cli.dashboard import Look
    from muxbw_tui.cli.options import RunSetting
    from muxbw_tui.errors import ExitCode

_EPILOG = """\b
Examples:
  muxbw-tui watch -d 5m                            the embedded network, scenario flaky
  muxbw-tui watch --scenario healthy -r 3 --probe-rtt
  muxbw-tui watch 0326…8814 --connect 127.0.0.1:3435 -r 8 --min-hops 2
  muxbw-tui watch -d 1h --detach                   start it and leave; muxbw-tui attach RUN comes back
"""


@click.command("watch", epilog=_EPILOG)
@run_flags
@dashboard_flags
def command(setting: RunSetting, look: Look) -> ExitCode:
    """Start a run towards TARGET and watch it live; ? inside shows the keys."""
    setting.request.linger_ns = LINGER_NS
    setting.request.keep_open_ns = KEEP_OPEN_NS
    if setting.detach:
        return asyncio.run(start_detached(setting))
    return show_dashboard(
        lambda request: replace(setting, request=request).open_source(),
        setting.request,
        look=look,
        endpoint=setting.endpoint,
    )
