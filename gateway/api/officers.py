"""Access codes of officers: made, and taken away again."""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.signin import administrator, token_hash
from gateway.api.work import desk_of
from gateway.delivery.stopping import REASON_AT_MOST
from gateway.domain.errors import SenderError
from gateway.domain.identifiers import OfficeId, PrincipalId
from gateway.domain.journal import JournalLine
from gateway.domain.principal import Principal, Role, Scope

if TYPE_CHECKING:
    from gateway.sealing.tools import Tools

_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9._-]{1,48}[a-z0-9]")


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the calls."""

    @routes.post("/officers")
    async def post_officer(request: Request) -> Response:
        """Cấp mã truy cập cho cán bộ của một đơn vị; mã chỉ hiện một lần."""
        principal = await administrator(tools, request)
        content = await json_object(request)
        account, why = _account(content), _reason(content)
        office = tools.versions.current.offices.get(
            OfficeId(str(content.get("office") or ""))
        )
        if office is None or desk_of(tools, office) is None:
            raise SenderError(
                code="no_work_list",
                remedy="Đơn vị này không làm theo danh sách việc; xem lienthong lane list.",
            )
        code = secrets.token_urlsafe(32)
        officer = Principal(
            PrincipalId(account), account, Role.OFFICER, Scope(), office=office.id
        )
        await tools.store.set_principal(officer, token_hash(code))
        await _note(tools, principal, account, "made", office.id, why)
        return answer({"account": account, "office": office.id, "code": code}, 201)

    @routes.post("/officers/{account}/end")
    async def post_end(account: str, request: Request) -> Response:
        """Thu lại mã truy cập của một cán bộ."""
        principal = await administrator(tools, request)
        why = _reason(await json_object(request))
        account = _account({"account": account})
        nobody = Principal(PrincipalId(account), account, Role.OFFICER, Scope())
        await tools.store.set_principal(nobody, token_hash(secrets.token_urlsafe(32)))
        await _note(tools, principal, account, "ended", "", why)
        return answer({"account": account, "ended": True})


def _account(content: dict[str, Any]) -> str:
    """An account's name; those of other roles are not to be had this way."""
    account = str(content.get("account") or "")
    taken = {role.value for role in Role}
    if not _ACCOUNT.fullmatch(account) or account in taken:
        raise SenderError(
            code="account_invalid",
            remedy="account gồm 3–50 chữ thường, số, dấu chấm, gạch (xa-mau-1.a).",
        )
    return f"officer:{account}"


def _reason(content: dict[str, Any]) -> str:
    reason = str(content.get("reason") or "").strip()
    if not reason:
        raise SenderError(code="reason_missing", remedy="Ghi lý do của thao tác.")
    return reason[:REASON_AT_MOST]


async def _note(
    tools: Tools, by: Principal, account: str, what: str, office: str, why: str
) -> None:
    now = tools.clock.now()
    facts = {"account": account, "what": what, "office": office, "why": why}
    line = JournalLine("officer", now, by.id, facts)
    await tools.store.note(f"signins:{now:%Y-%m-%d}", [line])
    tools.probe.action(action=f"officer_{what}", actor=by.id, office=office)
