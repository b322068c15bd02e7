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
from gateway.domain.errors import SenderError
from gateway.domain.identifiers import OfficeId
from gateway.domain.lane import LaneState
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
        """Dừng hoặc mở lại việc gửi đến một cơ quan."""
        principal = await administrator(tools, request)
        if (
            what not in {"pause", "resume"}
            or office not in tools.versions.current.offices
        ):
            raise SenderError(code="unknown_path")
        content = await json_object(request)
        state = LaneState.PAUSED if what == "pause" else LaneState.OPEN
        lane = replace(
            lanes.lane(OfficeId(office)),
            state=state,
            since=tools.clock.now(),
            why=str(content.get("reason", ""))[:200],
            by=principal.id,
            resume_at=None,
            failures=0,
        )
        await lanes.set(lane, actor=principal.id)
        tools.probe.action(action=f"lane_{what}", actor=principal.id, office=office)
        return answer({"office": office, "state": state.value})


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
