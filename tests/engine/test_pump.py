"""The pump of one route, its counters, and what is said when it ends."""

from __future__ import annotations

import asyncio

import pytest

from muxbw_tui.engine.errors import (
    Direction,
    ExchangeError,
    ExchangeTimeoutError,
    NoPingConnectionError,
)
from muxbw_tui.engine.leg import Leg, build_route_failure
from muxbw_tui.engine.operations import PingOperations
from muxbw_tui.engine.pump import RoutePump
from muxbw_tui.engine.window import Sampler, Window
from muxbw_tui.network.frames import STATUS_BYTES
from muxbw_tui.pb.ping_pb2 import MuxRouteFailure
from tests.conftest import PATIENCE_S, eventually
from tests.fakes.network import FakeNetwork
from tests.fakes.peers import Peer, connected, route_config

pytestmark = pytest.mark.usefixtures("nothing_left")

BLOCK = 32 * 1024


def open_window(length_s: float = 60.0) -> Window:
    """Return a window that begins now."""
    now_s = asyncio.get_running_loop().time()
    return Window(now_s, now_s + length_s)


async def test_taking_the_entry_out_ends_the_pump_within_one_block() -> None:
    """The pump looks its connection up for every block, so the table is the truth about a route."""
    operations = PingOperations(FakeNetwork())
    config = route_config(3)
    leg = Leg(3, config)
    async with connected(operations, config, Peer.echo):
        pumping = asyncio.ensure_future(RoutePump(operations, leg, config, open_window()).run())
        await eventually(lambda: leg.bytes_received >= 4 * BLOCK)
        counted = leg.bytes_received
        operations.table.remove(config.ref)
        with pytest.raises(NoPingConnectionError, match=r"#3, call DialPing first$"):
            await pumping

    assert leg.bytes_received in {counted, counted + BLOCK}
    assert leg.bytes_sent == leg.bytes_received


async def test_a_route_without_an_entry_fails_before_the_first_byte() -> None:
    """Established and then nothing is a state of its own: zero bytes must be told from some."""
    config = route_config(2)
    leg = Leg(2, config)

    with pytest.raises(NoPingConnectionError, match="#2,"):
        await RoutePump(PingOperations(FakeNetwork()), leg, config, open_window()).run()

    assert leg.bytes_sent == 0


async def test_a_block_that_completes_after_the_window_does_not_count() -> None:
    """Bytes after the window's end would make every average too high."""
    operations = PingOperations(FakeNetwork())
    config = route_config()
    leg = Leg(0, config)
    window = open_window()

    async def answer_after_the_window(peer: Peer) -> None:
        for _ in range(2):
            await peer.write(await peer.read(BLOCK))
        block = await peer.read(BLOCK)
        window.close(asyncio.get_running_loop().time())
        await asyncio.sleep(0.01)
        await peer.write(block)

    async with connected(operations, config, answer_after_the_window):
        await RoutePump(operations, leg, config, window).run()

    assert leg.bytes_received == 2 * BLOCK


async def test_a_status_that_comes_after_the_window_starts_no_block() -> None:
    """A warm-up that went on sending would never drain, and would load the baseline behind it."""
    operations = PingOperations(FakeNetwork())
    config = route_config()
    leg = Leg(0, config, fixed_window=2)
    window = open_window()
    pump = RoutePump(operations, leg, config, window)

    async def answer_after_the_window(peer: Peer) -> None:
        first, second = await peer.read(BLOCK), await peer.read(BLOCK)
        assert pump.ask_status()
        status = await peer.read(STATUS_BYTES)
        await peer.write(first)
        third = await peer.read(BLOCK)
        window.close(asyncio.get_running_loop().time())
        await asyncio.sleep(0.01)
        await peer.write(second + status + third)

    async with connected(operations, config, answer_after_the_window):
        await asyncio.wait_for(pump.run(), PATIENCE_S)

    assert leg.bytes_received == BLOCK


async def test_a_cancelled_pump_leaves_its_connection_good() -> None:
    """The run stops its pumps before it closes the routes; a restart may follow on the same connection."""
    operations = PingOperations(FakeNetwork())
    config = route_config()
    leg = Leg(0, config)
    async with connected(operations, config, Peer.echo) as (connection, _):
        pumping = asyncio.ensure_future(RoutePump(operations, leg, config, open_window()).run())
        await eventually(lambda: leg.bytes_received > 0)
        pumping.cancel()
        await asyncio.gather(pumping, return_exceptions=True)

        assert not connection.closed
        assert (await operations.ping_once(config)).bytes_received > 0


