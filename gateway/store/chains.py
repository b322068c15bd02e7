"""Hash chains of journal lines, and the seals over them."""

from __future__ import annotations

import hashlib
from datetime import UTC
from typing import TYPE_CHECKING

from gateway.domain.audit import about, office
from gateway.domain.identifiers import DossierId
from gateway.domain.journal import (
    GENESIS,
    JournalLine,
    WrittenLine,
    chained,
    merkle_root,
)
from gateway.domain.values import replace
from gateway.store.database import insert
from gateway.store.dialect import in_each
from gateway.store.rows import LINE, as_json, line_of, stamp

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.store.database import Database, Row, Tx

#: Lines under one seal at most, so that sealing after a pause stays short.
SEAL_LINES = 4_096
STATUS = "status"
_HEAD = in_each("SELECT position, digest FROM chain WHERE name = ?{lock}")
_WRITTEN = in_each(
    f"SELECT {LINE}, id, {{number}}, position, digest FROM journal"  # noqa: S608  a constant
    " WHERE dossier_id = ? ORDER BY id"
)
_COLUMNS = (
    "chain, position, dossier_id, kind, at, actor, facts, payload, payload_digest,"
    " digest, teller, about, office"
)


def dossier_chain(
    db: Database,
    dossier_id: DossierId,
    sender: str,
    position: int,
    digest: bytes,
    lines: Sequence[JournalLine],
) -> tuple[int, bytes]:
    """Append to a dossier's chain from its head on; the new head."""
    chain = chain_name(dossier_id)
    rows: list[Row] = []
    for given in lines:
        line, position = _in_utc(given), position + 1
        digest = chained(digest, line, chain, position)
        teller = sender if line.kind == STATUS else None
        found = about(line, dossier_id), office(line)
        rows.append(
            (None, position, dossier_id, *_values(line), digest, teller, *found)
        )
    insert(db, "journal", _COLUMNS, rows)
    return position, digest


def append_to_dossier(
    db: Database, dossier_id: DossierId, lines: Sequence[JournalLine]
) -> None:
    """The same of a dossier whose case stays as it is; its row is locked already."""
    sender, position, digest = db.execute(
        "SELECT sender, chain_position, chain_digest FROM dossier WHERE id = ?",
        (dossier_id,),
    ).fetchall()[0]
    head = dossier_chain(db, dossier_id, sender, position, digest, lines)
    db.execute(
        "UPDATE dossier SET chain_position = ?, chain_digest = ? WHERE id = ?",
        (*head, dossier_id),
    )


def append(db: Database, chain: str, lines: Sequence[JournalLine]) -> None:
    """Append to a chain that is no dossier's."""
    row = db.execute(_HEAD[db.dialect], (chain,)).fetchone()
    if row is None:
        # Of two that begin a chain at once, the second goes on from the first's line.
        db.execute(
            "INSERT INTO chain (name, position, digest) VALUES (?, 0, ?)"
            " ON CONFLICT DO NOTHING",
            (chain, GENESIS),
        )
        row = db.execute(_HEAD[db.dialect], (chain,)).fetchone()
    position, digest = row or (0, GENESIS)
    rows: list[Row] = []
    for given in lines:
        line, position = _in_utc(given), position + 1
        digest = chained(digest, line, chain, position)
        found = about(line, None), office(line)
        rows.append((chain, position, None, *_values(line), digest, None, *found))
    insert(db, "journal", _COLUMNS, rows)
    db.execute(
        "UPDATE chain SET position = ?, digest = ? WHERE name = ?",
        (position, digest, chain),
    )


def chain_name(dossier_id: DossierId) -> str:
    """Name of a dossier's own chain."""
    return f"dossier:{dossier_id}"


def _in_utc(line: JournalLine) -> JournalLine:
    """The digest covers the moment's text, and moments are read back in UTC."""
    return line if line.at.tzinfo is UTC else replace(line, at=line.at.astimezone(UTC))


def _values(line: JournalLine) -> Row:
    """The values of ``LINE``."""
    return (
        line.kind,
        stamp(line.at),
        line.actor,
        as_json(line.facts),
        line.payload,
        line.payload_digest,
    )


def last_sealed(db: Database) -> int:
    """Number of the last line under a seal."""
    last: int | None = db.execute("SELECT max(last) FROM seal").get
    return last or 0


def unsealed(db: Database) -> tuple[int, list[bytes]]:
    """The last seal's end and the digests of the lines after it, in commit order."""
    last = last_sealed(db)
    rows = db.execute(
        "SELECT digest FROM journal WHERE id > ? ORDER BY id LIMIT ?",
        (last, SEAL_LINES),
    ).fetchall()
    return last, [digest for (digest,) in rows]


def seal_after(tx: Tx, after: int, leaves: list[bytes], root: bytes, at: int) -> int:
    """Write the seal over the lines that follow ``after``; how many they are.

    None where another seal came first: who wants more sealed looks again.
    """
    row = tx.db.execute(
        "SELECT last, digest FROM seal ORDER BY last DESC LIMIT 1"
    ).fetchone()
    last, previous = row or (0, GENESIS)
    if last != after:
        return 0
    end = after + len(leaves)
    digest = hashlib.sha256(
        previous + root + end.to_bytes(8, "big") + len(leaves).to_bytes(8, "big")
    ).digest()
    tx.db.execute(
        "INSERT INTO seal (last, lines, at, root, previous, digest)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (end, len(leaves), at, root, previous, digest),
    )
    return len(leaves)


def root_of(leaves: list[bytes]) -> bytes:
    """Merkle root of the new lines."""
    return merkle_root(leaves)


def written_lines(db: Database, dossier_id: DossierId) -> list[WrittenLine]:
    """A dossier's chain in order, with the number of what is sealed."""
    sealed = last_sealed(db)
    rows = db.execute(_WRITTEN[db.dialect], (dossier_id,)).fetchall()
    lines: list[WrittenLine] = []
    previous, chain = GENESIS, chain_name(dossier_id)
    for row in rows:
        identifier, number, position, digest = row[6:]
        if number is not None and number > sealed:
            number = None
        lines.append(
            WrittenLine(
                id=identifier,
                number=number,
                chain=chain,
                position=position,
                dossier_id=dossier_id,
                line=line_of(row),
                previous=previous,
                digest=digest,
            )
        )
        previous = digest
    return lines
