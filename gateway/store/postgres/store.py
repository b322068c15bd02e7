"""The store of several equal nodes: one PostgreSQL database."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.ports.store import Store
from gateway.store import chains, claims, fetches, parts, reads, remnants, standing
from gateway.store.apply import apply_change
from gateway.store.beside import RowsBeside
from gateway.store.bulk_jobs import PostgresBulkJobs
from gateway.store.lists import Lists
from gateway.store.postgres import limits, seals
from gateway.store.postgres.migrate import prepare
from gateway.store.postgres.nodes import SharedNodes
from gateway.store.postgres.reading import Readers
from gateway.store.postgres.strands import Strands
from gateway.store.postgres.waking import Waker
from gateway.store.postgres.writers import Writers
from gateway.store.pulse import WithPulse
from gateway.store.rows import stamp
from gateway.store.sessions import PostgresSessions

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime

    from gateway.domain.identifiers import (
        AgencyId,
        DossierId,
        OfficeId,
        PayloadId,
        ReportId,
        TransferId,
    )
    from gateway.domain.journal import JournalLine, WrittenLine
    from gateway.domain.lane import Lane
    from gateway.domain.principal import Principal, Scope
    from gateway.domain.transfer import Transfer
    from gateway.ports.store import (
        Applied,
        AttachmentLink,
        BlindReference,
        Change,
        Claimed,
        DossierRow,
        FetchJob,
        Gate,
        IntakeKey,
        Offices,
        ReportRow,
        Upload,
    )
    from gateway.ports.vault import SealedPayload
    from gateway.store.database import Tx

T = TypeVar("T")
_SECOND = 1_000_000


class PostgresStore(
    Lists, SharedNodes, RowsBeside, PostgresBulkJobs, PostgresSessions, WithPulse, Store
):
    """The store port on a database that other nodes use at the same time."""

    def __init__(
        self,
        parameters: Mapping[str, Any],
        *,
        facts: dict[str, str],
        node: str,
        group_max: int,
        writers: int,
        readers: int,
        paced_by_wall: bool,
        lease_s: float,
    ) -> None:
        """Take what ``open`` has found to be in order."""
        self.facts, self._node = facts, node
        self._paced_by_wall, self._lease_s = paced_by_wall, lease_s
        self._facts_of_node = {}
        self._callbacks: list[Callable[[], object]] = []
        self._leases = claims.Leases(secrets.token_hex(4), by_database=True)
        self._strands = Strands(asyncio.get_running_loop())
        self._readers = Readers(parameters, self._strands, connections=readers)
        self._waker = Waker(parameters, self._ring, process=self._leases.process)
        told = (self._strands, self._woke, self._readers.doubt)
        self._writers = Writers(
            parameters, *told, connections=writers, group_max=group_max
        )
        self._waiting, self._beat = self._writers.waiting, self._writers.beat

    @classmethod
    async def open(
        cls,
        parameters: Mapping[str, Any],
        *,
        node: str = "gateway-1",
        group_max: int = 64,
        writers: int = 3,
        readers: int = 3,
        paced_by_wall: bool = False,
        lease_s: float = 20.0,
    ) -> PostgresStore:
        """Connect to the database and bring it to this release's schema.

        ``parameters`` are libpq's by name (host, port, dbname, user, password …);
        ``group_max``: units that may share a commit, ``writers``: connections that write
        dossiers. ``paced_by_wall``: calls per second are counted by the wall's clock,
        virtual in mock mode, not the server's. ``lease_s``: how long what a node holds
        outlives its last renewal.

        Raises:
            StoreUnavailable: nobody answers, or a commit would not be durable.
        """
        given = dict(parameters)
        return cls(
            given,
            facts=await asyncio.to_thread(prepare, given),
            node=node,
            group_max=group_max,
            writers=writers,
            readers=readers,
            paced_by_wall=paced_by_wall,
            lease_s=lease_s,
        )

    def on_commit(self, callback: Callable[[], object]) -> None:
        """Call on the loop's thread after a commit, of any node, that set a moment."""
        self._callbacks.append(callback)

    def is_still(self) -> bool:
        """Whether nobody on this node waits for a unit or a read."""
        return self._writers.is_still and self._readers.is_still

    async def close(self) -> None:
        """Finish what waits, close every connection."""
        await self._writers.close()
        await self._waker.close()
        await self._readers.close()
        await self._strands.close()

    def _woke(self) -> None:
        self._ring()
        self._waker.tell()

    def _ring(self) -> None:
        for callback in self._callbacks:
            callback()

    def _write(self, work: Callable[[Tx], T], of: str | None = None) -> Awaitable[T]:
        return self._writers.submit(work, dossier=of)

    def _chain(self, at: datetime) -> str:
        """Where lines that are no dossier's go: a chain per node and day."""
        return f"{self._node}:{at.date()}"

    async def _list(self, read: Callable[..., T], *values: Any) -> T:
        """In a thread: lists are long."""
        return await self._readers.read(read, *values)

    async def _look(self, read: Callable[..., T], *values: Any) -> T:
        """Whatever the statistics say."""
        return await self._readers.look(read, *values)

    def _unit(self, work: Callable[[Tx], T], chain: str) -> Awaitable[T]:
        """One after the other with whatever else appends to the chain."""
        return self._writers.submit(work, key=chain)

    # ------------------------------------------------------------- writing

    async def apply(self, change: Change) -> Applied:
        """Do all of a change or nothing."""
        chain = self._chain(change.now)
        return await self._writers.submit(
            lambda tx: apply_change(tx, change, chain),
            dossier=change.dossier_id,
            key=chain,
        )

    async def claim(
        self, gates: Sequence[Gate], *, now: datetime, node: str, lease_s: float
    ) -> Sequence[Claimed]:
        """Take due transfers, oldest due first per office; never what others have."""
        at = stamp(now)
        gates = [gate for gate in gates if gate.room > 0]
        gates = await self._readers.look(_with_work, gates, at) if gates else gates
        if not gates:
            return ()
        lease_by = self._leases.give(node, lease_s, time.monotonic())
        until, turn = at + int(lease_s * _SECOND), self._leases.given
        return await self._writers.submit(
            lambda tx: claims.claim(
                tx, limits.within_limits(tx, gates, at), at, until, lease_by, turn
            )
        )

    async def claim_enquiries(
        self, office: OfficeId, *, now: datetime, limit: int, again_s: float
    ) -> Sequence[Claimed]:
        """Unconfirmed transfers to be asked about."""
        at, again = stamp(now), int(again_s * _SECOND)
        if not await self._readers.look(claims.anything, claims.ENQUIRIES, office, at):
            return ()
        fence = self._leases.fence(self._node)
        return await self._writers.submit(
            lambda tx: claims.claim_enquiries(tx, office, at, again, limit, fence)
        )

    async def claim_polls(
        self, office: OfficeId, *, now: datetime, limit: int, again_s: float
    ) -> Sequence[Claimed]:
        """Delivered transfers to be polled."""
        at, again = stamp(now), int(again_s * _SECOND)
        if not await self._readers.look(claims.anything, claims.POLLS, office, at):
            return ()
        return await self._writers.submit(
            lambda tx: claims.claim_polls(tx, office, at, again, limit)
        )

    async def mark_polled(
        self, transfer_id: TransferId, code: str | None, *, now: datetime
    ) -> None:
        """Note why polls bring nothing, or that they do again."""
        at = stamp(now)
        await self._writers.submit(
            lambda tx: claims.mark_polled(tx, transfer_id, code, at),
            dossier=transfer_id,  # it waits for a row: not where claims hold some
        )

    async def claim_fetches(
        self, *, now: datetime, limit: int, again_s: float, but: Offices = ()
    ) -> Sequence[tuple[FetchJob, DossierRow]]:
        """Result files to be fetched."""
        at, again = stamp(now), int(again_s * _SECOND)
        if not await self._readers.look(fetches.has_fetches, at, but):
            return ()
        given = (at, again, limit, but)
        return await self._writers.submit(lambda tx: fetches.claim_fetches(tx, *given))

    async def fetches_left(self, dossier_id: DossierId) -> int:
        """Result files of a dossier that are still to be fetched."""
        return await self._readers.key(fetches.fetches_left, dossier_id)

    async def recover(
        self, *, node: str, now: datetime, ask_after_s: Mapping[OfficeId, float]
    ) -> int:
        """This node had one process, which is dead; other nodes may be alive."""
        at = stamp(now)
        return await self._writers.submit(
            lambda tx: claims.recover(tx, at, ask_after_s, f"{node}/")
        )

    async def seal(self, *, now: datetime) -> int:
        """Number committed lines, batch by batch; nothing while another node does."""
        at, total = stamp(now), 0
        if not await self._readers.key(seals.await_ready):
            return total
        while True:
            sealed = await self._writers.submit(lambda tx: seals.seal(tx, at))
            total += sealed
            if sealed < chains.SEAL_LINES:
                return total

    async def add_upload(self, upload: Upload) -> None:
        """Remember a file that came before its dossier."""
        await self._writers.submit(
            lambda tx: parts.keep_upload(tx.db, upload), dossier=upload.blind.hex()
        )

    async def set_lane(self, lane: Lane, journal: JournalLine) -> None:
        """Replace a lane's state."""
        chain = self._chain(journal.at)
        await self._writers.submit(
            lambda tx: standing.set_lane(tx, lane, journal, chain), key=chain
        )

    async def set_principal(self, principal: Principal, token_hash: bytes) -> None:
        """Create or replace a principal."""
        await self._writers.submit(
            lambda tx: standing.set_principal(tx, principal, token_hash)
        )

    async def add_configuration(
        self, content: dict[str, Any], journal: JournalLine, after: int | None = None
    ) -> int:
        """Keep a new version."""
        chain = self._chain(journal.at)
        return await self._writers.submit(
            lambda tx: standing.add_configuration(tx, content, journal, chain, after),
            key=chain,
        )

    async def note(self, chain: str, lines: Sequence[JournalLine]) -> None:
        """Append to a chain that is no dossier's."""
        await self._writers.submit(
            lambda tx: chains.append(tx.db, chain, lines), key=chain
        )

    # ------------------------------------------------------ reads of the journey

    async def next_due(self, after: datetime) -> datetime | None:
        """Earliest later moment at which anything has to be done."""
        return await self._readers.look(claims.next_due, after)

    async def due_offices(
        self, now: datetime, of: Sequence[str] = claims.DUE
    ) -> Sequence[OfficeId]:
        """Offices with something due."""
        return await self._readers.look(claims.due_offices, now, of)

    async def dossier(self, dossier_id: DossierId, scope: Scope) -> DossierRow | None:
        """One dossier within scope."""
        return await self._readers.key(reads.dossier, dossier_id, scope)

    async def find(
        self, blinds: Sequence[tuple[AgencyId | None, str | None, bytes]], scope: Scope
    ) -> Sequence[DossierId]:
        """Dossiers by number."""
        return await self._readers.key(reads.find, blinds, scope)

    async def intake_key(self, sender: OfficeId, key: str) -> IntakeKey | None:
        """What was answered under this key."""
        return await self._readers.key(reads.intake_key, sender, key)

    async def transfer(self, transfer_id: TransferId, scope: Scope) -> Transfer | None:
        """One transfer within scope."""
        return await self._readers.key(reads.transfer, transfer_id, scope)

    async def transfers(self, dossier_id: DossierId) -> Sequence[Transfer]:
        """All transfers of a dossier."""
        return await self._readers.key(reads.transfers, dossier_id)

    async def references(self, dossier_id: DossierId) -> Sequence[BlindReference]:
        """All numbers of a dossier."""
        return await self._readers.key(reads.references, dossier_id)

    async def payloads(
        self, ids: Sequence[PayloadId]
    ) -> Mapping[PayloadId, SealedPayload]:
        """Sealed payloads."""
        return await self._readers.key(reads.payloads, ids)

    async def document(
        self, dossier_id: DossierId, revision: int
    ) -> SealedPayload | None:
        """The sealed document of one revision."""
        return await self._readers.key(reads.document, dossier_id, revision)

    async def attachments(self, dossier_id: DossierId) -> Sequence[AttachmentLink]:
        """A dossier's files."""
        return await self._readers.key(reads.attachments, dossier_id)

    async def uploads(
        self, owner: OfficeId, blinds: Sequence[bytes]
    ) -> Mapping[bytes, Upload]:
        """Uploads of one sender."""
        return await self._readers.key(reads.uploads, owner, blinds)

    async def mark(self, name: str) -> str | None:
        """What was remembered under a name."""
        return await self._readers.key(remnants.mark, name)

    async def report_known(
        self, agency: AgencyId, office: OfficeId, fingerprint: str
    ) -> ReportRow | None:
        """The first arrival under this fingerprint."""
        return await self._readers.key(reads.report_known, agency, office, fingerprint)

    async def report(self, report_id: ReportId) -> ReportRow | None:
        """One arrival."""
        return await self._readers.key(reads.report, report_id)

    async def lanes(self) -> Sequence[Lane]:
        """Every lane."""
        return await self._readers.key(standing.lanes)

    async def principal(self, token_hash: bytes) -> Principal | None:
        """Who holds the token; asked each time, since other nodes take tokens away."""
        return await self._readers.key(standing.principal, token_hash)

    async def configuration(
        self, version: int | None
    ) -> tuple[int, dict[str, Any]] | None:
        """One version, or the newest."""
        return await self._readers.key(standing.configuration, version)

    async def journal(self, dossier_id: DossierId) -> Sequence[WrittenLine]:
        """A dossier's chain."""
        return await self._list(chains.written_lines, dossier_id)


def _with_work(db: Any, gates: Sequence[Gate], at: int) -> list[Gate]:
    """The gates of offices that have something due; keeps idle turns from writing."""
    return [
        gate for gate in gates if claims.anything(db, claims.CLAIM, gate.office, at)
    ]
