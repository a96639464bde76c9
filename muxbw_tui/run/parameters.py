"""What a run can be asked for, as text: how each parameter is written, and what it sets in the request.

Flags and forms take the same words, so that they have their parsers here. What cannot be understood is a `ValueError`
that says what would be accepted; what a server cannot do is the server's to refuse, since servers differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple

from muxbw_tui.pb.muxbw_pb2 import RunRequest, Via
from muxbw_tui.units import NS_PER_MS, NS_PER_S, parse_duration_ns

if TYPE_CHECKING:
    from collections.abc import Callable

LARGEST_INT32: Final = 2**31 - 1
LARGEST_INT64: Final = 2**63 - 1
WINDOW_MODES: Final = ("auto", "fill")
_UNITS: Final = (
    ("h", 3600 * NS_PER_S),
    ("m", 60 * NS_PER_S),
    ("s", NS_PER_S),
    ("ms", NS_PER_MS),
    ("us", 1000),
    ("ns", 1),
)
_YES: Final = "yes"
_DIGITS_MOST: Final = 18  # of what is read as a number at all


@dataclass(frozen=True, slots=True)
class Window:
    """How many blocks are in flight on each route: a number, or until when the window grows in the warm-up."""

    blocks: int = 0
    mode: str = ""


class Parameter(NamedTuple):
    """One thing that can be asked of a run.

    Attributes:
        name: the flag's, without its dashes.
        hint: what is accepted; an empty text asks for the default.
        read: the text that stands for what a request asks.
        write: sets what a text stands for; a `ValueError` says what would be accepted.
        is_switch: the text is "yes" or empty.
    """

    name: str
    label: str
    hint: str
    read: Callable[[RunRequest], str]
    write: Callable[[RunRequest, str], None]
    is_switch: bool = False


def parse_whole(text: str, *, least: int) -> int:
    """Return a whole number.

    Raises:
        ValueError: it is none, or not within what a request can say.
    """
    digits = text.isascii() and text.isdigit()
    value = int(text) if digits and len(text) <= _DIGITS_MOST else LARGEST_INT64
    if not digits or value < least:
        raise ValueError(f"{text!r} is no whole number from {least}")
    if value > LARGEST_INT32:
        raise ValueError(f"it must be at most {LARGEST_INT32}")
    return value


def parse_span_ns(text: str, *, zero: bool = False) -> int:
    """Return a duration in nanoseconds; 0 only where it means something.

    Raises:
        ValueError: the text is no duration, or not within what a request can say.
    """
    span_ns = parse_duration_ns(text)
    if span_ns == 0 and not zero:
        raise ValueError("it must be more than 0")
    if span_ns > LARGEST_INT64:
        raise ValueError(f"{text!r} is more than the {LARGEST_INT64 // NS_PER_S} s that can be said")
    return span_ns


def span_text(span_ns: int) -> str:
    """Write a duration so that it is read as the same again: `1m30s`, `100ms`."""
    parts = []
    for unit, unit_ns in _UNITS:
        count, span_ns = divmod(span_ns, unit_ns)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts) or "0"


def parse_window(text: str) -> Window:
    """Return a window from `1`, `16`, `auto` or `fill`.

    Raises:
        ValueError: the text is no window.
    """
    if text in WINDOW_MODES:
        return Window(mode=text)
    try:
        return Window(blocks=parse_whole(text, least=1))
    except ValueError:
        raise ValueError(f"{text!r} is no window: write a number of blocks from 1, auto or fill") from None


def parse_via(text: str) -> Via:
    """Return the intermediates of one route from `osaka,tokyo`; an empty text leaves the route to the planner."""
    return Via(nodes=[node.strip() for node in text.split(",") if node.strip()])


def disagreement(request: RunRequest) -> tuple[str, str] | None:
    """Return the parameter that contradicts another one, and what is wrong; None where all agree."""
    if request.max_hops and request.min_hops > request.max_hops:
        return "max-hops", f"it must be at least the {request.min_hops} of min hops"
    if len(request.hops_via) > max(request.routes, 1):
        return (
            "hops-via",
            f"{len(request.hops_via)} routes have nodes here, and {max(request.routes, 1)} are asked for",
        )
    return None


def _read_number(field: str, request: RunRequest) -> str:
    return str(getattr(request, field) or "")


def _write_number(field: str, least: int, request: RunRequest, text: str) -> None:
    setattr(request, field, parse_whole(text, least=least) if text else 0)


def _read_span(field: str, request: RunRequest) -> str:
    span_ns = getattr(request, field)
    return span_text(span_ns) if span_ns else ""


def _write_span(field: str, zero: bool, request: RunRequest, text: str) -> None:  # noqa: FBT001 - only for `partial`
    setattr(request, field, parse_span_ns(text, zero=zero) if text else 0)


def _write_target(request: RunRequest, text: str) -> None:
    request.target_pk = text


def _read_window(request: RunRequest) -> str:
    return request.window_mode or str(request.window or "")


def _write_window(request: RunRequest, text: str) -> None:
    window = parse_window(text) if text else Window()
    request.window, request.window_mode = window.blocks, window.mode


def _read_via(request: RunRequest) -> str:
    return "; ".join(",".join(via.nodes) for via in request.hops_via)


def _write_via(request: RunRequest, text: str) -> None:
    del request.hops_via[:]
    request.hops_via.extend(map(parse_via, text.split(";") if text else ()))


def _write_probe(request: RunRequest, text: str) -> None:
    request.probe_rtt = text == _YES


def _number(name: str, field: str, label: str, hint: str, *, least: int = 1) -> Parameter:
    return Parameter(name, label, hint, partial(_read_number, field), partial(_write_number, field, least))


def _span(name: str, field: str, label: str, hint: str, *, zero: bool = False) -> Parameter:
    return Parameter(name, label, hint, partial(_read_span, field), partial(_write_span, field, zero))


PARAMETERS: Final = (
    Parameter(
        "target", "Target", "a public key, or a node's name", lambda request: request.target_pk, _write_target
    ),
    _number("routes", "routes", "Routes", "at once"),
    _span("duration", "duration_ns", "Duration", "30s, 1m30s"),
    _number("size", "packet_size_kb", "Block size", "KiB"),
    Parameter("window", "Window", "blocks in flight, auto or fill", _read_window, _write_window),
    _number("min-hops", "min_hops", "Min hops", "2 shuts out the direct path", least=0),
    _number("max-hops", "max_hops", "Max hops", "of a route; empty: 5"),
    Parameter("hops-via", "Hops via", "route by route: osaka; lima,rio", _read_via, _write_via),
    _span("warm-up", "warm_up_ns", "Warm-up", "empty: 2s where it is needed"),
    Parameter(
        "probe-rtt",
        "Probe RTT",
        "small probes beside the load",
        lambda request: _YES if request.probe_rtt else "",
        _write_probe,
        is_switch=True,
    ),
    _span("probe-interval", "probe_interval_ns", "Probe interval", "100ms"),
    _span(
        "idle-baseline",
        "idle_baseline_duration_ns",
        "Idle baseline",
        "probes before load; empty: none",
        zero=True,
    ),
    _span("sample-interval", "sample_interval_ns", "Sample interval", "1s"),
    _span("setup-timeout", "setup_timeout_ns", "Set-up timeout", "of each route; 30s"),
    _span("io-timeout", "io_timeout_ns", "I/O timeout", "of a block and its echo; 30s"),
)
