"""Offices that were chased: broken promises first, then open ones, then no answer."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.chasing.matters import matters, workdays
from gateway.domain.chase import Standing
from gateway.domain.legal_day import legal_day
from gateway.ports.chases import Asked
from gateway.timing.promised import last_day

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import date

    from gateway.chasing.matters import Matter
    from gateway.domain.identifiers import OfficeId
    from gateway.domain.principal import Scope
    from gateway.sealing.tools import Tools

ORDER = (Standing.BROKEN, Standing.OPEN, Standing.UNANSWERED)
_PAGE = 100
_DAY = timedelta(days=1)
#: Over so many days no office is closed in one piece.
_LONGEST_REST = timedelta(days=60)


async def listed(
    tools: Tools,
    scope: Scope,
    states: tuple[Standing, ...] = ORDER,
    *,
    office: OfficeId | None = None,
    after: str | None = None,
    limit: int,
) -> tuple[list[Matter], str | None]:
    """A page, and where the next one begins; None: there is none."""
    state, _, cursor = (after or "").partition("~")
    wanted = [one for one in ORDER if one in states]
    if state in wanted:
        wanted = wanted[wanted.index(Standing(state)) :]
    else:
        cursor = ""
    found: list[Matter] = []
    last = None
    for standing in wanted:
        asked = _asked(tools, scope, standing, office)
        async for one, at in _of(tools, standing, asked, cursor or None):
            if len(found) == limit:
                return found, last
            found.append(one)
            last = f"{standing.value}~{at}"
        cursor = ""
    return found, None


def _asked(
    tools: Tools, scope: Scope, standing: Standing, office: OfficeId | None
) -> Asked:
    today = legal_day(tools.clock.now())
    match standing:
        case Standing.BROKEN:
            last = today - timedelta(days=1)
            return Asked(scope, office, promised=True, last=last)
        case Standing.OPEN:
            first = _earliest(tools, today)
            return Asked(scope, office, promised=True, first=first)
        case _:
            return Asked(scope, office)


def _earliest(tools: Tools, today: date) -> date:
    """The earliest day of which a promise may still be open: days off end later."""
    found = today
    for office in tools.versions.current.offices:
        counted, day = workdays(tools, office), today
        while today - day < _LONGEST_REST and last_day(counted, day - _DAY) >= today:
            day -= _DAY
        found = min(found, day)
    return found


async def _of(
    tools: Tools, standing: Standing, asked: Asked, after: str | None
) -> AsyncIterator[tuple[Matter, str]]:
    """Those that stand so, each with its place; others have told something since."""
    while True:
        rows = await tools.chasing.kept.chased(asked, after=after, limit=_PAGE)
        for row in rows:
            for one in await matters(tools, row.dossier):
                if one.leg.office == row.office and one.now.standing is standing:
                    yield one, row.cursor
        if len(rows) < _PAGE:
            return
        after = rows[-1].cursor
