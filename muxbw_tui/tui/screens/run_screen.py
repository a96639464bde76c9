"""What every screen that shows the run has in common, so that the app need not know which one is in front."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.message import Message
from textual.screen import Screen

from muxbw_tui.tui.keymap import PANE_BINDINGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.binding import BindingType
    from textual.widget import Widget

    from muxbw_tui.tui.view import View


class RunScreen(Screen[None]):
    """A screen that takes views in. The app's actions on a route are meant for the one it has selected."""

    BINDINGS: ClassVar[list[BindingType]] = PANE_BINDINGS

    class Uncovered(Message):
        """The screen is in front again, and may show an old instant."""

    class Preferred(Message):
        """The operator chose how something is shown; worth keeping. Names as in `Preferences`."""

        def __init__(self, changed: Mapping[str, object]) -> None:
            super().__init__()
            self.changed = changed

    def on_screen_resume(self) -> None:
        """Ask for what has changed meanwhile."""
        self.post_message(self.Uncovered())

    @property
    def selected(self) -> int | None:
        """Index of the route that keys such as `r` are meant for."""
        raise NotImplementedError

    @property
    def panes(self) -> Sequence[Widget]:
        """What may have the focus; their actions are in the command palette too."""
        raise NotImplementedError

    def show(self, view: View, *, routes_changed: bool) -> None:
        """Bring a view to what the screen shows.

        Args:
            view: what to show.
            routes_changed: the state has changed since the last call; without, only what time changes is redrawn.
        """
        raise NotImplementedError

    def obstacles(self) -> dict[str, str]:
        """Return a sentence for every action of the screen's own that is not possible now, by the action's name."""
        raise NotImplementedError

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Dim what is not possible now."""
        possible = super().check_action(action, parameters)
        return None if possible and action in self.obstacles() else possible
