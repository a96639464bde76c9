"""The terminal's driver: Textual's own, which outlives its terminal.

When a terminal is closed, Textual's writer thread dies of the first write, and the loop then waits for it for ever as
soon as its queue is full; its reader thread reads the end again and again, for ever where the signals of a hang-up have
started a second one. Here output to a lost terminal goes nowhere, and the app is asked to hang up, so that it still
stops its run. Reaches into the pinned Textual (`_file`, `_app`, `_key_thread`).
"""

from __future__ import annotations

import contextlib
import os
import select
from codecs import getincrementaldecoder
from typing import IO, TYPE_CHECKING, Final, cast

from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver

if TYPE_CHECKING:
    from io import TextIOWrapper

    from textual.app import App

_POLL_S: Final = 0.1
_READ_BYTES: Final = 4096
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
        """Read keys until the driver or the app stops, or the terminal is gone."""
        parser, decode = XTermParser(self._debug), getincrementaldecoder("utf-8")("replace").decode
        while self._app.is_running and not self.exit_event.is_set():
            if select.select([self.fileno], [], [], _POLL_S)[0]:
                received = self._received()
                if not received:
                    self._app.call_later(self._app.run_action, "hang_up")
                    return
                if text := decode(received):  # to the parser, no text is the end
                    for message in parser.feed(text):
                        self.process_message(message)
            for message in parser.tick():
                self.process_message(message)

    def _sigcont_application(self, *_: object) -> None:
        """Go on in the loop, since a further signal may come while the terminal is being taken."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._go_on)

    def _go_on(self) -> None:
        """Take the terminal again, but with one reader: of two, one waits for ever for a key that the other read."""
        if self._app.is_running and self._key_thread is not None:
            self.exit_event.set()
            self._key_thread.join()
            self.exit_event.clear()
            super()._sigcont_application()

    def _received(self) -> bytes:
        """Return what was typed; nothing from a terminal that is gone, which gives an end or an error."""
        try:
            return os.read(self.fileno, _READ_BYTES)
        except OSError:
            return b""

    def _get_terminal_size(self) -> tuple[int, int]:
        """Return the size of the terminal that is drawn on; Textual's own asks stdout, which may be a file."""
        with contextlib.suppress(OSError):
            size = os.get_terminal_size(self.fileno)
            if all(size):
                return size
        return super()._get_terminal_size()
