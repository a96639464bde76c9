"""What a thread needs of a core: what it used, and what it had to wait for."""

from __future__ import annotations

import threading
import time

from muxbw_tui.clock import core_time_s


def burn(cpu_s: float) -> float:
    """Use so much of a core; return what is told of it."""
    before, until_s = core_time_s(), time.thread_time() + cpu_s
    while time.thread_time() < until_s:
        pass
    return core_time_s() - before


def test_what_was_used_is_told() -> None:
    """And no less than that, however busy the machine is."""
    assert burn(0.05) >= 0.045


def test_a_thread_that_sleeps_needs_nothing() -> None:
    """Else every idle engine would look busy."""
    before = core_time_s()
    threading.Event().wait(0.2)

    assert core_time_s() - before < 0.15


def test_each_thread_is_told_its_own() -> None:
    """Planning in a thread must not look like a busy pump."""
    before = core_time_s()
    other = threading.Thread(target=burn, args=(0.2,))
    other.start()
    other.join()

    assert core_time_s() - before < 0.15
