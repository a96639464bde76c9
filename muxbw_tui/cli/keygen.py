"""`muxbw-tui keygen`: a private key in a file of its own."""

from __future__ import annotations

from pathlib import Path

import click

from muxbw_tui.cli.stdout import OutputError
from muxbw_tui.errors import UsageError
from muxbw_tui.network.identity import Identity

_EPILOG = """\b
Examples:
  muxbw-tui keygen osaka.key             prints the public key, for other nodes' allow-lists
  KEY=$(muxbw-tui keygen source.key)
"""


@click.command("keygen", epilog=_EPILOG)
@click.argument("file", type=click.Path(path_type=Path))
def command(file: Path) -> None:
    """Make a private key, write it to FILE, and print the public key that others know it by.

    The file can be read by its owner alone, and one that exists is never written over.
    """
    identity = Identity.generate()
    identity.save(file)
    try:
        click.echo(identity.public_key)
    except OutputError as exc:  # nothing else tells a key's public half
        raise UsageError(
            f"{exc}; the key in {file} is there, its public half is {identity.public_key}"
        ) from exc
