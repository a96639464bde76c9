"""Make screenshots/ from runs: the real app on the real embedded engine, photographed when the story is told.

    make screenshots

Each picture is an SVG that the app exports of itself. Nothing in them is drawn or typed by hand.
"""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from muxbw_tui.clock import SystemClock
from muxbw_tui.pb.muxbw_pb2 import RunRequest
from muxbw_tui.run.state import RouteStatus, RunState
from muxbw_tui.sources.embedded import EmbeddedSource
from muxbw_tui.tui.app import MuxbwApp
from muxbw_tui.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable

SCREENSHOTS = Path(__file__).parents[1] / "screenshots"
PATIENCE_S = 60.0


@dataclass(frozen=True)
class Picture:
    """One picture: where the run must have come to, and what is pressed then.

    Attributes:
        until: tells from the run's state that the story is told.
        keys: pressed once it is.
        then: tells that what the keys set off has happened.
    """

    name: str
    size: tuple[int, int]
    until: Callable[[RunState], bool]
    scenario: str = "flaky"
    keys: tuple[str, ...] = ()
    then: Callable[[RunState], bool] | None = None
    theme: str | None = None


def statuses(state: RunState) -> list[RouteStatus]:
    """Return the routes' conditions, by index."""
    return [route.status for route in state.routes.values()]


def one_died_one_stalled(state: RunState) -> bool:
    """Tell whether the flaky scenario shows both its faults."""
    return {RouteStatus.DIED, RouteStatus.STALLED} <= set(statuses(state))


def restarted(state: RunState) -> bool:
    """Tell whether the dead route carries again."""
    return len(state.routes[1].attempts) > 1 and state.routes[1].recv_bps > 0


PICTURES = (
    Picture("overview", (120, 30), one_died_one_stalled, keys=("down",)),
    Picture("restarted", (120, 30), one_died_one_stalled, keys=("down", "r"), then=restarted),
    Picture(
        "rules", (120, 30), lambda s: set(statuses(s)) == {RouteStatus.DEAD_ON_ARRIVAL}, scenario="rules"
    ),
    Picture("narrow", (80, 24), one_died_one_stalled, keys=("down",)),
    Picture("light", (120, 30), one_died_one_stalled, keys=("down",), theme="light"),
    Picture("help", (120, 50), lambda s: bool(s.history), keys=("question_mark",)),
)


async def take(picture: Picture) -> None:
    """Run the app until the picture's moment has come, and save what it shows."""
    request = RunRequest(
        routes=4, min_hops=2, duration_ns=120 * NS_PER_S, extensions=True, keep_open_ns=60 * NS_PER_S
    )
    app = MuxbwApp(
        open_source=lambda: EmbeddedSource(picture.scenario, request),
        request=request,
        snapshot_dir=SCREENSHOTS,
        clock=SystemClock(),
    )
    async with app.run_test(size=picture.size):
        if picture.theme:
            app.theme = picture.theme
        await until(app, picture.until)
        for key in picture.keys:
            app.simulate_key(key)
        if picture.then is not None:
            await until(app, picture.then)
        await asyncio.sleep(0.5)  # for the toast and the next tick to be painted
        svg = app.export_screenshot(title="muxbw-tui")
        (SCREENSHOTS / f"{picture.name}.svg").write_text(svg, encoding="utf-8")
        print(f"{picture.name}: {picture.size[0]} x {picture.size[1]}")


async def until(app: MuxbwApp, told: Callable[[RunState], bool]) -> None:
    """Wait for the run to come to a point."""
    async with asyncio.timeout(PATIENCE_S):
        while not told(app.run_state):
            await asyncio.sleep(0.05)


def main() -> None:
    """Take every picture, or those named on the command line."""
    SCREENSHOTS.mkdir(exist_ok=True)
    wanted = set(sys.argv[1:])
    for picture in PICTURES:
        if not wanted or picture.name in wanted:
            asyncio.run(take(picture))


if __name__ == "__main__":
    main()
