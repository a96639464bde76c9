"""A node on its own host, from its configuration to running."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from muxbw_tui.errors import ConnectError
from muxbw_tui.network import sockets
from muxbw_tui.network.acceptor import MAX_STRANGERS
from muxbw_tui.network.admission import Admission
from muxbw_tui.network.faults import Faults
from muxbw_tui.network.flow import READ_BYTES
from muxbw_tui.network.node import Node
from muxbw_tui.network.rendezvous import Attendance

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from muxbw_tui.network.node_config import NodeConfig

_DESCRIPTORS_PER_STRANGER = 4  # whoever was let in must find some: a route takes two here


@contextlib.asynccontextmanager
async def running_node(config: NodeConfig) -> AsyncIterator[Node]:
    """Run a node for the time of the block; its routes are reset at the end.

    Raises:
        ConnectError: its address cannot be listened on.
    """
    node = _make_node(config)
    async with contextlib.AsyncExitStack() as stack:
        stack.callback(node.close)  # for a node that was ended before it began
        group = await stack.enter_async_context(asyncio.TaskGroup())
        tasks = [group.create_task(node.serve(), name=f"node:{node.name}")]
        if config.attends_at is not None:
            attendance = Attendance(
                config.name,
                config.identity,
                topology=config.topology,
                hop=config.attends_at,
                adopt=node.adopt,
            )
            tasks.append(group.create_task(attendance.keep(), name=f"node:{node.name}:attendance"))
        try:
            yield node
        finally:
            for task in tasks:
                task.cancel()


def _make_node(config: NodeConfig) -> Node:
    try:
        return Node(
            config.name,
            config.identity,
            topology=config.topology,
            admission=Admission(config.identity.public_key, config.allowed),
            faults=Faults((), call_later=asyncio.get_running_loop().call_later),
            scratch=memoryview(bytearray(READ_BYTES)),
            listen=config.listen,
            max_strangers=min(MAX_STRANGERS, sockets.descriptor_limit() // _DESCRIPTORS_PER_STRANGER),
        )
    except OSError as exc:
        raise ConnectError(f"cannot listen on {config.listen}: {sockets.describe(exc)}") from exc
