"""What the lists show, made from the store's rows; every state with its reason."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from gateway.api import answers
from gateway.api.lane_words import sentence, waits_for
from gateway.api.standing import is_the_counters, kept_words, standing
from gateway.calendar.working_time import working_time
from gateway.console import labels, offices, show
from gateway.console.language import later, say
from gateway.delivery.parked import possible
from gateway.delivery.seen import seen
from gateway.domain.case import End, Place
from gateway.domain.lane import LaneState
from gateway.domain.legal_day import legal_day
from gateway.domain.ready import READY
from gateway.domain.transfer import (
    LIES_READY,
    STATUS_CONVERSATION,
    Action,
    Fate,
    State,
    Transfer,
)
from gateway.receipts import waiting as waiting_reports
from gateway.receipts.kept import named_by
from gateway.sealing.folder import Folder, blind_number
from gateway.sealing.index import asked_words
from gateway.sealing.reads import note_reads
from gateway.timing.promised import is_over

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.delivery.lanes import Lanes
    from gateway.domain.case import Case
    from gateway.domain.identifiers import DossierId
    from gateway.domain.principal import Principal, Scope
    from gateway.ports.overview import Narrowed, Still
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

PAGE = 50
FOUND = 50
GATEWAY = later("cổng liên thông")


def page(rows: Sequence[Any]) -> tuple[list[Any], bool]:
    """Of ``PAGE + 1`` rows those of one page, and whether more follow."""
    return list(rows[:PAGE]), len(rows) > PAGE


async def number_of(tools: Tools, row: DossierRow) -> str:
    """The number that people quote; a word when the dossier has none yet."""
    return await answers.own_number(Folder.shown(tools, row)) or say("(chưa có số)")


async def still(
    tools: Tools, scope: Scope, *, after: str | None, asked: Narrowed
) -> tuple[list[dict[str, Any]], str | None]:
    """What stands still, and where the next page begins."""
    found = await tools.overview.still(scope, after=after, limit=PAGE + 1, asked=asked)
    rows, more = page(found)
    shown = [await _still(tools, scope, row) for row in rows]
    return shown, rows[-1].cursor if more else None


async def _still(tools: Tools, scope: Scope, row: Still) -> dict[str, Any]:
    stored = await tools.store.dossier(row.dossier_id, scope)
    said = standing(tools, row, row.reason, stored.case if stored else None)
    whom = row.office
    if stored and is_the_counters(tools, row, row.reason, stored.case):
        whom = stored.case.sender
    return {
        "id": row.dossier_id,
        "number": await number_of(tools, stored) if stored else "",
        "procedure": tools.versions.procedure_of(stored.case).name if stored else "",
        "what": labels.message_kind(row.kind) if row.kind else "",
        "to": offices.name(tools, row.office) if row.office else "",
        "reason": said.reason,
        "next_action": said.next_action,
        "place": _place(tools, stored.case, row) if stored else say(GATEWAY),
        "contact": offices.contact(tools, whom) if whom else "",
        "transfer_id": row.transfer_id,
        "state": labels.stands(row.state, row.reason)
        if row.state
        else say("chưa xác định cơ quan"),
        "state_code": row.state or "unrouted",
        "behind": row.behind,
        **_since(row.since, tools.clock.now()),
        **_due(tools, row.due_on, over=stored is None or _ended(stored)),
    }


def _ended(stored: DossierRow) -> bool:
    return stored.case.end is not End.OPEN


def stopped(tools: Tools, lanes: Lanes) -> list[dict[str, Any]]:
    """Offices to which nothing leaves at present: what is due there waits with them.

    Not those of an emergency stop, which every page tells above all else.
    """
    now = tools.clock.now()
    found = (seen(lanes, office, now) for office in tools.versions.current.offices)
    return [
        {
            "office": offices.name(tools, one.office),
            "contact": offices.contact(tools, one.office),
            "state": labels.lane(one.state),
            "resting": one.state is LaneState.OFF_HOURS,
            "why": sentence(tools, one),
            "by": labels.actor(one.by) if one.by else "",
            "since": one.since,
            "for": show.span(now - one.since) if one.since else "",
        }
        for one in found
        if one.state is not LaneState.OPEN and not one.emergency
    ]


def _place(tools: Tools, case: Case, row: Still) -> str:
    """Where the dossier lies; of a status that was not told: still at the gateway."""
    for leg in case.legs:
        if row.office == leg.office and leg.place is not Place.NOBODY and row.office:
            return answers.place(leg, tools.versions.current)
    return say(GATEWAY)


def _since(at: datetime, now: datetime) -> dict[str, Any]:
    return {"since": at, "for": show.span(now - at)}


def promised(tools: Tools, stored: DossierRow | None) -> dict[str, Any]:
    """The day that the citizen was told, and whether it is over."""
    due_on = stored.case.due_on if stored else None
    told = due_on.isoformat() if due_on else None
    return _due(tools, told, over=stored is None or _ended(stored))


def is_late(tools: Tools, due_on: str | None) -> bool:
    """Whether the day that the citizen was told is over, of a dossier that goes on."""
    return bool(_due(tools, due_on, over=False)["late"])


def _due(tools: Tools, due_on: str | None, *, over: bool) -> dict[str, Any]:
    """The promised day; what is ``over`` is late no more."""
    working = working_time(tools.versions.current.calendar)
    told, today = date.fromisoformat(due_on) if due_on else None, tools.clock.now()
    late = is_over(working, told, legal_day(today)) and not over
    return {"due_on": show.day(due_on), "late": late}


async def waiting(
    tools: Tools,
    lanes: Lanes,
    scope: Scope,
    states: Sequence[State],
    *,
    after: str | None,
    asked: Narrowed,
) -> tuple[list[dict[str, Any]], str | None]:
    """Transfers that stand still with what can be done, and the next page's cursor."""
    found = await tools.overview.transfers_in(
        scope,
        states=[state.value for state in states],
        office=None,
        after=after,
        limit=PAGE + 1,
        asked=asked,
    )
    rows, more = page(found)
    shown = []
    for row in (one for one in rows if not _lies_ready(one)):
        stored = await tools.store.dossier(row.dossier_id, scope)
        line = transfer(tools, lanes, row, stored.case if stored else None)
        if stored is not None:
            line["number"] = await number_of(tools, stored)
            held = await behind(tools, row)
            line["behind"] = [labels.message_kind(other.kind) for other in held]
            if line["doubtful"]:
                line["evidence"] = await evidence(tools, row)
        shown.append(line)
    return shown, rows[-1].id if more else None


