"""Benches of agencies are opened once, and put away with the last test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session", autouse=True)
def _benches() -> Iterator[None]:
    from tests.fuzz.agencies import ROOM

    yield
    ROOM.close()
