"""Numbers over what was measured, each grouped by what its report shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.measure import Timeliness, Whose
from gateway.ports.measured import (
    CauseCount,
    ClockCount,
    DueCount,
    MonthCount,
    OpenCount,
    ShareCount,
)
from gateway.store.rows import BESIDE, moment, scope_of, stamp

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, datetime

    from gateway.domain.principal import Scope
    from gateway.store.database import Database, Row

_WITHIN = "d.month IS NOT NULL AND d.month >= ? AND d.month <= ?"
# What was promised is kept until the end of its day.
_BY_DAY = (
    f"CASE WHEN d.due_on IS NULL THEN '{Timeliness.NO_DATE}'"
    f" WHEN d.due_on < ? THEN '{Timeliness.OVERDUE}' ELSE '{Timeliness.OPEN}' END"
)


def _sum(column: str) -> str:
    return f"CAST(sum(d.{column}) AS bigint)"


def _months(
    db: Database, statement: str, first: str, last: str, scope: Scope
) -> list[Row]:
    condition, values = scope_of(scope, BESIDE)
    within = statement.format(within=f"{_WITHIN} AND {condition}")
    return db.execute(within, (first, last, *values)).fetchall()


#: Dossiers of ``table`` that ended, grouped by all that a report of a month shows.
MONTH_SUMS = (
    "SELECT d.month, d.unit, d.procedure, d.lead, d.timeliness, d.as_portal, d.as_told,"  # noqa: S608
    f" count(*), {_sum('minutes')}, {_sum('calendar_minutes')}, {_sum('rounds')},"
    " d.by_hand FROM {table} AS d WHERE {within}"
    " GROUP BY 1, 2, 3, 4, 5, 6, 7, 12 ORDER BY 1, 2, 3, 4, 5, 6, 7, 12"
)
_MONTHLY = MONTH_SUMS.replace("{table}", "measure")


def monthly(db: Database, first: str, last: str, scope: Scope) -> list[MonthCount]:
    """Dossiers that ended."""
    return month_counts_of(_months(db, _MONTHLY, first, last, scope))


def month_counts_of(rows: Sequence[Row]) -> list[MonthCount]:
    """Rows of ``MONTH_SUMS``."""
    return [
        MonthCount(
            *row[:4], *map(Timeliness, row[4:7]), *row[7:11], *map(bool, row[11:])
        )
        for row in rows
    ]


_MONTHLY_CLOCKS = (
    "SELECT d.month, d.office, d.name, d.timeliness, count(*),"  # noqa: S608
    f" {_sum('used_minutes')}, {_sum('budget_minutes')}"
    " FROM clock AS d WHERE {within} GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"
)


def monthly_clocks(
    db: Database, first: str, last: str, scope: Scope
) -> list[ClockCount]:
    """Clocks that stopped."""
    return [
        ClockCount(row[0], row[1], row[2], Timeliness(row[3]), *row[4:])
        for row in _months(db, _MONTHLY_CLOCKS, first, last, scope)
    ]


# A dossier can have been with somebody several times, in several legs.
_MONTHLY_SHARES = (
    f"SELECT d.month, d.whose, d.office, {_sum('once')}, {_sum('minutes')}"  # noqa: S608
    " FROM share AS d WHERE {within} GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
)


def monthly_shares(
    db: Database, first: str, last: str, scope: Scope
) -> list[ShareCount]:
    """Who had the dossiers that ended."""
    return [
        ShareCount(row[0], Whose(row[1]), *row[2:])
        for row in _months(db, _MONTHLY_SHARES, first, last, scope)
    ]


_CAUSES = (
    "SELECT d.month, d.late_office, d.late_clock, count(*) FROM measure AS d"  # noqa: S608
    f" WHERE {{within}} AND d.timeliness = '{Timeliness.LATE}'"
    " GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"
)


def late_causes(db: Database, first: str, last: str, scope: Scope) -> list[CauseCount]:
    """Late dossiers by cause."""
    return [CauseCount(*row) for row in _months(db, _CAUSES, first, last, scope)]


def open_now(db: Database, scope: Scope, today: date) -> list[OpenCount]:
    """Open dossiers by the promise as it stands."""
    condition, values = scope_of(scope, BESIDE)
    rows = db.execute(
        f"SELECT d.unit, d.procedure, d.lead, {_BY_DAY}, count(*)"  # noqa: S608
        f" FROM measure AS d WHERE d.ended_at IS NULL AND {condition}"
        " GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
        (today.isoformat(), *values),
    ).fetchall()
    return [
        OpenCount(row[0], row[1], row[2], Timeliness(row[3]), row[4]) for row in rows
    ]


def due_now(db: Database, scope: Scope, now: datetime) -> list[DueCount]:
    """Running clocks over their due moment."""
    condition, values = scope_of(scope, BESIDE)
    rows = db.execute(
        "SELECT d.whose, d.agency, d.office, d.name, count(*), min(d.due_at)"  # noqa: S608
        " FROM clock AS d WHERE d.due_at IS NOT NULL AND d.due_at <= ?"
        f" AND {condition} GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4",
        (stamp(now), *values),
    ).fetchall()
    return [
        DueCount(Whose(whose), agency, office, name, clocks, moment(since))
        for whose, agency, office, name, clocks, since in rows
    ]
