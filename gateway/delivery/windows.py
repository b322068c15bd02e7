"""Maintenance windows as people keep them: what one would do, added, ended, made longer."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from gateway.calendar.opening import next_turn, turns
from gateway.calendar.working_time import working_time
from gateway.delivery.maintaining import announced_late, ended, prolonged
from gateway.delivery.stopping import REASON_AT_MOST
from gateway.domain.errors import ChangedMeanwhile, SenderError
from gateway.domain.journal import JournalLine
from gateway.domain.legal_day import legal_day
from gateway.domain.principal import Scope
from gateway.domain.values import dataclass

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime, timedelta

    from gateway.calendar.opening import Span
    from gateway.delivery.lanes import Lanes
    from gateway.domain.identifiers import OfficeId
    from gateway.domain.opening import Maintenance
    from gateway.domain.principal import Principal
    from gateway.ports.measured import MeasureRow
    from gateway.routing.catalogue import Office
    from gateway.sealing.tools import Tools

#: What is more than so many is told as that.
MOST = 100
#: Offices of one agency whose transfers are counted.
COUNTED = 20
#: Transfers that a shut office keeps from leaving.
_HELD = ("waiting", "due")


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What a window does to its offices in its next turn.

    ``held``: transfers that are not done by office, up to ``MOST`` each; ``promised``:
    open dossiers with a part there whose promised day lies in the turn, up to ``MOST``;
    ``earliest``: the first day for which the notice would have been early enough, None
    where it is.
    """

    turn: Span | None
    offices: Sequence[Office]
    held: Sequence[tuple[Office, int]]
    promised: Sequence[MeasureRow]
    earliest: date | None


def of_window(tools: Tools, window: Maintenance) -> list[Office]:
    """Offices for which it holds."""
    return [
        office
        for office in tools.versions.current.offices.values()
        if window.concerns(office.agency, office.id)
    ]


def seen_by(
    tools: Tools, windows: Sequence[Maintenance], scope: Scope
) -> list[Maintenance]:
    """Those of them that somebody may see: who is of some agencies sees theirs alone."""
    if not scope.offices:
        return list(windows)
    return [
        window
        for window in windows
        if any(office.id in scope.offices for office in of_window(tools, window))
    ]


def coming(
    tools: Tools, lanes: Lanes, scope: Scope, within: timedelta
) -> list[tuple[Maintenance, Span]]:
    """Windows whose next turn begins within some time from now, the earliest first."""
    now = tools.clock.now()
    found = [
        (window, turn)
        for window in seen_by(tools, lanes.doors.windows, scope)
        for turn in turns(window, now, now + within)
        if now < turn[0]
    ]
    return sorted(found, key=lambda one: (one[1][0], one[0].id))


def of_office(
    tools: Tools, lanes: Lanes, office: OfficeId
) -> list[tuple[Maintenance, Span]]:
    """What runs at an office and what is to come there, by its next turn."""
    found = tools.versions.current.offices.get(office)
    if found is None:
        return []
    now = tools.clock.now()
    left = [
        (window, turn)
        for window in lanes.doors.windows
        if window.concerns(found.agency, office)
        and (turn := next_turn(window, now)) is not None
    ]
    return sorted(left, key=lambda one: (one[1][0], one[0].id))


async def foreseen(tools: Tools, window: Maintenance, principal: Principal) -> Foreseen:
    """What a window would do; nothing is kept."""
    now = tools.clock.now()
    offices = of_window(tools, window)
    turn = next_turn(window, now)
    seen = _narrowed(principal.scope, offices)
    promised: Sequence[MeasureRow] = ()
    if turn is not None:
        promised = await tools.measures.due_days(
            seen,
            first=legal_day(max(turn[0], now)),
            last=legal_day(turn[1]),
            limit=MOST,
        )
    return Foreseen(
        turn=turn,
        offices=offices,
        held=await held(tools, offices, principal.scope),
        promised=promised,
        earliest=announced_late(
            window, working_time(tools.versions.current.calendar), now
        ),
    )


