"""How a route's window grows, on a path made of arithmetic."""

from __future__ import annotations

from collections import deque

import pytest

from muxbw_tui.engine.growth import FILL_BEYOND_BYTES, GrowthMode, WindowGrowth

BLOCK = 32 * 1024


def warm_up(
    growth: WindowGrowth,
    *,
    rtt_s: float,
    bytes_per_s: float,
    length_s: float = 30.0,
    probe_rtt_s: float | None = None,
) -> None:
    """Drive the growth over a path with one bottleneck that queues without end, block by block.

    A probe goes out behind the blocks whenever one is wanted; its round trip is the path's unless told.
    """
    under_way: deque[tuple[float, bool]] = deque()  # when it was sent, and whether it is a probe
    busy_until_s = 0.0
    now_s = 0.0
    while now_s < length_s and not growth.settled:
        blocks = sum(not is_probe for _, is_probe in under_way)
        under_way.extend([(now_s, False)] * (growth.window - blocks))
        if growth.wants_probe and not any(is_probe for _, is_probe in under_way):
            under_way.append((now_s, True))
        sent_s, is_probe = under_way.popleft()
        busy_until_s = max(busy_until_s, sent_s) + (0 if is_probe else BLOCK / bytes_per_s)
        now_s = max(now_s, busy_until_s + rtt_s)
        if is_probe:
            growth.on_probe(sent_s, now_s if probe_rtt_s is None else sent_s + probe_rtt_s)
        else:
            growth.on_echo(sent_s, now_s)


@pytest.mark.parametrize(("rtt_s", "mbit"), [(0.04, 25), (0.12, 25), (0.002, 1000), (0.3, 2)])
def test_auto_settles_on_what_the_path_holds(rtt_s: float, mbit: int) -> None:
    """Less leaves the path idle, much more fills its queues."""
    growth = WindowGrowth(GrowthMode.AUTO, BLOCK)
    bytes_per_s = mbit * 1e6 / 8
    warm_up(growth, rtt_s=rtt_s, bytes_per_s=bytes_per_s)
    held = (bytes_per_s * rtt_s + BLOCK) / BLOCK

    assert growth.settled
    assert held <= growth.window <= held * 1.3 + 2


def test_fill_puts_a_mebibyte_more_in_flight() -> None:
    """The worst case for delay: every queue on the path is full."""
    growth = WindowGrowth(GrowthMode.FILL, BLOCK)
    warm_up(growth, rtt_s=0.04, bytes_per_s=10e6 / 8)
    beyond = growth.window * BLOCK - 10e6 / 8 * 0.04

    assert growth.settled
    assert FILL_BEYOND_BYTES <= beyond <= FILL_BEYOND_BYTES * 1.25


def test_fill_ends_where_the_self_probe_stops_rising() -> None:
    """Blocks that wait for something other than a queue must not be taken for a queue that fills."""
    growth = WindowGrowth(GrowthMode.FILL, BLOCK)
    warm_up(growth, rtt_s=0.04, bytes_per_s=10e6 / 8, probe_rtt_s=0.05)

    assert growth.settled
    assert growth.window * BLOCK <= FILL_BEYOND_BYTES / 2


def test_fill_is_not_judged_by_what_was_sent_before_the_window_grew() -> None:
    """Its round trip tells of the queue that the smaller window made."""
    growth = WindowGrowth(GrowthMode.FILL, BLOCK)
    warm_up(growth, rtt_s=0.04, bytes_per_s=10e6 / 8, length_s=1.0)
    assert growth.wants_probe
    window = growth.window
    for _ in range(10):
        growth.on_probe(0.0, 0.04)

    assert (growth.window, growth.settled) == (window, False)


def test_one_round_of_noise_does_not_end_the_growth() -> None:
    """A machine that is busy for a moment would else leave the window at two blocks for the whole run."""
    growth = WindowGrowth(GrowthMode.AUTO, BLOCK)
    growth.on_echo(0.0, 0.1)
    assert growth.window == 2
    for echoed_s in (0.3, 0.3):
        growth.on_echo(0.1, echoed_s)
    assert not growth.settled
    for echoed_s in (0.4, 0.4):
        growth.on_echo(0.3, echoed_s)

    assert growth.window == 4
    assert not growth.settled


def test_a_settled_window_stays() -> None:
    """What is measured must not change under the measurement."""
    growth = WindowGrowth(GrowthMode.AUTO, BLOCK)
    warm_up(growth, rtt_s=0.04, bytes_per_s=25e6 / 8)
    window = growth.window
    for number in range(1000):
        growth.on_echo(100 + number / 1e5, 100.001 + number / 1e5)

    assert growth.window == window
