"""Nodes of one database: names, duties and leases, all by the clock of the server."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.domain.identifiers import TransferId
from gateway.ports.nodes import KnownNode, Nodes, Permit, Permits, Renewed
from gateway.store import claims, standing
from gateway.store.postgres import limits as permits
from gateway.store.rows import as_list, moment, stamp
from gateway.store.wall import WithMoments

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Collection, Mapping, Sequence
    from datetime import datetime

    from gateway.domain.identifiers import OfficeId
    from gateway.domain.lane import LaneLimits
    from gateway.store.database import Database, Tx
    from gateway.store.postgres.reading import Readers
    from gateway.store.postgres.waking import Waker
    from gateway.store.postgres.writers import Writers

T = TypeVar("T")
_SECOND = 1_000_000
_ENDS = "clock_timestamp() + ? * interval '1 microsecond'"
#: A name is free when nobody holds it any more, and stays whose it is.
_JOIN = f"""
INSERT INTO node (name, process, since, ends, facts)
VALUES (?, ?, clock_timestamp(), {_ENDS}, ?)
    ON CONFLICT (name) DO UPDATE
   SET process = excluded.process, since = excluded.since, ends = excluded.ends,
       facts = excluded.facts
 WHERE node.ends <= clock_timestamp() OR node.process = excluded.process"""  # noqa: S608
_RENEW = f"UPDATE node SET ends = {_ENDS} WHERE name = ? AND process = ?"  # noqa: S608
_DUTIES = f"""
INSERT INTO duty (name, holder, ends)
SELECT value, ?, {_ENDS} FROM json_array_elements_text(?::json) ORDER BY value
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, ends = excluded.ends
 WHERE duty.holder = excluded.holder OR duty.ends <= clock_timestamp()
RETURNING name"""  # noqa: S608  constants
# A transfer that is being written down just now is passed over: waiting for it could
# make two units wait for each other, and its lease has three more turns.
_TRANSFERS = """
UPDATE transfer
   SET lease_until = ?, lease_ends = clock_timestamp() + ? * interval '1 microsecond'
 WHERE seq = ANY(ARRAY(
       SELECT seq FROM transfer
        WHERE id = ANY(ARRAY(SELECT value FROM json_array_elements_text(?::json)))
          AND lease_until IS NOT NULL AND split_part(lease_by, '/', 2) = ?
          FOR NO KEY UPDATE SKIP LOCKED))
