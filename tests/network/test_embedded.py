"""The embedded network's process: comes up, answers, and never outlives who started it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.errors import ConnectError, ScenarioError
from muxbw_tui.network import embedded, sockets
from muxbw_tui.network.embedded import EmbeddedNetwork
from muxbw_tui.network.keys import is_public_key
from muxbw_tui.network.topology import find_node, hops_along
from tests.network.support import HERE, RELAYED, THERE, TWO_HOPS, echo, frame

if TYPE_CHECKING:
    from pathlib import Path

    from muxbw_tui.network.base import Network

pytestmark = pytest.mark.usefixtures("nothing_left")

PARENT = """
import asyncio, sys
from muxbw_tui.network.embedded import EmbeddedNetwork
async def main():
    network = await EmbeddedNetwork.start(sys.argv[1])
    print(network.topology.transports[0].address, flush=True)
    await asyncio.sleep(3600)
asyncio.run(main())
"""


@pytest.fixture
def two_hops(tmp_path: Path) -> str:
    """Return the path of a small scenario without delays."""
    path = tmp_path / "two-hops.toml"
    path.write_text(TWO_HOPS)
    return str(path)


def is_running(pid: int) -> bool:
    """Return whether a child of this process is there, dead or alive."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def is_listening(address: str) -> bool:
    """Return whether somebody takes connections there."""
    try:
        (await sockets.connect(address)).close()
    except OSError:
        return False
    return True


async def test_a_network_comes_up_carries_a_route_counts_and_goes(two_hops: str) -> None:
    """It is all that the engine asks of it, in order."""
    async with await EmbeddedNetwork.start(two_hops) as started:
        network: Network = started  # it fulfils the protocol, or mypy says so
        topology = network.topology
        faults = await network.pump_starts("run")
        hops = hops_along(topology, RELAYED)
        with await network.dial(hops, run_id="run", route_index=0, timeout_s=10) as sock:
            assert await echo(sock, frame(5000)) == frame(5000)
        counters = await network.counters()
        await network.run_ended("run")
        pid = started.pid

    osaka = find_node(topology, "osaka")
    assert topology.scenario == "two hops"
    assert (topology.source, topology.target) == (HERE.public_key, THERE.public_key)
    assert all(map(is_public_key, topology.node_names))
    assert not faults.no_entry
    assert [node.bytes_to_target for node in counters.nodes if node.key == osaka] == [5000]
    assert not is_running(pid)


async def test_questions_at_once_get_each_its_own_answer(two_hops: str) -> None:
    """Two runs may begin in the same moment."""
    async with await EmbeddedNetwork.start(two_hops) as network:
        answers = await asyncio.gather(
            network.counters(), network.pump_starts("a"), network.run_ended("a"), network.counters()
        )

    assert len(answers[0].links) == len(answers[3].links) == 6


async def test_closing_twice_is_fine(two_hops: str) -> None:
    """The engine closes on every way out."""
    network = await EmbeddedNetwork.start(two_hops)
    await network.close()
    await network.close()

    with pytest.raises(ProcessLookupError):
        os.kill(network.pid, 0)


@pytest.mark.parametrize("question", ["counters", "pump_starts"])
async def test_a_network_that_is_gone_says_so(two_hops: str, question: str) -> None:
    """A killed child must become an error with a reason, not a wait."""
    async with await EmbeddedNetwork.start(two_hops) as network:
        os.kill(network.pid, signal.SIGKILL)

        with pytest.raises(ConnectError, match="embedded network's process has ended"):
            await (network.counters() if question == "counters" else network.pump_starts("run"))
        await network.run_ended("run")


async def test_a_bad_scenario_is_refused_before_a_process_is_started() -> None:
    """The reason must reach the operator as it is, not as a child's last words."""
    with pytest.raises(ScenarioError, match="nosuch"):
        await EmbeddedNetwork.start("nosuch")


async def test_a_child_that_dies_at_the_start_leaves_its_last_words(
    two_hops: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What went wrong is in its standard error, and nowhere else."""
    monkeypatch.setenv("PYTHONHASHSEED", "no such seed")
    with pytest.raises(ConnectError, match="PYTHONHASHSEED"):
        await EmbeddedNetwork.start(two_hops)


async def test_a_child_that_says_something_else_is_an_error_at_once() -> None:
    """What is printed on the wrong stream must not look like a network that takes its time."""
    child = embedded._Child()
    answer = child.expect(1)

    child.pipe_data_received(1, b"\xff\xff\xff\xff\xff not a message")

    with pytest.raises(ConnectError, match="cannot be understood"):
        await answer


async def test_a_child_that_does_not_come_up_is_given_up(
    two_hops: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that is out of memory must not leave the dashboard waiting."""
    monkeypatch.setattr(embedded, "START_TIMEOUT_S", 0.0)
    with pytest.raises(ConnectError, match="did not come up"):
        await EmbeddedNetwork.start(two_hops)


async def test_cancelling_the_start_leaves_no_process(two_hops: str) -> None:
    """An operator who quits at once must not leave a network behind; nothing_left looks at its pipes."""
    for steps in (0, 1, 2, 5, 20):
        starting = asyncio.ensure_future(EmbeddedNetwork.start(two_hops))
        for _ in range(steps):
            await asyncio.sleep(0)
        starting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await (await starting).close()


async def test_ctrl_c_does_not_reach_the_network(two_hops: str) -> None:
    """The run's orderly end needs a network that is still there."""
    async with await EmbeddedNetwork.start(two_hops) as network:
        assert os.getsid(network.pid) == network.pid
        os.kill(network.pid, signal.SIGINT)

        assert len((await network.counters()).nodes) == 3


async def test_the_network_ends_when_its_parent_is_killed(two_hops: str) -> None:
    """No orphan may survive, even when nobody could tell it to stop."""
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", PARENT, two_hops, stdout=asyncio.subprocess.PIPE
    )
    assert parent.stdout is not None
    address = (await parent.stdout.readline()).decode().strip()
    assert await is_listening(address)

    parent.kill()
    await parent.wait()

    async with asyncio.timeout(10):
        while await is_listening(address):
            await asyncio.sleep(0.01)
