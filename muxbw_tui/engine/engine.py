"""The engine: one network, and the runs under way on it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from muxbw_tui.clock import SystemClock
from muxbw_tui.engine.breaker import Breakers
from muxbw_tui.engine.requests import complete_request
from muxbw_tui.engine.run import Run

if TYPE_CHECKING:
    from collections.abc import Callable

    from muxbw_tui.clock import Clock
    from muxbw_tui.network.base import Network
    from muxbw_tui.pb.muxbw_pb2 import RunEvent, RunRequest


class Engine:
    """Makes runs and knows those under way. For one event loop.

    Attributes:
        breakers: of the network's nodes, shared by everything that sets routes up.
    """

    def __init__(self, network: Network, *, clock: Clock | None = None) -> None:
        self.network = network
        self._clock = clock or SystemClock()
        self.breakers = Breakers(self._clock)
        self._runs: dict[str, Run] = {}

    async def execute(
        self,
        request: RunRequest,
        publish: Callable[[RunEvent], None],
        *,
        run_id: str | None = None,
    ) -> None:
        """Carry a run out from its request to its last event; cancelling ends it and frees everything.

        Raises:
            InvalidRequestError: it cannot be carried out; nothing was published.
        """
        completed = complete_request(request, self.network.topology)
        run = Run(
            run_id or new_run_id(),
            completed,
            self.network,
            publish=publish,
            clock=self._clock,
            breakers=self.breakers,
        )
        self._runs[run.run_id] = run
        try:
            await run.execute()
        finally:
            del self._runs[run.run_id]

    def find_run(self, run_id: str) -> Run | None:
        """Return a run that is under way."""
        return self._runs.get(run_id)


def new_run_id() -> str:
    """Return an id that cannot be guessed: whoever knows it controls the run."""
    return secrets.token_hex(8)
