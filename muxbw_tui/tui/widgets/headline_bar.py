"""The headline on the screen: draws what `tui.headline` says. Owns only how loud it looks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.content import Content
from textual.widgets import Static

from muxbw_tui.tui.headline import Headline, Tone, headline

if TYPE_CHECKING:
    from muxbw_tui.tui.view import View


LINES_MOST: Final = 6
_PADDING: Final = 1


class HeadlineBar(Static):
    """One line, always there, so that nothing below it jumps; more only when the run is broken."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's own name
        super().__init__(id=id, markup=False)
        self._shown: Headline | None = None

    def show(self, view: View) -> None:
        """Take in a view; redraw if it says something else."""
        news = headline(view)
        if news == self._shown:
            return
        lines_before = len(self._shown.lines) if self._shown is not None else 0
        self._shown = news
        for tone in Tone:
            self.set_class(tone is news.tone, f"-{tone.value}")
        may_wrap = max(lines_before, len(news.lines)) > 1
        self.set_class(len(news.lines) > 1, "-several-lines")
        self.update(Content("\n".join(news.lines)), layout=may_wrap)

    def lines_in(self, width: int) -> int:
        """Return how many lines the news take in a terminal of that width: one, unless the run is broken."""
        if self._shown is None or len(self._shown.lines) == 1:
            return 1
        text_width = max(width - 2 * _PADDING, 1)
        lines = Content("\n".join(self._shown.lines)).get_height({}, text_width)
        return min(lines, LINES_MOST)
