"""The frame of whatever is asked or shown over the dashboard, which goes on underneath: a title, and the keys.

Owns what all dialogs look like, that each names the keys that it hears, as they are in force, and that leaving one
changes nothing. What is in the frame is each dialog's.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen

from muxbw_tui.tui.keys import KEY_BY_ID

if TYPE_CHECKING:
    from pathlib import PurePath

    from textual.app import ComposeResult
    from textual.widget import Widget

T = TypeVar("T")


class Dialog(ModalScreen[T | None]):
    """A dialog; its result is what was chosen, or None to leave everything as it is.

    Args:
        heading: stands in the frame above; may come from outside.
        hint: what is to be said beside the keys, in the frame below.
    """

    CSS_PATH: ClassVar[list[str | PurePath]] = ["dialog.tcss"]

    def __init__(self, heading: str, hint: str = "") -> None:
        super().__init__()
        self._frame = self.frame()
        self._frame.add_class("frame")
        self._hint = hint
        self.head(heading)

    def frame(self) -> Widget:
        """Return the container in the frame."""
        return Vertical()

    def body(self) -> ComposeResult:
        """Yield what is in the frame."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """Put the frame around what is in it."""
        with self._frame:
            yield from self.body()

    def head(self, heading: str) -> None:
        """Say what the dialog is."""
        self._frame.border_title = Content(heading)

    def on_screen_resume(self) -> None:
        """Name the keys."""
        self._frame.border_subtitle = Content(" · ".join([*filter(None, [self._hint]), *self.keys_said()]))

    def keys_said(self) -> list[str]:
        """Return what the keys do that have a word for it; each once, though it may be bound to several keys."""
        own = [each.binding for each in self.active_bindings.values() if each.node is self]
        word_by_id = {binding.id: binding.description for binding in own if binding.show}
        return [f"{self.key(key_id)} {word_by_id[key_id]}" for key_id in KEY_BY_ID if key_id in word_by_id]

    def key(self, key_id: str) -> str:
        """Return how a key of the dialog is written."""
        own = (each.binding for each in self.active_bindings.values() if each.node is self)
        return next((self.app.get_key_display(binding) for binding in own if binding.id == key_id), "")

    def action_leave(self) -> None:
        """Change nothing."""
        self.dismiss(None)
