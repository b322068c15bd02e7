"""The page of a work list: what an office has in hand, and its buttons; no scripts."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api import work as calls
from gateway.api.answers import own_number
from gateway.api.bodies import limited
from gateway.api.handing_in import (
    MAX_ATTACHMENT_BYTES,
    refuse_when_pressed,
    source_of,
)
from gateway.api.multipart import read_form, read_in_memory
from gateway.api.problems import status_of
from gateway.api.signin import at_work_list, operator, same_origin
from gateway.api.work_acts import MAX_ACT_BYTES, do
from gateway.console.language import say
from gateway.console.papers import sheet_of
from gateway.console.render import form_of, to
from gateway.console.work_words import ACTS, NOTES, STATES, said_fields
from gateway.domain.errors import (
    DossierInvalid,
    DossierUnknown,
    NotAllowed,
    NotSignedIn,
    SenderError,
)
from gateway.domain.file_errors import FileRefused
from gateway.domain.identifiers import OfficeId
from gateway.domain.legal_day import legal_day
from gateway.domain.paper_forms import Form
from gateway.domain.principal import Principal, Role
from gateway.reports.handover import given_list
from gateway.sealing.folder import Folder
from gateway.sealing.holder import still_to_do

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.api.multipart import Form as Parts
    from gateway.api.work_acts import Acted
    from gateway.console.render import Pages
    from gateway.sealing.tools import Tools

PATH = "/console/viec-tay"
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
        office: str, request: Request, after: int = 0, xong: str = "", hs: str = ""
    ) -> Response:
        principal = await at_work_list(tools, request)
        here = calls.list_of(tools, principal, office)
        told = await _done(tools, here, xong, hs) if xong else None
        return await _list(pages, here, after, told)

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
        rows = await still_to_do(tools, here.office.id)
        made = await given_list(tools, OfficeId(office), list(rows.values()))
        return await sheet_of(
            tools, Form.HANDOVER_LIST, made, back=_back(office), word="", wide=True
        )


def _forms(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.post(f"{PATH}/{{office}}/{{item}}/{{act}}")
    async def post_act(
        office: str, item: str, act: str, request: Request, after: int = 0
    ) -> Response:
        same_origin(request)
        try:
            principal = await at_work_list(tools, request)
        except NotSignedIn:
            typed = await _typed_before(request)
            return pages.render("sign_in.html", None, 401, wrong=False, typed=typed)
        here = calls.list_of(tools, principal, office)
        try:
            form = await _form(pages, request, principal)
        except FileRefused as refused:
            told = Told("alert", refused.remedy, item, act)
            return await _list(pages, here, after, told, status_of(refused))
        content = _said(form)
        try:
            done = await _do(tools, here, (item, act), content, form)
        except (NotAllowed, DossierUnknown):
            raise
        except SenderError as refused:
            words = _words(refused)
            told = Told("alert", words, item, act, kept={**BLANK, **content})
            return await _list(pages, here, after, told, status_of(refused))
        if done.did_nothing:
            told = Told("alert", done.words, item, act, note=content.get("note", ""))
            return await _list(pages, here, after, told)
        mark = (
            f"?xong={quote(act)}&hs={quote(item)}{f'&after={after}' if after else ''}"
        )
        return to(f"{_back(office)}{mark}#{quote(item)}")


async def _do(
    tools: Tools,
    here: calls.WorkList,
    what: tuple[str, str],
    typed: dict[str, str],
    form: Parts,
) -> Acted:
    notice = {name: typed[name] for name in _NOTICE if typed.get(name)}
    content: dict[str, Any] = {
        name: value for name, value in typed.items() if value and name not in _NOTICE
    }
    if notice:
        # People write thousands with dots and spaces.
        notice["amount"] = re.sub(r"[\s.,]|đồng$", "", notice.get("amount", ""))
        content["notice"] = notice
    # A field for a file that nobody chose comes as a nameless one of 0 bytes.
    chosen = [part for part in form.files if form.names[part]]
    if chosen:
        names = {part: _file_name(form.names[part]) or part for part in chosen}
        content["files"] = [{"name": names[part], "part": part} for part in chosen]
    wrong = tools.schemas.errors("urn:lienthong:schema:manual:act:1", content)
    if wrong:
        raise DossierInvalid(wrong, code="request_invalid")
    return await do(tools, here, *what, content, form.files)


#: Of a form whose sender is not signed in any more: its words, no scanned paper.
_TYPED_BYTES = 64 * 1024


async def _typed_before(request: Request) -> str:
    """What an officer wrote before the sign-in ended, to be shown and not kept."""
    names = frozenset({*_FIELDS, "result", "result2"})
    kind = request.headers.get("content-type", "")
    try:
        parts = await read_in_memory(limited(request, _TYPED_BYTES), kind, names)
    except SenderError:
        return ""
    return parts.get("note", b"").decode("utf-8", "replace").strip()


async def _form(pages: Pages, request: Request, principal: Principal) -> Parts:
    refuse_when_pressed(pages.tools)
    return await read_form(
        limited(request, MAX_ACT_BYTES),
        request.headers.get("content-type", ""),
        pages.tools.attachments,
        limit_bytes=MAX_ATTACHMENT_BYTES,
        admit=lambda _: source_of("work_list", principal),
    )


_NOTICE = ("number", "item", "amount", "issued_on", "due_on")
_FIELDS = ("key", "done_on", "done_at", "step", "note", *_NOTICE)
BLANK: Mapping[str, str] = MappingProxyType(dict.fromkeys(_FIELDS, ""))


def _said(form: Parts) -> dict[str, str]:
    """What was typed, as it was."""
    return {
        name: form.fields[name].decode("utf-8", "replace").strip()
        for name in _FIELDS
        if name in form.fields
    }


def _file_name(told: str) -> str:
    """The last part of what a browser calls a file; some send the folder, too."""
    return "".join(c for c in _FOLDER.split(told)[-1] if c.isprintable())[:200]


def _words(refused: SenderError) -> str:
    if isinstance(refused, DossierInvalid):
        return " ".join(field.message for field in refused.fields) or refused.remedy
    return refused.remedy


class Told(NamedTuple):
    """What is said of an act above its dossier, and what was typed into its form."""

    look: str
    words: str
    item: str
    act: str = ""
    kept: Mapping[str, str] = BLANK
    note: str = ""
    #: what was typed and has no form to stand in any more


async def _done(tools: Tools, here: calls.WorkList, act: str, item: str) -> Told | None:
    """That an act was done; the dossier is named, since it may have left the list."""
    if act not in ACTS:
        return None
    row = await calls.held_by(tools, here, item)
    number = await own_number(Folder.shown(tools, row))
    said = say("Đã ghi nhận: %(act)s, hồ sơ %(number)s.")
    return Told("good", said % {"act": say(ACTS[act]), "number": number}, item)


async def _list(
    pages: Pages,
    here: calls.WorkList,
    after: int,
    told: Told | None = None,
    status: int = 200,
) -> Response:
    listed = await calls.work_list(pages.tools, pages.lanes, here, after)
    ids = {one["id"]: one["acts"] for one in listed["items"]}
    if told is not None and told.act not in ids.get(told.item, ()):
        told = told._replace(note=told.note or told.kept["note"])
    return pages.render(
        "work.html",
        here.by,
        status,
        **shown(pages, listed),
        own=here.is_own,
        acts=here.by.role is not Role.READER,
        told=told,
        blank=BLANK,
        late=sum(one["late"] for one in listed["items"]),
        shown_ids=set(ids),
        notes={act: say(words) for act, words in NOTES.items()},
        page_after=after,
        today=legal_day(pages.tools.clock.now()),
        here="work",
    )


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
            "state_words": say(STATES[item["state"]]),
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
    words = {act: say(name) for act, name in ACTS.items()}
    return {**listed, "items": items, "after": listed.get("after"), "words": words}
