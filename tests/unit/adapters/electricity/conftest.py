"""Every test gets a company of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.unit.adapters.electricity.counterpart import Company, opened


@pytest.fixture
def open_company(tmp_path: Path) -> Callable[..., AbstractAsyncContextManager[Company]]:
    """Opens a company with a scenario, faults or settings of its own."""
    return partial(opened, tmp_path)


@pytest.fixture
async def company(tmp_path: Path) -> AsyncIterator[Company]:
    """A company that does the usual."""
    async with opened(tmp_path) as both:
        yield both
