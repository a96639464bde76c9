"""What a newcomer to a run must be told before the live events, bounded however long the run has been going.

Replaying it gives the state of one who was there from the start, apart from the feed and the series. Kept are: the
latest event of every kind of which the latest alone matters, the story of each route (`story.py`), the samples with
the highest rates, the last sample, and how many samples and probes are left out. Nothing is made up: but for the `gap`
that says how many are left out, every event was sent as it is, or is a sample without the legs that no longer matter.
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from muxbw_tui.pb.muxbw_pb2 import Gap, RunEvent
from muxbw_tui.server.story import Entry, RouteStory, in_order, without_legs

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable

ATTEMPTS_KEPT = 64  # of a route; as many as a client's state keeps
ATTEMPTS_KEPT_IN_ALL = 16_384
FEWEST_ATTEMPTS_KEPT = 4
NOTES_KEPT = 32  # what holds the run back; as many as a client's state keeps

_OF_A_ROUTE = frozenset({"route_established", "route_failure", "restarting", "leg_lifecycle"})
_LIMITS_OF_THE_RUN = frozenset({"paths", "plan", "shared"})

# Of these kinds only the latest event with the same key matters.
_KEYS: dict[str, Callable[[RunEvent], Hashable]] = {
    "run_started": lambda _: "run_started",
    "plan": lambda _: "plan",
    "phase": lambda event: ("phase", event.phase.name),
    "limits": lambda event: ("limits", event.limits.route_index),
    "probe_path": lambda _: "probe_path",
    "route_probe": lambda event: ("route_probe", event.route_probe.route_index),
    "paused": lambda _: "paused",
    "probe_tally": lambda event: ("probe_tally", event.probe_tally.phase),
    "done": lambda _: "done",
    "error": lambda _: "error",
}


class RunDigest:
    """One run's events, compacted.

    Args:
        routes: asked for; the more there are, the fewer attempts are kept of each.
    """

    def __init__(self, routes: int) -> None:
        kept = ATTEMPTS_KEPT_IN_ALL // max(routes, 1)
        self._attempts_kept = max(FEWEST_ATTEMPTS_KEPT, min(ATTEMPTS_KEPT, kept))
        self._numbers = itertools.count()
        self._latest: dict[Hashable, Entry] = {}
        self._notes: dict[str, Entry] = {}
        self._stories: dict[int, RouteStory] = {}
        self._last: Entry | None = None
        self._last_sample: Entry | None = None
        self._peaks: dict[str, Entry] = {}
        self._probes: dict[str, Entry] = {}
        self._samples_seen = self._probes_seen = self._probes_lost = self._route_probes_seen = 0
        self._paused = False

    def add(self, event: RunEvent) -> None:
        """Take in the run's next event."""
        entry = self._last = Entry(next(self._numbers), event)
        kind = event.WhichOneof("payload") or ""
        if kind in _OF_A_ROUTE:
            self._story(getattr(event, kind).route_index).tell(entry)
        elif kind == "sample":
            self._add_sample(entry)
        elif kind == "rtt_probe":
            self._add_probe(entry)
        elif kind == "limits" and event.limits.kind in _LIMITS_OF_THE_RUN:
            if len(self._notes) < NOTES_KEPT:
                self._notes.setdefault(event.limits.detail, entry)
        elif kind in _KEYS and not event.phase.lasted_ns:  # a phase that is said again says nothing new
            self._latest[_KEYS[kind](event)] = entry
            self._route_probes_seen += kind == "route_probe"
            if kind == "paused":
                self._interrupt(paused=event.paused.paused)

    def events(self) -> list[RunEvent]:
        """Return what a newcomer is told, in order."""
        if self._last is None:
            return []
        told = [entry for story in self._stories.values() for entry in story.entries()]
        samples = self._kept_samples(entry for entry in told if entry.event.HasField("sample"))
        others = (entry for entry in told if not entry.event.HasField("sample"))
        latest = (*self._latest.values(), *self._notes.values(), *self._probes.values(), self._last)
        events = [entry.event for entry in in_order([*latest, *others, *samples])]
        if gap := self._gap(len(samples)):
            events.insert(1, RunEvent(timestamp_ns=events[0].timestamp_ns, gap=gap))
        return events

    def _story(self, route_index: int) -> RouteStory:
        story = self._stories.get(route_index)
        if story is None:
            story = self._stories[route_index] = RouteStory(self._attempts_kept)
        return story

    def _interrupt(self, *, paused: bool) -> None:
        self._paused = paused
        for story in self._stories.values():
            story.interrupt()

    def _add_sample(self, entry: Entry) -> None:
        sample = entry.event.sample
        self._samples_seen += 1
        self._last_sample = entry
        for leg in sample.legs:
            self._story(leg.route_index).show(entry, leg, paused=self._paused)
        for rate in ("instant_send_bps", "instant_recv_bps"):
            peak = self._peaks.get(rate)
            if peak is None or getattr(sample, rate) > getattr(peak.event.sample, rate):
                self._peaks[rate] = without_legs(entry)

    def _add_probe(self, entry: Entry) -> None:
        self._probes_seen += 1
        self._probes["last"] = entry
        if _is_lost(entry.event):
            self._probes_lost += 1
        else:
            self._probes["last answered"] = entry

    def _kept_samples(self, of_routes: Iterable[Entry]) -> list[Entry]:
        """Return the samples to be told: each once, with all the legs that matter; the last one whole."""
        kept: dict[int, Entry] = {}
        for entry in (*self._peaks.values(), *of_routes):
            whole = kept.setdefault(entry.number, without_legs(entry))
            whole.event.sample.legs.extend(entry.event.sample.legs)
        if self._last_sample is not None:
            kept[self._last_sample.number] = self._last_sample
        return list(kept.values())

    def _gap(self, samples_kept: int) -> Gap | None:
        """Return how much is left out, if anything is."""
        probes = in_order(self._probes.values())
        route_probes_kept = sum(entry.event.HasField("route_probe") for entry in self._latest.values())
        gap = Gap(
            samples_merged=self._samples_seen - samples_kept,
            probes_merged=self._probes_seen - len(probes),
            probes_lost=self._probes_lost - sum(_is_lost(entry.event) for entry in probes),
            route_probes_merged=self._route_probes_seen - route_probes_kept,
        )
        return gap if gap.ByteSize() else None


def _is_lost(event: RunEvent) -> bool:
    return event.rtt_probe.latency_ns <= 0 or bool(event.rtt_probe.error)
