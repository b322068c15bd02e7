"""One dossier with all that papers are made from, opened once."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from gateway.domain.contact import ContactRole
from gateway.domain.identifiers import OfficeId
from gateway.domain.legal_day import VIETNAM, legal_day
from gateway.domain.paper import Applicant, Sheet, Subject
from gateway.domain.procedure import Event
from gateway.domain.report import ReportKind, Standing
from gateway.routing.slips import opened_by_slip, slip_issuers
from gateway.sealing.contacts import configured
from gateway.sealing.folder import CONTENT, Folder
from gateway.sealing.measuring import measure
from gateway.sealing.missing import NOT_RECEIVED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gateway.domain.case import Case
    from gateway.domain.identifiers import PayloadId, TransferId
    from gateway.domain.journal import JournalLine, WrittenLine
    from gateway.domain.measure import Clock, ClockRule
    from gateway.domain.procedure import Procedure
    from gateway.domain.transfer import Transfer
    from gateway.ports.overview import AttemptRow
    from gateway.ports.store import DossierRow, ReportRow
    from gateway.routing.catalogue import Catalogue
    from gateway.routing.slips import SlipIssuer
    from gateway.sealing.contacts import Contacts
    from gateway.sealing.tools import Tools


@dataclass(frozen=True, slots=True)
class Told:
    """A report that counted, with its content opened."""

    kind: ReportKind
    office: OfficeId
    event_at: datetime | None
    arrived_at: datetime
    facts: Mapping[str, Any]
    content: Mapping[str, Any]

    @property
    def at(self) -> datetime:
        """The agency's own moment where it gave one."""
        return self.event_at or self.arrived_at

    def text(self, name: str) -> str:
        """A text of the content; empty when the agency said nothing."""
        return text_in(self.content, name)


@dataclass(frozen=True, slots=True)
class Opened:
    """What is known of a dossier; personal."""

    case: Case
    procedure: Procedure
    number: str
    document: Mapping[str, Any]
    first: Mapping[str, Any]
    #: the document as it came first
    journal: Sequence[JournalLine]
    told: Sequence[Told]
    transfers: Sequence[Transfer]
    brought: Sequence[tuple[datetime, Mapping[str, Any]]]
    #: papers that the applicant brought later, and when
    clocks: Sequence[Clock] = ()
    #: as they stand now, by the moments that count
    written: Sequence[WrittenLine] = ()
    #: the journal with its places in the chain
    rules: Sequence[ClockRule] = ()
    #: of the configuration that the dossier runs under
    attempts: Mapping[TransferId, Sequence[AttemptRow]] = field(default_factory=dict)
    #: of messages for which an acknowledgement is missing


async def opened(tools: Tools, row: DossierRow) -> Opened:
    """Read a dossier; what was deleted is simply not known any more."""
    folder = Folder.shown(tools, row)
    identifier = row.case.dossier_id
    reports = await tools.overview.reports(identifier)
    transfers = await tools.store.transfers(identifier)
    document = await folder.document(row.case.revision)
    revised = row.case.revision > 1
    lines = await tools.store.journal(identifier)
    journal = [one.line for one in lines]
    return Opened(
        case=row.case,
        procedure=tools.versions.procedure_of(row.case),
        number=await number_of(folder),
        document=document,
        first=await folder.document(1) if revised else document,
        journal=journal,
        told=[
            *[
                await _told(folder, one)
                for one in reports
                if one.standing is Standing.APPLIED
            ],
            *[one for line in journal if (one := await _at_the_counter(folder, line))],
        ],
        transfers=transfers,
        brought=[
            (one.created_at, await _content(folder, one.payload))
            for one in transfers
            if one.kind == "supplement"
        ],
        clocks=measure(tools, row, journal, transfers).clocks,
        written=lines,
        rules=tools.versions.numbered(row.case.configuration).clocks,
        attempts=await _attempts(tools, journal, transfers),
    )


async def _attempts(
    tools: Tools, journal: Sequence[JournalLine], transfers: Sequence[Transfer]
) -> dict[TransferId, Sequence[AttemptRow]]:
    """Those of legs of which an acknowledgement is missing; other papers need none."""
    legs = {line.facts["leg"] for line in journal if line.kind == NOT_RECEIVED}
    return {
        one.id: await tools.overview.attempts(one.id)
        for one in transfers
        if one.leg in legs
    }


async def number_of(folder: Folder) -> str:
    """The one-stop's number; else that of the agency that opened the dossier."""
    known = await folder.references()
    own = next((one.value for one in known if one.kind == "ma_ho_so"), None)
    return own or (known[0].value if known else "")


#: What the counter itself says of a dossier that it has not accepted → as a report.
_OF_THE_COUNTER = {
    Event.SUPPLEMENT_REQUESTED: ReportKind.SUPPLEMENT_REQUEST,
    Event.REFUSED: ReportKind.REFUSED,
}


async def _at_the_counter(folder: Folder, line: JournalLine) -> Told | None:
    """An act of the counter that an agency's report would say the same of."""
    if line.kind != "happened" or line.facts["leg"]:
        return None
    kind = _OF_THE_COUNTER.get(Event(line.facts["event"]))
    if kind is None:
        return None
    said = await _content(folder, line.payload)
    return Told(kind, folder.row.case.sender, line.at, line.at, {}, said)


async def _told(folder: Folder, row: ReportRow) -> Told:
    return Told(
        ReportKind(row.kind),
        row.office,
        row.event_at,
        row.arrived_at,
        row.facts,
        await _content(folder, row.payload),
    )