async def evidence(tools: Tools, row: Transfer) -> str:
    """What the agency has told of the dossier since, which speaks for its arrival."""
    sent = row.first_sent_at or row.created_at
    for report in await tools.overview.reports(row.dossier_id):
        if report.office == row.office and report.arrived_at >= sent:
            at = show.moment(report.arrived_at)
            return f"{labels.report_kind(report.kind)}, {at}"
    return ""


async def behind(tools: Tools, head: Transfer) -> list[Transfer]:
    """Transfers of the same conversation that wait for this one."""
    return [
        other
        for other in await tools.store.transfers(head.dossier_id)
        if other.state is State.WAITING
        and other.agency == head.agency
        and other.conversation == head.conversation
        and other.position > head.position
    ]


def transfer(
    tools: Tools, lanes: Lanes, row: Transfer, case: Case | None
) -> dict[str, Any]:
    """One transfer: state and fate in words, why, what is to be done, what can be."""
    traits = tools.traits(row.office, row.kind)
    repeats = traits is not None and traits.deduplicates
    said = standing(tools, row, row.cause, case)
    explained = row.state in {State.PARKED, State.UNCONFIRMED, State.REFUSED, State.DUE}
    held = waits_for(tools, lanes, row)
    why = held is not None or (explained and bool(row.cause))
    said = held or said
    return {
        "id": row.id,
        "dossier_id": row.dossier_id,
        "what": labels.message_kind(row.kind),
        "to": offices.name(tools, row.office),
        "contact": offices.contact(tools, row.office),
        "state": labels.stands(row.state, row.cause),
        "state_code": State.DUE.value if _lies_ready(row) else row.state.value,
        "fate": labels.fate(row.fate, row.state),
        "doubtful": row.fate is Fate.MAY_HAVE_LEFT and row.state is not State.SENDING,
        "repeats": repeats,
        "attempts": row.attempts,
        "enquiries": row.enquiries,
        "created_at": row.created_at,
        "next_at": row.due_at or row.ask_at or row.poll_at,
        "next_is": _next_is(row),
        "reason": said.reason if why else "",
        "next_action": said.next_action if why else "",
        "actions": [(a.value, labels.action(a)) for a in possible(row, traits)],
        "named_by": row.named_by,
        "behind": [],
        "evidence": "",
        "is_status": row.conversation == STATUS_CONVERSATION,
    }


