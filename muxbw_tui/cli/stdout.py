"""The program's stdout: what becomes of a reader that has gone, and of a disk that is full.

Owns that both are errors of ours from wherever it is written, so that one handler knows them from any other `OSError`,
click's own for a broken pipe among them. It must not write anything itself.
"""

from __future__ import annotations

import io
import os
import sys
from typing import TYPE_CHECKING

from muxbw_tui.errors import ExitCode, UsageError

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class OutputError(UsageError):
    """Stdout takes no more; the message says why."""


class ReaderGoneError(OutputError):
    """Whoever read our output has gone (`| head`), which is no fault."""

    exit_code = ExitCode.OK


class _Stdout(io.FileIO):
    """The descriptor, with errors that say whose they are."""

    def write(self, data: ReadableBuffer, /) -> int:
        """Write what the descriptor takes of the data.

        Raises:
            OutputError: it takes none.
        """
        try:
            return super().write(data)
        except BrokenPipeError as exc:
            raise ReaderGoneError("nobody reads the output") from exc
        except OSError as exc:
            raise OutputError(f"cannot write the output: {reason_of(exc)}") from exc


def guard_stdout() -> None:
    """Have every write to stdout that fails raise an `OutputError`, and what cannot be encoded replaced."""
    before = sys.stdout
    if isinstance(before, io.TextIOWrapper):
        before.flush()
        raw = _Stdout(before.fileno(), "wb", closefd=False)
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(raw), before.encoding, errors="replace", line_buffering=before.line_buffering
        )


def flush_stdout() -> None:
    """Flush what is left; what cannot be written must not be told once more at shutdown."""
    if sys.stdout is None:  # closed by whoever started us
        return
    try:
        sys.stdout.flush()
    except OutputError:
        drop_stdout()


def drop_stdout() -> None:
    """Send what may still be buffered nowhere: whoever should read it has gone, or does not read."""
    if sys.stdout is not None:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def reason_of(exc: OSError) -> str:
    """Return the words of the field for what the system refused: `no space left on device`."""
    return (exc.strerror or str(exc)).lower()
