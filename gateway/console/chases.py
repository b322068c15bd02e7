"""Chasing offices on pages: a box for each on the dossier's page, and who is late."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from types import MappingProxyType
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from gateway.api import chases as calls
from gateway.api.answers import place
from gateway.api.contacts import person
from gateway.api.papers import listed as listed_papers
from gateway.api.papers import word
from gateway.api.problems import status_of
from gateway.api.signin import operator, same_origin
from gateway.chasing.adding import CONTACT_AT_MOST, SAID_AT_MOST, Told, add
from gateway.chasing.letter import MOST
from gateway.chasing.listing import ORDER, listed
from gateway.chasing.mailing import REASON_AT_MOST
from gateway.chasing.matters import matters
from gateway.console import labels, note_box, offices, show
from gateway.console.dossier import dossier as whole_dossier
from gateway.console.language import later, say
from gateway.console.papers import sheet_of
from gateway.console.render import form_of, to
from gateway.domain.chase import HOWS, PROMISES, How, Standing
from gateway.domain.contact import ROLES, ContactRole
from gateway.domain.errors import (
    ActionNotPossible,
    DossierUnknown,
    GatewayError,
    MailNotSent,
    SenderError,
)
from gateway.domain.identifiers import DossierId, OfficeId
from gateway.domain.paper_forms import Form
from gateway.domain.principal import Role, may_decide
from gateway.timing.promised import is_over

if TYPE_CHECKING:
    from gateway.chasing.matters import Matter
    from gateway.console.render import Pages
    from gateway.domain.contact import Contact
    from gateway.domain.principal import Principal
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

PATH = "/console/don-doc"
PAGE = 50
#: Where each stands, in words, and the colour of it.
STANDINGS: dict[Standing, tuple[str, str]] = {
    Standing.BROKEN: (later("thất hẹn"), "parked"),
    Standing.OPEN: (later("đang hẹn"), "open"),
    Standing.UNANSWERED: (later("chưa trả lời"), "unconfirmed"),
    Standing.NONE: ("", ""),
}
_HEADS = {
    Standing.BROKEN: later("Thất hẹn"),
    Standing.OPEN: later("Đang hẹn, theo ngày"),
    Standing.UNANSWERED: later("Đã đôn đốc, chưa hẹn và chưa có gì mới"),
}
_FIELDS = ("how", "contact", "said", "promised_on", "corrects", "key")
BLANK: Mapping[str, str] = MappingProxyType(dict.fromkeys((*_FIELDS, "reason"), ""))
_DIAL = re.compile(r"[^0-9+]")
Chosen = Annotated[list[str] | None, Query()]


class Said(NamedTuple):
    """What is said in an office's box, and what was typed into its form."""

    office: str
    look: str
    words: str
    kept: Mapping[str, str] = BLANK
    form: str = ""
    #: which form stays open


def register(pages: Pages, routes: APIRouter) -> None:
    """Add the list, the letter, and the forms of a dossier's page."""
    _lists(pages, routes)
    _letters(pages, routes)
    _collected(pages, routes)
    _forms(pages, routes)


