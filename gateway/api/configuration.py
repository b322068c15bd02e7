"""A new version of the configuration, checked before anything works by it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.signin import administrator
from gateway.domain.errors import SenderError
from gateway.domain.journal import JournalLine
from gateway.routing.differences import differences

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.sealing.tools import Tools


def register(tools: Tools, routes: APIRouter, applied: Callable[[], None]) -> None:
    """Add the call that applies one; ``applied`` is called after it."""

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
