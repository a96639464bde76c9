"""What strangers can write into the log: so many lines, and a count of the others."""

from __future__ import annotations

import logging
import time

LINES_A_PERIOD = 20
PERIOD_S = 10.0


class ThrottledLog:
    """Passes the first lines of a period on, and says with the next period how many it left out."""

    def __init__(self, log: logging.Logger) -> None:
        self._log = log
        self._began_s = time.monotonic()
        self._lines = 0

    def info(self, message: str, *args: object) -> None:
        """Log what is of little weight."""
        self._write(logging.INFO, message, args)

    def warning(self, message: str, *args: object) -> None:
        """Log what an operator should look at."""
        self._write(logging.WARNING, message, args)

    def flush(self) -> None:
        """Say how many lines were left out, and begin a new period. Idempotent."""
        left_out = self._lines - LINES_A_PERIOD
        if left_out > 0:
            self._log.warning("%d more of these in %.0f s", left_out, time.monotonic() - self._began_s)
        self._began_s = time.monotonic()
        self._lines = 0

    def _write(self, level: int, message: str, args: tuple[object, ...]) -> None:
        if time.monotonic() - self._began_s >= PERIOD_S:
            self.flush()
        self._lines += 1
        if self._lines <= LINES_A_PERIOD:
            self._log.log(level, message, *args)
