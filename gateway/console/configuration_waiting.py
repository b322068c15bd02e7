"""The page on which a second person puts a moved destination in force, or refuses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.configuration import decider
from gateway.api.problems import status_of
from gateway.api.signin import fresh, same_origin
from gateway.console import labels
from gateway.console.configuration_words import KINDS
from gateway.console.configurations import PATH, compared, running
from gateway.console.language import later, say
from gateway.console.render import form_of
from gateway.domain.errors import ActionNotPossible, ChangedMeanwhile, SenderError
from gateway.domain.proposed import may_confirm
from gateway.intake import configuring
from gateway.intake.proposed_alone import heads

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.console.render import Pages
    from gateway.domain.principal import Principal
    from gateway.domain.proposed import ProposedConfiguration

WAITING = f"{PATH}/cho-duyet"
_NO_REASON = later("Cần ghi lý do: đã hỏi ai, bằng cách nào.")
_MEANWHILE = later("Vừa có người khác xử lý thay đổi này: xem lại rồi làm lại.")


def register(pages: Pages, routes: APIRouter, applied: Callable[[], None]) -> None:
    """Add the page and both acts; ``applied`` is called after one is put in force."""
    tools = pages.tools

    @routes.get(WAITING)
    async def waiting(request: Request) -> Response:
        principal = await decider(tools, request)
        row = await tools.configuring.rows.proposed_configuration()
        shown = row and await _shown(pages, principal, row)
        return pages.render(
            "configuration_waiting.html",
            principal,
            row=shown,
            most=configuring.REASON_AT_MOST,
            here="configuration",
        )

    async def decide(request: Request, identifier: str, *, approve: bool) -> Response:
        same_origin(request)
        principal = await decider(tools, request)
        fresh(tools, principal)
        reason = (await form_of(request)).get("reason", "").strip()
        if not reason:
            return pages.told(principal, 422, say(_NO_REASON), WAITING)
        try:
            made = await configuring.decide(
                tools, principal, identifier, approve=approve, reason=reason
            )
        except ChangedMeanwhile:
            return pages.told(principal, 409, say(_MEANWHILE), WAITING)
        except (SenderError, ActionNotPossible) as error:
            return pages.told(principal, status_of(error), error.remedy, WAITING)
        if not approve:
            told = say("Đã bỏ thay đổi; phiên bản %(version)s vẫn chạy.")
        else:
            applied()
            told = say("Phiên bản %(version)s đang chạy.")
        return pages.told(principal, 200, told % {"version": made.version}, WAITING)

    @routes.post(f"{WAITING}/{{identifier}}/duyet")
    async def approve(identifier: str, request: Request) -> Response:
        return await decide(request, identifier, approve=True)

    @routes.post(f"{WAITING}/{{identifier}}/bo")
    async def refuse(identifier: str, request: Request) -> Response:
        return await decide(request, identifier, approve=False)


async def _shown(
    pages: Pages, principal: Principal, row: ProposedConfiguration
) -> dict[str, Any]:
    tools = pages.tools
    version, before = await running(tools)
    after = {**row.content, "calendar": before.get("calendar", {})}
    alone = not await configuring.others_may_confirm(tools, row.by)
    return {
        "id": row.id,
        "by": labels.actor(row.by),
        "at": row.at,
        "why": row.why,
        "running": version,
        "moved": [
            {"kind": say(KINDS[one.kind]), "code": one.code, "keys": one.keys}
            for one in configuring.elsewhere_of(before, row)
        ],
        **compared(before, after),
        "own": row.by == principal.id,
        "approves": may_confirm(principal, row.by),
        "overtaken": await configuring.is_overtaken(tools, row),
        "alone": alone,
        "told_at": row.told_at,
        "effect_at": row.effect_at,
        "nobody_to_tell": alone and not heads(tools),
    }
