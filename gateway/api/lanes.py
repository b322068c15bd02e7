"""Lanes to the offices: how each stands, pausing and opening one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.fallback import shown_fallback
from gateway.api.lane_words import sentence
from gateway.api.pulling import shown_pull
from gateway.api.signin import administrator, signed_in
from gateway.delivery.seen import seen
from gateway.delivery.stopping import REASON_AT_MOST, resume, stop
from gateway.domain.errors import ActionNotPossible, SenderError
from gateway.domain.identifiers import OfficeId
from gateway.domain.lane import LaneState
from gateway.domain.principal import EVERYTHING, Role

if TYPE_CHECKING:
    from gateway.delivery.lanes import Lanes
    from gateway.delivery.seen import Seen
    from gateway.delivery.stopping import Done
    from gateway.domain.lane import Lane
    from gateway.routing.catalogue import Office
    from gateway.sealing.tools import Tools


def register(tools: Tools, lanes: Lanes, routes: APIRouter) -> None:
    """Add the calls about lanes."""

    @routes.get("/lanes")
    async def get_lanes(request: Request) -> Response:
        """Trạng thái gửi đến từng cơ quan."""
        principal = await signed_in(tools, request)
        now = tools.clock.now()
        offices = tools.versions.current.offices.values()
        body = [_lane(tools, one, seen(lanes, one.id, now)) for one in offices]
        for row in body:
            office = OfficeId(row["office"])
            row["fallback"] = shown_fallback(tools, lanes.fallbacks, office)
            row["pull"] = await shown_pull(tools, office)
        if principal.role is not Role.ONE_STOP:
            for row in body:
                people = tools.contacts.at(OfficeId(row["office"]))
                row["contacts"] = [one.words for one in people]
        return answer({"lanes": body})

    _many(tools, lanes, routes)
    _one(tools, lanes, routes)


def _many(tools: Tools, lanes: Lanes, routes: APIRouter) -> None:
    @routes.post("/lanes/{what}")
    async def post_lanes(what: str, request: Request) -> Response:
        """Dừng khẩn cấp, hoặc mở lại, một đơn vị, một ngành hoặc tất cả."""
        principal = await administrator(tools, request)
        if what not in SEVERAL:
            raise SenderError(code="unknown_path")
        content = await json_object(request)
        reason, offices = _reason(content), _chosen(tools, content)
        done = await SEVERAL[what](
            tools, lanes, offices, by=principal.id, reason=reason
        )
        for one in done:
            if one.error is None:
                tools.probe.action(
                    action=f"lane_{what}", actor=principal.id, office=one.office
                )
        return answer(
            {
                "done": [one.office for one in done if one.error is None],
                "not_done": [_not_done(one) for one in done if one.error is not None],
            }
        )


def _one(tools: Tools, lanes: Lanes, routes: APIRouter) -> None:
    @routes.post("/lanes/{office}/{what}")
    async def post_lane(office: str, what: str, request: Request) -> Response:
        """Dừng, mở lại, chạy song song hoặc chạy thật việc gửi đến một cơ quan."""
        principal = await administrator(tools, request)
        if what not in STATES or office not in tools.versions.current.offices:
            raise SenderError(code="unknown_path")
        content = await json_object(request)
        reason = str(content.get("reason", ""))
        lane = await steered(
            tools, lanes, OfficeId(office), what, by=principal.id, reason=reason
        )
        return answer({"office": office, "state": lane.state.value})


async def steered(
    tools: Tools, lanes: Lanes, office: OfficeId, what: str, *, by: str, reason: str
) -> Lane:
    """The lane after somebody paused it, opened it, or has it run beside another.

    Raises:
        ActionNotPossible: it does not stand so that this could be done.
    """
    before = lanes.lane(office)
    await _must_be_possible(tools, before, what)
    lane = replace(
        before,
        state=STATES[what],
        since=tools.clock.now(),
        why=reason[:REASON_AT_MOST],
        by=by,
        resume_at=None,
        failures=0,
        emergency=False,
    )
    await lanes.set(lane, actor=by)
    tools.probe.action(action=f"lane_{what}", actor=by, office=office)
    return lane


SEVERAL = {"stop": stop, "resume": resume}


def _reason(content: dict[str, Any]) -> str:
    """Why somebody acts.

    Raises:
        SenderError: it is not said.
    """
    reason = str(content.get("reason", "")).strip()
    if not reason:
        raise SenderError(code="reason_missing", remedy="Ghi lý do của thao tác.")
    return reason


def _chosen(tools: Tools, content: dict[str, Any]) -> list[OfficeId]:
    """The offices that one of ``office``, ``agency`` and ``all`` names.

    Raises:
        SenderError: none of them does, or more than one is given.
    """
    offices = tools.versions.current.offices
    given = [name for name in ("office", "agency", "all") if content.get(name)]
    found: list[OfficeId] = []
    if given == ["all"]:
        found = list(offices)
    elif given == ["office"]:
        found = [one for one in offices if one == content["office"]]
    elif given == ["agency"]:
        agency = content["agency"]
        found = [one.id for one in offices.values() if one.agency == agency]
    if not found:
        raise SenderError(
            code="offices_not_chosen",
            remedy="Nêu đúng một trong ba: office (mã đơn vị), agency (ngành), hoặc all;"
            " mã xem ở lienthong lane list.",
        )
    return found


def _not_done(one: Done) -> dict[str, Any]:
    error = one.error
    code, remedy = (error.code, error.remedy) if error else ("", "")
    return {"office": one.office, "code": code, "remedy": remedy}


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


def _lane(tools: Tools, office: Office, one: Seen) -> dict[str, Any]:
    return {
        "office": office.id,
        "office_name": office.name,
        "identifier": office.identifier or None,
        "agency": office.agency,
        "state": one.state.value,
        "emergency": one.emergency,
        "since": one.since.isoformat() if one.since else None,
        "why": one.why,
        "words": sentence(tools, one),
        "by": one.by,
        "resume_at": one.until.isoformat() if one.until else None,
        "maintenance": one.window or None,
    }
