"""Every test gets a land system of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.unit.adapters.land_registry_ilis.office import Land, opened


@pytest.fixture
def open_land(tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[Land]]:
    """Opens a land system with settings, faults or a scenario of its own."""
    return partial(opened, tmp_path)


@pytest.fixture
async def land(tmp_path: Path) -> AsyncIterator[Land]:
    """A land system without faults that follows the default script."""
    async with opened(tmp_path) as system:
        yield system
