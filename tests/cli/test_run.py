"""`muxbw-tui run` as a process: what it prints, what it leaves, and how it exits."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from muxbw_tui.network.identity import load_identity
from tests.cli.conftest import (
    DEADLINE_S,
    PROGRAM,
    descendants,
    is_alive,
    run_here,
    run_on_a_full_disk,
    run_program,
    serving,
    stop_serving,
    wait_until,
)

Event = dict[str, Any]  # parsed JSON


def events_of(output: str) -> list[Event]:
    """Parse NDJSON; every line must be an envelope."""
    return [json.loads(line) for line in output.splitlines()]


def of_type(events: list[Event], kind: str, route: int | None = None) -> list[Event]:
    """Return the data of the events of a type, of one route if an index is given."""
    data = [event["data"] for event in events if event["type"] == kind]
    return [d for d in data if route is None or d.get("route_index", 0) == route]


def test_a_route_that_died_is_one_failure_with_the_legs_bytes(quick: str) -> None:
    """The failure's bytes equal that leg's last counters, done is last, and the exit code says that one did not."""
    result = run_program(
        "run", "--scenario", quick, "-r", "2", "-d", "1s", "--json", "--sample-interval", "100ms"
    )
    events = events_of(result.stdout)
    (failure,) = of_type(events, "route_failure")
    last_leg = of_type(events, "sample")[-1]["legs"][1]

    assert failure["route_index"] == 1
    assert int(failure["bytes_received_before_failure"]) == int(last_leg["bytes_recv"]) > 0
    assert events[-1]["type"] == "done"
    assert result.returncode == 1
    assert result.stderr == ""


def test_failed_routes_are_restarted_and_count_as_pumped(quick: str) -> None:
    """A second route_established, bytes beyond those of the failure, and exit code 0."""
    result = run_program(
        *(
            "run",
            "--scenario",
            quick,
            "-r",
            "2",
            "-d",
            "3s",
            "--json",
            "--restart-failed",
            "3",
            "--sample-interval",
            "100ms",
        )
    )
    events = events_of(result.stdout)
    failed_after = int(of_type(events, "route_failure", 1)[0]["bytes_received_before_failure"])
    last_leg = of_type(events, "sample")[-1]["legs"][1]

    assert len(of_type(events, "route_established", 1)) == 2
    assert int(last_leg["bytes_recv"]) > failed_after
    assert result.returncode == 0


def test_routes_that_never_carry_a_byte_exit_with_4() -> None:
    """Every route established, every route failed with both byte counts 0."""
    result = run_program("run", "--scenario", "rules", "-d", "5s", "--json")
    events = events_of(result.stdout)
    failures = of_type(events, "route_failure")

    assert [e.get("failed", False) for e in of_type(events, "route_established")] == [False] * 4
    assert len(failures) == 4
    assert not any("bytes_sent_before_failure" in f or "bytes_received_before_failure" in f for f in failures)
    assert result.returncode == 4


def test_fewer_paths_than_asked_for_exit_with_1(server: str) -> None:
    """What was asked for was not had, though all that exists worked."""
    result = run_program("run", "--connect", server, "-r", "3", "-d", "500ms", "--quiet")

    assert result.returncode == 1
    assert "3 disjoint routes were asked for, and 2 exist" in " ".join(result.stdout.split())


def test_the_direct_path_can_be_asked_for() -> None:
    """`--min-hops 0` is the server's default, as a stock command has it."""
    result = run_program("run", "--scenario", "healthy", "-r", "1", "--min-hops", "0", "-d", "200ms", "-q")

    assert "here→there" in result.stdout
    assert result.returncode == 0


def test_rows_and_summary_are_for_people(quick: str) -> None:
    """The row of a failed pump has its fixed form, and the summary marks the route with a cross."""
    result = run_program("run", "--scenario", quick, "-r", "2", "-d", "1s")
    rows = [line for line in result.stdout.splitlines() if "R1 ✗ pump-failed before=" in line]

    assert len(rows) == 1
    assert rows[0].startswith("[+")
    assert rows[0].endswith(
        (" err=read echo: connection reset by peer", " err=write block: connection reset by peer")
    )
    assert "R1  ✗ died" in result.stdout
    assert "SIMULATED: quick" in result.stdout
    assert max(len(line) for line in result.stdout.splitlines()) <= 120


def test_ctrl_c_ends_with_done_and_130() -> None:
    """What was measured until then is not lost."""
    program = subprocess.Popen([*PROGRAM, "run", "-d", "60s", "--json"], stdout=subprocess.PIPE, text=True)
    assert program.stdout is not None
    seen = []
    for line in program.stdout:
        seen.append(line)
        if '"sample"' in line:
            program.send_signal(signal.SIGINT)
            break
    seen += program.stdout.readlines()
    status = program.wait(DEADLINE_S)
    program.stdout.close()

    assert events_of("".join(seen))[-1]["data"]["termination_reason"] == "context_cancel"
    assert status == 130


