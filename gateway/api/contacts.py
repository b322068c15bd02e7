"""Contacts of offices: whom to call, one more, one who is called no longer."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, NoReturn

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.paging import must_be_an_office
from gateway.api.signin import administrator, signed_in
from gateway.delivery.stopping import REASON_AT_MOST
from gateway.domain.contact import ROLES, Contact, ContactChange, ContactRole
from gateway.domain.errors import ActionNotPossible, NotAllowed, SenderError
from gateway.domain.identifiers import OfficeId
from gateway.domain.legal_day import legal_day
from gateway.domain.principal import Role
from gateway.domain.values import replace

if TYPE_CHECKING:
    from gateway.domain.principal import Principal
    from gateway.sealing.tools import Tools

_NAME, _EMAIL = 100, 200
_PHONE = re.compile(r"\+?[0-9][0-9 .()-]{4,28}[0-9]")
_MAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[^@\s,;<>]+")


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the calls about contacts."""

    @routes.get("/contacts")
    async def get_contacts(
        request: Request, *, office: str = "", past: bool = False
    ) -> Response:
        """Đầu mối của từng đơn vị; past: cả người đã thôi làm đầu mối."""
        await person(tools, request)
        today = legal_day(tools.clock.now())
        found = [
            shown(tools, one)
            for one in tools.contacts.all
            if (past or not one.is_over(today)) and office in {"", one.office}
        ]
        must_be_an_office(tools, office, found)
        return answer({"contacts": found})

    @routes.post("/contacts")
    async def post_contact(request: Request) -> Response:
        """Ghi một đầu mối của một đơn vị, từ ngày nào đến ngày nào."""
        principal = await administrator(tools, request)
        made = await added(tools, principal, await json_object(request))
        return answer(shown(tools, made), 201)

    @routes.post("/contacts/{identifier}/end")
    async def post_end(identifier: str, request: Request) -> Response:
        """Người này thôi làm đầu mối: từ bây giờ, hoặc sau ngày ghi ở to."""
        principal = await administrator(tools, request)
        done = await ended(tools, principal, identifier, await json_object(request))
        return answer(shown(tools, done))


async def person(tools: Tools, request: Request) -> Principal:
    """Who is signed in and no system: names of officers are not for programs.

    Raises:
        NotAllowed: a one-stop system asks.
    """
    principal = await signed_in(tools, request)
    if principal.role is Role.ONE_STOP:
        raise NotAllowed
    return principal


def shown(tools: Tools, one: Contact) -> dict[str, Any]:
    """A contact as answers show it, with who changed it."""
    office = tools.versions.current.offices.get(one.office)
    today = legal_day(tools.clock.now())
    return {
        "id": one.id,
        "office": one.office,
        "office_name": office.name if office else None,
        "role": one.role.value,
        "role_name": ROLES[one.role],
        "name": one.name,
        "phone": one.phone,
        "email": one.email,
        "from": one.valid_from.isoformat(),
        "to": one.valid_to.isoformat() if one.valid_to else None,
        "holds": one.holds_on(today),
        "words": one.words,
        "changes": [
            {"at": c.at.isoformat(), "by": c.by, "what": c.what, "reason": c.why}
            for c in one.changes
        ],
    }


async def added(tools: Tools, principal: Principal, content: dict[str, Any]) -> Contact:
    """Keep a new contact.

    Raises:
        SenderError: something is missing or wrong; says what.
    """
    today = legal_day(tools.clock.now())
    valid_from = _day(content, "from") or today
    valid_to = _day(content, "to")
    if valid_to is not None and valid_to < valid_from:
        _wrong("to (ngày cuối) không trước from (ngày đầu).")
    phone, email = _text(content, "phone", 30), _text(content, "email", _EMAIL)
    if not (phone or email):
        _wrong("Ghi điện thoại (phone) hoặc thư điện tử (email).")
    if phone and not _PHONE.fullmatch(phone):
        _wrong("phone không phải số điện thoại (0900 000 000).")
    if email and not _MAIL.fullmatch(email):
        _wrong("email không phải địa chỉ thư điện tử.")
    contact = Contact(
        id=tools.chance.identifier("c"),
        office=_office(tools, content),
        role=_role(content),
        name=_text(content, "name", _NAME) or _wrong("Ghi họ tên (name)."),
        phone=phone,
        email=email,
        valid_from=valid_from,
        valid_to=valid_to,
        changes=(_change(tools, principal, "added", content),),
    )
    await _keep(tools, contact)
    return contact


async def ended(
    tools: Tools, principal: Principal, identifier: str, content: dict[str, Any]
) -> Contact:
    """Give a contact its last day, yesterday when none is said.

    Raises:
        SenderError: there is none, or it is over already.
    """
    await tools.contacts.load()
    found = next((one for one in tools.contacts.all if one.id == identifier), None)
    if found is None:
        raise SenderError(
            code="contact_unknown",
            remedy="Không có đầu mối này; xem lienthong contact list.",
        )
    today = legal_day(tools.clock.now())
    if found.is_over(today):
        raise ActionNotPossible(
            code="contact_over", remedy="Người này đã thôi làm đầu mối."
        )
    last = _day(content, "to")
    if last is not None and last < found.valid_from:
        _wrong("to (ngày cuối) không trước ngày đầu; bỏ to thì hết ngay bây giờ.")
    contact = replace(
        found,
        valid_to=last or today - timedelta(days=1),
        version=found.version + 1,
        changes=(*found.changes, _change(tools, principal, "ended", content)),
    )
    await _keep(tools, contact)
    return contact


async def _keep(tools: Tools, contact: Contact) -> None:
    await tools.contacts.keep(contact)
    last = contact.changes[-1]
    tools.probe.action(
        action="contact", actor=last.by, kind=last.what, office=contact.office
    )


def _change(
    tools: Tools, principal: Principal, what: str, content: dict[str, Any]
) -> ContactChange:
    reason = str(content.get("reason") or "").strip()
    if not reason:
        raise SenderError(code="reason_missing", remedy="Ghi lý do của thao tác.")
    why = reason[:REASON_AT_MOST]
    return ContactChange(tools.clock.now(), principal.id, what, why)


def _wrong(remedy: str) -> NoReturn:
    raise SenderError(code="contact_invalid", remedy=remedy)


def _office(tools: Tools, content: dict[str, Any]) -> OfficeId:
    office = OfficeId(str(content.get("office") or ""))
    if office not in tools.versions.current.offices:
        _wrong("Không có đơn vị này (office); xem lienthong lane list.")
    return office


def _role(content: dict[str, Any]) -> ContactRole:
    try:
        return ContactRole(str(content.get("role") or ContactRole.BUSINESS))
    except ValueError:
        _wrong("role là business (nghiệp vụ), technical (kỹ thuật) hoặc leader.")


def _text(content: dict[str, Any], name: str, most: int) -> str:
    text = " ".join(str(content.get(name) or "").split())
    if len(text) > most:
        _wrong(f"{name} dài quá {most} ký tự.")
    return text


def _day(content: dict[str, Any], name: str) -> date | None:
    text = content.get(name)
    try:
        return date.fromisoformat(str(text)) if text else None
    except ValueError:
        _wrong(f"{name} không phải ngày (2026-03-14).")
