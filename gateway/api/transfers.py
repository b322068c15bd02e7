"""Transfers: by state, one with its attempts, and what people do about one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api import answers
from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.lane_words import waits_for
from gateway.api.paging import PAGE, must_be_an_office, page_of, row_after
from gateway.api.signin import operator, signed_in
from gateway.api.standing import standing
from gateway.delivery.parked import act, possible
from gateway.domain.errors import DossierUnknown, SenderError
from gateway.domain.identifiers import TransferId
from gateway.domain.transfer import Action, State

if TYPE_CHECKING:
    from gateway.delivery.lanes import Lanes
    from gateway.domain.transfer import Transfer
    from gateway.ports.overview import AttemptRow
    from gateway.sealing.tools import Tools

#: What a list may be asked for.
STATES = frozenset(one.value for one in State)


def register(tools: Tools, lanes: Lanes, routes: APIRouter) -> None:
    """Add the calls about transfers."""
    _reading(tools, lanes, routes)
    _acting(tools, lanes, routes)


def _reading(tools: Tools, lanes: Lanes, routes: APIRouter) -> None:
    @routes.get("/transfers")
    async def get_transfers(
        request: Request,
        state: str = "parked,unconfirmed",
        office: str | None = None,
        after: str | None = None,
        limit: int = PAGE,
    ) -> Response:
        """Các lượt gửi liên thông theo trạng thái."""
        principal = await signed_in(tools, request)
        states = state.split(",")
        if not set(states) <= STATES:
            known = ", ".join(sorted(STATES))
            raise SenderError(remedy=f"state gồm một hay nhiều trong: {known}.")
        page = page_of(limit)
        rows = await tools.overview.transfers_in(
            principal.scope,
            states=states,
            office=office,
            after=row_after(after, "t"),
            limit=page,
        )
        must_be_an_office(tools, office, rows)
        following = rows[-1].id if len(rows) == page else None
        items = [_with_words(tools, lanes, row) for row in rows]
        return answer({"transfers": items, "after": following})

    @routes.get("/transfers/{identifier}")
    async def get_transfer(identifier: str, request: Request) -> Response:
        """Một lượt gửi với các lần gửi và việc có thể làm."""
        principal = await signed_in(tools, request)
        row = await tools.store.transfer(TransferId(identifier), principal.scope)
        if row is None:
            raise DossierUnknown
        attempts = await tools.overview.attempts(row.id)
        traits = tools.traits(row.office, row.kind)
        body = _with_words(tools, lanes, row)
        body["actions"] = [action.value for action in possible(row, traits)]
        body["history"] = [_attempt(one) for one in attempts]
        return answer(body)


def _acting(tools: Tools, lanes: Lanes, routes: APIRouter) -> None:
    @routes.post("/transfers/{identifier}/{action}")
    async def post_action(identifier: str, action: str, request: Request) -> Response:
        """Gửi lại, hủy, hoặc ghi nhận cơ quan đã nhận / chưa nhận."""
        principal = await operator(tools, request)
        if action not in {a.value for a in Action}:
            raise SenderError(code="unknown_path")
        content = await json_object(request)
        reason = str(content.get("reason", "")).strip()
        if not reason:
            raise SenderError(code="reason_missing", remedy="Ghi lý do của thao tác.")
        row = await act(tools, principal, identifier, Action(action), reason=reason)
        return answer(_with_words(tools, lanes, row))


def _with_words(tools: Tools, lanes: Lanes, row: Transfer) -> dict[str, Any]:
    """A transfer, the office's name, why it is where it is and what is to be done."""
    office = tools.versions.current.offices.get(row.office)
    said = standing(tools, row, row.cause)
    held = waits_for(tools, lanes, row)
    said = held or said
    return {
        **answers.transfer(row),
        "office_name": office.name if office else row.office,
        "words": said.reason if held or row.cause else "",
        "next_action": said.next_action if held or row.cause else "",
    }


def _attempt(one: AttemptRow) -> dict[str, Any]:
    return {
        "number": one.number,
        "purpose": one.record.purpose,
        "at": one.record.started_at.isoformat(),
        "outcome": one.record.outcome.value,
        "code": one.record.code,
        "http_status": one.record.http_status,
        "total_ms": one.record.times.total_ms,
    }