def _lies_ready(row: Transfer) -> bool:
    """Whether its office will come for it: nobody has to do anything yet."""
    return row.state is State.UNCONFIRMED and row.cause in LIES_READY


def _next_is(row: Transfer) -> str:
    if row.due_at:
        return say("gửi lại") if row.attempts else say("gửi")
    if row.ask_at:
        fetched = row.cause in READY
        return say("xem cơ quan đã lấy chưa") if fetched else say("hỏi cơ quan")
    return say("tra cứu kết quả") if row.poll_at else ""


async def unmatched(
    tools: Tools, scope: Scope, *, after: str | None
) -> tuple[list[dict[str, Any]], str | None]:
    """Reports that fit nothing."""
    rows, more = page(
        await tools.overview.unmatched(scope, after=after, limit=PAGE + 1)
    )
    shown = []
    named = await named_by(tools, rows)
    for row in rows:
        said = kept_words(tools, row)
        of = (
            await tools.store.dossier(row.dossier_id, scope) if row.dossier_id else None
        )
        shown.append(
            {
                "id": row.id,
                "dossier": of.case.dossier_id if of else "",
                "number": await number_of(tools, of) if of else "",
                "from": offices.name(tools, row.office),
                "contact": offices.contact(tools, row.office),
                "what": labels.report_kind(row.kind),
                "named": named[row.id],
                "arrived_at": row.arrived_at,
                "reason": said.reason,
                "next_action": said.next_action,
                "actions": [
                    (action.value, labels.done(action))
                    for action in waiting_reports.possible(row)
                ],
            }
        )
    return shown, rows[-1].id if more else None


async def find(tools: Tools, scope: Scope, wanted: str) -> list[dict[str, Any]]:
    """Dossiers by any number, else by name words, phone or paper."""
    blind = blind_number(tools, wanted)
    found: list[DossierId] = list(await tools.store.find([(None, None, blind)], scope))
    for entries in asked_words(tools, wanted):
        if not found:
            found = list(await tools.overview.search(scope, entries, limit=FOUND))
    stored = [await tools.store.dossier(identifier, scope) for identifier in found]
    return [await _listed(tools, row) for row in stored if row is not None]


async def dossiers(
    tools: Tools, scope: Scope, state: str, *, after: str | None
) -> tuple[list[dict[str, Any]], str | None]:
    """Dossiers that are open, or that no office is competent for."""
    found = await tools.overview.dossiers(
        scope, state=state, after=after, limit=PAGE + 1
    )
    rows, more = page(found)
    shown = [await _listed(tools, row) for row in rows]
    return shown, rows[-1].case.dossier_id if more else None


async def _listed(tools: Tools, row: DossierRow) -> dict[str, Any]:
    listed = answers.listed(row, await number_of(tools, row), tools.versions.current)
    return {
        **listed,
        "procedure_name": tools.versions.procedure_of(row.case).name,
        "places": list(dict.fromkeys(listed["places"])),
        **_due(tools, listed["due_on"], over=_ended(row)),
        "accepted_at": row.case.accepted_at,
    }


async def note_read(tools: Tools, principal: Principal, row: DossierRow) -> None:
    """Keep who looked at a dossier."""
    await note_reads(tools, principal, [row.case.dossier_id])


def is_action(name: str) -> bool:
    """Whether a path names something that can be done."""
    return name in {action.value for action in Action}
