"""Runs that outlive the command that started them: `--detach`, `runs`, `attach`; as processes."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.conftest import DEADLINE_S, is_alive, run_here, run_program, serving, wait_until
from tests.cli.terminal import terminal

if TYPE_CHECKING:
    from collections.abc import Iterator


def start_detached(*args: str) -> str:
    """Start a run that is left to itself; return its id."""
    result = run_program("run", "--detach", "--scenario", "healthy", *args)
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def runs(*args: str) -> list[dict[str, Any]]:
    """Return what `runs --json` lists."""
    return [json.loads(line) for line in run_program("runs", "--json", *args).stdout.splitlines()]


@pytest.fixture(autouse=True)
def no_engine_left(runtime_directory: Path) -> Iterator[None]:
    """End what a test that failed would leave behind, and see that a test that passed left nothing."""
    yield
    engines = list(runtime_directory.glob("muxbw-tui/*"))
    left = runs() if engines else []
    for run in left:
        run_program("runs", "--stop", run["run_id"])
    assert left == []
    wait_until(lambda: not list(runtime_directory.glob("muxbw-tui/*")))


def engine_pids() -> set[int]:
    """Return the engines on sockets of the test's runtime directory."""
    found = set()
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            words = (entry / "cmdline").read_bytes()
            if os.environ["XDG_RUNTIME_DIR"].encode() in words and b"serve" in words:
                found.add(int(entry.name))
    return found


def test_a_detached_run_outlives_its_command_until_it_is_done() -> None:
    """The engine stays for the run alone, and then takes itself away with all that it had."""
    run_id = start_detached("-d", "3s")
    listed = runs()
    engines = engine_pids()

    assert [run["run_id"] for run in listed] == [run_id]
    assert listed[0]["request"]["detached"] is True
    assert listed[0].get("watchers", 0) == 0
    assert len(engines) == 1
    wait_until(lambda: not any(is_alive(pid) for pid in engines), seconds=DEADLINE_S)


def test_a_detached_run_is_stopped_by_its_id() -> None:
    """Whoever left it must be able to end it without a dashboard; the beginning of the id is enough."""
    run_id = start_detached("-d", "10m")
    engines = engine_pids()
    stopped = run_program("runs", "--stop", run_id[:6])

    assert stopped.returncode == 0
    assert run_id in stopped.stderr
    wait_until(lambda: not any(is_alive(pid) for pid in engines))


def test_what_runs_prints_is_for_people() -> None:
    """One line a run, with what tells one from another."""
    run_id = start_detached("-d", "10m", "-r", "2")
    wait_until(lambda: runs()[0].get("phase") == "pump")
    heading, line = run_program("runs").stdout.splitlines()
    run_program("runs", "--stop", run_id)

    assert heading.split()[:3] == ["RUN", "PHASE", "ACTIVE"]
    assert line.split()[:3] == [run_id, "pump", "2/2"]
    wait_until(lambda: not runs())


def test_a_run_on_a_server_is_left_there() -> None:
    """The same with a server: nothing of the client stays, and the hint says how to come back."""
    with serving("--scenario", "healthy") as address:
        result = run_program("watch", "--detach", "-d", "10m", "--connect", address)
        run_id = result.stdout.strip()

        assert f"muxbw-tui attach {run_id} --connect {address}" in result.stderr
        assert [run["run_id"] for run in runs("--connect", address)] == [run_id]
        assert runs() == []


def test_a_refused_request_leaves_nothing() -> None:
    """No id to print, no engine to keep."""
    result = run_program("run", "--detach", "not-a-public-key")

    assert (result.returncode, result.stdout) == (5, "")
    assert "not-a-public-key" in result.stderr
    assert engine_pids() == set()


def test_a_dashboard_comes_to_a_run_and_leaves_it_again() -> None:
    """`attach`, a look, `q` twice: the state is there at once, and the run goes on."""
    run_id = start_detached("-d", "10m")
    with terminal("attach", run_id[:8]) as (process, screen):
        screen.wait_for("of 4 routes carry")
        wait_until(lambda: runs()[0].get("watchers") == 1)
        screen.press("q")
        screen.wait_for("goes on without you")
        screen.press("q")
        screen.wait_for(f"muxbw-tui attach {run_id}")
        status = screen.wait_for_end(process)
    listed = runs()
    run_program("runs", "--stop", run_id)

    assert status == 0
    assert [run["run_id"] for run in listed] == [run_id]
    wait_until(lambda: not runs())


def test_a_run_of_a_dashboard_may_be_left_running() -> None:
    """`q`, `l`: its engine outlives the dashboard, is found, and ends with the run."""
    with terminal("watch", "--scenario", "healthy", "-d", "4s") as (process, screen):
        screen.wait_for("of 4 routes carry")
        screen.press("q")
        screen.wait_for("Leave it running")
        screen.press("l")
        screen.wait_for("The run goes on: muxbw-tui attach ")
        status = screen.wait_for_end(process)
    listed, engines = runs(), engine_pids()

    assert status == 0
    assert [run.get("watchers", 0) for run in listed] == [0]
    assert len(engines) == 1
    wait_until(lambda: not any(is_alive(pid) for pid in engines), seconds=DEADLINE_S)


def test_a_refusal_is_told_once_where_a_person_reads(server: str) -> None:
    """Its row and its error are the same words, one below the other."""
    with terminal("run", "nobody", "--connect", server) as (process, screen):
        screen.wait_for("!!! error: invalid_request")
        status = screen.wait_for_end(process)

    assert status == 5
    assert screen.text.count("invalid_request") == 1


@pytest.mark.parametrize(
    ("args", "status", "words"),
    [
        (("run", "--detach", "--json"), 2, "--detach leaves at once"),
        (("run", "--detach", "--restart-failed", "2"), 2, "--detach leaves at once"),
        (("attach", "0123"), 2, "the dashboard needs a terminal"),
        (("runs", "--stop", "0123"), 5, "no run '0123' is under way"),
        (("runs", "--connect", "127.0.0.1:1"), 3, "no server answers at 127.0.0.1:1"),
        (("runs", "--connect", "192.0.2.7:1"), 2, "plaintext is spoken to this host alone"),
        (("runs", "--token-file", "x"), 2, "--connect says which"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_an_exit_code(
    args: tuple[str, ...], status: int, words: str
) -> None:
    """Each names the thing and the remedy."""
    result = run_here(*args)

    assert words in " ".join((result.stdout + result.stderr).split())
    assert result.returncode == status
