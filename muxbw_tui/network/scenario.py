"""Scenarios: what an embedded network is made of and what goes wrong on it, read from TOML.

Owns the file format and its checks; nothing here opens a socket. A file that cannot be used is refused with its name,
the table and what was expected. Source and target are nodes by being named; `[[node]]` adds the others.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from muxbw_tui.errors import ScenarioError
from muxbw_tui.network.toml_table import TomlTable, parse_toml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_BUILTINS = resources.files("muxbw_tui.network") / "scenarios"
_SET_UP = "setup"
_LARGEST_INT32 = 2**31 - 1  # a route's index in every message


class FaultKind(enum.Enum):
    """What can go wrong."""

    RESET = "reset"
    STALL = "stall"
    REFUSE = "refuse"
    BLACKHOLE = "blackhole"
    HALF_CLOSE = "half-close"
    GARBAGE = "garbage"
    SLOW_SETUP = "slow-setup"
    NO_ENTRY = "no-entry"


@dataclass(frozen=True, slots=True)
class Link:
    """A transport, both ways; every figure holds each way.

    Attributes:
        rate_bps: 0 = unlimited.
        queue_bytes: what waits for the link before its sender is held up.
    """

    between: tuple[str, str]
    kind: str
    delay_ns: int
    jitter_ns: int
    rate_bps: float
    queue_bytes: int


@dataclass(frozen=True, slots=True)
class Bottleneck:
    """One capacity that several links share, each way.

    Attributes:
        links: pairs of names; the order within a pair says which of the link's directions share one capacity.
    """

    links: tuple[tuple[str, str], ...]
    rate_bps: float
    queue_bytes: int


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong; with neither route, link nor node it is every route's.

    Attributes:
        at_ns: since pump start; None = while a route is set up.
        for_ns: then it heals; None = it does not.
        delay_ns: of a slow set-up.
    """

    kind: FaultKind
    at_ns: int | None = None
    for_ns: int | None = None
    route_index: int | None = None
    link: frozenset[str] = frozenset()
    node: str = ""
    delay_ns: int = 0

    def describe(self) -> str:
        """Return what and where, for the log: `stall of route 2`."""
        if self.link:
            return f"{self.kind.value} of link {'–'.join(sorted(self.link))}"
        if self.node:
            return f"{self.kind.value} at {self.node}"
        return f"{self.kind.value} of {'every route' if self.route_index is None else f'route {self.route_index}'}"


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole embedded network.

    Attributes:
        nodes: every name once, the source first and the target second.
        behind: the nodes that cannot be dialled, each with the one that it attends at; the two have a link.
    """

    name: str
    seed: int
    source: str
    target: str
    nodes: tuple[str, ...]
    links: tuple[Link, ...]
    bottlenecks: tuple[Bottleneck, ...] = ()
    faults: tuple[Fault, ...] = ()
    behind: Mapping[str, str] = field(default_factory=dict)


def builtin_names() -> tuple[str, ...]:
    """Return the names of the scenarios that come with the program, sorted."""
    names = (file.name for file in _BUILTINS.iterdir())
    return tuple(sorted(name.removesuffix(".toml") for name in names if name.endswith(".toml")))


def load_scenario(name_or_path: str) -> Scenario:
    """Return a built-in scenario by its name, or the one in a file.

    Raises:
        ScenarioError: there is none, or it cannot be used.
    """
    if name_or_path in builtin_names():
        file = f"{name_or_path}.toml"
        return parse_scenario((_BUILTINS / file).read_text("utf-8"), file=file)
    try:
        text = Path(name_or_path).read_text("utf-8")
    except UnicodeDecodeError as exc:
        raise ScenarioError(f"{name_or_path}: not UTF-8 text at byte {exc.start}") from exc
    except (OSError, ValueError) as exc:
        reason = exc.strerror if isinstance(exc, OSError) else exc
        builtins = ", ".join(builtin_names())
        expected = f"expected a file, or one of {builtins}"
        raise ScenarioError(f"{name_or_path}: {reason}; {expected}") from exc
    return parse_scenario(text, file=name_or_path)


def parse_scenario(text: str, *, file: str) -> Scenario:
    """Return the scenario in a TOML text; `file` is what errors call it.

    Raises:
        ScenarioError: it cannot be used; the message names the file, the line or table, and what was expected.
    """
    return _read_scenario(parse_toml(text, file=file, error=ScenarioError))


def _read_scenario(top: TomlTable) -> Scenario:
    source, target = top.text("source"), top.text("target")
    if source == target:
        top.refuse("source and target are the same node")
    nodes, behind = _read_nodes(top, source, target)
    links = _read_links(top, nodes)
    _check_behind(top, behind, links, source=source)
    pairs = frozenset(frozenset(link.between) for link in links)
    scenario = Scenario(
        name=top.text("name"),
        seed=top.integer("seed", default=0),
        source=source,
        target=target,
        nodes=nodes,
        links=links,
        bottlenecks=tuple(_read_bottleneck(table, pairs) for table in top.tables("bottleneck")),
        faults=tuple(_read_fault(table, nodes, pairs) for table in top.tables("fault")),
        behind=behind,
    )
    top.finish()
    return scenario


def _read_nodes(top: TomlTable, source: str, target: str) -> tuple[tuple[str, ...], dict[str, str]]:
    declared: list[str] = []
    behind: dict[str, str] = {}
    for table in top.tables("node"):
        name = table.text("name")
        if name in declared:
            table.refuse(f"the name {name!r} is taken by an earlier node")
        declared.append(name)
        if table.has("behind"):
            behind[name] = table.text("behind")
        table.finish()
    return (source, target, *(name for name in declared if name not in (source, target))), behind


def _check_behind(top: TomlTable, behind: Mapping[str, str], links: Sequence[Link], *, source: str) -> None:
    """Refuse a node that is behind another and could be dialled all the same, or reached by nobody."""
    for name, rendezvous in behind.items():
        if name == source or rendezvous in behind:
            top.refuse(f"{name} is behind {rendezvous}: expected neither the source nor one behind a third")
        neighbours = [end for link in links if name in link.between for end in link.between if end != name]
        if neighbours != [rendezvous]:
            top.refuse(f"{name} is behind {rendezvous}: expected one link of it, to {rendezvous}")


def _read_links(top: TomlTable, nodes: tuple[str, ...]) -> tuple[Link, ...]:
    links: list[Link] = []
    for table in top.tables("link"):
        link = Link(
            between=table.pair("between", known=nodes),
            kind=table.text("kind", default="stcpr"),
            delay_ns=table.ms("delay_ms", default=0),
            jitter_ns=table.ms("jitter_ms", default=0),
            rate_bps=table.mbps("rate_mbps", default=0),
            queue_bytes=table.kib("queue_kib", default=256),
        )
        table.finish()
        if any(frozenset(link.between) == frozenset(earlier.between) for earlier in links):
            table.refuse(f"{link.between[0]} and {link.between[1]} have a link already")
        links.append(link)
    if not links:
        top.refuse("expected at least one [[link]]")
    return tuple(links)


def _read_bottleneck(table: TomlTable, pairs: frozenset[frozenset[str]]) -> Bottleneck:
    bottleneck = Bottleneck(
        links=table.links("links", known=pairs),
        rate_bps=table.mbps("rate_mbps"),
        queue_bytes=table.kib("queue_kib", default=256),
    )
    table.finish()
    if bottleneck.rate_bps == 0:
        table.refuse("rate_mbps: expected more than 0, a bottleneck without a limit is none")
    return bottleneck


def _read_fault(table: TomlTable, nodes: tuple[str, ...], pairs: frozenset[frozenset[str]]) -> Fault:
    kind = FaultKind(table.choice("kind", [kind.value for kind in FaultKind]))
    table.at_most_one_of("route", "link", "node")
    table.exactly_one_of("at_s", "on")
    if table.has("on"):
        table.choice("on", [_SET_UP])
    fault = Fault(
        kind=kind,
        at_ns=table.seconds("at_s") if table.has("at_s") else None,
        for_ns=table.seconds("for_s") if table.has("for_s") else None,
        route_index=table.integer("route", most=_LARGEST_INT32) if table.has("route") else None,
        link=frozenset(table.link("link", known=pairs)) if table.has("link") else frozenset(),
        node=table.choice("node", nodes) if table.has("node") else "",
        delay_ns=table.seconds("delay_s") if kind is FaultKind.SLOW_SETUP else 0,
    )
    table.finish()
    if kind is FaultKind.NO_ENTRY and (fault.at_ns is not None or fault.link or fault.node):
        table.refuse('a no-entry fault has on = "setup", and a route or none')
    return fault
