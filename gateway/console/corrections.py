"""Pages on which staff correct a dossier: one asks, another approves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api import corrections as calls
from gateway.api.problems import status_of
from gateway.api.signin import fresh, same_origin, signed_in
from gateway.console import closings, labels, views
from gateway.console.correction_fields import box, worded
from gateway.console.language import later, say
from gateway.console.render import form_of, to
from gateway.domain.correction import CorrectionKind, fields_of
from gateway.domain.errors import (
    ActionNotPossible,
    ChangedMeanwhile,
    DossierInvalid,
    DossierUnknown,
    NotAllowed,
    SenderError,
)
from gateway.domain.identifiers import DossierId
from gateway.domain.principal import Right, may, may_approve
from gateway.domain.remarks import place_words
from gateway.intake import correcting
from gateway.intake.stand_in import heads
from gateway.sealing.folder import Folder
from gateway.sealing.viewing import is_masked, must_see_to_act

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.console.render import Pages
    from gateway.domain.correction import Correction, StandIn
    from gateway.domain.principal import Principal
    from gateway.ports.store import DossierRow

PATH = "/console/sua-ho-so"
#: Characters of a reason.
MOST = 500
ANOTHER = later("Hồ sơ này đã có một đề nghị đang chờ duyệt: xử lý đề nghị ấy trước.")
WHY = later("Cần ghi lý do: ai cho biết dữ liệu đúng, bằng cách nào.")


def register(pages: Pages, routes: APIRouter) -> None:
    """Add the form, the list of what waits, and the decision."""
    _form(pages, routes)
    _list(pages, routes)


def _form(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools

    async def opened(request: Request, identifier: str) -> tuple[Principal, DossierRow]:
        principal = await signed_in(tools, request)
        if not may(principal, Right.EDIT):
            raise NotAllowed
        row = await tools.store.dossier(DossierId(identifier), principal.scope)
        if row is None:
            raise DossierUnknown
        return principal, row

    @routes.get("/console/ho-so/{identifier}/sua")
    async def form(identifier: str, request: Request, xa: str = "") -> Response:
        principal, row = await opened(request, identifier)
        await must_see_to_act(tools, principal, row.case.dossier_id)
        await views.note_read(tools, principal, row)
        typed = {"/area/commune": xa[:MOST]} if xa else {}
        return await _form_page(pages, principal, row, typed, "", 200)

    @routes.post("/console/ho-so/{identifier}/sua")
    async def ask(identifier: str, request: Request) -> Response:
        same_origin(request)
        principal, row = await opened(request, identifier)
        await must_see_to_act(tools, principal, row.case.dossier_id)
        fresh(tools, principal)
        typed = await form_of(request)
        reason = typed.get("reason", "").strip()[:MOST]
        if not reason:
            return await _form_page(pages, principal, row, typed, say(WHY), 422)
        try:
            await correcting.ask(tools, principal, row, _texts(typed), reason)
        except (SenderError, ActionNotPossible, ChangedMeanwhile) as error:
            told = _told(error)
            status = 409 if isinstance(error, ChangedMeanwhile) else status_of(error)
            return await _form_page(pages, principal, row, typed, told, status)
        return to(f"{PATH}?xong=hoi")


def _texts(typed: Mapping[str, str]) -> dict[str, str]:
    """What was typed, by JSON pointer."""
    return {name: text.strip() for name, text in typed.items() if name.startswith("/")}


def _told(error: SenderError | ActionNotPossible | ChangedMeanwhile) -> str:
    if isinstance(error, ChangedMeanwhile):
        return say(ANOTHER)
    if isinstance(error, DossierInvalid):
        lines = [f"{place_words(one.pointer)}: {one.message}" for one in error.fields]
        return f"{error.remedy} {'; '.join(lines)}"
    return error.remedy


async def _form_page(
    pages: Pages,
    principal: Principal,
    row: DossierRow,
    typed: Mapping[str, str],
    wrong: str,
    status: int,
) -> Response:
    tools = pages.tools
    folder = Folder.shown(tools, row)
    document = await folder.document(row.case.revision)
    return pages.render(
        "correct.html",
        principal,
        status,
        number=await views.number_of(tools, row),
        dossier=row.case.dossier_id,
        revision=row.case.revision,
        fields=[
            box(path, was, typed.get(path, was)) for path, was in fields_of(document)
        ],
        reason=typed.get("reason", ""),
        most=MOST,
        wrong=wrong,
        here="dossiers",
    )


def _list(pages: Pages, routes: APIRouter) -> None:
    tools = pages.tools

    @routes.get(PATH)
    async def waiting(
        request: Request, after: str | None = None, xong: str = ""
    ) -> Response:
        principal = await signed_in(tools, request)
        calls.must_see(principal)
        rows = await tools.corrections.corrections(
            principal.scope, after=after, limit=views.PAGE + 1
        )
        shown, more = views.page(rows)
        alone = await calls.stand_ins(tools, shown)
        return pages.render(
            "corrections.html",
            principal,
            rows=[
                row
                for one in shown
                if (row := await _row(pages, principal, one, alone.get(one.id)))
            ],
            done=_DONE.get(xong, ""),
            first=after is None,
            more=f"{PATH}?after={shown[-1].id}" if more else "",
            most=MOST,
            here="corrections",
        )

    @routes.post(f"{PATH}/{{identifier}}/{{what}}")
    async def decide(identifier: str, what: str, request: Request) -> Response:
        same_origin(request)
        principal = await signed_in(tools, request)
        calls.must_see(principal)
        fresh(tools, principal)
        if what not in {"duyet", "bo"}:
            raise DossierUnknown
        reason = (await form_of(request)).get("reason", "").strip()[:MOST]
        if not reason:
            return pages.told(principal, 422, say(WHY), PATH)
        try:
            row = await correcting.decide(
                tools, principal, identifier, approve=what == "duyet", reason=reason
            )
        except (SenderError, ActionNotPossible) as error:
            return pages.told(principal, status_of(error), _told(error), PATH)
        if what == "duyet":
            return to(f"/console/ho-so/{row.case.dossier_id}")
        return to(f"{PATH}?xong={what}")


_DONE = {
    "hoi": later("Đã gửi đề nghị sửa. Hồ sơ chỉ đổi khi người thứ hai duyệt."),
    "bo": later("Đã bỏ đề nghị sửa; hồ sơ giữ nguyên."),
    "ket-thuc": later(
        "Đã gửi đề nghị. Chưa có gì thay đổi cho đến khi người thứ hai xác nhận."
    ),
    "bo-ket-thuc": later("Đã bỏ đề nghị kết thúc bằng tay; hồ sơ giữ nguyên."),
}


async def _row(
    pages: Pages, principal: Principal, kept: Correction, alone: StandIn | None
) -> dict[str, Any] | None:
    """One of either kind; None: it is not this account's to see."""
    if kept.kind is CorrectionKind.CLOSING:
        return await closings.card(pages, principal, kept, alone)
    return await _shown(pages, principal, kept, alone)


async def _shown(
    pages: Pages, principal: Principal, kept: Correction, alone: StandIn | None
) -> dict[str, Any]:
    tools = pages.tools
    row = await tools.store.dossier(kept.dossier_id, principal.scope)
    if row is None:
        raise DossierUnknown
    hidden = is_masked(kept.dossier_id)
    if not hidden:
        await views.note_read(tools, principal, row)
    wanted = await correcting.opened(tools, row, kept)
    return {
        "id": kept.id,
        "dossier": kept.dossier_id,
        "number": await views.number_of(tools, row),
        "by": labels.actor(kept.by),
        "at": kept.at,
        "reason": wanted.reason,
        "changes": [
            (place_words(path), worded(path, was), worded(path, now))
            for path, (was, now) in wanted.changes.items()
        ],
        "approves": may_approve(principal, kept.by) and not hidden,
        "hidden": hidden,
        "own": principal.id == kept.by,
        "overtaken": row.case.revision != kept.revision,
        "next": kept.revision + 1,
        "alone": alone is not None,
        "told_at": alone.told_at if alone else None,
        "effect_at": alone.effect_at if alone else None,
        "nobody_to_tell": alone is not None
        and (tools.chasing.mailer is None or not heads(tools, row)),
    }
