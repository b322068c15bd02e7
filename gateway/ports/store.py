"""The store: every method is one atomic unit, durable when it returns.

Units may share a commit. A failed or unanswered commit raises ``StoreFateUnknown`` to
every caller of it, who re-reads by key. ``apply`` alone writes a dossier's state.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol

from gateway.domain.attempt import AttemptRecord
from gateway.domain.bulk import ItemKey
from gateway.domain.case import Case
from gateway.domain.correction import Decided
from gateway.domain.identifiers import (
    AgencyId,
    DossierId,
    OfficeId,
    PayloadId,
    ReportId,
    TransferId,
)
from gateway.domain.journal import JournalLine, WrittenLine
from gateway.domain.lane import Lane
from gateway.domain.principal import Principal, Scope
from gateway.domain.report import Standing
from gateway.domain.transfer import Move, NewTransfer, Transfer
from gateway.domain.values import dataclass
from gateway.ports.attachments import StoredAttachment
from gateway.ports.proposals import ProposalMove
from gateway.ports.vault import SealedPayload

Offices = Collection[OfficeId]


@dataclass(frozen=True, slots=True)
class BlindReference:
    """A number of a dossier: unique by (agency, kind, blind value)."""

    agency: AgencyId
    kind: str
    blind: bytes
    sealed_value: bytes


@dataclass(frozen=True, slots=True)
class IntakeKey:
    """What makes a sender's message the same message.

    ``fingerprint`` is a keyed hash of the content; ``answer`` is what was
    answered, told again to every repeat.
    """

    sender: OfficeId
    key: str
    fingerprint: bytes
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AttachmentLink:
    """Ties an upload to a dossier; ``role`` input or result, ``blind`` of its SHA-256.

    ``sealed_name`` is empty for an input, whose name stands in the document.
    """

    attachment: StoredAttachment
    role: str
    sealed_name: bytes
    blind: bytes


@dataclass(frozen=True, slots=True)
class ReportRow:
    """One arrival, ``code`` why it was not applied; repeats get rows without content."""

    id: ReportId
    agency: AgencyId
    office: OfficeId
    kind: str
    fingerprint: str
    standing: Standing
    event_at: datetime | None
    arrived_at: datetime
    facts: dict[str, Any]
    dossier_id: DossierId | None = None
    transfer_id: TransferId | None = None
    payload: PayloadId | None = None
    code: str = ""


@dataclass(frozen=True, slots=True)
class FetchJob:
    """A result file to be fetched; the link is sealed."""

    id: str
    office: OfficeId
    sealed_link: bytes
    due_at: datetime
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Change:
    """Everything that happens in one unit, as routing and its callers decided.

    ``case`` replaces the dossier's case when its stored version is
    ``case.version - 1`` (0: a new dossier, which also needs ``wrapped_key``); otherwise
    ``ChangedMeanwhile``. ``expects`` is the version at which a case that stays as it is
    was read, where what is decided hangs on it. Transfers get their position and, when
    nothing holds them, become due at ``now``; closing moves free or park their
    successors in the same unit.
    """

    now: datetime
    dossier_id: DossierId | None = None
    case: Case | None = None
    expects: int | None = None
    wrapped_key: bytes | None = None
    document: PayloadId | None = None  #: of the (new) revision
    transfers: tuple[NewTransfer, ...] = ()
    moves: tuple[Move, ...] = ()
    polls: tuple[tuple[TransferId, datetime], ...] = ()
    #: the latest moment of its next poll; what is not polled stays so
    enquiries: tuple[TransferId, ...] = ()  #: of any dossiers, asked about now
    references: tuple[BlindReference, ...] = ()
    words: tuple[bytes, ...] = ()
    #: blind index of folded name words, phones, parcels; a document replaces them
    payloads: tuple[SealedPayload, ...] = ()
    attachments: tuple[AttachmentLink, ...] = ()
    uploads_used: tuple[Upload, ...] = ()
    report: ReportRow | None = None
    settles: tuple[ReportId, ...] = ()
    #: earlier reports that wait for a person, and wait no more
    attempts: tuple[AttemptRecord, ...] = ()
    fetch: tuple[FetchJob, ...] = ()
    fetched: tuple[str, ...] = ()
    intake_key: IntakeKey | None = None
    item: ItemKey | None = None  #: of a bulk job, which is done by this
    proposals: tuple[ProposalMove, ...] = ()
    corrections: tuple[Decided, ...] = ()
    journal: tuple[JournalLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Applied:
    """What a change led to; ``due``: offices that now have something due at once."""

    version: int
    due: tuple[OfficeId, ...] = ()


@dataclass(frozen=True, slots=True)
class DossierRow:
    """A dossier as stored; personal values stay sealed."""

    case: Case
    wrapped_key: bytes
    document: PayloadId


@dataclass(frozen=True, slots=True)
class Claimed:
    """A transfer that this node may send, with all of its message; a status has no files."""

    transfer: Transfer
    dossier: DossierRow
    references: tuple[BlindReference, ...] = ()
    document: SealedPayload | None = None
    #: of the transfer's revision; None: it was deleted
    attachments: tuple[AttachmentLink, ...] = ()


@dataclass(frozen=True, slots=True)
class Gate:
    """How many transfers of one office may be claimed now."""

    office: OfficeId
    room: int
    limit: int | None = None
    #: on their way at once over all nodes; of one process, ``room`` knows it


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came before its dossier; belongs to who sent it."""

    stored: StoredAttachment
    owner: OfficeId
    blind: bytes
    at: datetime


