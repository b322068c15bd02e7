"""Every office at a glance: how its line stands, what waits for it, when it was reached."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fastapi import Request
from fastapi.responses import Response

from gateway.api.answers import answer
from gateway.api.lane_words import sentence
from gateway.api.routes import Routes
from gateway.api.signin import signed_in
from gateway.api.standing import reasons
from gateway.calendar.working_time import working_time
from gateway.delivery.heard import Heard
from gateway.delivery.seen import seen
from gateway.domain.check_words import in_one
from gateway.domain.errors import NotAllowed
from gateway.domain.identifiers import OfficeId
from gateway.domain.lane import LaneState
from gateway.domain.principal import EVERYTHING, Role
from gateway.domain.words import words_of
from gateway.ports.line_counts import LineCount

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from gateway.delivery.checking import Checks
    from gateway.delivery.lanes import Lanes
    from gateway.delivery.seen import Seen
    from gateway.domain.check import Check
    from gateway.domain.principal import Principal
    from gateway.ports.line_counts import LineCounts
    from gateway.ports.stuck import Holder
    from gateway.routing.catalogue import Office
    from gateway.sealing.tools import Tools

#: What is more than so many is told as that.
MOST = 200
#: How bad a state is that somebody has to look at; the worst first.
_BAD: Mapping[LaneState, int] = {
    LaneState.CLOSED: 5,
    LaneState.PROBING: 5,
    LaneState.PAUSED: 4,
    LaneState.HELD: 2,
    LaneState.MAINTENANCE: 1,
}
_STOPPED, _FAILING, _WAITING = 6, 4, 3


@dataclass(frozen=True, slots=True)
class Glance:
    """One office as a list shows it."""

    office: Office
    lane: Seen
    heard: Heard
    count: LineCount
    age_minutes: int
    #: of the oldest that was counted, in the office's working time
    holder: Holder | None
    #: the dossiers that it has
    overdue: int
    #: running clocks of the office's that are over
    check: Check | None
    #: the last look at its line

    @property
    def rank(self) -> tuple[int, int, int, str]:
        """The worst first, then what has most waiting, then by name."""
        bad = _STOPPED if self.lane.emergency else _BAD.get(self.lane.state, 0)
        if self.heard.failing or (self.check is not None and self.check.failed):
            bad = max(bad, _FAILING)
        if self.count.parked or self.count.unconfirmed:
            bad = max(bad, _WAITING)
        return -bad, -self.count.total, -self.overdue, self.office.name

    @property
    def is_bad(self) -> bool:
        """Whether somebody has to look."""
        return self.rank[0] <= -_WAITING


async def glances(
    tools: Tools,
    lanes: Lanes,
    checks: Checks,
    counts: LineCounts,
    principal: Principal,
) -> list[Glance]:
    """All that this principal may see, the worst first.

    What it costs is bounded by the number of offices, however much waits for each.
    """
    now, current = tools.clock.now(), tools.versions.current
    seen_by = principal.scope.offices
    offices = [o for o in current.offices.values() if not seen_by or o.id in seen_by]
    counted = await counts.line_counts([one.id for one in offices], MOST)
    heard = await lanes.heard.known(checks.notes)
    looked = await checks.last()
    holders = {one.office: one for one in await tools.stuck.kept.holders()}
    overdue: dict[str, int] = {}
    for clock in await tools.measures.due_now(EVERYTHING, now):
        overdue[clock.office] = overdue.get(clock.office, 0) + clock.clocks
    found = [
        Glance(
            office=one,
            lane=seen(lanes, one.id, now),
            heard=heard.get(one.id, Heard()),
            count=counted.get(one.id, LineCount()),
            age_minutes=_age(tools, one.id, counted.get(one.id), now),
            holder=holders.get(one.id),
            overdue=overdue.get(one.id, 0),
            check=looked.get(one.id),
        )
        for one in offices
    ]
    return sorted(found, key=lambda one: one.rank)


def _age(tools: Tools, office: OfficeId, count: LineCount | None, now: datetime) -> int:
    if count is None or count.oldest is None:
        return 0
    working = working_time(tools.versions.current.calendar, office)
    return working.minutes(count.oldest, now)


def failed_words(tools: Tools, one: Glance) -> str:
    """Why the last call that failed did, in words; empty where none did."""
    if one.heard.failed is None:
        return ""
    return words_of(one.heard.failed.code, reasons(tools, one.office.id)).reason


def router(tools: Tools, lanes: Lanes, checks: Checks, counts: LineCounts) -> Routes:
    """Routes under /v1."""
    routes = Routes(prefix="/v1", tags=["operations"])

    @routes.get("/offices")
    async def get_offices(request: Request) -> Response:
        """Các đơn vị: đường gửi, lần cuối gọi được và không được, việc đang chờ; xấu nhất trước."""
        principal = await signed_in(tools, request)
        if principal.role is Role.ONE_STOP:
            raise NotAllowed
        found = await glances(tools, lanes, checks, counts, principal)
        return answer({"offices": _shown(tools, found), "most": MOST})

    return routes


def _shown(tools: Tools, found: Sequence[Glance]) -> list[dict[str, Any]]:
    return [
        {
            "office": one.office.id,
            "office_name": one.office.name,
            "agency": one.office.agency,
            "state": one.lane.state.value,
            "words": sentence(tools, one.lane),
            "needs_a_look": one.is_bad,
            "reached_at": one.heard.ok.at.isoformat() if one.heard.ok else None,
            "failed_at": one.heard.failed.at.isoformat() if one.heard.failed else None,
            "failed_words": failed_words(tools, one) or None,
            "called_at": one.heard.called.at.isoformat() if one.heard.called else None,
            "ready": one.count.ready,
            "unconfirmed": one.count.unconfirmed,
            "parked": one.count.parked,
            "more_parked": one.count.more_parked,
            "oldest_working_minutes": one.age_minutes,
            "dossiers": one.holder.dossiers if one.holder else 0,
            "overdue": one.overdue,
            "check": in_one(one.check) if one.check else None,
            "checked_at": one.check.at.isoformat() if one.check else None,
        }
        for one in found
    ]
