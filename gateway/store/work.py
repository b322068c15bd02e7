"""Lists of offices without software, and which entries stand in, as rows."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.fallback import Fallback
from gateway.domain.identifiers import OfficeId
from gateway.domain.principal import Role
from gateway.ports.work import Held, WorkStore
from gateway.store.chains import append
from gateway.store.rows import (
    DOSSIER,
    TRANSFER,
    TRANSFER_COLUMNS,
    dossier_of,
    moment,
    moment_or_none,
    principal_of,
    stamp,
    stamp_or_none,
    transfer_of,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from gateway.domain.journal import JournalLine
    from gateway.domain.principal import Principal
    from gateway.store.database import Database, Row, Tx

T = TypeVar("T")
_HELD = (
    f"SELECT coalesce(t.hand, 0), {TRANSFER}, {DOSSIER} FROM transfer AS t"  # noqa: S608
    " JOIN dossier AS d ON d.id = t.dossier_id WHERE t.office = ?"
)
# Of each dossier the message that was shown first stands for all of them.
_IN_HAND = (
    _HELD + " AND t.hand IS NOT NULL AND t.hand > ?"  # noqa: S608
    " AND (d.open IS NOT NULL OR EXISTS (SELECT 1 FROM transfer AS u"
    "  WHERE u.dossier_id = t.dossier_id AND u.office = t.office"
    "  AND u.hand IS NOT NULL AND u.ask_at IS NOT NULL))"
    " AND NOT EXISTS (SELECT 1 FROM transfer AS e WHERE e.dossier_id = t.dossier_id"
    "  AND e.office = t.office AND e.hand < t.hand) ORDER BY t.hand LIMIT ?"
)
_LYING = _HELD + " AND t.ask_at IS NOT NULL ORDER BY t.ask_at, t.seq LIMIT ?"
_PRINCIPALS = "SELECT content FROM principal ORDER BY id"
_FALLBACK = "id, office, stands, since, by, why, over_at"


class Work(WorkStore):
    """The port over whatever writes a unit and reads in a thread."""

    @abstractmethod
    async def _list(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds, given a connection of a thread's own and the values."""

    @abstractmethod
    async def _at_once(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds in a few rows, mostly none; asked each second or oftener."""

    @abstractmethod
    def _unit(self, work: Callable[[Tx], T], chain: str) -> Awaitable[T]:
        """Do ``work`` as one unit that appends to a chain of lines."""

    @abstractmethod
    def _chain(self, at: datetime) -> str:
        """Where lines that are no dossier's go."""

    async def in_hand(
        self, office: OfficeId, *, after: int, limit: int
    ) -> Sequence[Held]:
        """What an office was shown."""
        return await self._list(_held, _IN_HAND, office, after, limit)

    async def lying(self, office: OfficeId, *, limit: int) -> Sequence[Held]:
        """What it has not acknowledged."""
        return await self._list(_held, _LYING, office, limit)

    async def officers(self) -> Sequence[Principal]:
        """Everybody who was ever given a list."""
        return await self._list(officers)

    async def fallbacks(self) -> Sequence[Fallback]:
        """Every time that an entry stood in."""
        return await self._at_once(fallbacks)

    async def set_fallback(self, fallback: Fallback, journal: JournalLine) -> None:
        """Begin one, or end it."""
        chain = self._chain(journal.at)
        await self._unit(lambda tx: set_fallback(tx, fallback, journal, chain), chain)


def _held(db: Database, statement: str, *values: Any) -> list[Held]:
    return [_held_of(row) for row in db.execute(statement, values).fetchall()]


def _held_of(row: Row) -> Held:
    whole = 1 + TRANSFER_COLUMNS
    return Held(row[0], transfer_of(row[1:whole]), dossier_of(row[whole:]))


def officers(db: Database) -> list[Principal]:
    """Everybody who was ever given a list, in order of their ids."""
    found = [principal_of(row[0]) for row in db.execute(_PRINCIPALS).fetchall()]
    return [one for one in found if one.role is Role.OFFICER]


def fallbacks(db: Database) -> list[Fallback]:
    """Every time that an entry stood in for another."""
    rows = db.execute(f"SELECT {_FALLBACK} FROM fallback ORDER BY id").fetchall()  # noqa: S608
    return [
        Fallback(
            id=row[0],
            office=OfficeId(row[1]),
            stands=OfficeId(row[2]),
            since=moment(row[3]),
            by=row[4],
            why=row[5],
            over_at=moment_or_none(row[6]),
        )
        for row in rows
    ]


def set_fallback(tx: Tx, fallback: Fallback, journal: JournalLine, chain: str) -> None:
    """Begin one, or end it; loops look again, since messages go another way.

    Raises:
        ChangedMeanwhile: another stands in already, or it has ended.
    """
    if fallback.over_at is None:
        tx.db.execute(
            f"INSERT INTO fallback ({_FALLBACK}) VALUES (?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
            " ON CONFLICT DO NOTHING",
            (
                *(fallback.id, fallback.office, fallback.stands),
                *(stamp(fallback.since), fallback.by, fallback.why, None),
            ),
        )
    else:
        tx.db.execute(
            "UPDATE fallback SET over_at = ? WHERE id = ? AND over_at IS NULL",
            (stamp_or_none(fallback.over_at), fallback.id),
        )
    if not tx.db.changes():
        raise ChangedMeanwhile
    append(tx.db, chain, [journal])
    tx.woke = True
