"""Runs one clock over a dossier's history; pure.

A budget of days is as many working days after the event, in the minutes that are
worked on them; what does not count is taken out to the minute, and the day on which
the rest ends counts whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from gateway.domain.case import Place
from gateway.domain.legal_day import VIETNAM, legal_day
from gateway.domain.measure import (
    Budget,
    Clock,
    Running,
    Start,
    Suspension,
    Timeliness,
    Unit,
)
from gateway.timing.spans import Span, clipped, excluded, runs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.calendar.working_time import WorkingTime
    from gateway.domain.identifiers import AgencyId, OfficeId
    from gateway.domain.measure import ClockRule
    from gateway.domain.procedure import Trigger
    from gateway.timing.history import Happened, History

DAY = timedelta(days=1)
#: In a rule: the dossier's own events, not a leg's.
DOSSIER = "dossier"
#: Percent of a whole budget: its last moment, which is the end of a day.
WHOLE = 100


@dataclass(frozen=True, slots=True)
class Subject:
    """Whose clock it is: a leg with its office, or the dossier (empty)."""

    leg: str
    agency: AgencyId | None
    office: OfficeId | None
    plan_days: int | None = None


@dataclass(frozen=True, slots=True)
class _Count:
    """One count of a clock: from its begin, or from the last restart, to its end."""

    begun_at: datetime
    stopped_at: datetime | None
    restarts: tuple[datetime, ...]


def run(
    rule: ClockRule,
    subject: Subject,
    history: History,
    working: WorkingTime,
    now: datetime,
) -> Clock | None:
    """The clock as it stands at ``now``; None: it has not begun, or has no budget."""
    budget = rule.budget
    if budget is None and subject.plan_days:
        budget = Budget(subject.plan_days, Unit.WORKING_DAYS)
    count = _count(rule, subject.leg, history)
    if budget is None or count is None:
        return None
    end = count.stopped_at
    begun_at = count.restarts[-1] if count.restarts else count.begun_at
    pauses = excluded(history, subject.leg, rule.excludes)
    until = max(begun_at, end or now)
    pauses = clipped(pauses, begun_at, end)
    # One that begins just now, or by another node's clock in a moment, holds already.
    lasting = end is None
    pauses = [
        one for one in pauses if one.since < until or (lasting and one.until is None)
    ]
    here = _Counting(rule, budget, working, begun_at, pauses)
    suspended = end is None and bool(pauses) and pauses[-1].until is None
    running = Running.SUSPENDED if suspended else Running.RUNNING
    due_at = here.due_at()
    due_on = legal_day(due_at) if due_at else None
    runs_on = running is Running.RUNNING and end is None
    return Clock(
        leg=subject.leg,
        agency=subject.agency,
        office=subject.office,
        rule=rule,
        budget=budget,
        begun_at=count.begun_at,
        counts_from=here.counts_from,
        running=Running.STOPPED if end else running,
        budget_minutes=here.minutes,
        used_minutes=here.used(until),
        due_at=due_at,
        due_on=due_on,
        stopped_at=end,
        suspensions=tuple(_suspension(one, until, working) for one in pauses),
        restarts=count.restarts,
        rung_at=here.rungs() if end is None else (),
        hard_at=_hard(rule.hard, due_at, working) if runs_on else None,
        timeliness=_judged(budget, end, due_at, by_hand=subject.leg in history.closed),
    )


def _suspension(span: Span, until: datetime, working: WorkingTime) -> Suspension:
    minutes = working.minutes(span.since, span.until or until)
    return Suspension(span.why, span.since, span.until, minutes)


def _count(rule: ClockRule, leg: str, history: History) -> _Count | None:
    """When the last count of a clock began and ended."""
    begun = _first(rule, leg, history)
    events = sorted(history.happened, key=lambda one: one.at)
    count: _Count | None = None
    if begun is not None:
        count = _Count(begun, None, ())
    for one in events:
        if count is None or count.stopped_at is not None:
            if begun is None and _hits(one, rule.begins_on, leg):
                again = count.restarts if count else ()
                more = (one.at,) if count else ()
                start = count.begun_at if count else one.at
                count = _Count(start, None, (*again, *more))
            continue
        if one.at < count.begun_at:
            continue
        if _hits(one, rule.restarts_on, leg):
            count = _Count(count.begun_at, None, (*count.restarts, one.at))
        elif _hits(one, rule.ends_on, leg):
            count = _Count(count.begun_at, one.at, count.restarts)
    if count is not None and count.stopped_at is None and leg in history.closed:
        stopped = max(history.closed[leg], count.begun_at)
        count = _Count(count.begun_at, stopped, count.restarts)
    if count is not None and count.stopped_at is None and history.ended_at is not None:
        # With the dossier, everything that still ran for it ends.
        stopped = max(history.ended_at, count.begun_at)
        count = _Count(count.begun_at, stopped, count.restarts)
    return count


def _first(rule: ClockRule, leg: str, history: History) -> datetime | None:
    """When a clock begins that waits for no event: with its leg's turn, or the dossier."""
    match rule.start:
        case Start.EVENT:
            return None
        case Start.TURN if not leg:
            return history.accepted_at
        case Start.TURN:
            turns = runs(history, leg)
            return turns[0].since if turns else None
        case Start.THERE:
            there = (
                stay.since
                for stay in history.of(leg)
                if stay.is_open and stay.place is Place.AGENCY
            )
            return next(there, None)


