"""What every setting comes to, and from where: file, environment, flag or default.

Owns nothing but the question: click itself answers it, flag by flag, as it does when a command starts.
"""

from __future__ import annotations

import copy
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import click
from click.core import ParameterSource

from muxbw_tui.cli.flags import (
    SHARED_TABLE,
    SharedOption,
    flag_name,
    is_whole_number,
    settings_of,
    variable_of,
)
from muxbw_tui.cli.settings import KEYS_TABLE, Settings, shared_settings
from muxbw_tui.tui.keys import KEY_BY_ID

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Source = Literal["default", "file", "environment", "flag"]
_SOURCES: dict[ParameterSource | None, Source] = {
    ParameterSource.COMMANDLINE: "flag",
    ParameterSource.ENVIRONMENT: "environment",
    ParameterSource.DEFAULT_MAP: "file",
}


@dataclass(frozen=True, slots=True)
class Effective:
    """One setting as it holds.

    Attributes:
        table: where it stands in the configuration.
        value: as TOML has it; None where nothing is set.
        where: the file and line, the variable or the flag; empty for a default.
    """

    table: str
    name: str
    value: object
    source: Source
    where: str = ""


def of_everything(settings: Settings, commands: Iterable[tuple[str, click.Command]]) -> Iterator[Effective]:
    """Yield every setting: the shared ones, what commands have of their own or set otherwise, and the keys.

    Raises:
        ConfigError: the file has something that cannot be used.
        BadParameter: the environment has.
    """
    shared = click.Command(SHARED_TABLE, params=[_for_all(option) for option in shared_settings().values()])
    yield from _of_flags(settings, SHARED_TABLE, shared, ())
    for name, command in commands:
        for found in _of_flags(settings, name, command, ()):
            if found.table != SHARED_TABLE:
                yield found
    yield from _of_keys(settings)


def of_command(
    settings: Settings, name: str, command: click.Command, arguments: Sequence[str]
) -> Iterator[Effective]:
    """Yield the settings of one command that is started with these arguments.

    Raises:
        ConfigError, UsageError: as when it is started.
    """
    yield from _of_flags(settings, name, command, arguments)


def _of_flags(
    settings: Settings, name: str, command: click.Command, arguments: Sequence[str]
) -> Iterator[Effective]:
    ctx = click.Context(command, info_name=name)
    ctx.default_map = settings.default_map(name, command)
    typed = command.make_parser(ctx).parse_args(list(arguments))[0]
    for flag, option in settings_of(name, command).items():
        raw, click_source = option.consume_value(ctx, typed)
        source = _SOURCES.get(click_source, "default")
        if source == "default":
            raw = option.to_info_dict()["default"]
        value = _in_toml(option, raw, option.type_cast_value(ctx, raw))
        variable = variable_of(option, os.environ)
        in_own_table = flag in settings.table(name)
        where = {
            "flag": f"--{flag}",
            "environment": variable,
            "file": settings.place_of(name, flag) if source == "file" else "",
        }.get(source, "")
        is_own = not isinstance(option, SharedOption) or (
            in_own_table
            if source == "file"
            else source == "environment" and variable != _shared_variable(option)
        )
        yield Effective(name if is_own else SHARED_TABLE, flag, value, source, where)


def _of_keys(settings: Settings) -> Iterator[Effective]:
    chosen = settings.keys()
    for action, key in KEY_BY_ID.items():
        keys = chosen.get(action, key.keys).split(",")
        value = keys if len(keys) > 1 else keys[0]
        if action in chosen:
            yield Effective(KEYS_TABLE, action, value, "file", settings.where(KEYS_TABLE, action))
        else:
            yield Effective(KEYS_TABLE, action, value, "default")


def _for_all(option: click.Option) -> click.Option:
    """Return the option as no command in particular has it: set by the variable for all alone."""
    general = copy.copy(option)
    general.envvar = [_shared_variable(option)]
    return general


def _shared_variable(option: click.Option) -> str:
    """Return the variable that sets a shared option in every command."""
    return (option.envvar or [""])[-1]


def _in_toml(option: click.Option, raw: object, value: object) -> object:
    """Return a value as the configuration would have it; `value` is what the option made of the raw one."""
    if raw is None or raw in ((), []):
        return None
    if option.is_flag or is_whole_number(option):
        return value
    if isinstance(value, tuple):
        return list(value)
    return raw if isinstance(raw, float) else str(raw)


def default_of(option: click.Option) -> object:
    """Return an option's own default as the configuration would have it; None where it has none."""
    raw = option.to_info_dict()["default"]
    return _in_toml(option, raw, option.type_cast_value(click.Context(click.Command(flag_name(option))), raw))
