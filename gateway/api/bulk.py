"""Bulk jobs: one act on many transfers, what it would do, how far it is, what failed."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.paging import PAGE, number_after, page_of, row_after
from gateway.api.signin import fresh, operator, signed_in
from gateway.delivery.bulk import (
    Preview,
    Wanted,
    begin,
    preview,
    reason_of,
    steer,
    unknown,
)
from gateway.domain.bulk import (
    ITEM_WORDS,
    MOST_PER_SECOND,
    PER_SECOND,
    SELECTABLE,
    Item,
    Job,
    Outcome,
    Selection,
    Steer,
    plain,
)
from gateway.domain.errors import SenderError
from gateway.domain.identifiers import AgencyId, MessageKind, OfficeId
from gateway.domain.transfer import Action, State
from gateway.domain.words import words_of

if TYPE_CHECKING:
    from gateway.domain.bulk import Candidate
    from gateway.ports.clock import Bell
    from gateway.sealing.tools import Tools

_CODES = ("office", "agency", "kind", "cause")
#: What a filter names are codes; six digits in a row could be anybody's number.
_CODE = re.compile(r"(?!.*[0-9]{6})[0-9A-Za-z][0-9A-Za-z_.:/-]{0,79}")


def register(tools: Tools, bell: Bell, routes: APIRouter) -> None:
    """Add the calls; ``bell`` wakes the loop that does what was asked."""
    _asking(tools, bell, routes)
    _reading(tools, routes)


def _asking(tools: Tools, bell: Bell, routes: APIRouter) -> None:
    @routes.post("/bulk-jobs", status_code=202)
    async def post_bulk_job(request: Request) -> Response:
        """Lập việc hàng loạt; `dry_run`: chỉ đếm xem sẽ làm gì với bao nhiêu lượt."""
        principal = await operator(tools, request)
        content = await json_object(request)
        wanted = _wanted(content, request.headers.get("idempotency-key"))
        if content.get("dry_run") is True:
            found = await preview(tools, principal, wanted.action, wanted.selection)
            return answer(_preview(tools, found))
        if not wanted.reason:
            raise SenderError(code="reason_missing", remedy="Ghi lý do của thao tác.")
        fresh(tools, principal)
        job, repeated = await begin(tools, principal, wanted)
        bell.ring()
        body = {**shown(job), "reason": wanted.reason, "repeated": repeated}
        return answer(body, 200 if repeated else 202)

    @routes.post("/bulk-jobs/{identifier}/{what}")
    async def post_steer(identifier: str, what: str, request: Request) -> Response:
        """Tạm dừng, chạy tiếp (có thể đổi tốc độ) hoặc dừng hẳn một việc hàng loạt."""
        principal = await operator(tools, request)
        if what not in set(Steer):
            raise SenderError(code="unknown_path")
        content = await json_object(request)
        rate = _rate(content) if "per_second" in content else None
        job = await steer(tools, principal, identifier, Steer(what), per_second=rate)
        bell.ring()
        return answer(shown(job))


def _reading(tools: Tools, routes: APIRouter) -> None:
    @routes.get("/bulk-jobs")
    async def get_bulk_jobs(
        request: Request, after: str | None = None, limit: int = PAGE
    ) -> Response:
        """Các việc hàng loạt, mới nhất trước."""
        principal = await signed_in(tools, request)
        page = page_of(limit)
        rows = await tools.bulk.bulk_jobs(
            principal.scope, after=row_after(after, "b"), limit=page
        )
        following = rows[-1].id if len(rows) == page else None
        return answer({"jobs": [shown(row) for row in rows], "after": following})

    @routes.get("/bulk-jobs/{identifier}")
    async def get_bulk_job(identifier: str, request: Request) -> Response:
        """Một việc hàng loạt với các số đếm."""
        principal = await signed_in(tools, request)
        job = await tools.bulk.bulk_job(identifier, principal.scope)
        if job is None:
            raise unknown()
        return answer({**shown(job), "reason": await reason_of(tools, job)})

    @routes.get("/bulk-jobs/{identifier}/items")
    async def get_bulk_items(
        identifier: str,
        request: Request,
        outcome: str | None = None,
        after: int = 0,
        limit: int = PAGE,
    ) -> Response:
        """Các lượt gửi của một việc hàng loạt, theo kết quả."""
        principal = await signed_in(tools, request)
        if outcome not in {None, *Outcome}:
            raise _invalid(f"outcome là một trong {', '.join(Outcome)}")
        if await tools.bulk.bulk_job(identifier, principal.scope) is None:
            raise unknown()
        page = page_of(limit)
        which = None if outcome is None else Outcome(outcome)
        rows = await tools.bulk.bulk_items(
            identifier, outcome=which, after=number_after(after), limit=page
        )
        following = rows[-1].key.position if len(rows) == page else None
        return answer({"items": [_item(row) for row in rows], "after": following})


def _invalid(what: str) -> SenderError:
    return SenderError(
        code="bulk_invalid", remedy=f"Sửa nội dung yêu cầu hàng loạt: {what}."
    )


def _wanted(content: dict[str, Any], header: str | None) -> Wanted:
    """What a body asks for.

    Raises:
        SenderError: it names something that there is not.
    """
    action = content.get("action")
    if action not in set(Action):
        raise _invalid(f"action là một trong {', '.join(Action)}")
    key = header or content.get("idempotency_key")
    if key is not None and not (isinstance(key, str) and 0 < len(key) <= 200):
        raise _invalid("idempotency_key là chữ, dài tối đa 200 ký tự")
    return Wanted(
        action=Action(action),
        selection=_selection(content.get("filter")),
        reason=str(content.get("reason") or "").strip(),
        per_second=_rate(content),
        key=key,
    )


def _rate(content: dict[str, Any]) -> int:
    rate = content.get("per_second", PER_SECOND)
    if type(rate) is not int or not 1 <= rate <= MOST_PER_SECOND:
        raise _invalid(f"per_second là số nguyên từ 1 đến {MOST_PER_SECOND}")
    return rate


def _selection(given: Any) -> Selection:
    if not isinstance(given, dict):
        raise _invalid("filter là một đối tượng")
    others = given.keys() - {"states", "still_before", *_CODES}
    if others:
        raise _invalid("filter có trường không biết")
    states = given.get("states")
    known = {state.value for state in SELECTABLE}
    if not isinstance(states, list) or not states or not known.issuperset(states):
        raise _invalid(f"filter.states là danh sách trong {', '.join(sorted(known))}")
    for name in _CODES:
        if name in given and not _is_code(given[name]):
            raise _invalid(f"filter.{name} là một mã")
    return Selection(
        states=tuple(State(state) for state in dict.fromkeys(states)),
        office=OfficeId(given["office"]) if "office" in given else None,
        agency=AgencyId(given["agency"]) if "agency" in given else None,
        kind=MessageKind(given["kind"]) if "kind" in given else None,
        cause=given.get("cause"),
        still_before=_moment(given.get("still_before")),
    )


def _is_code(value: object) -> bool:
    return isinstance(value, str) and _CODE.fullmatch(value) is not None


def _moment(text: object) -> datetime | None:
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        raise _invalid("filter.still_before là thời điểm ISO có múi giờ")
    return found


def shown(job: Job) -> dict[str, Any]:
    """A job with its counts; ``adds_up`` says whether they do."""
    counts = job.counts
    return {
        "id": job.id,
        "state": job.state.value,
        "action": job.action.value,
        "filter": plain(job.selection),
        "actor": job.actor,
        "asked_at": job.asked_at.isoformat(),
        "per_second": job.per_second,
        "complete": job.complete,
        "asked": counts.asked,
        "queued": counts.queued,
        "skipped": counts.skipped,
        "done": counts.done,
        "failed": counts.failed,
        "stopped": counts.stopped,
        "left": counts.left,
        "adds_up": counts.add_up,
        "ended_at": job.ended_at.isoformat() if job.ended_at else None,
    }


def _item(item: Item) -> dict[str, Any]:
    said = words_of(item.code, ITEM_WORDS)
    return {
        "position": item.key.position,
        "transfer_id": item.transfer_id,
        "dossier_id": item.dossier_id,
        "outcome": item.outcome.value,
        "code": item.code,
        "words": said.reason if item.code else "",
        "next_action": said.next_action if item.code else "",
        "at": item.at.isoformat() if item.at else None,
    }


def _preview(tools: Tools, found: Preview) -> dict[str, Any]:
    skipped = sum(found.skipped.values())
    return {
        "dry_run": True,
        "asked": found.asked,
        "queued": found.asked - skipped,
        "skipped": skipped,
        "leads_to": dict(found.leads_to),
        "skipped_by": [
            {"code": code, "count": count, "words": words_of(code, ITEM_WORDS).reason}
            for code, count in found.skipped.most_common()
        ],
        "sample": [_sampled(tools, one, code) for one, code in found.sample],
    }


def _sampled(tools: Tools, one: Candidate, code: str) -> dict[str, Any]:
    office = tools.versions.current.offices.get(one.office)
    return {
        "transfer_id": one.transfer_id,
        "dossier_id": one.dossier_id,
        "office": one.office,
        "office_name": office.name if office else one.office,
        "kind": one.kind,
        "state": one.state.value,
        "fate": one.fate.value,
        "cause": one.cause,
        "code": code,
        "words": words_of(code, ITEM_WORDS).reason if code else "",
    }
