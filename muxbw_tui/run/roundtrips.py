"""Round trips of probes, as many as one point of a plot stands for. Those that got lost are counted, never left out."""

from __future__ import annotations

from typing import NamedTuple


class RoundTrips(NamedTuple):
    """The probes whose answers came, or did not, between two instants.

    Attributes:
        from_ns: of the first one.
        at_ns: of the last one.
        answered: how many of them were.
        sum_ns: of the answered ones' round trips, `least_ns` and `most_ns` the extremes; 0 if none was answered.
    """

    from_ns: int
    at_ns: int
    answered: int
    lost: int
    sum_ns: int
    least_ns: int
    most_ns: int

    def then(self, later: RoundTrips) -> RoundTrips:
        """Return both as one."""
        if not (self.answered and later.answered):
            least_ns, most_ns = self.least_ns + later.least_ns, self.most_ns + later.most_ns
        else:
            least_ns, most_ns = min(self.least_ns, later.least_ns), max(self.most_ns, later.most_ns)
        return RoundTrips(
            self.from_ns,
            later.at_ns,
            self.answered + later.answered,
            self.lost + later.lost,
            self.sum_ns + later.sum_ns,
            least_ns,
            most_ns,
        )
