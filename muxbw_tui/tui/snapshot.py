"""Files of what the screen shows: a picture, the state and the table, under one stem.

Owns the stem and how the files come about. It must not overwrite anything, nor leave some of the files behind when
one of them cannot be written. What goes into them comes from the app and from `run.export`.
"""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING

from muxbw_tui.run.export import to_csv, to_json
from muxbw_tui.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from muxbw_tui.run.state import RunState


def snapshot_stem(wall_ns: int) -> str:
    """Return the stem for an instant, in UTC and to the second: `muxbw-20260131T101809Z`."""
    return f"muxbw-{datetime.fromtimestamp(wall_ns // NS_PER_S, tz=UTC):%Y%m%dT%H%M%SZ}"


def write_snapshot(directory: Path, stem: str, svg: str, state: RunState) -> list[Path]:
    """Write picture, state and table to `<directory>/<stem>.svg`, `.json` and `.csv`.

    Where a file of that stem exists, all three get `-2`, `-3` … behind it. The directory is made if need be. Blocking:
    call it from a thread, with a state that nobody changes meanwhile.

    Raises:
        OSError: a file cannot be written; those that were are gone again.
    """
    directory.mkdir(parents=True, exist_ok=True)
    text_by_suffix = {".svg": svg, ".json": to_json(state), ".csv": to_csv(state)}
    for number in count(1):
        numbered = stem if number == 1 else f"{stem}-{number}"
        try:
            return _write_all(directory, numbered, text_by_suffix)
        except FileExistsError:
            continue
    raise AssertionError("count() has no end")


def _write_all(directory: Path, stem: str, text_by_suffix: Mapping[str, str]) -> list[Path]:
    """Create each file, none of which may exist yet; all or nothing."""
    written: list[Path] = []
    try:
        for suffix, text in text_by_suffix.items():
            path = directory / f"{stem}{suffix}"
            with path.open("x", encoding="utf-8", newline="") as file:
                written.append(path)
                file.write(text)
    except BaseException:
        for path in written:
            with contextlib.suppress(OSError):
                path.unlink()
        raise
    return written
