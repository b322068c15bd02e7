"""What the store knows of all files together, for who has to prove where they lie."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol


class KnownFiles(Protocol):
    """Names of files that have a row, and marks that are made once."""

    @abstractmethod
    async def mark_once(self, name: str, value: str) -> str:
        """Remember something unless it is remembered already; what is remembered.

        Of several nodes at once, all are given the same answer.
        """

    @abstractmethod
    async def newest_files(self, limit: int) -> Sequence[str]:
        """Names of the last files that came, of uploads and of dossiers."""

    @abstractmethod
    async def count_files(self) -> int:
        """How many files have a row; looks at each of them."""
