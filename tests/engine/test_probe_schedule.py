"""The open loop: when probes are due, from when they are timed, and what becomes of those without an answer."""

from __future__ import annotations

import asyncio

import pytest

from muxbw_tui.engine.blocks import status_block
from muxbw_tui.engine.config import RouteRef
from muxbw_tui.engine.connection import Exchange
from muxbw_tui.engine.errors import Direction, ExchangeError
from muxbw_tui.engine.probe_schedule import PROBE_TIMEOUT_S, Outcome, ProbeLedger, probe_on_schedule
from muxbw_tui.pb.muxbw_pb2 import ProbeTally


def ended(*, started_s: float, finished_s: float, error: ExchangeError | None = None) -> Exchange:
    """Return an exchange that is over."""
    exchange = Exchange(status_block(), 1, started_s, started_s + 30, None)
    exchange.finished_s = finished_s
    exchange.error = error
    return exchange


@pytest.fixture
def outcomes() -> list[Outcome[int]]:
    """What the ledger has told."""
    return []


@pytest.fixture
def ledger(outcomes: list[Outcome[int]]) -> ProbeLedger[int]:
    """A ledger that tells the list."""
    return ProbeLedger(outcomes.append)


def test_a_probe_is_timed_from_the_instant_at_which_it_was_due(
    ledger: ProbeLedger[int], outcomes: list[Outcome[int]]
) -> None:
    """One that a busy loop sent late has waited all the same."""
    ledger.sent(1, due_s=10.0)
    ledger.ended(1, ended(started_s=10.4, finished_s=10.5))

    assert outcomes == [Outcome(1, 500_000_000, "", 10.5)]


def test_every_probe_has_one_outcome(ledger: ProbeLedger[int], outcomes: list[Outcome[int]]) -> None:
    """A late answer to one that was given up must not count it twice."""
    for sequence in (1, 2, 3):
        ledger.sent(sequence, due_s=float(sequence))
    ledger.give_up_late(2.0 + PROBE_TIMEOUT_S)
    ledger.ended(1, ended(started_s=1.0, finished_s=9.0))
    reset = ExchangeError(RouteRef("t", 0), Direction.READ, "connection reset by peer")
    ledger.ended(3, ended(started_s=3.0, finished_s=9.0, error=reset))

    assert [(outcome.key, outcome.latency_ns, outcome.error) for outcome in outcomes] == [
        (1, 0, "no answer within 3 s"),
        (2, 0, "no answer within 3 s"),
        (3, 0, "read echo: connection reset by peer"),
    ]


def test_what_is_under_way_at_the_end_is_cut_off(
    ledger: ProbeLedger[int], outcomes: list[Outcome[int]]
) -> None:
    """An answer that comes after the phase was measured in another one."""
    ledger.sent(1, due_s=1.0)
    ledger.close()
    ledger.ended(1, ended(started_s=1.0, finished_s=1.1))

    assert outcomes == []


def test_the_ledger_accounts_for_every_probe(ledger: ProbeLedger[int]) -> None:
    """Figures of those that were answered say little without how many were not, and why."""
    for sequence in (1, 2, 3, 4, 5):
        ledger.sent(sequence, due_s=float(sequence))
    ledger.unsent(6, "the probe has no connection", 6.0)
    ledger.ended(1, ended(started_s=1.0, finished_s=1.1))
    ledger.give_up_late(3.0 + PROBE_TIMEOUT_S)
    ledger.ended(2, ended(started_s=2.0, finished_s=6.5))
    reset = ExchangeError(RouteRef("t", 0), Direction.READ, "connection reset by peer")
    ledger.ended(3, ended(started_s=3.0, finished_s=6.6, error=reset))
    ledger.ended(4, ended(started_s=4.0, finished_s=6.6, error=reset))

    tally = ledger.close()
    ledger.ended(5, ended(started_s=5.0, finished_s=7.0))

    assert tally == ProbeTally(
        due=6, sent=5, answered=1, late=1, lost=2, cut_off=1, timeout_ns=round(PROBE_TIMEOUT_S * 1e9)
    )


async def test_every_due_instant_is_used_whether_or_not_there_were_answers(ledger: ProbeLedger[int]) -> None:
    """A closed loop would probe least where there is most to see."""
    sent: list[tuple[int, float]] = []
    start_s = asyncio.get_running_loop().time()
    await probe_on_schedule(
        ledger,
        lambda number, due_s: sent.append((number, due_s)),
        start_s=start_s,
        end_s=start_s + 0.1,
        interval_s=0.02,
    )

    # Those that a slow machine comes to after the end are cut off.
    assert sent == [(number, start_s + number * 0.02) for number in range(len(sent))]
    assert 1 <= len(sent) <= 5
    assert asyncio.get_running_loop().time() >= start_s + 0.1
