"""Parts and dossiers that staff end by hand: what would happen, asking, confirming."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer, own_number
from gateway.api.bodies import json_object, reason_of
from gateway.api.corrections import MOST, must_see, stand_ins
from gateway.api.paging import PAGE, page_of, row_after
from gateway.api.signin import allowed, fresh, signed_in
from gateway.domain.closing import GOING, OUTCOMES, WAYS, may_speak_of, outcomes
from gateway.domain.correction import CorrectionKind
from gateway.domain.errors import (
    ActionNotPossible,
    ChangedMeanwhile,
    SenderError,
)
from gateway.domain.legal_day import legal_day
from gateway.domain.principal import Right, may_approve
from gateway.intake import closing
from gateway.intake.acts import find
from gateway.intake.approving import reaches
from gateway.intake.closing_asked import read_closing
from gateway.intake.outlook_words import Namer, differences, lines
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from gateway.domain.correction import Correction, StandIn
    from gateway.domain.principal import Principal
    from gateway.intake.outlook import Outlook
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

#: At most so many tokens are held against what would happen.
MOST_SEEN = 1_000


def register(tools: Tools, routes: APIRouter) -> None:
    """Add the calls."""

    @routes.get("/closings")
    async def get_closings(
        request: Request, after: str | None = None, limit: int = PAGE
    ) -> Response:
        """Đề nghị kết thúc bằng tay đang chờ xác nhận: việc gì, vì sao, nếu xác nhận thì sao."""
        principal = await signed_in(tools, request)
        must_see(principal)
        after, page = row_after(after, "k"), page_of(limit)
        rows = await tools.corrections.corrections(
            principal.scope, after=after, limit=page + 1, kind=CorrectionKind.CLOSING
        )
        alone = await stand_ins(tools, rows)
        shown = [
            await waiting(tools, principal, row, one, alone.get(one.id))
            for one in rows[:page]
            if (row := await reached(tools, principal, one)) is not None
        ]
        following = rows[page - 1].id if len(rows) > page else None
        return answer({"closings": shown, "after": following})

    _asking(tools, routes)
    _deciding(tools, routes)


def _asking(tools: Tools, routes: APIRouter) -> None:
    @routes.post("/dossiers/{number:path}/closings/outlook")
    async def post_outlook(number: str, request: Request) -> Response:
        """Nếu kết thúc bằng tay thì điều gì xảy ra; chưa làm gì."""
        principal = await allowed(tools, request, Right.EDIT)
        row = await find(tools, principal, number)
        content = await json_object(request)
        wanted = read_closing(content, legal_day(tools.clock.now()))
        found = await closing.look(tools, principal, row, wanted)
        return answer({"dossier_id": row.case.dossier_id, **told(tools, found)})

    @routes.post("/dossiers/{number:path}/closings", status_code=201)
    async def post_closing(number: str, request: Request) -> Response:
        """Đề nghị kết thúc bằng tay; chỉ có hiệu lực khi người thứ hai xác nhận."""
        principal = await allowed(tools, request, Right.EDIT)
        fresh(tools, principal)
        row = await find(tools, principal, number)
        content = await json_object(request)
        wanted = read_closing(content, legal_day(tools.clock.now()))
        try:
            kept = await closing.ask(tools, principal, row, wanted, seen_in(content))
        except ChangedMeanwhile:
            raise another() from None
        alone = await stand_ins(tools, [kept])
        return answer(
            await waiting(tools, principal, row, kept, alone.get(kept.id)), 201
        )


def another() -> ActionNotPossible:
    """What is said where something is asked of the dossier already."""
    return ActionNotPossible(
        code="correction_waiting",
        remedy="Hồ sơ này đã có một đề nghị đang chờ duyệt: xử lý đề nghị ấy trước.",
    )


def _deciding(tools: Tools, routes: APIRouter) -> None:
    @routes.post("/closings/{identifier}/approval")
    async def post_closing_approval(identifier: str, request: Request) -> Response:
        """Xác nhận một đề nghị của người khác: phần việc hoặc hồ sơ kết thúc ngay."""
        return await _decide(tools, request, identifier, approve=True)

    @routes.post("/closings/{identifier}/refusal")
    async def post_closing_refusal(identifier: str, request: Request) -> Response:
        """Bỏ một đề nghị kết thúc bằng tay; hồ sơ giữ nguyên."""
        return await _decide(tools, request, identifier, approve=False)


async def _decide(
    tools: Tools, request: Request, identifier: str, *, approve: bool
) -> Response:
    principal = await signed_in(tools, request)
    must_see(principal)
    fresh(tools, principal)
    content = await json_object(request)
    row = await closing.decide(
        tools,
        principal,
        identifier,
        approve=approve,
        reason=reason_of(content)[:MOST],
        seen=seen_in(content) if approve else (),
    )
    present = await tools.store.dossier(row.case.dossier_id, principal.scope) or row
    body = {
        "id": identifier,
        "dossier_id": row.case.dossier_id,
        "approved": approve,
        "end": present.case.end.value,
    }
    return answer(body)


def seen_in(content: dict[str, Any]) -> tuple[str, ...]:
    """Tokens of the outlook that somebody read.

    Raises:
        SenderError: there are none, so that nobody looked.
    """
    seen = content.get("seen")
    fits = isinstance(seen, list) and 0 < len(seen) <= MOST_SEEN
    if not fits or not all(isinstance(one, str) for one in seen or ()):
        raise SenderError(
            code="closing_invalid",
            remedy="seen: danh sách nhận được khi xem trước (…/closings/outlook, hoặc"
            " GET /v1/closings), để chắc rằng điều xảy ra là điều đã xem.",
        )
    return tuple(seen or ())


async def reached(
    tools: Tools, principal: Principal, kept: Correction
) -> DossierRow | None:
    """The dossier of one that the caller may see; None: it is not theirs."""
    row = await tools.store.dossier(kept.dossier_id, principal.scope)
    return row if row and reaches(principal.scope, row, kept) else None


def told(tools: Tools, found: Outlook) -> dict[str, Any]:
    """What would happen."""
    catalogue = tools.versions.current
    namer = Namer.of(catalogue, found)
    labels = {one.name: one.label for one in catalogue.clocks}
    return {
        "lines": lines(namer, found.seen),
        "unsure": [namer.message(one) for one in found.unsure],
        "one_stop_is_told": found.told,
        "clocks": [
            f"{labels.get(one.name, one.name)}: {namer.office(one.leg)}"
            if one.leg
            else labels.get(one.name, one.name)
            for one in found.clocks
        ],
        "withdrawable": [
            {"leg": leg, "office_name": namer.office(leg)} for leg in found.withdrawable
        ],
        "seen": list(found.seen),
    }


async def waiting(
    tools: Tools,
    principal: Principal,
    row: DossierRow,
    kept: Correction,
    alone: StandIn | None,
) -> dict[str, Any]:
    """One that waits: what is asked, by whom, and what would happen now."""
    asked = await closing.opened(tools, row, kept)
    told_at, effect = (alone.told_at, alone.effect_at) if alone else (None, None)
    return {
        "id": kept.id,
        "dossier_id": kept.dossier_id,
        "number": await own_number(Folder.of(tools, row)),
        "by": kept.by,
        "at": kept.at.isoformat(),
        **_wanted(tools, row, asked),
        **await _now(tools, row, asked),
        "may_approve": may_approve(principal, kept.by),
        "nobody_else": alone is not None,
        "head_told_at": told_at.isoformat() if told_at else None,
        "takes_effect_at": effect.isoformat() if effect else None,
    }


def _wanted(
    tools: Tools, row: DossierRow, asked: closing.Asked | None
) -> dict[str, Any]:
    if asked is None:
        return {"leg": "", "office_name": "", "way": "", "way_words": "", "reason": ""}
    one = asked.closing
    namer = Namer(
        tools.versions.current, {leg.name: leg.office for leg in row.case.legs}, ()
    )
    return {
        "leg": one.leg,
        "office_name": namer.office(one.leg) if one.leg else "",
        "way": one.way.value,
        "way_words": WAYS[one.way],
        "outcome": one.outcome.value if one.outcome else "",
        "outcome_words": OUTCOMES[one.outcome] if one.outcome else "",
        "paper": one.number,
        "on": one.on.isoformat() if one.on else None,
        "withdraws": sorted(one.withdraws),
        "reason": one.reason,
    }


async def _now(
    tools: Tools, row: DossierRow, asked: closing.Asked | None
) -> dict[str, Any]:
    """What confirming it would do now, or why it cannot be confirmed."""
    nothing = {"outlook": None, "changed": "", "why_not": ""}
    if asked is None:
        return nothing
    try:
        found = await closing.foreseen(tools, row, asked.closing)
    except ActionNotPossible as error:
        return {**nothing, "why_not": error.remedy}
    namer = Namer.of(tools.versions.current, found)
    return {
        "outlook": told(tools, found),
        "changed": differences(namer, asked.seen, found.seen),
        "why_not": "",
    }


def offered(
    tools: Tools, row: DossierRow, principal: Principal
) -> list[dict[str, Any]]:
    """Legs that this account may ask to end, each with what a paper may say of it."""
    procedure = tools.versions.procedure_of(row.case)
    namer = Namer(
        tools.versions.current, {leg.name: leg.office for leg in row.case.legs}, ()
    )
    return [
        {
            "leg": one.name,
            "office_name": namer.office(one.name),
            "outcomes": [
                (which.value, OUTCOMES[which])
                for which in outcomes(procedure.leg(one.name), one)
            ],
        }
        for one in row.case.legs
        if one.state in GOING
        and not procedure.leg(one.name).tells
        and may_speak_of(principal.scope, one.office)
    ]
