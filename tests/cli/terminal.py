"""A terminal that the program runs on, and what it draws there."""

from __future__ import annotations

import contextlib
import os
import pty
import select
import subprocess
import sys
import termios
import time
from typing import IO, TYPE_CHECKING, Final

from tests.cli.conftest import DEADLINE_S, PROGRAM

if TYPE_CHECKING:
    from collections.abc import Iterator

_TAKE_TERMINAL: Final = """
import fcntl, os, sys, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
os.execv(sys.argv[1], sys.argv[1:])
"""


class Screen:
    """The far end of a terminal that a program draws on."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._drawn = ""

    def wait_for(self, text: str) -> None:
        """Read what is drawn until a text is among it."""
        deadline = time.monotonic() + DEADLINE_S
        while text not in self._drawn:
            assert time.monotonic() < deadline, self._drawn[-2000:]
            self._read()

    def wait_for_end(self, process: subprocess.Popen[bytes]) -> int:
        """Read until the program has ended, which it cannot while nobody reads; return its exit status."""
        deadline = time.monotonic() + DEADLINE_S
        while process.poll() is None:
            assert time.monotonic() < deadline, self._drawn[-2000:]
            self._read()
        self._read()
        return process.wait()

    @property
    def text(self) -> str:
        """What was drawn so far, since the last key or size."""
        return self._drawn

    def _read(self) -> None:
        if select.select([self._descriptor], [], [], 0.1)[0]:
            with contextlib.suppress(OSError):  # the program has closed its end
                self._drawn += os.read(self._descriptor, 65536).decode("utf-8", "replace")

    def resize(self, columns: int, lines: int) -> None:
        """Give the terminal another size, as a window that is dragged does, and forget what was drawn before."""
        termios.tcsetwinsize(self._descriptor, (lines, columns))
        self._drawn = ""

    def close(self) -> None:
        """Close the terminal, as a window that is closed does. Idempotent."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def press(self, key: str) -> None:
        """Press a key, and forget what was drawn before."""
        os.write(self._descriptor, key.encode())
        self._drawn = ""


@contextlib.contextmanager
def terminal(
    *args: str, size: tuple[int, int] = (120, 40), stdout: IO[bytes] | None = None
) -> Iterator[tuple[subprocess.Popen[bytes], Screen]]:
    """Start the program as the first of a terminal's session, so that it is told when the terminal is closed."""
    outer, inner = pty.openpty()
    screen = Screen(outer)
    screen.resize(*size)
    process = subprocess.Popen(
        [sys.executable, "-c", _TAKE_TERMINAL, *PROGRAM, *args],
        stdin=inner,
        stdout=stdout or inner,
        stderr=inner,
        env=os.environ | {"TERM": "xterm-256color"},
        start_new_session=True,
    )
    os.close(inner)
    try:
        yield process, screen
    finally:
        process.kill()
        process.wait(DEADLINE_S)
        screen.close()
