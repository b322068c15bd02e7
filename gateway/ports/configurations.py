"""Versions of the configuration in their order, each with who made it and why."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol


@dataclass(frozen=True, slots=True)
class ConfigurationRow:
    """One version without its content.

    ``kind``, ``actor`` and ``facts`` are of the line of the journal that was written with
    it; empty where the journal has none of that moment.
    """

    version: int
    at: datetime
    kind: str = ""
    actor: str = ""
    facts: dict[str, Any] | None = None


class Configurations(Protocol):
    """Tells of versions; their content is read one by one."""

    @abstractmethod
    async def configurations(
        self, *, before: int | None, limit: int
    ) -> Sequence[ConfigurationRow]:
        """Versions smaller than ``before``, the newest first."""
