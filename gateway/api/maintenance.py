"""Maintenance windows: which there are, one more, ended early, made longer."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.signin import administrator, signed_in
from gateway.api.windows import moment_of, read_window, shown_window
from gateway.calendar.opening import next_turn
from gateway.calendar.working_time import working_time
from gateway.delivery import windows
from gateway.delivery.maintaining import NOTICE_DAYS, announced_late

if TYPE_CHECKING:
    from datetime import date

    from gateway.delivery.lanes import Lanes
    from gateway.domain.opening import Maintenance
    from gateway.sealing.tools import Tools


def register(tools: Tools, lanes: Lanes, routes: APIRouter) -> None:
    """Add the calls about maintenance."""

    @routes.get("/maintenance")
    async def get_maintenance(request: Request, *, past: bool = False) -> Response:
        """Các đợt bảo trì của cơ quan: đang diễn ra, sắp tới; past: cả đã qua."""
        principal = await signed_in(tools, request)
        now = tools.clock.now()
        seen = windows.seen_by(tools, lanes.doors.windows, principal.scope)
        left = [w for w in seen if past or next_turn(w, now)]
        left.sort(key=lambda one: order(one, now))
        return answer({"maintenance": [_shown(tools, window) for window in left]})

    @routes.post("/maintenance", status_code=201)
    async def post_maintenance(request: Request) -> Response:
        """Ghi một đợt bảo trì, một lần hoặc định kỳ; báo trước ngắn thì chỉ nhắc."""
        principal = await administrator(tools, request)
        window = read_window(
            await json_object(request),
            tools.versions.current,
            identifier=tools.chance.identifier("m"),
            by=principal.id,
            now=tools.clock.now(),
        )
        await windows.add(tools, lanes, principal, window)
        warnings = _warnings(tools, window)
        return answer({**_shown(tools, window), "warnings": warnings}, 201)

    _changing(tools, lanes, routes)


def _changing(tools: Tools, lanes: Lanes, routes: APIRouter) -> None:
    @routes.post("/maintenance/{identifier}/end")
    async def post_end(identifier: str, request: Request) -> Response:
        """Kết thúc đợt đang diễn ra; whole: bỏ cả lịch định kỳ hoặc đợt chưa đến."""
        principal = await administrator(tools, request)
        content = await json_object(request)
        window = await windows.end(
            *(tools, lanes, principal, identifier),
            reason=str(content.get("reason", "")),
            whole=content.get("whole") is True,
        )
        return answer(_shown(tools, window))

    @routes.post("/maintenance/{identifier}/change")
    async def post_change(identifier: str, request: Request) -> Response:
        """Đổi lúc kết thúc của đợt một lần, hoặc của đợt định kỳ đang diễn ra."""
        principal = await administrator(tools, request)
        content = await json_object(request)
        window = await windows.change(
            *(tools, lanes, principal, identifier),
            until=moment_of(content.get("to"), "to"),
            reason=str(content.get("reason", "")),
        )
        return answer(_shown(tools, window))


def _shown(tools: Tools, window: Maintenance) -> dict[str, Any]:
    return shown_window(window, tools.versions.current, tools.clock.now())


def order(window: Maintenance, now: datetime) -> tuple[datetime, str]:
    """By what runs or comes first; what is over by when it was entered."""
    turn = next_turn(window, now)
    return (turn[0] if turn else window.made_at, window.id)


def late_notice(earliest: date) -> str:
    """What is said of a window that was announced too late for its begin."""
    return (
        f"Báo trước chưa đủ {NOTICE_DAYS} ngày làm việc: với ngày báo đã ghi,"
        f" bảo trì có kế hoạch sớm nhất là ngày {earliest:%d/%m/%Y}. Đợt bảo trì vẫn"
        " được ghi nhận."
    )


def _warnings(tools: Tools, window: Maintenance) -> list[dict[str, str]]:
    working = working_time(tools.versions.current.calendar)
    earliest = announced_late(window, working, tools.clock.now())
    if earliest is None:
        return []
    return [{"code": "notice_short", "words": late_notice(earliest)}]
