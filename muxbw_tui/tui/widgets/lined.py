"""What all widgets share that draw their lines from spans: a style for each role, kept until the styles change."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from textual.widget import Widget

from muxbw_tui.tui.roles import style_of
from muxbw_tui.tui.spans import to_strip

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style
    from textual.strip import Strip

    from muxbw_tui.tui.spans import Span

_BASE = ""  # no role: what all roles are drawn on


class Lined(Widget):
    """A widget whose lines are spans; the one that the cursor is on has the role `cursor` under all others.

    Behind `ScrollView` in a class's bases, since Textual takes a widget's default styles from the first one alone.
    """

    @property
    def line_width(self) -> int:
        """Cells that a line has beside the scroll bar."""
        return self.scrollable_content_region.width

    def strip_of(self, spans: Sequence[Span], *, is_cursor: bool = False) -> Strip:
        """Return a line as it is drawn, as wide as the widget."""
        base = self.style_of(_BASE)
        if is_cursor:
            base += self.style_of("cursor")
        return to_strip(spans, self.line_width, self.style_of, base)

    def notify_style_update(self) -> None:
        """Forget the styles: a theme or the focus has changed."""
        super().notify_style_update()
        self._style_by_role.clear()

    def style_of(self, role: str) -> Style:
        """Return what a role looks like in the present theme; what it leaves open is the widget's own."""
        style = self._style_by_role.get(role)
        if style is None:
            style = self._style_by_role[role] = self._find_style(role)
        return style

    @cached_property
    def _style_by_role(self) -> dict[str, Style]:
        return {}

    def _find_style(self, role: str) -> Style:
        if role == _BASE:
            return self.rich_style
        app = self.app
        return style_of(role, app.theme_variables, no_colour=app.no_color, own_colours=app.native_ansi_color)
