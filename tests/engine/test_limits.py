"""What holds a route back, from what its pump saw."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.engine.config import PingConfig
from muxbw_tui.engine.leg import Leg
from muxbw_tui.engine.limits import Limit, LimitWatch, Observation, what_limits

if TYPE_CHECKING:
    from muxbw_tui.pb.muxbw_pb2 import Limits

EMPTY_PATH = Observation(
    latency_s=0.04, least_latency_s=0.04, goodput_stopped_rising=False, cpu_source=0.1, cpu_target=0.1
)


@pytest.mark.parametrize(
    ("seen", "limit"),
    [
        (EMPTY_PATH, Limit.WINDOW),
        (replace(EMPTY_PATH, latency_s=0.049), Limit.WINDOW),
        (replace(EMPTY_PATH, latency_s=0.06), Limit.PATH),
        (replace(EMPTY_PATH, goodput_stopped_rising=True), Limit.PATH),
        (replace(EMPTY_PATH, cpu_source=0.95), Limit.CPU_SOURCE),
        (replace(EMPTY_PATH, cpu_target=0.95, latency_s=0.06), Limit.CPU_TARGET),
        (replace(EMPTY_PATH, cpu_source=0.95, cpu_target=0.99), Limit.CPU_TARGET),
    ],
)
def test_the_cause_is_told_from_queueing_and_load(seen: Observation, limit: Limit) -> None:
    """A busy machine hides what the path could do, so it comes first; an empty path points at the window."""
    assert what_limits(seen) is limit


def test_a_change_is_said_once_and_only_when_two_looks_agree() -> None:
    """A badge that flickers says nothing."""
    said: list[Limits] = []
    leg = Leg(2, PingConfig("t", 2), alive=True, least_latency_s=0.04)
    watch = LimitWatch([leg], said.append, now_s=0.0, cpu_s=0.0)

    def look(latency_s: float) -> None:
        leg.blocks += 10
        leg.latency_s += 10 * latency_s
        watch.look(float(leg.blocks), 0.0)

    look(0.04)
    assert said == []
    look(0.04)
    look(0.04)
    assert [(event.kind, event.route_index, event.window) for event in said] == [("window", 2, 1)]
    assert said[0].detail == "1 × 32.0 KiB in flight / 40.0 ms = 6.6 Mbit/s"
    look(0.2)
    look(0.04)
    assert len(said) == 1
    look(0.2)
    look(0.2)
    assert [event.kind for event in said] == ["window", "path"]


def test_a_route_that_carries_nothing_is_not_judged() -> None:
    """Without blocks there is no latency to judge by."""
    said: list[Limits] = []
    watch = LimitWatch([Leg(0, PingConfig("t", 0), alive=True)], said.append, now_s=0.0, cpu_s=0.0)
    watch.look(1.0, 0.0)
    watch.look(2.0, 0.0)

    assert said == []
