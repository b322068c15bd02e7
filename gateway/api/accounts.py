"""Accounts of people who sign in at the pages: made, listed, reset, ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.accounts import managing
from gateway.accounts.managing import Wanted
from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.signin import allowed, fresh
from gateway.delivery.stopping import REASON_AT_MOST
from gateway.domain.account import Account
from gateway.domain.errors import SenderError
from gateway.domain.principal import Right

if TYPE_CHECKING:
    from gateway.domain.principal import Principal
    from gateway.sealing.tools import Tools


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the calls."""
    _made(tools, routes)
    _ended(tools, routes)


async def manager(tools: Tools, request: Request) -> Principal:
    """Who may change accounts, and has shown a password lately.

    Raises:
        NotAllowed: somebody else.
        ProofNeeded: the password is to be shown again.
    """
    principal = await allowed(tools, request, Right.ACCOUNTS)
    fresh(tools, principal)
    return principal


def _made(tools: Tools, routes: APIRouter) -> None:
    @routes.get("/accounts")
    async def get_accounts(request: Request) -> Response:
        """Tài khoản của người dùng các trang: vai, đơn vị, dùng gần nhất, số phiên."""
        await allowed(tools, request, Right.ACCOUNTS)
        found = await tools.accounts.rows.accounts()
        return answer({"accounts": [await shown(tools, one) for one in found]})

    @routes.post("/accounts")
    async def post_account(request: Request) -> Response:
        """Lập tài khoản; mật khẩu đầu tiên chỉ hiện một lần, đăng nhập lần đầu phải đổi."""
        principal, content = await manager(tools, request), await json_object(request)
        made, password = await managing.make(
            tools, principal, _wanted(content), reason_of(content)
        )
        return answer({**await shown(tools, made), "password": password}, 201)

    @routes.post("/accounts/{account}/reset")
    async def post_reset(account: str, request: Request) -> Response:
        """Cấp lại mật khẩu đầu tiên; `second_factor: true` thì bỏ cả xác thực hai lớp."""
        principal, content = await manager(tools, request), await json_object(request)
        second = content.get("second_factor") is True
        kept, password = await managing.reset(
            tools, principal, account, reason_of(content), second=second
        )
        return answer({**await shown(tools, kept), "password": password})


def _ended(tools: Tools, routes: APIRouter) -> None:
    @routes.post("/accounts/{account}/end")
    async def post_end(account: str, request: Request) -> Response:
        """Khóa hẳn một tài khoản; các phiên của nó hết ngay."""
        principal, content = await manager(tools, request), await json_object(request)
        kept = await managing.end(tools, principal, account, reason_of(content))
        return answer(await shown(tools, kept))

    @routes.post("/accounts/{account}/unlock")
    async def post_unlock(account: str, request: Request) -> Response:
        """Cho đăng nhập lại ngay một tài khoản đã sai nhiều lần."""
        principal, content = await manager(tools, request), await json_object(request)
        kept = await managing.unlock(tools, principal, account, reason_of(content))
        return answer(await shown(tools, kept))

    @routes.post("/accounts/{account}/sign-out")
    async def post_sign_out(account: str, request: Request) -> Response:
        """Kết thúc mọi phiên của một tài khoản."""
        principal = await manager(tools, request)
        count = await managing.end_sessions(tools, principal, account)
        return answer({"account": account, "ended": count})


async def shown(tools: Tools, one: Account) -> dict[str, Any]:
    """An account as answers show it: nothing that proves anybody."""
    now, policy = tools.clock.now(), tools.accounts.policy
    sessions = await tools.accounts.rows.console_sessions(one.id)
    return {
        "account": one.id,
        "name": one.name,
        "role": one.role.value,
        "offices": list(one.offices),
        "source": one.source.value,
        "second_factor": bool(one.second),
        "must_change": one.must_change,
        "last_used_on": one.used_on.isoformat() if one.used_on else None,
        "ended_at": one.ended_at.isoformat() if one.ended_at else None,
        "sessions": sum(not policy.over(session, now) for session in sessions),
    }


def _wanted(content: dict[str, Any]) -> Wanted:
    offices = content.get("offices") or []
    if not isinstance(offices, list) or not all(isinstance(o, str) for o in offices):
        raise SenderError(
            code="account_invalid", remedy="offices là danh sách mã đơn vị."
        )
    account, name, role = (
        str(content.get(key) or "") for key in ("account", "name", "role")
    )
    return Wanted(account, name, role, offices)


def reason_of(content: dict[str, Any]) -> str:
    """Why somebody does it.

    Raises:
        SenderError: nothing is said.
    """
    reason = str(content.get("reason") or "").strip()
    if not reason:
        raise SenderError(code="reason_missing", remedy="Ghi lý do của thao tác.")
    return reason[:REASON_AT_MOST]
