"""Corrections are decided in the unit of the change that they lead to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.errors import ChangedMeanwhile
from gateway.store import stand_ins
from gateway.store.rows import stamp

if TYPE_CHECKING:
    from gateway.ports.store import Change
    from gateway.store.database import Database

_DECIDE = (
    "UPDATE correction SET state = ?, decided_by = ?, decided_at = ?"
    " WHERE id = ? AND state = 'open'"
)


def decide_corrections(db: Database, change: Change) -> None:
    """Decide those of a change that are still open.

    Raises:
        ChangedMeanwhile: somebody else has decided it.
    """
    for move in change.corrections:
        db.execute(_DECIDE, (move.state.value, move.by, stamp(move.at), move.id))
        if not db.changes():
            raise ChangedMeanwhile
        stand_ins.end(db, move.id, move.at)
