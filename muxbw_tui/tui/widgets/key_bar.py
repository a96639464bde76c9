"""The last line of the screen: the keys that work here, the most important ones that fit.

Owns which keys fit a width. Textual's own footer is built of a widget a key and anew at every change, and cuts off what
has no room, which may be `? Help` and `q Quit`. Keys and words are the bindings'; their order is that of `keys.FOOTER`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from muxbw_tui.tui.keys import FOOTER, FOOTER_END
from muxbw_tui.tui.spans import Span, spans_len
from muxbw_tui.tui.widgets.lined import Lined

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual import events
    from textual.screen import Screen
    from textual.strip import Strip

_GAP = Span("  ")
_RANK_BY_ID = {key_id: rank for rank, key_id in enumerate(FOOTER)}


class BarKey(NamedTuple):
    """One key as the line shows it."""

    id: str
    key: str
    display: str
    label: str
    enabled: bool

    @property
    def spans(self) -> list[Span]:
        """The key and its word; what is not possible now is dimmed, but stays where it is."""
        roles = ("key", "key-word") if self.enabled else ("key-dimmed", "key-dimmed")
        return [Span(self.display, roles[0]), Span(f" {self.label}", roles[1])]


def fitting(keys: Iterable[BarKey], width: int) -> list[BarKey]:
    """Return the keys that `width` cells hold, in the footer's order: the pane's own first, help and quit always."""
    ranked = sorted(keys, key=lambda key: _RANK_BY_ID.get(key.id, -1))
    chosen = [key for key in ranked if key.id in FOOTER_END]
    left = width - line_len(chosen)
    for key in ranked:
        needed = spans_len([*key.spans, _GAP])
        if key.id not in FOOTER_END and needed <= left:
            chosen.append(key)
            left -= needed
    return sorted(chosen, key=ranked.index)


def line_len(keys: Sequence[BarKey]) -> int:
    """Return how many cells the keys take, with the gaps between them."""
    return sum(spans_len([*key.spans, _GAP]) for key in keys) - (spans_len([_GAP]) if keys else 0)


class KeyBar(Lined):
    """The keys of the focused pane, its screen and the app; none while something lies over the screen and has them."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id)
        self._keys: list[BarKey] = []

    def on_mount(self) -> None:
        """Follow what becomes possible, and where the focus goes."""
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_changed)

    def on_resize(self) -> None:
        """Choose anew what fits."""
        self.look_again()

    def look_again(self) -> None:
        """Choose anew: the screen was covered, or is in front again."""
        self._bindings_changed(self.screen)

    def on_click(self, event: events.Click) -> None:
        """Do what the key does, or let it say why it does nothing."""
        at = self.styles.padding.left
        for key in self._keys:
            end = at + spans_len(key.spans)
            if at <= event.x < end:
                self.app.simulate_key(key.key)
                return
            at = end + spans_len([_GAP])

    def render_line(self, y: int) -> Strip:
        """Draw the line."""
        spans: list[Span] = []
        for key in self._keys if y == 0 else ():
            spans += [*([_GAP] if spans else []), *key.spans]
        return self.strip_of(spans)

    def _bindings_changed(self, screen: Screen[object]) -> None:
        if screen is not self.screen:
            return
        keys = fitting(self._active_keys(), self.size.width) if self.app.screen_stack[-1:] == [screen] else []
        if keys != self._keys:
            self._keys = keys
            self.refresh()

    def _active_keys(self) -> list[BarKey]:
        """Return every key that has a word for the footer, once, though it may be bound to several."""
        key_by_id: dict[str, BarKey] = {}
        for key, (_node, binding, enabled, _tooltip) in self.screen.active_bindings.items():
            if binding.show and binding.id and binding.id not in key_by_id:
                display = self.app.get_key_display(binding)
                key_by_id[binding.id] = BarKey(binding.id, key, display, binding.description, enabled)
        return list(key_by_id.values())
