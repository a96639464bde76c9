"""What the rooms may pull in, seen in a fresh interpreter: import-linter sees statements, this sees modules."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def modules_after(statement: str) -> set[str]:
    """Return the top-level and our own modules that a fresh interpreter holds after a statement."""
    script = f"import sys\n{statement}\nprint('\\n'.join(sys.modules))"
    result = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT
    )
    return set(result.stdout.split())


@pytest.mark.parametrize(
    ("statement", "forbidden"),
    [
        ("import muxbw_tui.run.reducer, muxbw_tui.run.summary", {"asyncio", "grpc", "textual", "rich"}),
        ("import muxbw_tui.run.export, muxbw_tui.run.columns", {"asyncio", "grpc", "textual", "rich"}),
        ("import muxbw_tui.tui.app", {"grpc", "muxbw_tui.engine", "muxbw_tui.network", "muxbw_tui.server"}),
        ("import muxbw_tui.engine.engine", {"grpc", "textual", "rich", "muxbw_tui.run", "muxbw_tui.sources"}),
        ("import muxbw_tui.network.process", {"grpc", "textual", "rich", "networkx", "muxbw_tui.engine"}),
        ("import muxbw_tui.cli.main", {"textual", "grpc", "networkx", "google.protobuf", "tomllib"}),
        ("import muxbw_tui.cli.config, muxbw_tui.tui.key_names", {"textual", "grpc", "networkx"}),
        ("import muxbw_tui.cli.completion", {"textual", "grpc", "networkx", "tomllib"}),
        ("import muxbw_tui.cli.run", {"textual", "grpc", "networkx", "muxbw_tui.engine"}),
        ("import muxbw_tui.cli.runs", {"textual", "grpc", "networkx", "cryptography", "muxbw_tui.engine"}),
        ("import muxbw_tui.cli.attach", {"textual", "grpc", "networkx", "cryptography", "muxbw_tui.engine"}),
        ("import muxbw_tui.cli.serve", {"textual", "muxbw_tui.run"}),
        ("import muxbw_tui.cli.ping", {"textual", "grpc", "networkx", "muxbw_tui.engine"}),
        ("import muxbw_tui.cli.bandwidth", {"textual", "grpc", "networkx", "muxbw_tui.engine"}),
        ("import muxbw_tui.cli.routes", {"textual", "grpc", "networkx", "muxbw_tui.engine"}),
        ("import muxbw_tui.cli.replay", {"textual", "grpc", "networkx", "muxbw_tui.engine"}),
        ("import muxbw_tui.cli.watch", {"textual", "grpc", "networkx", "muxbw_tui.engine"}),
        (
            "import muxbw_tui.sources.embedded",
            {"textual", "grpc", "networkx", "cryptography", "muxbw_tui.engine", "muxbw_tui.network"},
        ),
    ],
)
def test_a_room_pulls_in_nothing_that_is_not_its_business(statement: str, forbidden: set[str]) -> None:
    """Start-up time and the freedom to change a room both end with one careless import."""
    assert modules_after(statement) & forbidden == set()


def test_one_module_of_the_command_line_writes_what_is_said_on_stderr() -> None:
    """What a server says is made fit for a terminal there, and only there can that not be forgotten."""
    writers = {
        path.stem for path in (ROOT / "muxbw_tui" / "cli").glob("*.py") if "err=True" in path.read_text()
    }

    assert writers == {"notices"}


def test_the_rooms_of_the_architecture_page_are_those_there_are() -> None:
    """The picture is for newcomers, and a room that it lacks is one that they do not find."""
    page = (ROOT / "docs" / "architecture.md").read_text()
    rooms = {path.name for path in (ROOT / "muxbw_tui").iterdir() if (path / "__init__.py").exists()}
    modules = {path.stem for path in (ROOT / "muxbw_tui").glob("*.py")} - {"__init__", "__main__"}

    missing = {name for name in rooms | modules if f"`{name}" not in page}
    assert missing == set()
