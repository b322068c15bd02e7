"""Work lists of offices without software: what is in hand, and its files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.paging import number_after
from gateway.api.signin import at_work_list, must_be_of, operator
from gateway.api.work_items import SHOWN, SIGNED, in_hand, item_of, messages_of
from gateway.delivery.circuit_breaker import is_stopped
from gateway.delivery.stopping import REASON_AT_MOST
from gateway.domain.errors import (
    DossierUnknown,
    NeedsConfiguration,
    NotAllowed,
    SenderError,
)
from gateway.domain.identifiers import DossierId, OfficeId
from gateway.domain.journal import JournalLine
from gateway.domain.principal import EVERYTHING, Role
from gateway.domain.text import as_download
from gateway.sealing.reads import note_reads
from gateway.sealing.viewing import must_see

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.delivery.lanes import Lanes
    from gateway.domain.principal import Principal
    from gateway.ports.agency import File
    from gateway.ports.desk import Desk
    from gateway.ports.store import DossierRow
    from gateway.routing.catalogue import Office
    from gateway.sealing.tools import Tools

#: Messages that are opened at once, and pages of them: nobody has more in one day.
PAGE, PAGES = 50, 40


class WorkList(NamedTuple):
    """An office's list as somebody may use it."""

    office: Office
    desk: Desk
    by: Principal

    @property
    def is_own(self) -> bool:
        """Whether it is the officer's: to open it is to be given what lies there."""
        return self.by.role is Role.OFFICER


def register(tools: Tools, lanes: Lanes, routes: APIRouter) -> None:
    """Add the calls that read."""

    @routes.get("/work")
    async def get_work(request: Request, office: str = "", after: int = 0) -> Response:
        """Danh sách việc của một đơn vị không có phần mềm."""
        principal = await at_work_list(tools, request)
        here = list_of(tools, principal, office)
        return answer(await work_list(tools, lanes, here, number_after(after)))

    @routes.post("/work/{office}/fetch")
    async def post_fetch(office: str, request: Request) -> Response:
        """Mở danh sách thay đơn vị, khi đơn vị đề nghị qua điện thoại."""
        principal = await operator(tools, request)
        here = list_of(tools, principal, office)
        reason = str((await json_object(request)).get("reason") or "").strip()
        await fetch_for(tools, lanes, here, reason)
        return answer(await work_list(tools, lanes, here, 0))

    @routes.get("/work/{office}/{item}/files/{identifier}")
    async def get_file(
        office: str, item: str, identifier: str, request: Request
    ) -> Response:
        """Một tệp của hồ sơ đã giao cho đơn vị."""
        principal = await at_work_list(tools, request)
        return await file_of(tools, list_of(tools, principal, office), item, identifier)


def list_of(tools: Tools, principal: Principal, office: str) -> WorkList:
    """The list that somebody asks for.

    Raises:
        NotAllowed: it is another office's.
        SenderError: that office has none.
    """
    if principal.role is Role.OFFICER:
        if office not in {"", principal.office}:
            raise NotAllowed
        office = principal.office or ""
    must_be_of(principal, office)
    found = tools.versions.current.offices.get(OfficeId(office))
    desk = desk_of(tools, found)
    if found is None or desk is None:
        raise SenderError(
            code="no_work_list",
            remedy="Đơn vị này không làm theo danh sách việc; xem lienthong lane list.",
        )
    return WorkList(found, desk, principal)


def desk_of(tools: Tools, office: Office | None) -> Desk | None:
    """The desk of an office; None of one that works otherwise."""
    if office is None:
        return None
    try:
        return tools.adapters.of(office.id).desk
    except NeedsConfiguration:
        return None


async def work_list(
    tools: Tools, lanes: Lanes, here: WorkList, after: int
) -> dict[str, Any]:
    """A page of a list; what lies ready is given to the officer who opens it."""
    office = here.office
    if here.is_own:
        await _open(tools, lanes, office)
    lying = await tools.work.lying(office.id, limit=PAGE * PAGES)
    items, following = await _page(tools, here, after)
    await _note_read(tools, here, items)
    more = {"after": following} if following else {}
    return {
        "office": office.id,
        "office_name": office.name,
        "lying": sum(not one.number for one in lying),
        "steps": [{"code": c, "name": n} for c, n in here.desk.steps.items()],
        "items": items,
        **more,
    }


