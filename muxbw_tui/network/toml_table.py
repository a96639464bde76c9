"""One table of a scenario file: takes what is expected and refuses the rest, naming the file and the table."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NoReturn

from muxbw_tui.errors import ScenarioError
from muxbw_tui.units import KIB, NS_PER_MS, NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


class TomlTable:
    """A table whose keys are taken one by one; `finish` refuses those that nobody took.

    Numbers are never negative. Every method raises `ScenarioError` when it does not find what it expects.

    Args:
        file: what errors call the file.
        where: what errors call the table: `[[link]] #3`.
        values: as tomllib returned them, of any TOML type.
    """

    def __init__(self, file: str, where: str, values: dict[str, Any]) -> None:
        self._file = file
        self._where = where
        self._values = values
        self._known: set[str] = set()

    def refuse(self, message: str) -> NoReturn:
        """Raise the error that this table deserves."""
        raise ScenarioError(f"{self._file}: {self._where}: {message}")

    def has(self, key: str) -> bool:
        """Return whether the key is there."""
        return key in self._values

    def text(self, key: str, *, default: str | None = None) -> str:
        """Take a string that is not empty."""
        value = self._take(key, default, "a string")
        if not isinstance(value, str) or not value:
            self._refuse_value(key, "a string that is not empty", value)
        return value

    def integer(self, key: str, *, default: int | None = None) -> int:
        """Take a whole number."""
        value = self._take(key, default, "a whole number")
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            self._refuse_value(key, "a whole number, 0 or more", value)
        return value

    def seconds(self, key: str) -> int:
        """Take a duration written in seconds; in nanoseconds."""
        return round(self._number(key, None) * NS_PER_S)

    def ms(self, key: str, *, default: float | None = None) -> int:
        """Take a duration written in milliseconds; in nanoseconds."""
        return round(self._number(key, default) * NS_PER_MS)

    def mbps(self, key: str, *, default: float | None = None) -> float:
        """Take a rate written in Mbit/s; in bits per second."""
        return self._number(key, default) * 1_000_000

    def kib(self, key: str, *, default: float | None = None) -> int:
        """Take a volume written in KiB; in bytes."""
        return round(self._number(key, default) * KIB)

    def choice(self, key: str, choices: Collection[str]) -> str:
        """Take one of several words."""
        value = self._take(key, None, " or ".join(choices))
        if value not in choices:
            self._refuse_value(key, f"one of {', '.join(choices)}", value)
        return str(value)

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
            yield TomlTable(self._file, f"[[{key}]] #{number}", item)

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
            self.refuse(f"unknown key {unknown[0]!r}; expected {', '.join(sorted(self._known))}")

    def _take(self, key: str, default: object, expected: str) -> Any:  # Any: the caller checks it
        self._known.add(key)
        if key in self._values:
            return self._values[key]
        if default is None:
            self.refuse(f"{key} is missing; expected {expected}")
        return default

    def _number(self, key: str, default: float | None) -> float:
        value = self._take(key, default, "a number")
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value) or value < 0:
            self._refuse_value(key, "a number, 0 or more", value)
        return float(value)

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
