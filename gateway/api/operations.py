"""What operators call: what stands still, transfers, find, routes, lanes, configuration."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api import answers
from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.signin import administrator, operator, signed_in
from gateway.delivery.parked import Action, act, possible
from gateway.domain.errors import DossierUnknown, NeedsConfiguration, SenderError
from gateway.domain.identifiers import MessageKind, OfficeId, TransferId
from gateway.domain.journal import JournalLine
from gateway.domain.lane import LaneState
from gateway.domain.legal_day import legal_day
from gateway.domain.principal import EVERYTHING
from gateway.domain.text import normal_number, words
from gateway.domain.words import situation, words_of
from gateway.intake.acts import find
from gateway.intake.check import normalised, procedure_for
from gateway.routing.differences import differences
from gateway.routing.route import plan
from gateway.sealing.folder import Folder, blind_number, blind_word

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gateway.delivery.lanes import Lanes
    from gateway.domain.transfer import Transfer
    from gateway.domain.words import Words
    from gateway.ports.agency import KindTraits
    from gateway.ports.overview import Still
    from gateway.sealing.tools import Tools

PAGE = 100


def router(tools: Tools, lanes: Lanes, applied: Callable[[], None]) -> APIRouter:
    """Routes under /v1 for operators; ``applied`` is called after a new configuration."""
    routes = APIRouter(prefix="/v1", tags=["operations"])
    _transfers(tools, routes)
    _lists(tools, routes)
    _routes(tools, routes)
    _lanes(tools, lanes, routes)
    _configuration(tools, routes, applied)
    return routes


def _transfers(tools: Tools, routes: APIRouter) -> None:
    @routes.get("/transfers")
    async def get_transfers(
        request: Request,
        state: str = "parked,unconfirmed",
        office: str | None = None,
        after: str | None = None,
        limit: int = PAGE,
    ) -> Response:
        """Các lượt gửi liên thông theo trạng thái."""
        principal = await signed_in(tools, request)
        page = min(max(limit, 1), PAGE)
        rows = await tools.overview.transfers_in(
            principal.scope,
            states=state.split(","),
            office=office,
            after=after,
            limit=page,
        )
        following = rows[-1].id if len(rows) == page else None
        items = [_with_words(tools, row) for row in rows]
        return answer({"transfers": items, "after": following})

    @routes.get("/transfers/{identifier}")
    async def get_transfer(identifier: str, request: Request) -> Response:
        """Một lượt gửi với các lần gửi và việc có thể làm."""
        principal = await signed_in(tools, request)
        row = await tools.store.transfer(TransferId(identifier), principal.scope)
        if row is None:
            raise DossierUnknown
        attempts = await tools.overview.attempts(row.id)
        traits = _traits(tools, row.office, row.kind)
        body = _with_words(tools, row)
        body["actions"] = [action.value for action in possible(row, traits)]
        body["history"] = [
            {
                "number": one.number,
                "purpose": one.record.purpose,
                "at": one.record.started_at.isoformat(),
                "outcome": one.record.outcome.value,
                "code": one.record.code,
                "http_status": one.record.http_status,
                "total_ms": one.record.times.total_ms,
            }
            for one in attempts
        ]
        return answer(body)

    @routes.post("/transfers/{identifier}/{action}")
    async def post_action(identifier: str, action: str, request: Request) -> Response:
        """Gửi lại, hủy, hoặc ghi nhận cơ quan đã nhận / chưa nhận."""
        principal = await operator(tools, request)
        if action not in {a.value for a in Action}:
            raise SenderError(code="unknown_path")
        content = await json_object(request)
        reason = str(content.get("reason", "")).strip()
        if not reason:
            raise SenderError(code="reason_missing", remedy="Ghi lý do của thao tác.")
        row = await act(tools, principal, identifier, Action(action), reason=reason)
        return answer(_with_words(tools, row))


def _lists(tools: Tools, routes: APIRouter) -> None:
    @routes.get("/still")
    async def get_still(
        request: Request, after: str | None = None, limit: int = PAGE
    ) -> Response:
        """Hồ sơ đang đứng yên: lý do, nơi, từ khi nào, việc tiếp theo."""
        principal = await signed_in(tools, request)
        page = min(max(limit, 1), PAGE)
        rows = await tools.overview.still(principal.scope, after=after, limit=page)
        following = rows[-1].cursor if len(rows) == page else None
        items = [await _still(tools, row) for row in rows]
        return answer({"still": items, "after": following})

    @routes.get("/counts")
    async def get_counts(request: Request) -> Response:
        """Số lượng đang mở, chờ cán bộ xử lý, chưa rõ, chưa xác định cơ quan."""
        principal = await signed_in(tools, request)
        return answer(dict(await tools.overview.counts(principal.scope)))

    @routes.get("/unmatched")
    async def get_unmatched(request: Request, after: str | None = None) -> Response:
        """Phản hồi chưa khớp hồ sơ nào."""
        await operator(tools, request)
        rows = await tools.overview.unmatched(after=after, limit=PAGE)
        items = [
            {
                "id": row.id,
                "agency": row.agency,
                "office": row.office,
                "kind": row.kind,
                "arrived_at": row.arrived_at.isoformat(),
                "standing": row.standing.value,
                "code": row.code,
            }
            for row in rows
        ]
        following = rows[-1].id if len(rows) == PAGE else None
        return answer({"unmatched": items, "after": following})

    @routes.post("/find")
    async def post_find(request: Request) -> Response:
        """Tìm theo số hồ sơ bất kỳ, tên, điện thoại, giấy tờ.

        By POST: what is looked for may be a name, and names stay out of URLs.
        """
        principal = await signed_in(tools, request)
        q = str((await json_object(request)).get("q", ""))
        blind = blind_number(tools, q)
        found = list(await tools.store.find([(None, None, blind)], principal.scope))
        if not found:
            folded = [blind_word(tools, word) for word in words(q)]
            folded = folded or [blind_word(tools, normal_number(q))]
            found = list(await tools.overview.search(principal.scope, folded, limit=20))
        if not found:
            phone = [blind_word(tools, normal_number(q))]
            found = list(await tools.overview.search(principal.scope, phone, limit=20))
        items = []
        for identifier in found:
            row = await tools.store.dossier(identifier, principal.scope)
            if row is not None:
                number = await answers.own_number(Folder.of(tools, row))
                items.append(answers.listed(row, number, tools.versions.current))
        return answer({"dossiers": items})


def reasons(tools: Tools, office: str) -> Mapping[str, tuple[str, str]]:
    """Words for the codes of an office's own answers."""
    try:
        return tools.adapters.of(OfficeId(office)).words
    except NeedsConfiguration:
        return {}


