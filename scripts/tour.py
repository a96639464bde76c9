"""Press every key in every place of the dashboard, at three sizes, while a run goes on; look at what each does.

    make tour

The dashboard runs in tmux as an operator has it. Which places and keys there are is read from `tui/keys.py`. The tour
fails on a traceback or a dashboard that ended, on a line beyond the width, and on a key that changes nothing on the
screen: one that does nothing must say why. To tell a key's doing from the run's, the view is frozen before it.
"""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from rich.cells import cell_len

from muxbw_tui.tui.keys import EVERYWHERE, OVERVIEW_KEYS, PLACES, ROUTE_KEYS, Key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SIZES = ((80, 24), (120, 40), (200, 60))
PATIENCE_S = 15.0
SETTLES_AFTER_S = 0.35  # longer than three ticks of the dashboard
ARGUMENTS = ("watch", "--scenario", "flaky", "-d", "30m", "--probe-rtt", "--idle-baseline", "1s")
TMUX_KEYS = {
    "ampersand": "&",
    "comma": ",",
    "ctrl+c": "C-c",
    "ctrl+p": "C-p",
    "ctrl+s": "C-s",
    "down": "Down",
    "end": "End",
    "enter": "Enter",
    "equals_sign": "=",
    "escape": "Escape",
    "exclamation_mark": "!",
    "full_stop": ".",
    "home": "Home",
    "left": "Left",
    "left_square_bracket": "[",
    "minus": "-",
    "pagedown": "NPage",
    "pageup": "PPage",
    "plus": "+",
    "question_mark": "?",
    "right": "Right",
    "right_square_bracket": "]",
    "shift+down": "S-Down",
    "shift+tab": "BTab",
    "shift+up": "S-Up",
    "slash": "/",
    "space": "Space",
    "tab": "Tab",
    "up": "Up",
}


@dataclass(frozen=True)
class Place:
    """Where keys are heard, and how to get there from the overview with the routes in focus.

    Attributes:
        reach: the keys that lead there.
        sign: what only this place shows.
    """

    reach: tuple[str, ...]
    sign: str


PLACES_TO_GO = {
    "routes": Place((), "Filter"),
    "plots": Place(("tab",), "Whole run"),
    "events": Place(("tab", "tab"), "Follow"),
    "route": Place(("enter",), "Back"),
    "route's plots": Place(("enter", "tab"), "Whole run"),
    "route's events": Place(("enter", "tab", "tab"), "Follow"),
    "filter": Place(("slash",), "Filter /"),
    "page": Place(("question_mark",), "dimmed: not possible"),
    "columns": Place(("c",), "Columns ·"),
    "event types": Place(("tab", "tab", "f"), "Types of events"),
    "copy": Place(("y",), "Copy of R"),
    "question": Place(("q",), "stay"),
    "parameters": Place(("e",), "Duration"),
}
NOTHING_DONE = "That would change nothing now."
# Words in the last line while another pane than the routes has the focus.
KEYS_OF_OTHER_PANES = ("Zoom", "Follow")
# What ends the dashboard comes last, by itself.
NOT_PRESSED = frozenset({"quit", "interrupt", "question-again"})
# Keys that all panes of a screen share are pressed in one of them; those of the app once in each screen.
SHARED_BY_PANES = (*OVERVIEW_KEYS, *ROUTE_KEYS)
WITH_ALL_KEYS = frozenset({"routes", "route"})


class TourError(Exception):
    """Something is wrong with the dashboard; the text says what, and what was on the screen."""


