"""A relay that the source trusts too much, between a real source and a real target: what it cannot do."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.errors import SetUpError
from muxbw_tui.network import handshake, sockets
from muxbw_tui.network.dial import dial_route
from muxbw_tui.network.topology import hops_along, make_transport
from muxbw_tui.pb.muxbw_pb2 import Challenge, NodeRequest, SignedRequest, Topology
from tests.conftest import eventually
from tests.network.support import (
    HERE,
    OSAKA,
    RELAYED,
    THERE,
    lone_node,
    read_answer,
    read_challenge,
    read_signed,
)

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator

    from muxbw_tui.network.node import Node

pytestmark = pytest.mark.usefixtures("nothing_left")

# From the source's request to the relay, its request to the target, and the target's challenge: what the target gets.
Tamper = Callable[[SignedRequest, SignedRequest, Challenge], SignedRequest]


@contextlib.asynccontextmanager
async def hostile_relay(
    there: Node, tamper: Tamper, *, until: Callable[[], Awaitable[None]] | None = None
) -> AsyncIterator[Topology]:
    """Relay one route to the target, tampering with what the source signed; yields who can dial whom."""
    keys = {HERE.public_key: "here", OSAKA.public_key: "osaka", THERE.public_key: "there"}
    topology = Topology(source=HERE.public_key, target=THERE.public_key, node_names=keys)
    loop = asyncio.get_running_loop()

    async def serve(listener: socket.socket) -> None:
        near, _ = await loop.sock_accept(listener)
        with near, await sockets.connect(there.address) as far:
            mine = handshake.make_challenge(OSAKA.public_key)
            await sockets.send_message(near, handshake.encode(mine))
            to_relay, _ = await read_signed(near)
            challenge = await read_challenge(far)
            granted = handshake.sign_answer(OSAKA, to_relay, challenge=challenge)
            await sockets.send_message(near, handshake.encode(granted))
            to_target, _ = await read_signed(near)
            if until is not None:
                await until()
            with contextlib.suppress(EOFError, OSError):
                sent = tamper(to_relay, to_target, challenge)
                await sockets.send_message(far, handshake.encode(sent))
                await sockets.send_message(near, handshake.encode(await read_answer(far)))

    with sockets.listen(sockets.ANY_LOOPBACK_PORT) as listener:
        for one, other, address in (
            (HERE, OSAKA, sockets.address_of(listener)),
            (OSAKA, THERE, there.address),
        ):
            topology.transports.append(
                make_transport(one.public_key, other.public_key, kind="stcpr", address=address)
            )
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(serve(listener))
            yield topology
            serving.cancel()


async def dial(topology: Topology) -> socket.socket:
    """Set a route up through the relay."""
    hops = hops_along(topology, RELAYED)
    return await dial_route(topology, HERE, hops, run_id="run", route_index=0, timeout_s=10)


def untouched(_to_relay: SignedRequest, to_target: SignedRequest, _challenge: Challenge) -> SignedRequest:
    """Pass on what the source signed, as an honest relay does."""
    return to_target


def altered(_to_relay: SignedRequest, to_target: SignedRequest, _challenge: Challenge) -> SignedRequest:
    """Send the route elsewhere."""
    request = NodeRequest.FromString(to_target.request)
    request.set_up.hops.add(to=OSAKA.public_key)
    return SignedRequest(request=request.SerializeToString(), signature=to_target.signature)


def foreign(to_relay: SignedRequest, _to_target: SignedRequest, _challenge: Challenge) -> SignedRequest:
    """Use at the target what the source has signed for the relay."""
    return to_relay


def borrowed(_to_relay: SignedRequest, to_target: SignedRequest, challenge: Challenge) -> SignedRequest:
    """Ask as the relay itself, with the source's words."""
    request = NodeRequest.FromString(to_target.request)
    return handshake.sign_request(OSAKA, challenge, request)


async def test_what_the_source_signed_gets_through() -> None:
    """The refusals below would be worth nothing if this one failed too."""
    async with lone_node(identity=THERE) as there, hostile_relay(there, untouched) as topology:
        (await dial(topology)).close()
        await eventually(lambda: there.connection_count == 0)


@pytest.mark.parametrize(
    ("tamper", "logged"),
    [
        (altered, "a request forged or altered"),
        (foreign, f"{HERE.public_key} signed a request to another node"),
        (borrowed, f"the key {OSAKA.public_key} is not allowed"),
    ],
)
async def test_a_relay_gets_nothing_from_the_target_but_what_the_source_signed(
    tamper: Tamper, logged: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Being let in on the way must not mean being let in at its end."""
    async with lone_node(identity=THERE) as there, hostile_relay(there, tamper) as topology:
        with pytest.raises(SetUpError, match=r"^there refused the route$"):
            await dial(topology)

    assert any("refused 127.0.0.1:" in line and logged in line for line in caplog.messages)


async def test_a_relay_cannot_use_a_route_that_it_has_carried_again(caplog: pytest.LogCaptureFixture) -> None:
    """It has seen every byte of a set-up that was granted, and the source may have limits to spend."""
    heard: list[SignedRequest] = []

    def replayed(to_relay: SignedRequest, to_target: SignedRequest, challenge: Challenge) -> SignedRequest:
        heard.append(untouched(to_relay, to_target, challenge))
        return heard[0]

    async with lone_node(identity=THERE) as there:
        async with hostile_relay(there, replayed) as topology:
            (await dial(topology)).close()
        async with hostile_relay(there, replayed) as topology:
            with pytest.raises(SetUpError, match=r"^there refused the route$"):
                await dial(topology)

    assert any("a request replayed" in line for line in caplog.messages)


async def test_a_relay_cannot_keep_a_signature_for_later(caplog: pytest.LogCaptureFixture) -> None:
    """What the source asks for now, it does not ask for at midnight."""
    caplog.set_level(logging.INFO)

    async def too_late() -> None:
        await eventually(lambda: there.connection_count == 0)

    async with (
        lone_node(identity=THERE, challenge_lifetime_s=0.05) as there,
        hostile_relay(there, untouched, until=too_late) as topology,
    ):
        with pytest.raises(SetUpError, match=r"^set-up through there broke"):
            await dial(topology)

    assert any("no answer to the challenge within 0.05 s" in line for line in caplog.messages)
