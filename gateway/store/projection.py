"""The queue of what is to be measured, and the rows that measuring leaves."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.identifiers import DossierId
from gateway.store.contest_rows import (
    CHARGE,
    OBJECTION,
    charge_rows_of,
    objection_rows_of,
)
from gateway.store.database import insert
from gateway.store.dialect import POSTGRESQL, in_each
from gateway.store.measure_rows import (
    CLOCK,
    HELD,
    MEASURE,
    SHARE,
    Before,
    clock_of,
    clock_row,
    held_rows_of,
    measure_of,
    measure_row,
    share_of,
    share_rows_of,
)
from gateway.store.rows import as_list, stamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.identifiers import OfficeId
    from gateway.domain.measure import Measured
    from gateway.ports.measured import ClockRow, MeasureRow, ShareRow
    from gateway.store.database import Database, Row
    from gateway.store.measure_rows import Told

#: Rows of one statement. One for every number of rows would push those of the journey
#: out of what a connection keeps prepared.
SIZES = (64, 16, 4, 1)

_GROWN = (
    "INSERT INTO unmeasured (dossier_id, times) {} ON CONFLICT (dossier_id)"
    " DO UPDATE SET times = unmeasured.times + 1"
)
_GROW = _GROWN.format("VALUES (?, 1)")
#: Before a statement that writes the dossier: one round trip less.
_WITH_IT = f"WITH grown AS ({_GROW}) "
_AGAIN = in_each(
    _GROWN.format("SELECT id, 1 FROM dossier WHERE id {in_texts} ORDER BY id")
)
_OPEN = "SELECT id FROM dossier WHERE open IS NOT NULL AND id > ? ORDER BY id LIMIT ?"
ALL = (
    "SELECT d.id, d.version <> coalesce((SELECT m.version FROM measure AS m"
    " WHERE m.dossier_id = d.id), 0) FROM dossier AS d"
    " WHERE d.id > ? ORDER BY d.id LIMIT ?"
)
# What its row has counted and what stands in the queue: together they only ever rise.
# Not a join: one that merges would read all that was ever measured up to this place.
UNMEASURED = (
    "SELECT q.dossier_id, q.times + coalesce((SELECT m.times FROM measure AS m"
    " WHERE m.dossier_id = q.dossier_id), 0) FROM unmeasured AS q"
    " WHERE q.dossier_id > ? ORDER BY q.dossier_id LIMIT ?"
)
_QUEUED = in_each(
    "SELECT dossier_id, times FROM unmeasured WHERE dossier_id {in_texts}"
)
# What grows just now stays: nobody waits here for who writes a dossier.
_DONE = in_each(
    "DELETE FROM unmeasured WHERE dossier_id {among}SELECT dossier_id FROM unmeasured"
    " WHERE times = ? AND dossier_id {in_texts} ORDER BY dossier_id{skip}{end}"
)
_BEFORE = in_each(
    "SELECT dossier_id, times, month, timeliness, first_month, first_timeliness,"
    " restated_at FROM measure WHERE dossier_id {in_texts} ORDER BY dossier_id{lock}"
)
_CLOCKS = in_each(
    f"SELECT {CLOCK} FROM clock AS d WHERE d.dossier_id {{in_texts}}"  # noqa: S608
    " ORDER BY d.dossier_id, d.leg, d.name{lock}"
)
_SHARES = in_each(f"SELECT {SHARE} FROM share AS d WHERE d.dossier_id {{in_texts}}")  # noqa: S608
_HELDS = in_each(f"SELECT {HELD} FROM held AS d WHERE d.dossier_id {{in_texts}}")  # noqa: S608
_CHARGES = in_each(f"SELECT {CHARGE} FROM charge AS d WHERE d.dossier_id {{in_texts}}")  # noqa: S608
_OBJECTIONS = in_each(
    f"SELECT {OBJECTION} FROM objection AS d WHERE d.dossier_id {{in_texts}}"  # noqa: S608
)
_HEARD = (
    "INSERT INTO office_heard (office, at) VALUES (?, ?) ON CONFLICT (office)"
    " DO UPDATE SET at = excluded.at WHERE office_heard.at < excluded.at"
)
_TOLD = in_each(
    "SELECT dossier_id, leg, name, count, percent, at FROM told_rung"
    " WHERE dossier_id {in_texts}"
)


@dataclass(frozen=True, slots=True)
class _Table:
    """A table and its columns, of which the first ``keys`` are its key."""

    name: str
    columns: tuple[str, ...]
    keys: int

    @property
    def known(self) -> str:
        """What is done with a row whose key is there already."""
        key, rest = self.columns[: self.keys], self.columns[self.keys :]
        sets = ", ".join(f"{one} = excluded.{one}" for one in rest)
        return f"ON CONFLICT ({', '.join(key)}) DO UPDATE SET {sets}"

    @property
    def gone(self) -> str:
        """Deletes one row by its key."""
        key = " AND ".join(f"{one} = ?" for one in self.columns[: self.keys])
        return f"DELETE FROM {self.name} WHERE {key}"  # noqa: S608  constants


def _table(name: str, columns: str, keys: int) -> _Table:
    return _Table(name, tuple(columns.replace("d.", "").split(", ")), keys)


_MEASURES = _table("measure", f"{MEASURE}, d.times", 1)
_OF_CLOCKS = _table("clock", CLOCK, 3)
_OF_SHARES = _table("share", SHARE, 4)
_OF_HELD = _table("held", HELD, 2)
_OF_CHARGES = _table("charge", CHARGE, 1)
_OF_OBJECTIONS = _table("objection", OBJECTION, 1)


def write_grown(
    db: Database, dossier_id: DossierId, statement: str, values: Row
) -> None:
    """Write a dossier's row, and note that its journal or case has grown."""
    if db.dialect == POSTGRESQL:
        db.execute(_WITH_IT + statement, (dossier_id, *values))
    else:
        db.execute(_GROW, (dossier_id,))
        db.execute(statement, values)


