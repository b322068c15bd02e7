"""The weekly letters of what is due: how each stands, and sending one by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.contacts import person
from gateway.api.signin import operator
from gateway.domain.errors import ActionNotPossible, NotAllowed, Origin, SenderError
from gateway.ports.due_mails import ONE_STOP, UNIT
from gateway.reports.due_told import as_json, one_as_json
from gateway.reports.naming import Names

if TYPE_CHECKING:
    from gateway.domain.principal import Principal
    from gateway.reports.due_mailing import DueMailing
    from gateway.sealing.tools import Tools


def router(tools: Tools, weekly: DueMailing | None) -> APIRouter:
    """Routes under /v1; without a mail server nothing is sent."""
    routes = APIRouter(prefix="/v1", tags=["reports"])

    @routes.get("/due-mails")
    async def get_due_mails(request: Request) -> Response:
        """Thư hằng tuần về hồ sơ sắp đến hạn: gửi cho ai, đã gửi hay chưa, vì sao."""
        principal = await person(tools, request)
        return answer(await listed(tools, weekly, principal))

    @routes.post("/due-mails", status_code=201)
    async def post_due_mail(request: Request) -> Response:
        """Gửi ngay thư tuần này cho một đơn vị (unit), hoặc một cửa (one_stop)."""
        principal = await operator(tools, request)
        content = await json_object(request)
        unit, one_stop = content.get("unit"), content.get("one_stop")
        if not isinstance(unit or one_stop, str) or (unit and one_stop):
            raise SenderError(
                code="due_mail_invalid",
                remedy="Ghi unit (mã đơn vị tiếp nhận) hoặc one_stop (mã hệ thống một cửa).",
            )
        kind, target = (UNIT, unit) if unit else (ONE_STOP, one_stop)
        again = content.get("again") is True
        sent = await send(tools, weekly, principal, kind, str(target), again=again)
        return answer({**sent, "week": must_be(weekly).week.day.isoformat()}, 201)

    return routes


async def listed(
    tools: Tools, weekly: DueMailing | None, principal: Principal
) -> dict[str, Any]:
    """The week's letters; who sees some units alone sees theirs."""
    if weekly is None:
        return {"week": None, "sent_on": None, "until": None, "letters": []}
    week, rows = await weekly.rows()
    scope = principal.scope
    seen = [row for row in rows if scope.everything or row.target in scope.units]
    return as_json(week, seen, Names(tools))


async def send(
    tools: Tools,
    weekly: DueMailing | None,
    principal: Principal,
    kind: str,
    target: str,
    *,
    again: bool,
) -> dict[str, Any]:
    """Send one now.

    Raises:
        NotAllowed: the target's dossiers are not the caller's to see.
    """
    if not (principal.scope.everything or target in principal.scope.units):
        raise NotAllowed
    row = await must_be(weekly).send(principal, kind, target, again=again)
    return one_as_json(Names(tools), row)


def must_be(weekly: DueMailing | None) -> DueMailing:
    """What sends them.

    Raises:
        ActionNotPossible: no mail server is named, or the letters are switched off.
    """
    if weekly is None:
        raise ActionNotPossible(
            code="due_mail_off",
            remedy="Cổng không gửi thư hằng tuần: quản trị khai [mail], và send = true ở"
            " [mail.weekly]; trong lúc chờ, tải tệp Word để gửi.",
            origin=Origin.OPERATOR,
        )
    return weekly
