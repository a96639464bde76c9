"""What the dashboard and the headless commands ask of a source of events, wherever the events come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from muxbw_tui.pb.muxbw_pb2 import RestartRoutesReply, RunEvent, StopRoutesReply


class EventSource(Protocol):
    """One run's events, and what can be asked of that run.

    Use it in one event loop. `events` may be iterated once, and again after the stream broke if `cannot_resume` allows;
    `close` may be called at any time, and twice.
    """

    @property
    def title(self) -> str:
        """Where the events come from, for people: `embedded engine`, `127.0.0.1:3435`, `recording x.ndjson`."""
        ...

    @property
    def cannot_restart(self) -> str:
        """Why one route cannot be restarted here, and what can be done instead; empty where it can."""
        ...

    @property
    def cannot_control(self) -> str:
        """Why routes cannot be stopped here, nor the run paused or detached; empty where they can."""
        ...

    @property
    def cannot_resume(self) -> str:
        """Why a run whose stream broke cannot be taken up again; empty where `events` does that when called again."""
        ...

    @property
    def run_id(self) -> str | None:
        """The id by which others find the run; None where it has none, or before that is known."""
        ...

    @property
    def may_merge(self) -> bool:
        """Whether a later sample or probe stands for the event that was yielded last.

        Not in a recording, nor among what a newcomer is told of a run: each of those samples says something of its own.
        """
        ...

    @property
    def live(self) -> bool:
        """Whether a run is behind it that goes on while nobody looks; False for a recording."""
        ...

    @property
    def outlives_us(self) -> bool:
        """Whether the run goes on when this client leaves: it was detached, or is somebody else's to end."""
        ...

    def events(self) -> AsyncIterator[RunEvent]:
        """Open the source and yield its events in order, until the stream ends.

        When called again after the stream broke, it never starts a second run: it yields first what one who comes
        later needs to know of the same run, some of it known already, and then what happens from then on.

        Raises:
            ConnectError: nothing answers where the source should be.
            ControlError: the run that was to be watched is not under way.
            StreamBrokenError: the stream ended before `done` or `error`.
            RecordingError: a recording is damaged.
        """
        ...

    async def stop_run(self) -> None:
        """Ask the run to end with `done`; the events go on until it has. Does nothing where no run can be asked.

        Raises:
            ControlError: the server did not take the request.
        """
        ...

    async def restart_routes(
        self, route_indexes: Sequence[int], *, prefer_new: bool = False
    ) -> RestartRoutesReply:
        """Restart the given routes, or with none given every failed one.

        Args:
            route_indexes: of routes that failed, stalled or were stopped.
            prefer_new: on another disjoint path that avoids the node at fault, where one exists.

        Raises:
            ControlError: restarting is not possible here, or the server did not take the request.
        """
        ...

    async def stop_routes(self, route_indexes: Sequence[int]) -> StopRoutesReply:
        """Stop the given routes; each can join again by a restart.

        Raises:
            ControlError: that is not possible here, or the server did not take the request.
        """
        ...

    async def pause(self, *, paused: bool) -> None:
        """Let no traffic flow while the connections stay, or let it go on.

        Raises:
            ControlError: that is not possible here, or the server did not take the request.
        """
        ...

    async def detach(self) -> None:
        """Let the run outlive its clients, until it is done or stopped.

        Raises:
            ControlError: that is not possible here, or the server did not take the request.
        """
        ...

    async def close(self) -> None:
        """Let go of everything: stream, channel, child process. Idempotent."""
        ...
