"""Contacts of offices as rows; names and telephone numbers lie sealed in them."""

from __future__ import annotations

from abc import abstractmethod
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import OfficeId, PayloadId
from gateway.ports.contacts import ContactRow, ContactStore
from gateway.ports.vault import SealedPayload
from gateway.store.chains import append

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from gateway.domain.journal import JournalLine
    from gateway.store.database import Database, Row, Tx

T = TypeVar("T")
_COLUMNS = "id, version, office, valid_to, payload, kind, ciphertext, salt, digest"


class Contacts(ContactStore):
    """The port over whatever writes a unit and reads in a thread."""

    @abstractmethod
    async def _at_once(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds in a few rows, mostly none; asked each second or oftener."""

    @abstractmethod
    def _unit(self, work: Callable[[Tx], T], chain: str) -> Awaitable[T]:
        """Do ``work`` as one unit that appends to a chain of lines."""

    @abstractmethod
    def _chain(self, at: datetime) -> str:
        """Where lines that are no dossier's go."""

    async def contacts(self) -> Sequence[ContactRow]:
        """Every contact."""
        return await self._at_once(contacts)

    async def set_contact(self, row: ContactRow, journal: JournalLine) -> None:
        """Keep a contact, or a new version of it."""
        chain = self._chain(journal.at)
        await self._unit(lambda tx: set_contact(tx, row, journal, chain), chain)


def contacts(db: Database) -> list[ContactRow]:
    """Every contact, in order of ids."""
    rows = db.execute(f"SELECT {_COLUMNS} FROM contact ORDER BY id").fetchall()  # noqa: S608
    return [_contact_of(row) for row in rows]


def set_contact(tx: Tx, row: ContactRow, journal: JournalLine, chain: str) -> None:
    """Keep a contact, with its line in the journal.

    Raises:
        ChangedMeanwhile: another version was to be replaced.
    """
    sealed = row.sealed
    valid_to = None if row.valid_to is None else row.valid_to.isoformat()
    content = (sealed.id, sealed.kind, sealed.ciphertext, sealed.salt, sealed.digest)
    if row.version == 1:
        tx.db.execute(
            f"INSERT INTO contact ({_COLUMNS}) VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
            " ON CONFLICT (id) DO NOTHING",
            (row.id, row.office, valid_to, *content),
        )
    else:
        tx.db.execute(
            "UPDATE contact SET version = ?, valid_to = ?, payload = ?, kind = ?,"
            " ciphertext = ?, salt = ?, digest = ? WHERE id = ? AND version = ?",
            (row.version, valid_to, *content, row.id, row.version - 1),
        )
    if not tx.db.changes():
        raise ChangedMeanwhile
    append(tx.db, chain, [journal])


def _contact_of(row: Row) -> ContactRow:
    identifier, version, office, valid_to, payload, kind, *sealed = row
    return ContactRow(
        id=identifier,
        version=version,
        office=OfficeId(office),
        valid_to=None if valid_to is None else date.fromisoformat(valid_to),
        sealed=SealedPayload(PayloadId(payload), None, kind, *map(bytes, sealed)),
    )
