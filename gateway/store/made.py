"""Transfers by when they were made, whatever became of them since: newest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.transfer import State
from gateway.store.rows import TRANSFER, scope_of, stamp, transfer_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.domain.principal import Scope
    from gateway.domain.transfer import Transfer
    from gateway.store.database import Database

_KNOWN = frozenset(State)
_FROM = "SELECT seq, created_at FROM transfer WHERE seq >= ? ORDER BY seq LIMIT 1"


def transfers_made(
    db: Database,
    scope: Scope,
    states: Sequence[str],
    office: str | None,
    since: datetime,
    until: datetime,
    after: str | None,
    limit: int,
) -> list[Transfer]:
    """A page of those made from ``since`` to before ``until``."""
    wanted = [state for state in dict.fromkeys(states) if state in _KNOWN]
    first, end = _first_made(db, stamp(since)), _first_made(db, stamp(until))
    if after is not None:
        found = db.execute("SELECT seq FROM transfer WHERE id = ?", (after,)).fetchone()
        end = min(end, found[0]) if found else first
    if not wanted:
        return []
    condition, values = scope_of(scope)
    within = " OR ".join("t.state = ?" for _ in wanted)
    rows = db.execute(
        f"SELECT {TRANSFER} FROM transfer AS t"  # noqa: S608  constants
        " JOIN dossier AS d ON d.id = t.dossier_id"
        f" WHERE t.seq >= ? AND t.seq < ? AND ({within})"
        f" AND (CAST(? AS text) IS NULL OR t.office = ?) AND {condition}"
        " ORDER BY t.seq DESC LIMIT ?",
        (first, end, *wanted, office, office, *values, limit),
    ).fetchall()
    return [transfer_of(row) for row in rows]


def _first_made(db: Database, at: int) -> int:
    """The place of the first transfer made at a moment or later: by halves, no index.

    They are numbered as they are made; where nodes' clocks differ, neighbours may
    stand the other way round, and a bound is off by these.
    """
    newest = db.execute("SELECT coalesce(max(seq), 0) FROM transfer").fetchone()
    low, high = 0, (newest[0] if newest else 0) + 1
    while low < high:
        middle = (low + high) // 2
        row = db.execute(_FROM, (middle,)).fetchone()
        if row is None or row[1] >= at:
            high = middle
        else:
            low = row[0] + 1
    return low
