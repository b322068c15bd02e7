"""Standing written rules by which proposals are confirmed unless somebody objects."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.proposals import decided_by
from gateway.api.signin import head, signed_in
from gateway.domain.errors import NotAllowed, SenderError
from gateway.domain.identifiers import OfficeId
from gateway.domain.legal_day import legal_day
from gateway.domain.principal import Role
from gateway.domain.proposal import CHANGING, KIND_NAMES, ProposalKind
from gateway.proposing import rules

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.ports.proposals import ProposalRule
    from gateway.sealing.tools import Tools

_DECISION_CHARS = 100


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the calls about rules."""

    @routes.get("/proposal-rules")
    async def get_rules(request: Request) -> Response:
        """Quy tắc tự xác nhận đề xuất: văn bản nào, của ai, từ ngày nào đến ngày nào."""
        principal = await signed_in(tools, request)
        if principal.role is Role.ONE_STOP:
            raise NotAllowed
        found = await tools.proposals.proposal_rules()
        return answer({"rules": [shown(tools, one) for one in found]})

    @routes.post("/proposal-rules")
    async def post_rule(request: Request) -> Response:
        """Lãnh đạo ghi một quy tắc theo văn bản: sau số ngày không ai phản đối thì xác nhận."""
        principal = await head(tools, request)
        content = await json_object(request)
        said = decided_by(principal, content)
        made = await rules.added(
            tools,
            _office(tools, content),
            _kind(content),
            _days(content),
            _span(tools, content),
            _decision(content),
            said,
        )
        return answer(shown(tools, made), 201)

    @routes.post("/proposal-rules/{identifier}/end")
    async def post_end(identifier: str, request: Request) -> Response:
        """Chấm dứt quy tắc ngay; đề xuất chưa có hiệu lực lại chờ người xác nhận."""
        principal = await head(tools, request)
        said = decided_by(principal, await json_object(request))
        return answer(shown(tools, await rules.ended(tools, identifier, said)))


def shown(tools: Tools, rule: ProposalRule) -> dict[str, Any]:
    """A rule as answers show it."""
    office = tools.versions.current.offices.get(rule.office)
    return {
        "id": rule.id,
        "office": rule.office,
        "office_name": office.name if office else rule.office,
        "kind": rule.kind.value,
        "kind_name": KIND_NAMES[rule.kind],
        "days": rule.days,
        "decision": rule.decision,
        "from": rule.valid_from.isoformat(),
        "to": rule.valid_to.isoformat(),
        "by": rule.by,
        "holds": rules.holds(tools, rule),
    }


def _wrong(remedy: str) -> NoReturn:
    raise SenderError(code="proposal_rule_invalid", remedy=remedy)


def _office(tools: Tools, content: Mapping[str, Any]) -> OfficeId:
    office = OfficeId(str(content.get("office") or ""))
    if office not in tools.versions.current.offices:
        _wrong("Không có đơn vị này (office); xem lienthong lane list.")
    return office


def _kind(content: Mapping[str, Any]) -> ProposalKind:
    named = str(content.get("kind") or "")
    found = next((one for one in CHANGING if one.value == named), None)
    return found or _wrong("kind là finished_there, late_on_paper hoặc waiting_there.")


def _days(content: Mapping[str, Any]) -> int:
    days = content.get("days")
    if isinstance(days, bool) or not isinstance(days, int):
        _wrong("Ghi số ngày làm việc không ai phản đối (days).")
    if not rules.LEAST_DAYS <= days <= rules.MOST_DAYS:
        _wrong(f"days từ {rules.LEAST_DAYS} đến {rules.MOST_DAYS} ngày làm việc.")
    return days


def _span(tools: Tools, content: Mapping[str, Any]) -> tuple[date, date]:
    first = _day(content, "from") or legal_day(tools.clock.now())
    last = _day(content, "to") or _wrong("Ghi quy tắc dùng đến hết ngày nào (to).")
    longest = first + timedelta(days=rules.LONGEST_DAYS)
    if not first <= last <= longest:
        _wrong("to không trước from, và không quá một năm sau from.")
    return first, last


def _decision(content: Mapping[str, Any]) -> str:
    text = " ".join(str(content.get("decision") or "").split())
    if not text or len(text) > _DECISION_CHARS:
        _wrong(f"Ghi số văn bản (decision), không quá {_DECISION_CHARS} ký tự.")
    return text


def _day(content: Mapping[str, Any], name: str) -> date | None:
    text = content.get(name)
    try:
        return date.fromisoformat(str(text)) if text else None
    except ValueError:
        _wrong(f"{name} không phải ngày (2026-03-14).")
