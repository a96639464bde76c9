"""The commented configuration file that `config --template` prints: every setting, what it means, its default."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

import click
import tomlkit

from muxbw_tui.cli.effective import default_of
from muxbw_tui.cli.flags import SHARED_TABLE, SharedOption, flag_name, settings_of
from muxbw_tui.cli.settings import KEYS_TABLE, shared_settings
from muxbw_tui.tui.keys import KEY_BY_ID

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_WIDTH: Final = 100
_HEADER: Final = """\
# Configuration of muxbw-tui. A setting is called as its flag is; a line that begins with # and a name
# shows a setting's default, or an example where it has none. Take the # away to change it.
# What stands here gives way to the environment (MUXBW_DURATION for every command that has the flag,
# MUXBW_RUN_DURATION for run alone), and that to flags. muxbw-tui config --show tells what holds.
"""
_ABOUT: Final = {
    SHARED_TABLE: "Flags that mean the same in every command that has them.",
    KEYS_TABLE: 'Keys of the dashboard: one, as in "f5", or a list of them.',
}
# For what has no default.
_EXAMPLES: Final[dict[str, object]] = {
    "connect": "127.0.0.1:3435",
    "tls-ca": "~/muxbw/ca.pem",
    "client-cert": "~/muxbw/client.pem",
    "client-key": "~/muxbw/client.key",
    "token-file": "~/muxbw/token",
    "scenario": "flaky",
    "min-hops": 2,
    "max-hops": 5,
    "hops-via": ["osaka,lima", "tokyo"],
    "warm-up": "2s",
    "columns": ["index", "state", "path", "receive_rate", "received"],
    "output": "run.ndjson",
    "size": 32,
    "ping-timeout": "30s",
    "network": "~/muxbw/network.toml",
    "key": "~/muxbw/source.key",
    "tls-cert": "~/muxbw/cert.pem",
    "tls-key": "~/muxbw/cert.key",
    "client-ca": "~/muxbw/clients.pem",
    "metrics": "9464",
    "config": "~/muxbw/node.toml",
}


def template(commands: Iterable[tuple[str, click.Command]]) -> str:
    """Return the file; with every setting's # taken away it can be loaded."""
    parts = [_HEADER, *_table(SHARED_TABLE, shared_settings().values())]
    for name, command in commands:
        own = [
            option for option in settings_of(name, command).values() if not isinstance(option, SharedOption)
        ]
        if own:
            parts += _table(name, own)
    parts += [_heading(KEYS_TABLE)]
    for key in KEY_BY_ID.values():
        keys = key.keys.split(",")
        parts += [*_prose(key.meaning), _setting(key.id, keys if len(keys) > 1 else keys[0])]
    return "\n".join(parts) + "\n"


def toml(value: object) -> str:
    """Return a value as TOML writes it."""
    return tomlkit.item(value).as_string()


def _table(name: str, options: Iterable[click.Option]) -> Iterator[str]:
    yield _heading(name)
    for option in options:
        flag = flag_name(option)
        default = default_of(option)
        yield from _prose(option.help or "")
        if default is not None:
            yield _setting(flag, default)
        else:
            yield f"{_setting(flag, _example(option))}  # an example"


def _example(option: click.Option) -> object:
    """Return what might stand for a flag that has no default."""
    return option.type.choices[0] if isinstance(option.type, click.Choice) else _EXAMPLES[flag_name(option)]


def _heading(name: str) -> str:
    about = _ABOUT.get(
        name, f"Flags of muxbw-tui {name} alone; its own value of a shared one may stand here too."
    )
    return f"\n# {about}\n[{name}]"


def _prose(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent="# ", subsequent_indent="# ")


def _setting(name: str, value: object) -> str:
    return f"#{name} = {toml(value)}"
