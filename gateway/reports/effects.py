"""What another calendar makes of the dates of open dossiers, before it is confirmed."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from gateway.calendar.working_time import working_time
from gateway.domain.case import End
from gateway.domain.principal import EVERYTHING
from gateway.timing.measuring import Calendars, measured
from gateway.timing.promised import last_day

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
    from datetime import date

    from gateway.domain.case import Case
    from gateway.domain.identifiers import DossierId
    from gateway.domain.measure import Clock, Measured
    from gateway.ports.store import DossierRow
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

    ``days``: those that are worked otherwise. A promise stays as it was told, first,
    second or after an apology; where its day is off, its term ends with the next working
    day, and whoever told it has to tell the applicant. An extended one is found among the
    dossiers that are looked at.
    """
    looked_at, moved = 0, []
    cases: dict[DossierId, Case] = {}
    async for identifier in _running(tools):
        if looked_at == LOOKED_AT:
            break
        looked_at += 1
        row = await tools.store.dossier(identifier, EVERYTHING)
        if row is not None:
            cases[identifier] = row.case
            moved += await _moved(tools, row, before, after)
    await _promised(tools, before, days, cases)
    promises = _promises(cases.values(), before, after)
    off = sum(one["now"] != one["due_on"] for one in promises)
    return {
        "looked_at": looked_at,
        "more": looked_at == LOOKED_AT,
        "moved": len(moved),
        "dates": moved[:LISTED],
        "promises_moved": len(promises),
        "promised_on_days_off": off,
        "promises": promises[:LISTED],
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
    row: DossierRow,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> list[dict[str, Any]]:
    identifier = row.case.dossier_id
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
    tools: Tools,
    before: Mapping[str, Any],
    days: Sequence[date],
    cases: dict[DossierId, Case],
) -> None:
    """Add open dossiers whose promise may end otherwise: for these days, or moved off them."""
    was = working_time(before)
    for day in sorted({*days, *(last_day(was, one) for one in days)}):
        place: str | None = None
        while True:
            page = await tools.measures.due_days(
                EVERYTHING, first=day, last=day, after=place, limit=PAGE
            )
            for one in page:
                if one.dossier_id not in cases:
                    row = await tools.store.dossier(one.dossier_id, EVERYTHING)
                    if row is not None:
                        cases[one.dossier_id] = row.case
            if len(page) < PAGE:
                break
            place = page[-1].by_day


def _promises(
    cases: Iterable[Case], before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Promises that end on another day, the earliest first: as told, until when, until when now."""
    was, will = working_time(before), working_time(after)
    told = [(one.due_on, one) for one in cases if one.end is End.OPEN and one.due_on]
    found = []
    for day, case in sorted(told, key=lambda one: (one[0], one[1].dossier_id)):
        ended, ends = last_day(was, day), last_day(will, day)
        if ended != ends:
            found.append(
                {
                    "dossier_id": case.dossier_id,
                    "due_on": day.isoformat(),
                    "was": ended.isoformat(),
                    "now": ends.isoformat(),
                }
            )
    return found
