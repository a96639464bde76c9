"""The command line's door: which command is meant, and how errors leave the program.

Commands are imported when they are called, so that none pays for another's imports; those that show no screen never
import Textual.
"""

from __future__ import annotations

import importlib
import io
import os
import sys

import click

import muxbw_tui
from muxbw_tui.errors import ExitCode, MuxbwError
from muxbw_tui.run.text import clean_line

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
}
_DEFAULT_COMMAND = "watch"
_LONGEST_ERROR = 2000

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
        module = importlib.import_module(f"muxbw_tui.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing any."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take `muxbw-tui -d 5m` as `muxbw-tui watch -d 5m`."""
        if not args or (args[0].startswith("-") and args[0] not in {"-h", "--help", "--version"}):
            args = [_DEFAULT_COMMAND, *args]
        return super().parse_args(ctx, args)


@click.command(
    cls=LazyGroup,
    epilog=_EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(muxbw_tui.__version__, prog_name="muxbw-tui")
def cli() -> None:
    """Measure what N relayed routes carry at once, watch each of them live, and see why one carries nothing.

    Without a command the dashboard opens; its flags (muxbw-tui watch --help) may be given right away.
    """


def main() -> None:
    """Run the command line and leave with its exit code."""
    # The gRPC core writes its own lines to stderr, across the screen; what matters comes as errors anyway.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        status = cli.main(standalone_mode=False)
    except click.ClickException as exc:
        exc.show()
        status = exc.exit_code
    except (click.Abort, KeyboardInterrupt):
        drop_stdout()
        status = ExitCode.INTERRUPTED
    except MuxbwError as exc:
        click.echo(f"Error: {clean_line(str(exc), limit=_LONGEST_ERROR)}", err=True)
        status = exc.exit_code
    except BrokenPipeError:
        drop_stdout()
        status = ExitCode.OK
    _flush_stdout()
    sys.exit(status if isinstance(status, int) else ExitCode.OK)


def _flush_stdout() -> None:
    """Flush what is left; a reader that has gone (`| head`) is no error and must not be one at shutdown either."""
    if sys.stdout is None:  # closed by whoever started us
        return
    try:
        sys.stdout.flush()
    except OSError:
        drop_stdout()


def drop_stdout() -> None:
    """Send what may still be buffered nowhere: whoever should read it has gone, or does not read."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
