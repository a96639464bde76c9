"""Appending to a recording: what was cut off before it is no reason that what follows cannot be read."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.cli.appending import open_to_append
from muxbw_tui.cli.headless import HeadlessRun, NdjsonOutput
from muxbw_tui.events.envelope import to_ndjson
from tests.fakes import source as fake

if TYPE_CHECKING:
    from pathlib import Path

WHOLE = "".join(f"{to_ndjson(event)}\n" for event in fake.pumping())
NEXT = f"{to_ndjson(fake.done(9))}\n"
LINE = to_ndjson(fake.failure(1, 3.4, mib=6))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        (WHOLE, WHOLE),
        *((WHOLE + LINE[:cut], WHOLE) for cut in (1, 4, 20, len(LINE) - 1)),
        (LINE[:20], ""),
        (WHOLE + LINE, WHOLE + LINE + "\n"),
        ("notes, and no recording", "notes, and no recording\n"),
    ],
)
def test_what_is_appended_begins_a_line(tmp_path: Path, before: str, after: str) -> None:
    """A reader refuses a torn line and all that follows it; what is no torn event of ours is nobody's to cut."""
    path = tmp_path / "run.ndjson"
    path.write_text(before)

    with open_to_append(path) as recording:
        recording.write(NEXT)

    assert path.read_text() == after + NEXT


async def test_a_recording_that_is_given_up_ends_with_a_whole_event(tmp_path: Path) -> None:
    """What could be written before the disk was full is worth reading."""
    path = tmp_path / "run.ndjson"
    source = fake.ScriptedSource([*fake.pumping(), fake.done(9)])
    source.end()
    run = HeadlessRun(source, fake.request())
    run.outputs.append(NdjsonOutput(open_to_append(path)))
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(WHOLE) // 2, limits[1]))
    try:
        await run.watch()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    written = path.read_text()

    assert run.outputs == []
    assert written.endswith("\n")
    assert WHOLE.startswith(written)
