"""A terminal that is closed takes neither the writer of the screen nor the run with it."""

from __future__ import annotations

import os
import pty

import pytest
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

from muxbw_tui.tui.driver import LossProofDriver, LossProofOutput


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


async def test_the_terminals_title_is_kept_for_whoever_has_it_next(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tab that goes on saying what has long ended is a lie."""
    written: list[str] = []
    monkeypatch.setattr(LossProofDriver, "write", lambda _driver, text: written.append(text))
    for name in ("start_application_mode", "stop_application_mode"):
        monkeypatch.setattr(LinuxDriver, name, lambda _driver: None)
    driver = LossProofDriver(App(), size=(80, 24))

    driver.start_application_mode()
    driver.set_title("4 of 4 routes carry")
    driver.stop_application_mode()

    assert written == ["\x1b[22;2t", "\x1b]2;4 of 4 routes carry\x07", "\x1b[23;2t"]
