"""Notes of staff on a dossier, who looks after it, until when it or a cause is put off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api import stuck
from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.contacts import person
from gateway.api.signin import operator
from gateway.delivery.seen import shut_by_plan
from gateway.domain.errors import SenderError
from gateway.domain.note import NoteKind
from gateway.intake.acts import find
from gateway.watch import noting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.delivery.lanes import Lanes
    from gateway.domain.principal import Principal
    from gateway.ports.store import DossierRow
    from gateway.ports.stuck import StuckCount
    from gateway.sealing.tools import Tools

_D = "/dossiers/{number:path}"


def register(tools: Tools, lanes: Lanes, routes: APIRouter) -> None:
    """Add the calls; the longer paths of one dossier come first."""
    _notes(tools, routes)
    _standing(tools, routes)
    _cause(tools, lanes, routes)


async def _mine(
    tools: Tools, request: Request, number: str
) -> tuple[Principal, DossierRow]:
    principal = await operator(tools, request)
    noting.must_see(principal)
    return principal, await find(tools, principal, number)


def _notes(tools: Tools, routes: APIRouter) -> None:
    @routes.post(f"{_D}/notes/{{note}}/withdrawal")
    async def post_withdrawal(number: str, note: str, request: Request) -> Response:
        """Rút lại một ghi chú: nội dung không hiện nữa, nhật ký giữ việc đã ghi và đã rút."""
        principal, row = await _mine(tools, request, number)
        await noting.withdraw(tools, principal, row, note)
        return await _answer(tools, row)

    @routes.get(f"{_D}/notes")
    async def get_notes(number: str, request: Request) -> Response:
        """Ghi chú nội bộ của hồ sơ, người phụ trách, hoãn đến bao giờ; không gửi cơ quan nào."""
        principal = await person(tools, request)
        noting.must_see(principal)
        return await _answer(tools, await find(tools, principal, number))

    @routes.post(f"{_D}/notes", status_code=201)
    async def post_note(number: str, request: Request) -> Response:
        """Ghi một ghi chú nội bộ; không sửa được, chỉ rút lại."""
        principal, row = await _mine(tools, request, number)
        content = await json_object(request)
        await noting.write(tools, principal, row, said(content, "text"))
        return await _answer(tools, row, 201)


def _standing(tools: Tools, routes: APIRouter) -> None:
    @routes.put(f"{_D}/owner")
    async def put_owner(number: str, request: Request) -> Response:
        """Giao hồ sơ cho một người phụ trách; owner trống là không còn ai."""
        principal, row = await _mine(tools, request, number)
        content = await json_object(request)
        await noting.assign(tools, principal, row, said(content, "owner"))
        return await _answer(tools, row)

    @routes.put(f"{_D}/postponement")
    async def put_postponement(number: str, request: Request) -> Response:
        """Hoãn: ẩn khỏi danh sách đến một lúc, hoặc đến khi hồ sơ có gì mới; until trống là thôi."""
        principal, row = await _mine(tools, request, number)
        content = await json_object(request)
        until = said(content, "until")
        if until:
            reason = said(content, "reason")
            await noting.postpone(tools, principal, row, until, reason)
        else:
            await noting.resume(tools, principal, row)
        return await _answer(tools, row)


def _cause(tools: Tools, lanes: Lanes, routes: APIRouter) -> None:
    shut = shut_by_plan(tools, lanes)

    @routes.put("/stuck/{cause}/postponement")
    async def put_cause(cause: str, request: Request) -> Response:
        """Hoãn một nguyên nhân đến một lúc, hoặc đến khi có thêm hồ sơ; until trống là thôi."""
        principal = await operator(tools, request)
        noting.must_see(principal)
        content = await json_object(request)
        found = await stuck.cause_of(tools, principal, shut, cause)
        until, reason = said(content, "until"), said(content, "reason")
        await noting.postpone_cause(tools, principal, cause, until, reason)
        return answer(
            {"id": cause, **cause_shown(tools, await noting.causes(tools), found)}
        )


async def _answer(tools: Tools, row: DossierRow, status: int = 200) -> Response:
    found = await noting.noted(tools, row)
    until = found.postponed
    body = {
        "dossier_id": row.case.dossier_id,
        "notes": [shown(one) for one in found.all if one.row.kind is NoteKind.NOTE],
        "owner": found.owner.words if found.owner else "",
        "postponed_until": until and until.row.until and until.row.until.isoformat(),
        "postponed_because": until.words if until else "",
    }
    return answer(body, status)


def shown(one: noting.Note) -> dict[str, Any]:
    """A note as answers show it; without its words where it was withdrawn."""
    ended = one.row.ended_at
    return {
        "id": one.row.id,
        "at": one.row.at.isoformat(),
        "by": one.row.by,
        "text": one.words,
        "withdrawn_at": ended.isoformat() if ended else None,
        "withdrawn_by": one.row.ended_by,
    }


def cause_shown(
    tools: Tools, known: Mapping[str, noting.PutOff], found: StuckCount
) -> dict[str, Any]:
    """Until when a cause is put off; None: it is not."""
    one = known.get(found.cause.id)
    if one is None or not one.holds(tools.clock.now(), found.last):
        return {"postponed_until": None, "postponed_because": "", "postponed_by": ""}
    until = one.row.until.isoformat() if one.row.until else None
    return {
        "postponed_until": until,
        "postponed_because": one.why,
        "postponed_by": one.row.by,
    }


def said(content: dict[str, Any], name: str) -> str:
    """A text of a body.

    Raises:
        SenderError: it is something else.
    """
    value = content.get(name)
    if value is not None and not isinstance(value, str):
        raise SenderError(code="dossier_note_invalid", remedy=f"{name} là chữ.")
    return (value or "").strip()
