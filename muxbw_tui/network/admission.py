"""Who may ask a node for something, and how much of it: the keys that its configuration allows, and their limits.

The node's own key is always allowed. The reason why a caller is refused is for the node's log alone, with one
exception: a caller that is allowed may know that it is at its limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from muxbw_tui.errors import MuxbwError
from muxbw_tui.network.shaping import TokenBucket
from muxbw_tui.units import KIB

if TYPE_CHECKING:
    from collections.abc import Mapping

_BURST_S = 0.1
_LEAST_BURST_BYTES = 16 * KIB


class RefusedError(MuxbwError):
    """A caller is not let in.

    Attributes:
        told: what the caller may know; empty in front of a stranger.
    """

    def __init__(self, reason: str, *, told: str = "") -> None:
        super().__init__(reason)
        self.told = told


@dataclass(frozen=True, slots=True)
class Limits:
    """What one key may use of a node at once; 0 = as much as it likes.

    Attributes:
        routes: that go through or end at the node, those being set up included.
        bytes_per_s: over all routes of the key, each way.
        duration_s: of one route; it is reset when it is over.
    """

    routes: int = 0
    bytes_per_s: int = 0
    duration_s: float = 0.0


class Account:
    """What one key uses of a node.

    Attributes:
        outward: what bounds the bytes away from the source; None without a limit.
        homeward: what bounds the bytes back to the source.
    """

    def __init__(self, key: str, limits: Limits) -> None:
        self.key = key
        self.limits = limits
        self.routes = 0
        self.outward = _bucket(limits.bytes_per_s)
        self.homeward = _bucket(limits.bytes_per_s)

    def open_route(self) -> None:
        """Count a route in.

        Raises:
            RefusedError: there are as many as the key may have.
        """
        limit = self.limits.routes
        if limit and self.routes >= limit:
            reason = f"its key has {limit} route{'s' * (limit > 1)} up, and may have no more"
            raise RefusedError(reason, told=reason)
        self.routes += 1

    def close_route(self) -> None:
        """Count a route out."""
        self.routes -= 1


class Admission:
    """The callers of one node.

    Args:
        own_key: always allowed, without limits.
        allowed: the limits of every other key that is.
    """

    def __init__(self, own_key: str, allowed: Mapping[str, Limits]) -> None:
        self._accounts = {
            key: Account(key, limits) for key, limits in ({own_key: Limits()} | dict(allowed)).items()
        }

    def account_of(self, key: str) -> Account:
        """Return what a key uses.

        Raises:
            RefusedError: the key is not allowed.
        """
        account = self._accounts.get(key)
        if account is None:
            raise RefusedError(f"the key {key} is not allowed")
        return account


def _bucket(bytes_per_s: int) -> TokenBucket | None:
    if not bytes_per_s:
        return None
    burst_bytes = max(_LEAST_BURST_BYTES, round(bytes_per_s * _BURST_S))
    return TokenBucket(bytes_per_s=bytes_per_s, burst_bytes=burst_bytes)
