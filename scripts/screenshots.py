"""Make screenshots/ from runs: the real dashboard on a real engine, photographed when the story is told.

    make screenshots                              every picture
    .venv/bin/python scripts/screenshots.py route    those that are named

Each picture is an SVG that the app exports of itself. Nothing in them is drawn or typed by hand, and each is taken when
what it is to show has happened, however long that takes.
"""

from __future__ import annotations

import asyncio
import html
import os
import re
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeAlias

from muxbw_tui.clock import SystemClock
from muxbw_tui.pb.muxbw_pb2 import RunRequest
from muxbw_tui.run.parameters import parse_via
from muxbw_tui.run.state import RouteStatus
from muxbw_tui.sources.channel import Endpoint
from muxbw_tui.sources.embedded import EmbeddedSource
from muxbw_tui.sources.stream import GrpcSource
from muxbw_tui.tui.app import MuxbwApp
from muxbw_tui.tui.preferences import Preferences
from muxbw_tui.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from textual.pilot import Pilot

    from muxbw_tui.sources.base import EventSource

ROOT: Final = Path(__file__).parents[1]
SCREENSHOTS: Final = ROOT / "screenshots"
RELAY_DIES: Final = str(ROOT / "scripts" / "relay-dies.toml")
SERVER: Final = "127.0.0.1:3435"
PATIENCE_S: Final = 60.0
LARGE: Final = (120, 40)
SMALL: Final = (80, 24)

Condition: TypeAlias = Callable[[MuxbwApp], bool]
Step: TypeAlias = str | Condition


@dataclass(frozen=True)
class Picture:
    """One picture.

    Attributes:
        steps: keys are pressed, conditions are waited for, one after the other.
        after_break: further steps; before them the server that has the run is killed.
        via: the intermediates of route 0, of route 1, …
    """

    name: str
    steps: tuple[Step, ...]
    after_break: tuple[Step, ...] = ()
    size: tuple[int, int] = LARGE
    scenario: str = "flaky"
    via: tuple[str, ...] = ()
    preferences: Preferences = field(default_factory=Preferences)
    no_colour: bool = False


def is_route(index: int, status: RouteStatus) -> Condition:
    """Return whether a route is in a condition."""
    return lambda app: index in app.run_state.routes and app.run_state.routes[index].status is status


def pumped_for(seconds: int) -> Condition:
    """Return whether the run has pumped for so long."""
    return lambda app: app.run_state.pump_elapsed_ns >= seconds * NS_PER_S


def shows(text: str) -> Condition:
    """Return whether the screen shows a text, within one line and in one style."""
    return lambda app: (
        text in html.unescape(re.sub("<[^>]*>", " ", app.export_screenshot())).replace("\xa0", " ")
    )


ONE_DIED: Final = is_route(1, RouteStatus.DIED)
TROUBLE: Final = (ONE_DIED, is_route(2, RouteStatus.STALLED), shows("stalled 5s"), "down")
RESTARTED: Final = (ONE_DIED, pumped_for(6), "down", "r", is_route(1, RouteStatus.PUMPING), pumped_for(15))

PICTURES: Final = (
    Picture("overview", TROUBLE),
    Picture("diagnosis", (pumped_for(12),), scenario=RELAY_DIES, via=("osaka", "tokyo,osaka")),
    Picture("rules", (pumped_for(4), shows("rules not propagated")), scenario="rules"),
    Picture("route", (*RESTARTED, "enter", shows("Attempts"), shows("here → there"))),
    Picture("plots", (*RESTARTED, "tab", "a", "left_square_bracket", "left_square_bracket"), size=(120, 48)),
    Picture("narrow", TROUBLE, size=SMALL),
    Picture("light", TROUBLE, preferences=Preferences(theme="light")),
    Picture("no-colour", TROUBLE, no_colour=True),
    Picture("ascii", TROUBLE, preferences=Preferences(ascii=True, plot_style="ascii")),
    Picture("help", (pumped_for(1), "question_mark", shows("Help")), size=(120, 50)),
    Picture("leave", (*TROUBLE, "q", shows("Stay"))),
    Picture("reconnecting", (pumped_for(8),), (shows("RECONNECTING for 0:05"),), scenario="healthy"),
)


async def take(picture: Picture) -> None:
    """Run the dashboard until the picture's moment has come, and save what it shows."""
    with ExitStack() as stack:
        kill_server = stack.enter_context(server(picture.scenario)) if picture.after_break else None
        app = stack.enter_context(dashboard(picture))
        async with app.run_test(size=picture.size) as pilot:
            await go_through(pilot, app, picture.steps)
            if kill_server is not None:
                kill_server()
            await go_through(pilot, app, picture.after_break)
            await pilot.pause()
            svg = app.export_screenshot(title="muxbw-tui")
    (SCREENSHOTS / f"{picture.name}.svg").write_text(svg, encoding="utf-8")


async def go_through(pilot: Pilot[None], app: MuxbwApp, steps: Sequence[Step]) -> None:
    """Press keys and wait for what is to happen."""
    for number, step in enumerate(steps, 1):
        if isinstance(step, str):
            await pilot.press(step)
            continue
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not step(app):
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise SystemExit(f"step {number} of {len(steps)} did not come within {PATIENCE_S:g} s") from None


@contextmanager
def dashboard(picture: Picture) -> Iterator[MuxbwApp]:
    """Make the app as `muxbw-tui watch` would, with colours or without whatever the terminal has."""
    request = RunRequest(
        routes=4,
        min_hops=2,
        duration_ns=300 * NS_PER_S,
        hops_via=[parse_via(nodes) for nodes in picture.via],
        idle_baseline_duration_ns=2 * NS_PER_S,
        keep_open_ns=60 * NS_PER_S,
        linger_ns=30 * NS_PER_S,
        extensions=True,
    )

    def open_source(request: RunRequest) -> EventSource:
        if picture.after_break:
            return GrpcSource(Endpoint(SERVER), request)
        return EmbeddedSource(picture.scenario, request)

    before = os.environ.pop("NO_COLOR", None)
    if picture.no_colour:
        os.environ["NO_COLOR"] = "1"
    try:
        yield MuxbwApp(
            open_source=open_source,
            request=request,
            snapshot_dir=SCREENSHOTS,
            clock=SystemClock(),
            preferences=picture.preferences,
        )
    finally:
        os.environ.pop("NO_COLOR", None)
        if before is not None:
            os.environ["NO_COLOR"] = before


@contextmanager
def server(scenario: str) -> Iterator[Callable[[], None]]:
    """Serve an engine, and give out what kills it."""
    command = [sys.executable, "-m", "muxbw_tui", "serve", "--listen", SERVER, "--scenario", scenario]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        try:
            if child.stdout is None or not child.stdout.readline().startswith("listening on"):
                raise SystemExit(f"no server at {SERVER}")
            yield child.kill
        finally:
            child.terminate()


def main() -> None:
    """Take every picture, or those named on the command line."""
    wanted = set(sys.argv[1:]) or {picture.name for picture in PICTURES}
    if unknown := wanted - {picture.name for picture in PICTURES}:
        sys.exit(f"there is no picture called {', '.join(sorted(unknown))}")
    SCREENSHOTS.mkdir(exist_ok=True)
    for picture in PICTURES:
        if picture.name in wanted:
            print(f"{picture.name}: {picture.size[0]} x {picture.size[1]}", flush=True)
            asyncio.run(take(picture))


if __name__ == "__main__":
    main()
