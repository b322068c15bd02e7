"""A dossier's dates and places, told with what each rests on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.domain.identifiers import OfficeId
from gateway.domain.measure import Whose
from gateway.sealing.measuring import calendars_of, measure
from gateway.timing import explaining
from gateway.timing.attribution import by_party
from gateway.timing.history import read
from gateway.timing.promised import in_words

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.domain.case import Case
    from gateway.domain.measure import Clock, Measured, Share
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools
    from gateway.timing.history import Backdated
    from gateway.timing.measuring import Calendars


async def due(tools: Tools, row: DossierRow) -> dict[str, Any]:
    """Every date of a dossier with its reasons, and who had it how long until now."""
    case = row.case
    lines = [one.line for one in await tools.store.journal(case.dossier_id)]
    transfers = await tools.store.transfers(case.dossier_id)
    found = measure(tools, row, lines, transfers)
    calendars = calendars_of(tools, lines)
    history = read(case, lines, calendars.of(""))
    return {
        **_whole(case, found, calendars),
        "clocks": [_clock(tools, case, one, calendars) for one in found.clocks],
        "shares": [_share(tools, one) for one in found.shares],
        "parties": _parties(tools, found),
        "backdated": [_backdated(one) for one in history.backdated],
    }


def _whole(case: Case, found: Measured, calendars: Calendars) -> dict[str, Any]:
    promised = found.promised_on
    return {
        "dossier_id": case.dossier_id,
        "procedure": case.procedure,
        "accepted_at": found.accepted_at.isoformat(),
        "ended_at": found.ended_at.isoformat() if found.ended_at else None,
        "due_on": found.due_on.isoformat() if found.due_on else None,
        "due_reason": case.due_reason,
        "told_on": case.due_on.isoformat() if case.due_on else None,
        "told_reason": in_words(calendars.of(""), case.due_on),
        "promised_on": promised.isoformat() if promised else None,
        "extended_to": found.extended_to.isoformat() if found.extended_to else None,
        "timeliness": found.timeliness.value,
        "timeliness_text": explaining.TIMELINESS[found.timeliness],
        "as_portal": found.as_portal.value,
        "as_told": found.as_told.value,
        "minutes": found.minutes,
        "calendar_minutes": found.calendar_minutes,
        "rounds": found.rounds,
        "calendar_version": found.calendar,
    }


def _clock(
    tools: Tools, case: Case, clock: Clock, calendars: Calendars
) -> dict[str, Any]:
    named = explaining.explained(
        clock, calendars.of(clock.office or ""), _office_of(tools, case)
    )
    rule = clock.rule
    return {
        "leg": clock.leg,
        "name": rule.name,
        "label": rule.label,
        "level": rule.level.value,
        "whose": rule.whose.value,
        "office": clock.office or "",
        "office_name": _name(tools, clock.office),
        "rule": rule.id,
        "source": rule.source,
        "verified": rule.verified,
        "running": clock.running.value,
        "begun_at": clock.begun_at.isoformat(),
        "budget": {"amount": clock.budget.amount, "unit": clock.budget.unit.value},
        "budget_minutes": clock.budget_minutes,
        "used_minutes": clock.used_minutes,
        "due_at": clock.due_at.isoformat() if clock.due_at else None,
        "due_on": clock.due_on.isoformat() if clock.due_on else None,
        "stopped_at": clock.stopped_at.isoformat() if clock.stopped_at else None,
        "timeliness": clock.timeliness.value,
        "suspensions": [
            {
                "why": one.why,
                "since": one.since.isoformat(),
                "until": one.until.isoformat() if one.until else None,
                "minutes": one.minutes,
            }
            for one in clock.suspensions
        ],
        "restarts": [one.isoformat() for one in clock.restarts],
        "headline": named.headline,
        "reasons": list(named.lines),
    }


def _share(tools: Tools, share: Share) -> dict[str, Any]:
    return {
        "whose": share.whose.value,
        "leg": share.leg,
        "office": share.office or "",
        "name": party(tools, share.whose, share.office),
        "since": share.since.isoformat(),
        "until": share.until.isoformat(),
        "minutes": share.minutes,
    }


def _parties(tools: Tools, found: Measured) -> list[dict[str, Any]]:
    """Minutes of each party, the longest first; they add up to the whole."""
    sums: dict[tuple[Whose, OfficeId | None], int] = {}
    for (whose, _, office), minutes in by_party(found.shares).items():
        sums[whose, office] = sums.get((whose, office), 0) + minutes
    ordered = sorted(sums.items(), key=lambda one: -one[1])
    return [
        {
            "whose": whose.value,
            "office": office or "",
            "name": party(tools, whose, office),
            "minutes": minutes,
        }
        for (whose, office), minutes in ordered
    ]


def _backdated(one: Backdated) -> dict[str, Any]:
    return {
        "report": one.report,
        "kind": one.kind,
        "told_at": one.told_at.isoformat(),
        "arrived_at": one.arrived_at.isoformat(),
        "counts": one.counts,
        "decided": one.decided,
    }


def party(tools: Tools, whose: Whose, office: OfficeId | None) -> str:
    """Who had it, as officials say it."""
    name = _name(tools, office)
    match whose:
        case Whose.AGENCY:
            return name or "cơ quan chưa xác định"
        case Whose.GATEWAY:
            return f"cổng liên thông (chuyển đến {name})" if name else "cổng liên thông"
        case Whose.NETWORK:
            return f"không chuyển được đến {name}"
        case _:
            return explaining.WHOSE[whose]


def _office_of(tools: Tools, case: Case) -> Callable[[str], str]:
    def named(leg: str) -> str:
        found = next((one for one in case.legs if one.name == leg), None)
        return _name(tools, found.office if found else None) or leg

    return named


def _name(tools: Tools, office: str | None) -> str:
    if not office:
        return ""
    found = tools.versions.current.offices.get(OfficeId(office))
    return found.name if found else office