def test_a_failure_report_has_every_field() -> None:
    """The report is built in one place from the leg, so that no field can be forgotten on the way."""
    leg = Leg(5, route_config(5), bytes_sent=1_310_720, bytes_received=1_277_952)
    error = ExchangeTimeoutError(route_config(5).ref, Direction.READ)

    failure = build_route_failure(leg, error, elapsed_s=1.3305)

    assert failure == MuxRouteFailure(
        route_index=5,
        error_message="read echo: i/o timeout",
        bytes_sent_before_failure=1_310_720,
        bytes_received_before_failure=1_277_952,
        elapsed_ns=1_330_500_000,
    )


def test_a_failure_report_of_the_first_exchange_has_zero_bytes() -> None:
    """Zero is the finding: rules were not propagated, rather than an intermediate having died."""
    failure = build_route_failure(Leg(2, None), NoPingConnectionError(route_config(2)), elapsed_s=-0.1)

    assert (failure.bytes_sent_before_failure, failure.bytes_received_before_failure) == (0, 0)
    assert failure.error_message.endswith("#2, call DialPing first")
    assert failure.elapsed_ns == 0


def test_samples_take_rates_over_measured_time() -> None:
    """A rate over the nominal interval is wrong by as much as the loop was late."""
    legs = [Leg(0, route_config(), set_up=True, alive=True), Leg(1, None)]
    sampler = Sampler(Window(100.0, 110.0), interval_s=1.0)
    legs[0].bytes_sent = legs[0].bytes_received = 1_000_000

    first = sampler.take(legs, 102.0)
    legs[0].bytes_sent = legs[0].bytes_received = 1_500_000
    second = sampler.take(legs, 103.0)

    assert [leg.route_index for leg in first.legs] == [0]
    assert (first.instant_send_bps, second.instant_send_bps) == (4_000_000, 4_000_000)
    assert second.avg_recv_bps == 1_500_000 * 8 / 3
    assert sampler.peak_send_bps == 4_000_000


def test_a_sample_right_after_another_is_not_a_rate_over_next_to_no_time() -> None:
    """A run stopped just after a sample must not end on a rate of zero, nor of gigabits."""
    leg = Leg(0, route_config(), set_up=True, alive=True)
    sampler = Sampler(Window(0.0, 10.0), interval_s=1.0)
    leg.bytes_sent = leg.bytes_received = 1_000_000
    sampler.take([leg], 1.0)
    leg.bytes_sent = leg.bytes_received = 1_001_000

    last = sampler.take([leg], 1.001)

    assert last.instant_recv_bps == pytest.approx(8_000_000, rel=0.01)


def test_samples_in_a_burst_do_not_make_a_peak() -> None:
    """A loop that was late takes several samples at once; the time between them says nothing about a rate."""
    leg = Leg(0, route_config(), set_up=True, alive=True)
    sampler = Sampler(Window(0.0, 10.0), interval_s=1.0)
    for number, at_s in enumerate((1.0, 3.0, 3.0001, 3.0002, 3.0003), start=1):
        leg.bytes_sent = leg.bytes_received = round(at_s * 1_000_000) + number
        sampler.take([leg], at_s)

    assert sampler.peak_recv_bps == pytest.approx(8_000_000, rel=0.01)


def test_a_sample_never_reaches_beyond_the_window() -> None:
    """One object owns the window, and samples use it as totals do."""
    sampler = Sampler(Window(0.0, 2.0), interval_s=1.0)

    assert sampler.take([], 2.5).elapsed_ns == 2_000_000_000


async def test_a_write_that_is_stuck_is_reported_as_such() -> None:
    """With 8 MiB blocks the kernel cannot swallow the block, so the pump's failure names the write."""
    operations = PingOperations(FakeNetwork())
    config = route_config(block_bytes=8 * 1024 * 1024, io_timeout_s=0.3)
    leg = Leg(0, config)
    async with connected(operations, config):
        with pytest.raises(ExchangeError, match="write block: i/o timeout"):
            await RoutePump(operations, leg, config, open_window()).run()
