"""Where the engines of our own keep their sockets, so that `runs` and `attach` find those that outlived their owner.

Each has a directory of its own below the user's runtime directory (mode 0700, checked by platformdirs to be nobody
else's), which its owner or, when that has gone, the engine itself removes.
"""

from __future__ import annotations

import shutil
import tempfile
import warnings
from pathlib import Path

import platformdirs

from muxbw_tui.addresses import MAX_UNIX_PATH
from muxbw_tui.errors import UsageError

DIRECTORY_PREFIX = "muxbw-"
_APP = "muxbw-tui"
_SOCKET = "engine.sock"


def engine_directory() -> Path:
    """Make a directory for one engine that only this user may enter, with a path short enough for its socket.

    Raises:
        UsageError: the runtime directory cannot be used.
    """
    try:
        directory = Path(tempfile.mkdtemp(prefix=DIRECTORY_PREFIX, dir=_runtime_directory()))
    except OSError as exc:
        raise UsageError(f"no runtime directory for the engine's socket: {exc}; set XDG_RUNTIME_DIR") from exc
    if len(bytes(directory / _SOCKET)) > MAX_UNIX_PATH:
        directory.rmdir()
        directory = Path(tempfile.mkdtemp(prefix=DIRECTORY_PREFIX, dir="/tmp"))
    return directory


def engine_address(directory: Path) -> str:
    """Return the address of the engine that has this directory."""
    return f"unix:{directory / _SOCKET}"


def engine_addresses() -> list[str]:
    """Return the addresses of this user's engines, in no order that means anything; some may answer no more."""
    try:
        sockets = sorted(_runtime_directory().glob(f"{DIRECTORY_PREFIX}*/{_SOCKET}"))
    except OSError:
        return []
    return [engine_address(path.parent) for path in sockets]


def remove_engine_directory(address: str) -> None:
    """Remove the directory that was made for the engine at this address, and nothing that was not."""
    directory = Path(address.removeprefix("unix:")).parent
    if directory.name.startswith(DIRECTORY_PREFIX):
        shutil.rmtree(directory, ignore_errors=True)


def _runtime_directory() -> Path:
    with warnings.catch_warnings():
        # Without XDG_RUNTIME_DIR platformdirs falls back to a checked directory in /tmp and warns of it.
        warnings.simplefilter("ignore")
        return platformdirs.user_runtime_path(_APP, ensure_exists=True)
