"""When probes go out, and what has become of each: an open loop, whatever connection carries them.

A probe is due at its instant whether or not the one before was answered, and is timed from then on, so that a slow
answer cannot hide the probes that it delayed. One without an answer is reported as failed, never left out; those that
are still within their timeout when the phase ends are cut off. All are counted.
"""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from muxbw_tui.pb.muxbw_pb2 import ProbeTally

if TYPE_CHECKING:
    from collections.abc import Callable

    from muxbw_tui.engine.connection import Exchange

PROBE_TIMEOUT_S = 3.0

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Outcome(Generic[Key]):
    """What became of a probe.

    Attributes:
        latency_ns: from the instant at which it was due to its answer; 0 where there is none.
        error: why there is none.
        at_s: when that was known, on the loop's clock.
    """

    key: Key
    latency_ns: int
    error: str
    at_s: float


class ProbeLedger(Generic[Key]):
    """The probes of one phase: which are under way, and what became of the others.

    Args:
        on_outcome: told once of each, unless the phase ends first.
    """

    def __init__(self, on_outcome: Callable[[Outcome[Key]], None]) -> None:
        self._on_outcome = on_outcome
        self._due_s_by_key: dict[Key, float] = {}
        self._tally = ProbeTally(timeout_ns=round(PROBE_TIMEOUT_S * 1e9))
        self._closed = False

    def sent(self, key: Key, due_s: float) -> None:
        """Take note of a probe; call it in the order in which they are due."""
        self._due_s_by_key[key] = due_s
        self._tally.due += 1
        self._tally.sent += 1

    def unsent(self, key: Key, error: str, now_s: float) -> None:
        """Report a probe that was due and could not be sent."""
        self._tally.due += 1
        self._on_outcome(Outcome(key, 0, error, now_s))

    def ended(self, key: Key, exchange: Exchange) -> None:
        """Take an exchange's end; the answer to one that was given up comes late, one after the phase is ignored."""
        due_s = self._due_s_by_key.pop(key, None)
        if due_s is None:
            if exchange.error is None and not self._closed:
                self._tally.lost -= 1
                self._tally.late += 1
        elif exchange.error is not None:
            self._lose(key, str(exchange.error), exchange.finished_s)
        else:
            self._tally.answered += 1
            latency_ns = max(round((exchange.finished_s - due_s) * 1e9), 1)
            self._on_outcome(Outcome(key, latency_ns, "", exchange.finished_s))

    def give_up_late(self, now_s: float) -> None:
        """Report every probe whose timeout has passed."""
        late = itertools.takewhile(
            lambda item: item[1] + PROBE_TIMEOUT_S <= now_s, self._due_s_by_key.items()
        )
        for key, _ in list(late):
            del self._due_s_by_key[key]
            self._lose(key, f"no answer within {PROBE_TIMEOUT_S:g} s", now_s)

    def close(self) -> ProbeTally:
        """Cut off what is still under way, and return what became of all."""
        self._closed = True
        self._tally.cut_off += len(self._due_s_by_key)
        self._due_s_by_key.clear()
        return self._tally

    def _lose(self, key: Key, error: str, now_s: float) -> None:
        self._tally.lost += 1
        self._on_outcome(Outcome(key, 0, error, now_s))


async def probe_on_schedule(
    ledger: ProbeLedger[Key],
    send: Callable[[int, float], None],
    *,
    start_s: float,
    end_s: float,
    interval_s: float,
) -> None:
    """Call `send(number, due_s)` for number 0, 1, … at each due instant until `end_s`, and give up what is late."""
    loop = asyncio.get_running_loop()
    for number in itertools.count():
        due_s = start_s + number * interval_s
        if due_s >= end_s:
            break
        await asyncio.sleep(max(due_s - loop.time(), 0))
        ledger.give_up_late(loop.time())
        if loop.time() >= end_s:
            break  # the loop was late: what is due is cut off rather than sent after the phase
        send(number, due_s)
    await asyncio.sleep(max(end_s - loop.time(), 0))
    ledger.give_up_late(loop.time())
