"""Looking at an office's line: now, or what the last look found."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.routes import Routes
from gateway.api.signin import must_be_of, operator, signed_in
from gateway.domain.check_words import told
from gateway.domain.errors import NotAllowed, SenderError
from gateway.domain.identifiers import OfficeId
from gateway.domain.principal import Role

if TYPE_CHECKING:
    from gateway.delivery.checking import Checks
    from gateway.domain.check import Check
    from gateway.sealing.tools import Tools


def router(tools: Tools, checks: Checks) -> Routes:
    """Routes under /v1."""
    routes = Routes(prefix="/v1", tags=["operations"])

    @routes.post("/offices/{office}/check")
    async def post_check(office: str, request: Request) -> Response:
        """Kiểm tra đường tới một đơn vị, từng bước; mỗi đơn vị một lần mỗi phút."""
        principal = await operator(tools, request)
        must_be_of(principal, office)
        known = _known(tools, office)
        content = await json_object(request)
        anyway = content.get("anyway") is True
        check = await checks.check(known, by=principal.id, anyway=anyway)
        return answer(shown(tools, check))

    @routes.get("/offices/{office}/check")
    async def get_check(office: str, request: Request) -> Response:
        """Kết quả lần kiểm tra gần nhất của một đơn vị; null: chưa kiểm tra lần nào."""
        principal = await signed_in(tools, request)
        if principal.role is Role.ONE_STOP:
            raise NotAllowed
        must_be_of(principal, office)
        last = (await checks.last()).get(_known(tools, office))
        return answer({"check": shown(tools, last) if last else None})

    return routes


def _known(tools: Tools, office: str) -> OfficeId:
    if office not in tools.versions.current.offices:
        raise SenderError(code="unknown_path")
    return OfficeId(office)


def shown(tools: Tools, check: Check) -> dict[str, Any]:
    """A look in words and codes."""
    office = tools.versions.current.offices.get(check.office)
    return {
        "office": check.office,
        "office_name": office.name if office else check.office,
        "at": check.at.isoformat(),
        "by": check.by,
        "works": check.failed is None,
        "steps": [
            {
                "step": one.step.value,
                "step_name": said.step,
                "result": one.result.value,
                "result_name": said.result,
                "code": one.code,
                "words": said.sentence,
                "whose": said.whose.value or None,
            }
            for one, said in ((one, told(one)) for one in check.findings)
        ],
    }
