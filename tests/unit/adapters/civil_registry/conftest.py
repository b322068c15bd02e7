"""Every test gets a mock of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.unit.adapters.civil_registry.counterpart import Both, opened


@pytest.fixture
def open_both(tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[Both]]:
    """Opens both systems with a scenario, faults or settings of their own."""
    return partial(opened, tmp_path)


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[Both]:
    """Both systems doing the usual."""
    async with opened(tmp_path) as one:
        yield one
