"""A recording must play as the run went, and a damaged one must say where: it may be all that is left of a run."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from muxbw_tui.errors import ControlError, RecordingError, StreamBrokenError
from muxbw_tui.events import payload_kind
from muxbw_tui.events.envelope import to_ndjson
from muxbw_tui.events.files import write_delimited
from muxbw_tui.pb.muxbw_pb2 import Phase, RunEvent, RunStarted
from muxbw_tui.pb.ping_pb2 import MuxBandwidthDone
from muxbw_tui.sources.recording import RecordingSource
from tests.recordings import FOLDERS, recorded_events

if TYPE_CHECKING:
    from pathlib import Path

    from muxbw_tui.sources.base import EventSource

BEGAN_NS = 1_795_000_000_000_000_000
NS_PER_S = 1_000_000_000


class HandClock:
    """A clock that only sleeping moves, and that remembers each sleep."""

    def __init__(self) -> None:
        self.now_ns = 5_000
        self.slept_s: list[float] = []

    def monotonic_ns(self) -> int:
        return self.now_ns

    def wall_ns(self) -> int:
        return BEGAN_NS + self.now_ns

    async def sleep(self, seconds: float) -> None:
        self.slept_s.append(round(seconds, 6))
        self.now_ns += round(seconds * NS_PER_S)
        await asyncio.sleep(0)


def phase_at(seconds: float) -> RunEvent:
    """Return an event so many seconds after the run began."""
    return RunEvent(timestamp_ns=BEGAN_NS + round(seconds * NS_PER_S), phase=Phase(name="pump"))


def started_at(seconds: float, run_id: str) -> RunEvent:
    """Return the beginning of a run."""
    return RunEvent(timestamp_ns=BEGAN_NS + round(seconds * NS_PER_S), run_started=RunStarted(run_id=run_id))


def done_at(seconds: float) -> RunEvent:
    """Return the end of a run."""
    return RunEvent(timestamp_ns=BEGAN_NS + round(seconds * NS_PER_S), done=MuxBandwidthDone(wall_time_ns=1))


def recording(folder: Path, *events: RunEvent, end: str = "\n") -> Path:
    """Return a file with the events, as NDJSON."""
    path = folder / "run.ndjson"
    path.write_text("\n".join(map(to_ndjson, events)) + end, encoding="utf-8")
    return path


async def play(source: EventSource) -> list[RunEvent]:
    """Return all events of a source."""
    try:
        return [event async for event in source.events()]
    finally:
        await source.close()


async def play_until_broken(source: EventSource) -> tuple[list[RunEvent], Exception]:
    """Return the events before a source breaks, and what it breaks with."""
    events: list[RunEvent] = []
    try:
        async for event in source.events():
            events.append(event)  # noqa: PERF401 - those before the damage count
    except (RecordingError, StreamBrokenError) as error:
        return events, error
    pytest.fail("the recording played to its end")


@pytest.mark.parametrize("name", ["events.ndjson", "events.bin"])
@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
async def test_a_stock_recording_plays_in_either_form(folder: Path, name: str) -> None:
    """The form is told by the content: the operator need not know it."""
    assert await play(RecordingSource(folder / name)) == recorded_events(folder.name)


async def test_a_recording_larger_than_a_chunk_plays_whole(tmp_path: Path) -> None:
    """Messages lie across the edges of chunks."""
    events = [phase_at(index / 10) for index in range(4_000)] + [done_at(500)]
    ndjson, delimited = recording(tmp_path, *events), tmp_path / "run.bin"
    delimited.write_bytes(b"".join(map(write_delimited, events)))

    assert await play(RecordingSource(ndjson)) == events
    assert await play(RecordingSource(delimited)) == events


async def test_a_delimited_file_that_begins_with_a_brace_is_no_ndjson(tmp_path: Path) -> None:
    """The first message may be 123 bytes long, and 123 is a brace."""
    event = RunEvent(timestamp_ns=BEGAN_NS)
    event.error.message = "x" * 109
    assert write_delimited(event)[:1] == b"{"
    path = tmp_path / "run.bin"
    path.write_bytes(write_delimited(event))

    assert await play(RecordingSource(path)) == [event]


async def test_as_fast_as_possible_never_sleeps(tmp_path: Path) -> None:
    """A replay without a screen has nothing to wait for."""
    clock = HandClock()

    await play(RecordingSource(recording(tmp_path, phase_at(0), done_at(60)), clock=clock, sleep=clock.sleep))

    assert clock.slept_s == []


@pytest.mark.parametrize(("speed", "slept_s"), [(1.0, [1.0, 2.5]), (10.0, [0.1, 0.25]), (0.5, [2.0, 5.0])])
async def test_events_come_at_the_pace_of_their_timestamps(
    tmp_path: Path, speed: float, slept_s: list[float]
) -> None:
    """A replay at speed 1 looks as the run did."""
    clock = HandClock()
    path = recording(tmp_path, phase_at(0), phase_at(1), phase_at(1), done_at(3.5))

    await play(RecordingSource(path, speed=speed, clock=clock, sleep=clock.sleep))

    assert clock.slept_s == slept_s


async def test_time_that_the_screen_took_is_made_up_for(tmp_path: Path) -> None:
    """Waits are counted from the beginning: a slow screen must not stretch the run."""
    clock = HandClock()
    source = RecordingSource(
        recording(tmp_path, phase_at(0), phase_at(1), done_at(2)), speed=1.0, clock=clock, sleep=clock.sleep
    )

    async for event in source.events():
        if event == phase_at(1):
            clock.now_ns += round(0.4 * NS_PER_S)

    assert clock.slept_s == [1.0, 0.6]


async def test_a_timestamp_that_steps_back_is_not_waited_for(tmp_path: Path) -> None:
    """Wall clocks step; time does not run backwards."""
    clock = HandClock()
    path = recording(tmp_path, phase_at(10), phase_at(5), RunEvent(phase=Phase(name="pump")), done_at(11))

    await play(RecordingSource(path, speed=1.0, clock=clock, sleep=clock.sleep))

    assert clock.slept_s == [1.0]


async def test_the_night_between_two_runs_is_not_waited_for(tmp_path: Path) -> None:
    """Recording to an existing file appends the next run to it."""
    clock = HandClock()
    path = recording(tmp_path, phase_at(0), done_at(1), phase_at(40_000), done_at(40_002))

    events = await play(RecordingSource(path, speed=1.0, clock=clock, sleep=clock.sleep))

    assert len(events) == 4
    assert clock.slept_s == [1.0, 2.0]


async def test_the_night_after_a_run_that_was_killed_is_not_waited_for_either(tmp_path: Path) -> None:
    """Nobody wrote its end; but the same run told once more, after a break, has not begun again."""
    clock = HandClock()
    killed = [started_at(0, "a"), phase_at(1), started_at(3, "a"), phase_at(4)]
    path = recording(tmp_path, *killed, started_at(40_000, "b"), done_at(40_002))

    await play(RecordingSource(path, speed=1.0, clock=clock, sleep=clock.sleep))

    assert clock.slept_s == [1.0, 2.0, 1.0, 2.0]


@pytest.mark.parametrize("speed", [0, -1, float("nan")])
def test_a_speed_that_leads_nowhere_is_refused(tmp_path: Path, speed: float) -> None:
    """The replay would never end, or never begin."""
    with pytest.raises(ValueError, match="above 0"):
        RecordingSource(tmp_path / "run.ndjson", speed=speed)


async def test_events_before_the_damage_are_played_and_the_line_is_named(tmp_path: Path) -> None:
    """What is whole of a run is worth seeing."""
    path = tmp_path / "run.ndjson"
    path.write_text(f"{to_ndjson(phase_at(0))}\nnot json\n{to_ndjson(done_at(1))}\n", encoding="utf-8")

    events, error = await play_until_broken(RecordingSource(path))

    assert events == [phase_at(0)]
    assert str(error).startswith(f"{path}: line 2: not JSON")


async def test_a_last_line_that_is_cut_off_is_damage_named_by_its_line(tmp_path: Path) -> None:
    """Whoever recorded was killed."""
    path = recording(tmp_path, phase_at(0), done_at(1), end="")
    path.write_text(path.read_text(encoding="utf-8")[:-5], encoding="utf-8")

    events, error = await play_until_broken(RecordingSource(path))

    assert events == [phase_at(0)]
    assert f"{path}: line 2: cut off" in str(error)


async def test_a_last_line_without_a_line_break_is_whole(tmp_path: Path) -> None:
    """An editor may have taken it away."""
    path = recording(tmp_path, phase_at(0), done_at(1), end="")

    assert await play(RecordingSource(path)) == [phase_at(0), done_at(1)]


async def test_a_delimited_file_that_is_cut_off_names_the_byte(tmp_path: Path) -> None:
    """The byte is where the message begins that is not whole."""
    path = tmp_path / "run.bin"
    first, second = write_delimited(phase_at(0)), write_delimited(done_at(1))
    path.write_bytes(first + second[:-1])

    events, error = await play_until_broken(RecordingSource(path))

    assert events == [phase_at(0)]
    assert f"{path}: byte {len(first)}: " in str(error)


@pytest.mark.parametrize(
    "content", [b"\x89PNG\r\n\x1a\n" + b"\0\1\2\3" * 50, b"\0" * 500, b"hello world\n", b"#!/bin/sh"]
)
async def test_what_is_no_recording_says_so(tmp_path: Path, content: bytes) -> None:
    """The operator picked the wrong file, and a byte offset would not tell them."""
    path = tmp_path / "picture.png"
    path.write_bytes(content)

    events, error = await play_until_broken(RecordingSource(path))

    assert events == []
    assert isinstance(error, RecordingError)
    assert f"{path}: no recording" in str(error)


async def test_an_empty_file_says_so(tmp_path: Path) -> None:
    """A recording that never began."""
    path = tmp_path / "run.ndjson"
    path.touch()

    with pytest.raises(RecordingError, match=r"run\.ndjson: the recording is empty"):
        await play(RecordingSource(path))


async def test_a_missing_file_and_a_directory_say_so(tmp_path: Path) -> None:
    """The path is in the message, and what is wrong with it."""
    with pytest.raises(RecordingError, match=r"gone\.ndjson: cannot be read: No such file"):
        await play(RecordingSource(tmp_path / "gone.ndjson"))
    with pytest.raises(RecordingError, match="cannot be read: Is a directory"):
        await play(RecordingSource(tmp_path))


async def test_a_recording_that_ends_before_its_run_is_broken(tmp_path: Path) -> None:
    """Its last figures are not the run's, and must not look so."""
    events, error = await play_until_broken(RecordingSource(recording(tmp_path, phase_at(0), phase_at(1))))

    assert [payload_kind(event) for event in events] == ["phase", "phase"]
    assert isinstance(error, StreamBrokenError)
    assert "ends before its run did" in str(error)


async def test_nothing_can_be_asked_of_a_recording(tmp_path: Path) -> None:
    """It says what it is, so that the dashboard can say why r does nothing."""
    source = RecordingSource(recording(tmp_path, done_at(0)))

    await source.stop_run()
    with pytest.raises(ControlError, match="this is a recording"):
        await source.restart_routes([1])

    assert not source.live
    assert source.title == "recording run.ndjson"
    assert "recording" in source.cannot_restart


@pytest.mark.usefixtures("nothing_left")
async def test_closing_ends_the_replay_at_its_next_event_and_leaves_nothing_open(tmp_path: Path) -> None:
    """Quitting in the middle of a replay is the usual end of one."""
    source = RecordingSource(recording(tmp_path, phase_at(0), phase_at(1), done_at(2)))
    played = []
    async for event in source.events():
        played.append(event)
        await source.close()
        await source.close()

    assert played == [phase_at(0)]
