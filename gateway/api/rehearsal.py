"""A configuration tried on what happened: nothing is sent, nothing is stored."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api import answers
from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.configuration import MOST_BYTES
from gateway.api.signin import administrator
from gateway.domain.errors import DossierInvalid, SenderError
from gateway.domain.legal_day import legal_day
from gateway.domain.principal import EVERYTHING
from gateway.domain.report import AgencyReport, ReportKind, Standing
from gateway.domain.transfer import State
from gateway.intake.check import procedure_for
from gateway.intake.configuring import UNREADABLE
from gateway.routing.differences import differences
from gateway.routing.rehearsing import Course, Happening, course, differing, within
from gateway.routing.versions import Versions
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from gateway.domain.transfer import Transfer
    from gateway.ports.store import DossierRow, ReportRow
    from gateway.routing.catalogue import Catalogue
    from gateway.sealing.tools import Tools

#: Dossiers that one run puts through both configurations.
MOST = 2000
_PAGE = 200
_THERE = frozenset({State.DELIVERED, State.ANSWERED})
_TOLD = frozenset({Standing.APPLIED, Standing.LATE})
_KINDS = frozenset(kind.value for kind in ReportKind)


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the call that tries a configuration."""

    @routes.post("/configuration/dry-run")
    async def post_dry_run(request: Request) -> Response:
        """Chạy thử cấu hình trên hồ sơ đã có; không gửi, không lưu gì."""
        await administrator(tools, request)
        content = await json_object(request, MOST_BYTES)
        return answer(await rehearsed(tools, content))


async def rehearsed(tools: Tools, content: Mapping[str, Any]) -> dict[str, Any]:
    """What would have gone otherwise under a configuration; as the call answers it.

    Raises:
        SenderError: the configuration is wrong, or the days are none.
    """
    candidate = _candidate(tools, content.get("configuration"))
    since, until = _period(tools, content)
    running = await tools.store.configuration(None)
    found, looked, differ = [], 0, 0
    async for row in _rows(tools, since, until):
        if looked == MOST:
            break
        looked += 1
        said = await _difference(tools, row, candidate)
        if said:
            differ += 1
            number = await answers.own_number(Folder.of(tools, row))
            found.append({"number": number, "differs": list(said)})
    return {
        "since": since.isoformat(),
        "until": until.isoformat(),
        "changes": differences(running[1] if running else {}, content["configuration"]),
        "looked_at": looked,
        "most": MOST,
        "differ": differ,
        "dossiers": found,
    }


def _candidate(tools: Tools, content: Any) -> Catalogue:
    if not isinstance(content, dict):
        raise SenderError(
            code="configuration_missing",
            remedy="Ghi configuration: nội dung cấu hình cần thử.",
        )
    trial = Versions()
    try:
        trial.add(tools.versions.newest + 1, content)
    except UNREADABLE as wrong:
        raise SenderError(
            str(wrong), code="configuration_invalid", remedy=f"Sửa cấu hình: {wrong}"
        ) from wrong
    trial.shadow = tools.versions.shadow
    return trial.current


def _period(tools: Tools, content: Mapping[str, Any]) -> tuple[date, date]:
    """Yesterday, where nothing else is said."""
    yesterday = legal_day(tools.clock.now()) - timedelta(days=1)
    try:
        since = date.fromisoformat(str(content.get("since") or yesterday))
        until = date.fromisoformat(str(content.get("until") or since))
    except ValueError:
        raise SenderError(
            code="period_invalid", remedy="since, until là ngày YYYY-MM-DD."
        ) from None
    if until < since:
        raise SenderError(code="period_invalid", remedy="until không trước since.")
    return since, until


async def _rows(tools: Tools, since: date, until: date) -> AsyncIterator[DossierRow]:
    """Dossiers that came within the period, or to which something happened in it."""
    after: str | None = None
    while True:
        page = await tools.overview.dossiers(
            EVERYTHING, state=None, after=after, limit=_PAGE
        )
        for row in page:
            case = row.case
            moments = [case.accepted_at]
            if case.ended_at is None or legal_day(case.ended_at) >= since:
                reports = await tools.overview.reports(case.dossier_id)
                moments += [one.arrived_at for one in reports]
            if any(within(legal_day(at), since, until) for at in moments):
                yield row
        if len(page) < _PAGE:
            return
        after = page[-1].case.dossier_id


async def _difference(
    tools: Tools, row: DossierRow, candidate: Catalogue
) -> tuple[str, ...]:
    folder = Folder.of(tools, row)
    document = await folder.document(row.case.revision)
    if not document:
        return ()  # its key was destroyed: there is nothing to be put through anything
    transfers = await tools.store.transfers(row.case.dossier_id)
    reports = await tools.overview.reports(row.case.dossier_id)
    happened = sorted(
        [*_delivered(transfers), *_reported(reports)], key=lambda one: one.at
    )
    current = tools.versions.current
    names = {
        str(o.id): o.name for c in (current, candidate) for o in c.offices.values()
    }
    both = [
        _course(tools, catalogue, row, document, happened)
        for catalogue in (current, candidate)
    ]
    return differing(both[0], both[1], names)


def _course(
    tools: Tools,
    catalogue: Catalogue,
    row: DossierRow,
    document: dict[str, Any],
    happened: list[Happening],
) -> Course:
    at: datetime = row.case.accepted_at
    try:
        procedure = procedure_for(catalogue, tools.schemas, document, now=at)
    except DossierInvalid as wrong:
        fields = sorted({one.pointer or "/" for one in wrong.fields})
        return Course(refused=f"không nhận, sai ở {', '.join(fields)}")
    return course(
        catalogue,
        procedure,
        document,
        happened,
        sender=row.case.sender,
        accepted_at=at,
    )


def _delivered(transfers: Any) -> list[Happening]:
    rows: list[Transfer] = [t for t in transfers if t.leg and t.state in _THERE]
    return [
        Happening(t.finished_at, t.agency, leg=t.leg, kind=str(t.kind))
        for t in rows
        if t.finished_at is not None
    ]


def _reported(reports: Any) -> list[Happening]:
    rows: list[ReportRow] = [r for r in reports if r.standing in _TOLD]
    return [
        Happening(
            one.arrived_at,
            one.agency,
            AgencyReport(
                kind=ReportKind(one.kind),
                about=(),
                fingerprint=one.fingerprint,
                event_at=one.event_at,
                facts=one.facts,
            ),
        )
        for one in rows
        if one.kind in _KINDS
    ]
