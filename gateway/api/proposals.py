"""Lists of an office held against its dossiers; proposals, and what people decide."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import json_object, reason_of
from gateway.api.paging import PAGE, must_be_an_office, page_of, row_after
from gateway.api.papers import word
from gateway.api.signin import operator, signed_in
from gateway.calendar.working_time import working_time
from gateway.domain.errors import NotAllowed, SenderError
from gateway.domain.identifiers import OfficeId
from gateway.domain.journal import JournalLine
from gateway.domain.legal_day import legal_day
from gateway.domain.paper_forms import Form
from gateway.domain.principal import Role, may_act, may_decide
from gateway.domain.proposal import ProposalState
from gateway.proposing import confirming
from gateway.proposing.deciding import Decision, found
from gateway.proposing.finding import Covers, hold_against
from gateway.proposing.listing import OLDEST, of_list
from gateway.proposing.minutes import minutes
from gateway.proposing.rules import apply_rules
from gateway.proposing.showing import shown
from gateway.reconciling.one_list import readable
from gateway.reconciling.values import day_of

if TYPE_CHECKING:
    from gateway.api.reconciling import Desk
    from gateway.domain.principal import Principal
    from gateway.proposing.finding import Found
    from gateway.reconciling.one_list import OneList
    from gateway.sealing.tools import Tools

PARTS = frozenset({"list", "mapping", "day", "from", "to"})
#: Of what could not be read, so much is told.
MOST_TOLD = 200


def register(tools: Tools, desk: Desk, routes: APIRouter) -> None:
    """Add the calls about proposals."""
    _lists(tools, desk, routes)
    _decisions(tools, routes)
    _minutes(tools, routes)

    @routes.get("/proposals")
    async def get_proposals(
        request: Request,
        state: str = ProposalState.OPEN.value,
        office: str | None = None,
        after: str | None = None,
        limit: int = PAGE,
    ) -> Response:
        """Đề xuất từ đối soát, kèm căn cứ: hồ sơ nào, danh sách ghi gì, ai đã xử lý."""
        principal = await signed_in(tools, request)
        after, page = row_after(after, "pp"), page_of(limit)
        rows = await tools.proposals.proposals(
            principal.scope, state=_state(state), office=office, after=after, limit=page
        )
        must_be_an_office(tools, office, rows)
        items = [
            await shown(tools, row)
            for row in rows
            if not await confirming.is_overtaken(tools, row)
        ]
        following = rows[-1].id if len(rows) == page else None
        return answer({"proposals": items, "after": following})


def _decisions(tools: Tools, routes: APIRouter) -> None:
    @routes.post("/proposals/{identifier}/confirm")
    async def post_confirm(identifier: str, request: Request) -> Response:
        """Xác nhận một đề xuất: hồ sơ chuyển trạng thái như khi cơ quan tự báo."""
        principal = await decider(tools, request)
        content = await json_object(request)
        row = await found(tools, identifier, principal.scope)
        decision = decided_by(principal, content)
        return answer(
            await shown(tools, await confirming.confirm(tools, row, decision))
        )

    @routes.post("/proposals/{identifier}/reject")
    async def post_reject(identifier: str, request: Request) -> Response:
        """Bỏ một đề xuất không đúng, hoặc đề xuất đang chờ có hiệu lực."""
        principal = await decider(tools, request)
        content = await json_object(request)
        row = await found(tools, identifier, principal.scope)
        decision = decided_by(principal, content)
        return answer(await shown(tools, await confirming.reject(tools, row, decision)))

    @routes.post("/proposals/{identifier}/undo")
    async def post_undo(identifier: str, request: Request) -> Response:
        """Rút lại một xác nhận: số liệu tính lại; hồ sơ đã kết thúc thì không mở lại."""
        principal = await operator(tools, request)
        content = await json_object(request)
        row = await found(tools, identifier, principal.scope)
        decision = decided_by(principal, content)
        return answer(await shown(tools, await confirming.undo(tools, row, decision)))


def _lists(tools: Tools, desk: Desk, routes: APIRouter) -> None:
    @routes.post("/reconciliations/{office}")
    async def post_list(office: str, request: Request) -> Response:
        """Danh sách cơ quan xuất ra, đối chiếu với hồ sơ của cổng; chỉ lập đề xuất."""
        principal = await operator(tools, request)
        if OfficeId(office) not in tools.versions.current.offices:
            raise SenderError(
                code="office_unknown",
                remedy="Không có đơn vị này; xem lienthong lane list.",
            )
        parts = await desk.form(request, PARTS)
        listed, result = await taken(tools, desk, principal, OfficeId(office), parts)
        return answer(_told(listed, result), 202)


def _minutes(tools: Tools, routes: APIRouter) -> None:
    @routes.get("/proposals/minutes.docx")
    async def get_minutes(
        request: Request,
        office: str,
        first: Annotated[date, Query(alias="from", description="từ ngày xác nhận")],
        last: Annotated[date, Query(alias="to", description="đến ngày xác nhận")],
    ) -> Response:
        """Biên bản đối soát, tệp Word: căn cứ, ai xác nhận, số liệu của hai bên."""
        principal = await operator(tools, request)
        made = await minutes(tools, principal.scope, OfficeId(office), first, last)
        now = tools.clock.now()
        facts = {"office": office, "paper": Form.RECONCILIATION_MINUTES.value}
        line = JournalLine("read", now, principal.id, facts)
        await tools.store.note(f"reads:{now:%Y-%m-%d}", [line])
        return await word(tools, Form.RECONCILIATION_MINUTES, made)


async def taken(
    tools: Tools,
    desk: Desk,
    principal: Principal,
    office: OfficeId,
    parts: Mapping[str, bytes],
) -> tuple[OneList, Found]:
    """Read an uploaded list and propose what follows; its way of reading is kept.

    Raises:
        SenderError: it cannot be read, or columns are in doubt.
    """
    mark = f"list:{office}"
    kept = readable(await tools.store.mark(mark) or "")
    mapping = parts.get("mapping", b"").decode("utf-8-sig", "replace")
    listed = await desk.one(parts.get("list", b""), mapping, kept)
    day = desk.day(parts.get("day", b"").decode("utf-8", "replace"))
    today = legal_day(tools.clock.now())
    if not today - OLDEST <= day <= today:
        raise SenderError(
            code="day_invalid",
            remedy="Danh sách tính đến ngày nào: không sau hôm nay, viết dạng 25/03/2026.",
        )
    working = working_time(tools.versions.current.calendar)
    evidence, unclear = of_list(listed, office, day, working)
    result = await hold_against(
        tools, office, evidence, by=principal.id, covers=_covers(parts)
    )
    result.counts["unclear"] += unclear
    if result.brought:
        await apply_rules(tools, [*result.brought.new, *result.brought.renewed])
    if listed.keeps and listed.keeps != kept:
        await tools.store.set_mark(mark, listed.keeps)
    tools.probe.action(
        action="list_held_against",
        actor=principal.id,
        office=office,
        count=len(evidence),
    )
    return listed, result


def _state(text: str) -> ProposalState:
    try:
        return ProposalState(text)
    except ValueError:
        raise SenderError(
            code="proposal_state_unknown",
            remedy="state là open, confirmed, rejected, overtaken hoặc undone.",
        ) from None


def _covers(parts: Mapping[str, bytes]) -> Covers | None:
    """From which day to which the list names everything; nothing said: it may not."""
    first, last = (_day(parts, name) for name in ("from", "to"))
    return Covers(first, last) if first and last else None


def _day(parts: Mapping[str, bytes], name: str) -> date | None:
    try:
        return day_of(parts.get(name, b"").decode("utf-8", "replace"))
    except ValueError as wrong:
        raise SenderError(
            code="day_invalid", remedy="Ngày viết dạng 25/03/2026."
        ) from wrong


def _told(listed: OneList, result: Found) -> dict[str, Any]:
    brought = result.brought
    return {
        "rows": len(listed.rows),
        "counts": dict(result.counts),
        "new": len(brought.new) if brought else 0,
        "renewed": len(brought.renewed) if brought else 0,
        "decided_before": brought.known if brought else 0,
        "problems": [
            {"at": one.at, "what": one.what} for one in listed.problems[:MOST_TOLD]
        ],
        "notes": [*listed.notes, *filter(None, [listed.misfit])],
        "mapping": listed.mapping,
    }


async def decider(tools: Tools, request: Request) -> Principal:
    """Who may decide a proposal: the counter's own system, or who moves dossiers on.

    Raises:
        NotAllowed: who only looks.
    """
    principal = await signed_in(tools, request)
    if principal.role is not Role.ONE_STOP and not may_act(principal):
        raise NotAllowed
    return principal


def decided_by(principal: Principal, content: Mapping[str, Any]) -> Decision:
    """The decision of somebody who is signed in.

    Raises:
        SenderError: the reason is missing.
    """
    return Decision(
        principal.id,
        reason_of(content),
        decides=may_decide(principal),
        alone=content.get("alone") is True,
    )
