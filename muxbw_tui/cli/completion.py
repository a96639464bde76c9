"""`muxbw-tui completion`: the script that lets a shell complete commands, flags and their values."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

PROGRAM = "muxbw-tui"
VARIABLE = "_MUXBW_TUI_COMPLETE"
SHELLS = ("bash", "zsh", "fish")
_EPILOG = """\b
Once, and for every new shell:
  bash   muxbw-tui completion bash > ~/.local/share/bash-completion/completions/muxbw-tui
  zsh    muxbw-tui completion zsh > ~/.zfunc/_muxbw-tui      with fpath+=~/.zfunc before compinit
  fish   muxbw-tui completion fish > ~/.config/fish/completions/muxbw-tui.fish
\b
In this shell alone:
  eval "$(muxbw-tui completion bash)"
"""


@click.command("completion", epilog=_EPILOG)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str) -> None:
    """Print the script that completes muxbw-tui in SHELL."""
    completion = get_completion_class(shell)
    if completion is None:
        raise click.UsageError(f"click knows no completion for {shell}")
    # Not source(): it asks the installed bash for its version, and the script may be for another host.
    script = completion(ctx.find_root().command, {}, PROGRAM, VARIABLE)
    click.echo(script.source_template % script.source_vars(), nl=False)
