"""What a command without a screen writes to stdout: every event, rows and summary, the summary, or the routes alone."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import fill
from typing import TYPE_CHECKING, Final

import click

from muxbw_tui.cli.console import print_out, print_summary, stdout_width
from muxbw_tui.cli.flags import is_typed, overruled
from muxbw_tui.run.columns import COLUMN_BY_ID
from muxbw_tui.run.export import to_csv, to_json_lines
from muxbw_tui.run.route_rows import SUMMARY_COLUMNS, route_rows

if TYPE_CHECKING:
    from muxbw_tui.run.state import RunState

COLUMNS_HELP: Final = "\b\nColumns:\n" + fill(
    ", ".join(COLUMN_BY_ID), 78, initial_indent="  ", subsequent_indent="  "
)
table_flag: Final = click.option(
    "--table",
    type=click.Choice(("text", "csv", "json")),
    help="Just the routes at the end, a row each: for people, as CSV, or a JSON object a line.",
)


@dataclass(frozen=True, slots=True)
class Report:
    """What is written.

    Attributes:
        every_event: NDJSON, and nothing else.
        rows: a row an event, for people.
        table: the routes alone at the end, as text, csv or json; empty for the summary.
        columns: of the routes' rows; the usual ones where none are named.
    """

    every_event: bool
    rows: bool
    table: str
    columns: tuple[str, ...]

    def print_end(self, state: RunState) -> None:
        """Print what stands at the end of a run."""
        if self.table == "csv":
            print_out(to_csv(state, self.columns))
        elif self.table == "json":
            print_out(to_json_lines(state, self.columns))
        elif self.table:
            rows = route_rows(state, self.columns or SUMMARY_COLUMNS, width=stdout_width())
            print_out("".join(f"{row}\n" for row in rows))
        elif not self.every_event:
            print_summary(state, self.columns)


def report_of(*, as_json: bool, quiet: bool, table: str | None, columns: tuple[str, ...]) -> Report:
    """Return what the flags of these names ask for; a typed one counts more than one of the configuration.

    Raises:
        click.UsageError: flags that exclude each other were given with the same weight.
    """
    asked = [name for name, on in (("as_json", as_json), ("quiet", quiet), ("table", table)) if on]
    held = [name for name in asked if not any(overruled(name, by=other) for other in asked)]
    if len(held) > 1:
        raise click.UsageError(
            "--json writes every event, --quiet the summary and --table the routes: give one of them"
        )
    if held == ["as_json"] and is_typed("columns"):
        raise click.UsageError(
            "--columns are those of the routes' rows, and --json writes events as they are"
        )
    return Report(
        every_event=held == ["as_json"],
        rows=not held,
        table=(table or "") if held == ["table"] else "",
        columns=columns,
    )
