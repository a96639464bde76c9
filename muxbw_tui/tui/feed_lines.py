"""What a line of the event feed says, as plain data. Pure: no widget, no colour."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Final

from muxbw_tui.tui.spans import Span, fit
from muxbw_tui.units import NS_PER_S, format_clock_ns

if TYPE_CHECKING:
    from datetime import tzinfo

    from muxbw_tui.run.state import FeedEntry

NARROW_BELOW: Final = 96
_ELAPSED_WIDTH: Final = 9  # of four days; what is longer is not cut
_CLOCK_WIDTH: Final = 11
_KIND_WIDTH: Final = 17
_NS_PER_HUNDREDTH: Final = NS_PER_S // 100
_NS_PER_HOUR: Final = 3600 * NS_PER_S


def feed_spans(
    entry: FeedEntry, *, narrow: bool, absolute: bool = False, selected: bool = False
) -> list[Span]:
    """Return the line of an entry: mark, time, type, text. A narrow line leaves out a type that the text repeats.

    Args:
        entry: what the line is about.
        narrow: there is no room for the type.
        absolute: show the time of day, and not the time since the run began.
        selected: the cursor is on it.
    """
    if absolute:
        time = fit(clock_text(entry.began_ns + entry.elapsed_ns) if entry.began_ns else "?", _CLOCK_WIDTH)
    else:
        time = f"{_elapsed_text(entry.elapsed_ns):<{_ELAPSED_WIDTH}}"
    spans = [Span("▌" if selected else " ", "mark"), Span(f"{time} ", "muted")]
    if not narrow:
        spans.append(Span(fit(entry.kind, _KIND_WIDTH) + " ", "muted"))
    elif entry.route_index is None:
        spans.append(Span(f"{entry.kind} ", "muted"))
    return [*spans, Span(entry.text, entry.severity.value)]


def _elapsed_text(elapsed_ns: int) -> str:
    """Return the time since the run began: `+59:59.99`, without hundredths from an hour on: `+99:59:59`."""
    clock = format_clock_ns(elapsed_ns)
    if elapsed_ns >= _NS_PER_HOUR:
        return f"+{clock}"
    return f"+{clock}.{max(elapsed_ns, 0) % NS_PER_S // _NS_PER_HUNDREDTH:02}"


def clock_text(timestamp_ns: int, zone: tzinfo | None = None) -> str:
    """Return the time of day of an instant, local unless a zone is given: `14:03:21.12`."""
    seconds, rest_ns = divmod(timestamp_ns, NS_PER_S)
    try:
        local = datetime.fromtimestamp(seconds, tz=zone).astimezone(zone)
    except (OverflowError, OSError, ValueError):  # a server's clock may say anything
        return "?"
    return f"{local:%H:%M:%S}.{rest_ns // _NS_PER_HUNDREDTH:02}"
