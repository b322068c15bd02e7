"""What a change has to know first, asked at one go: a question is a trip to a server."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gateway.store.dialect import in_each
from gateway.store.incarnations import ask_born

if TYPE_CHECKING:
    from gateway.ports.store import Change
    from gateway.store.database import Cursor, Database

_HEAD = in_each(
    "SELECT version, sender, open, unrouted, asks, due_on, chain_position,"
    " chain_digest, (SELECT max(begun_at) FROM incarnation)"
    " FROM dossier WHERE id = ?{lock}"
)
# Claims change transfers without their dossier's lock. What moves is locked, and so is
# a conversation in which one may be overtaken before it has left; else a claim that
# is under way changes nothing of the order, and nobody waits for it.
_PRESENT = in_each(
    "SELECT dossier_id, agency, conversation, position, state, lease_by, cause, attempts,"
    " fate FROM transfer WHERE id = ?{lock}"
)


@dataclass(slots=True)
class Asked:
    """Questions that are under way, in this order: whoever has the dossier goes on."""

    head: Cursor | None = None
    born: Cursor | None = None
    #: when the store's present life began, for a dossier that is to be new
    moves: dict[str, Cursor] = field(default_factory=dict)
    #: by transfer


def ask(db: Database, change: Change) -> Asked:
    """Ask for the dossier's row and the transfers that a change moves."""
    if change.dossier_id is None:
        return Asked()
    head = db.execute(_HEAD[db.dialect], (change.dossier_id,))
    is_new = change.case is not None and change.case.version == 1
    born = ask_born(db) if is_new else None
    return Asked(head, born, {move.id: present(db, move.id) for move in change.moves})


def present(db: Database, transfer_id: str) -> Cursor:
    """A transfer's row as far as a move has to know it."""
    return db.execute(_PRESENT[db.dialect], (transfer_id,))
