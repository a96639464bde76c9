"""Paths that were asked for by their intermediates: looked up, and refused by name where they cannot be taken."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from muxbw_tui.errors import InvalidRequestError
from muxbw_tui.network.topology import find_node, node_name, source_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from muxbw_tui.pb.muxbw_pb2 import Topology, Via

    Path = tuple[str, ...]


def pinned_paths(
    topology: Topology, target: str, hops_via: Sequence[Via], *, count: int, lengths: range
) -> dict[int, Path]:
    """Return the keys along each path asked for, source and target included, by route index.

    `hops_via` has the intermediates of route 0, 1, … by name or key; an entry without any asks for nothing. Two routes
    may be given the same node: what they do to each other is worth a look. `count` is how many routes there are to be,
    `lengths` how many hops each may have.

    Raises:
        InvalidRequestError: naming the route, and the node, the missing transport or the limit.
    """
    if len(hops_via) > count:
        raise InvalidRequestError(f"hops_via is given for {len(hops_via)} routes, and {count} are asked for")
    pinned: dict[int, Path] = {}
    for index, via in enumerate(hops_via):
        if not via.nodes:
            continue
        path = [topology.source]
        used = {topology.source: "the source", target: "the target"}
        for node in via.nodes:
            key = find_node(topology, node)
            if key is None:
                raise InvalidRequestError(f"hops_via of route {index}: no node is called {node!r}")
            if key in used:
                raise InvalidRequestError(f"hops_via of route {index}: {node} is {used[key]} already")
            used[key] = "on this route"
            path.append(key)
        pinned[index] = (*path, target)
    _check(topology, pinned, lengths)
    return pinned


def _check(topology: Topology, pinned: dict[int, Path], lengths: range) -> None:
    transports = {(source_of(transport), transport.to) for transport in topology.transports} if pinned else ()
    for index, path in pinned.items():
        for tail, head in itertools.pairwise(path):
            if (tail, head) not in transports:
                ends = f"from {node_name(topology, tail)} to {node_name(topology, head)}"
                raise InvalidRequestError(f"hops_via of route {index}: no transport leads {ends}")
        if len(path) - 1 not in lengths:
            limits = f"{lengths.start} to {lengths.stop - 1} are allowed"
            raise InvalidRequestError(
                f"hops_via of route {index}: that makes {len(path) - 1} hops, and {limits}"
            )
