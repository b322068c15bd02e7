"""The page of a work list: what an office has in hand, and its buttons; no scripts."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api import work as calls
from gateway.api.bodies import limited
from gateway.api.handing_in import MAX_ATTACHMENT_BYTES, refuse_when_pressed
from gateway.api.multipart import read_form
from gateway.api.problems import status_of
from gateway.api.signin import at_work_list, operator, same_origin
from gateway.api.work_acts import MAX_ACT_BYTES, do
from gateway.console.papers import sheet_of
from gateway.console.render import form_of, to
from gateway.console.work_words import ACTS, STATES, said_fields
from gateway.domain.errors import DossierInvalid, NotAllowed, SenderError
from gateway.domain.identifiers import OfficeId
from gateway.domain.legal_day import legal_day
from gateway.domain.paper import Form
from gateway.domain.principal import Role
from gateway.reports.handover import given_list

if TYPE_CHECKING:
    from gateway.api.multipart import Form as Parts
    from gateway.console.render import Pages
    from gateway.domain.principal import Principal

PATH = "/viec-tay"
_FOLDER = re.compile(r"[\\/]")


def register(pages: Pages, routes: APIRouter) -> None:
    """Add the page, its files, its forms and its paper."""
    tools = pages.tools

    @routes.get(PATH)
    async def choose(request: Request, office: str = "") -> Response:
        principal = await at_work_list(tools, request)
        if principal.role is Role.OFFICER:
            return to(f"{PATH}/{quote(principal.office or '')}")
        if office:
            return to(f"{PATH}/{quote(office)}")
        return pages.render(
            "work_offices.html", principal, offices=offices(pages), here="work"
        )

    @routes.get(f"{PATH}/{{office}}")
    async def page(
        office: str, request: Request, after: int = 0, xong: str = ""
    ) -> Response:
        principal = await at_work_list(tools, request)
        here = calls.list_of(tools, principal, office)
        listed = await calls.work_list(tools, pages.lanes, here, after)
        return pages.render(
            "work.html",
            principal,
            **shown(pages, listed),
            own=here.is_own,
            acts=principal.role is not Role.READER,
            done=ACTS.get(xong, ""),
            today=legal_day(tools.clock.now()),
            here="work",
        )

    @routes.post(f"{PATH}/{{office}}/mo-thay")
    async def open_for(office: str, request: Request) -> Response:
        same_origin(request)
        principal = await operator(tools, request)
        here = calls.list_of(tools, principal, office)
        reason = (await form_of(request)).get("reason", "").strip()
        try:
            await calls.fetch_for(tools, pages.lanes, here, reason)
        except SenderError as wrong:
            return pages.told(principal, status_of(wrong), wrong.remedy, _back(office))
        return to(_back(office))

    _files(pages, routes)
    _forms(pages, routes)


def _files(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.get(f"{PATH}/{{office}}/{{item}}/tep/{{identifier}}")
    async def file(
        office: str, item: str, identifier: str, request: Request
    ) -> Response:
        principal = await at_work_list(tools, request)
        here = calls.list_of(tools, principal, office)
        return await calls.file_of(tools, here, item, identifier)

    @routes.get(f"{PATH}/{{office}}/ban-giao")
    async def handover(office: str, request: Request) -> Response:
        principal = await at_work_list(tools, request)
        here = calls.list_of(tools, principal, office)
        held = await tools.work.in_hand(here.office.id, after=0, limit=calls.PAGE)
        made = await given_list(tools, OfficeId(office), [one.row for one in held])
        return await sheet_of(
            tools, Form.HANDOVER_LIST, made, back=_back(office), word="", wide=True
        )


def _forms(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.post(f"{PATH}/{{office}}/{{item}}/{{act}}")
    async def post_act(office: str, item: str, act: str, request: Request) -> Response:
        same_origin(request)
        principal = await at_work_list(tools, request)
        here = calls.list_of(tools, principal, office)
        try:
            form = await _form(pages, request)
            content = {name: value for name, value in _said(form).items() if value}
            files = {name: file for name, file in form.files.items() if file.size_bytes}
            content["files"] = [
                {"name": _file_name(form.names.get(name, "")) or name, "part": name}
                for name in files
            ]
            wrong = tools.schemas.errors(
                "urn:lienthong:schema:manual:act:1",
                {k: v for k, v in content.items() if v},
            )
            if wrong:
                raise DossierInvalid(wrong, code="request_invalid")
            await do(tools, here, item, act, content, files)
        except NotAllowed:
            raise
        except SenderError as refused:
            return _refused(pages, principal, refused, office)
        return to(f"{_back(office)}?xong={quote(act)}")


async def _form(pages: Pages, request: Request) -> Parts:
    refuse_when_pressed(pages.tools)
    return await read_form(
        limited(request, MAX_ACT_BYTES),
        request.headers.get("content-type", ""),
        pages.tools.attachments,
        limit_bytes=MAX_ATTACHMENT_BYTES,
    )


def _said(form: Parts) -> dict[str, Any]:
    names = ("key", "done_on", "done_at", "step", "note")
    return {
        name: form.fields[name].decode("utf-8", "replace").strip()
        for name in names
        if name in form.fields
    }


def _file_name(told: str) -> str:
    """The last part of what a browser calls a file; some send the folder, too."""
    return "".join(c for c in _FOLDER.split(told)[-1] if c.isprintable())[:200]


def _refused(
    pages: Pages, principal: Principal, refused: SenderError, office: str
) -> Response:
    told = refused.remedy
    if isinstance(refused, DossierInvalid):
        told = " ".join(field.message for field in refused.fields) or told
    return pages.told(principal, status_of(refused), told, _back(office))


def _back(office: str) -> str:
    return f"{PATH}/{quote(office)}"


def offices(pages: Pages) -> list[tuple[str, str]]:
    """Offices that have a list."""
    found = pages.tools.versions.current.offices.values()
    return [(o.id, o.name) for o in found if calls.desk_of(pages.tools, o) is not None]


def _said_of(fields: dict[str, Any]) -> list[tuple[str, str]]:
    """Without the day that the head of the item tells."""
    return said_fields({k: v for k, v in fields.items() if k != "due_on"})


def shown(pages: Pages, listed: dict[str, Any]) -> dict[str, Any]:
    """The list with words in place of codes, and a key for each form."""
    steps = {one["code"]: one["name"] for one in listed["steps"]}
    items = [
        {
            **item,
            "state_words": STATES[item["state"]],
            "step_words": steps.get(item.get("step", ""), ""),
            "due_on": item.get("due_on", ""),
            "due_reason": item.get("due_reason", ""),
            "other": item["for_office"] != listed["office"],
            "messages": [
                {**one, "note": one.get("note", ""), "said": _said_of(one["fields"])}
                for one in item["messages"]
            ],
            "key": pages.tools.chance.identifier("act"),
        }
        for item in listed["items"]
    ]
    return {**listed, "items": items, "after": listed.get("after"), "words": ACTS}
