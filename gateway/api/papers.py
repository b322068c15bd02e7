"""Papers of a dossier and the hand-over list, as facts and as Word documents."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.description import DOCX
from gateway.api.signin import signed_in
from gateway.domain.identifiers import OfficeId
from gateway.domain.legal_day import legal_day
from gateway.domain.paper_forms import Form
from gateway.domain.written import blanks, written
from gateway.intake.acts import find
from gateway.reports.handover import handover_list, must_be_known, of_day
from gateway.reports.handover import listed as listed_at
from gateway.reports.papers import choices, paper, paper_unknown
from gateway.reports.reading import Directory, opened
from gateway.sealing.reads import note_reads

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.paper import HandoverList, Paper
    from gateway.domain.principal import Principal
    from gateway.ports.store import DossierRow
    from gateway.reports.handover import Listed
    from gateway.sealing.tools import Tools

Office = Annotated[str, Query(description="mã đơn vị nhận bàn giao")]
Day = Annotated[
    date | None, Query(description="ngày đến lượt đơn vị; không ghi là hôm nay")
]
Chosen = Annotated[
    list[str] | None,
    Query(description="số của từng hồ sơ; có thì không xét ngày"),
]


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the calls; they come before those that take any path for a number."""
    _of_a_dossier(tools, routes)
    _lists(tools, routes)


def _of_a_dossier(tools: Tools, routes: APIRouter) -> None:
    @routes.get("/dossiers/{number:path}/papers")
    async def get_papers(number: str, request: Request) -> Response:
        """Giấy tờ in được của hồ sơ; loại không in được thì nêu vì sao."""
        principal = await signed_in(tools, request)
        row = await find(tools, principal, number)
        return answer({"papers": await listed(tools, row)})

    @routes.get("/dossiers/{number:path}/papers/{form}.docx")
    async def get_paper(number: str, form: str, request: Request) -> Response:
        """Một giấy tờ của hồ sơ, tệp Word; chỗ cổng không biết để trống."""
        principal = await signed_in(tools, request)
        row = await find(tools, principal, number)
        made = await of_dossier(tools, principal, row, form)
        return await word(tools, Form(form), made)


def _lists(tools: Tools, routes: APIRouter) -> None:
    @routes.get("/handover-list")
    async def get_handover_list(
        request: Request, office: Office, day: Day = None, dossier: Chosen = None
    ) -> Response:
        """Danh sách bàn giao hồ sơ giấy cho một đơn vị: theo ngày hoặc theo số."""
        principal = await signed_in(tools, request)
        made = await to_office(tools, principal, office, day, dossier or ())
        return answer({"handover_list": written(made), "blanks": blanks(made)})

    @routes.get("/handover-list.docx")
    async def get_handover_list_docx(
        request: Request, office: Office, day: Day = None, dossier: Chosen = None
    ) -> Response:
        """Danh sách bàn giao hồ sơ, tệp Word."""
        principal = await signed_in(tools, request)
        made = await to_office(tools, principal, office, day, dossier or ())
        return await word(tools, Form.HANDOVER_LIST, made)


async def listed(tools: Tools, row: DossierRow) -> list[dict[str, Any]]:
    """Every form of a dossier with its name, and why it cannot be printed now."""
    one = await opened(tools, row)
    directory = Directory(tools.versions.current, tools.contacts)
    return [
        {
            "form": choice.form.value,
            "title": choice.name.title,
            "number": choice.name.number,
            "decree": choice.name.decree,
            "label": choice.name.label,
            "verified": choice.verified,
            "possible": not choice.why_not,
            "why_not": choice.why_not,
            "notes": list(choice.notes),
        }
        for choice in choices(one, directory, tools.clock.now())
    ]


async def of_dossier(
    tools: Tools, principal: Principal, row: DossierRow, form: str
) -> Paper:
    """The facts of one paper; who had it printed is kept.

    Raises:
        ActionNotPossible: there is no such form, or not in the dossier's state.
    """
    try:
        wanted = Form(form)
    except ValueError:
        raise paper_unknown() from None
    one = await opened(tools, row)
    directory = Directory(tools.versions.current, tools.contacts)
    made = paper(one, wanted, directory, tools.clock.now())
    await note_printed(tools, principal, [row], wanted)
    return made


async def to_office(
    tools: Tools,
    principal: Principal,
    office: str,
    day: date | None,
    chosen: Sequence[str],
) -> HandoverList:
    """The hand-over list of a day, or of the dossiers that were chosen by number.

    Raises:
        DossierUnknown: one of them is unknown, or not the caller's.
    """
    if not chosen:
        day = day or legal_day(tools.clock.now())
    found = await at_office(tools, principal, office, day, chosen)
    directory = Directory(tools.versions.current, tools.contacts)
    now = tools.clock.now()
    return handover_list(found, OfficeId(office), directory, day, now)


async def at_office(
    tools: Tools,
    principal: Principal,
    office: str,
    day: date | None,
    chosen: Sequence[str],
) -> list[Listed]:
    """The dossiers themselves; who read them is kept."""
    to, directory = OfficeId(office), Directory(tools.versions.current, tools.contacts)
    must_be_known(directory, to)
    if chosen:
        found = [await find(tools, principal, number) for number in chosen]
    else:
        day = day or legal_day(tools.clock.now())
        found = await of_day(tools, principal.scope, to, day)
    rows = list({row.case.dossier_id: row for row in found}.values())
    made = await listed_at(tools, rows, to, directory, day)
    await note_printed(tools, principal, rows, Form.HANDOVER_LIST)
    return made


async def word(tools: Tools, form: Form, made: Paper) -> Response:
    """A paper as a Word document, made in memory."""
    content = await asyncio.to_thread(tools.papers.docx, form, made)
    # A file's name lands in download lists and shared folders: no number, no name.
    headers = {
        "Content-Disposition": f'attachment; filename="{quote(form.value)}.docx"',
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Response(content, media_type=DOCX, headers=headers)


async def note_printed(
    tools: Tools, principal: Principal, rows: Sequence[DossierRow], form: Form
) -> None:
    """Keep who read which dossiers for which paper."""
    dossiers = [row.case.dossier_id for row in rows]
    await note_reads(tools, principal, dossiers, {"paper": form.value})
