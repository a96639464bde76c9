"""The flags that say how the dashboard looks, for every command that opens one.

They reach the command as one `look`; what the operator changes in the dashboard goes back into the configuration.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, ParamSpec, TypeVar

import click

from muxbw_tui.cli.connection import in_help_order
from muxbw_tui.cli.flags import shared_option
from muxbw_tui.cli.settings import Settings
from muxbw_tui.cli.values import COLUMNS, SCALE
from muxbw_tui.run.columns import COLUMN_BY_ID
from muxbw_tui.tui.preferences import PLOT_STYLES, THEME_NAMES, Preferences

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from muxbw_tui.cli.connection import Decorator

P = ParamSpec("P")
R = TypeVar("R")


def _nothing_to_save_to(_changed: Mapping[str, object]) -> None:
    """Keep nothing: the dashboard was opened by something else than the command line."""


@dataclass(frozen=True, slots=True)
class Look:
    """How the dashboard is to look, where it writes its snapshots, and who remembers what is changed in it."""

    preferences: Preferences = field(default_factory=Preferences)
    snapshot_dir: Path = field(default_factory=Path)
    save: Callable[[Mapping[str, object]], None] = _nothing_to_save_to


# In the order in which --help shows them.
_FLAGS: Final[tuple[Decorator, ...]] = (
    shared_option(
        "--theme",
        type=click.Choice(THEME_NAMES),
        default="dark",
        show_default=True,
        help="Colours; ansi takes the terminal's own.",
    ),
    shared_option("--ascii/--no-ascii", default=False, help="Draw with ASCII characters alone."),
    shared_option("--mouse/--no-mouse", default=True, help="Take the mouse, or leave it to the terminal."),
    shared_option(
        "--columns",
        type=COLUMNS,
        metavar="COLUMN[,COLUMN]",
        help="Columns of the table, in order. Default: those that fit the width.",
    ),
    shared_option(
        "--sort",
        type=click.Choice(tuple(COLUMN_BY_ID)),
        default="index",
        show_default=True,
        metavar="COLUMN",
        help="Column to sort the table by.",
    ),
    shared_option("--descending/--ascending", default=False, help="The largest first."),
    shared_option(
        "--plot-style",
        type=click.Choice(PLOT_STYLES),
        default="braille",
        show_default=True,
        help="What plots are drawn with.",
    ),
    shared_option(
        "--scale",
        type=SCALE,
        default="auto",
        show_default=True,
        metavar="MBPS|auto",
        help="Top of the throughput plot.",
    ),
    shared_option(
        "--snapshot-dir",
        type=click.Path(path_type=Path),
        default=Path(),
        metavar="DIR",
        help="Where s writes its snapshots. Default: the current directory.",
    ),
)


def dashboard_flags(function: Callable[..., R]) -> Callable[..., R]:
    """Add the flags to a command, which gets them as one `look`."""

    @in_help_order(*_FLAGS)
    @functools.wraps(function)
    def with_look(
        *args: object,
        theme: str,
        ascii: bool,  # noqa: A002 (the flag's name)
        mouse: bool,
        columns: tuple[str, ...] | None,
        sort: str,
        descending: bool,
        plot_style: str,
        scale: float,
        snapshot_dir: Path,
        **kwargs: object,
    ) -> R:
        ctx = click.get_current_context()
        settings = ctx.find_object(Settings) or Settings(None)
        preferences = Preferences(
            theme=theme,
            ascii=ascii,
            mouse=mouse,
            columns=columns or (),
            sort=sort,
            descending=descending,
            plot_style="ascii" if ascii else plot_style,
            scale_mbps=scale or None,
            keys=settings.keys(),
        )
        save = functools.partial(_save, settings, ctx.info_name or "")
        return function(*args, look=Look(preferences, snapshot_dir, save), **kwargs)

    return with_look


def _save(settings: Settings, command_name: str, changed: Mapping[str, object]) -> None:
    from muxbw_tui.cli.settings_file import save_preferences  # noqa: PLC0415 (tomlkit costs start-up time)

    save_preferences(settings, command_name, changed)
