"""What a terminal without room for the dashboard shows instead, over whatever lies open.

While it is there no key acts on what nobody sees: it is modal, and its only key leaves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import ModalScreen
from textual.widgets import Static

from muxbw_tui.tui.arrangement import LEAST_HEIGHT, LEAST_WIDTH
from muxbw_tui.tui.keymap import LEAVE_BINDINGS

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.events import Resize
    from textual.geometry import Size


def is_too_small(size: Size) -> bool:
    """Return whether a terminal has no room for the dashboard."""
    return size.width < LEAST_WIDTH or size.height < LEAST_HEIGHT


class TooSmall(ModalScreen[None]):
    """Says how much room is needed, and goes once it is there."""

    CSS_PATH = "too_small.tcss"
    BINDINGS = LEAVE_BINDINGS

    def compose(self) -> ComposeResult:
        """Put the text there; it is filled in with the size."""
        yield Static(markup=False)

    def on_resize(self, event: Resize) -> None:
        """Name the sizes, or make way."""
        width, height = event.size
        self.query_one(Static).update(
            f"muxbw-tui needs {LEAST_WIDTH} x {LEAST_HEIGHT} cells.\n"
            f"This terminal has {width} x {height}.\n"
            "Make it larger: the run goes on meanwhile. q stops it and quits."
        )
        self._make_way()

    def on_screen_resume(self) -> None:
        """Make way where the terminal has grown while something else lay over this."""
        self._make_way()

    def _make_way(self) -> None:
        if self.is_current and not is_too_small(self.app.size):
            self.dismiss()
