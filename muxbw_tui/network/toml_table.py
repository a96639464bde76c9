"""One table of a TOML file: takes what is expected and refuses the rest, naming the file and the table."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from muxbw_tui.addresses import parse_address
from muxbw_tui.errors import ConfigError
from muxbw_tui.nearest import did_you_mean
from muxbw_tui.network.keys import is_public_key
from muxbw_tui.units import KIB, NS_PER_MS, NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from muxbw_tui.errors import UsageError

_MOST = 2**63 - 1  # TOML's own; Python reads more
# Three years: as nanoseconds, the delays of all hops of a route are together no more than `_MOST`.
_MOST_S = 10**8
_BITS_PER_MBIT = 10**6


def load_toml(path: Path) -> TomlTable:
    """Return the top level of a configuration file.

    Raises:
        ConfigError: the file cannot be read, or is not TOML.
    """
    try:
        return parse_toml(path.read_text("utf-8"), file=str(path))
    except UnicodeDecodeError as exc:
        raise ConfigError(f"{path}: not UTF-8 text at byte {exc.start}") from exc
    except OSError as exc:
        raise ConfigError(f"{path}: {exc.strerror}") from exc


def parse_toml(text: str, *, file: str, error: type[UsageError] = ConfigError) -> TomlTable:
    """Return the top level of a TOML text; `file` is what errors of the class `error` call it.

    Raises:
        UsageError: of that class; the text is not TOML.
    """
    try:
        values: dict[str, Any] = tomllib.loads(text)  # Any: whatever TOML holds, checked by TomlTable
    except tomllib.TOMLDecodeError as exc:
        raise error(f"{file}: not TOML: {exc}") from exc
    return TomlTable(file, "the top level", values, error=error)


class TomlTable:
    """A table whose keys are taken one by one; `finish` refuses those that nobody took.

    Numbers are never negative. Every method raises its file's class of error when it does not find what it expects.

    Args:
        file: what errors call the file.
        where: what errors call the table: `[[link]] #3`.
        values: as tomllib returned them, of any TOML type.
        error: the class to raise.
    """

    def __init__(
        self, file: str, where: str, values: dict[str, Any], *, error: type[UsageError] = ConfigError
    ) -> None:
        self._file = file
        self._error = error
        self._where = where
        self._values = values
        self._known: set[str] = set()

    def refuse(self, message: str) -> NoReturn:
        """Raise the error that this table deserves."""
        raise self._error(f"{self._file}: {self._where}: {message}")

    def has(self, key: str) -> bool:
        """Return whether the key is there. One that is not is still expected."""
        self._known.add(key)
        return key in self._values

    def text(self, key: str, *, default: str | None = None) -> str:
        """Take a string that is not empty."""
        value = self._take(key, default, "a string")
        if not isinstance(value, str) or not value:
            self._refuse_value(key, "a string that is not empty", value)
        return value

    def integer(self, key: str, *, default: int | None = None, most: int = _MOST) -> int:
        """Take a whole number."""
        value = self._take(key, default, "a whole number")
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= most:
            self._refuse_value(key, f"a whole number from 0 to {most}", value)
        return value

    def seconds(self, key: str, *, default: float | None = None) -> int:
        """Take a duration written in seconds; in nanoseconds."""
        return round(self._number(key, default, most=_MOST_S) * NS_PER_S)

    def ms(self, key: str, *, default: float | None = None) -> int:
        """Take a duration written in milliseconds; in nanoseconds."""
        return round(self._number(key, default, most=_MOST_S * 1000) * NS_PER_MS)

    def mbps(self, key: str, *, default: float | None = None) -> float:
        """Take a rate written in Mbit/s; in bits per second, 0 or at least 1."""
        rate_bps = self._number(key, default, most=_MOST // _BITS_PER_MBIT) * _BITS_PER_MBIT
        if 0 < rate_bps < 1:
            self._refuse_value(key, "0, or at least 0.000001", self._values.get(key))
        return rate_bps

    def kib(self, key: str, *, default: float | None = None) -> int:
        """Take a volume written in KiB; in bytes."""
        return round(self._number(key, default, most=_MOST // KIB) * KIB)

    def choice(self, key: str, choices: Collection[str]) -> str:
        """Take one of several words."""
        value = self._take(key, None, " or ".join(choices))
        if value not in choices:
            self._refuse_value(key, f"one of {', '.join(choices)}", value)
        return str(value)

    def public_key(self, key: str) -> str:
        """Take a node's public key, in lower case."""
        return self._as_key(key, self._take(key, None, "a public key"))

    def public_keys(self, key: str) -> tuple[str, ...]:
        """Take a list of public keys, empty where there is none."""
        value = self._take(key, [], "a list of public keys")
        if not isinstance(value, list):
            self._refuse_value(key, "a list of public keys", value)
        return tuple(self._as_key(key, item) for item in value)

    def address(self, key: str) -> str:
        """Take a `HOST:PORT`."""
        value = self.text(key)
        try:
            host = parse_address(value).host
        except ValueError:
            host = ""
        if not host:
            self._refuse_value(key, "HOST:PORT, an IPv6 address in brackets", value)
        return value

    def path(self, key: str) -> Path:
        """Take the path of a file; a relative one begins at the folder of this file."""
        return Path(self._file).parent / self.text(key)

    def pair(self, key: str, *, known: Collection[str]) -> tuple[str, str]:
        """Take two different names, each a known node's."""
        ends = self._as_pair(key, self._take(key, None, "two node names"))
        for end in ends:
            if end not in known:
                self.refuse(f"{key}: no node is called {end!r}; expected two of {', '.join(known)}")
        return ends

    def link(self, key: str, *, known: Collection[frozenset[str]]) -> tuple[str, str]:
        """Take the two names that a known link is between."""
        return self._as_link(key, self._take(key, None, "the two ends of a link"), known)

    def links(self, key: str, *, known: Collection[frozenset[str]]) -> tuple[tuple[str, str], ...]:
        """Take a list of links, each by its two names."""
        value = self._take(key, None, "a list of links")
        if not isinstance(value, list) or not value:
            self._refuse_value(key, "a list of links", value)
        return tuple(self._as_link(key, item, known) for item in value)

    def tables(self, key: str) -> Iterator[TomlTable]:
        """Take the tables `[[key]]`, none if there are none."""
        value = self._take(key, [], "tables")
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self._refuse_value(key, f"tables headed [[{key}]]", value)
        for number, item in enumerate(value, start=1):
            yield TomlTable(self._file, f"[[{key}]] #{number}", item, error=self._error)

    def exactly_one_of(self, *keys: str) -> None:
        """Refuse a table with none or several of the keys."""
        if sum(map(self.has, keys)) != 1:
            self.refuse(f"expected exactly one of {', '.join(keys)}")

    def at_most_one_of(self, *keys: str) -> None:
        """Refuse a table with several of the keys."""
        if sum(map(self.has, keys)) > 1:
            self.refuse(f"expected at most one of {', '.join(keys)}")

    def finish(self) -> None:
        """Refuse keys that nothing asked for."""
        unknown = [key for key in self._values if key not in self._known]
        if unknown:
            self.refuse(f"unknown key {unknown[0]!r}; {did_you_mean(unknown[0], self._known)}")

    def _take(self, key: str, default: object, expected: str) -> Any:  # Any: the caller checks it
        self._known.add(key)
        if key in self._values:
            return self._values[key]
        if default is None:
            self.refuse(f"{key} is missing; expected {expected}")
        return default

    def _number(self, key: str, default: float | None, *, most: int) -> float:
        value = self._take(key, default, "a number")
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not 0 <= value <= most:  # nan and inf are outside too
            self._refuse_value(key, f"a number from 0 to {most}", value)
        return float(value)

    def _as_key(self, key: str, value: object) -> str:
        if not isinstance(value, str) or not is_public_key(value):
            self._refuse_value(key, "a public key of 66 hex digits", value)
        return value.lower()

    def _as_pair(self, key: str, value: object) -> tuple[str, str]:
        match value:
            case [str(first), str(second)] if first != second:
                pass
            case _:
                self._refuse_value(key, "two different names", value)
        return first, second

    def _as_link(self, key: str, value: object, known: Collection[frozenset[str]]) -> tuple[str, str]:
        ends = self._as_pair(key, value)
        if frozenset(ends) not in known:
            self.refuse(f"{key}: no link is between {ends[0]!r} and {ends[1]!r}")
        return ends

    def _refuse_value(self, key: str, expected: str, value: object) -> NoReturn:
        self.refuse(f"{key}: expected {expected}, found {value!r}")
