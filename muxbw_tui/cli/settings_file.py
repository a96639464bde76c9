"""Writing to the configuration file what was changed in the dashboard; comments and order of the file stay.

The file is replaced in one step, so that nobody ever reads half of one; what cannot be understood is left alone.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Final

import tomlkit
from tomlkit.exceptions import ParseError

from muxbw_tui.cli.flags import SHARED_TABLE
from muxbw_tui.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tomlkit import TOMLDocument

    from muxbw_tui.cli.settings import Settings

# What the dashboard calls it, and the flag that says it on the command line.
FLAG_BY_PREFERENCE: Final = {
    "theme": "theme",
    "ascii": "ascii",
    "mouse": "mouse",
    "columns": "columns",
    "sort": "sort",
    "descending": "descending",
    "plot_style": "plot-style",
    "scale_mbps": "scale",
}
_OWNER_ONLY: Final = 0o600


def save_preferences(settings: Settings, command_name: str, changed: Mapping[str, object]) -> None:
    """Write changed preferences to the file that the settings are from.

    What stands in the command's own table is changed there, since it would outweigh the shared one. An empty value is
    the default: its line is taken out. Blocks; may be called from any thread.

    Args:
        settings: of the command line.
        command_name: of the command that shows the dashboard.
        changed: values by the names of `Preferences`.

    Raises:
        ConfigError: there is no file to write to, or it cannot be read, understood or written.
    """
    if settings.path is None:
        raise ConfigError("nothing is kept: MUXBW_CONFIG says that there is no configuration file")
    path = Path(os.path.realpath(settings.path))  # a link stays one
    try:
        document = _read(path, tables=(SHARED_TABLE, command_name))
        for name, value in changed.items():
            _set(document, command_name, FLAG_BY_PREFERENCE[name], value)
        _replace(path, tomlkit.dumps(document))
    except OSError as exc:
        reason = (exc.strerror or str(exc)).lower()
        raise ConfigError(f"{path}: nothing is kept: {reason}") from exc


def _read(path: Path, *, tables: Sequence[str]) -> TOMLDocument:
    """Return the file's content, nothing where there is none yet; what is called like our tables are tables."""
    try:
        document = tomlkit.parse(path.read_text("utf-8"))
    except FileNotFoundError:
        return tomlkit.document()
    except UnicodeDecodeError as exc:
        raise ConfigError(f"{path}: nothing is kept: not UTF-8 text at byte {exc.start}") from exc
    except ParseError as exc:
        raise ConfigError(f"{path}:{exc.line}:{exc.col}: nothing is kept: the file is not TOML") from exc
    for name in tables:
        if not isinstance(document.get(name, {}), Mapping):
            raise ConfigError(f"{path}: nothing is kept: {name} is no table")
    return document


def _set(document: TOMLDocument, command_name: str, flag: str, value: object) -> None:
    name = command_name if flag in document.get(command_name, {}) else SHARED_TABLE
    if value in (None, ()):
        document.get(name, {}).pop(flag, None)
        return
    table = document.setdefault(name, tomlkit.table())
    table[flag] = list(value) if isinstance(value, tuple) else value


def _replace(path: Path, text: str) -> None:
    """Put a file with the text in the place of another, which keeps its permissions."""
    path.parent.mkdir(parents=True, exist_ok=True)
    mode = path.stat().st_mode & 0o777 if path.exists() else _OWNER_ONLY
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink()
        raise
