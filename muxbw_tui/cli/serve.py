"""`muxbw-tui serve`: the engine for dashboards and stock clients."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from muxbw_tui.addresses import Address, parse_address
from muxbw_tui.cli.connection import FILE
from muxbw_tui.cli.credentials import need_both, read_certificates, read_identity, read_token
from muxbw_tui.cli.flags import both_hold, is_typed
from muxbw_tui.cli.logs import log_to_stderr
from muxbw_tui.cli.scenarios import DEFAULT_SCENARIO, SCENARIO, SCENARIO_HELP
from muxbw_tui.errors import ConnectError, UsageError
from muxbw_tui.network.embedded import EmbeddedNetwork
from muxbw_tui.network.sockets import allow_many_descriptors
from muxbw_tui.network.static import StaticNetwork
from muxbw_tui.server.metrics import RunMetrics
from muxbw_tui.server.metrics_http import metrics_server
from muxbw_tui.server.security import ServerCredentials, check_listen_address
from muxbw_tui.server.serve import DEFAULT_LISTEN, running_server
from muxbw_tui.sources.engines import remove_engine_directory

if TYPE_CHECKING:
    from pathlib import Path

    from muxbw_tui.network.base import Network
    from muxbw_tui.pb.muxbw_pb2 import Topology
    from muxbw_tui.server.hub import RunHub

_EPILOG = """\b
Examples:
  muxbw-tui serve                                   on 127.0.0.1:3435
  muxbw-tui serve --scenario healthy --listen unix:/run/user/1000/muxbw.sock
  muxbw-tui serve --network network.toml --key source.key
  muxbw-tui serve --listen 192.0.2.7:3435 --tls-cert cert.pem --tls-key key.pem --token-file token
  muxbw-tui watch --connect 127.0.0.1:3435          in another terminal
"""


@dataclass(frozen=True, slots=True)
class _Setting:
    """What is served, where, and to whom."""

    listen: str
    scenario: str
    network_files: tuple[Path, Path] | None
    credentials: ServerCredentials
    metrics: Address | None
    owner_fd: int | None


@click.command("serve", epilog=_EPILOG)
@click.option(
    "--listen",
    metavar="ADDR",
    default=DEFAULT_LISTEN,
    show_default=True,
    help="HOST:PORT (port 0 picks one) or unix:PATH; off loopback with TLS and authentication.",
)
@click.option(
    "--scenario",
    type=SCENARIO,
    metavar="NAME|FILE",
    help=SCENARIO_HELP,
)
@click.option("--network", type=FILE, metavar="FILE", help="A network of nodes on other hosts: network.toml.")
@click.option("--key", type=FILE, metavar="FILE", help="Our key on that network, from muxbw-tui keygen.")
@click.option("--tls-cert", type=FILE, metavar="FILE", help="The server's certificate chain.")
@click.option("--tls-key", type=FILE, metavar="FILE", help="Its private key.")
@click.option("--client-ca", type=FILE, metavar="FILE", help="What a client's certificate must lead to.")
@click.option("--token-file", type=FILE, metavar="FILE", help="Ask for this token with every call.")
@click.option(
    "--metrics", metavar="[HOST:]PORT", help="Serve Prometheus metrics; on loopback unless HOST says more."
)
@click.option(
    "--owner-fd", type=int, hidden=True, help="Stop, and remove the socket's directory, when this closes."
)
def command(
    *,
    listen: str,
    scenario: str | None,
    network: Path | None,
    key: Path | None,
    tls_cert: Path | None,
    tls_key: Path | None,
    client_ca: Path | None,
    token_file: Path | None,
    metrics: str | None,
    owner_fd: int | None,
) -> None:
    """Serve the engine until Ctrl+C. Prints where it listens, the target's key and every node once it is ready."""
    if scenario is not None and network is not None:
        scenario_holds, network_holds = both_hold("scenario", "network")
        if scenario_holds and network_holds:
            raise click.UsageError(
                "--scenario is an embedded network, --network one of other hosts: give one of them"
            )
        network = network if network_holds else None
    key = key if network is not None or is_typed("key") else None
    need_both(network, key, ("--network", "--key"))
    setting = _Setting(
        listen=listen,
        scenario=scenario or DEFAULT_SCENARIO,
        network_files=(network, key) if network and key else None,
        credentials=_read_credentials(tls_cert, tls_key, client_ca, token_file),
        metrics=_metrics_address(metrics) if metrics is not None else None,
        owner_fd=owner_fd,
    )
    check_listen_address(setting.listen, setting.credentials)
    log_to_stderr("%(asctime)s %(levelname)s %(name)s: %(message)s")
    allow_many_descriptors()
    asyncio.run(_serve(setting))


