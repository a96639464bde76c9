"""`keygen` and `node` as an operator starts them: processes, files and signals."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.errors import ExitCode, SetUpError
from muxbw_tui.network import handshake
from muxbw_tui.network.identity import Identity, load_identity
from muxbw_tui.network.static import StaticNetwork
from muxbw_tui.network.topology import hops_along
from muxbw_tui.pb.muxbw_pb2 import SetUpAnswer
from tests.cli.conftest import PROGRAM, run_program, wait_until
from tests.network.support import echo, frame

if TYPE_CHECKING:
    from collections.abc import Iterator

RELAY = """
name = "osaka"
key_file = "osaka.key"
listen = "127.0.0.3:0"
allow = ["{source}"]
[[transport]]
key = "{target}"
address = "{address}"
name = "target"
"""
TARGET = """
name = "target"
key_file = "target.key"
listen = "127.0.0.5:0"
allow = ["{source}"]
"""
NETWORK = """
source = "source"
target = "target"
transports = "all"
[[node]]
name = "source"
key = "{source}"
[[node]]
name = "osaka"
key = "{osaka}"
address = "{osaka_address}"
[[node]]
name = "target"
key = "{target}"
address = "{target_address}"
"""


def keygen(name: str) -> str:
    """Make a key as an operator does, and return its public half."""
    made = run_program("keygen", f"{name}.key")
    assert made.returncode == ExitCode.OK, made.stderr
    return made.stdout.strip()


@contextlib.contextmanager
def running(
    name: str, text: str, *, descriptors: int | None = None
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a node from a file of this text, with so many descriptors; yields the process and where it listens."""
    Path(f"{name}.toml").write_text(text)
    log = Path(f"{name}.log")
    with log.open("w") as stderr:
        command = [*PROGRAM, "node", "--config", f"{name}.toml"]
        if descriptors is not None:
            command = ["sh", "-c", f'ulimit -n {descriptors}; exec "$@"', "sh", *command]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True)
    try:
        assert process.stdout is not None
        listening = re.fullmatch(r"listening on (\S+)\n", process.stdout.readline())
        assert listening, log.read_text()
        yield process, listening[1]
    finally:
        process.kill()
        process.communicate()


def test_a_new_key_is_in_the_file_and_its_public_half_on_stdout() -> None:
    """`KEY=$(muxbw-tui keygen …)` must hold the key and nothing else."""
    key = keygen("osaka")

    assert load_identity(Path("osaka.key")).public_key == key
    again = run_program("keygen", "osaka.key")
    assert (again.returncode, again.stdout) == (ExitCode.USAGE, "")
    assert "osaka.key: there is a file already" in again.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_node_says_where_it_is_and_ends_on_a_signal(number: signal.Signals) -> None:
    """A service manager starts it, reads a line, and stops it."""
    key = keygen("target")
    with running("target", TARGET.format(source=Identity.generate().public_key)) as (process, address):
        assert process.stdout is not None
        rest = [process.stdout.readline() for _ in range(2)]
        process.send_signal(number)
        status = process.wait(timeout=10)

    assert address.startswith("127.0.0.5:")
    assert rest == [f"node  target  {key}\n", "allows 1 key\n"]
    assert status == ExitCode.OK
    assert Path("target.log").read_text() == ""


def test_a_source_measures_over_nodes_of_their_own() -> None:
    """An allowed key runs over hosts that share nothing but keys; a wrong one is refused, and logged."""
    source, osaka, target = keygen("source"), keygen("osaka"), keygen("target")
    with running("target", TARGET.format(source=source)) as (_, target_address):
        relay = RELAY.format(source=source, target=target, address=target_address)
        with running("osaka", relay) as (_, osaka_address):
            addresses = {"osaka_address": osaka_address, "target_address": target_address}
            text = NETWORK.format(source=source, osaka=osaka, target=target, **addresses)
            Path("network.toml").write_text(text)
            network = StaticNetwork.load(Path("network.toml"), Path("source.key"))
            assert asyncio.run(_measures(network))

            stranger = keygen("stranger")
            Path("network.toml").write_text(text.replace(source, stranger))
            network = StaticNetwork.load(Path("network.toml"), Path("stranger.key"))
            with pytest.raises(SetUpError, match=r"^osaka refused the route$"):
                asyncio.run(_measures(network))
    assert f"the key {stranger} is not allowed" in Path("osaka.log").read_text()


