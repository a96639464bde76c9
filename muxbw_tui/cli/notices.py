"""What the commands tell people beside their data: on stderr, each a line that is fit to be shown.

The one place that writes there but for the log: much of what is said ends in the words of a server or a node.
"""

from __future__ import annotations

import click

from muxbw_tui.run.text import clean_line

_LONGEST = 2000


def say(text: str) -> None:
    """Print a line to stderr, without what a terminal would obey."""
    click.echo(clean_line(text, limit=_LONGEST), err=True)