def _with_words(tools: Tools, row: Transfer) -> dict[str, Any]:
    """A transfer, the office's name, why it is where it is and what is to be done."""
    office = tools.versions.current.offices.get(row.office)
    said = _situation(tools, row.office, row.kind, row.state, row.fate, row.cause)
    return {
        **answers.transfer(row),
        "office_name": office.name if office else row.office,
        "words": said.reason if row.cause else "",
        "next_action": said.next_action if row.cause else "",
    }


def _traits(tools: Tools, office: str, kind: str) -> KindTraits | None:
    try:
        return tools.adapters.of(OfficeId(office)).traits.get(MessageKind(kind))
    except NeedsConfiguration:
        return None


def _situation(
    tools: Tools, office: str, kind: str, state: str, fate: str, code: str | None
) -> Words:
    """Why a transfer stands still and what is to be done, as the pages say it."""
    traits = _traits(tools, office, kind)
    return situation(
        state,
        fate,
        code,
        reasons(tools, office),
        deduplicates=traits is not None and traits.deduplicates,
    )


async def _still(tools: Tools, row: Still) -> dict[str, Any]:
    dossier = await tools.store.dossier(row.dossier_id, EVERYTHING)
    number = await answers.own_number(Folder.of(tools, dossier)) if dossier else ""
    office = tools.versions.current.offices.get(OfficeId(row.office))
    said = _situation(tools, row.office, row.kind, row.state, row.fate, row.reason)
    return {
        "words": said.reason,
        "next_action": said.next_action,
        "dossier_id": row.dossier_id,
        "number": number,
        "reason": row.reason,
        "agency": row.agency,
        "office": row.office,
        "office_name": office.name if office else row.office,
        "since": row.since.isoformat(),
        "state": row.state,
        "fate": row.fate,
        "kind": row.kind,
        "transfer_id": row.transfer_id,
        "due_on": row.due_on,
        "behind": row.behind,
    }


