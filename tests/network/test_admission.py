"""Who gets into a node, and who does not: over real sockets, with what the log and the caller are told."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.errors import SetUpError
from muxbw_tui.network import handshake, sockets
from muxbw_tui.network.dial import dial_route
from muxbw_tui.network.local import local_network
from muxbw_tui.network.topology import hops_along
from muxbw_tui.pb.muxbw_pb2 import NodeRequest, SetUp, SetUpAnswer, SignedRequest
from tests.conftest import eventually
from tests.network.support import (
    HERE,
    OSAKA,
    RELAYED,
    STRANGER,
    THERE,
    echo,
    frame,
    how_it_ends,
    lone_node,
    read_answer,
    read_challenge,
    receive_exactly,
    relayed,
    scenario,
    send_set_up,
)

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from muxbw_tui.network.identity import Identity

pytestmark = pytest.mark.usefixtures("nothing_left")

UNIFORM = SetUpAnswer(failed_at=OSAKA.public_key)
SET_UP = SetUp(run_id="run", timeout_ns=10**10)


async def is_refused(sock: socket.socket) -> bool:
    """Return whether a node says no, no more than that, and closes."""
    return await read_answer(sock) == UNIFORM and await how_it_ends(sock) == "closed"


def logged(caplog: pytest.LogCaptureFixture, words: str) -> bool:
    """Return whether a refusal was logged with these words."""
    return any("refused" in record.message and words in record.message for record in caplog.records)


async def send(sock: socket.socket, signed: SignedRequest) -> None:
    """Send a signed request as it is."""
    await sockets.send_message(sock, handshake.encode(signed))


async def test_a_key_that_is_allowed_gets_its_route() -> None:
    """All the refusals below would be worth nothing if this one failed too."""
    async with lone_node() as node:
        with await sockets.connect(node.address) as sock:
            signed = await send_set_up(sock)
            answer = await read_answer(sock)

            assert handshake.proves(answer, key=OSAKA.public_key, signed=signed)
            assert await echo(sock, frame(5000)) == frame(5000)


async def test_a_key_that_is_not_allowed_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    """Otherwise whoever finds the port could spend the operator's bandwidth."""
    async with lone_node() as node:
        with await sockets.connect(node.address) as sock:
            await send_set_up(sock, by=STRANGER)

            assert await is_refused(sock)
    assert logged(caplog, f"the key {STRANGER.public_key} is not allowed")


async def test_a_node_without_an_allow_list_talks_to_itself_alone() -> None:
    """A node that was started with half a configuration must not serve everybody."""
    async with lone_node(allowed={}) as node:
        with await sockets.connect(node.address) as sock:
            await send_set_up(sock, by=HERE)
            assert await is_refused(sock)
        with await sockets.connect(node.address) as sock:
            await send_set_up(sock, by=OSAKA)
            assert (await read_answer(sock)).ok


