"""`muxbw-tui node`: a responder and relay on a host of its own."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from muxbw_tui.cli.logs import log_to_stderr
from muxbw_tui.network.host import running_node
from muxbw_tui.network.node_config import load_node_config
from muxbw_tui.network.sockets import allow_many_descriptors
from muxbw_tui.network.topology import node_name

if TYPE_CHECKING:
    from muxbw_tui.network.node import Node
    from muxbw_tui.network.node_config import NodeConfig

_EPILOG = """\b
A configuration (docs/between-hosts.md has the rest):
  name = "osaka"
  listen = "203.0.113.7:7000"
  key_file = "osaka.key"
  allow = ["02…"]
  [[transport]]
  key = "03…"
  address = "198.51.100.9:7000"
"""


@click.command("node", epilog=_EPILOG)
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="Where it listens, as whom, and whom it allows: node.toml.",
)
def command(config_file: Path) -> None:
    """Run a node until Ctrl+C. Prints where it listens and its public key once it is ready."""
    config = load_node_config(config_file)
    log_to_stderr("%(asctime)s %(levelname)s %(message)s")
    allow_many_descriptors()
    asyncio.run(_serve(config))


async def _serve(config: NodeConfig) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(signal_number, stop.set)
    async with running_node(config) as node:
        click.echo(_ready_text(config, node))
        await stop.wait()


def _ready_text(config: NodeConfig, node: Node) -> str:
    """Say where the node can be found, by whom, and as whom."""
    lines = [f"listening on {node.address or 'no port'}"]
    if config.attends_at is not None:
        lines.append(f"attends at {node_name(config.topology, config.attends_at.to)}")
    lines.append(f"node  {config.name}  {node.key}")
    allowed = len(config.allowed)
    lines.append(
        f"allows {allowed} key{'' if allowed == 1 else 's'}" if allowed else "allows nobody but itself"
    )
    return "\n".join(lines)
