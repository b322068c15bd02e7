"""Issued reports as rows, with every dossier that they counted."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import DossierId, OfficeId, PrincipalId
from gateway.domain.measure import Timeliness
from gateway.domain.principal import EVERYTHING
from gateway.ports.issued import (
    Issue,
    IssuedReports,
    Judged,
    OneStopCount,
    Restated,
)
from gateway.store.chains import append
from gateway.store.database import insert
from gateway.store.measure_counts import MONTH_SUMS, month_counts_of
from gateway.store.rows import BESIDE, moment, scope_of, stamp

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from gateway.domain.journal import JournalLine
    from gateway.domain.principal import Scope
    from gateway.ports.measured import MonthCount
    from gateway.store.database import Database, Row, Tx

T = TypeVar("T")
_ISSUED = "month, number, issued_at, by, figures"
_KEPT = (
    "dossier_id, unit, sender, procedure, lead, calendar, timeliness, as_portal,"
    " as_told, minutes, calendar_minutes, rounds, charged, by_hand"
)
_JUDGED = (
    *("month", "timeliness", "as_portal", "as_told", "lead", "minutes", "calendar"),
    "charged",
)
# Which calendar a dossier is counted by is a reason, no change. Who answers for a
# lateness is one, where the report knew of it; that days to object pass is none.
_CHANGED = " OR ".join(
    [
        *(f"m.{one} IS DISTINCT FROM d.{one}" for one in _JUDGED[:-2]),
        "d.charged IS NOT NULL AND m.charged IS DISTINCT FROM d.charged",
    ]
)
_BOTH = ", ".join(f"{table}.{one}" for table in "dm" for one in _JUDGED)
# Those that were counted and are not, or otherwise, in this month.
_GONE = (
    f"SELECT d.dossier_id, {_BOTH} FROM issued_dossier AS d"  # noqa: S608  constants
    " LEFT JOIN measure AS m ON m.dossier_id = d.dossier_id"
    f" WHERE d.month = ? AND d.number = ? AND d.dossier_id > ? AND ({_CHANGED})"
)
# Those that were not counted and are.
_COME = (
    "SELECT d.dossier_id, "  # noqa: S608  constants
    + ", ".join(["NULL"] * len(_JUDGED) + [f"d.{one}" for one in _JUDGED])
    + " FROM measure AS d WHERE d.month = ? AND d.dossier_id > ? AND NOT EXISTS"
    " (SELECT 1 FROM issued_dossier AS i WHERE i.month = ? AND i.number = ?"
    "  AND i.dossier_id = d.dossier_id)"
)
_ONE_STOP = (
    "month, sender, unit, procedure, received, on_time, early, late, entered_at, by"
)


class IssuedRows(IssuedReports):
    """The port over whatever writes a unit and reads in a thread."""

    @abstractmethod
    async def _list(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds, given a connection of a thread's own and the values."""

    @abstractmethod
    def _unit(self, work: Callable[[Tx], T], chain: str) -> Awaitable[T]:
        """Do ``work`` as one unit that appends to a chain of lines."""

    @abstractmethod
    def _chain(self, at: datetime) -> str:
        """Where lines that are no dossier's go."""

    async def issue(
        self, issue: Issue, counts: Sequence[MonthCount], journal: JournalLine
    ) -> None:
        """Keep a report with every dossier that it counts."""
        chain = self._chain(journal.at)
        await self._unit(
            lambda tx: keep_issue(tx, issue, counts, journal, chain), chain
        )

    async def issues(self, month: str) -> Sequence[Issue]:
        """Every report of a month that was issued."""
        return await self._list(issues, month)

    async def issued_counts(
        self, month: str, number: int, scope: Scope
    ) -> Sequence[MonthCount]:
        """What an issued report counted."""
        return await self._list(issued_counts, month, number, scope)

    async def restated_since(
        self,
        month: str,
        number: int,
        scope: Scope,
        *,
        after: DossierId | None,
        limit: int,
    ) -> Sequence[Restated]:
        """Dossiers that count otherwise now."""
        return await self._list(restated_since, month, number, scope, after, limit)

    async def restated_count(self, month: str, number: int, scope: Scope) -> int:
        """How many there are."""
        return await self._list(restated_count, month, number, scope)

    async def one_stop_counts(
        self, first_month: str, last_month: str, scope: Scope
    ) -> Sequence[OneStopCount]:
        """What one-stops counted."""
        return await self._list(one_stop_counts, first_month, last_month, scope)

    async def set_one_stop_counts(
        self,
        month: str,
        sender: OfficeId,
        counts: Sequence[OneStopCount],
        journal: JournalLine,
    ) -> None:
        """Replace all that a one-stop counted of a month."""
        chain = self._chain(journal.at)
        await self._unit(
            lambda tx: set_one_stop_counts(tx, month, sender, counts, journal, chain),
            chain,
        )


