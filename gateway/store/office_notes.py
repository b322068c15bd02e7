"""The last word of a kind about each office, as marks of the store."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.domain.identifiers import OfficeId
from gateway.ports.reaching import OfficeNotes
from gateway.store.remnants import set_mark

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from gateway.store.database import Database, Tx

T = TypeVar("T")
#: Names of marks: ``office/KIND/OFFICE``; "0" is the sign that follows "/".
_FIRST, _AFTER = "office/{}/", "office/{}0"


class OfficeNoteRows(OfficeNotes):
    """The port over whatever writes a unit and reads in a thread."""

    @abstractmethod
    def _write(self, work: Callable[[Tx], T], of: str | None = None) -> Awaitable[T]:
        """What a unit gives, once durable."""

    @abstractmethod
    async def _list(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds, given a connection of a thread's own and the values."""

    async def office_notes(self, kind: str) -> Mapping[OfficeId, str]:
        """The last of each office that has one."""
        return await self._list(office_notes, kind)

    async def note_offices(self, kind: str, notes: Mapping[OfficeId, str]) -> None:
        """Keep these."""
        if notes:
            await self._write(lambda tx: note_offices(tx.db, kind, notes))


def office_notes(db: Database, kind: str) -> dict[OfficeId, str]:
    """By office; the range of one kind in the index of names."""
    first, after = _FIRST.format(kind), _AFTER.format(kind)
    rows = db.execute(
        "SELECT name, value FROM mark WHERE name >= ? AND name < ?", (first, after)
    ).fetchall()
    return {OfficeId(name.removeprefix(first)): value for name, value in rows}


def note_offices(db: Database, kind: str, notes: Mapping[OfficeId, str]) -> None:
    """One mark each, always in one order: units that meet do not wait for each other."""
    for office, value in sorted(notes.items()):
        set_mark(db, _FIRST.format(kind) + office, value)
