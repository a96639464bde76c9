"""What the screen shows at one instant: a run's state, and what the state cannot know about its source.

Owns the copy that a frozen view and a snapshot are made from. Widgets take a `View` in and keep none of it but what
they have drawn.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final

from muxbw_tui.errors import ConnectError
from muxbw_tui.run.state import RunState, StreamEnd
from muxbw_tui.tui.key_names import shown_keys

if TYPE_CHECKING:
    from collections.abc import Mapping

    from muxbw_tui.errors import MuxbwError
    from muxbw_tui.sources.reconnect import Outage

AS_LAST_SEEN: Final = "as last seen"
_OUR_KEYS: Final = shown_keys({})


@dataclass(frozen=True, slots=True)
class View:
    """One instant of a run.

    Attributes:
        source_title: where the events come from, for people.
        live: a run is behind the source that goes on while nobody looks.
        cannot_restart: why no single route can be restarted here; empty where it can.
        cannot_control: why no route can be stopped here, nor the run paused or detached; empty where they can.
        outlives_us: the run goes on when this client leaves: it was detached, or is only watched.
        silent_ns: since the last event, or since the source was opened.
        meanwhile: what must be known of what came after a frozen view; empty where nothing did, or it is not frozen.
        problem: why the events ended before the run did.
        outage: the stream has broken, and the run may be taken up again; the state is the last one known.
        keys: how the keys in force are written, by the id of what they do.
    """

    state: RunState
    source_title: str = ""
    live: bool = True
    cannot_restart: str = ""
    cannot_control: str = ""
    outlives_us: bool = False
    silent_ns: int = 0
    frozen: bool = False
    meanwhile: str = ""
    stopping: bool = False
    problem: MuxbwError | None = None
    outage: Outage | None = None
    keys: Mapping[str, str] = field(default_factory=lambda: _OUR_KEYS)

    @property
    def over(self) -> bool:
        """Whether no more events will come."""
        return self.state.end is not StreamEnd.OPEN

    @property
    def age(self) -> str:
        """What is to be said of figures that are not of now; empty where they are."""
        lost = self.problem is not None or self.outage is not None
        return AS_LAST_SEEN if lost else "frozen" if self.frozen else ""

    @property
    def mishap(self) -> str:
        """What ended the run, or the sight of it, in place of its `done`, in a word or two; empty where nothing has."""
        if self.state.end is StreamEnd.ERROR:
            return "error" if self.state.phase else "refused"
        if self.problem is None:
            return ""
        return "not connected" if isinstance(self.problem, ConnectError) else "broken"

    @property
    def elapsed_ns(self) -> int:
        """Time since the first event, going on between events while the run does."""
        return self.state.elapsed_ns if self.over else self.state.elapsed_ns + self.silent_ns


def still(state: RunState) -> RunState:
    """Return a copy that later events leave alone; it shares only what never changes."""
    return replace(
        state,
        routes={
            index: replace(route, attempts=list(route.attempts)) for index, route in state.routes.items()
        },
        node_names=dict(state.node_names),
        probe_tallies=dict(state.probe_tallies),
        series=state.series.copy(),
        feed=deque(state.feed, maxlen=state.feed.maxlen),
        notes=list(state.notes),
    )
