"""The program as its users start it: a process of its own, with pipes or a terminal."""

from __future__ import annotations

import contextlib
import io
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

import pytest

from muxbw_tui.cli.main import main

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PROGRAM = (sys.executable, "-m", "muxbw_tui")
DEADLINE_S = 40.0

QUICK = """
name = "quick"
seed = 3
source = "here"
target = "there"
""" + "".join(
    f'[[node]]\nname = "{relay}"\n'
    + "".join(
        f'[[link]]\nbetween = ["{end}", "{relay}"]\nkind = "stcpr"\ndelay_ms = {delay}\nrate_mbps = 40\n'
        for end in ("here", "there")
    )
    for delay, relay in ((2, "osaka"), (3, "tokyo"))
)
RESET_AND_HEAL = '[[fault]]\nat_s = 0.3\nroute = 1\nkind = "reset"\nfor_s = 0.5\n'


def run_program(*args: str) -> subprocess.CompletedProcess[str]:
    """Run the program to its end without a terminal, its output captured."""
    return subprocess.run(
        [*PROGRAM, *args],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE_S,
    )


def run_on_a_full_disk(*args: str) -> subprocess.CompletedProcess[str]:
    """Run the program to its end with a stdout that takes nothing."""
    with Path("/dev/full").open("w") as full:
        return subprocess.run(
            [*PROGRAM, *args],
            stdin=subprocess.DEVNULL,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=DEADLINE_S,
        )


def run_here(*args: str) -> subprocess.CompletedProcess[str]:
    """Run the program in this process: for what needs no engine and no signal, at a tenth of the time."""
    output, errors = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "argv", ["muxbw-tui", *args]),
        contextlib.redirect_stdout(output),
        contextlib.redirect_stderr(errors),
        pytest.raises(SystemExit) as left,
    ):
        main()
    assert isinstance(left.value.code, int)
    return subprocess.CompletedProcess(args, left.value.code, output.getvalue(), errors.getvalue())


_servers: dict[str, subprocess.Popen[str]] = {}


@contextlib.contextmanager
def serving(*args: str) -> Iterator[str]:
    """Run `serve` on a free port, or as told, for the time of the block; yields its address."""
    listen = () if "--listen" in args else ("--listen", "127.0.0.1:0")
    server = subprocess.Popen([*PROGRAM, "serve", *args, *listen], stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    try:
        address = server.stdout.readline().removeprefix("listening on ").strip()
        _servers[address] = server
        yield address
    finally:
        server.terminate()
        server.wait(DEADLINE_S)
        server.stdout.close()


def stop_serving(address: str) -> None:
    """Ask a server to end, as Ctrl+C does."""
    _servers[address].send_signal(signal.SIGINT)


def wait_until(condition: Callable[[], bool], *, seconds: float = 10.0) -> None:
    """Wait for a condition of another process; fail after so many seconds."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not come true"
        time.sleep(0.02)


def descendants(pid: int) -> set[int]:
    """Return the process ids of all children of a process, and of theirs."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = int(fields[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def is_alive(pid: int) -> bool:
    """Return whether the process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Return the address of a server with two short routes: for tests to whom it matters not whose engine it is."""
    path = tmp_path_factory.mktemp("network") / "quick.toml"
    path.write_text(QUICK)
    with serving("--scenario", str(path)) as address:
        yield address


@pytest.fixture
def quick(tmp_path: Path) -> str:
    """Return a scenario of two short routes, the second of which is reset after 0.3 s and heals."""
    path = tmp_path / "quick.toml"
    path.write_text(QUICK + RESET_AND_HEAL)
    return str(path)


@pytest.fixture(autouse=True)
def runtime_directory(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Keep the sockets of engines apart from the user's own, below a path that is short enough for them."""
    with tempfile.TemporaryDirectory(prefix="mb-", dir="/tmp") as directory:
        monkeypatch.setenv("XDG_RUNTIME_DIR", directory)
        yield Path(directory)


@pytest.fixture(autouse=True)
def own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run in an empty directory, with the project importable, and nothing that the user has configured."""
    monkeypatch.chdir(tmp_path)
    for variable in os.environ:
        if variable.startswith("MUXBW_"):
            monkeypatch.delenv(variable)
    monkeypatch.setenv("MUXBW_CONFIG", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [str(Path(__file__).parents[2])])))
