"""The diagnosis: what the run's events point at, a line or two each, the gravest first.

Owns how findings fold into the lines that there are. The conclusions are `run.diagnosis`'s; they are drawn anew when an
event came that may change them, and once a second, since they name seconds.
"""

from __future__ import annotations

from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar, Final

from rich.cells import cell_len
from textual.strip import Strip
from textual.widget import Widget

from muxbw_tui.run.diagnosis import diagnose
from muxbw_tui.run.state import Severity
from muxbw_tui.tui.spans import Span, fit, spread, to_strip
from muxbw_tui.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style

    from muxbw_tui.run.diagnosis import Diagnosis
    from muxbw_tui.tui.view import View

_ROLES: Final = ("text", "fault", "plain", "quiet")
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


class DiagnosisPane(Widget):
    """What the events point at.

    Attributes:
        most: the most lines that the findings of this run have wanted at once; room for them is kept.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"diagnosispane--{role}" for role in _ROLES}
    BORDER_TITLE = "Diagnosis"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.most = 0
        self._found: list[Diagnosis] = []
        self._seen = (0, 0, "")

    def show(self, view: View) -> None:
        """Take in a view, and redraw if something else is to be said."""
        state = view.state
        seen = (state.feed_total, view.elapsed_ns // NS_PER_S, state.run_id)
        if seen == self._seen:
            return
        if seen[0] < self._seen[0]:  # another run
            self.most = 0
        self._seen = seen
        found = diagnose(state)
        if found != self._found:
            self._found = found
            width = self.content_size.width
            self.most = max(self.most, sum(len(_wrapped(finding, width)) for finding in found))
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Draw one line of the widget."""
        width = self.content_size.width
        lines = finding_lines(self._found, width, self.content_size.height)
        if y >= len(lines):
            return Strip.blank(width, self.rich_style)
        return to_strip(lines[y], width, self._role_style, self.rich_style)

    def _role_style(self, role: str) -> Style:
        return self.get_component_rich_style(f"diagnosispane--{role}", partial=True)
