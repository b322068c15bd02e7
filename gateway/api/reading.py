"""What a one-stop system reads: one dossier, lists of them, results, the feed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from gateway.api import answers
from gateway.api.answers import answer
from gateway.api.paging import PAGE, number_after, page_of, row_after
from gateway.api.signin import signed_in
from gateway.domain.errors import DossierUnknown, SenderError
from gateway.domain.obligation import kept_ledger
from gateway.domain.remarks import remarks
from gateway.intake.acts import find
from gateway.ports.overview import LIFE
from gateway.receipts.owed import opened
from gateway.sealing.folder import Folder
from gateway.sealing.reads import note_reads
from gateway.sealing.received import as_received
from gateway.sealing.viewing import must_see

if TYPE_CHECKING:
    from gateway.sealing.tools import Tools

#: What a list of dossiers may be asked for.
STATES = ("open", "ended", "unrouted")


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the calls that read; the longer paths of one dossier come first."""
    _summary(tools, routes)
    _result(tools, routes)
    _whole(tools, routes)
    _many(tools, routes)


def _summary(tools: Tools, routes: APIRouter) -> None:
    @routes.get("/dossiers/{number:path}/summary")
    async def get_summary(number: str, request: Request) -> Response:
        """Trạng thái hiện tại của hồ sơ theo số bất kỳ."""
        principal = await signed_in(tools, request)
        row = await find(tools, principal, number)
        return answer(await answers.summary(tools, row))


def _result(tools: Tools, routes: APIRouter) -> None:
    @routes.get("/dossiers/{number:path}/results/{attachment}")
    async def get_result(number: str, attachment: str, request: Request) -> Response:
        """Tải một tệp kết quả."""
        principal = await signed_in(tools, request)
        row = await find(tools, principal, number)
        folder = Folder.shown(tools, row)
        for link in await tools.store.attachments(row.case.dossier_id):
            if link.attachment.id == attachment and link.role in {"result", "notice"}:
                must_see(row.case.dossier_id)
                note = {"file": attachment}
                await note_reads(tools, principal, [row.case.dossier_id], note)
                headers = {
                    "Content-Disposition": "attachment",
                    "X-Content-Type-Options": "nosniff",
                    "Cache-Control": "no-store",
                    "Content-Length": str(link.attachment.size_bytes),
                }
                return StreamingResponse(
                    tools.attachments.open(link.attachment, folder.key),
                    media_type="application/octet-stream",
                    headers=headers,
                )
        raise DossierUnknown


def _whole(tools: Tools, routes: APIRouter) -> None:
    @routes.get("/dossiers/{number:path}")
    async def get_dossier(number: str, request: Request) -> Response:
        """Hồ sơ đầy đủ theo số bất kỳ."""
        principal = await signed_in(tools, request)
        row = await find(tools, principal, number)
        await note_reads(tools, principal, [row.case.dossier_id])
        folder = Folder.shown(tools, row)
        body = await answers.summary(tools, row)
        body["document"] = await folder.document(row.case.revision)
        received = await as_received(folder)
        whole = await folder.for_rules(row.case.revision)
        found = remarks(whole, converted=bool(received))
        body["warnings"] = [one.told() for one in found]
        body["as_received"] = received
        procedure = tools.versions.procedure_of(row.case)
        body["legs"] = answers.legs(row.case, procedure, tools.versions.current)
        body["owed"] = kept_ledger(await opened(folder))
        body["transfers"] = [
            answers.transfer(t)
            for t in await tools.store.transfers(row.case.dossier_id)
        ]
        return answer(body)


def _many(tools: Tools, routes: APIRouter) -> None:
    @routes.get("/dossiers")
    async def get_dossiers(
        request: Request,
        state: str | None = None,
        after: str | None = None,
        limit: int = PAGE,
    ) -> Response:
        """Danh sách hồ sơ, từng trang; state: open, ended, unrouted, không ghi là tất cả."""
        principal = await signed_in(tools, request)
        if state is not None and state not in STATES:
            raise SenderError(remedy=f"state là {', '.join(STATES)}, hoặc không ghi.")
        page = page_of(limit)
        rows = await tools.overview.dossiers(
            principal.scope, state=state, after=row_after(after, "d"), limit=page
        )
        items = [
            answers.listed(
                row,
                await answers.own_number(Folder.shown(tools, row)),
                tools.versions.current,
            )
            for row in rows
        ]
        following = rows[-1].case.dossier_id if len(rows) == page else None
        return answer({"dossiers": items, "after": following})

    @routes.get("/events")
    async def get_events(
        request: Request, after: int = 0, limit: int = PAGE
    ) -> Response:
        """Dòng sự kiện trạng thái đã niêm phong, theo con trỏ."""
        principal = await signed_in(tools, request)
        after = number_after(after)
        items = await tools.overview.feed(
            principal.scope, after=after, limit=page_of(limit)
        )
        body = [
            {
                "cursor": item.cursor,
                "dossier_id": item.dossier_id,
                "at": item.at.isoformat(),
                **item.facts,
            }
            for item in items
        ]
        told = {"events": body, "after": body[-1]["cursor"] if body else after}
        if body and body[0]["cursor"] // LIFE > after // LIFE and after:
            told["restored"] = True
        return answer(told)