class Dashboard:
    """The dashboard in a tmux of its own.

    Args:
        size: of the terminal.
        directory: where its snapshots go.
    """

    def __init__(self, size: tuple[int, int], directory: Path) -> None:
        self.width, self.height = size
        self._socket = f"muxbw-tour-{self.width}x{self.height}"
        command = [sys.executable, "-m", "muxbw_tui", *ARGUMENTS, "--snapshot-dir", str(directory)]
        self._tmux("kill-server", check=False)
        self._tmux(
            "-f", "/dev/null", "new-session", "-d", "-x", str(self.width), "-y", str(self.height), "cat"
        )
        self._tmux("set-option", "-g", "remain-on-exit", "on")
        self._tmux("set-option", "-g", "escape-time", "0")
        # What the tour chooses must not become what the operator prefers.
        self._tmux(
            "respawn-pane", "-k", f"XDG_CONFIG_HOME={shlex.quote(str(directory))} exec {shlex.join(command)}"
        )

    def press(self, *keys: str) -> None:
        """Press keys, by Textual's names."""
        for key in keys:
            self._tmux("send-keys", TMUX_KEYS.get(key, key))
            time.sleep(0.05)

    def press_and_see(self, key: str, part: Callable[[str], str] = str) -> None:
        """Press a key, and wait until it has changed the screen, or a part of it."""
        before = part(self.screen())
        self.press(key)
        self.wait_for(lambda text: part(text) != before, f"what {key} does")

    def screen(self) -> str:
        """Return what the terminal shows, after checking that it is whole."""
        text = self._tmux("capture-pane", "-p", "-J")
        if "Traceback" in text:
            raise TourError(f"there is a traceback:\n{text}")
        for line in text.splitlines():
            if cell_len(line.rstrip()) > self.width:
                raise TourError(f"a line is wider than {self.width} cells:\n{line}")
        return text

    def still(self) -> str:
        """Return the screen once it no longer changes."""
        before, until = self.screen(), time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            time.sleep(SETTLES_AFTER_S)
            now = self.screen()
            if now == before:
                return now
            before = now
        raise TourError(f"the frozen screen does not come to rest:\n{before}")

    def wait_for(self, condition: Callable[[str], bool], what: str) -> str:
        """Return the screen once it is as it should be."""
        until = time.monotonic() + PATIENCE_S
        while time.monotonic() < until:
            text = self.screen()
            if condition(text):
                return text
            if self.is_over():
                raise TourError(f"the dashboard has ended while waiting for {what}:\n{text}")
            time.sleep(0.05)
        raise TourError(f"not seen: {what}\n{text}")

    def is_over(self) -> bool:
        """Whether the program has ended."""
        return self._tmux("list-panes", "-F", "#{pane_dead}").strip() == "1"

    def resize(self, width: int, height: int) -> None:
        """Give the terminal another size."""
        self.width, self.height = width, height
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def close(self) -> None:
        """End tmux and what runs in it."""
        self._tmux("kill-server", check=False)

    def _tmux(self, *arguments: str, check: bool = True) -> str:
        command = ["tmux", "-L", self._socket, *arguments]
        return subprocess.run(command, check=check, capture_output=True, text=True).stdout


def keys_of(place: str) -> Iterator[tuple[Key, str]]:
    """Yield the keys to press in a place, each under every name that it is bound to."""
    if place in WITH_ALL_KEYS:
        keys = (*PLACES[place], *PLACES[EVERYWHERE])
    else:
        keys = tuple(key for key in PLACES[place] if key not in SHARED_BY_PANES)
    for key in keys:
        if key.id not in NOT_PRESSED:
            for name in key.keys.split(","):
                yield key, name


def go_to(dashboard: Dashboard, name: str) -> None:
    """Go from wherever one is to a place, with the view frozen."""
    for _ in range(4):
        dashboard.press("escape")
        time.sleep(0.1)
    dashboard.wait_for(lambda text: "Routes · " in text, "the overview")
    while any(sign in last_line(dashboard.screen()) for sign in KEYS_OF_OTHER_PANES):
        dashboard.press_and_see("tab", last_line)
    if "PAUSED" in dashboard.screen():
        dashboard.press("p")
        dashboard.wait_for(lambda text: "PAUSED" not in text, "that the traffic goes on")
    if "frozen" not in dashboard.screen().lower():
        dashboard.press("space")
        dashboard.wait_for(lambda text: "frozen" in text.lower(), "the banner of a frozen view")
    place = PLACES_TO_GO[name]
    for key in place.reach:
        dashboard.press_and_see(key)
    dashboard.wait_for(lambda text: place.sign in text, f"the place {name!r} by its {place.sign!r}")


def last_line(text: str) -> str:
    """Return the line with the keys."""
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else ""


