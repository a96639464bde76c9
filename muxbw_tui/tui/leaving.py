"""What an operator is asked before a run that goes on would be lost, as plain data. Pure.

Owns when to ask, the choices and their words. Each question has a safe way out; what makes no difference is not asked.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, Generic, NamedTuple, TypeVar

if TYPE_CHECKING:
    from muxbw_tui.tui.view import View

T = TypeVar("T")


class Leaving(enum.Enum):
    """How to leave a run."""

    STOP = "end it, wait a moment for its last figures, then go"
    RUNNING = "see that it outlives us, then go"
    AT_ONCE = "let go of it, whatever becomes of it"


class Choice(NamedTuple, Generic[T]):
    """One thing to choose.

    Attributes:
        value: what choosing it means; None is to leave everything as it is.
        key: one letter that chooses it.
        detail: what follows from it.
    """

    value: T | None
    key: str
    title: str
    detail: str


class Question(NamedTuple, Generic[T]):
    """A question with its choices, of which the last changes nothing.

    Attributes:
        by_quit: it was asked because of the key that quits: pressed again, that means the first choice.
    """

    title: str
    choices: tuple[Choice[T], ...]
    by_quit: bool = True


_STAY: Choice[Leaving] = Choice(None, "s", "Stay", "and watch on")


def leave_question(view: View, *, run_id: str | None) -> Question[Leaving] | None:
    """Return what to ask before leaving, or None where nothing would be lost.

    Args:
        view: the run as it is.
        run_id: by which `attach` finds it; None where nothing does.
    """
    if not _goes_on(view):
        return None
    if view.outage is not None:
        rest = "the run goes on" if view.outlives_us else "without a client the run ends by itself"
        leave = Choice(Leaving.AT_ONCE, "l", "Leave", rest)
        return Question("The run cannot be reached now.", (leave, _STAY))
    if view.outlives_us:
        leave = Choice(Leaving.AT_ONCE, "l", "Leave", f"the run goes on; {attach_hint(run_id)}")
        stop = Choice(Leaving.STOP, "x", "Stop the run and leave", "it ends for everybody who watches it")
        return Question("The run goes on without you.", (leave, stop, _STAY))
    stop = Choice(Leaving.STOP, "x", "Stop the run and leave", "its last figures come with the summary")
    if view.cannot_control:
        return Question("A run is going on.", (stop, _STAY))
    running = Choice(Leaving.RUNNING, "l", "Leave it running", attach_hint(run_id))
    return Question("A run is going on.", (stop, running, _STAY))


def replace_question(view: View) -> Question[Leaving] | None:
    """Return what to ask before another run takes the place of this one, or None where this one would not be lost."""
    if not _goes_on(view) or view.outlives_us:
        return None
    stop = Choice(Leaving.STOP, "x", "Stop it and start the new one", "the summary will be the new run's")
    return Question("A run is going on.", (stop, _STAY), by_quit=False)


def attach_hint(run_id: str | None) -> str:
    """Return how to come back to a run."""
    return f"muxbw-tui attach {run_id} comes back to it" if run_id else "muxbw-tui runs lists it"


def _goes_on(view: View) -> bool:
    """Whether there is a run behind the view that has begun and is not over."""
    return view.live and not view.over and view.state.first_timestamp_ns > 0
