"""What is known of chasing one office for one dossier, opened for people."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from gateway.calendar.working_time import working_time
from gateway.domain.case import End, LegState
from gateway.domain.chase import Chase, Chased, Heard, Promise, chased, promise
from gateway.domain.contact import ContactRole
from gateway.domain.errors import ActionNotPossible
from gateway.domain.identifiers import OfficeId
from gateway.domain.legal_day import legal_day
from gateway.domain.report import Standing
from gateway.sealing.folder import Folder
from gateway.timing.promised import last_day

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date, datetime

    from gateway.calendar.working_time import WorkingTime
    from gateway.domain.case import Case, LegCase
    from gateway.domain.contact import Contact
    from gateway.ports.chases import ChaseRow
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

#: What the sealed words of a chase are kept as.
KIND = "chase"
_LIES = frozenset({LegState.OPEN, LegState.PAUSED})


@dataclass(frozen=True, slots=True)
class Matter:
    """One office of one dossier: its part, and all the times that it was chased."""

    row: DossierRow
    leg: LegCase
    name: str
    #: the office, as people call it
    chases: tuple[Chase, ...]
    heard: Heard
    now: Chased
    today: date
    working: WorkingTime
    #: by which the applicant's days are counted
    ends: Callable[[date], date]
    #: with which day a promise of the office ends, by its own calendar

    @property
    def is_open(self) -> bool:
        """Whether the office has anything left to do."""
        return self.heard.over_at is None

    def promise(self, one: Chase) -> Promise:
        """What became of a promise."""
        return promise(one, self.chases, self.heard, self.today, self.ends)


def workdays(tools: Tools, office: OfficeId) -> WorkingTime:
    """The calendar by which an office's days are counted: its own days off, too."""
    return working_time(tools.versions.current.calendar, office)


def is_open(case: Case, leg: LegCase) -> bool:
    """Whether a part is under way: it has begun, and neither it nor the dossier ended."""
    return case.end is End.OPEN and leg.state in _LIES and bool(leg.office)


async def matters(tools: Tools, row: DossierRow) -> list[Matter]:
    """Every office that has something to do, or was ever chased, in order of the plan."""
    chases = await _opened(tools, row)
    of_each: dict[OfficeId, list[Chase]] = {}
    for one in chases:
        of_each.setdefault(one.office, []).append(one)
    legs: dict[OfficeId, LegCase] = {}
    for leg in row.case.legs:
        held = legs.get(leg.office)
        if held is None or (is_open(row.case, leg) and not is_open(row.case, held)):
            legs[leg.office] = leg
    told = await _told(tools, row) if of_each else {}
    return [
        _matter(tools, row, leg, of_each.get(office, []), told.get(office, ()))
        for office, leg in legs.items()
        if office and (is_open(row.case, leg) or office in of_each)
    ]


async def matter(tools: Tools, row: DossierRow, office: str) -> Matter:
    """That of one office.

    Raises:
        ActionNotPossible: it has no part in the dossier, or none that is under way.
    """
    if not any(leg.office == office for leg in row.case.legs if office):
        raise ActionNotPossible(
            code="chase_not_its_office",
            remedy="Đơn vị này không có phần việc trong hồ sơ: xem các phần việc ở trang"
            " hồ sơ.",
        )
    found = await matters(tools, row)
    open_ones = [one for one in found if one.leg.office == office and one.is_open]
    if not open_ones:
        raise ActionNotPossible(
            code="chase_leg_over",
            remedy="Phần việc của đơn vị này đã xong hoặc chưa đến lượt: không có gì để"
            " đôn đốc.",
        )
    return open_ones[0]


def _matter(
    tools: Tools,
    row: DossierRow,
    leg: LegCase,
    chases: Sequence[Chase],
    told_at: Sequence[datetime],
) -> Matter:
    case, today = row.case, legal_day(tools.clock.now())
    over_at = None if is_open(case, leg) else case.ended_at or leg.since
    heard = Heard(tuple(sorted(told_at)), over_at)
    office = tools.versions.current.offices.get(leg.office)
    counted, days = workdays(tools, leg.office), tools.chasing.answer_days

    ends = partial(last_day, counted)

    def waited(day: date) -> bool:
        return counted.days_after(day, days) < today

    return Matter(
        row=row,
        leg=leg,
        name=office.name if office else leg.office,
        chases=tuple(chases),
        heard=heard,
        now=chased(chases, heard, today, waited, ends),
        today=today,
        working=working_time(tools.versions.current.calendar),
        ends=ends,
    )


async def _told(tools: Tools, row: DossierRow) -> dict[OfficeId, list[datetime]]:
    """When each office told something that changed the dossier, by whatever entry."""
    catalogue = tools.versions.current
    found: dict[OfficeId, list[datetime]] = {}
    for report in await tools.overview.reports(row.case.dossier_id):
        if report.standing is Standing.APPLIED:
            for office in {report.office, *catalogue.speaks_for(report.office)}:
                found.setdefault(office, []).append(report.arrived_at)
    return found


async def _opened(tools: Tools, row: DossierRow) -> list[Chase]:
    rows = await tools.chasing.kept.chases(row.case.dossier_id)
    if not rows:
        return []
    sealed = await tools.store.payloads([one.payload for one in rows])
    folder = Folder.shown(tools, row)
    return [
        _chase(
            one,
            await folder.opened(sealed[one.payload])
            if one.payload in sealed
            else b"{}",
        )
        for one in rows
    ]


def _chase(row: ChaseRow, plain: bytes) -> Chase:
    """A row with its words; empty when they were deleted."""
    content = json.loads(plain)
    return Chase(
        id=row.id,
        dossier_id=row.dossier_id,
        office=row.office,
        at=row.at,
        by=row.by,
        how=row.how,
        promised_on=row.promised_on,
        corrects=row.corrects,
        contact=str(content.get("contact", "")),
        said=str(content.get("said", "")),
        mailed=int(content.get("mailed", 0)),
    )


def people(tools: Tools, office: OfficeId, role: ContactRole) -> list[Contact]:
    """Whom to ask there today, of one role."""
    return [one for one in tools.contacts.at(office) if one.role is role]
