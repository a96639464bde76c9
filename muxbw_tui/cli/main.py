"""The command line's door: which command is meant, and how errors leave the program.

Commands are imported when they are called, so that none pays for another's imports; those that show no screen never
import Textual.
"""

from __future__ import annotations

import gc
import importlib
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

import muxbw_tui
from muxbw_tui.cli.flags import has_settings, name_variables, variable_of
from muxbw_tui.cli.notices import say
from muxbw_tui.cli.settings import find_settings
from muxbw_tui.cli.stdout import ReaderGoneError, drop_stdout, flush_stdout, guard_stdout
from muxbw_tui.errors import ConfigError, ExitCode, MuxbwError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_COMMANDS = {
    "watch": "Watch a run in the dashboard (what muxbw-tui alone does).",
    "run": "Carry a run out without a screen: rows for people, or NDJSON.",
    "runs": "List the runs that are under way, here or on a server.",
    "attach": "Watch a run that is under way in the dashboard.",
    "ping": "Time round trips over one route, or over dmsg.",
    "bandwidth": "Measure what one route carries, a block at a time.",
    "routes": "Print the disjoint routes that a run would take.",
    "replay": "Show a recording in the dashboard, or convert it.",
    "keygen": "Make the key of a source or a node, and print its public half.",
    "node": "Run a node on this host: responder and relay for the keys that it allows.",
    "serve": "Serve the engine to dashboards and stock clients on this host.",
    "config": "Show what is configured, where it comes from, or a file to begin with.",
    "completion": "Print what lets bash, zsh or fish complete commands, flags and values.",
}
_DEFAULT_COMMAND = "watch"
_COMPLETION_VARIABLE = "_MUXBW_TUI_COMPLETE"
_HELP = {"-h", "--help"}

_EPILOG = """\b
Examples:
  muxbw-tui                              the dashboard on an embedded network
  muxbw-tui -d 5m --scenario healthy     the same for longer, with nothing broken
  muxbw-tui watch 0326…8814 --connect 127.0.0.1:3435 -r 8
  muxbw-tui run -r 4 -d 10s --json | jq .
  muxbw-tui replay run.ndjson
"""


class LazyGroup(click.Group):
    """Imports a command when it is called, and takes bare flags as those of the default command."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands' names, in the order of their use."""
        del ctx
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the module of a command and return the command."""
        del ctx
        if cmd_name not in _COMMANDS:
            return None
        gc.disable()  # what is imported stays, so that looking for garbage among it only takes time
        module = importlib.import_module(f"muxbw_tui.cli.{cmd_name}")
        gc.enable()
        command: click.Command = module.command
        name_variables(cmd_name, command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take `muxbw-tui -d 5m` as `muxbw-tui watch -d 5m`; --config may stand before either."""
        own = _own_flags(args)
        rest = args[own:]
        is_bare = not rest or (rest[0].startswith("-") and rest[0] not in _HELP | {"--version"})
        # Whoever presses tab behind the program's name is to be offered the commands.
        if is_bare and (rest or not ctx.resilient_parsing):
            args = [*args[:own], _DEFAULT_COMMAND, *rest]
        return super().parse_args(ctx, args)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command and give its flags the defaults of the configuration; --help does without a broken one."""
        name, command, rest = super().resolve_command(ctx, args)
        if name is not None and command is not None and not ctx.resilient_parsing and has_settings(name):
            try:
                _configure(ctx, name, command)
            except ConfigError:
                if _HELP.isdisjoint(rest):
                    raise
        return name, command, rest

    def invoke(self, ctx: click.Context) -> object:
        """Carry the command out; an error that a task group has wrapped leaves it as what it is."""
        try:
            return super().invoke(ctx)
        except ExceptionGroup as group:
            error: Exception = group
            while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
                error = error.exceptions[0]
            raise error from error.__cause__

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem[str]]:
        """Offer the default command's flags beside the commands and our own."""
        found = super().shell_complete(ctx, incomplete)
        watch = self.get_command(ctx, _DEFAULT_COMMAND)
        if incomplete.startswith("-") and watch is not None:
            found += watch.shell_complete(click.Context(watch, parent=ctx), incomplete)
        return found


def _own_flags(args: list[str]) -> int:
    """Return how many of the first arguments are --config and its file."""
    if args[:1] == ["--config"]:
        return min(len(args), 2)
    return 1 if args and args[0].startswith("--config=") else 0


def _configure(ctx: click.Context, name: str, command: click.Command) -> None:
    """Give a command's flags the defaults of the configuration file.

    Raises:
        ConfigError: the file cannot be used.
    """
    settings = ctx.obj = find_settings(ctx.params["config_file"])
    settings.check_tables([name for name in _COMMANDS if has_settings(name)])
    settings.keys()
    ctx.default_map = {name: settings.default_map(name, command)}


@click.command(
    cls=LazyGroup,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Defaults of flags, keys and colours; before the command. See muxbw-tui config.",
)
@click.version_option(muxbw_tui.__version__, prog_name="muxbw-tui")
def cli(config_file: Path | None) -> None:
    """Measure what N relayed routes carry at once, watch each of them live, and see why one carries nothing.

    Without a command the dashboard opens; its flags (muxbw-tui watch --help) may be given right away.
    """
    del config_file  # read when the command is known: see LazyGroup.resolve_command


def main() -> None:
    """Run the command line and leave with its exit code."""
    # The gRPC core writes its own lines to stderr, across the screen; what matters comes as errors anyway.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    if isinstance(sys.stderr, io.TextIOWrapper):
        sys.stderr.reconfigure(errors="replace")
    guard_stdout()
    try:
        status = cli.main(standalone_mode=False, complete_var=_COMPLETION_VARIABLE)
    except click.ClickException as exc:
        _explained(exc).show()
        status = exc.exit_code
    except (click.Abort, KeyboardInterrupt):
        drop_stdout()
        status = ExitCode.INTERRUPTED
    except ReaderGoneError as exc:
        status = exc.exit_code
    except MuxbwError as exc:
        say(f"Error: {exc}")
        status = exc.exit_code
    flush_stdout()
    sys.exit(status if isinstance(status, int) else ExitCode.OK)


def _explained(error: click.ClickException) -> click.ClickException:
    """Say which variable a refused value is from, since the command line does not show it; and where --config goes."""
    if isinstance(error, click.NoSuchOption) and error.option_name == "--config":
        return click.UsageError("--config goes before the command: muxbw-tui --config FILE run", error.ctx)
    if isinstance(error, click.BadParameter) and error.ctx and isinstance(error.param, click.Option):
        source = error.ctx.get_parameter_source(str(error.param.name))
        if source is ParameterSource.ENVIRONMENT:
            error.param_hint = variable_of(error.param, os.environ)
    return error
