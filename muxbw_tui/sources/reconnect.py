"""Following a run over breaks of its stream: growing pauses, then the run is taken up again.

Owns when to try and when to give up. It must not start a run: where the source cannot say which run it had, or that
run has ended with its stream, the break is final. The pauses follow the usual rule for clients that would else all come
back in the same instant: doubled, limited, and a little random.
"""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from muxbw_tui.errors import ConnectError, ControlError, StreamBrokenError
from muxbw_tui.units import NS_PER_S, format_duration_ns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from muxbw_tui.clock import Clock
    from muxbw_tui.errors import MuxbwError
    from muxbw_tui.pb.muxbw_pb2 import RunEvent
    from muxbw_tui.sources.base import EventSource

LINGER_NS = 30 * NS_PER_S  # what a client asks its run to wait for it
FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 15.0
JITTER = 0.2
_DOUBLINGS = 16  # beyond any limit


class Outage(NamedTuple):
    """A stream that broke, and what is done about it.

    Attributes:
        reason: why it broke.
        lasted_ns: since it broke.
        attempt: which try is under way or comes next, from 1.
        next_try_in_ns: 0 while one is under way.
        left_ns: until the run is given up; None where it waits for its clients for ever.
    """

    reason: str
    lasted_ns: int
    attempt: int
    next_try_in_ns: int
    left_ns: int | None


@dataclass(slots=True)
class _Break:
    """An outage in instants of the clock."""

    failure: MuxbwError
    since_ns: int
    until_ns: int | None
    attempt: int = 0
    next_try_ns: int = 0


class Follower:
    """One run's events, over every break of its stream that can be mended.

    Args:
        source: what to follow.
        linger_ns: how long the run waits for a client that is gone, as its request asked.
        on_retelling: called before the run is told once more, to one who knows most of it.
        sleep: how to wait, in seconds.
    """

    def __init__(
        self,
        source: EventSource,
        *,
        linger_ns: int,
        clock: Clock,
        on_retelling: Callable[[], None],
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._source = source
        self._linger_ns = linger_ns
        self._clock = clock
        self._on_retelling = on_retelling
        self._sleep = sleep
        self._begun = False
        self._break: _Break | None = None

    @property
    def outage(self) -> Outage | None:
        """The break that is being mended, if there is one."""
        broken = self._break
        if broken is None:
            return None
        now_ns = self._clock.monotonic_ns()
        return Outage(
            reason=str(broken.failure),
            lasted_ns=now_ns - broken.since_ns,
            attempt=broken.attempt,
            next_try_in_ns=max(broken.next_try_ns - now_ns, 0),
            left_ns=None if broken.until_ns is None else max(broken.until_ns - now_ns, 0),
        )

    async def events(self) -> AsyncIterator[RunEvent]:
        """Yield the run's events; after a break, first those again that tell a newcomer where it stands.

        Raises:
            MuxbwError: as `EventSource.events` does, once a break is final.
        """
        while True:
            try:
                async for event in self._source.events():
                    self._begun, self._break = True, None
                    yield event
            except (StreamBrokenError, ConnectError) as failure:
                broken = self._broken(failure)
            except ControlError as refusal:
                if self._break is None:
                    raise
                raise StreamBrokenError(
                    f"the run has ended, or its server was started anew ({refusal})"
                ) from refusal
            else:
                return
            await self._wait(broken)
            self._on_retelling()

    def _broken(self, failure: MuxbwError) -> _Break:
        """Note a break, or one more try that failed.

        Raises:
            MuxbwError: the break is final.
        """
        now_ns = self._clock.monotonic_ns()
        broken = self._break
        if broken is None:
            until_ns = None if self._source.outlives_us else now_ns + self._linger_ns
            broken = _Break(failure, since_ns=now_ns, until_ns=until_ns)
        if not self._begun or self._source.cannot_resume or broken.until_ns == broken.since_ns:
            raise failure
        if broken.until_ns is not None and now_ns >= broken.until_ns:
            waited = format_duration_ns(self._linger_ns)
            raise StreamBrokenError(
                f"the run was not reached for {waited}, and ends without a client ({failure})"
            )
        broken.failure = failure
        self._break = broken
        return broken

    async def _wait(self, broken: _Break) -> None:
        """Wait until the next try is due: at the latest when the run is about to end for want of a client."""
        now_ns = self._clock.monotonic_ns()
        pause_s = pause_before_s(broken.attempt) * random.uniform(1 - JITTER, 1 + JITTER)
        if broken.until_ns is not None:
            pause_s = min(pause_s, (broken.until_ns - now_ns) / NS_PER_S)
        broken.attempt += 1
        broken.next_try_ns = now_ns + round(pause_s * NS_PER_S)
        await self._sleep(pause_s)


def pause_before_s(tries: int) -> float:
    """Return how long to wait after so many tries that failed, before a little randomness."""
    return min(FIRST_PAUSE_S * 2.0 ** min(tries, _DOUBLINGS), LONGEST_PAUSE_S)
