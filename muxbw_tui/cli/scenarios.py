"""What --scenario takes, and what is meant without it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

DEFAULT_SCENARIO: Final = "flaky"
BUILTIN_SCENARIOS: Final = (DEFAULT_SCENARIO, "healthy", "rules", "dark", "wan", "shared")


class ScenarioType(click.ParamType[str]):
    """A built-in scenario or a file; whether it can be used shows when it is read."""

    name = "name|file"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem[str]]:
        """Offer the built-in ones, and let the shell offer files."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 (costs start-up time)

        del ctx, param
        names = [name for name in BUILTIN_SCENARIOS if name.startswith(incomplete)]
        return [*map(CompletionItem, names), CompletionItem(incomplete, type="file")]


SCENARIO: Final = ScenarioType()
SCENARIO_HELP: Final = (
    f"Embedded network: {', '.join(BUILTIN_SCENARIOS)}, or a file. Default: {DEFAULT_SCENARIO}."
)
