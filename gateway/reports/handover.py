"""The hand-over list: what goes to one office on paper, of a day or as chosen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.case import LegState
from gateway.domain.errors import ActionNotPossible, SenderError
from gateway.domain.legal_day import legal_day
from gateway.domain.paper import HandoverList
from gateway.domain.paper_forms import Form, form_name
from gateway.domain.procedure import Event, Trigger
from gateway.reports.custody import source, turned_at
from gateway.reports.reading import Directory, as_seen, opened, received_at, subject

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from datetime import date, datetime

    from gateway.domain.case import LegCase
    from gateway.domain.identifiers import DossierId, OfficeId
    from gateway.domain.paper import Subject
    from gateway.domain.principal import Scope
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

#: More than this on one list nobody counts over a table.
MOST = 300
_PAGE = 200
_ACCEPTED = Trigger("", Event.ACCEPTED)


def must_be_known(directory: Directory, office: OfficeId) -> None:
    """Refuse a code that no office has.

    Raises:
        SenderError: nobody has it.
    """
    if office not in directory.catalogue.offices:
        raise SenderError(
            code="office_unknown", remedy="Không có đơn vị mang mã này trong cấu hình."
        )


async def of_day(
    tools: Tools, scope: Scope, office: OfficeId, day: date
) -> list[DossierRow]:
    """Open dossiers that came to an office, or were to come, on a day.

    Raises:
        ActionNotPossible: more than fit on one list; nothing is left out unsaid.
    """
    found = []
    async for row in _open_at(tools, scope, office):
        if await _came_on(tools, row, office, day):
            found.append(row)
            _must_fit(found)
    return found


def _must_fit(rows: Sequence[DossierRow]) -> None:
    if len(rows) > MOST:
        raise ActionNotPossible(
            code="handover_list_too_long",
            remedy=f"Danh sách có hơn {MOST} hồ sơ: chọn từng hồ sơ để lập nhiều danh"
            " sách.",
        )


async def _open_at(
    tools: Tools, scope: Scope, office: OfficeId
) -> AsyncIterator[DossierRow]:
    after = None
    while True:
        rows = await tools.overview.dossiers(
            scope, state="open", after=after, limit=_PAGE
        )
        for row in rows:
            if _part_of(row, office) is not None:
                yield row
        if len(rows) < _PAGE:
            return
        after = rows[-1].case.dossier_id
        # Thousands may be open: others get their turn between two pages.
        await tools.clock.rest(0)


def _part_of(row: DossierRow, office: OfficeId) -> LegCase | None:
    return next((leg for leg in row.case.legs if leg.office == office), None)


async def _came_on(tools: Tools, row: DossierRow, office: OfficeId, day: date) -> bool:
    leg = _part_of(row, office)
    # Nothing of a dossier happens before it is accepted.
    if leg is None or legal_day(row.case.accepted_at) > day:
        return False
    # What an office opened itself, nobody hands over to it.
    if leg.state is LegState.SKIPPED or Event.OPENED.value in leg.happened:
        return False
    rule = tools.versions.procedure_of(row.case).leg(leg.name)
    at_once = any(trigger == _ACCEPTED for trigger in rule.opens_on)
    on_its_day = legal_day(row.case.accepted_at) == day
    if at_once and not on_its_day and Event.REVISED not in row.case.happened:
        return False
    lines = [one.line for one in await tools.store.journal(row.case.dossier_id)]
    at = turned_at(lines, rule, leg)
    return at is not None and legal_day(at) == day


@dataclass(frozen=True, slots=True)
class Listed:
    """One dossier of a list, and who gives it to the office."""

    dossier_id: DossierId
    giver: str
    received_at: datetime
    subject: Subject


async def listed(
    tools: Tools,
    rows: Sequence[DossierRow],
    office: OfficeId,
    directory: Directory,
    day: date | None,
) -> list[Listed]:
    """These dossiers as the list shows them, in order of receipt.

    With a ``day`` they are shown with the papers that they had then.

    Raises:
        ActionNotPossible: one of the dossiers is none of the office's.
    """
    _must_fit(rows)
    found = []
    for row in rows:
        await tools.clock.rest(0)
        leg = _part_of(row, office)
        if leg is None:
            raise ActionNotPossible(
                code="not_the_offices",
                remedy="Có hồ sơ không thuộc phần việc của đơn vị này; bỏ ra khỏi"
                " danh sách.",
            )
        one = await opened(tools, row)
        found.append(
            Listed(
                row.case.dossier_id,
                source(one, leg, directory),
                received_at(one.document) or one.case.accepted_at,
                subject(one, directory, day),
            )
        )
    return sorted(found, key=lambda one: (one.received_at, one.subject.number))


async def given_list(
    tools: Tools, office: OfficeId, rows: Sequence[DossierRow]
) -> HandoverList:
    """What an office that works by a list has in hand, as far as it may see it."""
    directory = Directory(tools.versions.current, tools.contacts)
    spoken_for = tools.versions.current.speaks_for(office)
    found = []
    for row in rows:
        leg = next((one for one in row.case.legs if one.office in spoken_for), None)
        if leg is None:
            continue
        one = await opened(tools, row)
        sees = tools.versions.procedure_of(row.case).leg(leg.name).sees
        found.append(
            Listed(
                row.case.dossier_id,
                source(one, leg, directory),
                received_at(one.document) or row.case.accepted_at,
                as_seen(subject(one, directory), sees),
            )
        )
    return handover_list(found, office, directory, None, tools.clock.now())


def handover_list(
    found: Sequence[Listed],
    office: OfficeId,
    directory: Directory,
    day: date | None,
    now: datetime,
) -> HandoverList:
    """The list of these dossiers; who gives them is named where it is one office."""
    givers = {one.giver for one in found}
    subjects = tuple(one.subject for one in found)
    return HandoverList(
        form=form_name(Form.HANDOVER_LIST, legal_day(now)),
        giver=givers.pop() if len(givers) == 1 else "",
        receiver=directory.office(office),
        contact=directory.contact(office),
        day=day,
        dossiers=subjects,
        count=len(subjects),
        originals=sum(one.originals for one in subjects),
        copies=sum(one.copies for one in subjects),
        uncounted=sum(one.uncounted for one in subjects),
        unlisted=sum(not one.sheets for one in subjects),
        printed_at=now,
    )
