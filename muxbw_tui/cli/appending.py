"""Recordings that are appended to: a line that was cut off, by a full disk or a crash, must not spoil what follows."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

from muxbw_tui.errors import RecordingError
from muxbw_tui.events.envelope import from_ndjson
from muxbw_tui.events.files import MAX_MESSAGE_BYTES

if TYPE_CHECKING:
    from pathlib import Path
    from typing import TextIO

_ENVELOPE_START: Final = b'{"ts":'


def open_to_append(path: Path) -> TextIO:
    """Open a recording at a line's beginning.

    Raises:
        OSError: it cannot be opened, or not be mended.
    """
    recording = path.open("a", encoding="utf-8")
    try:
        end_in_whole_line(path)
    except OSError:
        recording.close()
        raise
    return recording


def end_in_whole_line(path: Path) -> None:
    """Cut off an envelope of ours that is not whole, and end the last line of whatever else; leave what is no file.

    Raises:
        OSError: the file cannot be read or written.
    """
    if not path.is_file():
        return
    with path.open("r+b") as file:
        size = file.seek(0, os.SEEK_END)
        file.seek(max(size - MAX_MESSAGE_BYTES, 0))
        last = file.read().rpartition(b"\n")[2]
        if last and _ENVELOPE_START.startswith(last[: len(_ENVELOPE_START)]) and not _is_event(last):
            file.truncate(size - len(last))
        elif last:
            file.write(b"\n")


def _is_event(line: bytes) -> bool:
    try:
        return from_ndjson(line.decode()) is not None
    except (RecordingError, UnicodeDecodeError):
        return False
