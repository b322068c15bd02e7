"""What is kept how long, what is held, and deleting what was kept long enough."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol

from gateway.domain.identifiers import DossierId
from gateway.domain.journal import JournalLine
from gateway.domain.retention import Deletion, HoldRow, Kept, RetentionRule
from gateway.domain.values import dataclass
from gateway.ports.store import DossierRow
from gateway.ports.vault import SealedPayload

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Expired:
    """A dossier of which a kind was kept long enough; ``busy``: something is unfinished."""

    row: DossierRow
    ended_at: datetime
    busy: bool

    @property
    def cursor(self) -> str:
        """Its place; later ones come ``after`` it."""
        micros = (self.ended_at - _EPOCH) // timedelta(microseconds=1)
        return f"{micros}~{self.row.case.dossier_id}"


@dataclass(frozen=True, slots=True)
class ToDelete:
    """One kind of one dossier; ``before``: only if it ended earlier.

    ``wrapped_key`` takes the place of the key under which all of a dossier lay.
    """

    dossier_id: DossierId
    kind: Kept
    before: datetime
    at: datetime
    rule: int
    wrapped_key: bytes | None = None


class Retention(Protocol):
    """Rules by version; holds; deletions, each one unit with its line."""

    @abstractmethod
    async def retention_rules(self) -> Sequence[RetentionRule]:
        """Every version, the newest first."""

    @abstractmethod
    async def set_retention(self, rule: RetentionRule, line: JournalLine) -> None:
        """Keep the next version.

        Raises:
            ChangedMeanwhile: somebody else was first.
        """

    @abstractmethod
    async def hold(
        self, row: HoldRow, sealed: SealedPayload, line: JournalLine
    ) -> None:
        """Let nothing of a dossier be deleted from now on.

        Raises:
            ChangedMeanwhile: it is held already.
        """

    @abstractmethod
    async def release(self, dossier_id: DossierId, line: JournalLine) -> None:
        """End its hold, by whom and when the line says.

        Raises:
            ChangedMeanwhile: nobody holds it.
        """

    @abstractmethod
    async def held(self) -> Sequence[HoldRow]:
        """Holds that stand, oldest first."""

    @abstractmethod
    async def hold_of(self, dossier_id: DossierId) -> HoldRow | None:
        """The hold that stands on a dossier."""

    @abstractmethod
    async def expired(
        self, kind: Kept, before: datetime, *, after: str | None, limit: int
    ) -> Sequence[Expired]:
        """Ended before, of which this kind was not deleted and which nobody holds.

        In order of ``<microseconds of the end>~<dossier>``, which is the cursor.
        """

    @abstractmethod
    async def delete(self, given: ToDelete) -> Deletion | None:
        """Delete one kind of one dossier; None: not (any more) to be deleted.

        Names of its files are kept until ``forget_doomed``, so that a death leaves
        none of them behind.
        """

    @abstractmethod
    async def delete_strays(
        self, before: datetime, *, at: datetime, rule: int, limit: int
    ) -> int:
        """Delete what reports said that no dossier had, and that nobody waits for.

        Of those that arrived before; how many went, with one line for all.
        """

    @abstractmethod
    async def deletions(self, dossier_id: DossierId) -> Sequence[Deletion]:
        """What was deleted of a dossier, oldest first."""

    @abstractmethod
    async def doomed(self, limit: int) -> Sequence[str]:
        """Names of files whose rows were deleted."""

    @abstractmethod
    async def forget_doomed(self, names: Sequence[str]) -> None:
        """They are gone, or another row names them."""

    @abstractmethod
    async def scrub(self) -> bool:
        """Leave nothing deleted in the store's own log; False: not now, or not its affair."""