def _hits(one: Happened, triggers: Sequence[Trigger], leg: str) -> bool:
    here = one.trigger
    return any(
        trigger.event is here.event and _meant(trigger.leg, leg) == here.leg
        for trigger in triggers
    )


def _meant(named: str, leg: str) -> str:
    """The leg that a trigger of a rule means, for a clock of a leg."""
    return "" if named == DOSSIER else named or leg


class _Counting:
    """Counts one budget from a moment on, less what does not count."""

    def __init__(
        self,
        rule: ClockRule,
        budget: Budget,
        working: WorkingTime,
        begun_at: datetime,
        pauses: Sequence[Span],
    ) -> None:
        self.rule = rule
        self.budget = budget
        self.working = working
        self.begun_at = begun_at
        self.pauses = pauses
        #: the first moment that counts, and the budget in working minutes
        self.counts_from = self._counts_from()
        self.minutes = self._minutes()

    def _counts_from(self) -> datetime:
        if self.budget.unit in {Unit.WORKING_DAYS, Unit.CALENDAR_DAYS}:
            following = legal_day(self.begun_at) + DAY
            return self.working.day_start(self.working.next_working(following))
        return self.working.after(self.begun_at, 0)

    def _minutes(self) -> int:
        if self.budget.unit is Unit.WORKING_HOURS:
            return self.budget.amount * 60
        last = self.working.day_end(self._last_day(timedelta()))
        return max(self.working.minutes(self.counts_from, last), 1)

    def used(self, at: datetime) -> int:
        """Minutes of the budget that are used at a moment."""
        begin = self.counts_from
        if at <= begin:
            return 0
        counted = self.working.minutes(begin, at)
        for pause in clipped(self.pauses, begin, at):
            counted -= self.working.minutes(pause.since, pause.until or at)
        return counted

    def due_at(self) -> datetime | None:
        """The last moment that is in time; None while nothing runs towards it."""
        if self.pauses and self.pauses[-1].until is None:
            return None
        if self.budget.unit is Unit.CALENDAR_DAYS:
            paused = sum(
                ((one.until or one.since) - one.since for one in self.pauses),
                timedelta(),
            )
            return self.working.day_end(self._last_day(paused))
        exact = self.at_used(self.minutes)
        if exact is None or self.budget.unit is Unit.WORKING_HOURS:
            return exact
        return self.working.day_end(self.working.next_working(legal_day(exact)))

    def at_used(self, minutes: int) -> datetime | None:
        """When so many minutes are used, if it runs on; None while it is suspended."""
        begin, left = self.counts_from, minutes
        for pause in clipped(self.pauses, begin, None):
            counted = self.working.minutes(begin, pause.since)
            if counted >= left:
                break
            left -= counted
            if pause.until is None:
                return None
            begin = max(begin, pause.until)
        return self.working.after(begin, left)

    def rungs(self) -> tuple[tuple[int, datetime], ...]:
        """When each rung of the rule is reached, those that are known."""
        found = []
        for percent in self.rule.rungs:
            part = -(-self.minutes * percent // 100)
            at = self.due_at() if percent == WHOLE else self.at_used(part)
            if at is not None:
                found.append((percent, at))
        return tuple(found)

    def _last_day(self, paused: timedelta) -> date:
        """The last day of a budget of days, moved on by calendar days that were paused."""
        working, day = self.working, legal_day(self.begun_at)
        if self.budget.unit is Unit.WORKING_DAYS:
            return working.days_after(day, self.budget.amount)
        if self.budget.unit is Unit.CALENDAR_DAYS:
            last = day + self.budget.amount * DAY + timedelta(days=_days(paused))
            return working.next_working(last)
        local = self.begun_at.astimezone(VIETNAM)
        minute = local.hour * 60 + local.minute
        late = self.rule.cut_off is not None and minute >= self.rule.cut_off
        if (
            working.is_working(day)
            and not late
            and self.begun_at <= working.day_end(day)
        ):
            return day
        return working.next_working(day + DAY)


def _days(paused: timedelta) -> int:
    """Whole days of a pause, begun ones counted: in doubt for who is measured."""
    return -(-paused // DAY)


def _hard(
    hard: Budget | None, due_at: datetime | None, working: WorkingTime
) -> datetime | None:
    if hard is None or due_at is None:
        return None
    match hard.unit:
        case Unit.WORKING_HOURS:
            return working.after(due_at, hard.amount * 60)
        case Unit.CALENDAR_DAYS:
            return due_at + hard.amount * DAY
        case _:
            return working.day_end(working.days_after(legal_day(due_at), hard.amount))


def _judged(
    budget: Budget, end: datetime | None, due_at: datetime | None, *, by_hand: bool
) -> Timeliness:
    """How a clock stands: what people ended in time is no in time of its office."""
    if end is None:
        return Timeliness.OPEN
    here = _ended(budget, end, due_at)
    late = here is Timeliness.LATE
    return Timeliness.NO_DATE if by_hand and not late else here


def _ended(budget: Budget, end: datetime, due_at: datetime | None) -> Timeliness:
    """How a clock ended; what ended while it stood still was in time."""
    if due_at is None:
        return Timeliness.ON_TIME
    if budget.unit is Unit.WORKING_HOURS and end > due_at:
        return Timeliness.LATE
    day, due_on = legal_day(end), legal_day(due_at)
    if day > due_on:
        return Timeliness.LATE
    return Timeliness.EARLY if day < due_on else Timeliness.ON_TIME
