"""A recording as a source of events: NDJSON or length-delimited, told apart by content, stock ones too.

Owns the file and the pace. It must not know what events mean, beyond where a run ends (`done`, `error`) and another
begins (`run_started` with another id, after one that was killed). A recording may hold several runs, since recording to
an existing file appends.
"""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING

from muxbw_tui.clock import Clock, SystemClock
from muxbw_tui.errors import ControlError, RecordingError, StreamBrokenError
from muxbw_tui.events import UNKNOWN_KIND, payload_kind
from muxbw_tui.events.files import DelimitedReader, EventReader, NdjsonReader
from muxbw_tui.units import NS_PER_S

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from io import BufferedReader

    from muxbw_tui.pb.muxbw_pb2 import RestartRoutesReply, RunEvent, StopRoutesReply

_CHUNK_BYTES = 64 * 1024
# An envelope's first bytes. A delimited file may begin with `{` too (a message of 123 bytes), but then comes a
# field's tag, and `"` is none of RunEvent's.
_ENVELOPE_START = re.compile(rb'(?:\xef\xbb\xbf)?\s*\{\s*(?:"|\}|$)')
_LAST_OF_A_RUN = frozenset({"done", "error"})


class RecordingSource:
    """The events of a file, at the pace of their timestamps or faster. An `EventSource`.

    Args:
        path: the file.
        speed: 1.0 plays in real time, 10.0 ten times as fast, None as fast as it can be read.
        clock: what real time is measured by.
        sleep: how to wait, in seconds.

    Raises:
        ValueError: the speed is not above 0.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        speed: float | None = None,
        clock: Clock | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        if speed is not None and not speed > 0:
            raise ValueError(f"a replay's speed must be above 0: {speed}")
        self._path = Path(path)
        self._speed = speed
        self._clock = clock or SystemClock()
        self._sleep = sleep
        self._closed = False
        self._origin: tuple[int, int] | None = None  # (timestamp, monotonic) of the run's first event

    @property
    def title(self) -> str:
        """The recording's name, for people."""
        return f"recording {self._path.name}"

    @property
    def cannot_restart(self) -> str:
        """Why no route can be restarted."""
        return "this is a recording: its routes cannot be restarted, a new run can be started with muxbw-tui watch"

    @property
    def cannot_control(self) -> str:
        """Why there is nothing to stop, pause or detach."""
        return "this is a recording: there is no run behind it that could be stopped, paused or detached"

    @property
    def cannot_resume(self) -> str:
        """Why there is nothing to come back to."""
        return "this is a recording: what it does not hold cannot be asked for"

    @property
    def run_id(self) -> None:
        """No run is behind it that could be found."""
        return None

    @property
    def may_merge(self) -> bool:
        """A recording is shown whole."""
        return False

    @property
    def live(self) -> bool:
        """No run goes on behind a recording."""
        return False

    @property
    def outlives_us(self) -> bool:
        """No run goes on behind a recording."""
        return False

    async def events(self) -> AsyncIterator[RunEvent]:
        """Yield the recording's events in order, each when it is due.

        Raises:
            RecordingError: the file cannot be read or is damaged; the message names it and the line or byte.
            StreamBrokenError: the recording ends before its run did.
        """
        kind = run_id = ""
        reader = _Reader(self._path)
        try:
            while (batch := await asyncio.to_thread(reader.next_batch)) is not None:
                for event in batch:
                    begins = kind in _LAST_OF_A_RUN
                    kind = payload_kind(event)
                    if kind == "run_started":
                        begins |= event.run_started.run_id != run_id
                        run_id = event.run_started.run_id
                    await self._wait_until_due(event, first_of_a_run=begins)
                    if self._closed:
                        return
                    yield event
        finally:
            reader.close()
        if not self._closed and kind not in _LAST_OF_A_RUN:
            raise StreamBrokenError(f"{self._path}: the recording ends before its run did")

    async def stop_run(self) -> None:
        """Do nothing: no run is there to be stopped."""

    async def restart_routes(
        self,
        route_indexes: Sequence[int],  # noqa: ARG002 - none can
        *,
        prefer_new: bool = False,  # noqa: ARG002 - the same
    ) -> RestartRoutesReply:
        """Refuse.

        Raises:
            ControlError: always.
        """
        raise ControlError(self.cannot_restart)

    async def stop_routes(self, route_indexes: Sequence[int]) -> StopRoutesReply:  # noqa: ARG002 - none can
        """Refuse.

        Raises:
            ControlError: always.
        """
        raise ControlError(self.cannot_control)

    async def pause(self, *, paused: bool) -> None:  # noqa: ARG002 - there is no traffic
        """Refuse.

        Raises:
            ControlError: always.
        """
        raise ControlError(self.cannot_control)

    async def detach(self) -> None:
        """Refuse.

        Raises:
            ControlError: always.
        """
        raise ControlError(self.cannot_control)

    async def close(self) -> None:
        """End the iteration at its next event. Idempotent."""
        self._closed = True

    async def _wait_until_due(self, event: RunEvent, *, first_of_a_run: bool) -> None:
        """Wait as long after the run's first event as the recording did; the pause between two runs is left out."""
        if self._speed is None or event.timestamp_ns <= 0:
            return
        now_ns = self._clock.monotonic_ns()
        if self._origin is None or first_of_a_run:
            self._origin = (event.timestamp_ns, now_ns)
        first_timestamp_ns, started_ns = self._origin
        due_ns = started_ns + (event.timestamp_ns - first_timestamp_ns) / self._speed
        if due_ns > now_ns:
            await self._sleep((due_ns - now_ns) / NS_PER_S)


