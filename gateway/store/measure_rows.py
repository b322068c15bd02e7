"""Rows of what was measured: from a value to its rows, and back to what is shown."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import TYPE_CHECKING, Any

from gateway.domain.case import End
from gateway.domain.identifiers import DossierId, OfficeId
from gateway.domain.legal_day import legal_day
from gateway.domain.measure import Level, Running, Timeliness, Whose
from gateway.ports.measured import ClockRow, MeasureRow, ShareRow
from gateway.store.rows import as_list, moment, moment_or_none, stamp, stamp_or_none

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.domain.measure import Clock, Measured
    from gateway.store.database import Row

#: A told rung of a clock: leg, name, count, percent.
Told = tuple[str, str, int, int]
#: The percent under which it is kept that the hard moment was told.
HARD = -1


def month_of(at: datetime | None) -> str | None:
    """``YYYY-MM`` of a moment, by Vietnam's day."""
    return None if at is None else f"{legal_day(at):%Y-%m}"


def _text(on: date | None) -> str | None:
    return None if on is None else on.isoformat()


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _kept(timeliness: Timeliness) -> str:
    """Overdue is for whoever knows the day on which it is asked."""
    if timeliness is Timeliness.OVERDUE:
        return Timeliness.OPEN.value
    return timeliness.value


MEASURE = (
    "d.dossier_id, d.version, d.calendar, d.measured_at, d.unit, d.sender, d.procedure,"
    " d.lead, d.accepted_at, d.promised_on, d.due_on, d.ending, d.ended_at, d.month,"
    " d.timeliness, d.as_portal, d.as_told, d.minutes, d.calendar_minutes, d.rounds,"
    " d.late_leg, d.late_clock, d.late_office, d.first_month, d.first_timeliness,"
    " d.restated_at, d.charged, d.by_hand"
)
#: What its column holds of one that people ended in time.
BY_HAND = "end"
#: What a row was before: month, timeliness, and when it first was what.
Before = tuple[str | None, str, str | None, str | None, int | None]


def measure_row(measured: Measured, before: Before | None) -> Row:
    """The values of ``MEASURE``; what it was at first stays, a change is dated."""
    month, timeliness = month_of(measured.ended_at), _kept(measured.timeliness)
    first = (month, timeliness if month else None)
    restated_at = None
    if before is not None and before[2] is not None:
        first, restated_at = before[2:4], before[4]
        if before[:2] != (month, timeliness):
            restated_at = stamp(measured.at)
    late = measured.late_by
    return (
        measured.dossier_id,
        measured.version,
        measured.calendar,
        stamp(measured.at),
        measured.unit,
        measured.sender,
        measured.procedure,
        measured.lead or "",
        stamp(measured.accepted_at),
        _text(measured.promised_on),
        _text(measured.due_on),
        # The release before knows no dossier that people closed.
        (End.WITHDRAWN if measured.end is End.CLOSED else measured.end).value,
        stamp_or_none(measured.ended_at),
        month,
        timeliness,
        _kept(measured.as_portal),
        _kept(measured.as_told),
        measured.minutes,
        measured.calendar_minutes,
        measured.rounds,
        *(("", "", "") if late is None else _names(late)),
        *first,
        restated_at,
        charged_key(measured),
        BY_HAND if measured.by_hand else "",
    )


def charged_key(measured: Measured) -> str:
    """Who answers for its lateness; empty: no office does."""
    return measured.charge.party.key if measured.charge else ""


def _names(clock: Clock) -> tuple[str, str, str]:
    return clock.leg, clock.rule.name, clock.office or ""


def measure_of(row: Sequence[Any]) -> MeasureRow:
    """A row of ``MEASURE``."""
    return MeasureRow(
        dossier_id=DossierId(row[0]),
        version=row[1],
        calendar=row[2],
        measured_at=moment(row[3]),
        unit=row[4],
        sender=OfficeId(row[5]),
        procedure=row[6],
        lead=row[7],
        accepted_at=moment(row[8]),
        promised_on=_date(row[9]),
        due_on=_date(row[10]),
        end=End(row[11]),
        ended_at=moment_or_none(row[12]),
        month=row[13],
        timeliness=Timeliness(row[14]),
        as_portal=Timeliness(row[15]),
        as_told=Timeliness(row[16]),
        minutes=row[17],
        calendar_minutes=row[18],
        rounds=row[19],
        late_leg=row[20],
        late_clock=row[21],
        late_office=row[22],
        first_month=row[23],
        first_timeliness=None if row[24] is None else Timeliness(row[24]),
        restated_at=moment_or_none(row[25]),
        charged=row[26],
        by_hand=bool(row[27]),
    )