def test_ctrl_c_prints_what_there_is_marked_partial(quick: str) -> None:
    """The stock command printed no summary at all when interrupted."""
    program = subprocess.Popen(
        [*PROGRAM, "run", "--scenario", quick, "-d", "60s"], stdout=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    for line in program.stdout:
        if "sample" in line:
            program.send_signal(signal.SIGINT)
            break
    rest = program.stdout.read()
    status = program.wait(DEADLINE_S)
    program.stdout.close()

    assert "PARTIAL" in rest
    assert status == 130


def test_no_process_outlives_a_killed_run(quick: str) -> None:
    """The engine and its network notice that their owner is gone, whatever it died of."""
    program = subprocess.Popen(
        [*PROGRAM, "run", "--scenario", quick, "-d", "60s", "--json"], stdout=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    for line in program.stdout:
        if '"sample"' in line:
            break
    children = descendants(program.pid)
    program.kill()
    program.wait(DEADLINE_S)
    program.stdout.close()

    assert len(children) == 2
    wait_until(lambda: not any(is_alive(pid) for pid in children))


@pytest.mark.parametrize(
    "args",
    [
        ("run", "-d", "60s", "--json", "--sample-interval", "100ms"),
        ("run", "-d", "60s", "--sample-interval", "100ms"),
        ("ping", "-c", "1000000"),
    ],
)
def test_a_reader_that_goes_away_is_no_error(server: str, args: tuple[str, ...]) -> None:
    """`run --json | head -1` is how people look at a stream."""
    program = subprocess.Popen(
        [*PROGRAM, *args, "--connect", server],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert program.stdout is not None
    assert program.stderr is not None
    program.stdout.readline()
    program.stdout.close()
    status = program.wait(DEADLINE_S)
    stderr = program.stderr.read()
    program.stderr.close()

    assert (status, stderr) == (0, "")


def test_output_appends_to_a_file(server: str, tmp_path: Path) -> None:
    """As the stock command does; a recording of two runs holds both."""
    recording = tmp_path / "runs.ndjson"
    recording.write_text('{"type":"done"}\n')
    run_program("run", "--connect", server, "-r", "2", "-d", "200ms", "-q", "-O", str(recording))
    events = events_of(recording.read_text())

    assert events[0] == {"type": "done"}
    assert [event["type"] for event in events].count("done") == 2


@pytest.mark.parametrize(
    ("args", "status", "words"),
    [
        (("run", "-d", "soon"), 2, "'soon' is not a duration: write 30s, 1m30s or 100ms"),
        (("run", "--json", "-q"), 2, "give one of them"),
        (("run", "--connect", "127.0.0.1:1", "--scenario", "flaky"), 2, "give one of them"),
        (("run", "--scenario", "nowhere"), 2, "nowhere"),
        (("run", "-O", "missing/x.ndjson"), 2, "-O missing/x.ndjson: no such file or directory"),
        (("fly",), 2, "No such command 'fly'"),
        ((), 2, "muxbw-tui run"),
        (("replay", "--json", "missing.ndjson"), 2, "missing.ndjson"),
        (("serve", "--listen", "0.0.0.0:1"), 2, "plaintext is spoken on loopback"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_an_exit_code(
    args: tuple[str, ...], status: int, words: str
) -> None:
    """A clear error names the thing and the remedy; nobody reads a traceback at 3 a.m."""
    result = run_here(*args)

    assert words in " ".join((result.stdout + result.stderr).split())
    assert result.returncode == status


@pytest.mark.parametrize(
    ("args", "words"),
    [(("not-a-public-key",), "not-a-public-key"), (("-r", "2000"), "routes is 2000: at most 1024")],
)
def test_a_run_that_the_engine_refuses_exits_with_5(server: str, args: tuple[str, ...], words: str) -> None:
    """The server's reason is the command's, in one line."""
    result = run_program("run", *args, "-d", "1s", "--connect", server)

    assert words in " ".join((result.stdout + result.stderr).split())
    assert "Traceback" not in result.stderr
    assert result.returncode == 5


def test_files_in_the_operators_directory_are_not_imported(quick: str, tmp_path: Path) -> None:
    """A script of the operator's that has a library's name must neither run nor break the engine."""
    for name in ("random.py", "networkx.py", "socket.py"):
        (tmp_path / name).write_text("raise SystemExit('shadowed')")
    result = subprocess.run(
        [sys.executable, "-P", "-m", "muxbw_tui", "run", "--scenario", quick, "-r", "1", "-d", "200ms", "-q"],
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE_S,
    )

    assert result.stderr == ""
    assert result.returncode == 0


def test_ctrl_c_before_the_first_event_still_ends_with_done() -> None:
    """The run is not known yet, and must be stopped as soon as it is."""
    program = subprocess.Popen(
        [*PROGRAM, "run", "-d", "60s", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    wait_until(lambda: bool(descendants(program.pid)))
    program.send_signal(signal.SIGINT)
    output, stderr = program.communicate(timeout=DEADLINE_S)

    assert events_of(output)[-1]["data"]["termination_reason"] == "context_cancel"
    assert stderr == ""
    assert program.returncode == 130


def test_a_proxy_of_the_environment_is_not_asked_for_a_local_server(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Many hosts set one for the web; an engine on loopback has nothing to do with it."""
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    result = run_program("run", "--connect", server, "-d", "200ms", "-r", "2", "-q")

    assert result.returncode == 0


def test_a_terminal_that_knows_no_unicode_ends_no_run(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An arrow that cannot be written is a question mark, not the end of a measurement."""
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")
    result = run_program("run", "--connect", server, "-r", "1", "-d", "200ms")

    assert "here?osaka?there" in result.stdout
    assert result.returncode == 0


def test_a_full_disk_ends_the_recording_and_not_the_run(server: str) -> None:
    """The recording is only beside the measurement."""
    result = run_program("run", "--connect", server, "-r", "1", "-d", "200ms", "-q", "-O", "/dev/full")

    assert result.stderr == "-O /dev/full: no space left on device; the recording ends here\n"
    assert "R0  ✓ finished" in result.stdout
    assert result.returncode == 0


@pytest.mark.parametrize(
    "args",
    [
        ("run", "-r", "1", "-d", "200ms", "--json"),
        ("run", "-r", "1", "-d", "200ms"),
        ("run", "-r", "1", "-d", "200ms", "-q"),
        ("ping", "-c", "1"),
        ("routes",),
    ],
)
def test_an_output_that_cannot_be_written_is_an_error_in_one_line(server: str, args: tuple[str, ...]) -> None:
    """Here the output is all there is, and a full disk is nothing that a traceback explains."""
    result = run_on_a_full_disk(*args, "--connect", server)

    assert result.stderr == "Error: cannot write the output: no space left on device\n"
    assert result.returncode == 2


def test_a_server_whose_output_cannot_be_written_says_so(quick: str) -> None:
    """Its port, which was chosen for 0, is known to nobody."""
    result = run_on_a_full_disk("serve", "--listen", "127.0.0.1:0", "--scenario", quick)

    assert result.stderr == "Error: cannot write the output: no space left on device\n"
    assert result.returncode == 2


def test_a_key_on_a_full_disk_is_not_lost(tmp_path: Path) -> None:
    """The file is there and never written over, and nothing but keygen tells its public half."""
    result = run_on_a_full_disk("keygen", "x.key")

    assert load_identity(tmp_path / "x.key").public_key in result.stderr
    assert result.returncode == 2


def test_a_second_signal_ends_a_program_whose_output_nobody_reads(quick: str) -> None:
    """Blocked in a write it cannot end in order, but it must end."""
    program = subprocess.Popen(
        [*PROGRAM, "run", "--scenario", quick, "-d", "60s", "--json", "--sample-interval", "1ms"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: len(descendants(program.pid)) == 2)
    waiting_to_write = "pipe_w"
    wait_until(lambda: waiting_to_write in Path(f"/proc/{program.pid}/wchan").read_text(), seconds=30)
    children = descendants(program.pid)
    for _ in range(2):
        program.send_signal(signal.SIGTERM)
        time.sleep(0.2)  # two signals at once would be one
    status = program.wait(DEADLINE_S)
    assert program.stdout is not None
    program.stdout.close()

    assert status == 130
    wait_until(lambda: not any(is_alive(pid) for pid in children))


def test_stopping_the_server_ends_its_runs_with_done() -> None:
    """Its clients must not take an orderly stop for a broken stream."""
    with serving("--scenario", "healthy") as address:
        client = subprocess.Popen(
            [*PROGRAM, "run", "--connect", address, "-d", "60s", "--json"], stdout=subprocess.PIPE, text=True
        )
        assert client.stdout is not None
        lines = []
        for line in client.stdout:
            lines.append(line)
            if '"sample"' in line:
                break
        stop_serving(address)
        lines += client.stdout.readlines()
        status = client.wait(DEADLINE_S)
        client.stdout.close()

    assert events_of("".join(lines))[-1]["data"]["termination_reason"] == "context_cancel"
    assert status == 0


def test_a_server_whose_network_died_says_so_and_ends() -> None:
    """It would else blame every relay for what is its own."""
    server = subprocess.Popen(
        [*PROGRAM, "serve", "--listen", "127.0.0.1:0"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    server.stdout.readline()
    (network,) = descendants(server.pid)
    os.kill(network, signal.SIGKILL)
    _, stderr = server.communicate(timeout=DEADLINE_S)

    assert "the embedded network's process has ended" in stderr
    assert "Traceback" not in stderr
    assert server.returncode == 3


def test_a_server_that_does_not_answer_exits_with_3() -> None:
    """Scripts tell a dead server from a dead route."""
    result = run_program("run", "--connect", "unix:/nowhere/engine.sock", "-d", "1s")

    assert "no server answers at unix:/nowhere/engine.sock" in result.stderr
    assert result.returncode == 3