class _Reader:
    """The file and its format. Its methods block; one thread at a time may use it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file: BufferedReader | None = None
        self._events: EventReader | None = None
        self._any_read = False
        self._ended = False

    def next_batch(self) -> list[RunEvent] | None:
        """Return the events of the next chunk, those before any damage first; None at the end.

        Raises:
            RecordingError: the file cannot be read, or the next event is damaged.
        """
        if self._ended:
            return None
        try:
            chunk = self._read()
        except OSError as error:
            raise RecordingError(f"{self._path}: cannot be read: {error.strerror}") from error
        if self._events is None:
            if not chunk:
                raise RecordingError(f"{self._path}: the recording is empty")
            self._events = NdjsonReader() if _ENVELOPE_START.match(chunk) else DelimitedReader()
        self._events.receive(chunk)
        return self._decoded(self._events, at_end=not chunk)

    def close(self) -> None:
        """Close the file. Idempotent."""
        if self._file is not None:
            self._file.close()

    def _read(self) -> bytes:
        if self._file is None:
            self._file = self._path.open("rb")
        return self._file.read1(_CHUNK_BYTES)  # from a pipe, what is there

    def _decoded(self, reader: EventReader, *, at_end: bool) -> list[RunEvent]:
        """Return the events that are whole; damage behind them is what the next call raises."""
        batch: list[RunEvent] = []
        try:
            while (event := reader.next_event()) is not None:
                batch.append(event)
            if at_end and (last := reader.close()) is not None:
                batch.append(last)
            self._ended = at_end
        except RecordingError as error:
            if not batch:
                raise self._explained(reader, error) from error
        if batch and not self._any_read:
            self._check_first(batch[0])
            self._any_read = True
        return batch

    def _check_first(self, event: RunEvent) -> None:
        """Refuse what only decodes by chance: a file of zeros is a sequence of empty messages."""
        if event.timestamp_ns <= 0 and payload_kind(event) == UNKNOWN_KIND:
            raise RecordingError(f"{self._path}: no recording: its first message is no event")

    def _explained(self, reader: EventReader, error: RecordingError) -> RecordingError:
        if self._any_read or isinstance(reader, NdjsonReader):
            return RecordingError(f"{self._path}: {error}")
        return RecordingError(
            f"{self._path}: no recording: neither NDJSON nor length-delimited events ({error})"
        )
