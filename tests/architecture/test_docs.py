"""What the documentation says, held against what is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.keys import format_key

from muxbw_tui.errors import ExitCode
from muxbw_tui.network.scenario import builtin_names, parse_scenario
from muxbw_tui.pb.muxbw_pb2 import RunEvent
from muxbw_tui.tui.keys import MODAL_PLACES, PLACES, Key

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])


def page(name: str) -> str:
    """Return a page of docs/."""
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def test_the_example_of_a_scenario_can_be_used() -> None:
    """People paste it and change it."""
    example = re.search(r"```toml\n(.*?)```", page("scenarios.md"), re.DOTALL)

    assert example is not None
    assert parse_scenario(example[1], file="docs/scenarios.md").name == "example"


def test_every_built_in_scenario_is_described() -> None:
    """One that is not listed is not found."""
    described = set(re.findall(r"^\| `([\w-]+)`", page("scenarios.md"), re.MULTILINE))

    assert set(builtin_names()) <= described


def test_every_own_payload_is_described() -> None:
    """An integrator reads the page, not the proto file."""
    own = {f.name for f in RunEvent.DESCRIPTOR.oneofs_by_name["payload"].fields if f.number >= 100}
    described = set(re.findall(r"^\| `([a-z_]+)`", page("events.md"), re.MULTILINE))

    assert described == own


def test_every_exit_code_is_described() -> None:
    """Scripts are written against the table."""
    described = {int(code) for code in re.findall(r"^\| (\d+) \|", page("exit-codes.md"), re.MULTILINE)}

    assert described == {int(code) for code in ExitCode}


def test_every_key_is_in_the_readme_and_no_other() -> None:
    """The table is what a newcomer learns; a key that moved would be looked for in vain."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    table = readme.split("## Keys")[1].split("Everything fits")[0]
    written = {cell for row in table.splitlines() for cell in re.findall(r"`([^`]+)`", row)} - {"re:"}
    heard = {key for place, keys in PLACES.items() if place not in MODAL_PLACES for key in keys}

    assert written - {name for key in heard for name in names_of(key)} == set()
    # Those between the first and the last of a row of digits go without saying.
    assert {key.id for key in heard if not names_of(key) & written} == {f"sort-{n}" for n in range(2, 9)}


def names_of(key: Key) -> set[str]:
    """Return what a key is called on the screen."""
    return (
        {key.display} if key.display and "," not in key.keys else {format_key(n) for n in key.keys.split(",")}
    )


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(path: Path) -> None:
    """A dead link tells a newcomer that nobody looks."""
    targets = re.findall(r"\]\((?!https?:)([^)#]+)", path.read_text(encoding="utf-8"))

    assert [target for target in targets if not (path.parent / target).exists()] == []
