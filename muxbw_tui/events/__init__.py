"""Events: what kind one is; as an NDJSON envelope (`envelope`), and in files (`files`). Not what events mean."""

from __future__ import annotations

from muxbw_tui.pb.muxbw_pb2 import RunEvent

UNKNOWN_KIND = "unknown"
PAYLOAD_KINDS = frozenset(field.name for field in RunEvent.DESCRIPTOR.oneofs_by_name["payload"].fields)


def payload_kind(event: RunEvent) -> str:
    """Return the name of the event's payload, or "unknown" for one that this version does not know."""
    return event.WhichOneof("payload") or UNKNOWN_KIND
