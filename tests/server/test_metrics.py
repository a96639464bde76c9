"""What monitoring sees: made of events alone, and served without trusting who asks."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest
from prometheus_client.parser import text_string_to_metric_families

from muxbw_tui.addresses import Address
from muxbw_tui.errors import ConnectError
from muxbw_tui.pb.muxbw_pb2 import RunEvent
from muxbw_tui.pb.ping_pb2 import MuxBandwidthError, MuxLegLifecycle
from muxbw_tui.server import metrics_http
from muxbw_tui.server.metrics import RunMetrics
from muxbw_tui.server.metrics_http import MAX_CONNECTIONS, MAX_REQUEST_BYTES, metrics_server
from tests.conftest import PATIENCE_S
from tests.fakes import source as fake

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable

MIB = 1024 * 1024
LOOPBACK = Address(host="127.0.0.1")


def figures(metrics: RunMetrics) -> dict[str, float]:
    """Return every sample of the exposition, by name and labels."""
    families = text_string_to_metric_families(metrics.exposition().decode())
    samples = [sample for family in families for sample in family.samples]
    return {
        sample.name + "".join(f" {key}={value}" for key, value in sample.labels.items()): sample.value
        for sample in samples
    }


def after(events: Iterable[RunEvent], *, run_id: str = "r1", ended: bool = False) -> dict[str, float]:
    """Return the figures after one run's events."""
    metrics = RunMetrics()
    for event in events:
        metrics.event(run_id, event)
    if ended:
        metrics.ended(run_id)
    return figures(metrics)


def test_routes_are_counted_by_their_state() -> None:
    """The gauge that an alert looks at: how many do what they should."""
    now = after([*fake.set_up(), fake.failure(1, 3.0, mib=0), fake.restarting(2, 3.5)])

    assert now["muxbw_runs"] == 1
    assert now["muxbw_routes state=established"] == 2
    assert now["muxbw_routes state=failed"] == 1
    assert now["muxbw_routes state=restarting"] == 1


def test_failures_are_counted_by_kind() -> None:
    """Set-up, dead on arrival and died point at different causes, and must not be one number."""
    events = [
        fake.run_started(),
        fake.plan(),
        fake.established(0, 0.4, error="no route to host"),
        fake.failure(1, 3.0, mib=0),
        fake.failure(2, 3.0, mib=2),
        fake.failure(3, 3.0, mib=3),
    ]
    now = after(events)

    assert now["muxbw_route_failures_total kind=set_up"] == 1
    assert now["muxbw_route_failures_total kind=dead_on_arrival"] == 1
    assert now["muxbw_route_failures_total kind=died"] == 2


@pytest.mark.parametrize("before", [fake.failure(1, 3.0, mib=2), fake.sample(3.0, {1: 2.0})])
def test_a_restart_that_carried_nothing_is_counted_as_dead_on_arrival(before: RunEvent) -> None:
    """Counts go on over restarts: what was carried before is none of the latest set-up's."""
    restarted = [*fake.set_up(), before, fake.restarting(1, 3.5), fake.established(1, 4.0)]
    nothing = after([*restarted, fake.failure(1, 5.0, mib=2)])
    something = after([*restarted, fake.sample(4.5, {1: 2.5}), fake.failure(1, 5.0, mib=3)])

    assert nothing["muxbw_route_failures_total kind=dead_on_arrival"] == 1
    assert something["muxbw_route_failures_total kind=dead_on_arrival"] == 0


def test_bytes_are_what_samples_added() -> None:
    """Counters of a run are cumulative, and must not be added up again with each sample."""
    now = after([*fake.set_up(), fake.sample(2, {0: 1.0}), fake.sample(3, {0: 4.0})])

    assert now["muxbw_bytes_total direction=received"] == 4 * MIB
    assert now["muxbw_bytes_total direction=sent"] == 4 * MIB


def test_a_run_that_is_over_leaves_its_counters_and_no_gauge() -> None:
    """What was counted stays counted; what is no more is shown no more."""
    now = after([*fake.pumping(), fake.done(10.0)], ended=True)

    assert now["muxbw_runs"] == 0
    assert now["muxbw_routes state=established"] == 0
    assert now["muxbw_runs_started_total"] == now["muxbw_runs_ended_total reason=duration"] == 1
    assert now["muxbw_bytes_total direction=received"] == 4 * 15 * MIB


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ([RunEvent(error=MuxBandwidthError(code="invalid_request"))], "invalid_request"),
        ([fake.run_started()], "cancelled"),
    ],
)
def test_every_end_has_its_reason(events: list[RunEvent], reason: str) -> None:
    """A server that refuses everything must not look like one that is idle."""
    assert after(events, ended=True)[f"muxbw_runs_ended_total reason={reason}"] == 1


