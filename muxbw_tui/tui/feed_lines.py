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
_ELAPSED_WIDTH: Final = 9
_CLOCK_WIDTH: Final = 11
_KIND_WIDTH: Final = 17
_NS_PER_HUNDREDTH: Final = NS_PER_S // 100


def feed_spans(
    entry: FeedEntry, *, narrow: bool, began_ns: int | None = None, selected: bool = False
) -> list[Span]:
    """Return the line of an entry: mark, time, type, text. A narrow line leaves out a type that the text repeats.

    Args:
        entry: what the line is about.
        narrow: there is no room for the type.
        began_ns: when the run began, since the epoch, to show times of day; None to show the time since then.
        selected: the cursor is on it.
    """
    if began_ns is None:
        hundredths = max(entry.elapsed_ns, 0) % NS_PER_S // _NS_PER_HUNDREDTH
        time = fit(f"+{format_clock_ns(entry.elapsed_ns)}.{hundredths:02}", _ELAPSED_WIDTH)
    else:
        time = fit(clock_text(began_ns + entry.elapsed_ns), _CLOCK_WIDTH)
    spans = [Span("▌" if selected else " ", "mark"), Span(f"{time} ", "muted")]
    if not narrow:
        spans.append(Span(fit(entry.kind, _KIND_WIDTH) + " ", "muted"))
    elif entry.route_index is None:
        spans.append(Span(f"{entry.kind} ", "muted"))
    return [*spans, Span(entry.text, entry.severity.value)]


def clock_text(timestamp_ns: int, zone: tzinfo | None = None) -> str:
    """Return the time of day of an instant, local unless a zone is given: `14:03:21.12`."""
    seconds, rest_ns = divmod(timestamp_ns, NS_PER_S)
    try:
        local = datetime.fromtimestamp(seconds, tz=zone).astimezone(zone)
    except (OverflowError, OSError, ValueError):  # a server's clock may say anything
        return "?"
    return f"{local:%H:%M:%S}.{rest_ns // _NS_PER_HUNDREDTH:02}"
