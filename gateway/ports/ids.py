"""Where randomness comes from."""

from __future__ import annotations

from abc import abstractmethod
from typing import Protocol


class Chance(Protocol):
    """Identifiers and draws; seeded in tests."""

    @abstractmethod
    def identifier(self, prefix: str) -> str:
        """A fresh identifier, unguessable, sortable by creation within a node."""

    @abstractmethod
    def draw(self) -> float:
        """Uniform in [0, 1)."""
