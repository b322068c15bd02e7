"""Corrections that nobody else may approve, as rows beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.correction import BY_NOBODY, StandIn
from gateway.domain.identifiers import DossierId
from gateway.store.rows import marks, moment, moment_or_none, stamp

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.domain.correction import Correction
    from gateway.store.database import Database, Row, Tx

_COLUMNS = "correction, dossier_id, at, told_at, effect_at, over_at"
_ADD = "INSERT INTO stand_in (correction, dossier_id, at) VALUES (?, ?, ?)"
_TOLD = (
    "UPDATE stand_in SET told_at = ?, effect_at = ?"
    " WHERE correction = ? AND told_at IS NULL AND over_at IS NULL"
)
_OVER = "UPDATE stand_in SET over_at = ? WHERE correction = ? AND over_at IS NULL"
#: Those that took effect in a span, by nobody's approval.
_COUNT = (
    "SELECT count(*) FROM stand_in AS s JOIN correction AS c ON c.id = s.correction"
    " WHERE s.over_at >= ? AND s.over_at < ? AND c.state = 'approved'"
    " AND c.decided_by = ?"
)


def begin(db: Database, row: Correction) -> None:
    """One more begins: nobody is told of it yet."""
    db.execute(_ADD, (row.id, row.dossier_id, stamp(row.at)))


def waiting(db: Database) -> list[StandIn]:
    """Those that are not over, oldest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM stand_in WHERE over_at IS NULL ORDER BY correction"  # noqa: S608
    ).fetchall()
    return [_of(row) for row in rows]


def of_corrections(db: Database, corrections: Sequence[str]) -> list[StandIn]:
    """Those of these corrections."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM stand_in"  # noqa: S608  constants
        f" WHERE correction IN ({marks(len(corrections))}) ORDER BY correction",
        tuple(corrections),
    ).fetchall()
    return [_of(row) for row in rows]


def told(tx: Tx, correction: str, at: datetime, effect_at: datetime) -> bool:
    """The head was told; False: it was before, or it is over."""
    tx.db.execute(_TOLD, (stamp(at), stamp(effect_at), correction))
    return bool(tx.db.changes())


def end(db: Database, correction: str, at: datetime) -> None:
    """It is decided, or waits for a second person as any other."""
    db.execute(_OVER, (stamp(at), correction))


def by_nobody(db: Database, since: datetime, until: datetime) -> int:
    """How many took effect although nobody else approved them."""
    found: int = db.execute(_COUNT, (stamp(since), stamp(until), BY_NOBODY)).get
    return found


def _of(row: Row) -> StandIn:
    correction, dossier, at, told_at, effect_at, over_at = row
    return StandIn(
        correction=correction,
        dossier_id=DossierId(dossier),
        at=moment(at),
        told_at=moment_or_none(told_at),
        effect_at=moment_or_none(effect_at),
        over_at=moment_or_none(over_at),
    )