def test_silent_connections_leave_descriptors_for_those_who_are_let_in() -> None:
    """Where a process may have few, strangers could hold all of them, and the relay dial nobody."""
    source, osaka, target = keygen("source"), keygen("osaka"), keygen("target")
    with running("target", TARGET.format(source=source)) as (_, target_address):
        relay = RELAY.format(source=source, target=target, address=target_address)
        with running("osaka", relay, descriptors=100) as (_, osaka_address), contextlib.ExitStack() as stack:
            host, _, port = osaka_address.rpartition(":")
            for _ in range(150):
                stack.enter_context(socket.create_connection((host, int(port))))
            addresses = {"osaka_address": osaka_address, "target_address": target_address}
            Path("network.toml").write_text(
                NETWORK.format(source=source, osaka=osaka, target=target, **addresses)
            )
            network = StaticNetwork.load(Path("network.toml"), Path("source.key"))
            assert asyncio.run(
                _measures(network, timeout_s=5)
            )  # before the first stranger's ten seconds are over
    assert "the oldest of 25 connections" in Path("osaka.log").read_text()


def test_what_a_peer_says_is_one_line_of_the_log_and_no_more() -> None:
    """A forged line would lead the operator astray, and an escape sequence take his terminal over."""
    forged = "\x1b]0;owned\x07\n2026-01-01 00:00:00,000 INFO cabin: all is well"
    osaka, _ = Identity.generate(), keygen("cabin")
    with socket.create_server(("127.0.0.1", 0)) as rendezvous:
        Path("cabin.toml").write_text(
            f'name = "cabin"\nkey_file = "cabin.key"\nrendezvous = "{osaka.public_key}"\n'
            f'[[transport]]\nkey = "{osaka.public_key}"\naddress = "127.0.0.1:{rendezvous.getsockname()[1]}"\n'
        )
        command = [*PROGRAM, "node", "--config", "cabin.toml"]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as cabin:
            session, _ = rendezvous.accept()
            with session:
                session.sendall(handshake.encode(handshake.make_challenge(osaka.public_key)))
                session.recv(handshake.MAX_MESSAGE_BYTES)
                session.sendall(handshake.encode(SetUpAnswer(error=forged)))
            assert cabin.stderr is not None
            line = cabin.stderr.readline()
            cabin.terminate()
            rest = cabin.stderr.read()

    assert "WARNING cabin: no session with" in line
    assert "all is well" in line
    assert line[:-1].isprintable()
    assert "all is well" not in rest


async def _measures(network: StaticNetwork, *, timeout_s: float = 10) -> bool:
    hops = hops_along(network.topology, ("source", "osaka", "target"))
    with await network.dial(hops, run_id="run", route_index=0, timeout_s=timeout_s) as sock:
        return await echo(sock, frame(100_000)) == frame(100_000)


def test_a_node_whose_key_others_can_read_does_not_start() -> None:
    """It must be seen at once, not when somebody has used it."""
    keygen("target")
    Path("target.key").chmod(0o644)
    Path("target.toml").write_text(TARGET.format(source=Identity.generate().public_key))

    started = run_program("node", "--config", "target.toml")

    assert started.returncode == ExitCode.USAGE
    assert re.search(
        r"^Error: \S*target\.key: others may read the key \(mode 0644\)", started.stderr, re.MULTILINE
    )


