"""What people did and read, as it is looked for in the journal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from gateway.domain.identifiers import DossierId
from gateway.domain.journal import JournalLine

#: Lines that the gateway writes by itself; migration 0022 names the same.
BY_ITSELF = (
    *("attempt", "by_number", "ended", "happened", "late_refusal", "moved"),
    *("not_received", "opened", "report", "result_fetched", "result_not_fetched"),
    *("rung", "settled", "status", "swept"),
)
#: A look at a dossier; that somebody was shown its people; a look at the journal.
READ, UNMASKED, LOOKED = "read", "unmasked", "journal_read"
#: Kinds of acts as people look for them; by the code that stands in addresses.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "doc": (READ, UNMASKED, "work_opened"),
    "xem-nhat-ky": (LOOKED,),
    "mo-che": (UNMASKED,),
    "dang-nhap": ("sign_in", "sign_in_refused", "sign_out", "call_refused"),
    "tai-khoan": ("account", "officer", "access", "secret"),
    "luot-gui": ("action", "bulk"),
    "don-doc": ("chase", "cause_note", "cause_postponed"),
    "ghi-chu": ("note",),
    "sua-ho-so": ("correction",),
    "ket-thuc-tay": ("closing",),
    "de-xuat": ("proposal", "proposal_rule", "proposal_undone", "corrected"),
    "y-kien": ("counted", "lateness_told", "objection", "objection_decided"),
    "don-vi": ("lane", "fallback", "maintenance", "contact", "link", "office_check"),
    "cau-hinh": (
        *("configuration", "configuration_proposed"),
        *("calendar", "evidence_key", "addresses"),
    ),
    "bao-cao": (
        "report_issued",
        "one_stop_counts",
        "due_mail",
        "recording",
        "evidence",
    ),
    "canh-bao": ("alert", "alert_note"),
    "cach-ly": ("file_refused", "quarantine_ended"),
    "luu-tru": ("deleted", "hold", "person_export", "retention"),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """Which lines are wanted; what is empty narrows nothing.

    ``since`` is within, ``until`` is not.
    """

    since: datetime
    until: datetime
    actor: str = ""
    group: str = ""
    office: str = ""
    dossier: DossierId | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """A line as it was found, and what it is about."""

    id: int
    chain: str
    position: int
    about: DossierId | None
    office: str
    line: JournalLine

    @property
    def cursor(self) -> str:
        """Its place in the list; older ones come ``after`` it."""
        return f"{self.line.at.isoformat()}~{self.id}"


@dataclass(frozen=True, slots=True)
class Found:
    """A page of acts; ``after``: where the next begins, None: there is none.

    A page may hold few although more follow: a look visits so many lines at most.
    """

    acts: tuple[Act, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class Verified:
    """What of a day's journal was held against its hashes.

    ``wrong`` names the first line that does not hold; ``after``: the seal up to which
    it was done, if the day has more.
    """

    lines: int = 0
    seals: int = 0
    chains: int = 0
    wrong: str = ""
    at_line: str = ""
    after: int | None = None


def about(line: JournalLine, dossier_id: str | None) -> str | None:
    """The dossier that a person's line is about; None: nobody did it, or it has none."""
    if line.kind in BY_ITSELF:
        return None
    return dossier_id or _text(line.facts, "dossier")


def office(line: JournalLine) -> str | None:
    """The office that a person's line is about."""
    if line.kind in BY_ITSELF:
        return None
    return _text(line.facts, "office") or _text(line.facts, "work")


def _text(facts: Mapping[str, Any], name: str) -> str | None:
    value = facts.get(name)
    return value if isinstance(value, str) and value else None
