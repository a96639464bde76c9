"""How soon does the dashboard paint, and answer a key while the pump runs at full rate?

    .venv/bin/python benchmarks/screen.py

Both are measured from outside, on a terminal (a pty) that this program holds the other end of. The first paint, of
`muxbw-tui` as it is typed, is compared with `python -c "import textual.app"` from its start to its exit; asked: 1.4
times, aim: 1.1. The time from a key to what it paints is compared with the same dashboard on a recording, where no pump
runs; asked for the 99th percentile: 1.5 times, aim: 1.2. The sides take turns; printed are medians of the per-round
ratios, with quartiles. Keys are pressed at any point of the screen's tick, and neither key is escape, behind which a
terminal program has to wait for the rest of a sequence.

Both sides load compiled modules, as after an installation, whatever the environment says of writing them.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import math
import os
import pty
import random
import select
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import termios
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

COLUMNS, LINES = 120, 40
PATIENCE_S = 30.0
PAINTED = b"Routes"  # a pane's title
OPEN_KEY, OPENED = b"/", b"Filter /"
CLOSE_KEY, CLOSED = b"\r", b"Help"  # the line of the keys is back
TICK_S = 0.1
WARM_UP_S = 3.0  # until the pump runs, or the recording has been read
SCENARIO = """
name = "full"
seed = 1
source = "here"
target = "there"
""" + "".join(
    f'[[node]]\nname = "{relay}"\n'
    + "".join(
        f'[[link]]\nbetween = ["{end}", "{relay}"]\nkind = "stcpr"\ndelay_ms = 0\nrate_mbps = 0\n'
        for end in ("here", "there")
    )
    for relay in ("osaka", "tokyo", "lagos", "lima")
)


class Terminal:
    """A program on a terminal of its own."""

    def __init__(self, arguments: Sequence[str], environment: Mapping[str, str]) -> None:
        self._started_s = time.perf_counter()
        self._pid, self._descriptor = pty.fork()
        if self._pid == 0:
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
            os.execve(sys.executable, [sys.executable, *arguments], environment)  # noqa: S606 (no shell is wanted)

    def wait_for(self, text: bytes) -> float:
        """Read until a text has come; return when, in seconds since the program was started."""
        seen = b""
        deadline_s = time.perf_counter() + PATIENCE_S
        while text not in seen:
            ready, _, _ = select.select([self._descriptor], [], [], max(deadline_s - time.perf_counter(), 0))
            if not ready:
                raise TimeoutError(f"{text!r} was not painted within {PATIENCE_S} s")
            seen = seen[-4 * COLUMNS :] + os.read(self._descriptor, 1 << 16)
        return time.perf_counter() - self._started_s

    def answer_s(self, key: bytes, text: bytes) -> float:
        """Press a key; return how long it took until a text was painted."""
        pressed_s = time.perf_counter() - self._started_s
        os.write(self._descriptor, key)
        return self.wait_for(text) - pressed_s

    def read_for(self, seconds: float) -> None:
        """Let the program paint."""
        until_s = time.perf_counter() + seconds
        while (left_s := until_s - time.perf_counter()) > 0:
            if select.select([self._descriptor], [], [], left_s)[0]:
                os.read(self._descriptor, 1 << 16)

    def close(self) -> None:
        """End the program."""
        os.kill(self._pid, signal.SIGTERM)
        with contextlib.suppress(OSError):
            while os.read(self._descriptor, 1 << 16):
                pass
        os.close(self._descriptor)
        os.waitpid(self._pid, 0)


@contextlib.contextmanager
def dashboard(arguments: Sequence[str], environment: Mapping[str, str]) -> Iterator[Terminal]:
    """Start a dashboard, and end it afterwards."""
    terminal = Terminal(["-m", "muxbw_tui", *arguments], environment)
    try:
        yield terminal
    finally:
        terminal.close()


def environment_with(bytecode: Path) -> dict[str, str]:
    """Return an environment in which modules are compiled once, and no setting of the operator's holds."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MUXBW_", "PYTHON"))}
    terminal = {"TERM": "xterm-256color", "COLORTERM": "truecolor"}
    return {**kept, **terminal, "MUXBW_CONFIG": "", "PYTHONPYCACHEPREFIX": str(bytecode)}


