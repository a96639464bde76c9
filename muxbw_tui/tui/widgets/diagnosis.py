"""The diagnosis: what the run's events point at, a line or two each, the gravest first.

Owns how findings fold into the lines that there are. The conclusions are `run.diagnosis`'s; they are drawn anew when an
event came that may change them, and once a second, since they name seconds.
"""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len

from muxbw_tui.run.diagnosis import diagnose
from muxbw_tui.run.state import Severity
from muxbw_tui.tui.spans import Span, fit, spread
from muxbw_tui.tui.widgets.lined import Lined
from muxbw_tui.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.strip import Strip

    from muxbw_tui.run.diagnosis import Diagnosis
    from muxbw_tui.tui.view import View

_MARKS: Final = {Severity.FAULT: "✗ ", Severity.PLAIN: "· "}
_INDENT: Final = "  "
_NOTHING: Final = "Nothing stands out."


def finding_lines(found: Sequence[Diagnosis], width: int, height: int) -> list[list[Span]]:
    """Return the findings in at most `height` lines of `width` cells; what has no room is counted."""
    if not found:
        return [[Span(fit(_NOTHING, width), "quiet")]]
    whole = [_wrapped(finding, width) for finding in found]
    if sum(map(len, whole)) <= height:
        return [line for lines in whole for line in lines]
    cut = [[Span(fit(_MARKS[each.severity] + each.text, width), each.severity.value)] for each in found]
    if len(cut) <= height:
        return cut
    shown = cut[: max(height, 1)]
    more = Span(f" +{len(found) - len(shown)} more", "quiet")
    (last,) = shown[-1]
    shown[-1] = spread([Span(fit(last.text, width - cell_len(more.text) - 1), last.role)], [more], width)
    return shown


def _wrapped(finding: Diagnosis, width: int) -> list[list[Span]]:
    lines = wrap(
        finding.text,
        max(width, len(_INDENT) + 1),
        initial_indent=_MARKS[finding.severity],
        subsequent_indent=_INDENT,
        break_on_hyphens=False,
    )
    return [[Span(fit(line, width), finding.severity.value)] for line in lines]


class DiagnosisPane(Lined):
    """What the events point at.

    Attributes:
        most: the most lines that the findings of this run have wanted at once in this width; room for them is kept.
    """

    BORDER_TITLE = "Diagnosis"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.most = 0
        self._found: list[Diagnosis] = []
        self._seen = (0, 0, 0)
        self._width = 0

    def show(self, view: View) -> None:
        """Take in a view, and redraw if something else is to be said."""
        state = view.state
        # With the samples, so that the table above says the same, and no more often than once a second.
        sampled_s = (state.pump_elapsed_ns + NS_PER_S // 2) // NS_PER_S
        seen = (state.first_timestamp_ns, state.feed_total, sampled_s)
        if seen == self._seen:
            return
        if seen[0] != self._seen[0]:  # another run
            self.most = 0
        self._seen = seen
        found = diagnose(state)
        if found != self._found:
            self._found = found
            self.most = max(self.most, self._wanted())
            self.refresh()

    def on_resize(self) -> None:
        """Reckon anew how many lines are wanted, where they are longer or shorter now."""
        width = self.content_size.width
        if width != self._width:
            self._width = width
            self.most = self._wanted()

    def render_line(self, y: int) -> Strip:
        """Draw one line of the widget."""
        lines = finding_lines(self._found, self.line_width, self.content_size.height)
        return self.strip_of(lines[y] if y < len(lines) else ())

    def _wanted(self) -> int:
        """Return how many lines the findings take when nothing is cut; 0 while the width is not known."""
        return sum(len(_wrapped(finding, self._width)) for finding in self._found) if self._width else 0
