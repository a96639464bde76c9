"""Scenario files: what they say, and how wrong ones are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from muxbw_tui.errors import ScenarioError
from muxbw_tui.network.handshake import MAX_HOPS
from muxbw_tui.network.scenario import Bottleneck, Fault, FaultKind, Link, builtin_names, load_scenario
from muxbw_tui.units import KIB, NS_PER_MS, NS_PER_S
from tests.network.support import TWO_HOPS, scenario

if TYPE_CHECKING:
    from pathlib import Path

FULL = """
name = "example"
seed = 7
source = "here"
target = "there"
[[node]]
name = "osaka"
[[link]]
between = ["here", "osaka"]
kind = "sudph"
delay_ms = 40
jitter_ms = 2.5
rate_mbps = 50
queue_kib = 128
[[link]]
between = ["osaka", "there"]
[[bottleneck]]
links = [["here", "osaka"]]
rate_mbps = 20
[[fault]]
at_s = 3.5
route = 2
kind = "reset"
for_s = 5
[[fault]]
on = "setup"
link = ["osaka", "here"]
kind = "slow-setup"
delay_s = 2
[[fault]]
at_s = 1
node = "osaka"
kind = "stall"
[[fault]]
on = "setup"
kind = "no-entry"
"""


def test_every_part_of_a_scenario_is_read_with_its_units() -> None:
    """Milliseconds, Mbit/s and KiB in the file are nanoseconds, bit/s and bytes in the program."""
    read = scenario(FULL)

    assert (read.name, read.seed, read.nodes) == ("example", 7, ("here", "there", "osaka"))
    first = Link(("here", "osaka"), "sudph", 40 * NS_PER_MS, 2_500_000, 50_000_000, 128 * KIB)
    assert read.links == (first, Link(("osaka", "there"), "stcpr", 0, 0, 0, 256 * KIB))
    assert read.bottlenecks == (Bottleneck((("here", "osaka"),), 20_000_000, 256 * KIB),)
    assert read.faults == (
        Fault(FaultKind.RESET, at_ns=3_500_000_000, route_index=2, for_ns=5 * NS_PER_S),
        Fault(FaultKind.SLOW_SETUP, link=frozenset({"here", "osaka"}), delay_ns=2 * NS_PER_S),
        Fault(FaultKind.STALL, at_ns=NS_PER_S, node="osaka"),
        Fault(FaultKind.NO_ENTRY),
    )


@pytest.mark.parametrize("name", builtin_names())
def test_every_built_in_scenario_can_be_used(name: str) -> None:
    """A file that comes with the program must not fail on an operator."""
    assert load_scenario(name).name == name


def test_the_built_ins_are_those_that_are_documented() -> None:
    """Files beside the code are easily left out of a wheel."""
    assert {"flaky", "healthy", "rules", "dark"} <= set(builtin_names())


def test_flaky_has_four_disjoint_relays_a_route_that_dies_and_one_that_stalls() -> None:
    """It is the first thing that a newcomer sees, and its faults are what the dashboard is for."""
    flaky = load_scenario("flaky")
    delays_ms = [
        sum(link.delay_ns for link in flaky.links if relay in link.between) / NS_PER_MS
        for relay in flaky.nodes[2:]
    ]

    assert len(delays_ms) == 4
    assert delays_ms == sorted(delays_ms)
    assert all(20 <= delay_ms <= 60 for delay_ms in delays_ms)
    assert all(20_000_000 <= link.rate_bps <= 50_000_000 for link in flaky.links)
    assert flaky.faults == (
        Fault(FaultKind.RESET, at_ns=3 * NS_PER_S, for_ns=2 * NS_PER_S, route_index=1),
        Fault(FaultKind.STALL, at_ns=4 * NS_PER_S, for_ns=6 * NS_PER_S, route_index=2),
    )


def test_a_scenario_is_read_from_a_file_too(tmp_path: Path) -> None:
    """Operators write their own."""
    path = tmp_path / "mine.toml"
    path.write_text(TWO_HOPS)

    assert load_scenario(str(path)).name == "two hops"


def test_a_name_that_is_nothing_is_refused_with_the_built_ins(tmp_path: Path) -> None:
    """A typing error must show what could have been meant."""
    with pytest.raises(ScenarioError, match=r"nosuch: No such file.*flaky"):
        load_scenario("nosuch")
    with pytest.raises(ScenarioError, match="directory"):
        load_scenario(str(tmp_path))
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(ScenarioError, match="UTF-8"):
        load_scenario(str(tmp_path / "bytes.toml"))
    with pytest.raises(ScenarioError, match="null"):
        load_scenario("a\0b")


@pytest.mark.parametrize(
    ("tables", "complaint"),
    [
        ("[[link]\n", r"not TOML: .*line 13"),
        ("[[link]]\nbetween = ['here', 'kyoto']\n", r"\[\[link\]\] #4: between: no node is called 'kyoto'"),
        ("[[link]]\nbetween = ['here', 'here']\n", r"#4: between: expected two different names"),
        ("[[link]]\nbetween = ['there', 'here']\n", r"#4: there and here have a link already"),
        ("[[link]]\ndelay_ms = 4\n", r"#4: between is missing"),
        ("[[node]]\nname = 'osaka'\n", r"\[\[node\]\] #2: the name 'osaka' is taken"),
        (
            "[[node]]\nname = 'x'\ncolour = 'red'\n",
            r"#2: unknown key 'colour'; expected one of behind, name$",
        ),
        ("[[node]]\nname = 'x'\nbehnd = 'osaka'\n", r"#2: unknown key 'behnd'; did you mean behind\?"),
        ("[[node]]\nname = 'x'\nbehind = 'osaka'\n", r"x is behind osaka: expected one link of it, to osaka"),
        ("[[node]]\nname = 'there'\nbehind = 'osaka'\n", r"there is behind osaka: expected one link"),
        ("[[node]]\nname = 'here'\nbehind = 'osaka'\n", r"here is behind osaka: expected neither the source"),
        ("[[bottleneck]]\nlinks = [['here', 'osaka']]\n", r"\[\[bottleneck\]\] #1: rate_mbps is missing"),
        (
            "[[bottleneck]]\nlinks = [['here', 'osaka']]\nrate_mbps = 0\n",
            r"#1: rate_mbps: expected more than 0",
        ),
        ("[[bottleneck]]\nlinks = []\nrate_mbps = 1\n", r"#1: links: expected a list of links, found \[\]"),
        (
            "[[bottleneck]]\nlinks = [['here', 'lima']]\nrate_mbps = 1\n",
            r"no link is between 'here' and 'lima'",
        ),
        ("[[fault]]\nkind = 'fire'\nat_s = 1\n", r"\[\[fault\]\] #1: kind: expected one of reset, .*'fire'"),
        ("[[fault]]\nkind = 'reset'\n", r"#1: expected exactly one of at_s, on"),
        ("[[fault]]\nkind = 'reset'\nat_s = 1\non = 'setup'\n", r"#1: expected exactly one of at_s, on"),
        ("[[fault]]\nkind = 'reset'\non = 'monday'\n", r"#1: on: expected one of setup, found 'monday'"),
        (
            "[[fault]]\nkind = 'reset'\nat_s = -1\n",
            r"#1: at_s: expected a number from 0 to 100000000, found -1",
        ),
        ("[[fault]]\nkind = 'reset'\nat_s = true\n", r"#1: at_s: expected a number"),
        ("[[fault]]\nkind = 'reset'\nat_s = nan\n", r"#1: at_s: expected a number"),
        ("[[fault]]\nkind = 'reset'\nat_s = 1\nroute = 1.5\n", r"#1: route: expected a whole number"),
        (
            "[[fault]]\nkind = 'reset'\nat_s = 1\nroute = 1\nnode = 'osaka'\n",
            r"#1: expected at most one of route",
        ),
        (
            "[[fault]]\nkind = 'reset'\nat_s = 1\nnode = 'lima'\n",
            r"#1: node: expected one of here, there, osaka",
        ),
        ("[[fault]]\nkind = 'reset'\nat_s = 1\nlink = ['osaka', 'lima']\n", r"#1: link: no link is between"),
        ("[[fault]]\nkind = 'reset'\nat_s = 1\nfr_s = 2\n", r"#1: unknown key 'fr_s'; did you mean for_s\?"),
        ("[[fault]]\nkind = 'reset'\nat_s = 1\ndelay_s = 2\n", r"#1: unknown key 'delay_s'"),
        ("[[fault]]\nkind = 'slow-setup'\non = 'setup'\n", r"#1: delay_s is missing"),
        ("[[fault]]\nkind = 'no-entry'\nat_s = 2\n", r"#1: a no-entry fault has on = \"setup\""),
        ("[[fault]]\nkind = 'no-entry'\non = 'setup'\nnode = 'osaka'\n", r"#1: a no-entry fault has"),
    ],
)
def test_a_wrong_table_is_refused_with_file_table_and_what_was_expected(tables: str, complaint: str) -> None:
    """A scenario is written by hand, and the message is all its author gets."""
    with pytest.raises(ScenarioError, match=complaint) as raised:
        scenario(faults=tables)
    assert str(raised.value).startswith("test.toml: ")


@pytest.mark.parametrize(
    ("line", "most"),
    [
        ("delay_ms = 1e13", 10**11),
        ("jitter_ms = 1e13", 10**11),
        ("rate_mbps = 1e13", 9223372036854),
        ("queue_kib = 1e16", 9007199254740991),
        ("[[fault]]\nkind = 'reset'\nat_s = 1e10", 10**8),
        ("[[fault]]\nkind = 'no-entry'\non = 'setup'\nfor_s = 1e10", 10**8),
        ("[[fault]]\nkind = 'slow-setup'\non = 'setup'\ndelay_s = 1e10", 10**8),
        ("[[fault]]\nkind = 'no-entry'\non = 'setup'\nroute = 4294967296", 2**31 - 1),
    ],
)
def test_a_number_too_large_for_the_messages_is_refused_with_its_limit(line: str, most: int) -> None:
    """What a message cannot hold must be refused here: further on it ends the network's process."""
    table = "fault" if "fault" in line else "link"
    key = line.rpartition("\n")[2].partition(" ")[0]
    complaint = (
        rf"^test\.toml: \[\[{table}\]\] #\d: {key}: expected a (whole )?number from 0 to {most}, found "
    )

    with pytest.raises(ScenarioError, match=complaint):
        scenario(faults=line)


