"""The log of a command that serves: to stderr, a line a record, whatever a peer has put into it."""

from __future__ import annotations

import logging
import sys

_LONGEST_MESSAGE = 1000


class LineFormatter(logging.Formatter):
    """Lets no message begin a line of its own, or speak to the terminal: peers choose words that end up in some."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 (logging's name)
        """Return the line of a record, with what cannot be printed in its message as Python would write it."""
        message = record.message[:_LONGEST_MESSAGE]
        record.message = "".join(map(_printable, message))
        return super().formatMessage(record)


def log_to_stderr(style: str) -> None:
    """Write what the program logs to stderr, each record in this `logging` format."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(LineFormatter(style))
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def _printable(character: str) -> str:
    return character if character.isprintable() else repr(character)[1:-1]
