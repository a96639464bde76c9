"""A breaker for each node: which ones set-ups have failed at lately, and are left out where there are alternatives.

    closed     failures in a row are counted; `FAILURES_TO_OPEN` of them open it
    open       left out until the back-off is over; what fails meanwhile changes nothing
    half-open  as good as closed, but one failure opens it again, for twice as long as before

A success closes it in any state and forgets everything. Only intermediates have one: a target cannot be left out, and
what fails at an intermediate must never count against the target behind it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from muxbw_tui.units import NS_PER_S, format_duration_ns

if TYPE_CHECKING:
    from muxbw_tui.clock import Clock

FAILURES_TO_OPEN = 3
FIRST_BACK_OFF_NS = 5 * NS_PER_S
LONGEST_BACK_OFF_NS = 300 * NS_PER_S


class BreakerState(enum.Enum):
    """What a breaker says of its node."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half-open"


@dataclass(frozen=True, slots=True)
class Breaker:
    """One node's breaker. Pure: instants come in, and a new breaker comes out.

    Attributes:
        failures: in a row.
        back_off_ns: how long it was opened for the last time; 0: never.
        until_ns: when that is over.
    """

    failures: int = 0
    back_off_ns: int = 0
    until_ns: int = 0

    def state(self, now_ns: int) -> BreakerState:
        """Return the state at an instant."""
        if not self.back_off_ns:
            return BreakerState.CLOSED
        return BreakerState.OPEN if now_ns < self.until_ns else BreakerState.HALF_OPEN

    def after_failure(self, now_ns: int) -> Breaker:
        """Return the breaker after one more set-up has failed at the node."""
        state = self.state(now_ns)
        failures = self.failures + 1
        if state is BreakerState.OPEN or (state is BreakerState.CLOSED and failures < FAILURES_TO_OPEN):
            return replace(self, failures=failures)
        back_off_ns = min(self.back_off_ns * 2, LONGEST_BACK_OFF_NS) or FIRST_BACK_OFF_NS
        return Breaker(failures, back_off_ns, now_ns + back_off_ns)


class Breakers:
    """The breakers of one engine's network, shared by its runs. For one event loop."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._by_node: dict[str, Breaker] = {}

    def failed(self, node: str) -> None:
        """Charge a node with the failure of a set-up."""
        breaker = self._by_node.get(node, Breaker())
        self._by_node[node] = breaker.after_failure(self._clock.monotonic_ns())

    def succeeded(self, node: str) -> None:
        """Take note that a set-up went through a node."""
        self._by_node.pop(node, None)

    def state(self, node: str) -> BreakerState:
        """Return the state of a node's breaker now."""
        return self._by_node.get(node, Breaker()).state(self._clock.monotonic_ns())

    def why_left_out(self, node: str) -> str:
        """Return why and for how long the node is left out, in words; empty while its breaker is not open."""
        now_ns = self._clock.monotonic_ns()
        breaker = self._by_node.get(node, Breaker())
        if breaker.state(now_ns) is not BreakerState.OPEN:
            return ""
        left = format_duration_ns(breaker.until_ns - now_ns)
        failed = f"{breaker.failures} set-ups in a row failed there"
        return f"{failed}, so it is left out for {left} wherever there is another way"

    def open_nodes(self) -> frozenset[str]:
        """Return the nodes that are to be left out now, where there are alternatives."""
        return frozenset(node for node in self._by_node if self.state(node) is BreakerState.OPEN)
