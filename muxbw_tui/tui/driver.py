"""The terminal's driver: Textual's own, which outlives its terminal.

When a terminal is closed, Textual's writer thread dies of the first write, and the loop then waits for it for ever as
soon as its queue is full; its reader thread ends the app with a traceback. Here output to a lost terminal goes nowhere,
and the app is asked to hang up, so that it still stops its run. Reaches into the pinned Textual (`_file`, `_app`).
"""

from __future__ import annotations

import contextlib
from typing import IO, TYPE_CHECKING, cast

from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from io import TextIOWrapper

    from textual.app import App

# xterm's control sequences: window title, and its stack of titles. Terminals that know neither ignore them.
_OSC, _BEL = "\x1b]", "\x07"
_PUSH_TITLE, _POP_TITLE = "\x1b[22;2t", "\x1b[23;2t"


class LossProofOutput:
    """A file to write to that stays silent about a terminal that is gone."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """Write if there still is a terminal."""
        with contextlib.suppress(OSError):
            self._file.write(text)

    def flush(self) -> None:
        """Flush if there still is a terminal."""
        with contextlib.suppress(OSError):
            self._file.flush()

    def fileno(self) -> int:
        """Return the terminal's descriptor."""
        return self._file.fileno()


class LossProofDriver(LinuxDriver):
    """Drives a terminal, and lets go of one that was closed."""

    def __init__(
        self,
        app: App[object],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        if self._file is not None:
            self._file = cast("TextIOWrapper", LossProofOutput(self._file))

    def start_application_mode(self) -> None:
        """Take the terminal, and keep its title for later."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        self.write(_PUSH_TITLE)

    def stop_application_mode(self) -> None:
        """Give the terminal back, and its title."""
        self.write(_POP_TITLE)
        super().stop_application_mode()

    def set_title(self, title: str) -> None:
        """Set the title of the terminal's window or tab; it must be one clean line."""
        self.write(f"{_OSC}2;{title}{_BEL}")

    def run_input_thread(self) -> None:
        """Read keys until the driver stops or the terminal is gone."""
        try:
            super().run_input_thread()
        except OSError:
            self._app.call_later(self._app.run_action, "hang_up")
