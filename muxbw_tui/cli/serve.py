"""`muxbw-tui serve`: the engine for dashboards and stock clients on this host."""

from __future__ import annotations

import asyncio
import logging
import shutil
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from muxbw_tui.cli.options import DEFAULT_SCENARIO
from muxbw_tui.network.embedded import EmbeddedNetwork
from muxbw_tui.network.sockets import allow_many_descriptors
from muxbw_tui.server.serve import DEFAULT_LISTEN, check_listen_address, running_server
from muxbw_tui.sources.embedded import DIRECTORY_PREFIX

if TYPE_CHECKING:
    from muxbw_tui.pb.muxbw_pb2 import Topology

_EPILOG = """\b
Examples:
  muxbw-tui serve                                   on 127.0.0.1:3435
  muxbw-tui serve --scenario healthy --listen unix:/run/user/1000/muxbw.sock
  muxbw-tui watch --connect 127.0.0.1:3435          in another terminal
"""


@click.command("serve", epilog=_EPILOG)
@click.option(
    "--listen",
    metavar="ADDR",
    default=DEFAULT_LISTEN,
    show_default=True,
    help="Loopback HOST:PORT (port 0 picks one), or unix:PATH.",
)
@click.option(
    "--scenario",
    metavar="NAME|FILE",
    default=DEFAULT_SCENARIO,
    show_default=True,
    help="The embedded network to serve: flaky, healthy, rules, dark, or a file.",
)
@click.option(
    "--owner-fd", type=int, hidden=True, help="Stop, and remove the socket's directory, when this closes."
)
def command(listen: str, scenario: str, owner_fd: int | None) -> None:
    """Serve the engine until Ctrl+C. Prints where it listens, the target's key and every node once it is ready."""
    address = check_listen_address(listen)
    logging.basicConfig(
        level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    allow_many_descriptors()
    asyncio.run(_serve(address, scenario, owner_fd))


async def _serve(address: str, scenario: str, owner_fd: int | None) -> None:
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(signal_number, stop.set)
    orphaned = asyncio.Event()
    if owner_fd is not None:
        # Whatever becomes readable here is the end of the pipe: the owner never writes.
        loop.add_reader(owner_fd, _on_owner_gone, owner_fd, orphaned, stop)
    async with await EmbeddedNetwork.start(scenario) as network, running_server(network, address) as bound:
        click.echo(f"listening on {bound}")
        if owner_fd is None:  # an owner reads no more than that
            click.echo(_network_text(network.topology))
        async with asyncio.TaskGroup() as group:
            stopping = group.create_task(stop.wait(), name="serve:stop")
            dying = group.create_task(network.gone(), name="serve:network")
            await asyncio.wait([stopping, dying], return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            dying.cancel()
    if not stop.is_set():
        raise dying.result()
    if orphaned.is_set():
        _remove_private_directory(address)


def _on_owner_gone(owner_fd: int, orphaned: asyncio.Event, stop: asyncio.Event) -> None:
    asyncio.get_running_loop().remove_reader(owner_fd)
    orphaned.set()
    stop.set()


def _remove_private_directory(address: str) -> None:
    """Remove what an owner that died could not: the directory that it made for the socket."""
    directory = Path(address.removeprefix("unix:")).parent
    if directory.name.startswith(DIRECTORY_PREFIX):
        shutil.rmtree(directory, ignore_errors=True)


def _network_text(topology: Topology) -> str:
    """Say whom the server can reach."""
    lines = [f"scenario {topology.scenario} (SIMULATED)"]
    roles = {topology.source: "source", topology.target: "target"}
    width = max((len(name) for name in topology.node_names.values()), default=0)
    nodes = sorted(
        topology.node_names.items(), key=lambda item: (roles.get(item[0], "relay"), item[1]), reverse=True
    )
    lines += [f"{roles.get(key, 'relay')}  {name:<{width}}  {key}" for key, name in nodes]
    return "\n".join(lines)
