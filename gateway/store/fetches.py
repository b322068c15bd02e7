"""Result files that are to be fetched."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.identifiers import DossierId, OfficeId
from gateway.ports.store import FetchJob, Offices
from gateway.store.dialect import in_each
from gateway.store.rows import DOSSIER, as_list, dossier_of, moment

if TYPE_CHECKING:
    from gateway.ports.store import DossierRow
    from gateway.store.database import Database, Tx

_FETCHES = """
SELECT id FROM "fetch" WHERE due_at <= ? AND due_at IS NOT NULL
 AND office NOT IN ({texts}) ORDER BY due_at, id LIMIT ?"""
FETCHES = in_each(_FETCHES)
_TAKE_FETCHES = in_each(_FETCHES + "{skip}")


def fetches_left(db: Database, dossier_id: DossierId) -> int:
    """Jobs of a dossier that are not done."""
    (count,) = db.execute(
        'SELECT count(*) FROM "fetch" WHERE dossier_id = ? AND due_at IS NOT NULL',
        (dossier_id,),
    ).fetchall()[0]
    return int(count)


def has_fetches(db: Database, at: int, but: Offices) -> bool:
    """Whether there is any result file to be fetched."""
    values = (at, as_list(sorted(but)), 1)
    return db.execute(FETCHES[db.dialect], values).fetchone() is not None


def claim_fetches(
    tx: Tx, at: int, again: int, limit: int, but: Offices
) -> list[tuple[FetchJob, DossierRow]]:
    """Take result files to be fetched."""
    found = []
    values = (at, as_list(sorted(but)), limit)
    query = _TAKE_FETCHES[tx.db.dialect]
    for (identifier,) in tx.db.execute(query, values).fetchall():
        tx.db.execute(
            'UPDATE "fetch" SET due_at = ?, tries = tries + 1 WHERE id = ?',
            (at + again, identifier),
        )
        (row,) = tx.db.execute(
            "SELECT f.id, f.office, f.sealed_link, f.due_at, f.tries,"  # noqa: S608
            f' {DOSSIER} FROM "fetch" AS f JOIN dossier AS d ON d.id = f.dossier_id'
            " WHERE f.id = ?",
            (identifier,),
        ).fetchall()
        job = FetchJob(row[0], OfficeId(row[1]), row[2], moment(row[3]), row[4])
        found.append((job, dossier_of(row[5:])))
    return found
