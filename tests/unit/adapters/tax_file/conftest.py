"""Keys are made once; every test gets a road of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from tests.unit.adapters.tax.counterpart import Party
from tests.unit.adapters.tax_file.medium import Road, opened_road


@pytest.fixture(scope="session")
def parties(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Party]:
    folder = tmp_path_factory.mktemp("file-keys")
    names = ("issuer", "gateway", "tax", "stranger")
    return {name: Party.create(folder, name) for name in names}


@pytest.fixture
def open_road(
    tmp_path: Path, parties: dict[str, Party]
) -> Callable[..., AbstractAsyncContextManager[Road]]:
    """Opens a road with a scenario or settings of its own."""
    return partial(opened_road, tmp_path, parties)


@pytest.fixture
async def road(tmp_path: Path, parties: dict[str, Party]) -> AsyncIterator[Road]:
    """A road to a tax office that does the usual."""
    async with opened_road(tmp_path, parties) as both:
        yield both
