"""Chasing offices (đôn đốc): what was done, a reminder, the text, and who is late."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from gateway.api.answers import answer, own_number
from gateway.api.bodies import json_object
from gateway.api.contacts import person
from gateway.api.paging import PAGE, chase_after, must_be_an_office, page_of
from gateway.api.papers import note_printed, word
from gateway.api.signin import operator
from gateway.chasing.adding import Told, add
from gateway.chasing.collecting import chased_rows, remind_of_all
from gateway.chasing.letter import chase_letter
from gateway.chasing.listing import ORDER, listed
from gateway.chasing.mailing import remind
from gateway.chasing.matters import matter, matters
from gateway.chasing.sentences import must_be_theirs, text
from gateway.domain.chase import HOWS, PROMISES, Standing
from gateway.domain.errors import SenderError
from gateway.domain.identifiers import OfficeId
from gateway.domain.paper_forms import Form
from gateway.intake.acts import find
from gateway.sealing.folder import Folder
from gateway.sealing.reads import note_reads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.chasing.matters import Matter
    from gateway.domain.chase import Chase
    from gateway.domain.identifiers import DossierId
    from gateway.domain.paper import ChaseLetter
    from gateway.domain.principal import Principal
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

_D = "/dossiers/{number:path}/chases"
Chosen = Annotated[list[str], Query(description="số của từng hồ sơ")]


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the calls; the longer paths of one dossier come first."""
    _mail_and_text(tools, routes)
    _of_a_dossier(tools, routes)
    _lists(tools, routes)


def _mail_and_text(tools: Tools, routes: APIRouter) -> None:
    @routes.post(f"{_D}/mail", status_code=201)
    async def post_mail(number: str, request: Request) -> Response:
        """Gửi thư nhắc đầu mối của một đơn vị; một lần trong ngày làm việc."""
        principal = await operator(tools, request)
        row = await find(tools, principal, number)
        content = await json_object(request)
        identifier = await mailed(
            tools,
            principal,
            row,
            _said(content, "office"),
            escalate=content.get("escalate") is True,
            again=content.get("again") is True,
            reason=_said(content, "reason"),
        )
        return answer(await one_shown(tools, principal, row, identifier), 201)

    @routes.get(f"{_D}/text")
    async def get_text(number: str, request: Request, office: str) -> Response:
        """Vài câu nhắc để chép vào thư hoặc tin nhắn; không có gì của người nộp."""
        principal = await person(tools, request)
        row = await find(tools, principal, number)
        return answer({"text": await text_of(tools, row, office)})


def _of_a_dossier(tools: Tools, routes: APIRouter) -> None:
    @routes.get(_D)
    async def get_chases(number: str, request: Request) -> Response:
        """Các lần đôn đốc của hồ sơ theo từng đơn vị, và lời hẹn ra sao."""
        principal = await person(tools, request)
        row = await find(tools, principal, number)
        # What was said on the telephone names people.
        await note_reads(tools, principal, [row.case.dossier_id])
        found = await matters(tools, row)
        return answer({"offices": [shown(one, with_chases=True) for one in found]})

    @routes.post(_D, status_code=201)
    async def post_chase(number: str, request: Request) -> Response:
        """Ghi một lần đôn đốc: gọi điện, nhắn tin, công văn, báo lãnh đạo."""
        principal = await operator(tools, request)
        row = await find(tools, principal, number)
        content = await json_object(request)
        fields = ("how", "contact", "said", "promised_on", "corrects", "key")
        told = Told(**{name: _said(content, name) for name in fields})
        office = _said(content, "office")
        identifier = await add(tools, principal, row, office, told)
        return answer(await one_shown(tools, principal, row, identifier), 201)


def _lists(tools: Tools, routes: APIRouter) -> None:
    @routes.get("/chases")
    async def get_all(
        request: Request,
        state: str = "",
        office: str = "",
        after: str | None = None,
        limit: int = PAGE,
    ) -> Response:
        """Đơn vị đang được đôn đốc: thất hẹn trước, rồi đang hẹn, rồi chưa trả lời."""
        principal, states = await person(tools, request), _states(state)
        found, following = await listed(
            *(tools, principal.scope, states),
            office=OfficeId(office) if office else None,
            after=chase_after(after, states),
            limit=page_of(limit),
        )
        must_be_an_office(tools, office, found)
        lines = [await line(tools, one) for one in found]
        return answer({"chases": lines, "after": following})

    @routes.post("/offices/{office}/chases/mail", status_code=201)
    async def post_collected(office: str, request: Request) -> Response:
        """Gửi một thư gộp cho đơn vị về các hồ sơ (dossiers); không ghi là mọi hồ sơ đang đôn đốc."""
        principal = await operator(tools, request)
        content = await json_object(request)
        numbers = content.get("dossiers")
        if numbers is not None and not (
            isinstance(numbers, list) and all(isinstance(n, str) for n in numbers)
        ):
            raise SenderError(
                code="chase_invalid", remedy="dossiers là danh sách số hồ sơ."
            )
        sent = await collected(
            tools,
            principal,
            office,
            numbers,
            again=content.get("again") is True,
            reason=_said(content, "reason"),
        )
        return answer(sent, 201)

    @routes.get("/offices/{office}/chase-letter.docx")
    async def get_letter(office: str, request: Request, dossiers: Chosen) -> Response:
        """Công văn đôn đốc một đơn vị về các hồ sơ đã chọn, tệp Word."""
        principal = await person(tools, request)
        made = await letter(tools, principal, office, dossiers)
        return await word(tools, Form.CHASE_LETTER, made)