def test_an_address_that_is_taken_ends_the_node_with_words() -> None:
    """Two of them on one port would share its callers."""
    keygen("target")
    text = TARGET.format(source=Identity.generate().public_key)
    with running("target", text) as (_, address):
        Path("second.toml").write_text(text.replace("127.0.0.5:0", address))
        second = run_program("node", "--config", "second.toml")

    assert second.returncode == ExitCode.CONNECTION
    assert second.stderr == f"Error: cannot listen on {address}: address already in use\n"


def test_a_node_ends_its_routes_when_it_ends() -> None:
    """A source must see a relay go, not wait for it."""
    source, target = keygen("source"), keygen("target")
    with running("target", TARGET.format(source=source)) as (process, address):
        text = NETWORK.format(
            source=source,
            target=target,
            osaka=Identity.generate().public_key,
            osaka_address=address,
            target_address=address,
        )
        Path("network.toml").write_text(text)
        network = StaticNetwork.load(Path("network.toml"), Path("source.key"))
        assert asyncio.run(_sees_the_end(network, process))


async def _sees_the_end(network: StaticNetwork, process: subprocess.Popen[str]) -> bool:
    hops = hops_along(network.topology, ("source", "target"))
    with await network.dial(hops, run_id="run", route_index=0, timeout_s=10) as sock:
        os.kill(process.pid, signal.SIGTERM)
        wait_until(lambda: process.poll() is not None)
        try:
            return not await asyncio.get_running_loop().sock_recv(sock, 1)
        except ConnectionResetError:
            return True


READY = """
wait_for() { until [ "$(grep -c "$1" out)" -ge "$2" ]; do sleep 0.05; done; }
"""
WAITS = (
    "wait_for '^allows' 3; wait_for '^listening on 127.0.0.2' 1",
    "wait_for '^allows' 4",
    "wait_for '^listening on 127.0.0.2' 2; until grep -q 'attends at osaka' cabin.log; do sleep 0.05; done",
    "wait_for '^allows' 9; wait_for '^listening on 127.0.0.2' 4; wait_for '^listening on 127.0.0.5' 3",
)


def test_the_commands_of_the_page_lead_to_a_measured_run() -> None:
    """An operator pastes them; the page is worth what they do."""
    page = (Path(__file__).parents[2] / "docs" / "between-hosts.md").read_text(encoding="utf-8")
    script = READY + "\n".join(re.findall(r"^```sh\n(.*?)^```", page, re.DOTALL | re.MULTILINE))
    for wait in WAITS:
        script = script.replace("sleep 3\n", f"{wait}\n", 1)
    script = script.replace("-d 10s", "-d 500ms").replace(":7000", f":{free_port()}")
    script = script.replace(":3435", f":{free_port()}")
    Path("muxbw-tui").write_text(f'#!/bin/sh\nexec {" ".join(PROGRAM)} "$@"\n')
    Path("muxbw-tui").chmod(0o755)
    environment = os.environ | {"PATH": f"{Path.cwd()}:{os.environ['PATH']}"}

    with Path("out").open("w") as output:
        shell = subprocess.Popen(
            [shutil.which("bash") or "bash", "-e", "-c", script],
            stdout=output,
            stderr=output,
            env=environment,
            start_new_session=True,
        )
    try:
        status = shell.wait(timeout=50)
    finally:
        with contextlib.suppress(ProcessLookupError):  # none of its nodes is left
            os.killpg(shell.pid, signal.SIGKILL)

    said = Path("out").read_text()
    assert status == ExitCode.OK, said
    assert "sleep 3" not in script
    assert len(re.findall(r"^R\d  ✓ finished", said, re.MULTILINE)) == 8, said
    assert "R0 source→target" in said
    assert "source→osaka→cabin" in said
    assert "target→osaka→source" in said


def free_port() -> int:
    """Return a port that nobody listens on, on any of the loopback addresses."""
    with socket.create_server(("", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
