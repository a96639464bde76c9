"""The connection table: which connection a route's operations use.

Its lock guards the map and nothing else. No await, no I/O and no close happens under it: a lock that was once held
over the round trip made N routes as fast as one. What has to be closed is returned, and closed by the caller.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from muxbw_tui.engine.config import RouteRef
    from muxbw_tui.engine.connection import PingConnection


class ConnectionTable:
    """`(target key, route index) → connection`. Every method may be called from any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connections: dict[RouteRef, PingConnection] = {}

    def __len__(self) -> int:
        with self._lock:
            return len(self._connections)

    def find(self, ref: RouteRef) -> PingConnection | None:
        """Return the route's connection, or None if there is none."""
        with self._lock:
            return self._connections.get(ref)

    def insert(self, ref: RouteRef, connection: PingConnection) -> PingConnection | None:
        """Make this the route's connection; return the one it replaces, for the caller to close."""
        with self._lock:
            replaced = self._connections.get(ref)
            self._connections[ref] = connection
        return replaced

    def remove(self, ref: RouteRef, *, only: PingConnection | None = None) -> PingConnection | None:
        """Take the route's connection out and return it, for the caller to close.

        With `only`, an entry is removed if it is still that connection: the teardown of an old pump must not remove
        what a restart has just registered.
        """
        with self._lock:
            found = self._connections.get(ref)
            if found is None or (only is not None and found is not only):
                return None
            del self._connections[ref]
            return found
