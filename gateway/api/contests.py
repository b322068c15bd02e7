"""To whom a lateness is counted: offices are told and object, the head decides."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from gateway.api.answers import answer, own_number
from gateway.api.bodies import json_object, reason_of
from gateway.api.paging import PAGE, must_be_an_office, page_of, place_after
from gateway.api.papers import word
from gateway.api.signin import head, known, operator, signed_in
from gateway.contesting.deciding import decide
from gateway.contesting.listing import objections, untold_of, untold_offices
from gateway.contesting.matters import matter, shown
from gateway.contesting.minutes import minutes
from gateway.contesting.objecting import Said, object_to
from gateway.contesting.telling import give_days, paper_of, tell
from gateway.domain.errors import (
    ActionNotPossible,
    DossierUnknown,
    NotAllowed,
    SenderError,
)
from gateway.domain.identifiers import OfficeId
from gateway.domain.journal import JournalLine
from gateway.domain.lateness import How, ObjectionState
from gateway.domain.paper_forms import Form
from gateway.domain.principal import EVERYTHING, Principal, Role, may_act
from gateway.domain.values import replace
from gateway.intake.acts import find
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

_D = "/dossiers/{number:path}/objections"
#: Dossiers of one letter.
MOST = 500


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the calls; the longer paths of one dossier come first."""
    _decisions(tools, routes)
    _of_a_dossier(tools, routes)
    _lists(tools, routes)
    _letters(tools, routes)
    _minutes(tools, routes)


def _decisions(tools: Tools, routes: APIRouter) -> None:
    @routes.post(f"{_D}/term", status_code=201)
    async def post_term(number: str, request: Request) -> Response:
        """Lãnh đạo cho đơn vị thêm thời hạn nêu ý kiến, tính từ hôm nay."""
        principal = await head(tools, request)
        row = await find(tools, principal, number)
        await give_days(tools, principal, row, reason_of(await json_object(request)))
        return answer(await told(tools, row), 201)

    @routes.post(f"{_D}/{{identifier}}/decision", status_code=201)
    async def post_decision(number: str, identifier: str, request: Request) -> Response:
        """Lãnh đạo chấp nhận ý kiến, tính chậm cho bên khác, hoặc không chấp nhận."""
        principal = await head(tools, request)
        content = await json_object(request)
        row = await find(tools, principal, number)
        await decided(tools, principal, row, identifier, content)
        return answer(await told(tools, row), 201)


def _of_a_dossier(tools: Tools, routes: APIRouter) -> None:
    @routes.get(_D)
    async def get_objections(number: str, request: Request) -> Response:
        """Chậm tính cho ai, đã chốt hay chưa; ý kiến của đơn vị và quyết định."""
        principal = await known(tools, request)
        row = await found(tools, principal, number)
        if principal.role is Role.OFFICER:
            await seen(tools, principal, row)
        return answer(await told(tools, row))

    @routes.post(_D, status_code=201)
    async def post_objection(number: str, request: Request) -> Response:
        """Đơn vị nêu ý kiến: thời gian chậm không phải của đơn vị, vì sao."""
        principal = await known(tools, request)
        content = await json_object(request)
        row = await found(tools, principal, number)
        key = request.headers.get("idempotency-key") or _text(content, "key")
        identifier = await objected(tools, principal, row, content, key)
        return answer({"id": identifier, **await told(tools, row)}, 201)


def _lists(tools: Tools, routes: APIRouter) -> None:
    @routes.get("/objections")
    async def get_all(
        request: Request,
        state: str = ObjectionState.OPEN.value,
        office: str = "",
        after: str | None = None,
        limit: int = PAGE,
    ) -> Response:
        """Ý kiến của các đơn vị về thời gian chậm, cũ nhất trước, còn mấy ngày để trả lời."""
        principal = await signed_in(tools, request)
        page = page_of(limit)
        rows, following = await objections(
            tools,
            principal.scope,
            state_of(state),
            office=office or None,
            after=place_after(after),
            limit=page,
        )
        must_be_an_office(tools, office, rows)
        return answer({"objections": rows, "after": following})


def _minutes(tools: Tools, routes: APIRouter) -> None:
    @routes.get("/objections/minutes.docx")
    async def get_minutes(
        request: Request,
        first: Annotated[date, Query(alias="from", description="từ ngày quyết định")],
        last: Annotated[date, Query(alias="to", description="đến ngày quyết định")],
    ) -> Response:
        """Biên bản xem xét ý kiến, tệp Word: theo đo đếm và sau quyết định, vì sao."""
        principal = await operator(tools, request)
        made = await minutes(tools, principal.scope, first, last)
        now = tools.clock.now()
        facts = {"paper": Form.LATENESS_MINUTES.value}
        line = JournalLine("read", now, principal.id, facts)
        await tools.store.note(f"reads:{now:%Y-%m-%d}", [line])
        return await word(tools, Form.LATENESS_MINUTES, made)


