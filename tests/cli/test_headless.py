"""A run without a screen whose stream breaks: what is written must be whole, and nothing in it twice."""

from __future__ import annotations

import asyncio
import io
from typing import TYPE_CHECKING

from muxbw_tui.cli import headless
from muxbw_tui.cli.headless import HeadlessRun, NdjsonOutput
from muxbw_tui.errors import ConnectError, ExitCode, StreamBrokenError
from muxbw_tui.events.envelope import to_ndjson
from muxbw_tui.run import reducer
from muxbw_tui.sources import reconnect
from muxbw_tui.units import NS_PER_S
from tests.conftest import eventually
from tests.fakes import source as fake

if TYPE_CHECKING:
    import pytest


async def test_a_stream_that_broke_is_taken_up_again_and_no_event_is_written_twice(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever counts failures in the output must not count one for every break of the network."""
    monkeypatch.setattr(reconnect, "LONGEST_PAUSE_S", 0.0)
    request = fake.request()
    request.linger_ns = 30 * NS_PER_S
    seen, missed = fake.in_trouble(), [fake.restarting(1, 9), fake.established(1, 9.5), fake.done(12)]
    source = fake.ScriptedSource(seen)
    source.end(StreamBrokenError("the stream broke"))
    source.end(ConnectError("no server answers"))
    source.add(*seen, *missed)
    source.end()
    run = HeadlessRun(source, request)
    written = io.StringIO()
    run.outputs.append(NdjsonOutput(written))

    status = await run.watch()

    whole = reducer.start(request)
    for event in (*seen, *missed):
        reducer.apply(whole, event)
    assert written.getvalue().splitlines() == [to_ndjson(event) for event in (*seen, *missed)]
    assert capsys.readouterr().err == "the stream broke; taking the run up again\n"
    assert run.state.routes == whole.routes
    assert status is ExitCode.SOME_ROUTES_FAILED


async def test_what_a_server_says_of_restarts_and_breaks_is_a_line_each_that_no_terminal_obeys(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Reasons are the server's words, and stderr is the operator's terminal."""
    forged = "no\x1b]0;owned\x07\x1b[2J\nError: all is well"
    monkeypatch.setattr(reconnect, "LONGEST_PAUSE_S", 0.0)
    monkeypatch.setattr(headless, "FIRST_RESTART_WAIT_S", 0.0)
    request = fake.request()
    request.linger_ns = 30 * NS_PER_S
    source = fake.ScriptedSource(fake.in_trouble())
    source.leaves = dict.fromkeys(range(8), forged)
    run = HeadlessRun(source, request, restart_failed=1)
    watching = asyncio.ensure_future(run.watch())
    await eventually(lambda: bool(source.restarts))
    source.refuses = forged
    source.end(StreamBrokenError(forged))
    source.add(*fake.in_trouble(), fake.done(12))
    source.end()

    await watching

    lines = capsys.readouterr().err.splitlines()
    assert "no Error: all is well; taking the run up again" in lines
    assert any(line.endswith("was not restarted: no Error: all is well") for line in lines)
    assert all(line.isprintable() for line in lines)