def _read_credentials(
    tls_cert: Path | None, tls_key: Path | None, client_ca: Path | None, token_file: Path | None
) -> ServerCredentials:
    options = ("--tls-cert", "--tls-key")
    need_both(tls_cert, tls_key, options)
    cert, key = read_identity(tls_cert, tls_key, options) if tls_cert and tls_key else (b"", b"")
    return ServerCredentials(
        cert=cert,
        key=key,
        client_ca=read_certificates(client_ca, "--client-ca") if client_ca else b"",
        token=read_token(token_file) if token_file else "",
    )


def _metrics_address(text: str) -> Address:
    """Return where to serve metrics; a port alone is one on loopback.

    Raises:
        UsageError: it is no address of TCP.
    """
    port = text.removeprefix(":")
    try:
        address = parse_address(f"127.0.0.1:{port}" if port.isdigit() else text)
    except ValueError as exc:
        raise UsageError(f"--metrics: {exc}") from exc
    if address.path:
        raise UsageError(f"--metrics {text}: Prometheus scrapes over TCP: write [HOST:]PORT")
    return address


async def _serve(setting: _Setting) -> None:
    stop, orphaned = _stop_events(setting.owner_fd)
    metrics = RunMetrics()
    async with contextlib.AsyncExitStack() as stack:
        network = await _open_network(setting, stack)
        scraped_at = None
        if setting.metrics is not None:
            scraping = metrics_server(setting.metrics, metrics.exposition)
            scraped_at = await stack.enter_async_context(scraping)
        server = await stack.enter_async_context(
            running_server(network, setting.listen, credentials=setting.credentials, observers=[metrics])
        )
        metrics.watch_queues(server.hub.queue_depths)
        click.echo(f"listening on {server.address}")
        if setting.owner_fd is None:  # an owner reads no more than that
            click.echo(_network_text(network.topology, scraped_at))
        gone = await _until_told(stop, orphaned, server.hub, network)
    if gone is not None:
        raise gone
    if orphaned.is_set():
        remove_engine_directory(setting.listen)


async def _open_network(setting: _Setting, stack: contextlib.AsyncExitStack) -> Network:
    if setting.network_files is None:
        return await stack.enter_async_context(await EmbeddedNetwork.start(setting.scenario))
    network = StaticNetwork.load(*setting.network_files)
    stack.push_async_callback(network.close)
    return network


def _stop_events(owner_fd: int | None) -> tuple[asyncio.Event, asyncio.Event]:
    """Return what is set when the server is told to stop, and when its owner has gone."""
    loop = asyncio.get_running_loop()
    stop, orphaned = asyncio.Event(), asyncio.Event()
    for signal_number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        loop.add_signal_handler(signal_number, stop.set)

    def on_owner_gone(descriptor: int) -> None:
        loop.remove_reader(descriptor)
        orphaned.set()

    if owner_fd is not None:
        # Whatever becomes readable here is the end of the pipe: the owner never writes.
        loop.add_reader(owner_fd, on_owner_gone, owner_fd)
    return stop, orphaned


async def _until_told(
    stop: asyncio.Event, orphaned: asyncio.Event, hub: RunHub, network: Network
) -> ConnectError | None:
    """Wait for a signal, or until the owner has gone and no run is left that it told to outlive it.

    Returns:
        What an embedded network last said, if it was its end that ended the wait.
    """

    async def until_unwanted() -> None:
        await orphaned.wait()
        await hub.until_none_detached()

    async with asyncio.TaskGroup() as group:
        tasks: list[asyncio.Task[Any]] = [
            group.create_task(stop.wait(), name="serve:signal"),
            group.create_task(until_unwanted(), name="serve:owner"),
        ]
        if isinstance(network, EmbeddedNetwork):
            tasks.append(group.create_task(network.gone(), name="serve:network"))
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
    ended = [task.result() for task in tasks if not task.cancelled()]
    return next((result for result in ended if isinstance(result, ConnectError)), None)


def _network_text(topology: Topology, scraped_at: Address | None) -> str:
    """Say where the metrics are, and whom the server can reach."""
    lines: list[str] = []
    if scraped_at is not None:
        lines.append(f"metrics on http://{scraped_at}/metrics")
    if topology.scenario:
        lines.append(f"scenario {topology.scenario} (SIMULATED)")
    roles = {topology.source: "source", topology.target: "target"}
    width = max((len(name) for name in topology.node_names.values()), default=0)
    nodes = sorted(
        topology.node_names.items(), key=lambda item: (roles.get(item[0], "relay"), item[1]), reverse=True
    )
    lines += [f"{roles.get(key, 'relay')}  {name:<{width}}  {key}" for key, name in nodes]
    return "\n".join(lines)