async def _page(
    tools: Tools, here: WorkList, after: int
) -> tuple[list[dict[str, Any]], int]:
    """What there is to do, and behind which number more may follow; 0: nothing.

    Dossiers of which only others have something left to do are passed over.
    """
    items: list[dict[str, Any]] = []
    while True:
        held = await tools.work.in_hand(here.office.id, after=after, limit=SHOWN)
        for one in held:
            item = await item_of(tools, here.office, here.desk, one.row)
            items += [item] if item else []
            after = one.number
            if len(items) == SHOWN:
                return items, after
        if len(held) < SHOWN:
            return items, 0


async def _open(tools: Tools, lanes: Lanes, office: Office) -> None:
    """Give the office what lies ready for it; nothing while a person has stopped it."""
    now = tools.clock.now()
    if is_stopped(lanes.lane(office.id), now):
        return
    after = 0
    for _ in range(PAGES):
        page = await tools.pickup.hand_out(office.id, after=after, limit=PAGE, now=now)
        if len(page) < PAGE:
            return
        after = page[-1].number


async def fetch_for(tools: Tools, lanes: Lanes, here: WorkList, reason: str) -> None:
    """Open a list in the office's place.

    Raises:
        SenderError: nobody says why.
    """
    if not reason:
        raise SenderError(code="reason_missing", remedy="Ghi lý do của thao tác.")
    now = tools.clock.now()
    facts = {"work": here.office.id, "why": reason[:REASON_AT_MOST]}
    line = JournalLine("work_opened", now, here.by.id, facts)
    await tools.store.note(f"reads:{now:%Y-%m-%d}", [line])
    tools.probe.action(action="work_open", actor=here.by.id, office=here.office.id)
    await _open(tools, lanes, here.office)


async def _note_read(
    tools: Tools, here: WorkList, items: Sequence[Mapping[str, Any]]
) -> None:
    """Keep who looked at what an office has in hand, and at which dossiers."""
    if not items:
        return
    await note_reads(tools, here.by, [DossierId(one["id"]) for one in items])
    now = tools.clock.now()
    facts = {"work": here.office.id, "dossiers": len(items)}
    line = JournalLine("read", now, here.by.id, facts)
    await tools.store.note(f"reads:{now:%Y-%m-%d}", [line])


async def held_by(tools: Tools, here: WorkList, item: str) -> DossierRow:
    """A dossier that the office has in hand.

    Raises:
        DossierUnknown: there is none, or it was never given to this office.
    """
    row = await tools.store.dossier(DossierId(item), EVERYTHING)
    if row is None or not await in_hand(tools, here.office.id, row):
        raise DossierUnknown
    return row


async def file_of(tools: Tools, here: WorkList, item: str, identifier: str) -> Response:
    """The bytes of a file that came with a message to the office.

    Raises:
        DossierUnknown: there is none.
    """
    row = await held_by(tools, here, item)
    must_see(row.case.dossier_id)
    found: File | bytes | None = None
    for transfer, message in await messages_of(tools, here.office.id, row):
        if message is not None and identifier == f"{SIGNED}{transfer.id}":
            found = message.signed
        files = message.view.files if message else ()
        found = next((one for one in files if one.id == identifier), found)
    if found is None:
        raise DossierUnknown
    now = tools.clock.now()
    facts = {"dossier": row.case.dossier_id, "file": identifier}
    line = JournalLine("read", now, here.by.id, facts)
    await tools.store.note(f"reads:{now:%Y-%m-%d}", [line])
    if isinstance(found, bytes):
        return Response(
            found, media_type=_ANY, headers=_as_file("phieu-chuyen.xml", len(found))
        )
    headers = _as_file(found.name, found.size_bytes)
    return StreamingResponse(found.open(), media_type=_ANY, headers=headers)


_ANY = "application/octet-stream"


def _as_file(name: str, size_bytes: int) -> dict[str, str]:
    return {
        "Content-Disposition": as_download(name),
        "Content-Length": str(size_bytes),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
