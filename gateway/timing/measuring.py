"""Everything that is measured of one dossier, from its journal; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.case import LegState
from gateway.domain.legal_day import legal_day
from gateway.domain.measure import Level, Measured, Running, Timeliness
from gateway.domain.procedure import Carrier
from gateway.domain.transfer import TO_ONE_STOP
from gateway.timing.attribution import Sending, shares
from gateway.timing.charging import charging
from gateway.timing.clocks import Subject, run
from gateway.timing.history import read
from gateway.timing.promised import last_day
from gateway.timing.silence import heard, held

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from datetime import date, datetime

    from gateway.calendar.working_time import WorkingTime
    from gateway.domain.case import Case
    from gateway.domain.identifiers import OfficeId
    from gateway.domain.journal import JournalLine
    from gateway.domain.measure import Clock, ClockRule
    from gateway.domain.procedure import Procedure
    from gateway.domain.transfer import Transfer
    from gateway.timing.history import History


#: Agency of a rule that holds for all of them.
EVERY_AGENCY = "*"
#: Levels that only a message of the gateway reaches.
_BY_MESSAGE = frozenset({Level.HANDED_OVER, Level.RECEIVED})
#: Levels at which an office only says that it has the dossier, or has begun.
_ACKNOWLEDGED = frozenset({Level.RECEIVED, Level.ACCEPTED})


@dataclass(frozen=True, slots=True)
class Calendars:
    """Working times by which a dossier is counted: the province's, and each office's."""

    version: int
    of: Callable[[str], WorkingTime]
    #: by office; empty: the province's


def measured(
    case: Case,
    procedure: Procedure,
    lines: Sequence[JournalLine],
    transfers: Sequence[Transfer],
    rules: Sequence[ClockRule],
    calendars: Calendars,
    now: datetime,
) -> Measured:
    """What holds at ``now`` by the moments that count."""
    province = calendars.of("")
    history = read(case, lines, province)
    end, by_hand = history.ended_at, "" in history.closed
    told = read(case, lines, province, all_told=True) if history.backdated else history
    roads = {one.leg: one.office for one in transfers if one.leg}
    clocks = tuple(_clocks(case, procedure, history, rules, calendars, roads, now))
    until = max(end or now, history.accepted_at)
    first, told_on, due_on = _promised(case, history, province)
    here, late_by = _judged(end, due_on, now, by_hand=by_hand), _late_by(clocks)
    held_by = shares(history, procedure, province, until, sendings(transfers))
    charge, objections = charging(lines, end, here, late_by, held_by)
    return Measured(
        dossier_id=case.dossier_id,
        version=case.version,
        calendar=calendars.version,
        at=now,
        unit=case.unit,
        sender=case.sender,
        procedure=case.procedure,
        lead=_lead(case, procedure),
        accepted_at=history.accepted_at,
        promised_on=first,
        due_on=due_on,
        end=case.end,
        ended_at=end,
        minutes=province.minutes(history.accepted_at, until),
        calendar_minutes=_minutes(history.accepted_at, until),
        rounds=case.round,
        timeliness=here,
        as_portal=as_portal(history.end_arrived_at, told_on, now),
        as_told=_judged(told.ended_at, due_on, now, by_hand=by_hand),
        clocks=clocks,
        shares=held_by,
        late_by=late_by,
        extended_to=history.extensions[-1][1] if history.extensions else None,
        held=tuple(held(case, history, lines, roads, _suspended(clocks))),
        heard=tuple(heard(case, lines, roads)),
        charge=charge,
        objections=objections,
    )


def _suspended(clocks: Sequence[Clock]) -> frozenset[str]:
    return frozenset(c.leg for c in clocks if c.running is Running.SUSPENDED)


def _promised(
    case: Case, history: History, province: WorkingTime
) -> tuple[date | None, date | None, date | None]:
    """The first day that the applicant was promised, the last, and with what it ends."""
    days = [day for _, day in history.promises]
    first, last = (days[0], days[-1]) if days else (case.due_on, case.due_on)
    return first, last, last_day(province, last) if last else None


def _lead(case: Case, procedure: Procedure) -> OfficeId | None:
    """The office of the leg that decides the end; the first of several."""
    legs = (one for one in case.legs if procedure.leg(one.name).ends_dossier)
    first = next(legs, None)
    return (first.office or None) if first else None


def timeliness(end: datetime | None, due_on: date | None, now: datetime) -> Timeliness:
    """How a dossier stands to the day that was promised, by days of Vietnam's time."""
    if due_on is None:
        return Timeliness.NO_DATE
    if end is None:
        return Timeliness.OVERDUE if legal_day(now) > due_on else Timeliness.OPEN
    day = legal_day(end)
    if day > due_on:
        return Timeliness.LATE
    return Timeliness.EARLY if day < due_on else Timeliness.ON_TIME