def _letters(tools: Tools, routes: APIRouter) -> None:
    @routes.get("/lateness/untold")
    async def get_untold(request: Request, office: str = "") -> Response:
        """Đơn vị chưa được báo về hồ sơ chậm tính cho mình; office: từng hồ sơ."""
        principal = await operator(tools, request)
        must_see_all(principal)
        if not office:
            return answer({"offices": await untold_offices(tools)})
        rows = await untold_of(tools, OfficeId(office), MOST)
        must_be_an_office(tools, office, rows)
        return answer({"office": office, "dossiers": rows})

    @routes.post("/lateness/told", status_code=201)
    async def post_told(request: Request) -> Response:
        """Ghi đã gửi văn bản báo đơn vị về các hồ sơ: thời hạn nêu ý kiến tính từ hôm nay."""
        principal = await operator(tools, request)
        must_see_all(principal)
        content = await json_object(request)
        done = await told_by_paper(
            tools,
            principal,
            _text(content, "office"),
            content.get("dossiers"),
            _text(content, "paper"),
        )
        return answer({"told": done}, 201)


async def told(tools: Tools, row: DossierRow) -> dict[str, Any]:
    """How a dossier's lateness stands."""
    one = await matter(tools, row)
    number = await own_number(Folder.of(tools, row))
    return {"number": number, **await shown(tools, one)}


async def found(tools: Tools, principal: Principal, number: str) -> DossierRow:
    """A dossier that somebody may speak about; an officer's is one of its office's.

    Raises:
        DossierUnknown: none, or not the caller's: the same answer.
    """
    if principal.role is not Role.OFFICER:
        return await find(tools, principal, number)
    row = await find(tools, replace_scope(principal), number)
    one = await matter(tools, row)
    mine = {leg.office for leg in row.case.legs} | set(one.offices)
    if principal.office not in mine:
        raise DossierUnknown
    return row


def replace_scope(principal: Principal) -> Principal:
    """An officer who looks for a dossier by its number; what is found is checked."""
    return Principal(principal.id, principal.name, principal.role, EVERYTHING)


async def seen(tools: Tools, principal: Principal, row: DossierRow) -> None:
    """Who reads that a lateness is counted to his office was told of it."""
    if principal.office is not None:
        await tell(tools, row, principal.office, How.SYSTEM, by=principal.id)


async def objected(
    tools: Tools,
    principal: Principal,
    row: DossierRow,
    content: Mapping[str, Any],
    key: str,
) -> str:
    """Keep an objection of the caller's own office, or for the office that it names.

    Raises:
        NotAllowed: who only looks, or a one-stop.
    """
    said = Said(
        by=principal.id,
        reason=_text(content, "reason"),
        paper=_text(content, "paper"),
        key=key,
    )
    if principal.role is Role.OFFICER:
        return await object_to(tools, row, principal.office or "", said)
    if not may_act(principal):
        raise NotAllowed
    office = _text(content, "office")
    if not office:
        charge = (await matter(tools, row)).charge
        office = (charge.party.office if charge else None) or ""
    return await object_to(tools, row, office, replace(said, on_behalf=True))


async def decided(
    tools: Tools,
    principal: Principal,
    row: DossierRow,
    identifier: str,
    content: Mapping[str, Any],
) -> None:
    """Decide as a body says.

    Raises:
        SenderError: the reason or the word is missing.
    """
    upheld = content.get("upheld")
    if not isinstance(upheld, bool):
        raise SenderError(
            code="decision_missing",
            remedy='Ghi "upheld": true nếu chấp nhận ý kiến, false nếu không.',
        )
    await decide(
        tools,
        principal,
        row,
        identifier,
        upheld=upheld,
        party=_text(content, "party"),
        reason=reason_of(content),
    )


async def told_by_paper(
    tools: Tools, principal: Principal, office: str, dossiers: Any, paper: str
) -> int:
    """Note that a letter was sent to an office about these; how many it tells it of.

    Raises:
        SenderError: dossiers or the letter's number are missing.
        ActionNotPossible: the office was told of all of them, or answers for none.
    """
    if not isinstance(dossiers, list) or not 0 < len(dossiers) <= MOST:
        raise SenderError(
            code="dossiers_missing", remedy=f"Ghi dossiers: từ 1 đến {MOST} mã hồ sơ."
        )
    number = paper_of(paper)
    if not number:
        raise SenderError(
            code="paper_number_missing",
            remedy="Ghi số văn bản đã gửi đơn vị (paper).",
        )
    rows = [await find(tools, principal, str(one)) for one in dossiers]
    done = 0
    for row in {row.case.dossier_id: row for row in rows}.values():
        done += await tell(tools, row, office, How.PAPER, by=principal.id, paper=number)
    if not done:
        raise ActionNotPossible(
            code="lateness_told_already",
            remedy="Đơn vị đã được báo về các hồ sơ này, hoặc chậm không tính cho đơn vị"
            " ấy: tải lại danh sách.",
        )
    return done


def must_see_all(principal: Principal) -> None:
    """Letters to offices are the province's.

    Raises:
        NotAllowed: the caller sees a part only.
    """
    if not principal.scope.everything:
        raise NotAllowed


def state_of(text: str) -> ObjectionState:
    """A state by its name.

    Raises:
        SenderError: there is none.
    """
    try:
        return ObjectionState(text)
    except ValueError:
        raise SenderError(
            code="objection_state_unknown",
            remedy="state là open, upheld, rejected hoặc overtaken.",
        ) from None


def _text(content: Mapping[str, Any], name: str) -> str:
    value = content.get(name)
    if value is not None and not isinstance(value, str):
        raise SenderError(code="objection_invalid", remedy=f"{name} là chữ.")
    return (value or "").strip()
