"""The arithmetic of a link."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from muxbw_tui.network.shaping import DelayLine, RateClock
from muxbw_tui.units import KIB, NS_PER_MS, NS_PER_S

MBIT = 1_000_000


def test_bytes_leave_one_after_the_other_at_the_rate() -> None:
    """Ten Mbit/s are 1.25 MB in a second, whoever sends them."""
    clock = RateClock(rate_bps=10 * MBIT, queue_bytes=256 * KIB)

    departures = [clock.depart_ns(0, 12_500) for _ in range(100)]

    assert departures[0] == 10 * NS_PER_MS
    assert departures[-1] == NS_PER_S


def test_an_idle_link_saves_nothing_up() -> None:
    """A pause must not be followed by a burst above the rate."""
    clock = RateClock(rate_bps=8 * MBIT, queue_bytes=0)
    clock.depart_ns(0, 1000)

    assert clock.depart_ns(NS_PER_S, 1000) == NS_PER_S + NS_PER_MS


def test_a_full_queue_delays_a_probe_by_queue_over_rate() -> None:
    """Queueing delay is what the dashboard shows; 256 KiB at 10 Mbit/s are 210 ms."""
    clock = RateClock(rate_bps=10 * MBIT, queue_bytes=256 * KIB)
    clock.depart_ns(0, 256 * KIB)

    delay_ms = clock.depart_ns(0, 100) / NS_PER_MS

    assert 209 < delay_ms < 211


def test_there_is_room_again_once_the_backlog_is_the_queue() -> None:
    """The forwarder stops reading exactly while more than the queue waits."""
    clock = RateClock(rate_bps=8 * MBIT, queue_bytes=10_000)
    clock.depart_ns(0, 15_000)

    assert clock.has_room_at_ns() == 5 * NS_PER_MS


@pytest.mark.parametrize(("rate_mbps", "piece_bytes"), [(0.1, 1500), (10, 3125), (1000, 16 * KIB)])
def test_a_piece_takes_little_time_whatever_the_rate(rate_mbps: float, piece_bytes: int) -> None:
    """A probe beside a bulk connection waits for the queue, not for the size of a read."""
    assert RateClock(rate_bps=rate_mbps * MBIT, queue_bytes=0).piece_bytes == piece_bytes


def test_a_bottleneck_is_one_more_clock_that_links_share() -> None:
    """Two fast links behind one slow capacity carry together what the capacity has."""
    shared = RateClock(rate_bps=8 * MBIT, queue_bytes=0)
    links = [RateClock(rate_bps=80 * MBIT, queue_bytes=0) for _ in range(2)]

    last = [0, 0]
    for _ in range(50):
        for index, link in enumerate(links):
            last[index] = link.depart_ns(shared.depart_ns(0, 10_000), 10_000)

    assert max(last) == NS_PER_S + NS_PER_MS  # 100 x 10 kB at 1 MB/s, and the last one's own link


def test_delay_is_added_and_jitter_stays_within_its_bounds() -> None:
    """What the scenario says a link takes is what it takes."""
    plain = DelayLine(delay_ns=40 * NS_PER_MS, jitter_ns=0, rng=random.Random(1))
    jittery = DelayLine(delay_ns=40 * NS_PER_MS, jitter_ns=2 * NS_PER_MS, rng=random.Random(1))
    departures = [index * NS_PER_S for index in range(200)]

    delays_ms = [(jittery.arrive_ns(now) - now) / NS_PER_MS for now in departures]

    assert plain.arrive_ns(NS_PER_S) == NS_PER_S + 40 * NS_PER_MS
    assert 38 <= min(delays_ms) < 39
    assert 41 < max(delays_ms) <= 42


@given(
    st.lists(st.integers(0, 10_000_000), min_size=1, max_size=50),
    st.integers(0, 5_000_000),
    st.integers(0, 50_000_000),
)
def test_jitter_never_reorders_a_connection(gaps_ns: list[int], delay_ns: int, jitter_ns: int) -> None:
    """A stream whose bytes change places is no stream."""
    line = DelayLine(delay_ns=delay_ns, jitter_ns=jitter_ns, rng=random.Random(3))
    departure_ns, arrivals = 0, []
    for gap_ns in gaps_ns:
        departure_ns += gap_ns
        arrivals.append(line.arrive_ns(departure_ns))
        assert arrivals[-1] >= departure_ns

    assert arrivals == sorted(arrivals)


@given(st.lists(st.tuples(st.integers(0, 1_000_000), st.integers(1, 65536)), min_size=1, max_size=60))
def test_a_capacity_never_carries_more_than_its_rate(pieces: list[tuple[int, int]]) -> None:
    """From any first arrival on, no more bytes have left than the rate allows."""
    clock = RateClock(rate_bps=20 * MBIT, queue_bytes=256 * KIB)
    now_ns, total, last_ns = 0, 0, 0
    for gap_ns, size in pieces:
        now_ns += gap_ns
        total += size
        last_ns = clock.depart_ns(now_ns, size)

    first_ns = pieces[0][0]
    assert total * 8 * NS_PER_S <= (last_ns - first_ns + len(pieces)) * 20 * MBIT
