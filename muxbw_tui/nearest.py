"""The end of a sentence about a name that nothing is called."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection


def did_you_mean(text: str, known: Collection[str]) -> str:
    """Return what would be accepted: the nearest of the known names, or else all of them."""
    import difflib  # noqa: PLC0415 (start-up time, where nothing is wrong)

    names = {name.replace("_", "-"): name for name in known}
    near = difflib.get_close_matches(text.lower().replace("_", "-"), names, n=1)
    return f"did you mean {names[near[0]]}?" if near else f"expected one of {', '.join(sorted(known))}"
