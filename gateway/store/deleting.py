"""Deleting one kind of what belongs to an ended dossier, in one unit with its line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.identifiers import DossierId
from gateway.domain.journal import JournalLine
from gateway.domain.retention import (
    DELETED,
    EXCHANGED,
    NOTES,
    STRAYS,
    Deletion,
    Kept,
    digest_over,
    line_of,
)
from gateway.ports.store import Change
from gateway.store.apply import apply_change
from gateway.store.chains import append
from gateway.store.database import insert
from gateway.store.dialect import in_each
from gateway.store.rows import case_of, from_json, marks, moment, stamp

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.ports.retention import ToDelete
    from gateway.store.database import Database, Row, Tx

#: Whether somebody still has to do something for which content is needed.
BUSY = (
    "(EXISTS (SELECT 1 FROM transfer AS t WHERE t.dossier_id = d.id"
    " AND t.finished_at IS NULL)"
    ' OR EXISTS (SELECT 1 FROM "fetch" AS f WHERE f.dossier_id = d.id'
    " AND f.due_at IS NOT NULL)"
    " OR EXISTS (SELECT 1 FROM correction AS c WHERE c.dossier_id = d.id"
    " AND c.state = 'open')"
    " OR EXISTS (SELECT 1 FROM proposal AS p WHERE p.subject = d.id"
    " AND p.state = 'open'))"
)
_LOCK = in_each("SELECT d.open, d.state FROM dossier AS d WHERE d.id = ?{lock}")
_MAY = (
    f"SELECT {BUSY},"  # noqa: S608  constants
    " EXISTS (SELECT 1 FROM hold WHERE dossier_id = d.id AND ended_at IS NULL),"
    " EXISTS (SELECT 1 FROM deletion WHERE dossier_id = d.id AND kind IN (?, 'dossier')),"
    " (SELECT ended_at FROM measure WHERE dossier_id = d.id)"
    " FROM dossier AS d WHERE d.id = ?"
)
_KINDS = {
    Kept.EXCHANGED: (f" AND kind IN ({marks(len(EXCHANGED))})", EXCHANGED),
    Kept.NOTES: (f" AND kind IN ({marks(len(NOTES))})", NOTES),
    Kept.DOCUMENTS: (
        f" AND kind NOT IN ({marks(len(EXCHANGED) + len(NOTES))})",
        (*EXCHANGED, *NOTES),
    ),
    Kept.DOSSIER: ("", ()),
}
# What came before anybody knew whose it was lies under no dossier's key.
_COMMON = (
    "SELECT p.id, p.digest FROM report AS r JOIN payload AS p ON p.id = r.payload"
    " WHERE r.dossier_id = ? AND p.dossier_id IS NULL"
)
# Whatever waits for a person keeps what it says.
_STRAYS = (
    "SELECT r.seq, p.id, p.digest, r.facts FROM report AS r"
    " JOIN payload AS p ON p.id = r.payload"
    " WHERE r.dossier_id IS NULL AND r.payload IS NOT NULL AND r.arrived_at < ?"
    " AND r.standing <> 'unmatched' AND r.standing <> 'unreadable'"
    " ORDER BY r.arrived_at LIMIT ?"
)
_COLUMNS = "dossier_id, kind, at, rows, files, digest, rule"
_AT_ONCE = 500


def delete(tx: Tx, given: ToDelete) -> Deletion | None:
    """Delete it, unless it is open, held, too young, unfinished, or was deleted."""
    if not _may(tx.db, given):
        return None
    proof: list[bytes] = []
    files = _delete_parts(tx.db, given, proof)
    kind, digest = given.kind, digest_over(proof)
    found = Deletion(
        given.dossier_id, kind, given.at, len(proof), files, digest, given.rule
    )
    values = (found.dossier_id, kind.value, stamp(given.at), found.rows, files, digest)
    insert(tx.db, "deletion", _COLUMNS, [(*values, given.rule)])
    change = Change(
        now=given.at, dossier_id=given.dossier_id, journal=(line_of(found),)
    )
    apply_change(tx, change, "")
    return found


def deletions(db: Database, dossier_id: DossierId) -> list[Deletion]:
    """What was deleted of a dossier, oldest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM deletion WHERE dossier_id = ? ORDER BY at, kind",  # noqa: S608
        (dossier_id,),
    ).fetchall()
    return [
        Deletion(DossierId(row[0]), Kept(row[1]), moment(row[2]), *row[3:])
        for row in rows
    ]


