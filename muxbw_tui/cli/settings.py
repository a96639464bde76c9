"""The configuration file: found, read, and checked against the flags that it gives defaults to.

Owns where the file is, its three kinds of tables and what its errors say: file, line, what would be accepted. TOML is
tomllib's business and a value's meaning its flag's; precedence is click's, which takes `default_map` below environment
and command line.
"""

from __future__ import annotations

import functools
import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

import click

from muxbw_tui.cli.flags import SHARED_TABLE, SharedOption, as_typed, settings_of
from muxbw_tui.errors import ConfigError
from muxbw_tui.nearest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

FILE_VARIABLE: Final = "MUXBW_CONFIG"
KEYS_TABLE: Final = "keys"
_TOML_PLACE = re.compile(r" \(at (?:line (\d+), column (\d+)|end of document)\)$")


@dataclass(frozen=True, slots=True)
class Settings:
    """What a configuration file says, of which nothing is checked yet.

    Attributes:
        path: the file; None where it was said that there is none.
        text: its content; empty where there is no such file yet.
        tables: what tomllib makes of it.
    """

    path: Path | None
    text: str = ""
    tables: Mapping[str, object] = field(default_factory=dict)

    def line_of(self, *keys: str) -> int:
        """Return the number of the line where a key or a table first stands."""
        return _lines_by_key(self.text).get(keys, 1)

    def where(self, *keys: str) -> str:
        """Return the place of a key for people: `/home/…/config.toml:12`."""
        return f"{self.path}:{self.line_of(*keys)}"

    def refuse(self, keys: tuple[str, ...], message: str) -> NoReturn:
        """Raise the error that a key deserves."""
        raise ConfigError(f"{self.where(*keys)}: {'.'.join(keys)}: {message}")

    def table(self, name: str) -> Mapping[str, object]:
        """Return a table, empty where there is none.

        Raises:
            ConfigError: something else is called so.
        """
        table = self.tables.get(name, {})
        if not isinstance(table, dict):
            self.refuse((name,), f"expected a table: [{name}]")
        return table

    def check_tables(self, command_names: Collection[str]) -> None:
        """Refuse a table, or a key outside of tables, that nothing is called.

        Raises:
            ConfigError: there is one.
        """
        known = [SHARED_TABLE, KEYS_TABLE, *command_names]
        for name, value in self.tables.items():
            if name not in known and isinstance(value, dict):
                self.refuse((name,), f"no command with settings is called so; {did_you_mean(name, known)}")
            if name not in known:
                self.refuse(
                    (name,), f"it stands in no table: expected it below [{SHARED_TABLE}] or a command's"
                )

    def defaults(self, table: str, options: Mapping[str, click.Option]) -> dict[str, object]:
        """Return what a table gives each flag, as click gets it from a command line, by the flag's name.

        Raises:
            ConfigError: an unknown key, a wrong type, or a value that the flag does not take.
        """
        typed: dict[str, object] = {}
        for key, value in self.table(table).items():
            option = options.get(key)
            if option is None:
                self.refuse((table, key), f"no such setting; {did_you_mean(key, options)}")
            try:
                typed[key] = as_typed(option, value)
                option.type_cast_value(click.Context(click.Command(table)), typed[key])
            except ValueError as exc:
                self.refuse((table, key), str(exc))
            except click.BadParameter as exc:
                self.refuse((table, key), exc.message)
        return typed

    def default_map(self, name: str, command: click.Command) -> dict[str, object]:
        """Return the defaults of one command's flags, by parameter; its own table comes before the shared one.

        Raises:
            ConfigError: as `defaults`.
        """
        options = settings_of(name, command)
        shared = self.defaults(SHARED_TABLE, shared_settings()) if self.table(SHARED_TABLE) else {}
        own = self.defaults(name, options)
        taken = {key: value for key, value in shared.items() if isinstance(options.get(key), SharedOption)}
        return {str(options[key].name): value for key, value in (taken | own).items()}

    def place_of(self, name: str, flag: str) -> str:
        """Return where a default of a command's flag stands."""
        table = name if flag in self.table(name) else SHARED_TABLE
        return self.where(table, flag)

    def keys(self) -> dict[str, str]:
        """Return the keys that were chosen, by action.

        Raises:
            ConfigError: an unknown action or key, or a key that would do two things in one place.
        """
        chosen = self.table(KEYS_TABLE)
        if not chosen:
            return {}
        from muxbw_tui.tui.key_names import clash  # noqa: PLC0415 (only where keys were chosen)

        keys = {action: self._key_names(action, value) for action, value in chosen.items()}
        if found := clash(keys):
            other = f" (line {self.line_of(KEYS_TABLE, found.first)})" if found.first in keys else ""
            message = f"{found.key} is bound already, to {found.first}{other}, in the same place"
            self.refuse((KEYS_TABLE, found.second), f"{message}; give one of them another key")
        return keys

    def _key_names(self, action: str, value: object) -> str:
        from muxbw_tui.tui.key_names import key_name, nearest_action  # noqa: PLC0415 (the same)
        from muxbw_tui.tui.keys import KEY_BY_ID  # noqa: PLC0415 (the same)

        place = (KEYS_TABLE, action)
        if action not in KEY_BY_ID:
            self.refuse(place, f"no action is called so; {nearest_action(action)}")
        texts = value if isinstance(value, list) else [value]
        names = [text for text in texts if isinstance(text, str) and text]
        if not names or names != texts:
            self.refuse(place, 'expected a key, such as "f5", or a list of keys')
        try:
            return ",".join(map(key_name, names))
        except ValueError as exc:
            self.refuse(place, str(exc))


