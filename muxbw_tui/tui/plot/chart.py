"""One plot as lines of spans: curves over a time axis with a zero baseline, ticks, marks and a cursor. Pure.

Given what to draw, a window of time, a size in cells and a look; it must not know a run's state, a widget or a colour.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from muxbw_tui.tui.plot.axes import Scale, instant_text, scale_to, time_label, time_ticks
from muxbw_tui.tui.plot.canvas import Canvas, Extent, Style, sample_of
from muxbw_tui.tui.plot.grid import Grid
from muxbw_tui.tui.plot.marks import draw_marks, mark_column
from muxbw_tui.tui.spans import Span, fit

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from muxbw_tui.run.series import Mark
    from muxbw_tui.tui.plot.axes import Unit
    from muxbw_tui.tui.plot.sight import Window

_LABEL_WIDTH: Final = 4
FIELD_LEFT: Final = _LABEL_WIDTH + 1  # cells before the field: labels and the axis
_LEAST_FIELD: Final = 4
_LABELS_BELOW_FROM: Final = 6  # lines; on less the instants stand in the axis itself
_TICK_CELLS: Final = 10
_DIVISION_ROWS: Final = 3
_BOX: Final = {"corner": "┼", "side": "│", "tick": "┤", "line": "─", "instant": "┬", "cursor": "│"}
_PLAIN_BOX: Final = {"corner": "+", "side": "|", "tick": "+", "line": "-", "instant": "+", "cursor": "|"}


class Line(NamedTuple):
    """A curve.

    Attributes:
        name: for the legend.
        role: what colours it.
        columns: what each of so many columns shows of a window.
    """

    name: str
    role: str
    columns: Callable[[Window, int], list[Extent | None]]


class Chart(NamedTuple):
    """What a plot shows.

    Attributes:
        units: of the value axis, ascending; `usual` while there is no value.
        lines: the first one lies on top; as many as `canvas.LINES_TOLD_APART`.
        waiting: what stands in place of the lines while there is nothing to draw.
        note: stands in the title.
    """

    title: str
    units: Sequence[Unit]
    usual: Unit
    lines: Sequence[Line] = ()
    marks: Collection[Mark] = ()
    waiting: str = ""
    note: str = ""


class Look(NamedTuple):
    """How to draw.

    Attributes:
        top: the value at the top of a scale that is held; None for one that suits what is in sight.
        cursor_ns: where the cursor's line stands; None for no line.
    """

    style: Style = Style.BRAILLE
    top: float | None = None
    cursor_ns: int | None = None


class Picture(NamedTuple):
    """A drawn plot.

    Attributes:
        title: what is plotted, in which unit.
        legend: which line is which, or the values at the cursor.
        lines: as many as asked for, each exactly as wide as asked for.
        top: the value at the top of the scale.
    """

    title: list[Span]
    legend: list[Span]
    lines: list[list[Span]]
    top: float


class _Frame(NamedTuple):
    """Where in the grid what is: the field right of `left` and above `axis`."""

    grid: Grid
    left: int
    axis: int
    box: dict[str, str]

    @property
    def width(self) -> int:
        return self.grid.width - self.left

    def column(self, instant_ns: int, window: Window) -> int:
        return self.left + mark_column(instant_ns, window, self.width)


def draw(chart: Chart, window: Window, width: int, height: int, look: Look) -> Picture:
    """Return the plot in exactly `width` x `height` cells; blank where that is too small."""
    grid = Grid(width, height)
    axis = height - (2 if height >= _LABELS_BELOW_FROM else 1)
    left = FIELD_LEFT
    if axis < 1 or width - left < _LEAST_FIELD:
        return Picture([Span(chart.title)], [], grid.lines(), look.top or 0.0)
    frame = _Frame(grid, left, axis, _PLAIN_BOX if look.style is Style.ASCII else _BOX)
    canvas = Canvas(frame.width, axis, look.style)
    columns = [line.columns(window, canvas.columns) for line in chart.lines]
    scale = _scale(chart, columns, look, rows=axis)
    for number, extents in enumerate(columns):
        canvas.draw(extents, scale.top, number)
    _draw_canvas(frame, canvas, chart)
    _draw_axes(frame, scale)
    if chart.waiting:
        text = fit(chart.waiting, min(len(chart.waiting), frame.width))
        grid.put(left + (frame.width - len(text)) // 2, axis // 2, text, "muted")
    ticks = time_ticks(window.start_ns, window.end_ns, frame.width // _TICK_CELLS)
    for instant_ns in ticks:
        if frame.column(instant_ns, window) > left:
            grid.put(frame.column(instant_ns, window), axis, frame.box["instant"], "axis")
    draw_marks(grid, chart.marks, window, look.style, left=left, axis=axis)
    if look.cursor_ns is not None and window.start_ns <= look.cursor_ns <= window.end_ns:
        _draw_cursor(frame, window, look.cursor_ns)
    _label_ticks(frame, ticks, window)
    return Picture(
        _title(chart, scale, look), _legend(chart, columns, scale, window, look), grid.lines(), scale.top
    )


def _scale(chart: Chart, columns: Sequence[Sequence[Extent | None]], look: Look, *, rows: int) -> Scale:
    highest = max((extent.high for extents in columns for extent in extents if extent), default=0.0)
    top = look.top if look.top is not None and look.top > 0 else highest
    return scale_to(top, most_divisions=max(rows // _DIVISION_ROWS, 1), units=chart.units, usual=chart.usual)


def _draw_canvas(frame: _Frame, canvas: Canvas, chart: Chart) -> None:
    for row, cells in enumerate(canvas.cells()):
        for column, cell in enumerate(cells):
            if cell is not None:
                frame.grid.put(frame.left + column, row, cell.character, chart.lines[cell.line].role)


def _draw_axes(frame: _Frame, scale: Scale) -> None:
    grid, left, axis, box = frame
    for row in range(axis):
        grid.put(left - 1, row, box["side"], "axis")
    grid.put(left - 1, axis, box["corner"] + box["line"] * frame.width, "axis")
    labels = scale.labels()
    for number, label in enumerate(labels):
        row = axis if number == 0 else round((axis - 1) * (1 - number / (len(labels) - 1)))
        grid.put(0, row, fit(label, _LABEL_WIDTH, "right"), "muted")
        if number:
            grid.put(left - 1, row, box["tick"], "axis")


def _label_ticks(frame: _Frame, ticks: Sequence[int], window: Window) -> None:
    """Write the instants of the ticks below the axis, or into it where there is no line below; what is there stays."""
    grid, left, axis, box = frame
    for instant_ns in ticks:
        column, label = frame.column(instant_ns, window), time_label(instant_ns, window.end_ns)
        if axis + 1 < grid.height:
            start = min(max(column - len(label) // 2, left), grid.width - len(label))
            if grid.is_free(start, axis + 1, len(label)):
                grid.put(start, axis + 1, label, "muted")
        elif grid.is_free(column + 1, axis, len(label), free=box["line"]):
            grid.put(column + 1, axis, label, "muted")


def _draw_cursor(frame: _Frame, window: Window, cursor_ns: int) -> None:
    """Draw a line through the free cells of the field, and its instant below where there is a line for it."""
    grid, left, axis, box = frame
    column = frame.column(cursor_ns, window)
    for row in range(axis):
        if grid.is_free(column, row, 1):
            grid.put(column, row, box["cursor"], "instant")
    label = instant_text(cursor_ns)
    start = min(max(column - len(label) // 2, left), grid.width - len(label))
    grid.put(start, axis + 1, label, "instant")


def _title(chart: Chart, scale: Scale, look: Look) -> list[Span]:
    title = [Span(f"{chart.title}, {scale.unit.name}", "")]  # the frame's own
    notes = [chart.note] if chart.note else []
    if look.top is not None:
        notes.append("scale held")
    return [*title, *(Span(f" · {note}", "muted") for note in notes)]


def _legend(
    chart: Chart, columns: Sequence[Sequence[Extent | None]], scale: Scale, window: Window, look: Look
) -> list[Span]:
    """Return a sample of each line, or its value at the cursor."""
    if chart.waiting:
        return []
    cursor_ns = look.cursor_ns
    if cursor_ns is None or not window.start_ns <= cursor_ns <= window.end_ns:
        return [
            span
            for number, line in enumerate(chart.lines)
            for span in (
                Span("  " if number else "", "muted"),
                Span(sample_of(number, look.style), line.role),
                Span(f" {line.name}", "muted"),
            )
        ]
    spans = [Span(instant_text(cursor_ns), "instant")]
    for line, extents in zip(chart.lines, columns, strict=True):
        extent = extents[mark_column(cursor_ns, window, len(extents))] if extents else None
        if extent is not None:
            spans += [Span(f"  {line.name} ", "muted"), Span(_value_text(extent, scale.unit), line.role)]
    return spans if len(spans) > 1 else [*spans, Span("  no data", "muted")]


def _value_text(extent: Extent, unit: Unit) -> str:
    low, high = f"{extent.low / unit.factor:.1f}", f"{extent.high / unit.factor:.1f}"
    return high if low == high else f"{low} to {high}"
