"""What stands still, by cause: every source is found by one nullable moment.

Of what follows from another the nearer one is told: a message that stands still, a
dossier that is nobody's or waits for the counter hides the gateway's own clock beside
it, a clock that is over hides the silence of the same office.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from gateway.domain.identifiers import DossierId, TransferId
from gateway.domain.measure import Whose
from gateway.domain.stuck import OF_CLOCKS, OF_TRANSFERS, ORDER, Cause, Kind
from gateway.ports.stuck import Holder, StuckCount, StuckRow
from gateway.store.overview import NOT_READY
from gateway.store.rows import BESIDE, moment, moment_or_none, scope_of, stamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.principal import Scope
    from gateway.ports.stuck import Bounds
    from gateway.store.database import Database, Row

_EMPTY = "CAST('' AS text)"


@dataclass(frozen=True, slots=True)
class _Source:
    """Where things stand still, and what of them makes the cause."""

    kind: str
    agency: str
    office: str
    code: str
    since: str
    key: str
    #: with ``since`` the place in a list
    dossier: str
    leg: str
    transfer: str
    message: str
    whose: str
    tables: str
    where: str
    within: str = "{}"
    #: how the scope is asked
    of: str = BESIDE
    #: the column of the dossier that it is asked of

    def counting(self, scope: str) -> str:
        """Counts each cause."""
        return (
            f"SELECT {self.kind}, {self.agency}, {self.office}, {self.code}, count(*),"  # noqa: S608  constants
            f" count(DISTINCT {self.dossier}), min({self.since}), max({self.since}),"
            f" min({self.dossier}), min({self.whose}), min({self.message})"
            f" FROM {self.tables} WHERE {self.where} AND {self.within.format(scope)}"
            " GROUP BY 1, 2, 3, 4"
        )

    def listing(self, scope: str) -> str:
        """Lists what stands still by one cause."""
        return (
            f"SELECT {self.since}, {self.key}, {self.dossier}, {self.leg},"  # noqa: S608  constants
            f" {self.transfer}, {self.message} FROM {self.tables} WHERE {self.where}"
            f" AND {self.kind} = ? AND {self.agency} = ? AND {self.office} = ?"
            f" AND {self.code} = ? AND ({self.since}, {self.key}) > (?, ?)"
            f" AND {self.within.format(scope)} ORDER BY {self.since}, {self.key} LIMIT ?"
        )


_MESSAGES = _Source(
    kind=(
        f"CASE WHEN t.state = 'unconfirmed' THEN '{Kind.UNCONFIRMED}'"
        f" WHEN t.state = 'delivered' THEN '{Kind.UNREAD}'"
        f" WHEN t.fate = 'may_have_left' THEN '{Kind.UNSURE}' ELSE '{Kind.PARKED}' END"
    ),
    agency="t.agency",
    office="t.office",
    code="coalesce(t.cause, '')",
    since="t.still_at",
    key="t.id",
    dossier="t.dossier_id",
    leg="t.leg",
    transfer="t.id",
    message="t.kind",
    whose=_EMPTY,
    tables="transfer AS t",
    where=f"t.still_at IS NOT NULL AND {NOT_READY}",
    # Not a join: one that begins with the dossiers would read all of a unit's.
    within="(SELECT 1 FROM dossier AS d WHERE d.id = t.dossier_id AND {}) = 1",
    of="d.id",
)


def _of_dossiers(kind: Kind, office: str, column: str, where: str) -> _Source:
    return _Source(
        kind=f"CAST('{kind}' AS text)",
        agency=_EMPTY,
        office=office,
        code=f"d.{column}",
        since=f"d.{column}_at",
        key="d.id",
        dossier="d.id",
        leg=_EMPTY,
        transfer="CAST(NULL AS text)",
        message=_EMPTY,
        whose=_EMPTY,
        tables="dossier AS d",
        where=f"d.{column}_at IS NOT NULL AND {where}",
        of="d.id",
    )


_UNROUTED = _of_dossiers(Kind.UNROUTED, _EMPTY, "unrouted", "d.unrouted_at <= ?")
# Whether there is something beside a row is asked as one value for that row: from
# EXISTS a server without good statistics makes a table of all dossiers first.
_STILL = (
    "coalesce((SELECT max(coalesce(t.still_at, 0)) FROM transfer AS t WHERE {}), 0)"
)
# A question that a parked message stands for is under that message's cause.
_ASKED = _of_dossiers(
    Kind.COUNTER,
    "(d.sender || '')",
    "asks",
    "d.asks_at < ? AND d.unrouted_at IS NULL"
    f" AND {_STILL.format('t.dossier_id = d.id')} = 0",
)
_STILL_OF_LEG = _STILL.format("t.dossier_id = d.dossier_id AND t.leg = d.leg")
_CLOCKS = _Source(
    kind=(
        f"CASE WHEN d.hard_told_at IS NULL THEN '{Kind.OVERDUE}'"
        f" ELSE '{Kind.NOT_RECEIVED}' END"
    ),
    agency="d.agency",
    office="d.office",
    code="d.name",
    since="d.due_at",
    key="d.dossier_id || '~' || d.leg || '~' || d.name",
    dossier="d.dossier_id",
    leg="d.leg",
    transfer="CAST(NULL AS text)",
    message=_EMPTY,
    whose="d.whose",
    tables="clock AS d",
    where=(
        f"d.due_at IS NOT NULL AND d.due_at < ? AND d.whose <> '{Whose.CITIZEN}'"  # noqa: S608  constants
        f" AND NOT (d.whose = '{Whose.GATEWAY}' AND ({_STILL_OF_LEG} > 0"
        " OR (SELECT coalesce(o.unrouted_at, o.asks_at, 0) FROM dossier AS o"
        " WHERE o.id = d.dossier_id) > 0))"
    ),
)
_HELD = _Source(
    kind=f"CAST('{Kind.SILENT}' AS text)",
    agency="d.agency",
    office="d.office",
    code=_EMPTY,
    since="d.heard_at",
    key="d.dossier_id || '~' || d.leg",
    dossier="d.dossier_id",
    leg="d.leg",
    transfer="CAST(NULL AS text)",
    message=_EMPTY,
    whose=_EMPTY,
    tables="held AS d",
    where=(
        "d.office = ? AND d.heard_at < ?"  # noqa: S608  constants
        " AND (SELECT count(*) FROM clock AS c"
        " WHERE c.dossier_id = d.dossier_id AND c.leg = d.leg"
        f" AND c.whose = '{Whose.AGENCY}' AND c.running = 'running'"
        " AND coalesce(c.due_at, 0) < ?) = 0"
    ),
)


def counting(scope: Scope, bounds: Bounds) -> list[tuple[str, list[Any]]]:
    """The statements that count, each with its values."""
    found = []
    for source, values in _asked(bounds):
        condition, scoped = _within(scope, source.of)
        found.append((source.counting(condition), [*values, *scoped]))
    return found


def listing(
    cause: Cause, scope: Scope, bounds: Bounds, after: str | None, limit: int
) -> tuple[str, list[Any]] | None:
    """The statement that lists one cause, with its values; None: its office is none."""
    names = (cause.kind.value, cause.agency, cause.office, cause.code)
    found = _of_kind(cause, bounds)
    if found is None:
        return None
    source, values = found
    condition, scoped = _within(scope, source.of)
    return source.listing(condition), [*values, *names, *_place(after), *scoped, limit]


def _within(scope: Scope, of: str) -> tuple[str, tuple[str, ...]]:
    """The scope, said so that no index of all that was ever a unit's can serve it."""
    condition, values = scope_of(scope, of)
    for column in ("d.unit", "d.sender"):
        condition = condition.replace(column, f"({column} || '')")
    return condition, values


