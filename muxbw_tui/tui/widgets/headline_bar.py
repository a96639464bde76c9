"""The headline on the screen: draws what `tui.headline` says. Owns only how loud it looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from muxbw_tui.tui.headline import Headline, Tone, headline

if TYPE_CHECKING:
    from muxbw_tui.tui.view import View


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
