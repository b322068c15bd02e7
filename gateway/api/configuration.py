"""A new version of the configuration, checked before anything works by it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.signin import administrator, fresh, signed_in
from gateway.domain.errors import NotAllowed
from gateway.domain.proposed import may_confirm, may_decide_on
from gateway.intake import configuring
from gateway.intake.configuring import put_in_force

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.domain.principal import Principal
    from gateway.domain.proposed import ProposedConfiguration
    from gateway.sealing.tools import Tools

#: Of a content that somebody hands in.
MOST_BYTES = 16 * 1024 * 1024


def register(tools: Tools, routes: APIRouter, applied: Callable[[], None]) -> None:
    """Add the calls that apply one; ``applied`` is called after it."""

    @routes.post("/configuration")
    async def post_configuration(request: Request) -> Response:
        """Áp dụng một phiên bản cấu hình; đổi nơi gửi thì chờ người thứ hai duyệt."""
        principal = await administrator(tools, request)
        given = await json_object(request, MOST_BYTES)
        wrapped = given.get("configuration")
        reason = str(given.get("reason") or "") if isinstance(wrapped, dict) else ""
        content = wrapped if isinstance(wrapped, dict) else given
        made = await put_in_force(tools, principal, content, reason=reason)
        body = {"version": made.version, "changes": made.changes}
        if made.waits is not None:
            waits = await shown(tools, principal, made.waits)
            return answer({**body, "waiting": waits}, 202)
        applied()
        return answer(body)

    _deciding(tools, routes, applied)


def _deciding(tools: Tools, routes: APIRouter, applied: Callable[[], None]) -> None:
    @routes.get("/configuration/waiting")
    async def get_waiting(request: Request) -> Response:
        """Thay đổi nơi gửi đang chờ người thứ hai: của ai, đổi gì, khi nào có hiệu lực."""
        principal = await decider(tools, request)
        row = await tools.configuring.rows.proposed_configuration()
        return answer({"waiting": row and await shown(tools, principal, row)})

    @routes.post("/configuration/waiting/{identifier}/approval")
    async def post_approval(identifier: str, request: Request) -> Response:
        """Duyệt thay đổi nơi gửi của người khác: cấu hình có phiên bản mới ngay."""
        principal = await decider(tools, request)
        fresh(tools, principal)
        why = str((await json_object(request)).get("reason") or "")
        made = await configuring.decide(
            tools, principal, identifier, approve=True, reason=why
        )
        applied()
        return answer({"version": made.version, "changes": made.changes})

    @routes.post("/configuration/waiting/{identifier}/refusal")
    async def post_refusal(identifier: str, request: Request) -> Response:
        """Bỏ một thay đổi nơi gửi đang chờ; cấu hình đang chạy giữ nguyên."""
        principal = await decider(tools, request)
        fresh(tools, principal)
        why = str((await json_object(request)).get("reason") or "")
        made = await configuring.decide(
            tools, principal, identifier, approve=False, reason=why
        )
        return answer({"version": made.version, "changes": []})


async def decider(tools: Tools, request: Request) -> Principal:
    """Who sees what waits: an administrator or a head, of all offices.

    Raises:
        NotAllowed: anybody else.
    """
    principal = await signed_in(tools, request)
    if not may_decide_on(principal):
        raise NotAllowed
    return principal


async def shown(
    tools: Tools, principal: Principal, row: ProposedConfiguration
) -> dict[str, Any]:
    """What waits, without a value of it."""
    present = await tools.store.configuration(None)
    elsewhere = configuring.elsewhere_of(present[1] if present else {}, row)
    return {
        "id": row.id,
        "by": row.by,
        "at": row.at.isoformat(),
        "reason": row.why,
        "base": row.base,
        "destinations": [
            {"kind": one.kind, "id": one.code, "keys": list(one.keys)}
            for one in elsewhere
        ],
        "may_approve": may_confirm(principal, row.by),
        "overtaken": await configuring.is_overtaken(tools, row),
        "nobody_else": not await configuring.others_may_confirm(tools, row.by),
        "head_told_at": row.told_at.isoformat() if row.told_at else None,
        "takes_effect_at": row.effect_at.isoformat() if row.effect_at else None,
    }