RETURNING id"""
_OTHERS = (
    "SELECT EXISTS (SELECT FROM node WHERE process <> ? AND ends > clock_timestamp())"
)
_LEFT = "SELECT extract(epoch FROM ends - clock_timestamp())::float8 FROM node WHERE name = ?"
_LEAVE = (
    "DELETE FROM node WHERE name = ? AND process = ?",
    "DELETE FROM duty WHERE holder = ?",
)
#: Names that nobody came back to are forgotten.
_FORGET = "DELETE FROM node WHERE ends < clock_timestamp() - interval '7 days'"
_KNOWN = """
SELECT n.name, (extract(epoch FROM n.since) * 1000000)::bigint,
       n.ends > clock_timestamp(), n.facts,
       coalesce((SELECT json_agg(d.name ORDER BY d.name) FROM duty AS d
                  WHERE d.holder = n.process AND d.ends > clock_timestamp()), '[]')::text
  FROM node AS n ORDER BY n.name"""


@dataclass(frozen=True, slots=True)
class ThisNode:
    """A node as it writes itself down; ``lease`` in microseconds."""

    name: str
    process: str
    lease: int
    facts: str


def join(tx: Tx, me: ThisNode) -> float:
    """0 when the name is ours; else how long somebody else has it, at least."""
    tx.db.execute(_FORGET)
    tx.db.execute(_JOIN, (me.name, me.process, me.lease, me.facts))
    if tx.db.changes():
        return 0.0
    left: float | None = tx.db.execute(_LEFT, (me.name,)).get
    return max(left or 0.0, 0.05)


def renew(
    tx: Tx,
    me: ThisNode,
    transfers: Sequence[TransferId],
    duties: Collection[str],
    at: int,
) -> Renewed:
    """Hold on to everything, or nothing where another process goes by our name."""
    db = tx.db
    db.execute(_RENEW, (me.lease, me.name, me.process))
    if not db.changes() and join(tx, me) > 0:
        return Renewed(is_ours=False)
    values = (me.process, me.lease, as_list(sorted(duties)))
    held = db.execute(_DUTIES, values).fetchall()
    kept: list[Any] = []
    if transfers:
        token = me.process.rpartition("/")[2]
        given = (at + me.lease, me.lease, as_list(list(transfers)), token)
        kept = db.execute(_TRANSFERS, given).fetchall()
    return Renewed(
        frozenset(row[0] for row in held),
        frozenset(TransferId(row[0]) for row in kept),
    )


def leave(tx: Tx, me: ThisNode) -> None:
    """Give the name and all duties back."""
    tx.db.execute(_LEAVE[0], (me.name, me.process))
    tx.db.execute(_LEAVE[1], (me.process,))


def known(db: Database) -> list[KnownNode]:
    """Nodes by name."""
    return [
        KnownNode(
            name=name,
            since=moment(since),
            is_alive=bool(alive),
            duties=tuple(json.loads(duties)),
            facts=json.loads(facts),
        )
        for name, since, alive, facts, duties in db.execute(_KNOWN).fetchall()
    ]


class SharedNodes(Nodes, Permits, WithMoments):
    """The ports of nodes over a database's writers and readers."""

    _node: str
    _leases: claims.Leases
    _writers: Writers
    _readers: Readers
    _waker: Waker
    _paced_by_wall: bool
    _lease_s: float
    _facts_of_node: Mapping[str, str]

    def _own_unit(self, work: Callable[[Tx], T]) -> asyncio.Future[T]:
        """The thread of what belongs to no dossier runs it."""
        return self._writers.submit(work)

    def _unit_of(self, dossier: str, work: Callable[[Tx], T]) -> asyncio.Future[T]:
        """It may wait for a dossier's rows: not where claims hold some."""
        return self._writers.submit(work, dossier=dossier)

    @property
    def lease_s(self) -> float | None:
        """The same for all that a node holds."""
        return self._lease_s

    @property
    def _this_node(self) -> ThisNode:
        """The process is what no other one has; names of its leases begin with it."""
        return ThisNode(
            self._node,
            f"{self._node}/{self._leases.process}",
            int(self._lease_s * _SECOND),
            json.dumps(dict(self._facts_of_node)),
        )

    async def join(self, facts: Mapping[str, str]) -> float:
        """Take the name, or how long somebody else has it."""
        self._facts_of_node = facts
        me = self._this_node
        return await self._writers.submit(lambda tx: join(tx, me))

    async def renew(
        self, transfers: Sequence[TransferId], duties: Collection[str], now: datetime
    ) -> Renewed:
        """Hold on to everything, and see whether there is anybody to be told of work."""
        me, at = self._this_node, stamp(now)

        def work(tx: Tx) -> tuple[Renewed, bool]:
            renewed = renew(tx, me, transfers, duties, at)
            return renewed, bool(tx.db.execute(_OTHERS, (me.process,)).get)

        renewed, has_others = await self._writers.submit(work)
        self._waker.alone(is_alone=not has_others)
        return renewed

    async def end_leases(self, office: OfficeId, now: datetime, ask_s: float) -> int:
        """What a node held that renews it no more."""
        at, again = stamp(now), int(ask_s * _SECOND)
        ended = claims.LEASES["postgresql"]
        if not await self._readers.look(claims.anything, ended, office, at):
            return 0
        return await self._writers.submit(
            lambda tx: claims.end_leases(tx, office, at, again, self._leases)
        )

    async def leave(self) -> None:
        """Give name and duties back."""
        me = self._this_node
        await self._writers.submit(lambda tx: leave(tx, me))

    async def nodes(self) -> Sequence[KnownNode]:
        """Nodes by name."""
        return await self._readers.read(known)

    async def newest_configuration(self) -> int:
        """Number of the newest version."""
        return await self._readers.key(standing.newest_configuration)

    async def permit(
        self,
        office: OfficeId,
        count: int,
        *,
        calls: int,
        limits: LaneLimits,
        now: datetime,
        hold_s: float,
    ) -> Permit:
        """Leave for calls, over all nodes."""
        token, wall = self._leases.fence(self._node), stamp(now)
        at = wall if self._paced_by_wall else None
        wanted = permits.Wanted(office, count, calls, limits, hold_s, token, at, wall)
        return await self._writers.submit(lambda tx: permits.permit(tx, wanted))

    async def give_back(self, permit: Permit, count: int | None = None) -> None:
        """So many of its messages have ended."""
        if permit.token:
            ended = permit.count if count is None else count
            await self._writers.submit(
                lambda tx: permits.give_back(tx, permit.token, ended)
            )
