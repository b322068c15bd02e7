"""Golden files are rewritten only when UPDATE_GOLDEN=1 is set, and then reviewed."""

from __future__ import annotations

import os

import pytest


@pytest.fixture
def update_golden() -> bool:
    return os.environ.get("UPDATE_GOLDEN") == "1"