def _judged(
    end: datetime | None, due_on: date | None, now: datetime, *, by_hand: bool
) -> Timeliness:
    """The same; what people ended in time is no in time, what was late stays late."""
    here = timeliness(end, due_on, now)
    in_time = here in {Timeliness.EARLY, Timeliness.ON_TIME}
    return Timeliness.NO_DATE if by_hand and in_time else here


def as_portal(end: datetime | None, due_on: date | None, now: datetime) -> Timeliness:
    """The same as QĐ 766 is counted: by the click and the day as told, on time without one."""
    if due_on is None:
        return Timeliness.OPEN if end is None else Timeliness.ON_TIME
    return timeliness(end, due_on, now)


def applicable(
    rules: Sequence[ClockRule], case: Case, leg: str, office: str, day: date
) -> list[ClockRule]:
    """The rules for a leg (empty: the dossier) on the day whose rules it keeps.

    Of one name the most particular: one that names the office, then the procedure.
    """
    agency = case.leg(leg).agency if leg else ""
    found: dict[str, tuple[int, ClockRule]] = {}
    for rule in rules:
        ended = rule.valid_to is not None and rule.valid_to < day
        if rule.valid_from > day or ended or not _fits(rule, case, agency, office):
            continue
        rank = 2 * bool(rule.offices) + bool(rule.procedures)
        if rule.name not in found or found[rule.name][0] < rank:
            found[rule.name] = (rank, rule)
    return [rule for _, rule in found.values()]


def _fits(rule: ClockRule, case: Case, agency: str, office: str) -> bool:
    whose = not rule.agencies
    if agency:
        whose = not rule.agencies.isdisjoint({agency, EVERY_AGENCY})
    code = ".".join(case.procedure.split(".")[:2])
    known = not rule.procedures or code in rule.procedures
    return whose and known and (not rule.offices or office in rule.offices)


def _clocks(
    case: Case,
    procedure: Procedure,
    history: History,
    rules: Sequence[ClockRule],
    calendars: Calendars,
    roads: Mapping[str, str],
    now: datetime,
) -> Iterator[Clock]:
    day = legal_day(history.accepted_at)
    for leg in case.legs:
        plan = procedure.leg(leg.name)
        if leg.state is LegState.SKIPPED or plan.tells:
            continue
        subject = Subject(leg.name, leg.agency, leg.office, plan.budget_days)
        working = calendars.of(leg.office)
        road = roads.get(leg.name, leg.office)
        observed = leg.carried_by is not Carrier.GATEWAY
        for rule in applicable(rules, case, leg.name, road, day):
            if observed and rule.level in _BY_MESSAGE:
                continue
            clock = run(rule, subject, history, working, now)
            if clock is not None:
                yield clock
    for rule in applicable(rules, case, "", "", day):
        clock = run(rule, Subject("", None, None), history, calendars.of(""), now)
        if clock is not None:
            yield clock


def sendings(transfers: Sequence[Transfer]) -> list[Sending]:
    """Messages of legs that could not be brought at the first attempt."""
    return [
        Sending(one.leg, one.first_sent_at, one.finished_at)
        for one in transfers
        if one.conversation not in TO_ONE_STOP
        and one.first_sent_at is not None
        and one.attempts > 1
    ]


def _late_by(clocks: Sequence[Clock]) -> Clock | None:
    """The clock that ran furthest over its budget, if any did.

    An acknowledgement that comes late holds nothing up: the time for the work runs
    from when the office has the dossier, whether it says so or not.
    """

    def over(clock: Clock) -> int:
        return clock.used_minutes - clock.budget_minutes

    late = [
        clock
        for clock in clocks
        if over(clock) > 0
        and clock.rule.level not in _ACKNOWLEDGED
        and (
            clock.timeliness is Timeliness.LATE or clock.running is not Running.STOPPED
        )
    ]
    return max(late, key=over, default=None)


def _minutes(since: datetime, until: datetime) -> int:
    """Minutes by the calendar, between moments floored to the minute."""
    return int(until.timestamp() // 60) - int(since.timestamp() // 60)
