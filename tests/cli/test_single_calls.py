"""`muxbw-tui ping`, `bandwidth` and `routes` as processes: what they print and how they exit."""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess

import pytest

from tests.cli.conftest import DEADLINE_S, PROGRAM, descendants, is_alive, run_here, run_program, wait_until

ATTIC = """
name = "attic"
source = "here"
target = "there"
[[node]]
name = "osaka"
[[node]]
name = "there"
behind = "osaka"
[[link]]
between = ["here", "osaka"]
[[link]]
between = ["osaka", "there"]
"""


def test_ping_prints_the_set_up_each_ping_and_the_figures(server: str) -> None:
    """The summary says how many were answered, and why there is no p99."""
    result = run_program("ping", "--connect", server, "-c", "3")
    set_up, *pings, answered, figures = result.stdout.splitlines()

    assert re.fullmatch(r"set-up [\d.]+ ms  \S+→\S+→\S+", set_up)
    assert [ping.split()[0] for ping in pings] == ["[1]", "[2]", "[3]"]
    assert answered == "3 of 3 answered"
    assert figures.startswith("rtt  min ")
    assert "p99 n/a (n<100)" in figures
    assert (result.returncode, result.stderr) == (0, "")


def test_ping_writes_the_stock_messages_as_json(server: str) -> None:
    """Nothing but data on stdout: one object a line, the set-up first."""
    result = run_program("ping", "--connect", server, "-c", "2", "--size", "4", "--json")
    set_up, *pings = [json.loads(line) for line in result.stdout.splitlines()]

    assert set_up["is_setup"]
    assert len(set_up["route_hop_details"]) == 2
    assert [ping["sequence"] for ping in pings] == [1, 2]
    assert result.returncode == 0


@pytest.mark.skipif(shutil.which("jq") is None, reason="jq is not installed")
def test_the_example_of_ping_s_help_leaves_the_round_trips_alone(server: str) -> None:
    """People paste it: the time of the set-up among them would spoil whatever they reckon."""
    example = re.search(r"--json \| jq '(.*)'", run_program("ping", "--help").stdout)
    assert example is not None
    pinged = run_program("ping", "--connect", server, "-c", "2", "--size", "4", "--json").stdout
    _set_up, *pings = [json.loads(line) for line in pinged.splitlines()]

    filtered = subprocess.run(["jq", example[1]], input=pinged, capture_output=True, check=True, text=True)  # noqa: S607

    assert [json.loads(line) for line in filtered.stdout.splitlines()] == [
        ping["latency_ns"] for ping in pings
    ]