def stuck(db: Database, scope: Scope, bounds: Bounds) -> list[StuckCount]:
    """Every cause, the most dossiers first."""
    found = [
        _count_of(row)
        for statement, values in counting(scope, bounds)
        for row in db.execute(statement, values).fetchall()
    ]
    return sorted(found, key=_rank)


def stuck_by(db: Database, *page: Any) -> list[StuckRow]:
    """What stands still by a cause, longest first."""
    asked = listing(*page)
    rows = db.execute(*asked).fetchall() if asked else []
    return [_row_of(row) for row in rows]


_HOLDERS = (
    "SELECT d.office, count(DISTINCT d.dossier_id), min(d.heard_at), min(h.at)"
    " FROM held AS d LEFT JOIN office_heard AS h ON h.office = d.office"
    " GROUP BY d.office ORDER BY d.office"
)


def holders(db: Database) -> list[Holder]:
    """Offices on which something waits, in order of their names."""
    return [
        Holder(row[0], row[1], moment(row[2]), moment_or_none(row[3]))
        for row in db.execute(_HOLDERS).fetchall()
    ]


def _asked(bounds: Bounds) -> list[tuple[_Source, list[Any]]]:
    """Every source with the values of its condition; silence office by office."""
    now = stamp(bounds.now)
    found: list[tuple[_Source, list[Any]]] = [
        (_MESSAGES, []),
        (_UNROUTED, [now]),
        (_ASKED, [stamp(bounds.asked)]),
        (_CLOCKS, [now]),
    ]
    found += [(_HELD, [office, stamp(at), now]) for office, at in bounds.silent.items()]
    return found


def _of_kind(cause: Cause, bounds: Bounds) -> tuple[_Source, list[Any]] | None:
    messages, unrouted, asked, clocks, *held = _asked(bounds)
    if cause.kind in OF_TRANSFERS:
        return messages
    if cause.kind in OF_CLOCKS:
        return clocks
    if cause.kind is Kind.UNROUTED:
        return unrouted
    if cause.kind is Kind.COUNTER:
        return asked
    return next((one for one in held if one[1][0] == cause.office), None)


def _rank(one: StuckCount) -> tuple[int, int, datetime, str]:
    return -one.dossiers, ORDER.index(one.cause.kind), one.first, one.cause.id


def _count_of(row: Row) -> StuckCount:
    kind, agency, office, code, rows, dossiers, first, last, sample, whose, message = (
        row
    )
    return StuckCount(
        cause=Cause(Kind(kind), agency, office, code),
        rows=rows,
        dossiers=dossiers,
        first=moment(first),
        last=moment(last),
        sample=DossierId(sample),
        whose=Whose(whose) if whose else None,
        kind=message,
    )


def _row_of(row: Sequence[Any]) -> StuckRow:
    since = moment(row[0])
    return StuckRow(
        dossier_id=DossierId(row[2]),
        leg=row[3],
        transfer_id=None if row[4] is None else TransferId(row[4]),
        kind=row[5],
        since=since,
        cursor=f"{since.isoformat()}~{row[1]}",
    )


def _place(after: str | None) -> tuple[int, str]:
    """The place that a cursor names; the first one when it names none."""
    at, _, key = (after or "").partition("~")
    try:
        return stamp(datetime.fromisoformat(at)), key
    except (TypeError, ValueError):
        return 0, ""
