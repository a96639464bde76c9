"""The configuration file: what it gives each command, and what it says of what it cannot use."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click
import pytest

from muxbw_tui.cli.flags import name_variables
from muxbw_tui.cli.main import cli
from muxbw_tui.cli.settings import Settings, default_path, find_settings, read_settings
from muxbw_tui.errors import ConfigError
from muxbw_tui.sources.child import _environment

if TYPE_CHECKING:
    from collections.abc import Callable

FILE = Path("/home/op/config.toml")


def command_of(name: str) -> click.Command:
    """Return a command of the program."""
    command = cli.get_command(click.Context(cli), name)
    assert isinstance(command, click.Command)
    return command


def defaults(text: str, name: str = "run") -> dict[str, object]:
    """Return what a text gives a command's parameters."""
    return read_settings(text, FILE).default_map(name, command_of(name))


def complaint(text: str, name: str = "run") -> str:
    """Return what is said of a text when a command starts."""
    with pytest.raises(ConfigError) as caught:
        check(text, name)
    return str(caught.value)


def check(text: str, name: str) -> None:
    """Use a text as a command does."""
    settings = read_settings(text, FILE)
    settings.check_tables(["run", "runs", "watch", "replay", "ping", "serve"])
    settings.keys()
    settings.default_map(name, command_of(name))


def test_a_shared_flag_is_set_for_all_and_a_command_may_differ() -> None:
    """One line for what is always the same, one more for the exception."""
    text = '[flags]\nroutes = 8\nduration = "5m"\n[run]\nduration = "10s"\nrestart-failed = 3\n'

    assert defaults(text, "watch") == {"routes": "8", "duration": "5m"}
    assert defaults(text, "run") == {"routes": "8", "duration": "10s", "restart_failed": "3"}


def test_a_flag_that_means_something_else_is_not_shared() -> None:
    """Blocks of 1 MiB for the pump must not become pings of 1 MiB, nor the client's token the server's."""
    text = '[flags]\nsize = 1024\ntoken-file = "token"\nconnect = "a:1"\n'

    assert defaults(text, "ping") == {"token_file": "token", "connect": "a:1"}
    assert defaults(text, "serve") == {}


@pytest.mark.parametrize(
    ("line", "parameter", "value"),
    [
        ("window = 16", "window", "16"),
        ('window = "auto"', "window", "auto"),
        ("probe-rtt = true", "probe_rtt", True),
        ('hops-via = ["osaka,lima", "tokyo"]', "hops_via", ["osaka,lima", "tokyo"]),
        ('columns = ["index", "path"]', "columns", "index,path"),
        ("scale = 250.5", "scale", "250.5"),
        ("mouse = false", "mouse", False),
        ('tls-ca = "~/ca.pem"', "tls_ca", str(Path.home() / "ca.pem")),
    ],
)
def test_values_stand_in_the_file_as_toml_has_them(line: str, parameter: str, value: object) -> None:
    """Numbers, lists and truth values need no quotes, and no shell expands a ~ in a file."""
    assert defaults(f"[flags]\n{line}\n", "watch") == {parameter: value}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[flags]\nroute = 3", ":2: flags.route: no such setting; did you mean routes?"),
        ("[flags]\nmin_hops = 3", ":2: flags.min_hops: no such setting; did you mean min-hops?"),
        ('[flags]\nroutes = "3"', ':2: flags.routes: expected a whole number, found the text "3"'),
        ("[flags]\n\nduration = 30", ':3: flags.duration: expected a duration in quotes, such as "30s"'),
        ('[flags]\nduration = "30 parsecs"', ":2: flags.duration:"),
        ("[flags]\nroutes = 0", ":2: flags.routes: 0 is not in the range"),
        ("[flags]\nroutes = true", ":2: flags.routes: expected a whole number, found true"),
        ('[flags]\nmouse = "no"', ":2: flags.mouse: expected true or false"),
        ('[flags]\nhops-via = "osaka"', ":2: flags.hops-via: expected a list of texts"),
        ('[flags]\nconnect = ""', ":2: flags.connect: it must not be empty"),
        ('[flags]\ntheme = "drak"', ":2: flags.theme: 'drak' is not one of 'dark', 'light'"),
        ('[flags]\ncolumns = [\n  "stat",\n]', ":2: flags.columns: no column is called 'stat'; did you mean state?"),
        ('[flags]\nscale = "big"', ":2: flags.scale: 'big' is no scale: write auto"),
        ("[run]\nrestart-failed = 99", ":2: run.restart-failed: 99 is not in the range"),
        ("[runn]\nroutes = 1", ":1: runn: no command with settings is called so; did you mean run?"),
        ("[keygen]\nfile = 1", ":1: keygen: no command with settings is called so"),
        ('theme = "dark"', ":1: theme: it stands in no table: expected it below [flags]"),
        ("flags = 3", ":1: flags: expected a table"),
        ("[flags]\nroutes = 3\nroutes = 4", ":3:11: not TOML:"),
        ("[flags", ":1:7: not TOML:"),
        ('[flags]\ntheme = "dark', ":2:14: not TOML:"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_named_with_its_line(text: str, said: str) -> None:
    """Whoever made the slip is to find it, and what would have been accepted."""
    assert complaint(text).startswith(f"{FILE}{said}")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[keys]\nrestrat = "f5"', ":2: keys.restrat: no action is called so; did you mean restart?"),
        ('[keys]\nrestart = "F5"', ":2: keys.restart: no key is written 'F5'; did you mean f5?"),
        ("[keys]\nrestart = 5", ":2: keys.restart: expected a key"),
        ("[keys]\nrestart = []", ":2: keys.restart: expected a key"),
        ('[keys]\nrestart = "q"', ":2: keys.restart: q is bound already, to quit, in the same place"),
        (
            '[keys]\nrestart = "f5"\nsnapshot = ["f6", "f5"]',
            ":3: keys.snapshot: f5 is bound already, to restart (line 2), in the same place",
        ),
    ],
)
def test_a_key_that_cannot_be_used_is_named_with_its_line(text: str, said: str) -> None:
    """Textual would ignore an unknown action in silence, and let one of two actions on a key win."""
    assert complaint(text).startswith(f"{FILE}{said}")


