"""Lanes to the offices: how each stands, pausing and opening one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.signin import administrator, signed_in
from gateway.api.standing import reasons
from gateway.domain.errors import ActionNotPossible, SenderError
from gateway.domain.identifiers import OfficeId
from gateway.domain.lane import LaneState
from gateway.domain.principal import EVERYTHING
from gateway.domain.words import words_of

if TYPE_CHECKING:
    from gateway.delivery.lanes import Lanes
    from gateway.domain.lane import Lane
    from gateway.routing.catalogue import Office
    from gateway.sealing.tools import Tools


def register(tools: Tools, lanes: Lanes, routes: APIRouter) -> None:
    """Add the calls about lanes."""

    @routes.get("/lanes")
    async def get_lanes(request: Request) -> Response:
        """Trạng thái gửi đến từng cơ quan."""
        await signed_in(tools, request)
        offices = tools.versions.current.offices.values()
        body = [_lane(tools, office, lanes.lane(office.id)) for office in offices]
        return answer({"lanes": body})

    @routes.post("/lanes/{office}/{what}")
    async def post_lane(office: str, what: str, request: Request) -> Response:
        """Dừng, mở lại, chạy song song hoặc chạy thật việc gửi đến một cơ quan."""
        principal = await administrator(tools, request)
        if what not in STATES or office not in tools.versions.current.offices:
            raise SenderError(code="unknown_path")
        content = await json_object(request)
        before = lanes.lane(OfficeId(office))
        await _must_be_possible(tools, before, what)
        lane = replace(
            before,
            state=STATES[what],
            since=tools.clock.now(),
            why=str(content.get("reason", ""))[:200],
            by=principal.id,
            resume_at=None,
            failures=0,
        )
        await lanes.set(lane, actor=principal.id)
        tools.probe.action(action=f"lane_{what}", actor=principal.id, office=office)
        return answer({"office": office, "state": lane.state.value})


#: What a person does with a lane → the state that it has then.
STATES = {
    "pause": LaneState.PAUSED,
    "resume": LaneState.OPEN,
    "shadow": LaneState.SHADOW,
    "live": LaneState.OPEN,
}
_ON_THEIR_WAY = ("waiting", "due", "sending", "unconfirmed")


async def _must_be_possible(tools: Tools, lane: Lane, what: str) -> None:
    """Going live is an act of its own, and only with nothing left from before.

    What stood still while others carried the dossiers may have been told by hand.

    Raises:
        ActionNotPossible: says what is to be done first.
    """
    in_shadow = lane.state is LaneState.SHADOW
    if in_shadow != (what == "live") and (in_shadow or what == "live"):
        raise ActionNotPossible(
            code="lane_in_shadow" if in_shadow else "lane_not_in_shadow",
            remedy="Đơn vị đang chạy song song: dùng «live» khi đã sẵn sàng gửi thật."
            if in_shadow
            else "Đơn vị không chạy song song; dùng «pause» hoặc «resume».",
        )
    if what != "live":
        return
    left = await tools.overview.transfers_in(
        EVERYTHING, states=_ON_THEIR_WAY, office=lane.office, after=None, limit=1
    )
    if left:
        raise ActionNotPossible(
            code="transfers_left",
            remedy="Còn lượt gửi từ trước khi chạy song song: xem lienthong transfer"
            f" list --office {lane.office}; hủy lượt đã báo bằng cách khác rồi thử lại.",
        )


def _lane(tools: Tools, office: Office, lane: Lane) -> dict[str, Any]:
    return {
        "office": office.id,
        "office_name": office.name,
        "agency": office.agency,
        "state": lane.state.value,
        "since": lane.since.isoformat(),
        "why": lane.why,
        "words": words_of(lane.why, reasons(tools, office.id)).reason,
        "by": lane.by,
        "resume_at": lane.resume_at.isoformat() if lane.resume_at else None,
    }
