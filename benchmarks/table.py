"""What does a frame of the route table cost, against Textual's DataTable with the same rows?

    .venv/bin/python benchmarks/table.py

Every cell of every route changes in every frame. Each round draws the same frames in a DataTable, whose changed cells
are updated one by one, then in our table as it comes, and with sorting, filter and history on. Printed are the medians
of the per-round ratios of CPU time a frame, with quartiles, and what a core would spend on ours at 10 Hz.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Protocol

from textual.app import App
from textual.widgets import DataTable

import muxbw_tui.tui.screens.overview
from muxbw_tui.pb.muxbw_pb2 import RunEvent, RunRequest, RunStarted
from muxbw_tui.pb.ping_pb2 import MuxBandwidthSample, MuxLegSample, MuxRouteEstablished, RouteHop
from muxbw_tui.run import reducer
from muxbw_tui.run.columns import COLUMN_BY_ID
from muxbw_tui.run.filters import parse_filter
from muxbw_tui.tui.themes import DARK
from muxbw_tui.tui.view import View
from muxbw_tui.tui.widgets.route_table import RouteTable
from muxbw_tui.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.widget import Widget

    from muxbw_tui.run.state import RunState

_STYLES = Path(muxbw_tui.tui.screens.overview.__file__).with_suffix(".tcss")
_HZ = 10
_PLAIN = ("index", "state", "established", "failed", "path", "carrier", "setup", "sent", "received")
_COLUMNS = (*_PLAIN, "send_rate", "receive_rate", "share", "elapsed", "attempts", "error")
_WITH_HISTORY = (*_COLUMNS[:-1], "history")


class Run:
    """A run of many routes whose counters all move with every sample."""

    def __init__(self, routes: int) -> None:
        self._random = random.Random(7)
        self._carried = [0] * routes
        self._samples = 0
        request = RunRequest(target_pk=_key(0), routes=routes, duration_ns=3600 * NS_PER_S)
        self.state: RunState = reducer.start(request)
        names = {_key(0): "there", _key(1): "here"}
        self._apply(run_started=RunStarted(run_id="r1", node_names=names, request=request))
        for index in range(routes):
            path = [(_key(1), _key(index + 2)), (_key(index + 2), _key(0))]
            hops = [RouteHop(**{"from": one, "to": other, "tp_type": "stcpr"}) for one, other in path]
            up = MuxRouteEstablished(route_index=index, setup_latency_ns=84_000_000, hops=hops)
            self._apply(route_established=up)
        for _ in range(20):
            self.sample()

    def sample(self) -> None:
        """Let every route carry something, each at a rate of its own."""
        self._samples += 1
        legs, total_bps = [], 0.0
        for index in range(len(self._carried)):
            rate_bps = self._random.uniform(5e6, 50e6)
            total_bps += rate_bps
            self._carried[index] += round(rate_bps / 8 / _HZ)
            carried = self._carried[index]
            legs.append(
                MuxLegSample(
                    route_index=index,
                    bytes_sent=carried,
                    bytes_recv=carried,
                    inst_send_bps=rate_bps,
                    inst_recv_bps=rate_bps,
                    alive=True,
                )
            )
        total = sum(self._carried)
        self._apply(
            sample=MuxBandwidthSample(
                elapsed_ns=self._samples * NS_PER_S // _HZ,
                bytes_sent=total,
                bytes_received=total,
                instant_send_bps=total_bps,
                instant_recv_bps=total_bps,
                legs=legs,
            )
        )

    def _apply(self, **payload: object) -> None:
        event = RunEvent(timestamp_ns=NS_PER_S + self._samples * NS_PER_S // _HZ)
        for name, message in payload.items():
            getattr(event, name).CopyFrom(message)
        reducer.apply(self.state, event)


class Contender(Protocol):
    """A table that can be brought up to date."""

    widget: Widget

    def show(self, state: RunState) -> None:
        """Bring the state to the widget."""
        ...


class Ours:
    """Our table."""

    def __init__(self, columns: Sequence[str] = _COLUMNS, *, sort: str = "", matching: str = "") -> None:
        self._table = RouteTable()
        self._table.set_columns(tuple(columns))
        self._table.set_matcher(parse_filter(matching))
        if sort:
            self._table.set_sort(sort, descending=True)
        self._shown = 0
        self.widget: Widget = self._table

    def show(self, state: RunState) -> None:
        """Give it the state, as a tick of the app does; it sorts once in a second of ticks."""
        self._table.show(View(state))
        self._shown += 1
        if self._shown % _HZ == 0:
            self._table.settle()


class Theirs:
    """Textual's DataTable, whose cells are updated where their text differs."""

    def __init__(self) -> None:
        self._table: DataTable[str] = DataTable()
        self._columns = [COLUMN_BY_ID[name] for name in _COLUMNS]
        self._texts: list[list[str]] = []
        self.widget: Widget = self._table

    def show(self, state: RunState) -> None:
        """Update what differs."""
        texts = [[column.text(route, state) for column in self._columns] for route in state.routes.values()]
        if not self._texts:
            for column in self._columns:
                self._table.add_column(column.title, key=column.id)
            for row, cells in enumerate(texts):
                self._table.add_row(*cells, key=str(row))
        for row, (before, cells) in enumerate(zip(self._texts, texts, strict=False)):
            for column, was, text in zip(self._columns, before, cells, strict=True):
                if was != text:
                    self._table.update_cell(str(row), column.id, text)
        self._texts = texts


