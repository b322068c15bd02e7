"""What another calendar makes of the dates of open dossiers, before it is confirmed."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from gateway.calendar.working_time import working_time
from gateway.domain.principal import EVERYTHING
from gateway.timing.measuring import Calendars, measured

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping, Sequence
    from datetime import date

    from gateway.domain.identifiers import DossierId
    from gateway.domain.measure import Clock, Measured
    from gateway.sealing.tools import Tools

NEVER = datetime.max.replace(tzinfo=UTC)
#: Open dossiers that are looked at; where there are more, the answer says so.
LOOKED_AT = 2_000
#: Dates and promises that are listed; all are counted.
LISTED = 20
PAGE = 200


async def effect(
    tools: Tools,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    days: Sequence[date],
) -> dict[str, Any]:
    """Dates that move when one calendar follows another, and promises on days off.

    ``days``: those that are worked otherwise. Promises stay as they were made: whoever
    made one for a day that is off by now has to tell the applicant.
    """
    looked_at, moved = 0, []
    async for identifier in _running(tools):
        if looked_at == LOOKED_AT:
            break
        looked_at += 1
        moved += await _moved(tools, identifier, before, after)
    promised = await _promised(tools, after, days)
    return {
        "looked_at": looked_at,
        "more": looked_at == LOOKED_AT,
        "moved": len(moved),
        "dates": moved[:LISTED],
        "promised_on_days_off": len(promised),
        "promises": promised[:LISTED],
    }


async def _running(tools: Tools) -> AsyncIterator[DossierId]:
    """Dossiers with a clock that runs, each once, the nearest date first."""
    seen: set[DossierId] = set()
    after: str | None = None
    while True:
        page = await tools.measures.due(
            EVERYTHING, before=NEVER, after=after, limit=PAGE
        )
        for clock in page:
            if clock.dossier_id not in seen:
                seen.add(clock.dossier_id)
                yield clock.dossier_id
        if len(page) < PAGE:
            return
        after = page[-1].cursor


async def _moved(
    tools: Tools,
    identifier: DossierId,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> list[dict[str, Any]]:
    row = await tools.store.dossier(identifier, EVERYTHING)
    if row is None:
        return []
    lines = [one.line for one in await tools.store.journal(identifier)]
    transfers = await tools.store.transfers(identifier)

    def by(calendar: Mapping[str, Any]) -> Measured:
        return measured(
            row.case,
            tools.versions.procedure_of(row.case),
            lines,
            transfers,
            tools.versions.numbered(row.case.configuration).clocks,
            Calendars(0, partial(working_time, calendar)),
            tools.clock.now(),
        )

    was = {_key(clock): clock for clock in by(before).clocks}
    return [
        _told(tools, identifier, was[_key(clock)], clock)
        for clock in by(after).clocks
        if clock.stopped_at is None and clock.due_on != was[_key(clock)].due_on
    ]


def _key(clock: Clock) -> tuple[str, str]:
    return clock.leg, clock.rule.name


def _told(
    tools: Tools, identifier: DossierId, was: Clock, now: Clock
) -> dict[str, Any]:
    office = tools.versions.current.offices.get(now.office) if now.office else None
    return {
        "dossier_id": identifier,
        "office_name": office.name if office else "",
        "label": now.rule.label,
        "was": was.due_on.isoformat() if was.due_on else None,
        "now": now.due_on.isoformat() if now.due_on else None,
    }


async def _promised(
    tools: Tools, after: Mapping[str, Any], days: Sequence[date]
) -> list[dict[str, Any]]:
    """Open dossiers that are promised for one of these days, which is off by now."""
    working = working_time(after)
    found: list[dict[str, Any]] = []
    for day in days:
        if working.is_working(day):
            continue
        place: str | None = None
        while True:
            page = await tools.measures.due_days(
                EVERYTHING, first=day, last=day, after=place, limit=PAGE
            )
            found += [
                {"dossier_id": row.dossier_id, "due_on": day.isoformat()}
                for row in page
            ]
            if len(page) < PAGE:
                break
            place = page[-1].by_day
    return found
