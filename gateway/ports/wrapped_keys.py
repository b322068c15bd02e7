"""The data keys of dossiers as they lie wrapped by their units' keys."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from gateway.domain.identifiers import DossierId
from gateway.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Rewrapped:
    """A data key as it lay, and as it is to lie."""

    dossier_id: DossierId
    was: bytes
    now: bytes


class WrappedKeys(Protocol):
    """Read page by page, replaced where they are as they were read."""

    @abstractmethod
    async def wrapped_keys(
        self, unit: str, *, after: str, limit: int
    ) -> Sequence[tuple[DossierId, bytes]]:
        """Of a unit's dossiers that come after one, in order of identifiers."""

    @abstractmethod
    async def rewrap(self, keys: Sequence[Rewrapped]) -> int:
        """Replace them in one unit; how many were as they were read."""
