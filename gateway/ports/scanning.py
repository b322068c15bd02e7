"""Files are looked at while they come in; those that were refused are shut away."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from gateway.domain.identifiers import DossierId
from gateway.domain.journal import JournalLine
from gateway.domain.values import dataclass
from gateway.ports.attachments import StoredAttachment


@dataclass(frozen=True, slots=True)
class ScannerState:
    """What a scanner says of itself; ``signatures_at``: of its list, if it tells."""

    version: str
    signatures_at: datetime | None


class Looker(Protocol):
    """Looks at a file piece by piece; keeps nothing of it."""

    @abstractmethod
    def through(self, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        """The same pieces in the same order; the end comes after the verdict.

        Raises:
            FileRefused: it must not come in; if it is ``kept``, every piece was given.
            ScannerAway: there is no verdict.
        """


class Scanner(Looker, Protocol):
    """Knows malware."""

    @abstractmethod
    async def state(self) -> ScannerState:
        """Ask it.

        Raises:
            ScannerAway: it does not answer.
        """


@dataclass(frozen=True, slots=True)
class Screening:
    """What stands between a stranger's file and the files that are kept.

    ``scanner`` None: nobody scans. ``kept``: how long after it came last a refused file
    stays.
    """

    scanner: Scanner | None
    quarantine: Quarantine
    kept: timedelta


@dataclass(frozen=True, slots=True)
class Quarantined:
    """A file that was refused and is kept shut away; nobody is given its content.

    ``times`` it came from there, last at ``last_at``. ``sealed_digest`` is its SHA-256
    sealed under its identifier: a plain one would tell equal files.
    """

    stored: StoredAttachment
    blind: bytes
    sealed_digest: bytes
    code: str
    signature: str
    door: str
    by: str
    dossier_id: DossierId | None
    at: datetime
    last_at: datetime
    times: int = 1


class Quarantine(Protocol):
    """Rows of files that are shut away; each method is one atomic unit."""

    @abstractmethod
    async def confine(self, row: Quarantined, line: JournalLine) -> bool:
        """Keep one with its line; False: the same came from there before.

        Then it is counted there, without a line, and the row's own file has no use.
        The line of a file that belongs to a dossier goes into its chain.
        """

    @abstractmethod
    async def quarantined(
        self, *, before: datetime | None, limit: int
    ) -> Sequence[Quarantined]:
        """Newest first, by when they came last; ``before`` that moment."""

    @abstractmethod
    async def one_quarantined(self, identifier: str) -> Quarantined | None:
        """One by its identifier."""

    @abstractmethod
    async def end_quarantined(
        self, identifier: str, line: JournalLine
    ) -> StoredAttachment | None:
        """Forget one; the file that is to be deleted now. None: there was none."""

    @abstractmethod
    async def old_quarantined(self, before: datetime, *, limit: int) -> Sequence[str]:
        """Identifiers of those that came last before a moment, oldest first."""