def find_settings(given: Path | None) -> Settings:
    """Read the file that was given, else the one that the environment names, else the user's own if there is one.

    Raises:
        ConfigError: it cannot be read, or is not TOML.
    """
    named = os.environ.get(FILE_VARIABLE)
    if given is None and named == "":
        return Settings(None)
    path = given or (Path(named).expanduser() if named else default_path())
    try:
        text = path.read_text("utf-8")
    except UnicodeDecodeError as exc:
        raise ConfigError(f"{path}: not UTF-8 text at byte {exc.start}") from exc
    except FileNotFoundError as exc:
        if given is None and not named:
            return Settings(path)
        raise ConfigError(f"{path}: no such file; muxbw-tui config --template prints one") from exc
    except OSError as exc:
        raise ConfigError(f"{path}: {(exc.strerror or str(exc)).lower()}") from exc
    return read_settings(text, path)


def read_settings(text: str, path: Path) -> Settings:
    """Return the settings of a text.

    Raises:
        ConfigError: it is not TOML.
    """
    import tomllib  # noqa: PLC0415 (start-up time, where there is no file)

    try:
        return Settings(path, text, tomllib.loads(text))
    except tomllib.TOMLDecodeError as exc:
        raise ConfigError(toml_complaint(path, text, str(exc))) from exc


def toml_complaint(path: Path, text: str, complaint: str) -> str:
    """Return what is wrong with a text that is not TOML, with its place where editors look for it."""
    place = _TOML_PLACE.search(complaint)
    end = (text.count("\n") + 1, len(text) - text.rfind("\n"))
    line, column = (place[1], place[2]) if place and place[1] else end
    return f"{path}:{line}:{column}: not TOML: {_TOML_PLACE.sub('', complaint)}"


def default_path() -> Path:
    """Return where the user's own file is looked for."""
    from platformdirs import user_config_path  # noqa: PLC0415 (start-up time, where another file is named)

    return user_config_path("muxbw-tui", appauthor=False) / "config.toml"


@functools.cache
def shared_settings() -> dict[str, click.Option]:
    """Return the flags that mean the same in every command, by name."""
    from muxbw_tui.cli.watch import command  # noqa: PLC0415 (the command that has them all)

    options = settings_of("watch", command)
    return {name: option for name, option in options.items() if isinstance(option, SharedOption)}


@functools.lru_cache(maxsize=1)
def _lines_by_key(text: str) -> dict[tuple[str, ...], int]:
    """Return the line of every key and table.

    tomllib tells no places. But a beginning of the file that ends inside a value is no TOML, and one that ends behind
    it is: so a key stands in the line after the longest beginning that lacks it.
    """
    import tomllib  # noqa: PLC0415 (the same)

    lines = text.split("\n")
    found: dict[tuple[str, ...], int] = {}
    starts = 1
    for count in range(1, len(lines) + 1):
        try:
            beginning = tomllib.loads("\n".join(lines[:count]))
        except tomllib.TOMLDecodeError:
            continue
        for name, value in beginning.items():
            found.setdefault((name,), starts)
            for key in value if isinstance(value, dict) else ():
                found.setdefault((name, key), starts)
        starts = count + 1
    return found
