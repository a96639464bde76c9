"""`muxbw-tui config`, and how file, environment and command line come together in any command."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from muxbw_tui.cli.main import cli
from muxbw_tui.cli.settings import read_settings
from muxbw_tui.errors import ConfigError
from muxbw_tui.tui.preferences import Preferences
from tests.cli.conftest import run_here

if TYPE_CHECKING:
    from muxbw_tui.cli.dashboard import Look

PAGE = Path(__file__).parents[2] / "docs" / "configuration.md"


def invoke(*args: str) -> Result:
    """Run the program in this process."""
    return CliRunner().invoke(cli, args)


def shown(*args: str, table: str = "flags") -> dict[str, tuple[object, str, str]]:
    """Return value, source and place of each setting in a table, as --json tells them."""
    result = invoke(*args)
    assert result.exit_code == 0, result.output
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    return {row["name"]: (row["value"], row["source"], row["where"]) for row in rows if row["table"] == table}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a file that says something of four flags."""
    path = tmp_path / "config.toml"
    path.write_text(
        '[flags]\nroutes = 8\nduration = "5m"\nsize = 64\nmouse = false\n[run]\nduration = "10s"\n'
    )
    return path


def test_flags_outweigh_the_environment_and_that_the_file(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And each value says where it is from: the whole point of --show."""
    monkeypatch.setenv("MUXBW_ROUTES", "6")
    monkeypatch.setenv("MUXBW_SIZE", "16")

    found = shown("--config", str(file), "config", "--json", "watch", "-r", "2", "--window", "auto")

    assert found["routes"] == (2, "flag", "--routes")
    assert found["window"] == ("auto", "flag", "--window")
    assert found["size"] == (16, "environment", "MUXBW_SIZE")
    assert found["duration"] == ("5m", "file", f"{file}:3")
    assert found["mouse"] == (False, "file", f"{file}:5")
    assert found["io-timeout"] == ("30s", "default", "")
    assert found["warm-up"] == (None, "default", "")  # its length depends on what is asked for besides


def test_a_commands_own_outweighs_what_is_shared(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the file and in the environment alike, whichever it is in."""
    monkeypatch.setenv("MUXBW_ROUTES", "6")
    monkeypatch.setenv("MUXBW_RUN_ROUTES", "3")

    own = shown("--config", str(file), "config", "--json", table="run")
    shared = shown("--config", str(file), "config", "--json")

    assert own["duration"] == ("10s", "file", f"{file}:7")
    assert own["routes"] == (3, "environment", "MUXBW_RUN_ROUTES")
    assert shared["duration"] == ("5m", "file", f"{file}:3")
    assert shared["routes"] == (6, "environment", "MUXBW_ROUTES")


def test_keys_are_shown_with_their_place(tmp_path: Path) -> None:
    """Every action has its stable name there: it is the list to look one up in."""
    path = tmp_path / "config.toml"
    path.write_text('[keys]\nrestart = ["f5", "?"]\nhelp = "f1"\n')

    keys = shown("--config", str(path), "config", "--json", table="keys")

    assert keys["restart"] == (["f5", "question_mark"], "file", f"{path}:2")
    assert keys["quit"] == ("q", "default", "")


def test_what_is_shown_can_be_a_configuration_itself(file: Path) -> None:
    """TOML with the places as comments: copy and paste keep what holds."""
    printed = invoke("--config", str(file), "config").stdout

    tables = tomllib.loads(printed)
    assert tables["flags"]["routes"] == 8
    assert tables["run"]["duration"] == "10s"
    assert f"# {file}:2" in printed


def test_the_template_has_every_setting_and_can_be_loaded(tmp_path: Path) -> None:
    """One that is not in it is not found, and one that is wrong in it teaches something wrong."""
    printed = invoke("config", "--template").stdout
    path = tmp_path / "config.toml"
    path.write_text(re.sub(r"^#([\w-]+ = )", r"\1", printed, flags=re.MULTILINE))

    tables = tomllib.loads(path.read_text())
    for table in ("flags", "run", "ping", "serve", "replay", "keys"):
        in_force = shown("--config", str(path), "config", "--json", table=table)
        assert {name for name, row in in_force.items() if row[1] == "file"} == set(tables[table])
        assert tables[table].keys() == in_force.keys()


def test_the_template_shows_defaults_that_are_those(tmp_path: Path) -> None:
    """What is not marked as an example changes nothing when its # is taken away."""
    printed = invoke("config", "--template").stdout
    path = tmp_path / "config.toml"
    path.write_text(re.sub(r"^#([\w-]+ = .*(?<!  # an example))$", r"\1", printed, flags=re.MULTILINE))

    before, after = shown("config", "--json"), shown("--config", str(path), "config", "--json")
    assert {name: row[0] for name, row in after.items()} == {name: row[0] for name, row in before.items()}


def test_the_path_is_told_also_of_a_broken_file(tmp_path: Path) -> None:
    """Whoever has to repair the file asks for it so."""
    path = tmp_path / "config.toml"
    path.write_text("[flags")

    assert invoke("--config", str(path), "config", "--path").stdout == f"{path}\n"
    assert isinstance(invoke("--config", str(path), "config").exception, ConfigError)


def test_variables_that_set_nothing_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slip in a variable's name is silent otherwise."""
    monkeypatch.setenv("MUXBW_ROUTE", "8")

    assert (
        "MUXBW_ROUTE sets nothing: no setting is called so; did you mean MUXBW_ROUTES?"
        in invoke("config").stderr
    )


def test_the_dashboard_gets_what_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the file to the screen, and what is changed there back into the file."""
    path = tmp_path / "config.toml"
    path.write_text('[flags]\ncolumns = ["index", "path"]\nscale = 50\n[keys]\nrestart = "f5"\n')
    looks: list[Look] = []
    monkeypatch.setattr("muxbw_tui.cli.replay.show_dashboard", lambda *_args, look: looks.append(look))
    recording = tmp_path / "run.ndjson"
    recording.write_text("")

    invoke("--config", str(path), "replay", str(recording), "--theme", "light", "--ascii", "--no-mouse")

    assert looks[0].preferences == Preferences(
        theme="light",
        ascii=True,
        mouse=False,
        columns=("index", "path"),
        plot_style="ascii",
        scale_mbps=50,
        keys={"restart": "f5"},
    )
    looks[0].save({"sort": "share"})
    assert tomllib.loads(path.read_text())["flags"]["sort"] == "share"


def test_a_scenario_that_is_typed_is_meant_whatever_the_file_says_of_a_server(tmp_path: Path) -> None:
    """The two exclude each other: the one that was asked for with more weight holds."""
    path = tmp_path / "config.toml"
    path.write_text('[flags]\nconnect = "127.0.0.1:1"\ntls-ca = "missing.pem"\n')

    result = invoke("--config", str(path), "run", "--scenario", "no-such-scenario")

    assert "no-such-scenario" in str(result.exception)


def test_defaults_for_who_stays_do_not_forbid_to_detach(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what is typed beside --detach contradicts it."""
    path = tmp_path / "config.toml"
    path.write_text("[run]\nrestart-failed = 3\njson = true\n")
    monkeypatch.setattr("muxbw_tui.cli.run.start_detached", lambda _setting: _nothing())

    assert invoke("--config", str(path), "run", "--detach").exit_code == 0
    assert "need somebody who stays" in invoke("--config", str(path), "run", "--detach", "-q").output


async def _nothing() -> int:
    """Stand in for starting a run."""
    return 0


def test_help_is_given_beside_a_broken_file(tmp_path: Path) -> None:
    """It may be what is needed to repair it."""
    path = tmp_path / "config.toml"
    path.write_text("[flags]\nroute = 1\n")

    assert "--routes" in invoke("--config", str(path), "run", "--help").stdout
    assert isinstance(invoke("--config", str(path), "run").exception, ConfigError)


@pytest.mark.parametrize(
    ("args", "environment", "said", "status"),
    [
        ((), {"MUXBW_ROUTES": "x"}, "Invalid value for MUXBW_ROUTES", 2),
        (("run", "--config", "x"), {}, "--config goes before the command", 2),
        (("--config", "missing.toml", "-d", "1s"), {}, "missing.toml: no such file", 2),
    ],
    ids=["variable", "misplaced", "missing"],
)
def test_errors_leave_the_program_as_others_do(
    args: tuple[str, ...],
    environment: dict[str, str],
    said: str,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A sentence on stderr, exit code 2, and which variable it was: nobody sees that on the command line."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    result = run_here(*args)

    assert said in result.stderr
    assert result.returncode == status


def test_the_examples_of_the_page_can_be_used(tmp_path: Path) -> None:
    """People paste them, and the errors it shows are those that are made."""
    examples = re.findall(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    path = tmp_path / "config.toml"

    assert examples
    for example in examples:
        path.write_text(example)
        assert invoke("--config", str(path), "config").exception is None
        assert read_settings(example, path).tables