def import_s(environment: Mapping[str, str]) -> float:
    """Return how long a bare interpreter takes to import Textual, from its start to its exit."""
    began_s = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import textual.app"], check=True, env=environment)
    return time.perf_counter() - began_s


def first_paint_s(environment: Mapping[str, str]) -> float:
    """Return the time to the first paint."""
    with dashboard(["watch"], environment) as terminal:
        return terminal.wait_for(PAINTED)


def first_paint_ratio(environment: Mapping[str, str], starts: int) -> float:
    """Return the time to the first paint over that of importing Textual: medians of so many starts, in turn."""
    paints_s, imports_s = [], []
    for _ in range(starts):
        paints_s.append(first_paint_s(environment))
        imports_s.append(import_s(environment))
    return statistics.median(paints_s) / statistics.median(imports_s)


def key_latencies_s(arguments: Sequence[str], environment: Mapping[str, str], keys: int) -> list[float]:
    """Return how long each of so many keys took to be answered."""
    moments = random.Random(1)
    latencies = []
    with dashboard(arguments, environment) as terminal:
        terminal.wait_for(PAINTED)
        terminal.read_for(WARM_UP_S)
        for _ in range(keys):
            latencies.append(terminal.answer_s(OPEN_KEY, OPENED))
            terminal.answer_s(CLOSE_KEY, CLOSED)
            terminal.read_for(moments.uniform(0, TICK_S))
    return latencies


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the nearest-rank percentile."""
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1]


def spread(ratios: Sequence[float]) -> str:
    """Return the median and the quartiles."""
    low, median, high = statistics.quantiles(ratios, n=4)
    return f"{median:.2f} ({low:.2f} to {high:.2f})"


def main() -> None:
    """Measure both, and print a line each."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=6)
    parser.add_argument("--starts", type=int, default=3, help="of a side in each round")
    parser.add_argument("--keys", type=int, default=200, help="pressed a side in each round")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        scenario, recording = directory / "full.toml", directory / "still.ndjson"
        environment = environment_with(directory / "bytecode")
        scenario.write_text(SCENARIO, encoding="utf-8")
        live = ["watch", "--scenario", str(scenario), "-d", "10m", "--window", "4"]
        record = ["run", "--scenario", str(scenario), "-d", "3s", "--json", "-O", str(recording)]
        subprocess.run(
            [sys.executable, "-m", "muxbw_tui", *record],
            check=True,
            stdout=subprocess.DEVNULL,
            env=environment,
        )
        first_paint_ratio(environment, 1)  # compiles what is not compiled yet
        paints, middles, tails, busy_s = [], [], [], []
        for _ in range(arguments.rounds):
            paints.append(first_paint_ratio(environment, arguments.starts))
            busy = key_latencies_s(live, environment, arguments.keys)
            still = key_latencies_s(["replay", str(recording)], environment, arguments.keys)
            middles.append(percentile(busy, 50) / percentile(still, 50))
            tails.append(percentile(busy, 99) / percentile(still, 99))
            busy_s += busy
    print(f"first paint / import textual.app          {spread(paints)}")
    print(f"key to paint, with a pump / without, p50  {spread(middles)}")
    print(f"key to paint, with a pump / without, p99  {spread(tails)}")
    worst, middle = percentile(busy_s, 99) * 1e3, percentile(busy_s, 50) * 1e3
    print(f"key to paint with a pump, all rounds      p50 {middle:.0f} ms, p99 {worst:.0f} ms")


if __name__ == "__main__":
    main()
