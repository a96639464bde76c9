"""Snapshots never overwrite and never leave half of themselves behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from muxbw_tui.run.state import RunState
from muxbw_tui.tui.snapshot import snapshot_stem, write_snapshot
from tests.fakes.source import BEGAN_NS

if TYPE_CHECKING:
    from pathlib import Path


def test_the_stem_is_the_instant_in_utc() -> None:
    """Snapshots of operators in different places must sort together."""
    assert snapshot_stem(BEGAN_NS) == "muxbw-20270115T080000Z"


def test_three_files_share_the_stem(tmp_path: Path) -> None:
    """Picture, state and table of one instant belong together."""
    paths = write_snapshot(tmp_path / "new", "muxbw-x", "<svg/>", RunState())

    assert [path.name for path in paths] == ["muxbw-x.svg", "muxbw-x.json", "muxbw-x.csv"]
    assert paths[0].read_text(encoding="utf-8") == "<svg/>"
    assert all(path.stat().st_size for path in paths)


def test_a_stem_that_is_taken_gets_a_number(tmp_path: Path) -> None:
    """Two snapshots in one second, or a file of that name: nothing is overwritten, and the three stay together."""
    (tmp_path / "muxbw-x.csv").write_text("mine", encoding="utf-8")

    first = write_snapshot(tmp_path, "muxbw-x", "a", RunState())
    second = write_snapshot(tmp_path, "muxbw-x", "b", RunState())

    assert {path.stem for path in first} == {"muxbw-x-2"}
    assert {path.stem for path in second} == {"muxbw-x-3"}
    assert (tmp_path / "muxbw-x.csv").read_text(encoding="utf-8") == "mine"
    assert not (tmp_path / "muxbw-x.svg").exists()


def test_a_directory_that_cannot_be_is_an_error(tmp_path: Path) -> None:
    """The app shows it; a snapshot must not vanish in silence."""
    (tmp_path / "file").write_text("", encoding="utf-8")

    with pytest.raises(OSError, match="file"):
        write_snapshot(tmp_path / "file" / "below", "muxbw-x", "a", RunState())
