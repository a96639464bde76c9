"""A terminal that is closed takes neither the writer of the screen nor the run with it."""

from __future__ import annotations

import os
import pty

import pytest

from muxbw_tui.tui.driver import LossProofOutput


def test_writing_to_a_lost_terminal_is_no_error() -> None:
    """Textual's writer would die of it, and the app would then wait for the writer for ever."""
    ours, theirs = pty.openpty()
    with os.fdopen(theirs, "w", encoding="utf-8") as file:
        os.close(ours)
        with pytest.raises(OSError, match="Input/output"):
            os.write(file.fileno(), b"x")
        output = LossProofOutput(file)

        for _ in range(2):
            output.write("x" * 100_000)
            output.flush()

        assert output.fileno() == file.fileno()
