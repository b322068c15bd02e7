"""A report: anything an agency tells us about a dossier."""

from __future__ import annotations

from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Any

from gateway.domain.identifiers import AgencyId
from gateway.domain.values import dataclass


class ReportKind(StrEnum):
    """What a report says, in the gateway's own words."""

    OPENED = "opened"
    #: the agency opened the dossier itself (receipt number and dates)
    PROGRESS = "progress"
    SLIP = "slip"
    #: a signed slip was issued; facts: so_phieu
    SUPPLEMENT_REQUEST = "supplement_request"
    PAUSED = "paused"
    #: stopped for a reason that is not missing papers
    SUPPLEMENT_RECEIVED = "supplement_received"
    NOTICES = "notices"
    #: financial obligations were determined; facts: news (amounts alone, without reasons), adjusts
    VOUCHER = "voucher"
    #: somebody reports a payment: it proposes, tax's own word settles
    PAID = "paid"
    EXEMPTED = "exempted"
    DEFERRED = "deferred"
    #: ghi nợ: tax recorded what is left as a debt
    QUESTION = "question"
    #: tax asks whoever issued the slip (form 01/CCTT-ĐĐTCQ)
    TAX_RETURNED = "tax_returned"
    WRONG_CASE = "wrong_case"
    CORRECTION_REQUEST = "correction_request"
    FINISHED = "finished"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


#: Facts, not states: they count even when they arrive late.
FACTUAL = frozenset(
    {
        ReportKind.SLIP,
        ReportKind.NOTICES,
        ReportKind.VOUCHER,
        ReportKind.PAID,
        ReportKind.EXEMPTED,
        ReportKind.DEFERRED,
    }
)


class Standing(StrEnum):
    """What became of a report on arrival."""

    APPLIED = "applied"
    REPEATED = "repeated"
    LATE = "late"
    #: older than what is known, or the leg has ended
    UNMATCHED = "unmatched"
    #: fits no dossier: kept and shown
    UNREADABLE = "unreadable"
    SETTLED = "settled"
    #: one of those two that a person has dealt with, or that fitted later


#: What waits for a person.
WAITING = frozenset({Standing.UNMATCHED, Standing.UNREADABLE})


@dataclass(frozen=True, slots=True)
class Reference:
    """A number by which some system knows a dossier: (agency, kind, value)."""

    agency: AgencyId
    kind: str
    value: str


@dataclass(frozen=True, slots=True)
class FileLink:
    """A result file that the agency offers by link, to be fetched later."""

    name: str
    link: str
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A result file that came before or with the report and was put away."""

    name: str
    sha256: str
    title: str = ""
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Brought:
    """A file that came inside the report itself and is put away with it.

    Papers of ``opens`` and of ``content["documents"]`` name it by its ``sha256``.
    """

    name: str
    sha256: str
    content: bytes
    media_type: str = ""


@dataclass(frozen=True, slots=True)
class Relayed:
    """The message that a report was read from: its operation and exact bytes."""

    operation: str
    body: bytes


@dataclass(frozen=True, slots=True)
class AgencyReport:
    """One report as an adapter's reader translated it.

    ``about`` names the dossier by any number it carries, best first; ``facts``
    is never personal and goes into plain columns; ``content`` may be personal
    and is sealed; ``fingerprint`` is equal for repeats and only for them.
    """

    kind: ReportKind
    about: tuple[Reference, ...]
    fingerprint: str
    event_at: datetime | None
    #: aware UTC; None where the message has no time of its own
    facts: dict[str, Any] = field(default_factory=dict)
    content: dict[str, Any] = field(default_factory=dict)
    files: tuple[FileLink, ...] = ()
    signed: bytes | None = None
    #: exact bytes of a document that somebody signed (a slip)
    introduces: tuple[Reference, ...] = ()
    #: further numbers of the same dossier
    found_by: tuple[str, ...] = ()
    #: numbers that people look for and several dossiers share: a customer's code
    handed_in_by: str = ""
    #: the principal who brought it, where no agency's system told it
    enclosed: tuple[HandedIn, ...] = ()
    #: uploads of the reporting office, which this report uses up
    opens: dict[str, Any] | None = None
    #: canonical document of a dossier that the agency opened itself
    relayed: Relayed | None = None
    #: set on the first report of a message that a one-stop may want as it came
    brought: tuple[Brought, ...] = ()
    #: files that came inside it
    renews: bool = False
    #: ``opens`` takes the place of the document of a dossier that is known already
    never_after: frozenset[str] = frozenset()
    #: steps of the agency's own after which it changes nothing
