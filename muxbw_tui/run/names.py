"""How nodes and paths are called: a node by its name where the server gave one, else by its key."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from muxbw_tui.run.text import ELLIPSIS, clean_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from muxbw_tui.pb.ping_pb2 import RouteHop
    from muxbw_tui.run.state import RunState

ARROW = "→"
_KEY_ENDS = 4
_NAME_LIMIT = 24
_RANGE_FROM = 3
_KEY_IN_TEXT = re.compile(r"\b[0-9a-fA-F]{66}\b")


def short_key(key: str) -> str:
    """Return a public key as `0326…8814`; a text that is already that short stays as it is."""
    line = clean_line(key)
    if len(line) <= 2 * _KEY_ENDS + 1:
        return line
    return f"{line[:_KEY_ENDS]}{ELLIPSIS}{line[-_KEY_ENDS:]}"


def shorten_keys(text: str) -> str:
    """Return a text in which every public key is short; an error names its target by key."""
    return _KEY_IN_TEXT.sub(lambda key: short_key(key[0]), text)


def node_name(key: str, names: Mapping[str, str]) -> str:
    """Return the node's name if it has one, else its short key, or `?` where there is no key at all."""
    name = clean_line(names.get(key, ""), limit=_NAME_LIMIT)
    return name or short_key(key) or "?"


def path_keys(hops: Sequence[RouteHop]) -> tuple[str, ...]:
    """Return the keys of the nodes along a path, source first; none for a path that is not known."""
    if not hops:
        return ()
    return tuple(clean_line(key) for key in (_source_key(hops[0]), *(hop.to for hop in hops)))


def path_text(hops: Sequence[RouteHop], names: Mapping[str, str]) -> str:
    """Return a path as `here→osaka→there`; empty for a path that is not known."""
    return ARROW.join(node_name(key, names) for key in path_keys(hops))


def shorter_path(path: str, width: int) -> str:
    """Return a path's text in at most `width` characters, never half a name while that can be avoided.

    All routes of a run share their ends, so those go first: `…→osaka→lima→there`, `…→osaka→…→there`, `…→osaka→…`.
    """
    if len(path) <= width:
        return path
    *middle, target = path.split(ARROW)[1:] or (path,)
    shorter = [
        ARROW.join((ELLIPSIS, *middle[:kept], *([ELLIPSIS] if kept < len(middle) else ()), target))
        for kept in range(len(middle), 0, -1)
    ]
    shorter += [ARROW.join((ELLIPSIS, first, ELLIPSIS)) for first in middle[:1]]
    fitting = (text for text in shorter if len(text) <= width)
    cut = ARROW.join((ELLIPSIS, middle[0])) if middle else path
    return next(fitting, None) or clean_line(cut, limit=width)


def routes_text(route_indexes: Iterable[int]) -> str:
    """Return routes as `R1, R4 to R63`; two neighbours are no range."""
    ranges: list[list[int]] = []
    for index in sorted(set(route_indexes)):
        if ranges and index == ranges[-1][-1] + 1:
            ranges[-1].append(index)
        else:
            ranges.append([index])
    return ", ".join(
        f"R{found[0]} to R{found[-1]}"
        if len(found) >= _RANGE_FROM
        else ", ".join(f"R{index}" for index in found)
        for found in ranges
    )


def target_text(state: RunState) -> str:
    """Return the run's target as `there 0326…8814`, or its short key alone, or empty where no event named it.

    A recording of a stock server lacks the request; there it is the end of the first path that is known.
    """
    key = _target_key(state)
    name = target_name(state)
    return name if name == short_key(key) else f"{name} {short_key(key)}"


def target_name(state: RunState) -> str:
    """Return the target's name, or its short key where it has none, or empty where no event named it."""
    key = _target_key(state)
    return node_name(key, state.node_names) if key else ""


def _target_key(state: RunState) -> str:
    ends = (route.hops[-1].to for route in state.routes.values() if route.hops)
    return state.request.target_pk or next(ends, "")


def _source_key(hop: RouteHop) -> str:
    """Return the hop's `from`, which Python cannot write as an attribute."""
    key: str = getattr(hop, "from")
    return key
