"""A dossier that an agency opened itself becomes a dossier here; the one-stop is told."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.domain.identifiers import DossierId, OfficeId
from gateway.domain.journal import JournalLine
from gateway.domain.legal_day import legal_day
from gateway.receipts.brought import links
from gateway.receipts.passing_back import with_passing_back
from gateway.routing.link import link_of_office
from gateway.routing.opening import fresh_case, opened_by
from gateway.routing.route import handed_in, plan, procedure_of_case
from gateway.sealing.advance import advance
from gateway.sealing.folder import DOCUMENT, blind_reference, seal_json
from gateway.sealing.index import search_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from gateway.domain.case import Case
    from gateway.domain.identifiers import AgencyId
    from gateway.domain.procedure import Procedure
    from gateway.domain.report import AgencyReport
    from gateway.ports.store import Change, ReportRow
    from gateway.receipts.brought import Files
    from gateway.routing.catalogue import Catalogue
    from gateway.sealing.tools import Tools


def open_dossier(
    tools: Tools, report: AgencyReport, first: ReportRow, files: Files
) -> Change | str:
    """The unit that begins the dossier, or the code of the reason why it cannot.

    Which one-stop system and owning unit it belongs to is configuration of the
    office, or of the link to it; nothing is guessed from the message.
    """
    catalogue = tools.versions.current
    given = _owner(catalogue, report, first.office)
    if not given or given["one_stop"] not in catalogue.offices:
        return "one_stop_not_configured"
    now = tools.clock.now()
    day = legal_day(now)
    procedure = _procedure(catalogue, report.opens or {}, first.agency, day)
    if procedure is None:
        return "case_not_mapped"
    document = {
        **(report.opens or {}),
        "procedure": procedure.code,
        "units": {"intake": given["unit"], "decision": first.office},
    }
    case = fresh_case(
        DossierId(tools.chance.identifier("d")),
        OfficeId(given["one_stop"]),
        plan(catalogue, procedure, document, day),
        document,
        configuration=catalogue.version,
        fingerprint="",
        now=now,
    )
    change = advance(
        case,
        opened_by(case, procedure, first.agency, first.office, now),
        procedure=procedure,
        catalogue=catalogue,
        chance=tools.chance,
        now=now,
        actor=first.office,
    )
    return _sealed(
        tools,
        case,
        change,
        document,
        report,
        replace(first, dossier_id=case.dossier_id),
        files,
    )


def _procedure(
    catalogue: Catalogue, told: Mapping[str, Any], agency: AgencyId, today: date
) -> Procedure | None:
    """By the law of the day on which it began, as with dossiers that are handed in."""
    began = min(handed_in(told) or today, today)
    return procedure_of_case(catalogue, agency, str(told.get("case", "")), began)


def _owner(
    catalogue: Catalogue, report: AgencyReport, office: OfficeId
) -> Mapping[str, Any] | None:
    """One-stop system and owning unit of what an office opens, if it says so."""
    link = link_of_office(catalogue, office) if report.relayed else None
    if link is not None:
        # It would have gone to that one-stop, had the gateway not come in between.
        return {"one_stop": link.one_stop, "unit": link.unit}
    found: Mapping[str, Any] | None = catalogue.offices[office].settings.get("opened")
    return found


def _sealed(
    tools: Tools,
    case: Case,
    change: Change,
    document: Mapping[str, Any],
    report: AgencyReport,
    first: ReportRow,
    files: Files,
) -> Change:
    """The change with document, numbers, search words, files and the report itself."""
    key = tools.vault.new_key(case.dossier_id, case.unit)
    sealed = seal_json(tools, key, DOCUMENT, document)
    line = JournalLine(
        kind="opened",
        at=change.now,
        actor=first.office,
        facts={"report": first.id},
        payload=sealed.id,
        payload_digest=sealed.digest,
    )
    numbers = {(r.agency, r.kind, r.value): r for r in report.introduces}
    change = replace(
        change,
        wrapped_key=key.wrapped,
        document=sealed.id,
        payloads=(sealed,),
        references=tuple(
            blind_reference(tools, key, r.agency, r.kind, r.value)
            for r in numbers.values()
        ),
        words=search_words(tools, document),
        attachments=links(tools, key, report.brought, files, "input"),
        report=first,
        journal=(line, *change.journal),
    )
    return with_passing_back(tools, key, case, report.relayed, first.office, change)