def _routes(tools: Tools, routes: APIRouter) -> None:
    @routes.post("/route/explain")
    async def explain(request: Request) -> Response:
        """Hồ sơ sẽ đi đâu, theo quy tắc nào, vì sao không đi nơi khác."""
        await signed_in(tools, request)
        document = normalised(await json_object(request))
        now = tools.clock.now()
        procedure = procedure_for(
            tools.versions.current, tools.schemas, document, now=now
        )
        route = plan(tools.versions.current, procedure, document, legal_day(now))
        offices = tools.versions.current.offices
        legs = [
            {
                "leg": planned.leg.name,
                "agency": planned.leg.agency,
                "carried_by": planned.leg.carried_by.value,
                "office": planned.office,
                "office_name": offices[planned.office].name if planned.office else None,
                "skipped": planned.skipped or None,
                "rules": [
                    {
                        "rule": v.rule,
                        "office": v.office,
                        "chosen": v.chosen,
                        "reason": v.reason,
                        "decision": v.decision,
                        "verified": v.verified,
                    }
                    for v in planned.verdicts
                ],
            }
            for planned in route.legs
        ]
        return answer(
            {
                "procedure": procedure.code,
                "version": procedure.version,
                "decision": procedure.decision,
                "verified": procedure.verified,
                "communes": list(route.area.codes),
                "through": list(route.area.through),
                "legs": legs,
                "unrouted": route.unrouted or None,
            }
        )

    @routes.get("/dossiers/{number:path}/route")
    async def explain_dossier(number: str, request: Request) -> Response:
        """Giải thích lộ trình của một hồ sơ đã tiếp nhận."""
        principal = await signed_in(tools, request)
        row = await find(tools, principal, number)
        legs = [answers.leg(here, tools.versions.current) for here in row.case.legs]
        return answer(
            {
                "procedure": row.case.procedure,
                "version": row.case.procedure_version,
                "rules": row.case.facts.get("rules", []),
                "legs": legs,
                "unrouted": row.case.unrouted or None,
            }
        )


def _lanes(tools: Tools, lanes: Lanes, routes: APIRouter) -> None:
    @routes.get("/lanes")
    async def get_lanes(request: Request) -> Response:
        """Trạng thái gửi đến từng cơ quan."""
        await signed_in(tools, request)
        body = []
        for office in tools.versions.current.offices.values():
            lane = lanes.lane(office.id)
            body.append(
                {
                    "office": office.id,
                    "office_name": office.name,
                    "agency": office.agency,
                    "state": lane.state.value,
                    "since": lane.since.isoformat(),
                    "why": lane.why,
                    "words": words_of(lane.why, reasons(tools, office.id)).reason,
                    "by": lane.by,
                    "resume_at": lane.resume_at.isoformat() if lane.resume_at else None,
                }
            )
        return answer({"lanes": body})

    @routes.post("/lanes/{office}/{what}")
    async def post_lane(office: str, what: str, request: Request) -> Response:
        """Dừng hoặc mở lại việc gửi đến một cơ quan."""
        principal = await administrator(tools, request)
        if (
            what not in {"pause", "resume"}
            or office not in tools.versions.current.offices
        ):
            raise SenderError(code="unknown_path")
        content = await json_object(request)
        state = LaneState.PAUSED if what == "pause" else LaneState.OPEN
        lane = replace(
            lanes.lane(OfficeId(office)),
            state=state,
            since=tools.clock.now(),
            why=str(content.get("reason", ""))[:200],
            by=principal.id,
            resume_at=None,
            failures=0,
        )
        await lanes.set(lane, actor=principal.id)
        tools.probe.action(action=f"lane_{what}", actor=principal.id, office=office)
        return answer({"office": office, "state": state.value})


def _configuration(
    tools: Tools, routes: APIRouter, applied: Callable[[], None]
) -> None:
    @routes.post("/configuration")
    async def post_configuration(request: Request) -> Response:
        """Áp dụng một phiên bản cấu hình."""
        principal = await administrator(tools, request)
        content = await json_object(request, 16 * 1024 * 1024)
        try:
            tools.versions.check(content)
        except ValueError as wrong:
            raise SenderError(
                str(wrong),
                code="configuration_invalid",
                remedy=f"Sửa cấu hình: {wrong}",
            ) from wrong
        line = JournalLine(
            kind="configuration", at=tools.clock.now(), actor=principal.id, facts={}
        )
        before = await tools.store.configuration(None)
        version = await tools.store.add_configuration(content, line)
        tools.versions.add(version, content)
        applied()
        changes = differences(before[1] if before else {}, content)
        return answer({"version": version, "changes": changes})