def keep_issue(
    tx: Tx,
    issue: Issue,
    counts: Sequence[MonthCount],
    journal: JournalLine,
    chain: str,
) -> None:
    """Keep a report, and copy the rows that it was counted of.

    Raises:
        ChangedMeanwhile: somebody was first, or a row has changed since it was counted.
    """
    key = (issue.month, issue.number)
    tx.db.execute(
        f"INSERT INTO issued ({_ISSUED}) VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",  # noqa: S608
        (*key, stamp(issue.issued_at), issue.by, issue.figures),
    )
    if not tx.db.changes():
        raise ChangedMeanwhile
    tx.db.execute(
        f"INSERT INTO issued_dossier (month, number, {_KEPT})"  # noqa: S608
        f" SELECT month, ?, {_KEPT} FROM measure WHERE month = ?",
        (issue.number, issue.month),
    )
    if issued_counts(tx.db, *key, EVERYTHING) != list(counts):
        raise ChangedMeanwhile
    append(tx.db, chain, [journal])


def issues(db: Database, month: str) -> list[Issue]:
    """Every report of a month that was issued."""
    rows = db.execute(
        f"SELECT {_ISSUED} FROM issued WHERE month = ? ORDER BY number",  # noqa: S608
        (month,),
    ).fetchall()
    return [
        Issue(row[0], row[1], moment(row[2]), PrincipalId(row[3]), row[4])
        for row in rows
    ]


def issued_counts(
    db: Database, month: str, number: int, scope: Scope
) -> list[MonthCount]:
    """The rows of a report, counted as the rows of now are."""
    condition, values = scope_of(scope, BESIDE)
    rows = db.execute(
        MONTH_SUMS.format(
            table="issued_dossier",
            within=f"d.month = ? AND d.number = ? AND {condition}",
        ),
        (month, number, *values),
    ).fetchall()
    return month_counts_of(rows)


def restated_since(
    db: Database,
    month: str,
    number: int,
    scope: Scope,
    after: DossierId | None,
    limit: int,
) -> list[Restated]:
    """What a report counts otherwise than now, in this month or out of it."""
    condition, values = scope_of(scope, BESIDE)
    page = f" AND {condition} ORDER BY d.dossier_id LIMIT ?"
    start = after or ""
    rows = db.execute(_GONE + page, (month, number, start, *values, limit)).fetchall()
    rows += db.execute(
        _COME + page, (month, start, month, number, *values, limit)
    ).fetchall()
    return [_restated_of(row) for row in sorted(rows, key=lambda row: str(row[0]))][
        :limit
    ]


def restated_count(db: Database, month: str, number: int, scope: Scope) -> int:
    """How many there are."""
    condition, values = scope_of(scope, BESIDE)
    gone = (month, number, "", *values)
    come = (month, "", month, number, *values)
    return sum(
        int(db.execute(f"SELECT count(*) FROM ({page} AND {condition}) AS c", of).get)  # noqa: S608
        for page, of in ((_GONE, gone), (_COME, come))
    )


def _restated_of(row: Row) -> Restated:
    half = 1 + len(_JUDGED)
    return Restated(DossierId(row[0]), _judged_of(row[1:half]), _judged_of(row[half:]))


def _judged_of(row: Row) -> Judged | None:
    if row[1] is None:
        return None
    here, portal, told = map(Timeliness, row[1:4])
    return Judged(row[0], here, portal, told, *row[4:])


def one_stop_counts(
    db: Database, first: str, last: str, scope: Scope
) -> list[OneStopCount]:
    """What one-stops counted."""
    condition, values = scope_of(scope, "")
    rows = db.execute(
        f"SELECT {_ONE_STOP} FROM one_stop_count AS d"  # noqa: S608
        f" WHERE d.month >= ? AND d.month <= ? AND {condition}"
        " ORDER BY month, sender, unit, procedure",
        (first, last, *values),
    ).fetchall()
    return [_counted_of(row) for row in rows]


def _counted_of(row: Row) -> OneStopCount:
    month, sender, unit, procedure, received, on_time, early, late, at, by = row
    return OneStopCount(
        month=month,
        sender=OfficeId(sender),
        unit=unit,
        procedure=procedure,
        received=received,
        on_time=on_time,
        early=early,
        late=late,
        entered_at=moment(at),
        by=PrincipalId(by),
    )


def set_one_stop_counts(
    tx: Tx,
    month: str,
    sender: OfficeId,
    counts: Sequence[OneStopCount],
    journal: JournalLine,
    chain: str,
) -> None:
    """Replace all that a one-stop counted of a month."""
    tx.db.execute(
        "DELETE FROM one_stop_count WHERE month = ? AND sender = ?", (month, sender)
    )
    rows = [
        (
            *(month, sender, one.unit, one.procedure, one.received, one.on_time),
            *(one.early, one.late, stamp(one.entered_at), one.by),
        )
        for one in counts
    ]
    for start in range(0, len(rows), _AT_ONCE):
        insert(tx.db, "one_stop_count", _ONE_STOP, rows[start : start + _AT_ONCE])
    append(tx.db, chain, [journal])


#: Rows of one statement: few shapes of it, and far below what either database takes.
_AT_ONCE = 50
