"""Limits of a lane over all nodes: what each may claim, counted one after the other."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.ports.store import Gate
    from gateway.store.database import Database, Tx

#: First of the two numbers of a lock per office; the second is made of its name, and
#: two offices that share one only wait for each other.
CLAIM_LOCK = 5_230_003
_LOCK = "SELECT pg_try_advisory_xact_lock(?::int, hashtext(?))"
#: A claim takes some milliseconds. A node that was stopped in one holds its lock until
#: the server ends it: other offices do not wait for that.
_TRIES, _PAUSE_S = 15, 0.002
_ON_THEIR_WAY = (
    "SELECT count(*) FROM transfer WHERE office = ? AND lease_until IS NOT NULL"
)


def within_limits(tx: Tx, gates: Sequence[Gate]) -> list[Gate]:
    """The gates with the room that all nodes together leave, until this commit.

    An office that another node is claiming for has its turn at the next look. A dead
    node's transfers count until its leases end: they may be at the agency.
    """
    return [gate for one in gates if (gate := _left(tx.db, one)).room > 0]


def _left(db: Database, gate: Gate) -> Gate:
    if gate.limit is None:
        return gate
    if not _is_ours(db, gate):
        return replace(gate, room=0)
    on_their_way: int = db.execute(_ON_THEIR_WAY, (gate.office,)).get
    return replace(gate, room=min(gate.room, gate.limit - on_their_way))


def _is_ours(db: Database, gate: Gate) -> bool:
    """Whether no other node claims for the office until our commit."""
    pause = threading.Event()
    for _ in range(_TRIES):
        if db.execute(_LOCK, (CLAIM_LOCK, gate.office)).get:
            return True
        pause.wait(_PAUSE_S)
    return False
