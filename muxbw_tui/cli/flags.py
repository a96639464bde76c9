"""What a flag is called where it is not typed: its key in the configuration, its environment variables.

Owns which flags mean the same in every command, how a value in TOML becomes what one would have typed, and which of two
flags that exclude each other has been asked for with more weight. Reads neither a file nor the environment: click does.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

SHARED_TABLE: Final = "flags"
VARIABLE_PREFIX: Final = "MUXBW"
_NOT_SET: Final = "it must not be empty: leave the line out instead"
# What one does rather than prefers: as a default it would do harm, or nothing.
_ACTS: Final = frozenset({"help", "version", "stop"})
_WITHOUT_SETTINGS: Final = frozenset({"config", "completion", "keygen"})
_WEIGHT: Final = (
    ParameterSource.DEFAULT,
    ParameterSource.DEFAULT_MAP,
    ParameterSource.ENVIRONMENT,
    ParameterSource.COMMANDLINE,
)


class SharedOption(click.Option):
    """A flag that means the same in every command that has it, so that one setting serves them all."""


shared_option: Final = functools.partial(click.option, cls=SharedOption)


def flag_name(option: click.Option) -> str:
    """Return the flag as it is typed, without its dashes: `min-hops`."""
    return max(option.opts, key=len).lstrip("-")


def has_settings(command_name: str) -> bool:
    """Whether a command's flags may be set elsewhere than on the command line."""
    return command_name not in _WITHOUT_SETTINGS


def settings_of(name: str, command: click.Command) -> dict[str, click.Option]:
    """Return the flags of a command that may be set elsewhere than on the command line, by their names."""
    if not has_settings(name):
        return {}
    options = [param for param in command.params if isinstance(param, click.Option) and not param.hidden]
    return {flag_name(option): option for option in options if flag_name(option) not in _ACTS}


def name_variables(name: str, command: click.Command) -> None:
    """Tell click which environment variables set a command's flags: the command's own, then the one for all."""
    for flag, option in settings_of(name, command).items():
        ending = flag.upper().replace("-", "_")
        own = f"{VARIABLE_PREFIX}_{name.upper()}_{ending}"
        option.envvar = [own]
        if isinstance(option, SharedOption):
            option.envvar.append(f"{VARIABLE_PREFIX}_{ending}")


def variable_of(option: click.Option, environment: Mapping[str, str]) -> str:
    """Return the name of the variable that sets a flag, empty if none does."""
    names = option.envvar or ()
    return next((name for name in names if environment.get(name)), "")


def as_typed(option: click.Option, value: object) -> str | bool | list[str]:
    """Return a value of the configuration as click gets it from the command line.

    Raises:
        ValueError: TOML has another type for it; the message says what is expected.
    """
    expected, accepts = _toml_type(option)
    if not accepts(value):
        raise ValueError(f"expected {expected}, found {_described(value)}")
    if isinstance(value, bool):
        return value
    if isinstance(value, list):
        return [str(item) for item in value] if option.multiple else ",".join(map(str, value))
    if value == "":
        raise ValueError(_NOT_SET)
    return str(Path(str(value)).expanduser()) if is_path(option) else str(value)


def is_whole_number(option: click.Option) -> bool:
    """Whether the flag takes a whole number, as TOML has them."""
    return isinstance(option.type, click.types.IntParamType)


def is_path(option: click.Option) -> bool:
    """Whether the flag names a file, so that `~` is somebody's home."""
    return isinstance(option.type, click.Path) or "FILE" in (option.metavar or "")


def overruled(name: str, *, by: str) -> bool:
    """Return whether parameter `name` of this command was set by a weaker source than `by`.

    The order is file, environment, flag. Somebody who types --scenario means it, whatever the file says of --connect.
    """
    return _weight(name) < _weight(by)


def both_hold(first: str, second: str) -> tuple[bool, bool]:
    """Return which of two flags that exclude each other, and are both set, hold: both if they weigh the same."""
    return not overruled(first, by=second), not overruled(second, by=first)


def is_typed(name: str) -> bool:
    """Return whether a parameter of this command stands on the command line."""
    return click.get_current_context().get_parameter_source(name) is ParameterSource.COMMANDLINE


def _weight(name: str) -> int:
    source = click.get_current_context().get_parameter_source(name)
    return _WEIGHT.index(source) if source in _WEIGHT else 0


def _toml_type(option: click.Option) -> tuple[str, Callable[[object], bool]]:
    """Return what TOML must have for a flag, in words and as a check."""
    if option.is_flag:
        return "true or false", lambda value: isinstance(value, bool)
    if option.multiple:
        return "a list of texts", _is_texts
    own: tuple[str, tuple[type, ...]] | None = getattr(option.type, "toml", None)
    if own is not None:
        words, types = own
        return words, lambda value: isinstance(value, types) and not isinstance(value, bool)
    if is_whole_number(option):
        return "a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)
    if isinstance(option.type, click.types.FloatParamType):
        return "a number", _is_number
    return "a text in quotes", lambda value: isinstance(value, str)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _described(value: object) -> str:
    match value:
        case bool():
            return str(value).lower()
        case str():
            return f'the text "{value}"'
        case int() | float():
            return f"the number {value}"
        case list():
            return "a list"
        case dict():
            return "a table"
        case _:
            return f"{value}"
