"""Pages of the morning briefing and of what a unit has due soon; both for paper."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from fastapi import Request
from fastapi.responses import Response

from gateway.api import due_mails
from gateway.api.briefing import Days, briefing, letter
from gateway.api.papers import word
from gateway.api.problems import status_of
from gateway.api.routes import Routes
from gateway.api.signin import operator, same_origin, signed_in
from gateway.console.guarding import guard
from gateway.console.papers import sheet_of
from gateway.console.render import PageRoute, Pages, form_of, to
from gateway.domain.errors import MailNotSent, SenderError
from gateway.domain.legal_day import legal_day
from gateway.domain.paper_forms import Form
from gateway.domain.principal import Role, may_act
from gateway.reports.due_soon import DAYS, as_json, due_soon
from gateway.reports.morning import ROWS
from gateway.reports.naming import Names

if TYPE_CHECKING:
    from gateway.delivery.lanes import Lanes
    from gateway.reports.due_mailing import DueMailing
    from gateway.sealing.tools import Tools
    from gateway.watch.roads import Roads

BRIEFING, DUE_SOON = "/console/giao-ban", "/console/sap-den-han"
#: Offices that two sheets of paper have room for; the others are told as one.
OFFICES = 12


def router(
    tools: Tools, lanes: Lanes, roads: Roads, weekly: DueMailing | None
) -> Routes:
    """The pages."""
    pages = Pages(tools, lanes)
    guard(pages)
    routes = Routes(include_in_schema=False, route_class=PageRoute.of(pages))
    _briefing(pages, roads, routes)
    _due_soon(pages, weekly, routes)
    _sheets(pages, routes)
    _letters(pages, weekly, routes)
    return routes


def _briefing(pages: Pages, roads: Roads, routes: Routes) -> None:
    @routes.get(BRIEFING)
    async def morning(request: Request) -> Response:
        principal = await signed_in(pages.tools, request)
        found = await briefing(pages.tools, pages.lanes, roads, principal)
        return pages.render(
            "briefing.html",
            principal,
            found=found,
            shown=ROWS,
            most=OFFICES,
            here="briefing",
        )


def _due_soon(pages: Pages, weekly: DueMailing | None, routes: Routes) -> None:
    tools = pages.tools

    @routes.get(DUE_SOON)
    async def choose(request: Request, unit: str = "", days: Days = DAYS) -> Response:
        principal = await signed_in(tools, request)
        names, found = Names(tools), None
        counts = await tools.measures.open_now(
            principal.scope, legal_day(tools.clock.now())
        )
        if unit:
            made = await due_soon(tools, principal.scope, unit, days)
            found = as_json(made, names)
        letters = None
        if not unit and principal.role is not Role.ONE_STOP:
            letters = await due_mails.listed(tools, weekly, principal)
        units = sorted({one.unit for one in counts} | ({unit} if unit else set()))
        return pages.render(
            "due_soon.html",
            principal,
            units=[(one, names.unit(one)) for one in units],
            unit=unit,
            days=days,
            found=found,
            query=urlencode({"unit": unit, "days": days}),
            letters=letters,
            mails=weekly is not None,
            may_send=may_act(principal),
            here="reports",
        )


def _sheets(pages: Pages, routes: Routes) -> None:
    tools = pages.tools

    @routes.get(f"{DUE_SOON}/in.docx")
    async def as_word(request: Request, unit: str, days: Days = DAYS) -> Response:
        principal = await signed_in(tools, request)
        made = await letter(tools, principal.scope, unit, days)
        return await word(tools, Form.DUE_SOON, made)

    @routes.get(f"{DUE_SOON}/in")
    async def sheet(request: Request, unit: str, days: Days = DAYS) -> Response:
        principal = await signed_in(tools, request)
        made = await letter(tools, principal.scope, unit, days)
        query = urlencode({"unit": unit, "days": days})
        return await sheet_of(
            tools,
            Form.DUE_SOON,
            made,
            back=f"{DUE_SOON}?{query}",
            word=f"{DUE_SOON}/in.docx?{query}",
        )


def _letters(pages: Pages, weekly: DueMailing | None, routes: Routes) -> None:
    @routes.post(f"{DUE_SOON}/thu")
    async def send(request: Request) -> Response:
        same_origin(request)
        principal = await operator(pages.tools, request)
        form = await form_of(request)
        kind, target = form.get("kind", ""), form.get("target", "")
        try:
            await due_mails.send(
                pages.tools,
                weekly,
                principal,
                kind,
                target,
                again=form.get("again") == "1",
            )
        except (SenderError, MailNotSent) as wrong:
            status = status_of(wrong)
            return pages.told(principal, status, wrong.remedy, DUE_SOON)
        return to(DUE_SOON)
