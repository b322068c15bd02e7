"""Keys are made once; every test gets a portal of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.unit.adapters.tax.counterpart import Party
from tests.unit.adapters.tax_portal.portal import Portal, opened


@pytest.fixture(scope="session")
def parties(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Party]:
    folder = tmp_path_factory.mktemp("portal-keys")
    names = ("issuer", "gateway", "tax", "stranger")
    return {name: Party.create(folder, name) for name in names}


@pytest.fixture
def open_portal(
    tmp_path: Path, parties: dict[str, Party]
) -> Callable[..., AbstractAsyncContextManager[Portal]]:
    """Opens a portal with a scenario, faults or settings of its own."""
    return partial(opened, tmp_path, parties)


@pytest.fixture
async def portal(tmp_path: Path, parties: dict[str, Party]) -> AsyncIterator[Portal]:
    """A portal whose tax office does the usual."""
    async with opened(tmp_path, parties) as both:
        yield both