def unmeasured(
    db: Database, limit: int, after: DossierId | None
) -> list[tuple[DossierId, int]]:
    """Dossiers in the queue, and how often their journal has grown in all."""
    rows = db.execute(UNMEASURED, (after or "", limit)).fetchall()
    return [(DossierId(row[0]), row[1]) for row in rows]


def remeasure(db: Database, dossiers: Sequence[DossierId]) -> None:
    """Put dossiers into the queue."""
    if dossiers:
        db.execute(_AGAIN[db.dialect], (as_list(sorted(dossiers)),))


def remeasure_open(
    db: Database, after: DossierId | None, limit: int
) -> DossierId | None:
    """A page of what is open; None: it was the last one."""
    rows = db.execute(_OPEN, (after or "", limit)).fetchall()
    remeasure(db, [row[0] for row in rows])
    return DossierId(rows[-1][0]) if len(rows) == limit else None


def remeasure_behind(
    db: Database, after: DossierId | None, limit: int
) -> DossierId | None:
    """Of a page of all dossiers those that were not measured as they are."""
    rows = db.execute(ALL, (after or "", limit)).fetchall()
    remeasure(db, [row[0] for row in rows if row[1]])
    return DossierId(rows[-1][0]) if len(rows) == limit else None


def keep_measured(db: Database, measured: Sequence[tuple[Measured, int]]) -> int:
    """Replace rows; of a dossier that somebody has read further they stay."""
    given = {one.dossier_id: (one, times) for one, times in measured}
    ids = as_list(sorted(given))
    before = {row[0]: row[1:] for row in _rows(db, _BEFORE[db.dialect], ids)}
    queued: dict[str, int] = dict(_rows(db, _QUEUED[db.dialect], ids))
    fresh: list[Measured] = []
    done: dict[int, list[str]] = defaultdict(list)
    for dossier_id in sorted(given):
        one, times = given[dossier_id]
        left = times - before.get(dossier_id, (0,))[0]
        if left <= 0:
            continue
        fresh.append(one)
        if queued.get(dossier_id) == left:
            done[left].append(dossier_id)
    if fresh:
        counted = {one.dossier_id: given[one.dossier_id][1] for one in fresh}
        _keep(db, fresh, counted, {key: row[1:] for key, row in before.items()})
    for times, dossiers in done.items():
        db.execute(_DONE[db.dialect], (times, as_list(dossiers)))
    return len(fresh)


