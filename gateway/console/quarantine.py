"""The page of files that did not come in: of whom, why, and who has to do what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.problems import status_of
from gateway.api.quarantine import DOORS, keeper, moment_of
from gateway.api.signin import fresh, same_origin
from gateway.console import offices, views
from gateway.console.language import later, say
from gateway.console.render import to
from gateway.domain.errors import SenderError
from gateway.domain.principal import Right, may
from gateway.domain.words import words_of
from gateway.watch import quarantine

if TYPE_CHECKING:
    from gateway.console.render import Pages
    from gateway.domain.principal import Principal
    from gateway.ports.scanning import Quarantined
    from gateway.sealing.tools import Tools

PATH = "/console/cach-ly"
#: What a file that is shut away was refused for, in a word.
_KINDS = {
    "file_infected": later("có mã độc"),
    "file_unscannable": later("không quét được hết"),
}
#: Whose dossier it is for, where no number is told.
_NO_DOSSIER, _NOT_YOURS = (
    later("chưa thuộc hồ sơ nào"),
    later("hồ sơ ngoài phạm vi được xem"),
)


def register(pages: Pages, routes: APIRouter) -> None:
    """Add the list, and the act that deletes one before its time."""
    tools = pages.tools

    @routes.get(PATH)
    async def page(request: Request, before: str = "", xong: str = "") -> Response:
        principal = await keeper(tools, request, Right.AUDIT)
        found = await tools.screening.quarantine.quarantined(
            before=moment_of(before), limit=views.PAGE + 1
        )
        rows, more = views.page(found)
        further = urlencode({"before": rows[-1].last_at.isoformat()}) if more else ""
        return pages.render(
            "quarantine.html",
            principal,
            rows=[await _row(tools, principal, one) for one in rows],
            deletes=may(principal, Right.KEYS),
            scans=tools.screening.scanner is not None,
            done=say("Đã xóa hẳn tệp cách ly.") if xong else "",
            days=tools.screening.kept.days,
            first=not before,
            beginning=PATH,
            more=f"{PATH}?{further}" if more else "",
            here="quarantine",
        )

    @routes.post(f"{PATH}/{{identifier}}/xoa")
    async def delete(identifier: str, request: Request) -> Response:
        same_origin(request)
        principal = await keeper(tools, request, Right.KEYS)
        fresh(tools, principal)
        try:
            await quarantine.end(tools, principal, identifier)
        except SenderError as error:
            return pages.told(principal, status_of(error), error.remedy, PATH)
        return to(f"{PATH}?xong=1")


async def _row(tools: Tools, principal: Principal, one: Quarantined) -> dict[str, Any]:
    """One in words; nothing of what is in the file."""
    said = words_of(one.code, offices.words(tools, one.by))
    return {
        "id": one.stored.id,
        "anchor": quote(one.stored.id),
        "kind": say(_KINDS.get(one.code, said.reason)),
        "reason": said.reason,
        "next_action": said.next_action,
        "signature": one.signature,
        "size_bytes": one.stored.size_bytes,
        "sha256": quarantine.digest_of(tools, one),
        "by": offices.name(tools, one.by) or one.by,
        "contact": offices.contact(tools, one.by),
        "door": say(DOORS.get(one.door, one.door)),
        "at": one.at,
        "last_at": one.last_at,
        "times": one.times,
        "until": one.last_at + tools.screening.kept,
        **await _dossier(tools, principal, one),
    }


async def _dossier(
    tools: Tools, principal: Principal, one: Quarantined
) -> dict[str, Any]:
    if one.dossier_id is None:
        return {"dossier": None, "number": say(_NO_DOSSIER)}
    row = await tools.store.dossier(one.dossier_id, principal.scope)
    if row is None:
        return {"dossier": None, "number": say(_NOT_YOURS)}
    return {
        "dossier": row.case.dossier_id,
        "number": await views.number_of(tools, row),
        "procedure": tools.versions.procedure_of(row.case).name,
    }
