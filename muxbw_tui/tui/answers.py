"""What a server made of what it was asked, in a sentence. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from muxbw_tui.run.names import routes_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from muxbw_tui.pb.muxbw_pb2 import RestartRoutesReply, StopRoutesReply


class _Left(Protocol):
    """A route that was left as it is, and why."""

    @property
    def route_index(self) -> int: ...

    @property
    def reason(self) -> str: ...


def restart_answer(reply: RestartRoutesReply) -> tuple[str, bool]:
    """Return what became of a restart, and whether it restarts all that was asked for."""
    begun = [f"Restarting {routes_text(reply.restarting)}."] if reply.restarting else []
    sentences = [*begun, *_left_sentences(reply.not_restarted)]
    return " ".join(sentences) or "No route had to be restarted.", not reply.not_restarted


def stop_answer(reply: StopRoutesReply, *, rejoin_key: str) -> tuple[str, bool]:
    """Return what became of stopping routes, and whether it stopped all that was asked for."""
    stopped = (
        [f"Stopped {routes_text(reply.stopped)}; {rejoin_key} lets it join again."] if reply.stopped else []
    )
    sentences = [*stopped, *_left_sentences(reply.not_stopped)]
    return " ".join(sentences) or "No route had to be stopped.", not reply.not_stopped


def _left_sentences(left: Iterable[_Left]) -> Sequence[str]:
    """Return one sentence for each reason."""
    indexes_by_reason: dict[str, list[int]] = {}
    for route in left:
        indexes_by_reason.setdefault(route.reason, []).append(route.route_index)
    return [
        f"{routes_text(indexes)} {'is left as it is' if len(indexes) == 1 else 'are left as they are'}: {reason}."
        for reason, indexes in indexes_by_reason.items()
    ]