async def mailed(
    tools: Tools,
    principal: Principal,
    row: DossierRow,
    office: str,
    *,
    escalate: bool,
    again: bool,
    reason: str,
) -> str:
    """Mail a reminder; the identifier of the chase."""
    number = await own_number(Folder.of(tools, row))
    return await remind(
        tools,
        principal,
        row,
        office,
        number,
        escalate=escalate,
        again=again,
        reason=reason,
    )


async def collected(
    tools: Tools,
    principal: Principal,
    office: str,
    numbers: Sequence[str] | None,
    *,
    again: bool,
    reason: str,
) -> dict[str, Any]:
    """Mail one reminder of several dossiers; None: of all that are chased there."""
    if numbers is None:
        rows = await chased_rows(tools, principal, office)
    else:
        found = [await find(tools, principal, number) for number in numbers]
        rows = list({row.case.dossier_id: row for row in found}.values())
    sent = await remind_of_all(
        tools, principal, office, rows, again=again, reason=reason
    )
    known = {row.case.dossier_id: row for row in rows}

    async def shown(ids: Sequence[DossierId]) -> list[str]:
        return [await own_number(Folder.of(tools, known[one])) for one in ids]

    return {
        "office": office,
        "mailed": sent.mailed,
        "dossiers": await shown(sent.dossiers),
        "left_out": await shown(sent.left_out),
    }


async def text_of(tools: Tools, row: DossierRow, office: str) -> str:
    """Sentences that remind an office.

    Raises:
        ActionNotPossible: it has nothing to do.
    """
    one = await matter(tools, row, office)
    must_be_theirs(one.leg, await tools.store.transfers(row.case.dossier_id))
    number = await own_number(Folder.of(tools, row))
    return text(one, number, tools.versions.procedure_of(row.case).name)


async def letter(
    tools: Tools, principal: Principal, office: str, numbers: Sequence[str]
) -> ChaseLetter:
    """The facts of a letter; who had it printed is kept."""
    found = [await find(tools, principal, number) for number in numbers]
    rows = list({row.case.dossier_id: row for row in found}.values())
    made = await chase_letter(tools, office, rows)
    await note_printed(tools, principal, rows, Form.CHASE_LETTER)
    return made


async def one_shown(
    tools: Tools, principal: Principal, row: DossierRow, identifier: str
) -> dict[str, Any]:
    """One chase as it now stands, with how it stands with its office."""
    present = await tools.store.dossier(row.case.dossier_id, principal.scope) or row
    for one in await matters(tools, present):
        for chase in one.chases:
            if chase.id == identifier:
                return {**chase_shown(one, chase), **shown(one)}
    return {"id": identifier}


def shown(one: Matter, *, with_chases: bool = False) -> dict[str, Any]:
    """How it stands with one office of a dossier."""
    now, last = one.now, one.now.last
    body: dict[str, Any] = {
        "office": one.leg.office,
        "office_name": one.name,
        "open": one.is_open,
        "since": one.leg.since.isoformat(),
        "standing": now.standing.value,
        "promised_on": now.promised_on.isoformat() if now.promised_on else None,
        "broken": now.broken,
        "chased_since": now.since.isoformat() if now.since else None,
        "last_at": last.at.isoformat() if last else None,
        "last_how": last.how.value if last else None,
        "may_escalate": now.may_escalate,
    }
    if with_chases:
        body["chases"] = [chase_shown(one, chase) for chase in one.chases]
    return body


def chase_shown(one: Matter, chase: Chase) -> dict[str, Any]:
    """One time that an office was chased."""
    promise = one.promise(chase)
    return {
        "id": chase.id,
        "at": chase.at.isoformat(),
        "by": chase.by,
        "how": chase.how.value,
        "how_name": HOWS[chase.how],
        "contact": chase.contact,
        "said": chase.said,
        "mailed": chase.mailed,
        "promised_on": chase.promised_on.isoformat() if chase.promised_on else None,
        "promise": promise.value,
        "promise_name": PROMISES[promise],
        "corrects": chase.corrects,
        "corrected": any(c.corrects == chase.id for c in one.chases),
    }


async def line(tools: Tools, one: Matter) -> dict[str, Any]:
    """One line of a list: whose, about which dossier, and where it stands."""
    case = one.row.case
    return {
        "dossier_id": case.dossier_id,
        "number": await own_number(Folder.of(tools, one.row)),
        "procedure": tools.versions.procedure_of(case).name,
        "due_on": case.due_on.isoformat() if case.due_on else None,
        **shown(one),
    }


def _states(text: str) -> tuple[Standing, ...]:
    if not text:
        return ORDER
    found = tuple(one for one in ORDER if one.value == text)
    if not found:
        raise SenderError(
            code="chase_state_unknown",
            remedy="state là broken (thất hẹn), open (đang hẹn) hoặc unanswered (chưa trả"
            " lời).",
        )
    return found


def _said(content: dict[str, Any], name: str) -> str:
    value = content.get(name)
    if value is not None and not isinstance(value, str):
        raise SenderError(code="chase_invalid", remedy=f"{name} là chữ.")
    return (value or "").strip()
