"""A day of the journal held against its hashes, part by part.

A day is what was sealed on it: every line lies under a seal, whichever chain it is in.
Each look reads some seals and their lines, and of each chain the line before.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from gateway.domain.audit import Verified
from gateway.domain.journal import GENESIS, chained, merkle_root
from gateway.domain.legal_day import VIETNAM
from gateway.store.dialect import in_each
from gateway.store.rows import LINE, line_of, stamp

if TYPE_CHECKING:
    from datetime import date

    from gateway.store.database import Database, Row

#: Lines of one look: a second or so.
PART = 10_000
_SEALS = (
    "SELECT last, lines, root, previous, digest, at FROM seal WHERE last > ?"
    " ORDER BY last LIMIT ?"
)
_SEALS_AT_ONCE = 200
_BEFORE = "SELECT digest FROM seal WHERE last <= ? ORDER BY last DESC LIMIT 1"
_NEXT = "SELECT last, at FROM seal WHERE last >= ? ORDER BY last LIMIT 1"
_NEWEST = "SELECT coalesce(max(last), 0) FROM seal"
_LINES = in_each(
    f"SELECT {LINE}, {{number}}, chain, dossier_id, position, digest, id FROM journal"  # noqa: S608
    " WHERE {number} > ? AND {number} <= ? ORDER BY {number}"
)
_OF_CHAIN = "SELECT digest FROM journal WHERE chain = ? AND position = ?"
_OF_DOSSIER = (
    "SELECT digest FROM journal WHERE dossier_id = ? AND position = ?"
    " ORDER BY id LIMIT 1"
)
_HEADS = "SELECT name, position, digest FROM chain WHERE name LIKE ? ORDER BY name"
_END = "SELECT position, digest FROM journal WHERE chain = ? ORDER BY position DESC LIMIT 1"


def verify_day(db: Database, day: date, after: int | None) -> Verified:
    """The next part of a day; ``after``: where the part before ended."""
    begin = stamp(datetime.combine(day, time(), VIETNAM))
    end = stamp(datetime.combine(day + timedelta(days=1), time(), VIETNAM))
    first = _first_sealed(db, begin) if after is None else after
    looked = _Looked(db, first)
    last = first
    for seal in db.execute(_SEALS, (first, _SEALS_AT_ONCE)).fetchall():
        if seal[5] >= end or looked.lines >= PART:
            break
        wrong = looked.seal(seal, last)
        if wrong:
            return looked.told(wrong)
        last = seal[0]
    following = db.execute(_NEXT, (last + 1,)).fetchone()
    if following is not None and following[1] < end:
        return looked.told("", last)
    return looked.told(_heads(db, day, looked))


class _Looked:
    """What one look has found so far."""

    def __init__(self, db: Database, first: int) -> None:
        self._db = db
        self.lines = self.seals = 0
        self.at_line = ""
        row = db.execute(_BEFORE, (first,)).fetchone()
        self._before: bytes = bytes(row[0]) if row else GENESIS
        self._ends: dict[str, tuple[int, bytes]] = {}

    def told(self, wrong: str, after: int | None = None) -> Verified:
        """As a value."""
        return Verified(
            lines=self.lines,
            seals=self.seals,
            chains=len(self._ends),
            wrong=wrong,
            at_line=self.at_line,
            after=after,
        )

    def seal(self, seal: Row, end: int) -> str:
        """Its lines, their root, and that it follows the one before."""
        last, count, root, previous, digest, _ = seal
        rows = self._db.execute(_LINES[self._db.dialect], (last - count, last))
        leaves: list[bytes] = []
        for row in rows.fetchall():
            wrong = self._line(row)
            if wrong:
                return wrong
            leaves.append(bytes(row[10]))
        self.at_line = str(last)
        if last - count != end or bytes(previous) != self._before:
            return "seal_follows_not"
        if len(leaves) != count or merkle_root(leaves) != bytes(root):
            return "seal_other_lines"
        sizes = last.to_bytes(8, "big") + count.to_bytes(8, "big")
        if hashlib.sha256(self._before + bytes(root) + sizes).digest() != bytes(digest):
            return "seal_changed"
        self._before = bytes(digest)
        self.seals += 1
        self.at_line = ""
        return ""

    def _line(self, row: Row) -> str:
        """Whether a line is what was written after the one before in its chain."""
        chain, dossier, position = row[7], row[8], row[9]
        own = chain or f"dossier:{dossier}"
        before = self._ends.get(own) or self._end_before(chain, dossier, position)
        self.at_line = str(row[6])
        if before is None or before[0] != position - 1:
            return "line_missing"
        digest = chained(before[1], line_of(row), own, position)
        if digest != bytes(row[10]):
            return "line_changed"
        self._ends[own] = position, digest
        self.lines += 1
        return ""

    def _end_before(
        self, chain: str | None, dossier: str | None, position: int
    ) -> tuple[int, bytes] | None:
        if position == 1:
            return 0, GENESIS
        query, name = (_OF_CHAIN, chain) if chain else (_OF_DOSSIER, dossier)
        row = self._db.execute(query, (name, position - 1)).fetchone()
        return (position - 1, bytes(row[0])) if row else None


def _heads(db: Database, day: date, looked: _Looked) -> str:
    """Whether each chain that is named by the day ends where its head says."""
    for name, position, digest in db.execute(_HEADS, (f"%:{day}",)).fetchall():
        row = db.execute(_END, (name,)).fetchone()
        if row is None or (row[0], bytes(row[1])) != (position, bytes(digest)):
            looked.at_line = name
            return "chain_ends_early"
    return ""


def _first_sealed(db: Database, at: int) -> int:
    """Behind which seal those made at a moment or later begin: by halves, no index.

    Seals are numbered as they are made.
    """
    newest = db.execute(_NEWEST).fetchone()
    low, high = 0, (newest[0] if newest else 0) + 1
    while low < high:
        middle = (low + high) // 2
        row = db.execute(_NEXT, (middle,)).fetchone()
        if row is None or row[1] >= at:
            high = middle
        else:
            low = row[0] + 1
    # ``low`` lies above the last seal before the moment, and is within the next one.
    row = db.execute("SELECT max(last) FROM seal WHERE last < ?", (low,)).fetchone()
    return (row[0] if row else None) or 0
