"""Minutes of objections that the head decided: both figures, who decided, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.contesting.matters import matter, name_of, words_of
from gateway.domain.errors import ActionNotPossible
from gateway.domain.lateness import ObjectionState, Party
from gateway.domain.legal_day import legal_day
from gateway.domain.measure import Whose
from gateway.domain.paper import LatenessMinutes
from gateway.domain.paper_forms import Form, form_name
from gateway.domain.paper_rows import Contested
from gateway.reports.reading import number_of
from gateway.sealing.folder import Folder
from gateway.timing.explaining import hours

if TYPE_CHECKING:
    from datetime import date

    from gateway.domain.principal import Scope
    from gateway.ports.contests import ObjectionRow
    from gateway.sealing.tools import Tools

#: More than this nobody signs at a table.
MOST = 300
_PAGE = 100
_DECIDED = (ObjectionState.UPHELD, ObjectionState.REJECTED)


async def minutes(
    tools: Tools, scope: Scope, first: date, last: date
) -> LatenessMinutes:
    """What was decided from a day to a day.

    Raises:
        ActionNotPossible: nothing was, or more than fits.
    """
    found = [
        row
        for state in _DECIDED
        for row in await _decided(tools, scope, (first, last), state)
    ]
    if not found:
        raise ActionNotPossible(
            code="minutes_empty",
            remedy="Trong những ngày này chưa ý kiến nào được quyết định.",
        )
    if len(found) > MOST:
        raise ActionNotPossible(
            code="minutes_too_long",
            remedy=f"Có hơn {MOST} hồ sơ: chọn khoảng ngày ngắn hơn.",
        )
    rows = [one for row in found if (one := await _row(tools, row, scope))]
    return LatenessMinutes(
        form=form_name(Form.LATENESS_MINUTES, last),
        first=first,
        last=last,
        rows=tuple(sorted(rows, key=lambda one: one.number)),
        count=len(rows),
        upheld=sum(row.state is ObjectionState.UPHELD for row in found),
        printed_at=tools.clock.now(),
    )


async def _decided(
    tools: Tools, scope: Scope, span: tuple[date, date], state: ObjectionState
) -> list[ObjectionRow]:
    found: list[ObjectionRow] = []
    after: str | None = None
    while True:
        page = await tools.contests.kept.objections(
            scope, state=state, after=after, limit=_PAGE
        )
        found += [
            row
            for row in page
            if row.decided_at is not None
            and span[0] <= legal_day(row.decided_at) <= span[1]
        ]
        if len(page) < _PAGE:
            return found
        after = page[-1].place


async def _row(tools: Tools, row: ObjectionRow, scope: Scope) -> Contested | None:
    stored = await tools.store.dossier(row.dossier_id, scope)
    if stored is None:
        return None
    one, folder = await matter(tools, stored), Folder.shown(tools, stored)
    said, charge = one.objection(row.id), one.charge
    words = await words_of(folder, said.payload if said else None)
    answer = await words_of(folder, said.answer if said else None)
    office = name_of(tools, Party(Whose.AGENCY, row.office))
    ended = one.measured.ended_at
    return Contested(
        number=await number_of(folder),
        office=office,
        due_on=one.measured.due_on,
        ended_on=legal_day(ended) if ended else None,
        said=words.get("reason", ""),
        paper=words.get("paper", ""),
        hours=hours(charge.minutes) if charge else "",
        measured=name_of(tools, Party(Whose.AGENCY, charge.cause)) if charge else "",
        decided=name_of(tools, row.party) if row.party else office,
        by=row.decided_by,
        decided_at=row.decided_at,
        reason=answer.get("reason", ""),
    )
