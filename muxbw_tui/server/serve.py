"""A server: one engine on one network, listening on loopback or a unix socket until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import grpc

from muxbw_tui.clock import SystemClock
from muxbw_tui.engine.engine import Engine
from muxbw_tui.errors import ConnectError, UsageError
from muxbw_tui.pb.muxbw_pb2_grpc import add_MuxControlServicer_to_server
from muxbw_tui.server.hub import RunHub
from muxbw_tui.server.services import MuxControl, PingService

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from muxbw_tui.network.base import Network

log = logging.getLogger(__name__)

DEFAULT_LISTEN = "127.0.0.1:3435"
MAX_UNIX_PATH = 107
MAX_PORT = 65_535
STOP_GRACE_S = 1.0


def check_listen_address(address: str) -> str:
    """Return the address to listen on, `unix:PATH` or loopback `HOST:PORT`.

    Raises:
        UsageError: it is neither, or it would be open to other hosts.
    """
    if address.startswith("unix:"):
        path = address.removeprefix("unix:").removeprefix("//")
        if not path:
            raise UsageError("--listen unix: needs a path: unix:/run/user/1000/muxbw.sock")
        if len(path.encode()) > MAX_UNIX_PATH:
            raise UsageError(f"--listen {address}: a unix socket's path has at most {MAX_UNIX_PATH} bytes")
        return f"unix:{path}"
    host, colon, port = address.rpartition(":")
    host = host.strip("[]")
    if not colon or not port.isdigit() or int(port) > MAX_PORT:
        raise UsageError(f"--listen {address}: write 127.0.0.1:PORT, [::1]:PORT or unix:PATH")
    if not _is_loopback(host):
        raise UsageError(
            f"--listen {address}: only loopback (127.0.0.1, [::1]) or a unix socket can be served: there is no "
            "authentication yet, and whoever reaches the port would control the engine"
        )
    return address


@contextlib.asynccontextmanager
async def running_server(network: Network, address: str) -> AsyncIterator[str]:
    """Serve the engine on this network; yields the address listened on, with the port that was chosen for 0.

    Leaving ends every run and closes every connection; the network stays the caller's.

    Raises:
        ConnectError: the address cannot be listened on.
    """
    clock = SystemClock()
    # Without the option a second server on the port would be accepted, and share the calls with the first.
    server = grpc.aio.server(options=(("grpc.so_reuseport", 0),))
    bound = _bind(server, address)
    async with asyncio.TaskGroup() as group:
        hub = RunHub(Engine(network, clock=clock), group=group, clock=clock)
        server.add_generic_rpc_handlers((PingService(hub).handler(),))
        add_MuxControlServicer_to_server(MuxControl(hub), server)
        await server.start()
        try:
            yield bound
        finally:
            hub.stop_all()
            await server.stop(STOP_GRACE_S)
            hub.end_all()


def _bind(server: grpc.aio.Server, address: str) -> str:
    if address.startswith("unix:"):
        _make_way(Path(address.removeprefix("unix:")))
    try:
        port = server.add_insecure_port(address)
    except RuntimeError as exc:
        raise ConnectError(
            f"cannot listen on {address}: another server is there, or the address cannot be bound"
        ) from exc
    if address.startswith("unix:"):
        return address
    return f"{address.rpartition(':')[0]}:{port}"


def _make_way(path: Path) -> None:
    """Remove a socket that a server left behind; gRPC would take over one that is still served, without a word.

    Raises:
        ConnectError: a server answers there, or something else has the name.
    """
    with contextlib.closing(socket.socket(socket.AF_UNIX)) as probe:
        try:
            probe.connect(str(path))
        except FileNotFoundError:
            return
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
        except OSError as exc:
            raise ConnectError(f"cannot listen on unix:{path}: {(exc.strerror or str(exc)).lower()}") from exc
    raise ConnectError(f"cannot listen on unix:{path}: another server is there")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