async def test_a_replayed_set_up_is_refused(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever listens on the way must not be able to come again with what he heard."""
    async with lone_node() as node:
        with await sockets.connect(node.address) as sock:
            heard = await send_set_up(sock)
            assert (await read_answer(sock)).ok

        with await sockets.connect(node.address) as sock:
            await read_challenge(sock)
            await send(sock, heard)

            assert await is_refused(sock)
    assert logged(caplog, "a request replayed")


def _longer(request: NodeRequest) -> None:
    request.set_up.hops.add(to=THERE.public_key)


def _elsewhere(request: NodeRequest) -> None:
    request.set_up.route_index += 1


def _other_run(request: NodeRequest) -> None:
    request.set_up.run_id = "another"


def _other_caller(request: NodeRequest) -> None:
    request.caller = OSAKA.public_key


@pytest.mark.parametrize("alter", [_longer, _elsewhere, _other_run, _other_caller])
async def test_an_altered_set_up_is_refused(
    alter: Callable[[NodeRequest], None], caplog: pytest.LogCaptureFixture
) -> None:
    """A relay must not be able to send a route elsewhere, or to borrow another's name."""
    async with lone_node() as node:
        with await sockets.connect(node.address) as sock:
            challenge = await read_challenge(sock)
            signed = handshake.sign_request(HERE, challenge, NodeRequest(set_up=SET_UP))
            request = NodeRequest.FromString(signed.request)
            alter(request)
            signed.request = request.SerializeToString()
            await send(sock, signed)

            assert await is_refused(sock)
    assert logged(caplog, "forged or altered")


async def test_a_set_up_that_was_signed_for_another_node_is_refused(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A node that is asked must not be able to pass the signature on and act as the source elsewhere."""
    async with lone_node() as node:
        with await sockets.connect(node.address) as sock:
            challenge = await read_challenge(sock)
            challenge.key = THERE.public_key
            await send_set_up(sock, challenge=challenge)

            assert await is_refused(sock)
    assert logged(caplog, "signed a request to another node")


async def test_an_answer_that_comes_too_late_is_not_taken(caplog: pytest.LogCaptureFixture) -> None:
    """A challenge is good for seconds, so that nothing can be prepared for later."""
    caplog.set_level(logging.INFO)
    async with lone_node(challenge_lifetime_s=0.05) as node:
        with await sockets.connect(node.address) as sock:
            challenge = await read_challenge(sock)
            await eventually(lambda: not node.connection_count)

            with contextlib.suppress(ConnectionError):
                await send_set_up(sock, challenge=challenge)
            assert await how_it_ends(sock) in ("closed", "reset")
            assert node.connection_count == 0
    assert any("no answer to the challenge within 0.05 s" in record.message for record in caplog.records)


async def test_a_second_request_on_one_challenge_is_no_request() -> None:
    """What comes behind the first one is the route's, and no frame."""
    async with lone_node() as node:
        with await sockets.connect(node.address) as sock:
            signed = await send_set_up(sock)
            assert (await read_answer(sock)).ok
            await send(sock, signed)

            assert await how_it_ends(sock) == "reset"


@pytest.mark.parametrize("request_", [NodeRequest(), NodeRequest(set_up=SetUp(timeout_ns=-1))])
async def test_a_request_for_nothing_known_is_refused(request_: NodeRequest) -> None:
    """A newer caller must get an answer, not silence."""
    async with lone_node() as node:
        with await sockets.connect(node.address) as sock:
            await send(sock, handshake.sign_request(HERE, await read_challenge(sock), request_))

            assert await is_refused(sock)


async def test_the_caller_learns_the_same_whatever_the_reason() -> None:
    """A different answer to a wrong key and to a wrong signature would tell which keys are allowed."""
    answers = []
    async with lone_node() as node:
        for forger in (HERE, STRANGER):
            with await sockets.connect(node.address) as sock:
                signed = handshake.sign_request(
                    forger, await read_challenge(sock), NodeRequest(set_up=SET_UP)
                )
                signed.signature = OSAKA.sign(b"something else")
                await send(sock, signed)
                answers.append(await receive_exactly(sock, 4096))
        with await sockets.connect(node.address) as sock:
            await send_set_up(sock, by=STRANGER)
            answers.append(await receive_exactly(sock, 4096))

    assert answers == [handshake.encode(UNIFORM)] * 3
    assert not any(HERE.public_key.encode() in answer for answer in answers)


@pytest.mark.parametrize(("by", "refused_by"), [(HERE, None), (STRANGER, "osaka")])
async def test_every_node_of_a_path_asks_for_the_source_s_own_signature(
    by: Identity, refused_by: str | None
) -> None:
    """A relay that is let in must not be able to let others in with it."""
    async with local_network(scenario()) as network:
        hops = hops_along(network.topology, RELAYED)
        dialling = dial_route(network.topology, by, hops, run_id="run", route_index=0, timeout_s=10)
        if refused_by is None:
            (await dialling).close()
        else:
            with pytest.raises(SetUpError, match=rf"^{refused_by} refused the route$"):
                await dialling


async def test_a_target_refuses_a_source_that_its_relay_allows() -> None:
    """Each node has its own list, and the last one counts as much as the first."""
    async with relayed(at_there={}) as (topology, nodes):
        hops = hops_along(topology, RELAYED)
        with pytest.raises(SetUpError, match=r"^there refused the route$") as raised:
            await dial_route(topology, HERE, hops, run_id="run", route_index=0, timeout_s=10)
        await eventually(lambda: not any(node.connection_count for node in nodes))

    assert raised.value.failed_at == THERE.public_key
