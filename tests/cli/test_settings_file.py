"""Writing back what was changed in the dashboard."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.cli.settings import Settings, read_settings
from muxbw_tui.cli.settings_file import FLAG_BY_PREFERENCE, save_preferences
from muxbw_tui.errors import ConfigError
from muxbw_tui.tui.preferences import Preferences

if TYPE_CHECKING:
    from pathlib import Path

WRITTEN_BY_HAND = """\
# mine
[keys]
restart = "f5"   # like a browser

[flags]
theme = "dark"  # at night
routes = 8
"""


def test_comments_and_order_stay(tmp_path: Path) -> None:
    """It is the operator's file; ours is one line of it."""
    path = tmp_path / "config.toml"
    path.write_text(WRITTEN_BY_HAND)

    save_preferences(Settings(path), "watch", {"theme": "light", "columns": ("index", "path")})

    expected = WRITTEN_BY_HAND.replace('"dark"', '"light"') + 'columns = ["index", "path"]\n'
    assert path.read_text() == expected


def test_the_first_thing_kept_makes_the_file(tmp_path: Path) -> None:
    """For its owner alone, in a directory that may not be there yet."""
    path = tmp_path / "muxbw-tui" / "config.toml"

    save_preferences(Settings(path), "watch", {"sort": "share", "descending": True})

    assert read_settings(path.read_text(), path).tables == {"flags": {"sort": "share", "descending": True}}
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["config.toml"]


def test_what_holds_for_the_command_alone_is_changed_there(tmp_path: Path) -> None:
    """Its own table outweighs the shared one: a change there would show no effect the next time."""
    path = tmp_path / "config.toml"
    path.write_text('[flags]\ntheme = "dark"\n[replay]\ntheme = "ansi"\n')

    save_preferences(Settings(path), "replay", {"theme": "light"})

    assert path.read_text() == '[flags]\ntheme = "dark"\n[replay]\ntheme = "light"\n'


def test_back_to_the_default_takes_the_line_out(tmp_path: Path) -> None:
    """No columns means those that fit, and TOML has no word for that."""
    path = tmp_path / "config.toml"
    path.write_text('[flags]\ncolumns = ["index"]\nroutes = 8\n')

    save_preferences(Settings(path), "watch", {"columns": ()})

    assert path.read_text() == "[flags]\nroutes = 8\n"


def test_a_file_that_cannot_be_understood_is_left_alone(tmp_path: Path) -> None:
    """It may be in the middle of being edited."""
    path = tmp_path / "config.toml"
    path.write_text('[flags]\ntheme = "da\n')

    with pytest.raises(ConfigError, match=r"config.toml:2:\d+: nothing is kept: the file is not TOML"):
        save_preferences(Settings(path), "watch", {"theme": "light"})

    assert path.read_text() == '[flags]\ntheme = "da\n'


def test_a_file_in_which_our_table_is_none_any_more_is_left_alone(tmp_path: Path) -> None:
    """What was a table when the dashboard was opened may have been edited since."""
    path = tmp_path / "config.toml"
    path.write_text("flags = 3\n")

    with pytest.raises(ConfigError, match="nothing is kept: flags is no table"):
        save_preferences(Settings(path), "watch", {"theme": "light"})

    assert path.read_text() == "flags = 3\n"


def test_a_link_stays_one_and_permissions_too(tmp_path: Path) -> None:
    """Many keep their configuration in a repository and link to it."""
    path, target = tmp_path / "config.toml", tmp_path / "dotfiles.toml"
    target.write_text("")
    target.chmod(0o644)
    path.symlink_to(target)

    save_preferences(Settings(path), "watch", {"theme": "light"})

    assert path.is_symlink()
    assert target.read_text() == '[flags]\ntheme = "light"\n'
    assert stat.S_IMODE(target.stat().st_mode) == 0o644


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    """A toast says it; the dashboard goes on."""
    (tmp_path / "file").write_text("")

    with pytest.raises(ConfigError, match="nothing is kept: not a directory"):
        save_preferences(Settings(tmp_path / "file" / "config.toml"), "watch", {"theme": "light"})
    with pytest.raises(ConfigError, match="MUXBW_CONFIG says that there is no configuration file"):
        save_preferences(Settings(None), "watch", {"theme": "light"})


def test_every_preference_but_the_keys_can_be_kept() -> None:
    """One that the dashboard can change and the file does not know would be a crash on the way out."""
    assert set(FLAG_BY_PREFERENCE) == {name for name in Preferences.__dataclass_fields__ if name != "keys"}
