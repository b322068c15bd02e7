"""What is kept how long, what is held, and deleting, on both stores in the same words."""

from __future__ import annotations

import json
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import DossierId, PayloadId
from gateway.domain.retention import HoldRow, Kept, RetentionRule
from gateway.ports.retention import Expired, Retention
from gateway.ports.store import Change
from gateway.store.apply import apply_change
from gateway.store.chains import append
from gateway.store.deleting import BUSY, delete, delete_strays, deletions
from gateway.store.rows import (
    DOSSIER,
    dossier_of,
    marks,
    moment,
    moment_or_none,
    stamp,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from gateway.domain.journal import JournalLine
    from gateway.domain.retention import Deletion
    from gateway.ports.retention import ToDelete
    from gateway.ports.vault import SealedPayload
    from gateway.store.database import Database, Row, Tx

T = TypeVar("T")
_RULE = "version, at, effect_at, by, basis, days"
_HOLD = "id, dossier_id, at, by, payload, ended_at, ended_by"
_HELD = f"SELECT {_HOLD} FROM hold WHERE ended_at IS NULL"  # noqa: S608  constants
_KEEP = (
    f"INSERT INTO hold ({_HOLD}) VALUES (?, ?, ?, ?, ?, NULL, '')"  # noqa: S608
    " ON CONFLICT DO NOTHING"
)
_RELEASE = (
    "UPDATE hold SET ended_at = ?, ended_by = ?"
    " WHERE dossier_id = ? AND ended_at IS NULL"
)
# What has ended is passed over by key; what went with the whole dossier went, too.
_EXPIRED = (
    f"SELECT {DOSSIER}, m.ended_at, {BUSY}"  # noqa: S608  constants
    " FROM measure AS m JOIN dossier AS d ON d.id = m.dossier_id"
    " WHERE m.ended_at IS NOT NULL AND m.ended_at < ?"
    " AND (m.ended_at, m.dossier_id) > (?, ?) AND d.open IS NULL"
    " AND NOT EXISTS (SELECT 1 FROM deletion AS x WHERE x.dossier_id = m.dossier_id"
    " AND x.kind IN (?, 'dossier'))"
    " AND NOT EXISTS (SELECT 1 FROM hold AS h WHERE h.dossier_id = m.dossier_id"
    " AND h.ended_at IS NULL)"
    " ORDER BY m.ended_at, m.dossier_id LIMIT ?"
)


class RetentionRows(Retention):
    """The port over whatever writes a unit and reads in a thread."""

    @abstractmethod
    def _write(self, work: Callable[[Tx], T], of: str | None = None) -> Awaitable[T]:
        """What a unit gives, once durable; ``of``: the dossier whose row it locks."""

    @abstractmethod
    async def _list(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds, given a connection of a thread's own and the values."""

    @abstractmethod
    def _unit(self, work: Callable[[Tx], T], chain: str) -> Awaitable[T]:
        """Do ``work`` as one unit that appends to a chain of lines."""

    @abstractmethod
    def _chain(self, at: datetime) -> str:
        """Where lines that are no dossier's go."""

    async def retention_rules(self) -> Sequence[RetentionRule]:
        """Every version."""
        return await self._list(_rules)

    async def set_retention(self, rule: RetentionRule, line: JournalLine) -> None:
        """Keep the next version."""
        chain = self._chain(line.at)
        await self._unit(lambda tx: _set(tx, rule, line, chain), chain)

    async def hold(
        self, row: HoldRow, sealed: SealedPayload, line: JournalLine
    ) -> None:
        """Keep it with its reason and line."""
        change = Change(
            now=row.at, dossier_id=row.dossier_id, payloads=(sealed,), journal=(line,)
        )
        await self._write(lambda tx: _hold(tx, row, change), row.dossier_id)

    async def release(self, dossier_id: DossierId, line: JournalLine) -> None:
        """End it with its line."""
        change = Change(now=line.at, dossier_id=dossier_id, journal=(line,))
        await self._write(lambda tx: _release(tx, change), dossier_id)

    async def held(self) -> Sequence[HoldRow]:
        """Those that stand."""
        return await self._list(_held)

    async def hold_of(self, dossier_id: DossierId) -> HoldRow | None:
        """The one of a dossier."""
        return await self._list(_hold_of, dossier_id)

    async def expired(
        self, kind: Kept, before: datetime, *, after: str | None, limit: int
    ) -> Sequence[Expired]:
        """A page."""
        return await self._list(_expired, kind, before, after, limit)

    async def delete(self, given: ToDelete) -> Deletion | None:
        """One kind of one dossier."""
        return await self._write(lambda tx: delete(tx, given), given.dossier_id)

    async def delete_strays(
        self, before: datetime, *, at: datetime, rule: int, limit: int
    ) -> int:
        """The oldest of them."""
        chain = self._chain(at)
        return await self._unit(
            lambda tx: delete_strays(tx, before, at, rule, limit, chain), chain
        )

    async def deletions(self, dossier_id: DossierId) -> Sequence[Deletion]:
        """Of one dossier."""
        return await self._list(deletions, dossier_id)

    async def doomed(self, limit: int) -> Sequence[str]:
        """Names of files."""
        return await self._list(_doomed, limit)

    async def forget_doomed(self, names: Sequence[str]) -> None:
        """Their rows."""
        if names:
            given = tuple(names)
            await self._write(lambda tx: _forget(tx, given))

    async def scrub(self) -> bool:
        """A server cleans up by itself, when it likes to."""
        return False


def _rules(db: Database) -> list[RetentionRule]:
    rows = db.execute(
        f"SELECT {_RULE} FROM retention ORDER BY version DESC"  # noqa: S608
    ).fetchall()
    return [_rule_of(row) for row in rows]


def _rule_of(row: Row) -> RetentionRule:
    days = {Kept(kind): int(count) for kind, count in json.loads(row[5]).items()}
    return RetentionRule(row[0], moment(row[1]), moment(row[2]), row[3], row[4], days)


def _set(tx: Tx, rule: RetentionRule, line: JournalLine, chain: str) -> None:
    last = tx.db.execute("SELECT max(version) FROM retention").get or 0
    if rule.version != last + 1:
        raise ChangedMeanwhile(f"retention has version {last}")
    days = {kind.value: count for kind, count in rule.days.items()}
    given = (rule.version, stamp(rule.at), stamp(rule.effect_at), rule.by, rule.basis)
    tx.db.execute(
        f"INSERT INTO retention ({_RULE}) VALUES (?, ?, ?, ?, ?, ?)"  # noqa: S608
        " ON CONFLICT DO NOTHING",
        (*given, json.dumps(days)),
    )
    if not tx.db.changes():
        raise ChangedMeanwhile("retention has that version")
    append(tx.db, chain, [line])


def _hold(tx: Tx, row: HoldRow, change: Change) -> None:
    apply_change(tx, change, "")
    tx.db.execute(_KEEP, (row.id, row.dossier_id, stamp(row.at), row.by, row.payload))
    if not tx.db.changes():
        raise ChangedMeanwhile("it is held")


def _release(tx: Tx, change: Change) -> None:
    apply_change(tx, change, "")
    (line,) = change.journal
    tx.db.execute(_RELEASE, (stamp(line.at), line.actor, change.dossier_id))
    if not tx.db.changes():
        raise ChangedMeanwhile("nobody holds it")


def _held(db: Database) -> list[HoldRow]:
    return [_hold_row(row) for row in db.execute(f"{_HELD} ORDER BY at, id").fetchall()]


def _hold_of(db: Database, dossier_id: DossierId) -> HoldRow | None:
    row = db.execute(f"{_HELD} AND dossier_id = ?", (dossier_id,)).fetchone()
    return None if row is None else _hold_row(row)


def _hold_row(row: Row) -> HoldRow:
    return HoldRow(
        id=row[0],
        dossier_id=DossierId(row[1]),
        at=moment(row[2]),
        by=row[3],
        payload=PayloadId(row[4]),
        ended_at=moment_or_none(row[5]),
        ended_by=row[6],
    )


def _expired(
    db: Database, kind: Kept, before: datetime, after: str | None, limit: int
) -> list[Expired]:
    at, _, last = (after or "0~").partition("~")
    rows = db.execute(
        _EXPIRED, (stamp(before), int(at), last, kind.value, limit)
    ).fetchall()
    return [Expired(dossier_of(row), moment(row[3]), bool(row[4])) for row in rows]


def _doomed(db: Database, limit: int) -> list[str]:
    rows = db.execute("SELECT name FROM doomed_file ORDER BY name LIMIT ?", (limit,))
    return [row[0] for row in rows.fetchall()]


def _forget(tx: Tx, names: tuple[str, ...]) -> None:
    tx.db.execute(
        f"DELETE FROM doomed_file WHERE name IN ({marks(len(names))})",  # noqa: S608
        names,
    )
