"""Dossiers without a competent office: why, who has to act, and what would follow."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.problems import status_of
from gateway.api.signin import fresh, operator, same_origin, signed_in
from gateway.console import note_box, offices, put_off, show, views
from gateway.console.language import later, say
from gateway.console.render import form_of, to
from gateway.domain.errors import ActionNotPossible, DossierUnknown
from gateway.domain.identifiers import DossierId
from gateway.domain.words import words_of
from gateway.intake.rerouting import reroute, routed_now
from gateway.routing.route import COMMUNES
from gateway.sealing.folder import Folder
from gateway.watch import noting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.console.render import Pages
    from gateway.domain.principal import Principal
    from gateway.ports.overview import Still
    from gateway.ports.store import DossierRow
    from gateway.routing.route import Route
    from gateway.sealing.tools import Tools

PATH = "/console/chua-xac-dinh"
MOST = 500
#: Who has to act, by why no office was found.
_OWNERS = {
    "area_unknown": later(
        "bộ phận một cửa (sửa mã xã), hoặc quản trị (bổ sung danh mục)"
    ),
    "area_ambiguous": later("bộ phận một cửa (chọn xã)"),
    "no_competent_office": later("quản trị (bổ sung quy tắc thẩm quyền)"),
    "competence_overlaps": later("quản trị (sửa quy tắc thẩm quyền bị trùng)"),
}
_NO_REASON = later("Cần ghi lý do của thao tác: ai xác nhận, bằng cách nào.")


def register(pages: Pages, routes: APIRouter) -> None:
    """Add the list, and the act that routes one."""
    tools = pages.tools

    @routes.get(PATH)
    async def page(
        request: Request, after: str | None = None, hoan: str = "", xong: str = ""
    ) -> Response:
        principal = await signed_in(tools, request)
        asked = put_off.asked(tools, principal, hoan, state="unrouted")
        found = await tools.overview.still(
            principal.scope, after=after, limit=views.PAGE + 1, asked=asked
        )
        rows, more = views.page(found)
        shown = [await _row(tools, principal, row) for row in rows]
        shown = [row for row in shown if row]
        await note_box.beside(tools, principal, shown, "id")
        query = {"hoan": "1"} if hoan else {}
        further = urlencode({**query, "after": rows[-1].cursor if more else ""})
        return pages.render(
            "unrouted.html",
            principal,
            rows=shown,
            **await put_off.counted(tools, principal, hoan),
            done=say("Đã xác định lại: hồ sơ được chuyển đi.") if xong else "",
            first=after is None,
            beginning=f"{PATH}?{urlencode(query)}",
            more=f"{PATH}?{further}" if more else "",
            most=MOST,
            here="dossiers",
        )

    @routes.post(f"{PATH}/{{identifier}}/xac-dinh-lai")
    async def again(identifier: str, request: Request) -> Response:
        same_origin(request)
        principal = await operator(tools, request)
        fresh(tools, principal)
        row = await tools.store.dossier(DossierId(identifier), principal.scope)
        if row is None:
            raise DossierUnknown
        reason = (await form_of(request)).get("reason", "").strip()[:MOST]
        back = f"{PATH}#{quote(identifier)}"
        if not reason:
            return pages.told(principal, 422, say(_NO_REASON), back)
        try:
            await reroute(tools, principal, row, reason)
        except ActionNotPossible as error:
            return pages.told(principal, status_of(error), error.remedy, back)
        return to(f"{PATH}?xong=1")


async def _row(tools: Tools, principal: Principal, one: Still) -> dict[str, Any]:
    """One, with what its place is and what the rules that run now make of it."""
    row = await tools.store.dossier(one.dossier_id, principal.scope)
    if row is None:
        return {}
    document = await Folder.shown(tools, row).document(row.case.revision)
    now = routed_now(tools, row, document)
    said = words_of(row.case.unrouted, {})
    area = document.get("area") or {}
    return {
        "id": row.case.dossier_id,
        "number": await views.number_of(tools, row),
        "procedure": tools.versions.procedure_of(row.case).name,
        "since": one.since,
        "for": show.span(tools.clock.now() - one.since),
        "due_on": show.day(one.due_on),
        "reason": said.reason,
        "next_action": said.next_action,
        "owner": say(_OWNERS.get(row.case.unrouted, "")),
        "contact": offices.contact(tools, row.case.sender),
        "commune": str(area.get("commune", "")),
        "address": _names(tools, now),
        "legs": [_leg(tools, one) for one in _missing(now)],
        "choices": _choices(tools, row, document),
        "routed": not now.unrouted,
        "goes_to": _goes_to(tools, now),
        "ours": noting.ours(principal),
    }


def _names(tools: Tools, route: Route) -> str:
    found = [
        tools.versions.current.areas.on(one, route.day) for one in route.area.codes
    ]
    return ", ".join(unit.name for unit in found if unit)


def _missing(route: Route) -> list[dict[str, Any]]:
    """Parts of the procedure that no office, or several, would take."""
    return [
        {
            "agency": str(one.leg.agency),
            "taken": [v for v in one.verdicts if v.chosen],
            "refused": [v for v in one.verdicts if not v.chosen],
        }
        for one in route.legs
        if one.office is None and not one.skipped
    ]


def _leg(tools: Tools, one: Mapping[str, Any]) -> dict[str, Any]:
    def told(verdict: Any) -> str:
        name = offices.name(tools, verdict.office)
        return f"{name} ({verdict.rule}): {verdict.reason}"

    agency = one["agency"]
    known = [
        office.name
        for office in tools.versions.current.offices.values()
        if str(office.agency) == agency
    ]
    return {
        "agency": offices.sector(tools, agency),
        "known": known,
        "taken": [told(v) for v in one["taken"]],
        "refused": [told(v) for v in one["refused"]],
    }


def _choices(
    tools: Tools, row: DossierRow, document: Mapping[str, Any]
) -> list[dict[str, str]]:
    """What the commune may be today, and where the dossier would go then."""
    listed = row.case.facts.get(COMMUNES) or ()
    return [
        {
            "value": str(one["value"]),
            "name": str(one["name"]),
            "goes_to": _goes_to(
                tools, routed_now(tools, row, document, str(one["value"]))
            ),
        }
        for one in listed
    ]


def _goes_to(tools: Tools, route: Route) -> str:
    """Offices of a route; empty where one is missing."""
    if route.unrouted:
        return ""
    names = [offices.name(tools, one.office) for one in route.legs if one.office]
    return ", ".join(dict.fromkeys(names))
