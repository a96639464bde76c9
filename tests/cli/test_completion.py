"""Completion in the three shells: by click's protocol, and once by a real bash."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from click.shell_completion import ShellComplete
from click.testing import CliRunner

from muxbw_tui.cli.completion import PROGRAM, SHELLS, VARIABLE
from muxbw_tui.cli.main import cli
from muxbw_tui.cli.scenarios import BUILTIN_SCENARIOS
from muxbw_tui.network.scenario import builtin_names
from tests.cli.conftest import DEADLINE_S
from tests.cli.conftest import PROGRAM as COMMAND

if TYPE_CHECKING:
    from pathlib import Path


def offered(*words: str) -> list[str]:
    """Return what is offered for the last of the words behind the program's name."""
    completion = ShellComplete(cli, {}, PROGRAM, VARIABLE)
    return [item.value for item in completion.get_completions(list(words[:-1]), words[-1])]


def test_the_scenarios_that_are_offered_are_those_there_are() -> None:
    """The command line knows their names by itself, and takes those for sound without reading them."""
    assert sorted(BUILTIN_SCENARIOS) == sorted(builtin_names())


def script(shell: str) -> str:
    """Return the script for a shell."""
    return CliRunner().invoke(cli, ["completion", shell]).stdout


def test_commands_come_first() -> None:
    """Whoever presses tab behind the name wants to see what there is, not the dashboard's flags."""
    assert {"watch", "run", "replay", "config"} <= set(offered(""))
    assert offered("com") == ["completion"]


def test_flags_of_the_dashboard_are_offered_without_its_name() -> None:
    """They may be typed right away."""
    assert "--scenario" in offered("--sc")
    assert "--config" in offered("--co")


@pytest.mark.parametrize(
    ("words", "values"),
    [
        (("watch", "--theme", ""), ["dark", "light", "colour-blind", "ansi"]),
        (("--theme", "l"), ["light"]),
        (("run", "--scenario", "he"), ["healthy", "he"]),
        (("watch", "--columns", "index,sta"), ["index,state"]),
        (("watch", "--sort", "sha"), ["share"]),
        (("run", "--res"), ["--restart-failed"]),
        (("replay", "--plot-style", "b"), ["braille", "block"]),
        (("completion", "z"), ["zsh"]),
    ],
)
def test_values_are_offered(words: tuple[str, ...], values: list[str]) -> None:
    """Names that one would have to look up otherwise; behind a scenario's names the shell offers files."""
    assert offered(*words) == values


@pytest.mark.parametrize(
    ("shell", "words", "position", "expected"),
    [
        ("bash", "muxbw-tui run --scen", "2", "plain,--scenario"),
        ("zsh", "muxbw-tui run --scen", "2", "plain\n--scenario\n"),
        ("fish", "muxbw-tui run --scen", "--scen", "plain,--scenario\t"),
    ],
)
def test_the_program_answers_what_each_script_asks(
    shell: str, words: str, position: str, expected: str
) -> None:
    """The script asks by environment variables, whatever the program was started as."""
    asked = {VARIABLE: f"{shell}_complete", "COMP_WORDS": words, "COMP_CWORD": position}
    answer = subprocess.run(
        COMMAND, env=os.environ | asked, capture_output=True, text=True, check=True, timeout=DEADLINE_S
    )

    assert expected in answer.stdout


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_is_one_that_the_shell_can_read(shell: str, tmp_path: Path) -> None:
    """A shell that prints a syntax error with every new window is not used for long."""
    assert VARIABLE in script(shell)
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"there is no {shell} here")
    path = tmp_path / "script"
    path.write_text(script(shell))

    subprocess.run([program, "-n", str(path)], check=True, timeout=DEADLINE_S)


def test_bash_completes_with_it(tmp_path: Path) -> None:
    """From the key to the word, with the program found by its name."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash here")
    (tmp_path / PROGRAM).write_text(f'#!/bin/sh\nexec {sys.executable} -m muxbw_tui "$@"\n')
    (tmp_path / PROGRAM).chmod(0o755)
    pressed = f"COMP_WORDS=({PROGRAM} watch --theme li); COMP_CWORD=3; _muxbw_tui_completion {PROGRAM}"
    environment = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}

    answer = subprocess.run(
        [bash, "--norc", "-c", f"{script('bash')}\n{pressed}\necho ${{COMPREPLY[@]}}"],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
        timeout=DEADLINE_S,
    )

    assert answer.stdout == "light\n"
