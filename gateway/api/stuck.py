"""What stands still, grouped by cause, and who looks after each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from fastapi.responses import Response

from gateway.api import answers
from gateway.api.answers import answer
from gateway.api.bodies import json_object
from gateway.api.contacts import person
from gateway.api.paging import PAGE, page_of
from gateway.api.signin import operator
from gateway.api.standing import reasons
from gateway.delivery.seen import shut_by_plan
from gateway.domain.errors import ActionNotPossible, ChangedMeanwhile, SenderError
from gateway.domain.identifiers import MessageKind, OfficeId
from gateway.domain.measure import Whose
from gateway.domain.stuck import (
    COUNTER_ROUTES,
    DEFINITION,
    NAMES,
    OF_CLOCKS,
    OF_TRANSFERS,
    TURNS,
    WHOSE_TURN,
    Kind,
)
from gateway.domain.transfer import Fate, State
from gateway.domain.words import Words, situation, words_of
from gateway.sealing.folder import Folder
from gateway.watch import stuck as watch

if TYPE_CHECKING:
    from gateway.delivery.lanes import Lanes
    from gateway.domain.principal import Principal
    from gateway.ports.stuck import StuckCount, StuckRow
    from gateway.sealing.tools import Tools
    from gateway.watch.stuck import IsShut, Note

#: State and fate of the messages of a kind of standing still.
STANDS = {
    Kind.PARKED: (State.PARKED, Fate.NOT_LEFT),
    Kind.UNSURE: (State.PARKED, Fate.MAY_HAVE_LEFT),
    Kind.UNCONFIRMED: (State.UNCONFIRMED, Fate.MAY_HAVE_LEFT),
    Kind.UNREAD: (State.DELIVERED, Fate.AGENCY_HAS_IT),
}
#: Those that a bulk job can select.
_BULK = frozenset({Kind.PARKED, Kind.UNSURE, Kind.UNCONFIRMED})
_CHANGED = "Có người vừa ghi chú khác: đọc lại nguyên nhân rồi ghi với version mới."


def register(tools: Tools, lanes: Lanes, routes: APIRouter) -> None:
    """Add the calls."""
    shut = shut_by_plan(tools, lanes)

    @routes.get("/stuck")
    async def get_stuck(request: Request) -> Response:
        """Hồ sơ đứng yên theo nguyên nhân: bao nhiêu, từ bao giờ, ai phụ trách."""
        principal = await person(tools, request)
        causes = await listed(tools, principal, shut)
        return answer({"definition": definition(tools), "causes": causes})

    @routes.get("/stuck/{cause}")
    async def get_cause(
        cause: str, request: Request, after: str | None = None, limit: int = PAGE
    ) -> Response:
        """Các hồ sơ đứng yên vì một nguyên nhân, lâu nhất trước, và mọi lần ghi chú."""
        principal = await person(tools, request)
        page = page_of(limit)
        found = await cause_of(tools, principal, shut, cause)
        rows, following = await behind(tools, principal, found, after=after, limit=page)
        noted = await watch.history(tools, cause)
        body = {
            "cause": await shown(tools, principal, found, noted[-1] if noted else None),
            "dossiers": [await row_shown(tools, principal, one) for one in rows],
            "notes": [note_shown(one) for one in noted],
            "after": following,
        }
        return answer(body)

    @routes.put("/stuck/{cause}/note")
    async def put_note(cause: str, request: Request) -> Response:
        """Ghi ai phụ trách một nguyên nhân và đến đâu rồi; được niêm phong."""
        principal = await operator(tools, request)
        content = await json_object(request)
        owner, words = (_said(content, name) for name in ("owner", "note"))
        version = content.get("version")
        if version is not None and type(version) is not int:
            raise SenderError(code="note_invalid", remedy="version là số nguyên.")
        found = await cause_of(tools, principal, shut, cause)
        try:
            await watch.note(tools, principal, cause, owner, words, version=version)
        except ChangedMeanwhile:
            raise ActionNotPossible(code="note_changed", remedy=_CHANGED) from None
        noted = (await watch.history(tools, cause))[-1:]
        return answer(await shown(tools, principal, found, noted[0] if noted else None))


def definition(tools: Tools) -> str:
    """What is counted, in words."""
    given = tools.stuck
    return DEFINITION.format(silence=given.silence_days, question=given.question_days)


async def listed(
    tools: Tools, principal: Principal, shut: IsShut
) -> list[dict[str, Any]]:
    """Every cause with its note."""
    notes = await watch.notes(tools)
    return [
        await shown(tools, principal, one, notes.get(one.cause.id))
        for one in await watch.stuck(tools, principal.scope, shut)
    ]


async def cause_of(
    tools: Tools, principal: Principal, shut: IsShut, identifier: str
) -> StuckCount:
    """The cause of that name.

    Raises:
        SenderError: nothing stands still by it any more, or it never was.
    """
    for one in await watch.stuck(tools, principal.scope, shut):
        if one.cause.id == identifier:
            return one
    raise SenderError(
        code="cause_unknown",
        remedy="Không còn hồ sơ nào đứng yên vì nguyên nhân này; xem lại danh sách.",
    )


async def behind(
    tools: Tools,
    principal: Principal,
    found: StuckCount,
    *,
    after: str | None,
    limit: int,
) -> tuple[list[StuckRow], str | None]:
    """A page of what stands still by a cause, and where the next begins."""
    rows = list(
        await tools.stuck.kept.stuck_by(
            found.cause,
            principal.scope,
            watch.now_bounds(tools),
            after=after,
            limit=limit + 1,
        )
    )
    return rows[:limit], rows[limit - 1].cursor if len(rows) > limit else None


async def shown(
    tools: Tools, principal: Principal, one: StuckCount, noted: Note | None
) -> dict[str, Any]:
    """A cause as answers show it."""
    said, cause = words(tools, one), one.cause
    sample = await tools.store.dossier(one.sample, principal.scope)
    office = tools.versions.current.offices.get(OfficeId(cause.office))
    return {
        "id": cause.id,
        "kind": cause.kind.value,
        "kind_name": NAMES[cause.kind],
        "agency": cause.agency,
        "office": cause.office,
        "office_name": office.name if office else cause.office,
        "code": cause.code,
        "reason": said.reason,
        "next_action": said.next_action,
        "turn": turn(one),
        "dossiers": one.dossiers,
        "rows": one.rows,
        "first": one.first.isoformat(),
        "last": one.last.isoformat(),
        "sample": {
            "dossier_id": one.sample,
            "number": await answers.own_number(Folder.of(tools, sample))
            if sample
            else "",
        },
        "select": selection(one),
        **note_shown(noted),
    }


def note_shown(noted: Note | None) -> dict[str, Any]:
    """A note as answers show it; version 0: there is none."""
    if noted is None:
        nothing: dict[str, Any] = {"owner": "", "note": "", "version": 0}
        return {**nothing, "noted_at": None, "noted_by": ""}
    return {
        "owner": noted.owner,
        "note": noted.note,
        "version": noted.version,
        "noted_at": noted.at.isoformat(),
        "noted_by": noted.by,
    }


def selection(one: StuckCount) -> dict[str, Any] | None:
    """What a bulk job would select to move all of a cause on; None: no messages."""
    if one.cause.kind not in _BULK:
        return None
    state, _ = STANDS[one.cause.kind]
    found = {"states": [state.value], "office": one.cause.office}
    return {**found, "cause": one.cause.code} if one.cause.code else found


def turn(one: StuckCount) -> str:
    """Whose turn it is."""
    if one.cause.kind in OF_CLOCKS:
        return TURNS[one.whose or Whose.AGENCY][0]
    if one.cause.kind is Kind.UNROUTED and one.cause.code in COUNTER_ROUTES:
        return WHOSE_TURN[Kind.COUNTER]
    return WHOSE_TURN[one.cause.kind]


def words(tools: Tools, one: StuckCount) -> Words:
    """Why it stands still, and what is to be done."""
    cause = one.cause
    if cause.kind in OF_TRANSFERS:
        traits = tools.traits(cause.office, MessageKind(one.kind))
        state, fate = STANDS[cause.kind]
        return situation(
            state,
            fate,
            cause.code,
            reasons(tools, cause.office),
            deduplicates=traits is not None and traits.deduplicates,
        )
    if cause.kind in OF_CLOCKS:
        return _of_clock(tools, one)
    if cause.kind is Kind.SILENT:
        office = tools.versions.current.offices.get(OfficeId(cause.office))
        days = (office and office.silence_days) or tools.stuck.silence_days
        said = f"Đơn vị có hồ sơ mà quá {days} ngày làm việc không có tin gì"
        return Words(said, TURNS[Whose.AGENCY][1])
    return words_of(cause.code, {})


def _of_clock(tools: Tools, one: StuckCount) -> Words:
    rules = tools.versions.current.clocks
    label = next((r.label for r in rules if r.name == one.cause.code), one.cause.code)
    _, todo = TURNS[one.whose or Whose.AGENCY]
    if one.cause.kind is Kind.NOT_RECEIVED:
        return Words(
            f"Quá hạn chót vẫn chưa có xác nhận: {label}",
            "Gọi đơn vị hỏi đã nhận hồ sơ chưa; biên bản chưa nhận được đã lập trong hồ sơ.",
        )
    return Words(f"Quá thời hạn {label}", todo)


async def row_shown(
    tools: Tools, principal: Principal, row: StuckRow
) -> dict[str, Any]:
    """One dossier behind a cause: where it is, and since when it stands still."""
    stored = await tools.store.dossier(row.dossier_id, principal.scope)
    line: dict[str, Any] = {
        "dossier_id": row.dossier_id,
        "leg": row.leg,
        "transfer_id": row.transfer_id,
        "kind": row.kind,
        "since": row.since.isoformat(),
        "number": "",
        "procedure": "",
        "places": [],
        "due_on": None,
    }
    if stored is None:
        return line
    number = await answers.own_number(Folder.of(tools, stored))
    about = answers.listed(stored, number, tools.versions.current)
    return {
        **line,
        "number": number,
        "procedure": tools.versions.procedure_of(stored.case).name,
        "places": list(dict.fromkeys(about["places"])),
        "due_on": about["due_on"],
    }


def _said(content: dict[str, Any], name: str) -> str:
    value = content.get(name)
    if value is not None and not isinstance(value, str):
        raise SenderError(code="note_invalid", remedy=f"{name} là chữ.")
    return (value or "").strip()