def test_a_route_that_was_stopped_on_purpose_is_no_failure() -> None:
    """An operator's decision must raise no alarm."""
    dropped = RunEvent(leg_lifecycle=MuxLegLifecycle(event="dropped", route_index=2))
    now = after([*fake.set_up(), dropped])

    assert now["muxbw_routes state=stopped"] == 1
    assert now["muxbw_route_failures_total kind=died"] == 0


def test_queues_show_their_deepest() -> None:
    """The slowest client is the one that will be cut off."""
    metrics = RunMetrics()
    metrics.watch_queues(lambda: [(0, 12), (700, 3)])
    now = figures(metrics)

    assert now["muxbw_watchers"] == 2
    assert now["muxbw_deepest_queue_events events=must_arrive"] == 700
    assert now["muxbw_deepest_queue_events events=may_be_merged"] == 12


def test_no_label_gives_a_run_away() -> None:
    """Whoever knows a run's id controls it, and monitoring is read by many."""
    metrics = RunMetrics()
    for event in fake.in_trouble():
        metrics.event("0123456789abcdef", event)

    assert b"0123456789abcdef" not in metrics.exposition()


@contextlib.asynccontextmanager
async def scraped(exposition: bytes = b"muxbw_runs 1\n") -> AsyncIterator[Address]:
    """Serve a fixed exposition."""
    async with asyncio.timeout(2 * PATIENCE_S), metrics_server(LOOPBACK, lambda: exposition) as address:
        yield address


async def ask(address: Address, text: bytes) -> bytes:
    """Send bytes and return all that comes back."""
    reader, writer = await asyncio.open_connection(address.host, address.port)
    writer.write(text)
    with contextlib.suppress(ConnectionError):
        answer = await reader.read()
    writer.close()
    return answer


@pytest.mark.parametrize(
    ("asked", "status", "body"),
    [
        (b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", b"HTTP/1.1 200 OK", b"muxbw_runs 1\n"),
        (b"GET /metrics?x=1 HTTP/1.0\r\n\r\n", b"HTTP/1.1 200 OK", b"muxbw_runs 1\n"),
        (b"HEAD /metrics HTTP/1.1\r\n\r\n", b"HTTP/1.1 200 OK", b""),
        (b"GET /secrets HTTP/1.1\r\n\r\n", b"HTTP/1.1 404 Not Found", b"see /metrics\n"),
        (b"POST /metrics HTTP/1.1\r\n\r\n", b"HTTP/1.1 405 Method Not Allowed", b""),
        (b"\xff\xfe\r\n\r\n", b"HTTP/1.1 405 Method Not Allowed", b""),
    ],
)
async def test_a_request_is_answered_with_a_whole_response(asked: bytes, status: bytes, body: bytes) -> None:
    """Prometheus reads HTTP strictly."""
    async with scraped() as address:
        answer = await ask(address, asked)
    head, _, content = answer.partition(b"\r\n\r\n")

    assert head.startswith(status)
    assert content == body
    assert b"Content-Length: " in head


async def test_a_head_that_does_not_end_is_dropped() -> None:
    """Whoever sends without end must not be read without end."""
    async with scraped() as address:
        assert await ask(address, b"GET /" + b"x" * (4 * MAX_REQUEST_BYTES)) == b""


async def test_connections_that_say_nothing_are_bounded() -> None:
    """Ten thousand of them must cost no more than a few, and keep no scrape out."""
    async with scraped() as address:
        silent = [await asyncio.open_connection(address.host, address.port) for _ in range(MAX_CONNECTIONS)]
        served = await ask(address, b"GET /metrics HTTP/1.1\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            assert await silent[0][0].read() == b""
        silent[1][1].write(b"GET /metrics HTTP/1.1\r\n\r\n")
        served_too = await silent[1][0].read()
        for _, writer in silent:
            writer.close()

    assert served.startswith(b"HTTP/1.1 200 OK")
    assert served_too.startswith(b"HTTP/1.1 200 OK")


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"\xff\x1b[31m\r\n\r\n", "it asked for no metrics"),
        (b"x" * (MAX_REQUEST_BYTES + 1), f"a request of more than {MAX_REQUEST_BYTES} bytes"),
        (b"GET /metrics", "it did not ask, or read the answer, within 0.05 s"),
    ],
)
async def test_what_is_no_scrape_ends_in_a_log_line_without_its_bytes(
    said: bytes, words: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The operator must see who pokes about, and a terminal must not obey him."""
    monkeypatch.setattr(metrics_http, "REQUEST_TIMEOUT_S", 0.05)
    async with scraped() as address:
        await ask(address, said)

    (line,) = [record.message for record in caplog.records]
    assert line.startswith("metrics: refused 127.0.0.1:")
    assert line.endswith(words)


async def test_a_port_that_is_taken_is_named() -> None:
    """The operator reads which of the two ports it was."""
    async with scraped() as address:
        with pytest.raises(
            ConnectError, match=rf"--metrics {address}: cannot listen there: address already in use$"
        ):
            async with metrics_server(address, bytes):
                pass
