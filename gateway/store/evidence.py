"""Roots over seals with their signatures and stamps, and proofs of lines."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.evidence import (
    Covered,
    EvidenceKey,
    LineProof,
    Root,
    Seal,
    SealProof,
    Signature,
    SignedRoot,
    Stamp,
    inclusion_path,
    root_of,
)
from gateway.ports.evidence import EvidenceStore
from gateway.store.chains import append
from gateway.store.dialect import in_each
from gateway.store.rows import marks, moment, moment_or_none, stamp, stamp_or_none

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Sequence
    from datetime import datetime

    from gateway.domain.journal import JournalLine
    from gateway.store.database import Database, Tx

T = TypeVar("T")
_SEAL = "last, lines, root, previous, digest"
_NEWEST = "SELECT statement FROM seal_root ORDER BY number DESC LIMIT 1"
_SEALS_AFTER = f"SELECT {_SEAL} FROM seal WHERE last > ? ORDER BY last LIMIT ?"  # noqa: S608  constants
_SEAL_OF = f"SELECT {_SEAL} FROM seal WHERE last >= ? ORDER BY last LIMIT 1"  # noqa: S608  the same
_ADD = (
    "INSERT INTO seal_root (number, last, seals, statement) VALUES (?, ?, ?, ?)"
    " ON CONFLICT DO NOTHING"
)
_SIGN = (
    "INSERT INTO root_signature (root, key, at, value) VALUES (?, ?, ?, ?)"
    " ON CONFLICT DO NOTHING"
)
_UNSIGNED = (
    "SELECT statement FROM seal_root AS r WHERE NOT EXISTS (SELECT 1 FROM"
    " root_signature AS s WHERE s.root = r.number AND s.key IN ({keys}))"
    " ORDER BY number LIMIT ?"
)
# They are stamped in their order: what follows the last stamp has none.
_UNSTAMPED = (
    "SELECT statement FROM seal_root WHERE number >"
    " (SELECT coalesce(max(root), 0) FROM root_stamp) ORDER BY number LIMIT ?"
)
_STAMP = (
    "INSERT INTO root_stamp (root, at, token) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
)
_KEYS = (
    "SELECT id, public, since, until, revoked_at FROM evidence_key ORDER BY since, id"
)
_KEEP_KEY = (
    "INSERT INTO evidence_key (id, public, since, until) VALUES (?, ?, ?, ?)"
    " ON CONFLICT (id) DO UPDATE SET until = excluded.until"
)
_REVOKE = "UPDATE evidence_key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL"
_ROOT_OF = "SELECT number, last, statement FROM seal_root WHERE last >= ? ORDER BY last LIMIT 1"
_LAST_BEFORE = "SELECT coalesce(max(last), 0) FROM seal_root WHERE last < ?"
_SIGNATURES = "SELECT key, at, value FROM root_signature WHERE root = ? ORDER BY key"
_STAMP_OF = "SELECT at, token FROM root_stamp WHERE root = ?"
_UNDER_SEAL = in_each(
    "SELECT digest FROM journal WHERE {number} > ? AND {number} <= ? ORDER BY {number}"
)
_UNDER_ROOT = "SELECT digest FROM seal WHERE last > ? AND last <= ? ORDER BY last"


class EvidenceRows(EvidenceStore):
    """The port over whatever writes a unit and reads in a thread."""

    @abstractmethod
    def _write(self, work: Callable[[Tx], T], of: str | None = None) -> Awaitable[T]:
        """What a unit gives, once durable."""

    @abstractmethod
    async def _list(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds, given a connection of a thread's own and the values."""

    @abstractmethod
    async def _look(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds by the index, whatever the statistics say."""

    @abstractmethod
    async def _at_once(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds in a few rows, mostly none; asked each second or oftener."""

    @abstractmethod
    def _unit(self, work: Callable[[Tx], T], chain: str) -> Awaitable[T]:
        """Do ``work`` as one unit that appends to a chain of lines."""

    @abstractmethod
    def _chain(self, at: datetime) -> str:
        """Where lines that are no dossier's go."""

    async def newest_root(self) -> Root | None:
        """The last one."""
        return await self._list(newest)

    async def seals_after(self, last: int, limit: int) -> Sequence[Seal]:
        """Seals in order."""
        return await self._look(seals_after, last, limit)

    async def add_root(self, root: Root, signature: Signature) -> None:
        """Keep the next root."""
        await self._write(lambda tx: add(tx, root, signature))

    async def unsigned_roots(self, keys: Collection[str], limit: int) -> Sequence[Root]:
        """Roots without a signature by these."""
        return await self._list(unsigned, tuple(keys), limit)

    async def sign_root(self, number: int, signature: Signature) -> None:
        """One more signature."""
        await self._write(lambda tx: _sign(tx.db, number, signature))

    async def unstamped_roots(self, limit: int) -> Sequence[Root]:
        """Roots without a timestamp."""
        return await self._list(unstamped, limit)

    async def keep_stamp(self, stamp: Stamp) -> None:
        """A root's timestamp."""
        await self._write(lambda tx: _keep_stamp(tx.db, stamp))

    async def evidence_keys(self) -> Sequence[EvidenceKey]:
        """Public halves."""
        return await self._at_once(keys_of)

    async def keep_evidence_key(self, key: EvidenceKey, line: JournalLine) -> None:
        """Publish one."""
        chain = self._chain(line.at)
        await self._unit(lambda tx: _keep_key(tx, key, line, chain), chain)

    async def revoke_evidence_key(
        self, key: str, at: datetime, line: JournalLine
    ) -> bool:
        """Revoke one."""
        chain = self._chain(line.at)
        return await self._unit(lambda tx: _revoke(tx, key, at, line, chain), chain)

    async def covered(self, numbers: Sequence[int]) -> Covered:
        """Proofs of sealed lines."""
        return await self._look(covered, tuple(numbers))


def newest(db: Database) -> Root | None:
    """The root with the highest number."""
    row = db.execute(_NEWEST).fetchone()
    return root_of(bytes(row[0])) if row else None


def seals_after(db: Database, last: int, limit: int) -> list[Seal]:
    """Seals of later lines."""
    rows = db.execute(_SEALS_AFTER, (last, limit)).fetchall()
    return [_seal_of(row) for row in rows]


def _seal_of(row: Any) -> Seal:
    return Seal(row[0], row[1], bytes(row[2]), bytes(row[3]), bytes(row[4]))


def add(tx: Tx, root: Root, signature: Signature) -> None:
    """Keep a root that follows the newest.

    Raises:
        ChangedMeanwhile: another came first.
    """
    values = (root.number, root.last, root.seals, root.statement)
    tx.db.execute(_ADD, values)
    if not tx.db.changes():
        raise ChangedMeanwhile("another root came first")
    _sign(tx.db, root.number, signature)


def _sign(db: Database, number: int, one: Signature) -> None:
    db.execute(_SIGN, (number, one.key, stamp(one.at), one.value))


def _keep_stamp(db: Database, one: Stamp) -> None:
    db.execute(_STAMP, (one.root, stamp(one.at), one.token))


def unsigned(db: Database, keys: tuple[str, ...], limit: int) -> list[Root]:
    """Roots that none of these keys has signed."""
    query = _UNSIGNED.format(keys=marks(len(keys)) if keys else "''")
    rows = db.execute(query, (*keys, limit)).fetchall()
    return [root_of(bytes(row[0])) for row in rows]


def unstamped(db: Database, limit: int) -> list[Root]:
    """Roots without a timestamp."""
    rows = db.execute(_UNSTAMPED, (limit,)).fetchall()
    return [root_of(bytes(row[0])) for row in rows]


def keys_of(db: Database) -> list[EvidenceKey]:
    """Every key, oldest first."""
    return [
        EvidenceKey(
            id=row[0],
            public=bytes(row[1]),
            since=moment(row[2]),
            until=moment_or_none(row[3]),
            revoked_at=moment_or_none(row[4]),
        )
        for row in db.execute(_KEYS).fetchall()
    ]


def _keep_key(tx: Tx, key: EvidenceKey, line: JournalLine, chain: str) -> None:
    values = (key.id, key.public, stamp(key.since), stamp_or_none(key.until))
    tx.db.execute(_KEEP_KEY, values)
    append(tx.db, chain, [line])


def _revoke(tx: Tx, key: str, at: datetime, line: JournalLine, chain: str) -> bool:
    tx.db.execute(_REVOKE, (stamp(at), key))
    if not tx.db.changes():
        return False
    append(tx.db, chain, [line])
    return True


def covered(db: Database, numbers: tuple[int, ...]) -> Covered:
    """Each line under its seal, each seal under its root."""
    lines: list[LineProof] = []
    seals: dict[int, SealProof] = {}
    roots: dict[int, SignedRoot] = {}
    leaves: dict[int, list[bytes]] = {}
    for number in sorted(numbers):
        found = db.execute(_SEAL_OF, (number,)).fetchone()
        if found is None:
            continue
        seal = _seal_of(found)
        if seal.last not in seals:
            leaves[seal.last] = _digests(
                db, _UNDER_SEAL[db.dialect], seal.last - seal.lines, seal.last
            )
            seals[seal.last] = _under_root(db, seal, roots)
        index = number - (seal.last - seal.lines) - 1
        path = inclusion_path(leaves[seal.last], index)
        lines.append(LineProof(number, seal.last, index, path))
    return Covered(tuple(lines), tuple(seals.values()), tuple(roots.values()))


def _under_root(db: Database, seal: Seal, roots: dict[int, SignedRoot]) -> SealProof:
    row = db.execute(_ROOT_OF, (seal.last,)).fetchone()
    if row is None:
        return SealProof(seal, 0, 0, ())
    number, last, statement = row
    if number not in roots:
        roots[number] = _signed(db, root_of(bytes(statement)))
    before = db.execute(_LAST_BEFORE, (last,)).get
    digests = _digests(db, _UNDER_ROOT, before, last)
    index = digests.index(seal.digest)
    return SealProof(seal, number, index, inclusion_path(digests, index))


def _signed(db: Database, root: Root) -> SignedRoot:
    rows = db.execute(_SIGNATURES, (root.number,)).fetchall()
    stamped = db.execute(_STAMP_OF, (root.number,)).fetchone()
    return SignedRoot(
        root,
        tuple(Signature(key, moment(at), bytes(value)) for key, at, value in rows),
        Stamp(root.number, moment(stamped[0]), bytes(stamped[1])) if stamped else None,
    )


def _digests(db: Database, query: str, after: int, last: int) -> list[bytes]:
    return [bytes(row[0]) for row in db.execute(query, (after, last)).fetchall()]
