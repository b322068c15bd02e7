"""Proposals as they are kept: what is inferred, what people decided about it."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Protocol

from gateway.domain.identifiers import DossierId, OfficeId
from gateway.domain.journal import JournalLine
from gateway.domain.principal import Scope
from gateway.domain.proposal import ProposalKind, ProposalState, Says
from gateway.domain.values import dataclass
from gateway.ports.vault import SealedPayload


@dataclass(frozen=True, slots=True)
class ProposalRow:
    """A proposal; ``subject`` is its dossier, or a keyed hash of a number without one.

    ``effect_at``: somebody confirmed it, and it takes effect then unless it is
    rejected; ``by`` decided it or will have.
    """

    id: str
    version: int
    subject: str
    dossier_id: DossierId | None
    leg: str
    office: OfficeId
    unit: str
    sender: str
    kind: ProposalKind
    says: Says
    at: datetime | None
    until: datetime | None
    found_at: datetime
    brought_by: str
    #: who uploaded the list; empty: the office's system gave it
    evidence: SealedPayload
    state: ProposalState = ProposalState.OPEN
    effect_at: datetime | None = None
    by: str = ""
    rule: str = ""
    decided_at: datetime | None = None
    report: str = ""
    counts: bool = False
    #: its own moment counts in reports

    @property
    def is_open(self) -> bool:
        """Whether somebody may still decide it."""
        return self.state is ProposalState.OPEN


@dataclass(frozen=True, slots=True)
class ProposalMove:
    """What becomes of a proposal in the unit of a change, if it is still as it was read."""

    id: str
    version: int
    state: ProposalState
    by: str
    report: str = ""
    counts: bool = False
    rule: str = ""
    effect_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Brought:
    """What became of the rows of a list."""

    new: Sequence[ProposalRow] = ()
    renewed: Sequence[ProposalRow] = ()
    #: were open already and have newer evidence now
    known: int = 0
    #: a person has decided the same of the same evidence


@dataclass(frozen=True, slots=True)
class ProposalRule:
    """A standing written rule: what it covers and who answers for it; reason sealed."""

    id: str
    version: int
    office: OfficeId
    kind: ProposalKind
    days: int
    #: working days without objection
    decision: str
    #: number of the written decision
    valid_from: date
    valid_to: date
    by: str
    sealed: SealedPayload


@dataclass(frozen=True, slots=True)
class ProposalLink:
    """What a link in a mail opens: proposals of one sender; its token is kept hashed."""

    token: bytes
    sender: str
    proposals: tuple[str, ...]
    contact: str
    expires_at: datetime


class Proposals(Protocol):
    """Keeps proposals; each method is one atomic unit, durable when it returns.

    What decides them is part of a ``Change``.
    """

    @abstractmethod
    async def propose(self, rows: Sequence[ProposalRow]) -> Brought:
        """Keep these; one of the same subject, leg and slot that is open gets the newer evidence.

        What was decided is not proposed again on the same evidence.
        """

    @abstractmethod
    async def proposal(self, identifier: str, scope: Scope) -> ProposalRow | None:
        """One, within scope."""

    @abstractmethod
    async def proposals(
        self,
        scope: Scope,
        *,
        state: ProposalState,
        office: str | None = None,
        after: str | None = None,
        limit: int,
    ) -> Sequence[ProposalRow]:
        """A page in order of their identifiers."""

    @abstractmethod
    async def proposals_open(self, scope: Scope) -> Mapping[ProposalKind, int]:
        """How many of each kind wait for somebody; kinds of which none does are left out."""

    @abstractmethod
    async def proposals_due(self, now: datetime, limit: int) -> Sequence[ProposalRow]:
        """Open ones whose effect has come."""

    @abstractmethod
    async def proposal_rules(self) -> Sequence[ProposalRule]:
        """Every rule, those that are over too."""

    @abstractmethod
    async def set_proposal_rule(self, rule: ProposalRule, line: JournalLine) -> None:
        """Keep a new rule of version 1, or one in place of the version before.

        Raises:
            ChangedMeanwhile: the version before is not the one that is kept.
        """

    @abstractmethod
    async def add_proposal_link(self, link: ProposalLink) -> None:
        """Keep a link; those that expired go."""

    @abstractmethod
    async def proposal_link(self, token: bytes, now: datetime) -> ProposalLink | None:
        """What a link opens; None: there is none, or it has expired."""
