"""A terminal that is closed takes neither the writer of the screen nor the run with it."""

from __future__ import annotations

import os
import pty
from threading import Thread
from typing import TYPE_CHECKING, Any

import pytest
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

from muxbw_tui.tui.driver import LossProofDriver, LossProofOutput

if TYPE_CHECKING:
    from collections.abc import Callable


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


class RunningApp(App[object]):
    """An app that counts as running, and keeps what it is asked to do."""

    def __init__(self) -> None:
        super().__init__()
        self._running = True
        self.asked: list[str] = []

    def call_later(
        self, callback: Callable[..., Any], *args: Any, **kwargs: Any
    ) -> bool:  # Any: Textual's own
        del callback, kwargs
        self.asked += args
        return True


@pytest.mark.parametrize("ends", ["terminal", "app"])
async def test_the_reader_of_keys_ends_with_the_terminal_and_with_the_app(ends: str) -> None:
    """A closed terminal gives an end again and again; a reader that goes on with it keeps a core busy for ever."""
    ours, theirs = pty.openpty()
    app = RunningApp()
    driver = LossProofDriver(app, size=(80, 24))
    driver.fileno = theirs
    reader = Thread(target=driver.run_input_thread)
    reader.start()
    if ends == "terminal":
        os.close(ours)
    else:
        app._running = False
    reader.join(5)
    ended = not reader.is_alive()
    driver.exit_event.set()
    reader.join()
    os.close(theirs)
    if ends == "app":
        os.close(ours)

    assert ended
    assert app.asked == (["hang_up"] if ends == "terminal" else [])


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
