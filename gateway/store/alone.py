"""The ports of nodes where one process has the store: it holds everything."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from gateway.ports.nodes import KnownNode, Nodes, Permit, Permits, Renewed
from gateway.store import claims, standing
from gateway.store.rows import stamp
from gateway.store.wall import WithMoments

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Collection, Mapping, Sequence

    from gateway.domain.identifiers import OfficeId, TransferId
    from gateway.domain.lane import LaneLimits
    from gateway.store.connection import LookingConnection
    from gateway.store.database import Tx
    from gateway.store.writer import Writer


T = TypeVar("T")


class OneProcess(Nodes, Permits, WithMoments):
    """Answers without a statement: limits are kept by the process's own lanes."""

    _node: str
    _reader: LookingConnection
    _writer: Writer
    _leases: claims.Leases
    _joined: tuple[datetime, Mapping[str, str], Collection[str]] | None = None

    def _own_unit(self, work: Callable[[Tx], T]) -> asyncio.Future[T]:
        """The one connection runs it."""
        return self._writer.submit(work)

    def _unit_of(self, dossier: str, work: Callable[[Tx], T]) -> asyncio.Future[T]:  # noqa: ARG002  one writes
        """The same one."""
        return self._writer.submit(work)

    async def scrub(self) -> bool:
        """The log goes into the file, in which what is deleted is written over."""
        return await self._writer.scrub()

    @property
    def lease_s(self) -> float | None:
        """The file's lock proves that a dead process holds nothing any more."""
        return None

    async def join(self, facts: Mapping[str, str]) -> float:
        """The file has no other process."""
        self._joined = (datetime.now(UTC), facts, ())
        return 0.0

    async def renew(
        self,
        transfers: Sequence[TransferId],
        duties: Collection[str],
        now: datetime,  # noqa: ARG002  nothing ends here
    ) -> Renewed:
        """Everything is ours."""
        if self._joined is not None:
            self._joined = (*self._joined[:2], tuple(sorted(duties)))
        return Renewed(frozenset(duties), frozenset(transfers))

    async def end_leases(self, office: OfficeId, now: datetime, ask_s: float) -> int:
        """What nobody wrote down in time, though the process lives."""
        at, again, db = stamp(now), int(ask_s * 1_000_000), self._reader
        if not claims.anything(db, claims.LEASES[db.dialect], office, at):
            return 0
        return await self._writer.submit(
            lambda tx: claims.end_leases(tx, office, at, again, self._leases)
        )

    async def leave(self) -> None:
        """The lock of the file is given back when it is closed."""
        self._joined = None

    async def nodes(self) -> Sequence[KnownNode]:
        """The one that asks, once it has joined."""
        if self._joined is None:
            return ()
        since, facts, duties = self._joined
        return (KnownNode(self._node, since, tuple(duties), facts),)

    async def newest_configuration(self) -> int:
        """Number of the newest version."""
        return standing.newest_configuration(self._reader)

    async def permit(
        self,
        office: OfficeId,  # noqa: ARG002  its lane has counted already
        count: int,
        *,
        calls: int,  # noqa: ARG002
        limits: LaneLimits,  # noqa: ARG002
        now: datetime,  # noqa: ARG002
        hold_s: float,  # noqa: ARG002
    ) -> Permit:
        """As many as the process's lane allows."""
        return Permit(count)

    async def give_back(self, permit: Permit, count: int | None = None) -> None:
        """The lane counts."""