async def _content(folder: Folder, payload: PayloadId | None) -> Mapping[str, Any]:
    """A sealed JSON value; empty when there is none or it was deleted."""
    found = await folder.payload(payload) if payload else None
    content: Any = json.loads(found[1]) if found and found[0] == CONTENT else {}
    return content if isinstance(content, dict) else {}


@dataclass(frozen=True, slots=True)
class Directory:
    """Names of offices and people, as far as the configuration gives them."""

    catalogue: Catalogue
    contacts: Contacts | None = None
    #: None: nobody was entered

    def office(self, identifier: str) -> str:
        """An office as people call it; as it stands when nobody named it."""
        found = self.catalogue.offices.get(OfficeId(identifier))
        return found.name if found else identifier

    def contact(self, identifier: str) -> str:
        """Whom to ask there about a dossier; empty when nobody is known."""
        found = self.catalogue.offices.get(OfficeId(identifier))
        if found is None:
            return ""
        people = self.contacts.at(found.id) if self.contacts else ()
        asked = [one for one in people if one.role is ContactRole.BUSINESS]
        said = "; ".join(", ".join(filter(None, (p.name, p.phone))) for p in asked)
        return said or configured(found)

    def slip_issuers(self, one: Opened) -> list[SlipIssuer]:
        """Who may issue the dossier's slip; nobody where the plan does not say."""
        leg = opened_by_slip(one.procedure)
        if leg is None:
            return []
        return slip_issuers(one.case, leg, self.catalogue.offices)

    def commune(self, code: str, as_of: str = "") -> str:
        """A commune by the name of the list of areas, else the code as it stands.

        By its name of the day ``as_of`` where the dossier says of which its code is:
        two communes of different days may have one code.
        """
        areas = self.catalogue.areas
        if as_of:
            found = areas.on(code, date.fromisoformat(as_of))
            return found.name if found else code
        known = areas.communes.get(code)
        return known[-1].name if known else code

    def person(self, account: str) -> str:
        """An officer by the name of the office's list, else the code as it stands."""
        for office in self.catalogue.offices.values():
            for user in office.settings.get("user", ()):
                if user.get("account") == account:
                    return str(user.get("name") or account)
        return account


def subject(one: Opened, directory: Directory, until: date | None = None) -> Subject:
    """The dossier as every paper shows it; nothing is filled in for what is missing.

    ``until``: papers that the applicant brought after that day are not in it.
    """
    applicant: Mapping[str, Any] = one.document.get("applicant") or {}
    sheets = tuple(_sheets(one, until))
    return Subject(
        number=one.number,
        qr=one.number,
        procedure=one.procedure.name,
        applicant=Applicant(
            name=text_in(applicant, "name"),
            address=text_in(applicant, "address"),
            phone=text_in(applicant, "phone"),
            email=text_in(applicant, "email"),
        ),
        received_by=directory.office(one.case.sender),
        received_at=received_at(one.document),
        due_on=one.case.due_on,
        due_before=_due_before(one),
        sheets=sheets,
        originals=sum(sheet.originals or 0 for sheet in sheets),
        copies=sum(sheet.copies or 0 for sheet in sheets),
        uncounted=sum(sheet.originals is None for sheet in sheets),
    )


def as_seen(subject: Subject, sees: Sequence[str]) -> Subject:
    """The dossier on the paper of an office that may see these fields and no more."""

    def seen(path: str) -> bool:
        return any(path == one or path.startswith(f"{one}.") for one in sees)

    whole = subject.applicant
    applicant = Applicant(
        **{
            name: getattr(whole, name) if seen(f"applicant.{name}") else ""
            for name in ("name", "address", "phone", "email")
        }
    )
    if seen("documents"):
        return replace(subject, applicant=applicant)
    return replace(
        subject, applicant=applicant, sheets=(), originals=0, copies=0, uncounted=0
    )


def _due_before(one: Opened) -> date | None:
    """The day that the applicant was promised first, where it is another by now."""
    before = day_in(one.first, "due_on")
    return None if before == one.case.due_on else before


def _sheets(one: Opened, until: date | None) -> Iterator[Sheet]:
    later = [
        content
        for at, content in one.brought
        if until is None or legal_day(at) <= until
    ]
    for content, before in ((one.document, ""), *((c, "Bổ sung: ") for c in later)):
        for paper in content.get("documents") or ():
            name = f"{before}{paper.get('name', '')}"
            yield Sheet(name, paper.get("originals"), paper.get("copies"))


def text_in(block: Mapping[str, Any], name: str) -> str:
    """A text of a dossier or report; empty when it says nothing."""
    return str(block.get(name) or "")


def day_in(block: Mapping[str, Any], name: str) -> date | None:
    """A day of a dossier; None when it names none that is one."""
    try:
        return date.fromisoformat(text_in(block, name))
    except ValueError:
        return None


def received_at(document: Mapping[str, Any]) -> datetime | None:
    """When the counter received it; what came without a zone is Vietnam's time."""
    try:
        at = datetime.fromisoformat(str(document["received_at"]))
    except (KeyError, ValueError):
        return None
    return at if at.tzinfo else at.replace(tzinfo=VIETNAM)


def rules_day(one: Opened) -> date:
    """The day whose rules the dossier keeps: of its receipt, else of its arrival."""
    at = received_at(one.document) or one.case.accepted_at
    return legal_day(at)
