"""Where engines of our own keep their sockets: found by us, entered by nobody else."""

from __future__ import annotations

import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.addresses import MAX_UNIX_PATH
from muxbw_tui.errors import UsageError
from muxbw_tui.sources.engines import (
    engine_address,
    engine_addresses,
    engine_directory,
    remove_engine_directory,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Return a runtime directory of the test's own."""
    with tempfile.TemporaryDirectory(prefix="mb-", dir="/tmp") as directory:
        monkeypatch.setenv("XDG_RUNTIME_DIR", directory)
        yield Path(directory)


def listen_in(directory: Path) -> socket.socket:
    """Listen on the socket of an engine."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(engine_address(directory).removeprefix("unix:"))
    listener.listen()
    return listener


def test_only_its_user_may_enter_an_engines_directory(runtime: Path) -> None:
    """Whoever reaches the socket controls the engine."""
    directory = engine_directory()

    assert directory.is_relative_to(runtime)
    assert directory.stat().st_mode & 0o777 == 0o700
    assert directory.parent.stat().st_mode & 0o777 == 0o700


def test_the_engines_that_listen_are_found() -> None:
    """One that is just starting, or has gone, is not asked."""
    directories = [engine_directory() for _ in range(3)]
    listeners = [listen_in(directory) for directory in directories[:2]]
    found = engine_addresses()
    for listener in listeners:
        listener.close()

    assert set(found) == {engine_address(directory) for directory in directories[:2]}


def test_a_path_that_is_too_long_for_a_socket_gives_way(
    runtime: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An engine that is not found by `runs` is better than none."""
    long = runtime / ("x" * MAX_UNIX_PATH)
    long.mkdir(mode=0o700)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(long))
    directory = engine_directory()

    assert len(engine_address(directory).removeprefix("unix:")) <= MAX_UNIX_PATH
    assert directory.stat().st_mode & 0o777 == 0o700
    directory.rmdir()


def test_a_runtime_directory_that_cannot_be_used_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Another user may have been there first."""
    taken = tmp_path / "tmp"
    taken.mkdir()
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    monkeypatch.setattr("platformdirs.user_runtime_path", lambda *_, **__: taken / "missing")

    with pytest.raises(UsageError, match="set XDG_RUNTIME_DIR"):
        engine_directory()


def test_what_was_not_made_for_an_engine_is_not_removed(tmp_path: Path) -> None:
    """An operator's own directory holds more than a socket."""
    (tmp_path / "kept").mkdir()
    remove_engine_directory(f"unix:{tmp_path / 'kept' / 'engine.sock'}")
    made = engine_directory()
    remove_engine_directory(engine_address(made))

    assert (tmp_path / "kept").is_dir()
    assert not made.exists()