class Stage(App[None]):
    """An app with one table on it, in our styles."""

    CSS_PATH: ClassVar = [_STYLES]

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        widget.styles.height = widget.styles.max_height = "100%"
        self._widget = widget

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Give our styles their colours."""
        return dict(DARK.variables)

    def compose(self) -> ComposeResult:
        """Put the table on the screen."""
        yield self._widget


async def _cpu_per_frame_s(contender: Contender, routes: int, frames: int) -> float:
    """Return the CPU time that bringing up to date and painting takes; applying the sample is not in it."""
    run = Run(routes)
    async with Stage(contender.widget).run_test(size=(200, 60)) as pilot:
        contender.show(run.state)
        await pilot.pause()
        spent_s = 0.0
        for _ in range(frames):
            run.sample()
            began_s = time.process_time()
            contender.show(run.state)
            await pilot.pause()
            spent_s += time.process_time() - began_s
    return spent_s / frames


async def main(routes: int, rounds: int, frames: int) -> None:
    """Measure, and print a line for each way to draw."""
    ours: dict[str, Callable[[], Ours]] = {
        "as it comes": Ours,
        "sorted by rate": lambda: Ours(sort="receive_rate"),
        "with history": lambda: Ours(_WITH_HISTORY),
        "sorted, history, filter": lambda: Ours(_WITH_HISTORY, sort="receive_rate", matching="here"),
    }
    ratios: dict[str, list[float]] = {name: [] for name in ours}
    spent: dict[str, list[float]] = {name: [] for name in ours}
    for _ in range(rounds):
        theirs_s = await _cpu_per_frame_s(Theirs(), routes, max(frames // 6, 3))
        for name, make in ours.items():
            spent[name].append(await _cpu_per_frame_s(make(), routes, frames))
            ratios[name].append(spent[name][-1] / theirs_s)
    print(f"{routes} routes, all cells, 200x60: CPU a frame / DataTable's")
    for name in ours:
        low, middle, high = statistics.quantiles(ratios[name], n=4)
        core = statistics.median(spent[name]) * _HZ
        print(f"{name:24} {middle:.3f}  [{low:.3f} to {high:.3f}]   at {_HZ} Hz {core:.0%} of a core")


def _key(number: int) -> str:
    return f"02{number:064x}"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--routes", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--frames", type=int, default=60)
    given = parser.parse_args()
    asyncio.run(main(given.routes, given.rounds, given.frames))