def test_the_largest_delays_fit_into_the_messages_on_the_longest_route() -> None:
    """A path's cost adds up the delays of its hops, and is a number of 64 bits of the wire."""
    link = scenario(faults="delay_ms = 100000000000").links[-1]

    assert link.delay_ns * MAX_HOPS < 2**63


def test_a_rate_below_a_bit_a_second_is_refused() -> None:
    """A byte would take for ever, and arithmetic with it fails."""
    with pytest.raises(ScenarioError, match=r"rate_mbps: expected 0, or at least 0.000001, found 1e-310"):
        scenario(faults="rate_mbps = 1e-310")


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "the top level: source is missing"),
        ("name = 'x'\nsource = 'a'\ntarget = 'a'", "source and target are the same node"),
        ("name = 'x'\nsource = 'a'\ntarget = 'b'", r"at least one \[\[link\]\]"),
        ("source = 'a'\ntarget = 'b'\n[[link]]\nbetween = ['a', 'b']", "name is missing"),
        (
            "name = ''\nsource = 'a'\ntarget = 'b'\n[[link]]\nbetween = ['a', 'b']",
            "name: expected a string that",
        ),
        (
            "name = 'x'\nsource = 'a'\ntarget = 'b'\nlink = 3",
            r"link: expected tables headed \[\[link\]\], found 3",
        ),
        (
            "name = 'x'\nspeed = 3\nsource = 'a'\ntarget = 'b'\n[[link]]\nbetween = ['a', 'b']",
            "unknown key 'speed'",
        ),
        (
            "name = 'x'\nseed = -1\nsource = 'a'\ntarget = 'b'\n[[link]]\nbetween = ['a', 'b']",
            "seed: expected a whole",
        ),
    ],
)
def test_a_wrong_top_level_is_refused(text: str, complaint: str) -> None:
    """What is missing at the top is missing for the whole network."""
    with pytest.raises(ScenarioError, match=complaint):
        scenario(text)
