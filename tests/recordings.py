"""The recordings of a stock server that tests read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from muxbw_tui.events.envelope import from_ndjson

if TYPE_CHECKING:
    from muxbw_tui.pb.muxbw_pb2 import RunEvent

RECORDINGS = Path(__file__).parent / "data" / "recordings"
FOLDERS = sorted(path for path in RECORDINGS.iterdir() if path.is_dir())


def recorded_events(name: str) -> list[RunEvent]:
    """Return the events of one recording, in order."""
    lines = (RECORDINGS / name / "events.ndjson").read_text(encoding="utf-8").splitlines()
    return [from_ndjson(line) for line in lines]