class Store(Protocol):
    """Writing side and the reads of the journey."""

    @abstractmethod
    async def apply(self, change: Change) -> Applied:
        """Do all of a change or nothing.

        Raises:
            ChangedMeanwhile: the case, a moved transfer or a settled report is
                not as expected, or a used upload is not there any more.
            KeyTaken: the intake key or a reference exists already.
            ReportKnown, ItemSettled: this fingerprint, or an outcome, was there before.
        """

    @abstractmethod
    async def claim(
        self, gates: Sequence[Gate], *, now: datetime, node: str, lease_s: float
    ) -> Sequence[Claimed]:
        """Take due transfers, per office the nearest deadline first; ``sending``."""

    @abstractmethod
    async def claim_enquiries(
        self, office: OfficeId, *, now: datetime, limit: int, again_s: float
    ) -> Sequence[Claimed]:
        """Unconfirmed transfers whose ``ask_at`` has come; it moves ``again_s`` on."""

    @abstractmethod
    async def claim_polls(
        self, office: OfficeId, *, now: datetime, limit: int, again_s: float
    ) -> Sequence[Claimed]:
        """Delivered transfers whose ``poll_at`` has come; it moves ``again_s`` on.

        By a fortieth of the time since the delivery where that is longer (``POLL_PART``).
        """

    @abstractmethod
    async def mark_polled(
        self, transfer_id: TransferId, code: str | None, *, now: datetime
    ) -> None:
        """Note why polls bring nothing, which stands still until None is noted."""

    @abstractmethod
    async def claim_fetches(
        self, *, now: datetime, limit: int, again_s: float, but: Offices = ()
    ) -> Sequence[tuple[FetchJob, DossierRow]]:
        """Result files to be fetched now; each job moves ``again_s`` on.

        ``but``: offices that nothing may be fetched from; their jobs stay.
        """

    @abstractmethod
    async def fetches_left(self, dossier_id: DossierId) -> int:
        """Result files of a dossier that are still to be fetched."""

    @abstractmethod
    async def recover(
        self, *, node: str, now: datetime, ask_after_s: Mapping[OfficeId, float]
    ) -> int:
        """At start: ``sending`` rows of this name's dead process: ``unconfirmed``.

        How many; ``ask_after_s`` is at least the lane's timeout.
        """

    @abstractmethod
    async def next_due(self, after: datetime) -> datetime | None:
        """Earliest moment later than ``after`` at which anything has to be done.

        What is due already and was not taken waits for room, not for time.
        """

    @abstractmethod
    async def due_offices(
        self, now: datetime, of: Sequence[str] = ("due_at", "ask_at", "poll_at")
    ) -> Sequence[OfficeId]:
        """Offices at which a moment has come: of a transfer, an enquiry, a poll."""

    @abstractmethod
    async def seal(self, *, now: datetime) -> int:
        """Number committed lines, chain their root; how many, those of others left out."""

    @abstractmethod
    async def dossier(self, dossier_id: DossierId, scope: Scope) -> DossierRow | None:
        """One dossier within scope; None is also the answer to *not yours*."""

    @abstractmethod
    async def find(
        self, blinds: Sequence[tuple[AgencyId | None, str | None, bytes]], scope: Scope
    ) -> Sequence[DossierId]:
        """Dossiers that any of the numbers (agency, kind, blind) belongs to."""

    @abstractmethod
    async def intake_key(self, sender: OfficeId, key: str) -> IntakeKey | None:
        """What was answered under this key."""

    @abstractmethod
    async def transfer(self, transfer_id: TransferId, scope: Scope) -> Transfer | None:
        """One transfer within scope."""

    @abstractmethod
    async def transfers(self, dossier_id: DossierId) -> Sequence[Transfer]:
        """All transfers of a dossier in order of creation."""

    @abstractmethod
    async def references(self, dossier_id: DossierId) -> Sequence[BlindReference]:
        """All numbers of a dossier, sealed."""

    @abstractmethod
    async def payloads(
        self, ids: Sequence[PayloadId]
    ) -> Mapping[PayloadId, SealedPayload]:
        """Sealed payloads; deleted ones are absent."""

    @abstractmethod
    async def document(
        self, dossier_id: DossierId, revision: int
    ) -> SealedPayload | None:
        """The sealed document of one revision."""

    @abstractmethod
    async def attachments(self, dossier_id: DossierId) -> Sequence[AttachmentLink]:
        """A dossier's files in order of arrival."""

    @abstractmethod
    async def add_upload(self, upload: Upload) -> None:
        """Remember a file that came before its dossier."""

    @abstractmethod
    async def uploads(
        self, owner: OfficeId, blinds: Sequence[bytes]
    ) -> Mapping[bytes, Upload]:
        """Uploads of one sender by keyed hash of their SHA-256."""

    @abstractmethod
    async def end_uploads(
        self, *, before: datetime, limit: int
    ) -> Sequence[StoredAttachment]:
        """Forget uploads from before a moment that no dossier used, oldest first.

        Their files may be deleted:
        whoever wants to use one of them after this gets ``ChangedMeanwhile``.
        """

    @abstractmethod
    async def unnamed(self, names: Sequence[str]) -> Sequence[str]:
        """Those of these names of files that neither an upload nor a dossier has.

        Reads all files' rows: meant for many names and rare turns.
        """

    @abstractmethod
    async def report_known(
        self, agency: AgencyId, office: OfficeId, fingerprint: str
    ) -> ReportRow | None:
        """The first arrival under this fingerprint."""

    @abstractmethod
    async def report(self, report_id: ReportId) -> ReportRow | None:
        """One arrival."""

    @abstractmethod
    async def lanes(self) -> Sequence[Lane]:
        """Every lane with its state."""

    @abstractmethod
    async def set_lane(self, lane: Lane, journal: JournalLine) -> None:
        """Replace a lane's state; creates the row when missing."""

    @abstractmethod
    async def principal(self, token_hash: bytes) -> Principal | None:
        """Who holds the token with this SHA-256."""

    @abstractmethod
    async def set_principal(self, principal: Principal, token_hash: bytes) -> None:
        """Create or replace a principal."""

    @abstractmethod
    async def configuration(
        self, version: int | None
    ) -> tuple[int, dict[str, Any]] | None:
        """One immutable version, or the newest."""

    @abstractmethod
    async def add_configuration(
        self, content: dict[str, Any], journal: JournalLine, after: int | None = None
    ) -> int:
        """Keep a version that follows ``after``; the newest's own content makes none."""

    @abstractmethod
    async def mark(self, name: str) -> str | None:
        """What the store was last told to remember under a name."""

    @abstractmethod
    async def set_mark(self, name: str, value: str) -> None:
        """Remember it; nothing personal, nothing about a dossier."""

    @abstractmethod
    async def note(self, chain: str, lines: Sequence[JournalLine]) -> None:
        """Append to a chain that is no dossier's (reads, sign-ins, lanes)."""

    @abstractmethod
    async def journal(self, dossier_id: DossierId) -> Sequence[WrittenLine]:
        """A dossier's chain in order."""
