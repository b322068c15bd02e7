"""Rungs of running clocks: found by their moment, told once, then the next one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.store.chains import append_to_dossier
from gateway.store.claims import ask_at_once, poll_by
from gateway.store.dialect import in_each
from gateway.store.measure_rows import CLOCK, HARD, clock_of
from gateway.store.rows import as_list, from_json, moment, stamp, stamp_or_none

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.journal import JournalLine
    from gateway.ports.measured import Asking, ClockRow
    from gateway.store.database import Database, Row, Tx

_COME = (
    f"SELECT {CLOCK} FROM clock AS d WHERE d.{{at}} <= ? AND d.{{at}} IS NOT NULL"  # noqa: S608
    " ORDER BY d.{at}, d.dossier_id, d.leg, d.name LIMIT ?"
)
RUNGS, HARD_DUE = _COME.format(at="rung_at"), _COME.format(at="hard_at")
NEXT = tuple(
    f"SELECT {at} FROM clock WHERE {at} IS NOT NULL ORDER BY {at} LIMIT 1"  # noqa: S608
    for at in ("rung_at", "hard_at")
)
_CLOCK = "dossier_id = ? AND leg = ? AND name = ? AND count = ?"
_DOSSIER = in_each("SELECT 1 FROM dossier WHERE id = ?{lock}")
_STANDS = in_each(
    f"SELECT rungs FROM clock WHERE {_CLOCK} AND rung = ? AND rung_at = ?{{lock}}"  # noqa: S608
)
_ON = f"UPDATE clock SET rung = ?, rung_at = ?, rungs = ? WHERE {_CLOCK}"  # noqa: S608
_HARD = (
    "UPDATE clock SET hard_at = NULL, hard_told_at = ?"  # noqa: S608
    f" WHERE {_CLOCK} AND hard_at = ?"
)
_TOLD = (
    "INSERT INTO told_rung (dossier_id, leg, name, count, percent, at)"
    " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)


def rungs(db: Database, at: int, limit: int) -> list[ClockRow]:
    """Clocks whose next rung has come."""
    return [clock_of(row) for row in db.execute(RUNGS, (at, limit)).fetchall()]


def hard_due(db: Database, at: int, limit: int) -> list[ClockRow]:
    """Clocks whose hard moment has come."""
    return [clock_of(row) for row in db.execute(HARD_DUE, (at, limit)).fetchall()]


def next_moment(db: Database) -> datetime | None:
    """The earliest of both queues."""
    found = [db.execute(query).get for query in NEXT]
    known = [at for at in found if at is not None]
    return moment(min(known)) if known else None


def tell_rung(db: Database, clock: ClockRow, line: JournalLine) -> bool:
    """Note it, and go on to the next one."""
    if clock.rung is None or not _is_locked(db, clock):
        return False
    stands = (*_key(clock), clock.rung, stamp_or_none(clock.rung_at))
    row = db.execute(_STANDS[db.dialect], stands).fetchone()
    if row is None:
        return False
    left = from_json(row[0])[1:]
    then = left[0] if left else (None, None)
    db.execute(_ON, (*then, as_list(left), *_key(clock)))
    return _told(db, clock, clock.rung, line)


def tell_hard(tx: Tx, clock: ClockRow, line: JournalLine, asking: Asking) -> bool:
    """Note it and ask; there is no second one until the clock begins again."""
    db = tx.db
    if clock.hard_at is None or not _is_locked(db, clock):
        return False
    db.execute(_HARD, (stamp(line.at), *_key(clock), stamp(clock.hard_at)))
    if not db.changes() or not _told(db, clock, HARD, line):
        return False
    ask_at_once(tx, asking.unsure, stamp(line.at))
    poll_by(tx, [(transfer, line.at) for transfer in asking.polled])
    return True


def _is_locked(db: Database, clock: ClockRow) -> bool:
    """The dossier first, as everybody does who appends to its chain."""
    statement = _DOSSIER[db.dialect]
    return db.execute(statement, (clock.dossier_id,)).fetchone() is not None


def _told(db: Database, clock: ClockRow, percent: int, line: JournalLine) -> bool:
    db.execute(_TOLD, (*_key(clock), percent, stamp(line.at)))
    if not db.changes():
        return False
    append_to_dossier(db, clock.dossier_id, [line])
    return True


def _key(clock: ClockRow) -> Row:
    return clock.dossier_id, clock.leg, clock.name, clock.count