def _narrowed(scope: Scope, offices: Sequence[Office]) -> Scope:
    """Dossiers with a part at these offices, of those that somebody may see."""
    named = tuple(office.id for office in offices)
    if scope.everything:
        return Scope(offices=named)
    if scope.offices:
        return Scope(offices=tuple(one for one in named if one in scope.offices))
    return scope


async def held(
    tools: Tools, offices: Sequence[Office], scope: Scope
) -> list[tuple[Office, int]]:
    """Transfers that wait for each of the first offices, where there are any."""
    found = []
    for office in offices[:COUNTED]:
        rows = await tools.overview.transfers_in(
            scope, states=_HELD, office=office.id, after=None, limit=MOST
        )
        if rows:
            found.append((office, len(rows)))
    return found


async def add(
    tools: Tools, lanes: Lanes, principal: Principal, window: Maintenance
) -> Maintenance:
    """Keep a new window; one that the same person has kept already stays as it is.

    Raises:
        ChangedMeanwhile: another window has this identifier.
    """
    try:
        return await _keep(tools, lanes, principal, window, "added", window.reason)
    except ChangedMeanwhile:
        await lanes.doors.load()
        for one in lanes.doors.windows:
            if (one.id, one.by) == (window.id, principal.id):
                return one
        raise


async def end(
    tools: Tools,
    lanes: Lanes,
    principal: Principal,
    identifier: str,
    *,
    reason: str,
    whole: bool = False,
    version: int | None = None,
) -> Maintenance:
    """End the turn that runs; ``whole``, or where none runs: all of the window.

    Raises:
        SenderError: there is none, or no reason.
        ActionNotPossible: nothing of it is left.
        ChangedMeanwhile: it is another than ``version``.
    """
    why = given(reason)
    before = await found(lanes, identifier, version)
    after = ended(before, tools.clock.now(), whole=whole)
    return await _keep(tools, lanes, principal, after, "ended", why)


async def change(
    tools: Tools,
    lanes: Lanes,
    principal: Principal,
    identifier: str,
    *,
    until: datetime,
    reason: str,
    version: int | None = None,
) -> Maintenance:
    """Give the window, or the running turn of a rule, another end.

    Raises:
        SenderError: there is none, or no reason.
        ActionNotPossible: nothing of it is left, or the end would be over.
        ChangedMeanwhile: it is another than ``version``.
    """
    why = given(reason)
    before = await found(lanes, identifier, version)
    after = prolonged(before, tools.clock.now(), until)
    return await _keep(tools, lanes, principal, after, "changed", why)


async def found(
    lanes: Lanes, identifier: str, version: int | None = None
) -> Maintenance:
    """The window as it stands.

    Raises:
        SenderError: there is none, or it is long over.
        ChangedMeanwhile: it is another than ``version``.
    """
    # Another node may have changed it.
    await lanes.doors.load()
    for window in lanes.doors.windows:
        if window.id == identifier:
            if version not in {None, window.version}:
                raise ChangedMeanwhile
            return window
    raise SenderError(
        code="maintenance_unknown",
        remedy="Không có đợt bảo trì này; xem lienthong maintenance list.",
    )


def given(reason: str) -> str:
    """A reason as it is kept.

    Raises:
        SenderError: there is none.
    """
    if not reason.strip():
        raise SenderError(code="reason_missing", remedy="Ghi lý do của thao tác.")
    return reason.strip()[:REASON_AT_MOST]


async def _keep(
    tools: Tools,
    lanes: Lanes,
    principal: Principal,
    window: Maintenance,
    what: str,
    reason: str,
) -> Maintenance:
    """Keep it durably; whoever waits looks at once."""
    facts: dict[str, Any] = {
        "id": window.id,
        "what": what,
        "agency": window.agency,
        "office": window.office or "",
        "why": reason,
    }
    line = JournalLine("maintenance", tools.clock.now(), principal.id, facts)
    await lanes.doors.keep(window, line)
    tools.probe.action(action=line.kind, actor=line.actor, kind=what)
    lanes.ring()
    return window


def until(window: Maintenance, now: datetime, end_at: datetime) -> Maintenance:
    """The window as it would be with another end, to foresee what it does.

    Raises:
        ActionNotPossible: as when it is changed.
    """
    return replace(prolonged(window, now, end_at), version=window.version)
