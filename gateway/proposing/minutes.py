"""Minutes of a reconciliation: what was confirmed, on which evidence, by whom; both figures."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.domain.errors import ActionNotPossible
from gateway.domain.json_text import of_json
from gateway.domain.legal_day import legal_day
from gateway.domain.paper import ReconciliationMinutes
from gateway.domain.paper_forms import Form, form_name
from gateway.domain.paper_rows import Reconciled
from gateway.domain.principal import EVERYTHING
from gateway.domain.proposal import (
    CHANGING,
    KIND_NAMES,
    STATE_NAMES,
    ProposalState,
)
from gateway.proposing.deciding import LINE, REASON
from gateway.proposing.showing import shown
from gateway.sealing.folder import Folder
from gateway.timing.explaining import TIMELINESS

if TYPE_CHECKING:
    from datetime import date

    from gateway.domain.identifiers import DossierId, OfficeId
    from gateway.domain.principal import Scope
    from gateway.ports.proposals import ProposalRow
    from gateway.sealing.tools import Tools

#: More than this nobody signs at a table.
MOST = 300
_PAGE = 100


async def minutes(
    tools: Tools, scope: Scope, office: OfficeId, first: date, last: date
) -> ReconciliationMinutes:
    """What was decided about an office's proposals from a day to a day.

    Raises:
        ActionNotPossible: nothing was, or more than fits.
    """
    decided = [
        row
        for state in (ProposalState.CONFIRMED, ProposalState.UNDONE)
        for row in await _decided(tools, scope, office, (first, last), state)
    ]
    if not decided:
        raise ActionNotPossible(
            code="minutes_empty",
            remedy="Trong những ngày này chưa đề xuất nào của đơn vị được xác nhận.",
        )
    if len(decided) > MOST:
        raise ActionNotPossible(
            code="minutes_too_long",
            remedy=f"Có hơn {MOST} hồ sơ: chọn khoảng ngày ngắn hơn.",
        )
    rows = sorted([await _row(tools, one) for one in decided], key=lambda r: r.number)
    known = tools.versions.current.offices.get(office)
    return ReconciliationMinutes(
        form=form_name(Form.RECONCILIATION_MINUTES, last),
        office=known.name if known else office,
        first=first,
        last=last,
        rows=tuple(rows),
        count=len(rows),
        counted=sum(one.counts for one in decided),
        printed_at=tools.clock.now(),
    )


async def _decided(
    tools: Tools,
    scope: Scope,
    office: OfficeId,
    span: tuple[date, date],
    state: ProposalState,
) -> list[ProposalRow]:
    found: list[ProposalRow] = []
    after: str | None = None
    while True:
        page = await tools.proposals.proposals(
            scope, state=state, office=office, after=after, limit=_PAGE
        )
        found += [
            row
            for row in page
            if row.kind in CHANGING
            and row.decided_at is not None
            and span[0] <= legal_day(row.decided_at) <= span[1]
        ]
        if len(page) < _PAGE:
            return found
        after = page[-1].id


async def _row(tools: Tools, row: ProposalRow) -> Reconciled:
    told = await shown(tools, row)
    due_on, portal, here, reason = None, "", "", ""
    if row.dossier_id is not None:
        measured = await tools.measures.measured(row.dossier_id)
        if measured is not None:
            due_on = measured.due_on
            portal = TIMELINESS[measured.as_portal]
            here = TIMELINESS[measured.timeliness]
        reason = await _reason(tools, row.dossier_id, row.id)
    return Reconciled(
        number=str(told["number"]),
        kind=KIND_NAMES[row.kind],
        evidence=str(told["sentence"]),
        office_at=row.at,
        due_on=due_on,
        as_shown=portal,
        as_counted=here,
        state=STATE_NAMES[row.state],
        by=row.by,
        decided_at=row.decided_at,
        rule=row.rule,
        reason=reason,
    )


async def _reason(tools: Tools, dossier: DossierId, proposal: str) -> str:
    """Why the last decision was made, in the words of whoever made it."""
    found = await tools.store.dossier(dossier, EVERYTHING)
    lines = [
        one.line
        for one in await tools.store.journal(dossier)
        if one.line.kind == LINE and one.line.facts.get("proposal") == proposal
    ]
    if found is None or not lines or lines[-1].payload is None:
        return ""
    kept = await Folder.shown(tools, found).payload(lines[-1].payload)
    said: dict[str, Any] = of_json(kept[1]) if kept else {}
    return str(said.get(REASON, ""))
