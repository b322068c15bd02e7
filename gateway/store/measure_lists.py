"""Pages of what was measured: each begins where the last one ended, by its index."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from gateway.store.measure_rows import (
    BY_HAND,
    CLOCK,
    MEASURE,
    SHARE,
    clock_of,
    measure_of,
    share_of,
)
from gateway.store.rows import BESIDE, marks, scope_of, stamp

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from gateway.domain.identifiers import DossierId
    from gateway.domain.principal import Scope
    from gateway.ports.measured import (
        Behind,
        ClockCount,
        ClockRow,
        MeasureRow,
        ShareCount,
        ShareRow,
    )
    from gateway.store.database import Database, Row

    #: What is asked of columns; None: it does not matter.
    Wanted = Mapping[str, str | None]


def due_page(
    scope: Scope, before: datetime, wanted: Wanted, after: str | None, limit: int
) -> tuple[str, list[Any]]:
    """The statement of ``due``, with its values."""
    conditions, values = _where(scope, wanted)
    at, *place = _parts(after, 4)
    conditions += [
        "d.due_at IS NOT NULL AND d.due_at <= ?",
        "(d.due_at, d.dossier_id, d.leg, d.name) > (?, ?, ?, ?)",
    ]
    order = "d.due_at, d.dossier_id, d.leg, d.name"
    values += [stamp(before), _stamp(at), *place]
    return _page("clock", CLOCK, conditions, order), [*values, limit]


def days_page(
    scope: Scope,
    days: tuple[date | None, date | None],
    wanted: Wanted,
    after: str | None,
    limit: int,
) -> tuple[str, list[Any]]:
    """The statement of ``due_days``, with its values."""
    conditions, values = _where(scope, wanted)
    first, last = days
    start = max(["" if first is None else first.isoformat(), ""], _parts(after, 2))
    conditions.append("d.ended_at IS NULL AND d.due_on IS NOT NULL")
    conditions.append("(d.due_on, d.dossier_id) > (?, ?)")
    values += start
    if last is not None:
        conditions.append("d.due_on <= ?")
        values.append(last.isoformat())
    statement = _page("measure", MEASURE, conditions, "d.due_on, d.dossier_id")
    return statement, [*values, limit]


def without_day_page(
    scope: Scope, wanted: Wanted, after: DossierId | None, limit: int
) -> tuple[str, list[Any]]:
    """The statement of ``without_day``, with its values."""
    conditions, values = _where(scope, wanted)
    conditions.append("d.ended_at IS NULL AND d.due_on IS NULL AND d.dossier_id > ?")
    statement = _page("measure", MEASURE, conditions, "d.dossier_id")
    return statement, [*values, after or "", limit]


def behind_page(
    behind: Behind, scope: Scope, after: DossierId | None, limit: int
) -> tuple[str, list[Any]]:
    """The statement of ``standing_out``, with its values."""
    conditions, values = _where(
        scope,
        {
            "unit": behind.unit,
            "procedure": behind.procedure,
            "lead": behind.lead,
            "timeliness": behind.timeliness,
            "as_portal": behind.as_portal,
            "as_told": behind.as_told,
            "late_office": behind.late_office,
            "late_clock": behind.late_clock,
            "by_hand": None
            if behind.by_hand is None
            else BY_HAND
            if behind.by_hand
            else "",
        },
    )
    place = {"month": behind.month}, {"dossier_id": after or ""}
    return _stretch("measure", MEASURE, conditions, values, *place, limit)


def clocks_page(
    count: ClockCount, scope: Scope, after: str | None, limit: int
) -> tuple[str, list[Any]]:
    """The statement of ``clocks_behind``, with its values."""
    conditions, values = _where(scope, {})
    within = {
        "month": count.month,
        "office": count.office,
        "name": count.name,
        "timeliness": count.timeliness.value,
    }
    after_leg = dict(zip(("dossier_id", "leg"), _parts(after, 2), strict=True))
    return _stretch("clock", CLOCK, conditions, values, within, after_leg, limit)


def shares_page(
    count: ShareCount, scope: Scope, after: str | None, limit: int
) -> tuple[str, list[Any]]:
    """The statement of ``shares_behind``, with its values."""
    conditions, values = _where(scope, {})
    within = {
        "month": count.month,
        "whose": count.whose.value,
        "office": count.office,
    }
    after_leg = dict(zip(("dossier_id", "leg"), _parts(after, 2), strict=True))
    return _stretch("share", SHARE, conditions, values, within, after_leg, limit)


def restated_page(
    column: str, month: str, scope: Scope, after: DossierId | None, limit: int
) -> tuple[str, list[Any]]:
    """One half of ``restated``: by the month of now, or the first one."""
    conditions, values = _where(scope, {})
    conditions.append("d.restated_at IS NOT NULL")
    place = {column: month}, {"dossier_id": after or ""}
    return _stretch("measure", MEASURE, conditions, values, *place, limit)


def _stretch(
    table: str,
    columns: str,
    conditions: list[str],
    values: list[Any],
    within: Mapping[str, str],
    after: Mapping[str, str],
    limit: int,
) -> tuple[str, list[Any]]:
    """The rows of one stretch of an index from a place on.

    Not said by equalities: then the key of the table would give the same order, and
    be followed past all that is of other months.
    """
    ends = ", ".join(f"d.{one}" for one in within)
    order = ", ".join(f"d.{one}" for one in (*within, *after))
    conditions += [
        *(f"d.{one} IS NOT NULL" for one in within if "month" in one),
        f"({order}) > ({marks(len(within) + len(after))})",
        f"({ends}) <= ({marks(len(within))})",
    ]
    values += [*within.values(), *after.values(), *within.values(), limit]
    return _page(table, columns, conditions, order), values


def _where(scope: Scope, wanted: Wanted) -> tuple[list[str], list[Any]]:
    """Conditions on ``d``: within scope, and as it is wanted."""
    condition, values = scope_of(scope, BESIDE)
    found = {column: value for column, value in wanted.items() if value is not None}
    conditions = [f"d.{column} = ?" for column in found]
    return [*conditions, condition], [*map(str, found.values()), *values]


def _page(table: str, columns: str, conditions: Sequence[str], order: str) -> str:
    return (
        f"SELECT {columns} FROM {table} AS d WHERE {' AND '.join(conditions)}"  # noqa: S608  constants
        f" ORDER BY {order} LIMIT ?"
    )


def _parts(after: str | None, count: int) -> list[str]:
    """The parts of a cursor; of one that is none, those of the first place."""
    parts = (after or "").split("~")
    return (parts + [""] * count)[:count]


def _stamp(text: str) -> int:
    """The moment of a cursor."""
    try:
        return stamp(datetime.fromisoformat(text))
    except (TypeError, ValueError):
        return 0


def due(db: Database, *page: Any) -> list[ClockRow]:
    """Running clocks that are due by a moment."""
    return [clock_of(row) for row in _read(db, due_page(*page))]


def due_days(db: Database, *page: Any) -> list[MeasureRow]:
    """Open dossiers by the day that is promised."""
    return [measure_of(row) for row in _read(db, days_page(*page))]


def without_day(db: Database, *page: Any) -> list[MeasureRow]:
    """Open dossiers without one."""
    return [measure_of(row) for row in _read(db, without_day_page(*page))]


def standing_out(db: Database, *page: Any) -> list[MeasureRow]:
    """Dossiers behind a number."""
    return [measure_of(row) for row in _read(db, behind_page(*page))]


def clocks_behind(db: Database, *page: Any) -> list[ClockRow]:
    """Clocks behind a number."""
    return [clock_of(row) for row in _read(db, clocks_page(*page))]


def shares_behind(db: Database, *page: Any) -> list[ShareRow]:
    """Shares behind a number."""
    return [share_of(row) for row in _read(db, shares_page(*page))]


def restated(
    db: Database, month: str, scope: Scope, after: DossierId | None, limit: int
) -> list[MeasureRow]:
    """What became another, in this month or out of it."""
    rows = {
        row[0]: row
        for column in ("month", "first_month")
        for row in _read(db, restated_page(column, month, scope, after, limit))
    }
    return [measure_of(rows[key]) for key in sorted(rows)[:limit]]


def _read(db: Database, page: tuple[str, list[Any]]) -> list[Row]:
    return db.execute(*page).fetchall()
