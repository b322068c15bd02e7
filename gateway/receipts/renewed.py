"""A known dossier is handed over anew: its document takes the place of the former one.

Whoever was asked for papers on line adds them there, and the whole application comes
again. Where a leg waits for the citizen, that is the supplement; else it is kept and
the counter is told, which decides what it means.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.case import End, Pause, Place
from gateway.domain.handed_over import renewed_by
from gateway.domain.journal import JournalLine
from gateway.domain.procedure import Event, Trigger
from gateway.domain.report import Standing
from gateway.domain.values import replace
from gateway.ports.store import Change
from gateway.receipts.brought import links
from gateway.routing.examining import brought, waits_for_papers
from gateway.routing.link import is_linked
from gateway.routing.messages import tell_again
from gateway.routing.progress import Step, on_dossier_event
from gateway.sealing.advance import advance
from gateway.sealing.folder import DOCUMENT, Folder
from gateway.sealing.index import search_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.case import Case
    from gateway.domain.report import AgencyReport
    from gateway.ports.store import DossierRow, ReportRow
    from gateway.receipts.brought import Files
    from gateway.sealing.tools import Tools


async def renewal(
    tools: Tools, row: DossierRow, report: AgencyReport, first: ReportRow, files: Files
) -> Change:
    """The unit that takes the renewed document in; late once the dossier has ended."""
    folder, case, now = Folder.of(tools, row), row.case, tools.clock.now()
    first = replace(first, dossier_id=case.dossier_id)
    if case.end is not End.OPEN:
        first = replace(first, standing=Standing.LATE, code="dossier_ended")
        line = _line(report, first)
        return Change(
            now=now, dossier_id=case.dossier_id, report=first, journal=(line,)
        )
    former = await folder.document(case.revision)
    document = renewed_by(former, report.opens or {})
    sealed = folder.seal_json(DOCUMENT, document)
    change = advance(
        case,
        _step(tools, replace(case, revision=case.revision + 1), first),
        procedure=tools.versions.procedure_of(case),
        catalogue=tools.versions.current,
        chance=tools.chance,
        now=now,
        actor=first.office,
    )
    change = _told(tools, change, case)
    return replace(
        change,
        document=sealed.id,
        payloads=(sealed,),
        words=search_words(tools, document),
        attachments=links(tools, folder.key, report.brought, files, "input"),
        report=first,
        journal=(_line(report, first), *change.journal),
    )


def _step(tools: Tools, case: Case, first: ReportRow) -> Step:
    now = tools.clock.now()
    own: Sequence[str] = [leg.name for leg in case.legs if leg.agency == first.agency]
    came = tuple(Trigger(name, Event.SUPPLEMENT_RECEIVED) for name in own)
    if waits_for_papers(case):
        return Step(brought(case, now), came)
    awaited = [
        leg.name
        for leg in case.legs
        if leg.pause is Pause.SUPPLEMENT and leg.place is Place.CITIZEN
    ]
    if awaited:
        procedure = tools.versions.procedure_of(case)
        return on_dossier_event(case, procedure, Event.SUPPLEMENTED, now)
    return Step(case, came)


def _told(tools: Tools, change: Change, before: Case) -> Change:
    """The change with a status: whoever has the dossier at the counter looks again."""
    catalogue = tools.versions.current
    told = any(new.kind == "status" for new in change.transfers)
    if told or change.case is None or is_linked(catalogue, before.sender):
        return change
    after, status = tell_again(change.case, catalogue, tools.chance)
    line = JournalLine("status", change.now, "gateway", dict(status.facts))
    return replace(
        change,
        case=replace(after, version=before.version + 1),
        transfers=(*change.transfers, status),
        journal=(*change.journal, line),
    )


def _line(report: AgencyReport, first: ReportRow) -> JournalLine:
    facts = {
        "report": first.id,
        "kind": first.kind,
        "standing": first.standing.value,
        "code": first.code,
        "event_at": report.event_at.isoformat() if report.event_at else None,
    }
    return JournalLine("report", first.arrived_at, first.office, facts)
