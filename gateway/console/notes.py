"""Forms for what staff write on a dossier, and for what they put off."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api import stuck as calls
from gateway.api.problems import status_of
from gateway.api.signin import operator, same_origin
from gateway.console.chases import dossier_page
from gateway.console.language import later, say
from gateway.console.note_box import Said
from gateway.console.render import form_of, to
from gateway.delivery.seen import shut_by_plan
from gateway.domain.errors import ChangedMeanwhile, DossierUnknown, SenderError
from gateway.domain.identifiers import DossierId
from gateway.watch import noting

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from gateway.console.render import Pages
    from gateway.domain.principal import Principal
    from gateway.ports.store import DossierRow

    Form = dict[str, str]
    Work = Callable[[Principal, DossierRow, Form], Awaitable[object]]

_D = "/console/ho-so/{identifier}"
CHANGED = later("Hồ sơ hoặc lần ghi trước vừa đổi: xem lại rồi làm lại nếu còn cần.")


def register(pages: Pages, routes: APIRouter) -> None:
    """Add the forms of a dossier's page, and those of a cause."""
    tools = pages.tools

    async def write(who: Principal, row: DossierRow, form: Form) -> None:
        await noting.write(tools, who, row, form.get("text", ""))

    async def assign(who: Principal, row: DossierRow, form: Form) -> None:
        owner, seen = form.get("owner", ""), form.get("seen", "")
        await noting.assign(tools, who, row, owner, seen=seen)

    async def put_off(who: Principal, row: DossierRow, form: Form) -> None:
        until, reason = form.get("until", ""), form.get("reason", "")
        await noting.postpone(tools, who, row, until, reason)

    async def resume(who: Principal, row: DossierRow, form: Form) -> None:  # noqa: ARG001  the same of all
        await noting.resume(tools, who, row)

    async def withdraw(who: Principal, row: DossierRow, form: Form) -> None:
        await noting.withdraw(tools, who, row, form.get("note", ""))

    for name, work in {
        "ghi-chu": write,
        "phu-trach": assign,
        "hoan": put_off,
        "thoi-hoan": resume,
        "rut": withdraw,
    }.items():
        _form(pages, routes, name, work)
    _causes(pages, routes)


def _form(pages: Pages, routes: APIRouter, name: str, work: Work) -> None:
    tools = pages.tools

    @routes.post(f"{_D}/{name}")
    async def done(identifier: str, request: Request) -> Response:
        same_origin(request)
        principal = await operator(tools, request)
        noting.must_see(principal)
        row = await tools.store.dossier(DossierId(identifier), principal.scope)
        if row is None:
            raise DossierUnknown
        form = await form_of(request)
        try:
            await work(principal, row, form)
        except (SenderError, ChangedMeanwhile) as error:
            changed = isinstance(error, ChangedMeanwhile)
            words = say(CHANGED) if changed else error.remedy
            noted = Said(words, wrong=True, form=name, typed=form)
            status = 409 if changed else status_of(error)
            return await dossier_page(pages, principal, row, status=status, noted=noted)
        return to(f"/console/ho-so/{quote(identifier)}?ghi={name}#ghi-chu")


def _causes(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools
    shut = shut_by_plan(tools, pages.lanes)

    @routes.post("/console/dung-yen/{cause}/hoan")
    async def put_off(cause: str, request: Request) -> Response:
        same_origin(request)
        principal = await operator(tools, request)
        noting.must_see(principal)
        form = await form_of(request)
        await calls.cause_of(tools, principal, shut, cause)
        until, reason = form.get("until", "").strip(), form.get("reason", "")
        own = f"/console/dung-yen/{quote(cause)}"
        try:
            await noting.postpone_cause(tools, principal, cause, until, reason)
        except (SenderError, ChangedMeanwhile) as error:
            changed = isinstance(error, ChangedMeanwhile)
            words = say(CHANGED) if changed else error.remedy
            status = 409 if changed else status_of(error)
            return pages.told(principal, status, words, own)
        return to(f"{own}?xong=1#hoan")
