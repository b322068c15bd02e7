"""Sealing where many write at once: lines get their numbers when they are sealed."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from gateway.store.chains import SEAL_LINES, last_sealed, root_of, seal_after
from gateway.store.postgres.strands import pause

if TYPE_CHECKING:
    from gateway.store.database import Database, Tx

#: One sealer at a time over all nodes; held by a transaction, never by a session.
SEAL_LOCK = 5_230_002
#: So long a seal waits for transactions that were under way when it was asked for.
PATIENCE_S = 0.5
_STEP_S = 0.005
_NEWEST = (
    "SELECT xact::text FROM (SELECT xact FROM journal WHERE number IS NULL"
    " ORDER BY id DESC LIMIT 1000) AS last ORDER BY xact DESC LIMIT 1"
)
_IS_PAST = "SELECT pg_snapshot_xmin(pg_current_snapshot()) > ?::xid8"
# What is older than every transaction that still runs: no line can come before it.
_READY = (
    "SELECT id, digest FROM journal WHERE number IS NULL"
    " AND xact < pg_snapshot_xmin(pg_current_snapshot()) ORDER BY id LIMIT ?"
)
_NUMBER = (
    "UPDATE journal AS j SET number = ? + n.place"
    " FROM unnest(?::bigint[]) WITH ORDINALITY AS n (id, place) WHERE j.id = n.id"
)


def await_ready(db: Database) -> bool:
    """Whether there is anything to seal, once what was committed can be sealed.

    A transaction that runs longer than our patience keeps back what came after it;
    the next seal takes that.
    """
    newest = db.execute(_NEWEST).get
    if newest is None:
        return False
    ends = time.monotonic() + PATIENCE_S
    while not db.execute(_IS_PAST, (newest,)).get and time.monotonic() < ends:
        pause(_STEP_S)
    return True


def seal(tx: Tx, at: int) -> int:
    """Number the next lines and seal them; how many, none while another node seals."""
    db = tx.db
    if not db.execute("SELECT pg_try_advisory_xact_lock(?)", (SEAL_LOCK,)).get:
        return 0
    rows = db.execute(_READY, (SEAL_LINES,)).fetchall()
    if not rows:
        return 0
    after = last_sealed(db)
    db.execute(_NUMBER, (after, [row[0] for row in rows]))
    leaves = [row[1] for row in rows]
    return seal_after(tx, after, leaves, root_of(leaves), at)
