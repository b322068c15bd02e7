"""One dossier: where it is and why, what is to be done, and all that happened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.api import answers
from gateway.api.closings import offered
from gateway.calendar.working_time import working_time
from gateway.console import closings, labels, offices, show, timeline, views
from gateway.console.language import later, say
from gateway.console.owed import owed
from gateway.contesting.matters import matter, shown
from gateway.domain.case import End, LegState, Place
from gateway.domain.closing import WHOLE, closed, may_speak_of
from gateway.domain.json_text import at_pointer
from gateway.domain.legal_day import legal_day
from gateway.domain.principal import Right, may
from gateway.domain.procedure import Carrier
from gateway.domain.remarks import place_words, remarks
from gateway.domain.transfer import State
from gateway.domain.words import words_of
from gateway.reports import due
from gateway.routing.joining import Aside, aside
from gateway.routing.slips import consumer
from gateway.sealing.folder import Folder
from gateway.sealing.received import as_received
from gateway.timing.promised import is_over
from gateway.watch.keeping import WORDS

if TYPE_CHECKING:
    from gateway.delivery.lanes import Lanes
    from gateway.domain.case import Case, LegCase
    from gateway.domain.principal import Principal
    from gateway.ports.attachments import StoredAttachment
    from gateway.ports.store import DossierRow
    from gateway.ports.vault import DossierKey
    from gateway.sealing.tools import Tools

_STANDS_STILL = frozenset({State.PARKED, State.UNCONFIRMED})
_TONES = {
    End.OPEN: "open",
    End.FINISHED: "ended",
    End.REFUSED: "refused",
    End.WITHDRAWN: "cancelled",
    End.CLOSED: "cancelled",
}


async def _kept(tools: Tools, case: Case) -> dict[str, Any]:
    """What of it was deleted, and whether it is held."""
    done = await tools.retention.deletions(case.dossier_id)
    return {
        "deleted": [{"words": WORDS[one.kind], "at": one.at} for one in done],
        "held": await tools.retention.hold_of(case.dossier_id),
    }


async def dossier(
    tools: Tools, lanes: Lanes, row: DossierRow, principal: Principal
) -> dict[str, Any]:
    """Everything that the page of one dossier shows."""
    case = row.case
    folder = Folder.shown(tools, row)
    document = await folder.document(case.revision)
    summary = await answers.summary(tools, row)
    transfers = list(await tools.store.transfers(case.dossier_id))
    lines = [views.transfer(tools, lanes, t, case) for t in transfers]
    legs = [_leg(tools, case, leg) for leg in case.legs]
    return {
        **summary,
        **await _kept(tools, case),
        "number": summary["number"] or say("(chưa có số)"),
        "numbers": [
            {"kind": labels.number_kind(n["agency"], n["kind"]), "value": n["value"]}
            for n in summary["numbers"]
        ],
        "applicant": str((document.get("applicant") or {}).get("name", "")),
        "procedure_name": tools.versions.procedure_of(case).name,
        "accepted_at": case.accepted_at,
        "ended_at": case.ended_at,
        "tone": _tone(case, lines),
        "state": _state(case, summary["portal_text"]),
        **_due(tools, case),
        "legs": legs,
        "closed": closings.by_hand(tools, case),
        "closable": _closable(tools, row, principal),
        **await _to_look_at(folder, document),
        "owed": await owed(tools, folder),
        "takes_slip": _takes_slip(tools, case),
        "still": [line for line in lines if line["state_code"] in _STANDS_STILL],
        "unrouted_words": words_of(case.unrouted, {}) if case.unrouted else None,
        "transfers": [line for line in lines if not _is_told(line)],
        "told": sum(map(_is_told, lines)),
        "days": await timeline.days(tools, folder, transfers, principal),
        "dates": await due.due(tools, row),
        "lateness": await _lateness(tools, row),
    }


def _closable(tools: Tools, row: DossierRow, principal: Principal) -> frozenset[str]:
    """Legs that this person may ask to end by hand; '' the dossier."""
    if not may(principal, Right.EDIT) or row.case.end is not End.OPEN:
        return frozenset()
    whole = {WHOLE} if may_speak_of(principal.scope, None) else set()
    return frozenset({one["leg"] for one in offered(tools, row, principal)} | whole)


async def _lateness(tools: Tools, row: DossierRow) -> dict[str, Any] | None:
    """To whom its lateness is counted; None: it has not ended, or never was late."""
    if row.case.end is End.OPEN:
        return None
    found = await shown(tools, await matter(tools, row))
    return found if found["late"] or found["objections"] else None


async def _to_look_at(folder: Folder, document: dict[str, Any]) -> dict[str, Any]:
    """What is odd in the document, and what its text was before it was turned."""
    received = await as_received(folder)
    whole = await folder.for_rules(folder.row.case.revision)
    return {
        "remarks": [one.told() for one in remarks(whole, converted=bool(received))],
        "received": [
            {"place": place_words(path), "was": was, "now": at_pointer(document, path)}
            for path, was in received.items()
        ],
    }


def _takes_slip(tools: Tools, case: Case) -> bool:
    """Whether a signed slip can still be handed in."""
    leg = consumer(tools.versions.procedure_of(case))
    if leg is None or case.end is not End.OPEN:
        return False
    return case.leg(leg.name).state is not LegState.ENDED


def _is_told(line: dict[str, Any]) -> bool:
    """A status that the one-stop has: the timeline says so, the table need not."""
    return bool(line["is_status"]) and line["state_code"] == State.DELIVERED.value


def _tone(case: Case, lines: list[dict[str, Any]]) -> str:
    stopped = any(line["state_code"] in _STANDS_STILL for line in lines)
    if case.end is End.OPEN and (stopped or case.unrouted):
        return "parked"
    paused = any(leg.state is LegState.PAUSED for leg in case.legs)
    return "paused" if paused else _TONES[case.end]


def _state(case: Case, portal_text: str) -> str:
    if case.unrouted:
        return say("chưa xác định được cơ quan giải quyết")
    if case.end is End.CLOSED:
        return say(labels.ENDS[case.end])
    return say(str(portal_text))


def _due(tools: Tools, case: Case) -> dict[str, Any]:
    today = legal_day(tools.clock.now())
    working = working_time(tools.versions.current.calendar)
    late = is_over(working, case.due_on, today) and case.end is End.OPEN
    return {"due_on": show.day(case.due_on), "late": late}


def _leg(tools: Tools, case: Case, leg: LegCase) -> dict[str, Any]:
    lies = leg.place is not Place.NOBODY
    begun = leg.state not in {LegState.WAITING, LegState.SKIPPED}
    running = begun and leg.state is not LegState.ENDED
    other = aside(case, tools.versions.procedure_of(case).leg(leg.name), leg)
    return {
        "office": offices.name(tools, leg.office)
        if leg.office
        else say("chưa xác định"),
        "contact": offices.contact(tools, leg.office) if leg.office else "",
        "state": _leg_state(case, leg, other),
        "state_code": _leg_code(leg, other),
        "place": answers.place(leg, tools.versions.current) if lies else "",
        "since": leg.since if begun and not other else None,
        "for": show.span(tools.clock.now() - leg.since) if running else "",
        "pause": labels.pause(leg.pause, leg.place),
        "carrier": labels.carrier(leg.carried_by),
        "observed": leg.carried_by is not Carrier.GATEWAY,
        "name": leg.name,
        "by_hand": closings.by_hand(tools, case, leg.name),
    }


def _leg_code(leg: LegCase, other: Aside) -> str:
    if other:
        return LegState.WAITING.value
    return "due" if leg.place in _NOT_THERE else leg.state.value


#: Open legs whose agency does not have the dossier, and what is going on with them.
_NOT_THERE = {
    Place.GATEWAY: later("cổng đang chuyển"),
    Place.ONE_STOP: later("chờ một cửa"),
    Place.ISSUER: later("chờ nơi lập phiếu"),
}


def _leg_state(case: Case, leg: LegCase, other: Aside) -> str:
    if other:
        return labels.leg_state(leg.state, other)
    if closed(case, leg.name) is not None:
        return say("kết thúc bằng tay")
    if leg.state is LegState.ENDED and not leg.happened:
        return say("không cần nữa")
    if not leg.office and leg.state is LegState.OPEN:
        return say("chưa có nơi nhận")
    if leg.state is LegState.OPEN and leg.place in _NOT_THERE:
        return say(_NOT_THERE[leg.place])
    return labels.leg_state(leg.state)


async def result_file(
    tools: Tools, row: DossierRow, identifier: str
) -> tuple[str, StoredAttachment, DossierKey] | None:
    """Name, file and key of one result; None when the dossier has no such result."""
    for link in await tools.store.attachments(row.case.dossier_id):
        if link.attachment.id == identifier and link.role == "result":
            key = Folder.shown(tools, row).key
            return key.open_value("file", link.sealed_name), link.attachment, key
    return None
