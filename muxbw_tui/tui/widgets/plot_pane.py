"""One plot on the screen, its title and legend in the rule above it.

Owns what is drawn anew: lines that differ from those on the screen, and nothing while nobody sees it. What a plot looks
like is `plot.chart`'s; the keys are those of the `Plots` that it is in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from textual.content import Content
from textual.geometry import Region
from textual.message import Message
from textual.style import Style

from muxbw_tui.tui.plot.chart import FIELD_LEFT, draw
from muxbw_tui.tui.spans import Span
from muxbw_tui.tui.widgets.lined import Lined

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    from textual.events import Click
    from textual.strip import Strip

    from muxbw_tui.tui.plot.chart import Chart, Look, Picture
    from muxbw_tui.tui.plot.sight import Now, Sight


class Scene(NamedTuple):
    """What a pane shows.

    Attributes:
        chart: makes the chart; called only when it is drawn.
        version: differs when the chart would.
    """

    chart: Callable[[], Chart]
    version: Hashable
    sight: Sight
    now: Now
    look: Look


class PlotPane(Lined):
    """A plot; pointing at it with the mouse points at an instant.

    Attributes:
        top: the value at the top of the scale, as last drawn.
    """

    class Pointed(Message):
        """The operator clicked on an instant."""

        def __init__(self, elapsed_ns: int) -> None:
            super().__init__()
            self.elapsed_ns = elapsed_ns

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self.top = 0.0
        self._scene: Scene | None = None
        self._drawn: Hashable = None
        self._lines: list[list[Span]] = []
        self._heading: list[Span] = []

    def show(self, scene: Scene) -> None:
        """Take in what to show; redraw what differs, once somebody sees it."""
        self._scene = scene
        self._redraw()

    def columns(self) -> int:
        """Return how many cells the time axis has."""
        return max(self.content_size.width - FIELD_LEFT, 1)

    def render_line(self, y: int) -> Strip:
        """Draw one line of the widget."""
        return self.strip_of(self._lines[y] if y < len(self._lines) else ())

    def on_resize(self) -> None:
        """Draw for the new size."""
        self._redraw()

    def on_show(self) -> None:
        """Draw what has been shown while nobody saw it."""
        self._redraw()

    def notify_style_update(self) -> None:
        """Colour the title anew, too: a theme was changed."""
        super().notify_style_update()
        self.call_later(self._colour_heading)

    def on_click(self, event: Click) -> None:
        """Point at the instant under the mouse."""
        offset = event.get_content_offset(self)
        if offset is None or self._scene is None:
            return
        window = self._scene.sight.window(self._scene.now, self.columns())
        part = (offset.x - FIELD_LEFT + 0.5) / self.columns()
        self.post_message(self.Pointed(window.start_ns + round(window.length_ns * min(max(part, 0), 1))))

    def _redraw(self) -> None:
        scene, (width, height) = self._scene, self.content_size
        if scene is None or not self.display or not width or not height:
            return
        window = scene.sight.window(scene.now, self.columns())
        wanted = (scene.version, window, scene.look, width, height)
        if wanted == self._drawn:
            return
        self._drawn = wanted
        self._put(draw(scene.chart(), window, width, height, scene.look), width, height)

    def _put(self, picture: Picture, width: int, height: int) -> None:
        before, self._lines = self._lines, picture.lines
        self.top = picture.top
        changed = [
            Region(0, y, width, 1)
            for y, line in enumerate(picture.lines)
            if y >= len(before) or line != before[y]
        ]
        if len(before) > height:
            self.refresh()
        elif changed:
            self.refresh(*changed)
        heading = [*picture.title, *([Span("  ")] if picture.legend else []), *picture.legend]
        if heading != self._heading:
            self._heading = heading
            self._colour_heading()

    def _colour_heading(self) -> None:
        style_of = self.style_of
        parts = [
            (text, Style.from_rich_style(style_of(role)) if role else "") for text, role in self._heading
        ]
        self.border_title = Content.assemble(*parts)
