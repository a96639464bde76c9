"""What every test may use."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

RECORDINGS = Path(__file__).parent / "data" / "recordings"
PATIENCE_S = 10.0

# A slow machine draws slowly: how long an example takes says nothing about whether it holds.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until a condition holds; fail after `PATIENCE_S`."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.005)


@pytest.fixture
async def nothing_left() -> AsyncIterator[None]:
    """Fail a test that leaves a task or a descriptor behind."""
    descriptors = _open_descriptors()
    tasks = asyncio.all_tasks()
    yield
    await eventually(lambda: len(_open_descriptors()) <= len(descriptors))
    await eventually(lambda: asyncio.all_tasks() <= tasks | {asyncio.current_task()})


def _open_descriptors() -> list[Path]:
    return list(Path("/proc/self/fd").iterdir())