CLOCK = (
    "d.dossier_id, d.leg, d.name, d.rule, d.level, d.whose, d.agency, d.office, d.unit,"
    " d.sender, d.procedure, d.running, d.begun_at, d.count, d.budget_minutes,"
    " d.used_minutes, d.due_at, d.due_on, d.stopped_at, d.month, d.timeliness, d.rung,"
    " d.rung_at, d.rungs, d.hard_at, d.hard_told_at"
)


def clock_row(of: Measured, clock: Clock, told: dict[Told, int]) -> Row:
    """The values of ``CLOCK``; what was told is not to be told again."""
    count, key = len(clock.restarts), (clock.leg, clock.rule.name)
    runs = clock.running is Running.RUNNING
    rungs = [
        (percent, stamp(at))
        for percent, at in sorted(clock.rung_at, key=_by_moment)
        if runs and (*key, count, percent) not in told
    ]
    hard_told_at = told.get((*key, count, HARD))
    hard_at = clock.hard_at if runs and hard_told_at is None else None
    return (
        of.dossier_id,
        *key,
        clock.rule.id,
        clock.rule.level.value,
        clock.rule.whose.value,
        clock.agency or "",
        clock.office or "",
        of.unit,
        of.sender,
        of.procedure,
        clock.running.value,
        stamp(clock.begun_at),
        count,
        clock.budget_minutes,
        clock.used_minutes,
        stamp_or_none(clock.due_at if runs else None),
        _text(clock.due_on),
        stamp_or_none(clock.stopped_at),
        month_of(clock.stopped_at),
        _kept(clock.timeliness),
        *(rungs[0] if rungs else (None, None)),
        as_list(rungs),
        stamp_or_none(hard_at),
        hard_told_at,
    )


def _by_moment(rung: tuple[int, datetime]) -> tuple[datetime, int]:
    return rung[1], rung[0]


def clock_of(row: Sequence[Any]) -> ClockRow:
    """A row of ``CLOCK``."""
    return ClockRow(
        dossier_id=DossierId(row[0]),
        leg=row[1],
        name=row[2],
        rule=row[3],
        level=Level(row[4]),
        whose=Whose(row[5]),
        agency=row[6],
        office=row[7],
        unit=row[8],
        sender=OfficeId(row[9]),
        procedure=row[10],
        running=Running(row[11]),
        begun_at=moment(row[12]),
        count=row[13],
        budget_minutes=row[14],
        used_minutes=row[15],
        due_at=moment_or_none(row[16]),
        due_on=_date(row[17]),
        stopped_at=moment_or_none(row[18]),
        month=row[19],
        timeliness=Timeliness(row[20]),
        rung=row[21],
        rung_at=moment_or_none(row[22]),
        hard_at=moment_or_none(row[24]),
        hard_told_at=moment_or_none(row[25]),
    )


SHARE = "d.dossier_id, d.whose, d.leg, d.office, d.unit, d.sender, d.minutes, d.once, d.month"


def share_rows_of(measured: Measured) -> list[Row]:
    """The values of ``SHARE``: a row for whoever had it while one leg was waited for."""
    sums: Counter[tuple[str, str, str]] = Counter()
    for share in measured.shares:
        sums[share.whose.value, share.leg, share.office or ""] += share.minutes
    month, seen, rows = month_of(measured.ended_at), set(), []
    for (whose, leg, office), minutes in sorted(sums.items()):
        once = int((whose, office) not in seen)
        seen.add((whose, office))
        key = (measured.dossier_id, whose, leg, office, measured.unit, measured.sender)
        rows.append((*key, minutes, once, month))
    return rows


def share_of(row: Sequence[Any]) -> ShareRow:
    """A row of ``SHARE``."""
    return ShareRow(
        dossier_id=DossierId(row[0]),
        whose=Whose(row[1]),
        leg=row[2],
        office=row[3],
        minutes=row[6],
        month=row[8],
    )


HELD = "d.dossier_id, d.leg, d.agency, d.office, d.unit, d.sender, d.heard_at"


def held_rows_of(measured: Measured) -> list[Row]:
    """The values of ``HELD``: a row for each leg that lies with an office."""
    return [
        (
            *(measured.dossier_id, one.leg, one.agency, one.office),
            *(measured.unit, measured.sender, stamp(one.heard_at)),
        )
        for one in measured.held
    ]