def _lists(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.get(PATH)
    async def page(
        request: Request, office: str = "", loc: str = "", after: str | None = None
    ) -> Response:
        principal = await person(tools, request)
        states = tuple(one for one in ORDER if one.value == loc) or ORDER
        groups = []
        for state in states:
            found, following = await listed(
                tools,
                principal.scope,
                (state,),
                office=OfficeId(office) if office else None,
                after=after if len(states) == 1 else None,
                limit=PAGE,
            )
            rows = [await _row(tools, one) for one in found]
            query = {"loc": state.value, "office": office, "after": following}
            more = f"{PATH}?{urlencode(query)}" if following else ""
            groups.append({"head": say(_HEADS[state]), "rows": rows, "more": more})
        return pages.render(
            "chases.html",
            principal,
            groups=groups,
            offices=_offices(tools),
            office=office,
            whole=not loc,
            here="chases",
        )


def _letters(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.get(f"{PATH}/cong-van.docx")
    async def letter_word(
        request: Request, office: str, dossier: Chosen = None
    ) -> Response:
        principal = await person(tools, request)
        made = await calls.letter(tools, principal, office, dossier or ())
        return await word(tools, Form.CHASE_LETTER, made)

    @routes.get(f"{PATH}/cong-van")
    async def letter(request: Request, office: str, dossier: Chosen = None) -> Response:
        principal = await person(tools, request)
        made = await calls.letter(tools, principal, office, dossier or ())
        chosen = [("dossier", one) for one in dossier or ()]
        query = urlencode([("office", office), *chosen])
        back = (
            f"/console/ho-so/{quote(dossier[0])}"
            if dossier and len(dossier) == 1
            else PATH
        )
        return await sheet_of(
            tools,
            Form.CHASE_LETTER,
            made,
            back=back,
            word=f"{PATH}/cong-van.docx?{query}",
        )


def _collected(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.post(f"{PATH}/thu")
    async def collected(request: Request) -> Response:
        same_origin(request)
        principal = await operator(tools, request)
        form = await request.form(max_files=0, max_fields=MOST + 10)
        office, reason = str(form.get("office", "")), str(form.get("reason", ""))
        chosen = [str(one) for one in form.getlist("dossier")]
        back = f"{PATH}?{urlencode({'office': office})}"
        try:
            sent = await calls.collected(
                tools,
                principal,
                office,
                chosen,
                again=bool(reason.strip()),
                reason=reason,
            )
        except (SenderError, MailNotSent) as wrong:
            return pages.told(principal, status_of(wrong), wrong.remedy, back)
        return pages.told(principal, 200, _sent_words(sent), back)


def _sent_words(sent: Mapping[str, Any]) -> str:
    there, left = len(sent["dossiers"]), len(sent["left_out"])
    said = say("Đã gửi một thư về %(count)s hồ sơ.") % {"count": there}
    more = say("%(count)s hồ sơ đã nhắc trong ngày nên không có trong thư.")
    return f"{said} {more % {'count': left}}" if left else said


def _forms(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools

    async def mine(request: Request, identifier: str) -> tuple[Principal, DossierRow]:
        same_origin(request)
        principal = await operator(tools, request)
        row = await tools.store.dossier(DossierId(identifier), principal.scope)
        if row is None:
            raise DossierUnknown
        return principal, row

    @routes.post("/console/ho-so/{identifier}/don-doc")
    async def keep(identifier: str, request: Request) -> Response:
        principal, row = await mine(request, identifier)
        form = {**BLANK, **await form_of(request)}
        office = form.pop("office", "")
        told = Told(**{name: form[name].strip() for name in _FIELDS})
        try:
            await add(tools, principal, row, office, told)
        except SenderError as wrong:
            which = told.corrects or ("head" if told.how == How.ESCALATION else "call")
            said = Said(office, "alert", wrong.remedy, form, which)
            return await dossier_page(pages, principal, row, said, status_of(wrong))
        return to(_back(identifier, office, "ghi"))

    @routes.post("/console/ho-so/{identifier}/don-doc/thu")
    async def mail(identifier: str, request: Request) -> Response:
        principal, row = await mine(request, identifier)
        form = {**BLANK, **await form_of(request)}
        office, escalate = form.pop("office", ""), bool(form.get("escalate"))
        reason = form["reason"]
        try:
            await calls.mailed(
                tools,
                principal,
                row,
                office,
                escalate=escalate,
                again=bool(reason.strip()),
                reason=reason,
            )
        except (SenderError, MailNotSent) as wrong:
            which = "head" if escalate else "mail"
            said = Said(office, "alert", _words(wrong), form, which)
            return await dossier_page(pages, principal, row, said, status_of(wrong))
        return to(_back(identifier, office, "thu"))


def _words(wrong: GatewayError) -> str:
    return wrong.remedy.replace("(again)", "ở ô bên dưới")


def _back(identifier: str, office: str, done: str) -> str:
    where = urlencode({"xong": done, "don-vi": office})
    return f"/console/ho-so/{quote(identifier)}?{where}#don-doc-{quote(office)}"


#: What was done, by ``xong`` in the address.
_DONE = {"ghi": later("Đã ghi lần đôn đốc."), "thu": later("Đã gửi thư nhắc.")}


def done(what: str, office: str) -> Said | None:
    """That something was done, where the address says so."""
    return Said(office, "good", say(_DONE[what])) if what in _DONE else None


async def dossier_page(
    pages: Pages,
    principal: Principal,
    row: DossierRow,
    said: Said | None = None,
    status: int = 200,
    noted: note_box.Said | None = None,
) -> Response:
    """The page of one dossier, with the boxes of the offices that have it."""
    tools = pages.tools
    shown = await whole_dossier(tools, pages.lanes, row, principal)
    printed = await listed_papers(tools, row)
    chases: list[dict[str, Any]] = []
    if principal.role is not Role.ONE_STOP:
        chases = [await _box(tools, one) for one in await matters(tools, row)]
    today = show.day(tools.clock.now().isoformat())
    return pages.render(
        "dossier.html",
        principal,
        status,
        shown=shown,
        decides=may_decide(principal),
        printed=printed,
        chases=chases,
        said=said,
        noted=await note_box.box(tools, principal, row, noted),
        blank=BLANK,
        hows=[
            (how.value, say(HOWS[how])) for how in (How.CALL, How.MESSAGE, How.LETTER)
        ],
        most={"contact": CONTACT_AT_MOST, "said": SAID_AT_MOST, "why": REASON_AT_MOST},
        today=today,
        here="",
    )


async def _box(tools: Tools, one: Matter) -> dict[str, Any]:
    """One office that has the dossier, or was chased for it."""
    text, why_not = "", ""
    if one.is_open:
        try:
            text = await calls.text_of(tools, one.row, one.leg.office)
        except ActionNotPossible as wrong:
            why_not = wrong.remedy
    people = _people(tools, one.leg.office) if one.is_open else []
    return {
        "office": one.leg.office,
        "name": one.name,
        "open": one.is_open,
        "place": place(one.leg, tools.versions.current),
        "since": one.leg.since,
        "for": show.span(tools.clock.now() - one.leg.since),
        "people": [who for who in people if not who["head"]],
        "heads": [who for who in people if who["head"]],
        "standing": say(STANDINGS[one.now.standing][0]),
        "tone": STANDINGS[one.now.standing][1],
        "promised_on": one.now.promised_on,
        "broken": one.now.broken,
        "may_escalate": one.now.may_escalate,
        "text": text,
        "why_not": why_not,
        "chases": [_chase(one, chase) for chase in reversed(one.chases)],
        "key": tools.chance.identifier("key"),
        "first": one.today,
        "last": one.today + timedelta(days=366),
    }


def _chase(one: Matter, chase: Any) -> dict[str, Any]:
    promise = one.promise(chase)
    corrected = any(c.corrects == chase.id for c in one.chases)
    return {
        "id": chase.id,
        "at": chase.at,
        "by": labels.actor(chase.by),
        "how": chase.how.value,
        "what": say(HOWS[chase.how]),
        "contact": chase.contact,
        "said": chase.said,
        "mailed": chase.mailed,
        "promised_on": chase.promised_on,
        "promise": say(PROMISES[promise]),
        "tone": {"broken": "parked", "kept": "ended", "open": "open"}.get(promise, ""),
        "corrected": corrected,
        "corrects": bool(chase.corrects),
        "may_correct": one.is_open and not (corrected or chase.mailed),
    }


def _people(tools: Tools, office: OfficeId) -> list[dict[str, Any]]:
    """Whom to call; as the configuration says where nobody was entered."""
    known: list[Contact] = list(tools.contacts.at(office))
    if not known:
        said = offices.contact(tools, office)
        return [_who(said, "", "", _phone_of(tools, office))] if said else []
    return [_who(c.name, say(ROLES[c.role]), c.email, c.phone, c.role) for c in known]


def _phone_of(tools: Tools, office: OfficeId) -> str:
    given: Any = tools.versions.current.offices[office].settings.get("contact")
    return str(given.get("phone") or "") if isinstance(given, dict) else ""


def _who(
    name: str, role: str, email: str, phone: str, kind: ContactRole | None = None
) -> dict[str, Any]:
    return {
        "name": name,
        "role": role,
        "email": email,
        "phone": phone,
        "dial": _DIAL.sub("", phone),
        "head": kind is ContactRole.LEADER,
    }


async def _row(tools: Tools, one: Matter) -> dict[str, Any]:
    """A line of the list."""
    line = await calls.line(tools, one)
    due_on: date | None = one.row.case.due_on
    last = one.now.last
    return {
        **line,
        "late": is_over(one.working, due_on, one.today),
        "due_on": due_on,
        "promised_on": one.now.promised_on,
        "for": show.span(tools.clock.now() - one.leg.since),
        "last_at": last.at if last else None,
        "last_what": say(HOWS[last.how]) if last else "",
        "people": [p for p in _people(tools, one.leg.office) if p["dial"]],
    }


def _offices(tools: Tools) -> list[tuple[str, str]]:
    found = tools.versions.current.offices.values()
    return [(one.id, one.name) for one in found if one.agency != "one_stop"]