def delete_strays(
    tx: Tx, before: datetime, at: datetime, rule: int, limit: int, chain: str
) -> int:
    """What settled reports of no dossier said; their rows stay, so that repeats are known."""
    rows = tx.db.execute(_STRAYS, (stamp(before), limit)).fetchall()
    if not rows:
        return 0
    proof = [row[1].encode() + bytes(row[2]) for row in rows]
    labels = [label for row in rows if (label := from_json(row[3]).get("label"))]
    for start in range(0, len(rows), _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        ids = (*(row[1] for row in some), *labels[start : start + _AT_ONCE])
        tx.db.execute(f"DELETE FROM payload WHERE id IN ({marks(len(ids))})", ids)  # noqa: S608
        reports = tuple(row[0] for row in some)
        tx.db.execute(
            f"UPDATE report SET payload = NULL WHERE seq IN ({marks(len(reports))})",  # noqa: S608
            reports,
        )
    digest = digest_over(proof).hex()
    facts = {"what": STRAYS, "rows": len(rows), "files": 0, "digest": digest}
    line = JournalLine(DELETED, at, "gateway", {**facts, "rule": rule})
    append(tx.db, chain, [line])
    return len(rows)


def _may(db: Database, given: ToDelete) -> bool:
    row = db.execute(_LOCK[db.dialect], (given.dossier_id,)).fetchone()
    if row is None or row[0] is not None:
        return False
    busy, held, done, ended = db.execute(
        _MAY, (given.kind.value, given.dossier_id)
    ).fetchall()[0]
    told = case_of(row[1]).ended_at
    # By the later of the two: a day that somebody gives earlier shortens nothing.
    at = max((stamp(told) if told else 0, ended or 0))
    return not (busy or held or done) and 0 < at < stamp(given.before)


def _delete_parts(db: Database, given: ToDelete, proof: list[bytes]) -> int:
    """How many files; what was known of each row goes into the proof."""
    kind, files = given.kind, 0
    if kind in {Kept.FILES, Kept.DOSSIER}:
        files = _delete_files(db, given.dossier_id, proof)
    if kind in _KINDS:
        _delete_payloads(db, given, proof)
    if kind in {Kept.NOTES, Kept.DOSSIER}:
        _delete_said(db, given.dossier_id, proof)
    if kind in {Kept.INDEX, Kept.DOSSIER}:
        _delete_index(db, given.dossier_id, proof)
    if given.wrapped_key is not None:
        db.execute(
            "UPDATE dossier SET wrapped_key = ? WHERE id = ?",
            (given.wrapped_key, given.dossier_id),
        )
    return files


def _delete_files(db: Database, dossier_id: DossierId, proof: list[bytes]) -> int:
    rows = db.execute(
        "SELECT name FROM attachment WHERE dossier_id = ?", (dossier_id,)
    ).fetchall()
    names = sorted({row[0] for row in rows})
    insert(
        db, "doomed_file", "name", [(one,) for one in names], "ON CONFLICT DO NOTHING"
    )
    db.execute("DELETE FROM attachment WHERE dossier_id = ?", (dossier_id,))
    db.execute('DELETE FROM "fetch" WHERE dossier_id = ?', (dossier_id,))
    proof += [name.encode() for name in names]
    return len(names)


def _delete_payloads(db: Database, given: ToDelete, proof: list[bytes]) -> None:
    condition, values = _KINDS[given.kind]
    rows: list[Row] = db.execute(
        f"SELECT id, digest FROM payload WHERE dossier_id = ?{condition}",  # noqa: S608
        (given.dossier_id, *values),
    ).fetchall()
    if given.kind in {Kept.DOCUMENTS, Kept.DOSSIER}:
        rows += db.execute(_COMMON, (given.dossier_id,)).fetchall()
    for start in range(0, len(rows), _AT_ONCE):
        ids = tuple(row[0] for row in rows[start : start + _AT_ONCE])
        db.execute(f"DELETE FROM payload WHERE id IN ({marks(len(ids))})", ids)  # noqa: S608
    proof += [row[0].encode() + bytes(row[1]) for row in rows]


def _delete_said(db: Database, dossier_id: DossierId, proof: list[bytes]) -> None:
    """What lists let us infer lies in its own rows; who may look needs no leave now."""
    rows = db.execute(
        "SELECT id, digest FROM proposal WHERE subject = ?", (dossier_id,)
    ).fetchall()
    db.execute("DELETE FROM proposal WHERE subject = ?", (dossier_id,))
    db.execute("DELETE FROM unmasking WHERE dossier_id = ?", (dossier_id,))
    proof += [row[0].encode() + bytes(row[1]) for row in rows]


def _delete_index(db: Database, dossier_id: DossierId, proof: list[bytes]) -> None:
    for table in ("word", "reference"):
        rows = db.execute(
            f"SELECT blind FROM {table} WHERE dossier_id = ?",  # noqa: S608  constants
            (dossier_id,),
        ).fetchall()
        db.execute(f"DELETE FROM {table} WHERE dossier_id = ?", (dossier_id,))  # noqa: S608
        proof += [bytes(row[0]) for row in rows]
