"""What properties of messages share: every interface, opened once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.properties.interfaces import Interfaces

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def interfaces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Interfaces]:
    there = Interfaces(tmp_path_factory.mktemp("interfaces"))
    yield there
    there.close()