def _rows(db: Database, statement: str, ids: str) -> list[Row]:
    return db.execute(statement, (ids,)).fetchall()


def _keep(
    db: Database,
    fresh: Sequence[Measured],
    times: dict[DossierId, int],
    before: dict[str, Before],
) -> None:
    ids = as_list([one.dossier_id for one in fresh])
    new: list[Row] = []
    known: list[Row] = []
    for one in fresh:
        was = before.get(one.dossier_id)
        row = (*measure_row(one, was), times[one.dossier_id])
        (new if was is None else known).append(row)
    # Who measures the same new dossier at another node collides here and looks again.
    _write(db, _MEASURES, new, "")
    _write(db, _MEASURES, known)
    # Clocks are locked before what was told of them is read: whoever tells waits.
    clocks = _rows(db, _CLOCKS[db.dialect], ids)
    told: dict[str, dict[Told, int]] = defaultdict(dict)
    for row in _rows(db, _TOLD[db.dialect], ids):
        told[row[0]][row[1:5]] = row[5]
    rows = [clock_row(o, c, told[o.dossier_id]) for o in fresh for c in o.clocks]
    _replace(db, _OF_CLOCKS, clocks, rows)
    shares = _rows(db, _SHARES[db.dialect], ids)
    rows = [row for one in fresh for row in share_rows_of(one)]
    _replace(db, _OF_SHARES, shares, rows)
    held = _rows(db, _HELDS[db.dialect], ids)
    _replace(db, _OF_HELD, held, [row for one in fresh for row in held_rows_of(one)])
    rows = [row for one in fresh for row in charge_rows_of(one)]
    _replace(db, _OF_CHARGES, _rows(db, _CHARGES[db.dialect], ids), rows)
    rows = [row for one in fresh for row in objection_rows_of(one)]
    _replace(db, _OF_OBJECTIONS, _rows(db, _OBJECTIONS[db.dialect], ids), rows)
    _heard(db, fresh)


def _heard(db: Database, fresh: Sequence[Measured]) -> None:
    spoke: dict[OfficeId, int] = {}
    for office, at in (one for each in fresh for one in each.heard):
        spoke[office] = max(stamp(at), spoke.get(office, 0))
    for office in sorted(spoke):
        db.execute(_HEARD, (office, spoke[office]))


def _replace(
    db: Database, table: _Table, old: Sequence[Row], new: Sequence[Row]
) -> None:
    """Write only what differs: most rows of a dossier stay as they were."""
    was = {row[: table.keys]: row for row in old}
    now = {row[: table.keys]: row for row in new}
    for key in sorted(was.keys() - now.keys()):
        db.execute(table.gone, key)
    _write(db, table, [row for key, row in now.items() if was.get(key) != row])


def _write(
    db: Database, table: _Table, rows: Sequence[Row], otherwise: str | None = None
) -> None:
    otherwise = table.known if otherwise is None else otherwise
    columns, start = ", ".join(table.columns), 0
    while start < len(rows):
        size = next(one for one in SIZES if one <= len(rows) - start)
        insert(db, table.name, columns, rows[start : start + size], otherwise)
        start += size


def measured(db: Database, dossier_id: DossierId) -> MeasureRow | None:
    """The row of a dossier."""
    row = db.execute(
        f"SELECT {MEASURE} FROM measure AS d WHERE d.dossier_id = ?",  # noqa: S608
        (dossier_id,),
    ).fetchone()
    return None if row is None else measure_of(row)


def clock_rows(db: Database, dossier_id: DossierId) -> list[ClockRow]:
    """Its clocks."""
    rows = db.execute(
        f"SELECT {CLOCK} FROM clock AS d WHERE d.dossier_id = ?"  # noqa: S608
        " ORDER BY d.leg, d.name",
        (dossier_id,),
    ).fetchall()
    return [clock_of(row) for row in rows]


def share_rows(db: Database, dossier_id: DossierId) -> list[ShareRow]:
    """Who had it."""
    rows = db.execute(
        f"SELECT {SHARE} FROM share AS d WHERE d.dossier_id = ?"  # noqa: S608
        " ORDER BY d.whose, d.leg, d.office",
        (dossier_id,),
    ).fetchall()
    return [share_of(row) for row in rows]
