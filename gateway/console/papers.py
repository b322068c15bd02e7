"""Papers to print from the browser, made from the same facts as the Word documents."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, Response
from jinja2 import Environment, PackageLoader, StrictUndefined, Undefined
from markupsafe import Markup

from gateway.api import papers
from gateway.api.signin import signed_in
from gateway.console.render import HEADERS
from gateway.domain.errors import DossierUnknown
from gateway.domain.identifiers import DossierId
from gateway.domain.legal_day import legal_day
from gateway.domain.paper_forms import Form
from gateway.domain.written import blanks, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.console.render import Pages
    from gateway.domain.paper import Paper
    from gateway.domain.principal import Principal
    from gateway.ports.store import DossierRow
    from gateway.reports.handover import Listed
    from gateway.sealing.tools import Tools

HANDOVER = "/console/ban-giao"
#: What stands on paper for what is not known.
_BLANK = Markup('<span class="blank"></span>')
Chosen = Annotated[list[str] | None, Query()]


def _blank(value: Any) -> Any:
    if isinstance(value, Undefined):
        return value
    return _BLANK if value is None or value == "" else value


_SHEETS = Environment(
    loader=PackageLoader("gateway.console"),
    autoescape=True,
    undefined=StrictUndefined,
    finalize=_blank,
    trim_blocks=True,
    lstrip_blocks=True,
)


def register(pages: Pages, routes: APIRouter) -> None:
    """Add the pages; Word documents come before what takes any form's name."""
    _of_a_dossier(pages.tools, routes)
    _handover(pages, routes)


def _of_a_dossier(tools: Tools, routes: APIRouter) -> None:
    async def mine(request: Request, identifier: str) -> tuple[Principal, DossierRow]:
        principal = await signed_in(tools, request)
        row = await tools.store.dossier(DossierId(identifier), principal.scope)
        if row is None:
            raise DossierUnknown
        return principal, row

    @routes.get("/console/ho-so/{identifier}/giay-to/{form}.docx")
    async def word(identifier: str, form: str, request: Request) -> Response:
        principal, row = await mine(request, identifier)
        made = await papers.of_dossier(tools, principal, row, form)
        return await papers.word(tools, Form(form), made)

    @routes.get("/console/ho-so/{identifier}/giay-to/{form}")
    async def sheet(identifier: str, form: str, request: Request) -> Response:
        principal, row = await mine(request, identifier)
        made = await papers.of_dossier(tools, principal, row, form)
        offered = await papers.listed(tools, row)
        notes = next(one["notes"] for one in offered if one["form"] == form)
        return await sheet_of(
            tools,
            Form(form),
            made,
            back=f"/console/ho-so/{identifier}",
            word=f"/console/ho-so/{identifier}/giay-to/{form}.docx",
            notes=notes,
        )


def _handover(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.get(HANDOVER)
    async def choose(request: Request, office: str = "", day: str = "") -> Response:
        principal = await signed_in(tools, request)
        on = _day(day) or legal_day(tools.clock.now())
        rows: list[Listed] = []
        if office:
            rows = await papers.at_office(tools, principal, office, on, ())
        return pages.render(
            "handover.html",
            principal,
            offices=_offices(tools),
            office=office,
            day=on,
            rows=rows,
            here="handover",
        )

    @routes.get(f"{HANDOVER}/in.docx")
    async def word(
        request: Request, office: str, day: str = "", dossier: Chosen = None
    ) -> Response:
        principal = await signed_in(tools, request)
        chosen = dossier or ()
        made = await papers.to_office(tools, principal, office, _day(day), chosen)
        return await papers.word(tools, Form.HANDOVER_LIST, made)

    @routes.get(f"{HANDOVER}/in")
    async def sheet(
        request: Request, office: str, day: str = "", dossier: Chosen = None
    ) -> Response:
        principal = await signed_in(tools, request)
        chosen = dossier or ()
        made = await papers.to_office(tools, principal, office, _day(day), chosen)
        return await sheet_of(
            tools,
            Form.HANDOVER_LIST,
            made,
            back=f"{HANDOVER}?{_query(office, day, ())}",
            word=f"{HANDOVER}/in.docx?{_query(office, day, chosen)}",
            wide=True,
        )


def _day(text: str) -> date | None:
    """The day of a date field; None for an emptied one."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _query(office: str, day: str, chosen: Sequence[str]) -> str:
    chosen_ones = [("dossier", one) for one in chosen]
    return urlencode([("office", office), ("day", day), *chosen_ones])


def _offices(tools: Tools) -> list[tuple[str, str]]:
    """Offices that can be handed something: all but the one-stop systems."""
    offices = tools.versions.current.offices.values()
    return [(one.id, one.name) for one in offices if one.agency != "one_stop"]


async def sheet_of(
    tools: Tools, form: Form, made: Paper, *, back: str, word: str, **more: Any
) -> Response:
    """One paper as a page that a browser prints on A4."""
    values = {"wide": False, "notes": [], **more}
    values |= {"blanks": blanks(made), "back": back, "word": word}

    def rendered() -> str:
        template = _SHEETS.get_template(f"paper/{form.value}.html")
        return template.render(paper=_drawn(tools, written(made)), **values)

    # Hundreds of codes are drawn for a long list: others need not wait.
    return HTMLResponse(await asyncio.to_thread(rendered), headers=HEADERS)


def _drawn(tools: Tools, value: Any) -> Any:
    """The same facts with each code as a picture."""
    if isinstance(value, list):
        return [_drawn(tools, one) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: Markup(tools.papers.qr_svg(str(one)))  # noqa: S704  made of squares only
        if name == "qr"
        else _drawn(tools, one)
        for name, one in value.items()
    }
