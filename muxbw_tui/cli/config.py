"""`muxbw-tui config`: what holds and why, a file to begin with, and where it is looked for."""

from __future__ import annotations

import difflib
import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from muxbw_tui.cli.effective import of_command, of_everything
from muxbw_tui.cli.flags import VARIABLE_PREFIX, settings_of
from muxbw_tui.cli.notices import say
from muxbw_tui.cli.settings import FILE_VARIABLE, default_path, find_settings
from muxbw_tui.cli.template import template, toml

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from muxbw_tui.cli.effective import Effective
    from muxbw_tui.cli.settings import Settings

_EPILOG = """\b
Examples:
  muxbw-tui config                             every setting, its value, and where that comes from
  muxbw-tui config --show run -r 8 --json      what muxbw-tui run -r 8 --json would work with
  file=$(muxbw-tui config --path) && mkdir -p "$(dirname "$file")"
  test -e "$file" || muxbw-tui config --template > "$file"
  MUXBW_THEME=light muxbw-tui config --json | jq 'select(.source != "default")'
"""
_COMMENT_COLUMN = 44


@click.command(
    "config",
    epilog=_EPILOG,
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False},
)
@click.option("--show", "what", flag_value="show", default="show", help="What holds, and why. The default.")
@click.option("--template", "what", flag_value="template", help="A commented file with every setting.")
@click.option("--path", "what", flag_value="path", help="Where the file is looked for.")
@click.option("--json", "as_json", is_flag=True, help="With --show: one line of JSON a setting.")
@click.argument("arguments", metavar="[COMMAND [FLAG]...]", nargs=-1, type=click.UNPROCESSED)
@click.pass_context
def command(ctx: click.Context, *, what: str, as_json: bool, arguments: tuple[str, ...]) -> None:
    """Show the configuration: of COMMAND as it would start with these FLAGs, or of everything.

    A setting is looked for on the command line, then in the environment, then in the file: the first decides.
    """
    if what != "show" and (arguments or as_json):
        raise click.UsageError(f"--{what} goes with neither a command nor --json: --show does")
    given = ctx.parent.params.get("config_file") if ctx.parent else None
    match what:
        case "path":
            click.echo(given or os.environ.get(FILE_VARIABLE, default_path()))
        case "template":
            click.echo(template(_commands(ctx)), nl=False)
        case _:
            _show(ctx, find_settings(given), arguments, as_json=as_json)


def _show(ctx: click.Context, settings: Settings, arguments: Sequence[str], *, as_json: bool) -> None:
    commands = dict(_commands(ctx))
    settings.check_tables(commands)
    found: Iterable[Effective]
    if arguments:
        name, *flags = arguments
        if name not in commands:
            raise click.UsageError(
                f"{name!r} is no command with settings: expected one of {', '.join(commands)}"
            )
        found = sorted(
            of_command(settings, name, commands[name], flags), key=lambda setting: setting.table == name
        )
    else:
        found = of_everything(settings, commands.items())
    lines = map(_json_line, found) if as_json else _text_lines(settings, found)
    click.echo("\n".join(lines))
    for warning in _unknown_variables(commands.items()):
        say(warning)


def _commands(ctx: click.Context) -> Iterator[tuple[str, click.Command]]:
    """Yield the commands that have settings; this imports each of them."""
    group = ctx.parent.command if ctx.parent else None
    if ctx.parent is None or not isinstance(group, click.Group):
        return
    for name in group.list_commands(ctx.parent):
        found = group.get_command(ctx.parent, name)
        if found is not None and settings_of(name, found):
            yield name, found


def _json_line(setting: Effective) -> str:
    return json.dumps(asdict(setting), ensure_ascii=False)


def _text_lines(settings: Settings, found: Iterable[Effective]) -> Iterator[str]:
    """Yield the settings as TOML, so that the output can be a configuration itself."""
    there = settings.path is not None and (settings.text or settings.path.exists())
    state = "" if there else " (no such file)"
    yield f"# {settings.path}{state}" if settings.path else f"# no file: {FILE_VARIABLE} is empty"
    table = ""
    for setting in found:
        if setting.table != table:
            table = setting.table
            yield f"\n[{table}]"
        is_set = setting.value is not None
        line = f"{setting.name} = {toml(setting.value)}" if is_set else f"# {setting.name}"
        yield f"{line:<{_COMMENT_COLUMN}}  # {setting.where or ('default' if is_set else 'not set')}"


def _unknown_variables(commands: Iterable[tuple[str, click.Command]]) -> Iterator[str]:
    """Say of every variable of ours that nothing is set by it: it may be a slip of the pen."""
    known = {FILE_VARIABLE}
    for name, found in commands:
        for option in settings_of(name, found).values():
            known.update(option.envvar or ())
    for variable in sorted(os.environ):
        if variable.startswith(f"{VARIABLE_PREFIX}_") and variable not in known:
            near = difflib.get_close_matches(variable, known, n=1)
            hint = f"; did you mean {near[0]}?" if near else ""
            yield f"{variable} sets nothing: no setting is called so{hint}"