def test_ping_reaches_a_target_behind_a_rendezvous(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Nobody can dial it, and it can be measured all the same."""
    scenario = tmp_path_factory.mktemp("scenario") / "attic.toml"
    scenario.write_text(ATTIC)
    ping = run_program("ping", "--dmsg", "--scenario", str(scenario), "-c", "2")
    bandwidth = run_program("bandwidth", "--dmsg", "--scenario", str(scenario), "-d", "300ms")

    assert "2 of 2 answered" in ping.stdout
    assert ping.returncode == 0
    assert bandwidth.returncode == 0


def test_bandwidth_prints_rates_in_bits_and_the_average(server: str) -> None:
    """The stock message has KB/s; people get what every other figure of the program is in."""
    result = run_program("bandwidth", "--connect", server, "-d", "1200ms")
    *rows, average = result.stdout.splitlines()

    assert len(rows) == 2
    assert all(re.match(r"\[\+1\.\ds\] up [\d.]+ Mbit/s  down [\d.]+ Mbit/s  ", row) for row in rows)
    assert re.match(r"average  up [\d.]+ Mbit/s  down [\d.]+ Mbit/s  .* in 1\.20 s$", average)
    assert result.returncode == 0


def test_routes_prints_the_plan(quick: str) -> None:
    """Index, names and keys, hops, kinds and cost, cheapest first."""
    result = run_program("routes", "--scenario", quick, "-r", "0")
    headings, first, second = result.stdout.splitlines()

    assert headings.split() == ["#", "PATH", "VIA", "HOPS", "KINDS", "COST"]
    assert re.fullmatch(r"0  here→osaka→there  0\w{3}…\w{4}  2     stcpr,stcpr  4\.0 ms", first)
    assert second.startswith("1  here→tokyo→there")
    assert result.returncode == 0


def test_routes_can_be_pinned_and_written_as_json(server: str) -> None:
    """The pinned relay is the dearer one; it gets index 0 all the same."""
    result = run_program("routes", "--connect", server, "-r", "2", "--hops-via", "tokyo", "--json")
    pinned, planned = [json.loads(line) for line in result.stdout.splitlines()]

    assert "tokyo" in pinned["node_names"].values()
    assert "osaka" in planned["node_names"].values()
    assert (pinned.get("route_index", 0), planned["route_index"]) == (0, 1)
    assert result.returncode == 0


def test_fewer_routes_than_asked_for_exit_with_1(server: str) -> None:
    """A script learns it from the status, a reader from stderr."""
    result = run_program("routes", "--connect", server, "-r", "3")

    assert result.stderr == "3 disjoint routes were asked for, and 2 exist.\n"
    assert len(result.stdout.splitlines()) == 3
    assert result.returncode == 1


@pytest.mark.parametrize(
    ("args", "status", "words"),
    [
        (("ping", "nobody"), 5, "Error: invalid public_key: 'nobody' is not a public key"),
        (("bandwidth", "nobody"), 5, "Error: invalid public_key: 'nobody' is not a public key"),
        (("ping", "--dmsg"), 5, "Error: no dmsg: no rendezvous leads to there"),
        (("routes", "--hops-via", "moon"), 5, "Error: hops_via of route 0: no node is called 'moon'"),
        (("routes", "--min-hops", "3"), 4, "4 disjoint routes were asked for, and 0 exist"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_an_exit_code(
    server: str, args: tuple[str, ...], status: int, words: str
) -> None:
    """Scripts tell a wrong request from a dead route, and nothing but data goes to stdout."""
    result = run_program(*args, "--connect", server)

    assert words in " ".join(result.stderr.split())
    assert "Traceback" not in result.stderr
    assert (result.returncode, result.stdout) == (status, "")


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("ping", "-c", "0"), "0 is not in the range"),
        (("bandwidth", "-d", "soon"), "'soon' is not a duration"),
        (("run", "-s", "9000"), "'--size': 9000 is not in the range 1<=x<=8192"),
        (("run", "--window", "2000"), "'--window': 2000 is not in the range 1<=x<=1024"),
        (("routes", "-r", "5000"), "'--routes': 5000 is not in the range 0<=x<=1024"),
        (("ping", "-s", "9000"), "'--size': 9000 is not in the range 1<=x<=8192"),
    ],
)
def test_what_nobody_could_do_is_refused_by_the_command_itself(args: tuple[str, ...], words: str) -> None:
    """No engine is started for it."""
    result = run_here(*args)

    assert words in " ".join(result.stderr.split())
    assert (result.returncode, result.stdout) == (2, "")


@pytest.mark.parametrize("command", ["ping", "bandwidth"])
def test_a_set_up_that_fails_exits_with_4(command: str) -> None:
    """No route carried a byte, and the row says at which hop it ended."""
    result = run_program(command, "--scenario", "dark")

    assert "hop 1 of 2, at osaka: " in result.stdout
    assert result.returncode == 4


@pytest.mark.parametrize("command", ["ping", "bandwidth", "routes"])
def test_a_server_that_does_not_answer_exits_with_3(command: str) -> None:
    """Scripts tell a dead server from a dead route."""
    result = run_program(command, "--connect", "unix:/nowhere/engine.sock")

    assert "no server answers at unix:/nowhere/engine.sock" in result.stderr
    assert result.returncode == 3


@pytest.mark.parametrize("args", [("ping", "-c", "1000000"), ("bandwidth", "-d", "60s")])
def test_ctrl_c_prints_what_there_is_and_leaves_nothing_behind(quick: str, args: tuple[str, ...]) -> None:
    """The figures so far, marked PARTIAL, exit code 130, and no engine that outlives the command."""
    program = subprocess.Popen(
        [*PROGRAM, *args, "--scenario", quick], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert program.stdout is not None
    assert program.stderr is not None
    program.stdout.readline()
    children = descendants(program.pid)
    program.send_signal(signal.SIGINT)
    output, errors = program.communicate(timeout=DEADLINE_S)

    assert "PARTIAL" in output
    assert (program.returncode, errors) == (130, "")
    assert len(children) == 2
    wait_until(lambda: not any(is_alive(pid) for pid in children))