def test_keys_are_given_as_textual_calls_them() -> None:
    """People write ?, and Textual question_mark."""
    assert read_settings('[keys]\nrestart = ["F", "?"]\nhelp = "f1"\n', FILE).keys() == {
        "restart": "F,question_mark",
        "help": "f1",
    }


def test_lines_are_found_behind_values_of_several_lines() -> None:
    """The place in an error is worth nothing if it is off by a few lines."""
    text = '# a\n[flags]\nhops-via = [\n  "osaka", # x = 1\n]\nroutes = 4\n\n[keys]\nrestart = "f5"'
    settings = read_settings(text, FILE)

    places = [("flags",), ("flags", "hops-via"), ("flags", "routes"), ("keys", "restart")]
    assert [settings.line_of(*place) for place in places] == [2, 3, 6, 9]


def test_the_users_own_file_is_where_others_of_his_are(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """XDG_CONFIG_HOME counts, and a user who has no such file is no error."""
    monkeypatch.delenv("MUXBW_CONFIG")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    assert default_path() == tmp_path / "muxbw-tui" / "config.toml"
    assert find_settings(None) == Settings(default_path())


def test_an_empty_name_means_no_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """For scripts, and for engines of our own, which must not take up what their user configured for his."""
    monkeypatch.setenv("MUXBW_CONFIG", "")

    assert find_settings(None).path is None


def test_an_engine_of_our_own_does_not_take_up_what_its_user_configured(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """[serve] and its variables are for servers that he starts: a second one on the same metrics port would fail."""
    monkeypatch.setenv("MUXBW_SERVE_METRICS", "9464")
    monkeypatch.setenv("MUXBW_CONFIG", "mine.toml")

    environment = _environment()

    assert {name: value for name, value in environment.items() if name.startswith("MUXBW")} == {
        "MUXBW_CONFIG": ""
    }
    assert environment["PATH"] == os.environ["PATH"]


@pytest.mark.parametrize("by_name", [True, False], ids=["variable", "flag"])
def test_a_file_that_was_named_has_to_be_there(
    *, by_name: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Or a run would go on with other parameters than its user thinks."""
    missing = tmp_path / "missing.toml"
    if by_name:
        monkeypatch.setenv("MUXBW_CONFIG", str(missing))

    with pytest.raises(ConfigError, match=r"missing.toml: no such file; muxbw-tui config --template"):
        find_settings(None if by_name else missing)


def _no_text(path: Path) -> None:
    path.write_bytes(b"\xff")


def _directory(path: Path) -> None:
    path.mkdir()


@pytest.mark.parametrize("make", [_no_text, _directory])
def test_a_file_that_cannot_be_read_is_named(make: Callable[[Path], None], tmp_path: Path) -> None:
    """In a sentence, not in a traceback."""
    make(tmp_path / "c.toml")

    with pytest.raises(ConfigError, match=r"c.toml: (not UTF-8 text at byte 0|is a directory)"):
        find_settings(tmp_path / "c.toml")


def test_every_flag_has_a_variable_of_its_own() -> None:
    """Two flags behind one name could not be told apart."""
    owners: dict[str, str] = {}
    for name in cli.list_commands(click.Context(cli)):
        command = command_of(name)
        name_variables(name, command)
        for param in command.params:
            if isinstance(param, click.Option) and param.envvar:
                assert owners.setdefault(param.envvar[0], param.opts[-1]) == param.opts[-1]
    assert {"MUXBW_RUN_ROUTES", "MUXBW_PING_SIZE", "MUXBW_REPLAY_THEME"} <= owners.keys()
