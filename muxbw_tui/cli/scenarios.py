"""What --scenario takes, and what is meant without it."""

from __future__ import annotations

from typing import Final

import click
from click.shell_completion import CompletionItem

DEFAULT_SCENARIO: Final = "flaky"


class ScenarioType(click.ParamType[str]):
    """A built-in scenario or a file; whether it can be used shows when it is read."""

    name = "name|file"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem[str]]:
        """Offer the built-in ones, and let the shell offer files."""
        del ctx, param
        from muxbw_tui.network.scenario import builtin_names  # noqa: PLC0415 (only where somebody presses tab)

        names = [name for name in builtin_names() if name.startswith(incomplete)]
        return [*map(CompletionItem, names), CompletionItem(incomplete, type="file")]


SCENARIO: Final = ScenarioType()
SCENARIO_HELP: Final = (
    f"Embedded network: flaky, healthy, rules, dark, wan, shared, or a file. Default: {DEFAULT_SCENARIO}."
)
