"""The connection table: which connection a route's operations use.

Its lock guards the map and nothing else. No await, no I/O and no close happens under it: a lock that was once held
over the round trip made N routes as fast as one. What has to be closed is returned, and closed by the caller.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable

    from muxbw_tui.engine.connection import PingConnection

Key = TypeVar("Key", bound="Hashable")


class ConnectionTable(Generic[Key]):
    """`(target key, route index) → connection`, or for dmsg `target key → connection`.

    Every method may be called from any thread.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connections: dict[Key, PingConnection] = {}

    def __len__(self) -> int:
        with self._lock:
            return len(self._connections)

    def all_keys(self) -> list[Key]:
        """Return the keys of the connections that there are now."""
        with self._lock:
            return list(self._connections)

    def find(self, key: Key) -> PingConnection | None:
        """Return the connection with this key, or None if there is none."""
        with self._lock:
            return self._connections.get(key)

    def insert(self, key: Key, connection: PingConnection) -> PingConnection | None:
        """Make this the connection with this key; return the one it replaces, for the caller to close."""
        with self._lock:
            replaced = self._connections.get(key)
            self._connections[key] = connection
        return replaced

    def remove(self, key: Key, *, only: PingConnection | None = None) -> PingConnection | None:
        """Take the connection with this key out and return it, for the caller to close.

        With `only`, an entry is removed if it is still that connection: the teardown of an old pump must not remove
        what a restart has just registered.
        """
        with self._lock:
            found = self._connections.get(key)
            if found is None or (only is not None and found is not only):
                return None
            del self._connections[key]
            return found
