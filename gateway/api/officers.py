"""Access codes of officers: made, listed, and taken away again."""

from __future__ import annotations

import re
import secrets
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.signin import allowed, last_used, token_hash
from gateway.api.work import desk_of
from gateway.delivery.stopping import REASON_AT_MOST
from gateway.domain.errors import ActionNotPossible, SenderError
from gateway.domain.identifiers import OfficeId, PrincipalId
from gateway.domain.journal import JournalLine
from gateway.domain.legal_day import legal_day
from gateway.domain.principal import Principal, Right, Role, Scope
from gateway.domain.values import replace

if TYPE_CHECKING:
    from gateway.sealing.tools import Tools

_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9._-]{1,48}[a-z0-9]")
_PREFIX = "officer:"
#: A code that nobody asked an end for.
HOLDS = timedelta(days=365)


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the calls."""

    @routes.get("/officers")
    async def get_officers(request: Request) -> Response:
        """Cán bộ có mã truy cập: đơn vị nào, đến hết ngày nào, dùng gần nhất ngày nào."""
        await allowed(tools, request, Right.KEYS)
        rows = [await shown(tools, one) for one in await tools.work.officers()]
        return answer({"officers": rows})

    @routes.post("/officers")
    async def post_officer(request: Request) -> Response:
        """Cấp mã truy cập cho cán bộ của một đơn vị; mã chỉ hiện một lần."""
        principal = await allowed(tools, request, Right.KEYS)
        officer, why = await _new(tools, await json_object(request))
        code = secrets.token_urlsafe(32)
        await tools.store.set_principal(officer, token_hash(code))
        await _note(tools, principal, officer, "made", why)
        return answer({**await shown(tools, officer), "code": code}, 201)

    @routes.post("/officers/{account}/end")
    async def post_end(account: str, request: Request) -> Response:
        """Thu lại mã truy cập của một cán bộ."""
        principal = await allowed(tools, request, Right.KEYS)
        why = _reason(await json_object(request))
        found = await _found(tools, account)
        today = legal_day(tools.clock.now())
        if found is None:
            raise SenderError(
                code="officer_unknown",
                remedy="Không có tài khoản này; xem lienthong officer list.",
            )
        if not found.holds_on(today):
            raise ActionNotPossible(
                code="officer_over", remedy="Mã của tài khoản này đã hết dùng."
            )
        over = replace(found, until=today - timedelta(days=1))
        await tools.store.set_principal(over, token_hash(secrets.token_urlsafe(32)))
        await _note(tools, principal, over, "ended", why)
        return answer({"account": found.id, "ended": True})


async def shown(tools: Tools, one: Principal) -> dict[str, Any]:
    """An account as answers show it; its code is known to nobody."""
    office = tools.versions.current.offices.get(one.office or OfficeId(""))
    return {
        "account": one.id,
        "office": one.office,
        "office_name": office.name if office else None,
        "until": one.until.isoformat() if one.until else None,
        "holds": one.holds_on(legal_day(tools.clock.now())),
        "last_used_on": await tools.store.mark(last_used(one)),
    }


async def _found(tools: Tools, account: str) -> Principal | None:
    wanted = account if account.startswith(_PREFIX) else f"{_PREFIX}{account}"
    return next((one for one in await tools.work.officers() if one.id == wanted), None)


async def _new(tools: Tools, content: dict[str, Any]) -> tuple[Principal, str]:
    """The officer whom a body describes, and why there is one.

    Raises:
        SenderError: something is missing or wrong; says what.
    """
    account, why = _account(content), _reason(content)
    office = tools.versions.current.offices.get(
        OfficeId(str(content.get("office") or ""))
    )
    if office is None or desk_of(tools, office) is None:
        raise SenderError(
            code="no_work_list",
            remedy="Đơn vị này không làm theo danh sách việc; xem lienthong lane list.",
        )
    known = await _found(tools, account)
    if known is not None and known.office not in {None, office.id}:
        raise SenderError(
            code="account_invalid",
            remedy="Tài khoản này của đơn vị khác: chọn tên khác.",
        )
    until = _until(content, legal_day(tools.clock.now()))
    identifier = PrincipalId(account)
    name = account.removeprefix(_PREFIX)
    officer = Principal(
        identifier, name, Role.OFFICER, Scope(), office=office.id, until=until
    )
    return officer, why


def _until(content: dict[str, Any], today: date) -> date:
    text = content.get("until")
    try:
        until = date.fromisoformat(str(text)) if text else today + HOLDS
    except ValueError:
        until = date.min
    if until < today:
        raise SenderError(
            code="account_invalid",
            remedy="until (ngày cuối) là một ngày từ hôm nay trở đi (2027-03-14).",
        )
    return until


def _account(content: dict[str, Any]) -> str:
    """An account's name; those of other roles are not to be had this way."""
    account = str(content.get("account") or "")
    taken = {role.value for role in Role}
    if not _ACCOUNT.fullmatch(account) or account in taken:
        raise SenderError(
            code="account_invalid",
            remedy="account gồm 3–50 chữ thường, số, dấu chấm, gạch (xa-mau-1.a).",
        )
    return f"{_PREFIX}{account}"


def _reason(content: dict[str, Any]) -> str:
    reason = str(content.get("reason") or "").strip()
    if not reason:
        raise SenderError(code="reason_missing", remedy="Ghi lý do của thao tác.")
    return reason[:REASON_AT_MOST]


async def _note(
    tools: Tools, by: Principal, officer: Principal, what: str, why: str
) -> None:
    now, office = tools.clock.now(), officer.office or ""
    facts = {"account": officer.id, "what": what, "office": office, "why": why}
    line = JournalLine("officer", now, by.id, facts)
    await tools.store.note(f"signins:{now:%Y-%m-%d}", [line])
    tools.probe.action(action=f"officer_{what}", actor=by.id, office=office)
