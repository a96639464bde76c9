"""The breakers of nodes: a table of what happened when, and what they said."""

from __future__ import annotations

import pytest

from muxbw_tui.engine.breaker import Breakers
from muxbw_tui.units import NS_PER_S


class FakeClock:
    """A clock that is set by hand."""

    now_s = 0.0

    def monotonic_ns(self) -> int:
        return round(self.now_s * NS_PER_S)

    def wall_ns(self) -> int:
        return self.monotonic_ns()


@pytest.mark.parametrize(
    ("history", "now_s", "state"),
    [
        ("", 0, "closed"),
        ("0x 1x", 1, "closed"),
        ("0x 1x 2x", 2, "open"),
        ("0x 1x 2x", 6.9, "open"),
        ("0x 1x 2x", 7, "half-open"),
        ("0x 1x 2o 3x 4x", 4, "closed"),
        ("0x 1x 2x 3x 4x 5x 6x", 7, "half-open"),
        ("0x 1x 2x 7x", 7, "open"),
        ("0x 1x 2x 7x", 16.9, "open"),
        ("0x 1x 2x 7x", 17, "half-open"),
        ("0x 1x 2x 7x 17x", 36.9, "open"),
        ("0x 1x 2x 7x 17x", 37, "half-open"),
        ("0x 1x 2x 7o", 7, "closed"),
        ("0x 1x 2x 7o 8x 9x", 9, "closed"),
        ("0x 1x 2x 7o 8x 9x 10x", 14.9, "open"),
        ("0x 1x 2x 7o 8x 9x 10x", 15, "half-open"),
        ("0x 1x 2x 3o", 3, "closed"),
        ("0x 0x 0x 999x 1999x 2999x 3999x 4999x 5999x 6999x", 7298.9, "open"),
        ("0x 0x 0x 999x 1999x 2999x 3999x 4999x 5999x 6999x", 7299, "half-open"),
    ],
)
def test_a_breaker_opens_backs_off_and_closes(history: str, now_s: float, state: str) -> None:
    """Three failures in a row open it for 5 s, each failure after that for twice as long, up to 300 s."""
    clock = FakeClock()
    breakers = Breakers(clock)
    for happening in history.split():
        clock.now_s = float(happening[:-1])
        if happening.endswith("x"):
            breakers.failed("osaka")
        else:
            breakers.succeeded("osaka")
    clock.now_s = now_s

    assert breakers.state("osaka").value == state
    assert breakers.open_nodes() == ({"osaka"} if state == "open" else set())


def test_nodes_have_breakers_of_their_own() -> None:
    """One bad relay must not shut out the good ones."""
    breakers = Breakers(FakeClock())
    for _ in range(3):
        breakers.failed("osaka")
        breakers.failed("tokyo")
        breakers.succeeded("tokyo")

    assert breakers.open_nodes() == {"osaka"}
