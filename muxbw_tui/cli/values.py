"""What flags take: each type says how it is written, what it stands for, and what would be accepted.

`toml` is what the configuration may have for a type: in words, and as the types that tomllib makes of it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import click

from muxbw_tui.bounds import MAX_HOPS, MAX_PACKET_SIZE_KB, MAX_ROUTES, MAX_WINDOW
from muxbw_tui.nearest import did_you_mean
from muxbw_tui.run.columns import COLUMN_BY_ID
from muxbw_tui.run.parameters import LARGEST_INT32, Window, parse_span_ns, parse_window

if TYPE_CHECKING:
    from collections.abc import Sequence

    from click.shell_completion import CompletionItem


class DurationType(click.ParamType[int]):
    """`30s`, `1m30s`, `100ms`; nanoseconds within. 0 only where it means something."""

    name = "duration"
    toml = ('a duration in quotes, such as "30s"', (str,))

    def __init__(self, *, zero: bool = False) -> None:
        self._zero = zero

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """Return nanoseconds, or fail with what would be accepted."""
        if isinstance(value, int):
            return value
        try:
            return parse_span_ns(value, zero=self._zero)
        except ValueError as exc:
            self.fail(str(exc), param, ctx)


class CountType(click.IntRange):
    """A whole number, of which an engine of our own takes so much (`own`), and a server what it will."""

    def __init__(self, most: int, *, least: int = 1) -> None:
        super().__init__(least, LARGEST_INT32)
        self.own = click.IntRange(least, most)

    def _describe_range(self) -> str:
        return f"{self.own.min}<=x<={self.own.max}"


class WindowType(click.ParamType[Window]):
    """`1`, `16`, `auto` or `fill`."""

    name = "window"
    toml = ('a whole number, "auto" or "fill"', (int, str))
    own = click.IntRange(1, MAX_WINDOW)

    def convert(
        self, value: str | Window, param: click.Parameter | None, ctx: click.Context | None
    ) -> Window:
        """Return the window, or fail with what would be accepted."""
        if isinstance(value, Window):
            return value
        try:
            return parse_window(value)
        except ValueError as exc:
            self.fail(str(exc), param, ctx)


class ColumnsType(click.ParamType[tuple[str, ...]]):
    """`index,state,path`: columns of the route table, in the order in which they are to stand."""

    name = "columns"
    toml = ("a list of columns", (list, str))

    def convert(
        self, value: str | Sequence[str], param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, ...]:
        """Return the ids of the columns, or fail with what would be accepted."""
        texts = value.split(",") if isinstance(value, str) else value
        columns = tuple(text.strip() for text in texts if text.strip())
        for position, column in enumerate(columns):
            if column not in COLUMN_BY_ID:
                self.fail(f"no column is called {column!r}; {did_you_mean(column, COLUMN_BY_ID)}", param, ctx)
            if column in columns[:position]:
                self.fail(f"{column} stands there twice", param, ctx)
        return columns

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem[str]]:
        """Offer the columns that are not there yet, behind those that are."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 (costs start-up time)

        del ctx, param
        before, comma, begun = incomplete.rpartition(",")
        return [
            CompletionItem(f"{before}{comma}{column}")
            for column in COLUMN_BY_ID
            if column.startswith(begun) and column not in before.split(",")
        ]


class ScaleType(click.ParamType[float]):
    """`100`, or `auto`: the top of the throughput plot; 0 for one that follows what is drawn."""

    name = "scale"
    toml = ('"auto", or a number of Mbit/s', (int, float, str))

    def convert(self, value: str | float, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Return Mbit/s, or fail with what would be accepted."""
        if value == "auto":
            return 0.0
        try:
            scale_mbps = float(value)
        except ValueError:
            scale_mbps = 0.0
        if not scale_mbps > 0 or not math.isfinite(scale_mbps):
            self.fail(f"{str(value)!r} is no scale: write auto, or a number of Mbit/s above 0", param, ctx)
        return scale_mbps


def check_own_bounds() -> None:
    """Check that an engine of our own takes the flags of this command.

    Raises:
        click.BadParameter: it does not; names the flag.
    """
    ctx = click.get_current_context()
    for param in ctx.command.params:
        value = ctx.params.get(str(param.name))
        if isinstance(param.type, CountType | WindowType) and value is not None:
            param.type.own.convert(value.blocks or 1 if isinstance(value, Window) else value, param, ctx)


DURATION = DurationType()
DURATION_OR_NONE = DurationType(zero=True)
WINDOW = WindowType()
ROUTES = CountType(MAX_ROUTES)
ANY_ROUTES = CountType(MAX_ROUTES, least=0)
SIZE_KIB = CountType(MAX_PACKET_SIZE_KB)
HOPS = CountType(MAX_HOPS)
ANY_HOPS = CountType(MAX_HOPS, least=0)
COLUMNS = ColumnsType()
SCALE = ScaleType()
