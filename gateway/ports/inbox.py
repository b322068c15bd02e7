"""Messages that travel as files which people carry: what lies ready, what came back."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from gateway.domain.errors import ReportRefused
from gateway.domain.identifiers import TransferId
from gateway.domain.report import AgencyReport
from gateway.domain.values import dataclass


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a message that speaks of several dossiers.

    Either a report, or why it cannot be one; ``raw`` is kept as evidence then,
    ``label`` names the part in the agency's own words for the reply.
    """

    label: Mapping[str, str]
    raw: bytes
    report: AgencyReport | None = None
    refused: ReportRefused | None = None


@dataclass(frozen=True, slots=True)
class PartResult:
    """What became of a part; ``code`` empty: it was taken.

    ``no_dossier``: it fits none; ``repeated``: it was known, and changes nothing; any
    other: why it was refused. ``mistakes``: places, from 0, of its report's notices
    whose amounts were not taken, since another stands and the part adjusts nothing.
    ``cause``: of one that fits none, or came too late to change anything, more of why.
    """

    part: Part
    code: str = ""
    mistakes: frozenset[int] = frozenset()
    cause: str = ""


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A file that lies ready to be carried; ``answers``: it tells what we received.

    ``transfer``: whose message it is; None for answers.
    """

    name: str
    size_bytes: int
    since: datetime
    #: aware UTC
    answers: bool
    transfer: TransferId | None = None


class PackageNotTaken(ReportRefused):
    """A file that came and proves nothing; none of it is taken.

    ``number``, ``sender``: as it tells them where that is proved, else empty.
    """

    def __init__(
        self, code: str, *, remedy: str, detail: str, number: str, sender: str
    ) -> None:
        """Keep what its sender is to be told by."""
        super().__init__(detail, code=code, remedy=remedy)
        self.number = number
        self.sender = sender


class Package(Protocol):
    """One file that came back, opened and proved to be the agency's."""

    @property
    def number(self) -> str:
        """As its sender counts, for people."""

    @property
    def parts(self) -> Sequence[Part]:
        """What it says of dossiers, in its order; nothing when it came before."""

    @property
    def confirms(self) -> Sequence[TransferId]:
        """Transfers whose files it speaks of."""

    @abstractmethod
    async def taken(self, results: Sequence[PartResult], at: datetime) -> None:
        """Note what it confirms, put it away and answer it; durable on return.

        ``results``: one of every part. Again is harmless: the same is noted and answered.
        """


class Inbox(Protocol):
    """The desk of one office where files are laid down and picked up.

    Every call does its disk work outside the event loop; ``StoreUnavailable`` is
    raised where the disk fails, and then nothing has changed.
    """

    carried: bool = True
    #: whether people carry its files; else both sides reach the folder themselves

    @abstractmethod
    async def waiting(self) -> Sequence[str]:
        """Names of whole files that came and were not read yet, the oldest first."""

    @abstractmethod
    async def bring(self, name: str, body: bytes) -> str:
        """Lay a file down that somebody hands in; the name that it waits under.

        ``name``: what its bringer calls it; only what is harmless of it is kept.
        """

    @abstractmethod
    async def read(self, name: str) -> bytes:
        """Its bytes; of one that is larger than allowed, only as many as are kept."""

    @abstractmethod
    async def open(self, name: str, body: bytes, at: datetime) -> Package:
        """Open and prove a file that waits; ``at``: aware, now.

        Raises:
            PackageNotTaken: ``refused`` is to be called with it.
        """

    @abstractmethod
    async def refused(self, name: str, why: PackageNotTaken, at: datetime) -> None:
        """Put a file away that was not taken, and tell its sender by a file."""

    @abstractmethod
    async def outgoing(self, at: datetime) -> Sequence[Outgoing]:
        """What lies ready to be carried, the oldest first; ``at``: aware, now."""

    @abstractmethod
    async def take(self, name: str) -> bytes | None:
        """A copy of one of them, which stays; None: there is none of that name."""