def visit(dashboard: Dashboard, name: str) -> list[str]:
    """Press every key of a place; return what was found wrong."""
    wrong = []
    for key, pressed in keys_of(name):
        go_to(dashboard, name)
        dashboard.wait_for(lambda text: NOTHING_DONE not in text, "that the message of the last key has gone")
        before = dashboard.still()
        dashboard.press(pressed)
        until = time.monotonic() + 3.0
        while (after := dashboard.screen()) == before and time.monotonic() < until:
            time.sleep(0.05)
        if dashboard.is_over():
            raise TourError(f"{pressed} ({key.id}) in {name!r} ended the dashboard:\n{after}")
        if after == before and key.id not in may_change_nothing(name):
            wrong.append(
                f"{dashboard.width}x{dashboard.height}, {name}: {pressed} ({key.id}) changes nothing"
            )
    return wrong


def may_change_nothing(place: str) -> frozenset[str]:
    """Return the ids of keys that rightly change nothing where the tour presses them: at its end a cursor stays."""
    edges = {
        "routes": {"route-above", "routes-page-up", "route-first", "clear-filter"},
        "events": {"feed-follow", "feed-line-down", "feed-page-down"},
        "route's events": {"feed-follow", "feed-line-down", "feed-page-down"},
        "plots": {"whole-run"},
        "route's plots": {"whole-run"},
        "columns": {"column-earlier", "columns-default"},
        "event types": {"types-all"},
        # What moves is the cursor of the terminal, which is no character.
        "parameters": {"parameters-next", "parameters-previous"},
    }
    return frozenset(edges.get(place, ()))


def leave(dashboard: Dashboard) -> None:
    """Make the terminal too small and large again, then stop the run and leave; look at how it ended."""
    go_to(dashboard, "routes")
    width, height = dashboard.width, dashboard.height
    dashboard.resize(60, 15)
    dashboard.wait_for(lambda text: "needs 80 x 24" in text, "what size is needed")
    dashboard.resize(width, height)
    # What tmux kept of the old lines comes back first, so it is the notice's going that tells.
    dashboard.wait_for(lambda text: "needs 80 x 24" not in text, "the dashboard in its old size")
    dashboard.press("q")
    dashboard.wait_for(lambda text: PLACES_TO_GO["question"].sign in text, "the question")
    dashboard.press("q")
    until = time.monotonic() + PATIENCE_S
    while not dashboard.is_over():
        if time.monotonic() > until:
            raise TourError(f"the dashboard did not end:\n{dashboard.screen()}")
        time.sleep(0.1)
    if "Summary" not in dashboard.screen():
        raise TourError(f"there is no summary at the end:\n{dashboard.screen()}")


def tour(size: tuple[int, int], places: list[str]) -> list[str]:
    """Visit the places at one size; return what was found wrong."""
    with TemporaryDirectory() as directory:
        dashboard = Dashboard(size, Path(directory))
        wrong: list[str] = []
        try:
            dashboard.wait_for(lambda text: "died" in text, "a route that died")
            for name in places:
                print(f"{size[0]} x {size[1]}: {name}", flush=True)
                wrong += visit(dashboard, name)
            leave(dashboard)
        except TourError as error:
            wrong.append(f"{size[0]} x {size[1]}: {error}")
        finally:
            dashboard.close()
    return wrong


def size_of(text: str) -> tuple[int, int]:
    """Return `120x40` as numbers."""
    width, height = text.split("x")
    return int(width), int(height)


def main() -> None:
    """Go on the tour; exit with 1 where something is wrong."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--size", action="append", help="WIDTHxHEIGHT; default: the three of the tour")
    parser.add_argument("--place", action="append", choices=PLACES_TO_GO, help="default: every place")
    arguments = parser.parse_args()
    sizes = [size_of(text) for text in arguments.size or ()] or SIZES
    if unknown := PLACES.keys() - PLACES_TO_GO.keys() - {EVERYWHERE, "too-small"}:
        sys.exit(f"the tour knows no way to {', '.join(sorted(unknown))}")
    with ThreadPoolExecutor() as pool:
        found = pool.map(lambda size: tour(size, arguments.place or list(PLACES_TO_GO)), sizes)
        wrong = [line for lines in found for line in lines]
    print("\n".join(wrong) or "Every key of every place did something, at every size.")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
