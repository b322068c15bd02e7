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
from gateway.delivery.maintaining import (
    NOTICE_DAYS,
    announced_late,
    ended,
    prolonged,
)
from gateway.delivery.stopping import REASON_AT_MOST
from gateway.domain.errors import SenderError
from gateway.domain.journal import JournalLine

if TYPE_CHECKING:
    from gateway.delivery.lanes import Lanes
    from gateway.domain.opening import Maintenance
    from gateway.domain.principal import Principal
    from gateway.sealing.tools import Tools


def register(tools: Tools, lanes: Lanes, routes: APIRouter) -> None:
    """Add the calls about maintenance."""

    @routes.get("/maintenance")
    async def get_maintenance(request: Request, *, past: bool = False) -> Response:
        """Các đợt bảo trì của cơ quan: đang diễn ra, sắp tới; past: cả đã qua."""
        await signed_in(tools, request)
        now = tools.clock.now()
        left = [w for w in lanes.doors.windows if past or next_turn(w, now)]
        left.sort(key=lambda one: _order(one, now))
        return answer({"maintenance": [_shown(tools, window) for window in left]})

    @routes.post("/maintenance")
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
        line = _line(tools, principal, window, "added", window.reason)
        await _keep(tools, lanes, window, line)
        warnings = _warnings(tools, window)
        return answer({**_shown(tools, window), "warnings": warnings}, 201)

    _changing(tools, lanes, routes)


def _changing(tools: Tools, lanes: Lanes, routes: APIRouter) -> None:
    @routes.post("/maintenance/{identifier}/end")
    async def post_end(identifier: str, request: Request) -> Response:
        """Kết thúc đợt đang diễn ra; whole: bỏ cả lịch định kỳ hoặc đợt chưa đến."""
        principal = await administrator(tools, request)
        content = await json_object(request)
        whole = content.get("whole") is True
        before = await _found(lanes, identifier)
        window = ended(before, tools.clock.now(), whole=whole)
        line = _line(tools, principal, window, "ended", _reason(content))
        await _keep(tools, lanes, window, line)
        return answer(_shown(tools, window))

    @routes.post("/maintenance/{identifier}/change")
    async def post_change(identifier: str, request: Request) -> Response:
        """Đổi lúc kết thúc của đợt một lần, hoặc của đợt định kỳ đang diễn ra."""
        principal = await administrator(tools, request)
        content = await json_object(request)
        until = moment_of(content.get("to"), "to")
        before = await _found(lanes, identifier)
        window = prolonged(before, tools.clock.now(), until)
        line = _line(tools, principal, window, "changed", _reason(content))
        await _keep(tools, lanes, window, line)
        return answer(_shown(tools, window))


async def _keep(
    tools: Tools, lanes: Lanes, window: Maintenance, line: JournalLine
) -> None:
    """Keep it durably; whoever waits looks at once."""
    await lanes.doors.keep(window, line)
    tools.probe.action(action=line.kind, actor=line.actor, kind=line.facts["what"])
    lanes.ring()


def _shown(tools: Tools, window: Maintenance) -> dict[str, Any]:
    return shown_window(window, tools.versions.current, tools.clock.now())


def _order(window: Maintenance, now: datetime) -> tuple[datetime, str]:
    turn = next_turn(window, now)
    return (turn[0] if turn else window.made_at, window.id)


async def _found(lanes: Lanes, identifier: str) -> Maintenance:
    """The window as it stands; another node may have changed it.

    Raises:
        SenderError: there is none, or it is long over.
    """
    await lanes.doors.load()
    for window in lanes.doors.windows:
        if window.id == identifier:
            return window
    raise SenderError(
        code="maintenance_unknown",
        remedy="Không có đợt bảo trì này; xem lienthong maintenance list.",
    )


def _reason(content: dict[str, Any]) -> str:
    reason = str(content.get("reason", "")).strip()
    if not reason:
        raise SenderError(code="reason_missing", remedy="Ghi lý do của thao tác.")
    return reason[:REASON_AT_MOST]


def _line(
    tools: Tools, principal: Principal, window: Maintenance, what: str, reason: str
) -> JournalLine:
    facts: dict[str, Any] = {
        "id": window.id,
        "what": what,
        "agency": window.agency,
        "office": window.office or "",
        "why": reason,
    }
    return JournalLine("maintenance", tools.clock.now(), principal.id, facts)


def _warnings(tools: Tools, window: Maintenance) -> list[dict[str, str]]:
    working = working_time(tools.versions.current.calendar)
    earliest = announced_late(window, working, tools.clock.now())
    if earliest is None:
        return []
    return [
        {
            "code": "notice_short",
            "words": f"Báo trước chưa đủ {NOTICE_DAYS} ngày làm việc: với ngày báo đã ghi,"
            f" bảo trì có kế hoạch sớm nhất là ngày {earliest:%d/%m/%Y}. Đợt bảo trì vẫn"
            " được ghi nhận.",
        }
    ]
