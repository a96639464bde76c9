"""A server: one engine on one network, listening until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import logging
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from muxbw_tui.clock import SystemClock
from muxbw_tui.engine.engine import Engine
from muxbw_tui.errors import ConnectError
from muxbw_tui.network import sockets
from muxbw_tui.pb.muxbw_pb2_grpc import add_MuxControlServicer_to_server
from muxbw_tui.server.hub import RunHub
from muxbw_tui.server.ping_rpcs import PingRpcs
from muxbw_tui.server.security import (
    NO_CREDENTIALS,
    ServerCredentials,
    TokenInterceptor,
    add_port,
    brief_about_malformed_requests,
    check_listen_address,
)
from muxbw_tui.server.services import MuxControl, RunStreams

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from muxbw_tui.addresses import Address
    from muxbw_tui.network.base import Network
    from muxbw_tui.server.hub import Observer

log = logging.getLogger(__name__)

DEFAULT_LISTEN = "127.0.0.1:3435"
STOP_GRACE_S = 1.0
MAX_CONNECTIONS = 512
PING_SERVICE = "rpcgrpc.PingService"
CONTROL_SERVICE = "muxbw.v1.MuxControl"
_OPTIONS = (
    # Without it a second server on the port would be accepted, and share the calls with the first.
    ("grpc.so_reuseport", 0),
    # A client that vanished without a word is found out, and its run with it.
    ("grpc.keepalive_time_ms", 30_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    # However many connect, descriptors and memory are left for the routes; who asks for nothing is not kept.
    ("grpc.max_allowed_incoming_connections", MAX_CONNECTIONS),
    ("grpc.max_connection_idle_ms", 60_000),
    ("grpc.max_concurrent_streams", 128),
    # Requests are small, and who says nothing is not waited for.
    ("grpc.max_receive_message_length", 256 * 1024),
    ("grpc.server_handshake_timeout_ms", 10_000),
)


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that listens.

    Attributes:
        address: with the port that was chosen for 0.
        hub: its runs.
    """

    address: str
    hub: RunHub


@contextlib.asynccontextmanager
async def running_server(
    network: Network,
    listen: str,
    *,
    credentials: ServerCredentials = NO_CREDENTIALS,
    observers: Sequence[Observer] = (),
) -> AsyncIterator[RunningServer]:
    """Serve the engine on this network.

    Leaving ends every run and closes every connection; the network stays the caller's.

    Raises:
        UsageError: the address is none, or may not be listened on without TLS and authentication.
        ConnectError: the address cannot be listened on.
    """
    address = check_listen_address(listen, credentials)
    clock = SystemClock()
    interceptors = (TokenInterceptor(credentials.token),) if credentials.token else ()
    server = grpc.aio.server(options=_OPTIONS, interceptors=interceptors)
    bound = _bind(server, address, credentials)
    async with asyncio.TaskGroup() as group:
        hub = RunHub(Engine(network, clock=clock), group=group, clock=clock, observers=tuple(observers))
        healthy = await _add_services(server, hub)
        await server.start()
        try:
            with brief_about_malformed_requests():
                yield RunningServer(bound, hub)
        finally:
            await healthy.enter_graceful_shutdown()
            hub.stop_all()
            await server.stop(STOP_GRACE_S)
            hub.end_all()


async def _add_services(server: grpc.aio.Server, hub: RunHub) -> health.aio.HealthServicer:
    """Add every service; return the one that says whether the others serve."""
    streams = RunStreams(hub)
    handlers = streams.handlers() | PingRpcs(hub.engine).handlers()
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(PING_SERVICE, handlers),))
    add_MuxControlServicer_to_server(MuxControl(hub, streams), server)
    healthy = health.aio.HealthServicer()
    for service in (PING_SERVICE, CONTROL_SERVICE):
        await healthy.set(service, health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(healthy, server)
    services = (PING_SERVICE, CONTROL_SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME)
    reflection.enable_server_reflection(services, server)
    return healthy


def _bind(server: grpc.aio.Server, address: Address, credentials: ServerCredentials) -> str:
    if address.path:
        _make_way(Path(address.path))
    try:
        port = add_port(server, address, credentials)
    except RuntimeError as exc:
        raise ConnectError(f"cannot listen on {address}: {_why_not(address)}") from exc
    return str(address) if address.path else str(type(address)(host=address.host, port=port))


def _why_not(address: Address) -> str:
    """Ask the system why an address cannot be bound, and say what can be done: gRPC tells neither."""
    family = socket.AF_UNIX if address.path else socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with contextlib.closing(socket.socket(family)) as probe:
        try:
            probe.bind(address.path or (address.host, address.port))
        except OSError as exc:
            taken = ": another server is there" if exc.errno == errno.EADDRINUSE else ""
            return f"{sockets.describe(exc)}{taken}; --listen takes another address"
    return "the address cannot be bound"


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
