"""The embedded store: one SQLite file, one process, one connection that writes."""

from __future__ import annotations

import asyncio
import secrets
import time
from typing import TYPE_CHECKING, Any, TypeVar

import apsw

from gateway.domain.errors import StoreUnavailable
from gateway.ports.store import Store
from gateway.store import chains, claims, fetches, parts, reads, remnants, standing
from gateway.store.alone import OneProcess
from gateway.store.apply import apply_change
from gateway.store.beside import RowsBeside
from gateway.store.bulk_jobs import SQLiteBulkJobs
from gateway.store.connection import (
    FileLock,
    LookingConnection,
    facts_of,
    open_writer,
    refuse_weak,
)
from gateway.store.lists import SQLiteLists
from gateway.store.migrate import migrate
from gateway.store.pulse import WithPulse
from gateway.store.rows import stamp
from gateway.store.sessions import SQLiteSessions
from gateway.store.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime
    from pathlib import Path

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


class SQLiteStore(
    SQLiteLists,
    OneProcess,
    RowsBeside,
    SQLiteBulkJobs,
    SQLiteSessions,
    WithPulse,
    Store,
):
    """The store port on one file.

    Reads by key run on the loop's thread, since handing them to another costs
    more than doing them; lists for people run in a few threads of their own.
    """

    def __init__(
        self,
        path: Path,
        *,
        lock: FileLock,
        writer: Writer,
        reader: LookingConnection,
        facts: dict[str, str],
        node: str,
        vfs: str | None,
    ) -> None:
        """Take what ``open`` has made ready."""
        self.facts = facts
        super().__init__(path, vfs)
        self._lock = lock
        self._writer = writer
        self._waiting, self._beat = writer.waiting, writer.beat
        self._reader = reader
        self._node = node
        self._leases = claims.Leases(secrets.token_hex(4))
        self._turns = {}
        self._principals: dict[bytes, Principal] = {}

    @classmethod
    async def open(
        cls,
        path: Path,
        *,
        group_max: int = 256,
        node: str = "gateway-1",
        vfs: str | None = None,
    ) -> SQLiteStore:
        """Open the file for this process alone, on this release's schema.

        ``group_max`` is how many units may share a commit, ``vfs`` a registered
        SQLite file system other than the default one.

        Raises:
            StoreUnavailable: another process has it, it cannot be opened, a commit
                would not be durable, or it was copied into a database.
        """
        lock = FileLock(path.with_name(path.name + ".lock"))
        try:
            db = open_writer(path, vfs)
            facts = facts_of(db, path, migrate(db, at=time.time_ns() // 1000))
            refuse_weak(facts)
            remnants.refuse_copied_away(db)
            reader = LookingConnection(path, vfs)
        except (apsw.Error, OSError) as error:
            lock.release()
            raise StoreUnavailable(str(error), code="store_not_openable") from error
        except StoreUnavailable:
            lock.release()
            raise
        writer = Writer(
            lambda: open_writer(path, vfs),
            db,
            group_max=group_max,
            loop=asyncio.get_running_loop(),
        )
        return cls(
            path,
            lock=lock,
            writer=writer,
            reader=reader,
            facts=facts,
            node=node,
            vfs=vfs,
        )

    def on_commit(self, callback: Callable[[], object]) -> None:
        """Call on the loop's thread after a commit that set a moment for loops."""
        self._writer.on_commit(callback)

    def is_still(self) -> bool:
        """Whether no unit waits or runs."""
        return self._writer.is_still

    async def close(self) -> None:
        """Finish what waits, close the file, give it to the next process."""
        await self._writer.close()
        self.close_lists()
        self._reader.close()
        self._lock.release()

    def _write(self, work: Callable[[Tx], T], of: str | None = None) -> Awaitable[T]:  # noqa: ARG002  one writes
        return self._writer.submit(work)

    def _chain(self, at: datetime) -> str:
        """Where lines that are no dossier's go: a chain per node and day."""
        return f"{self._node}:{at.date()}"

    # ------------------------------------------------------------- writing

    async def apply(self, change: Change) -> Applied:
        """Do all of a change or nothing."""
        chain = self._chain(change.now)
        return await self._writer.submit(lambda tx: apply_change(tx, change, chain))

    async def claim(
        self, gates: Sequence[Gate], *, now: datetime, node: str, lease_s: float
    ) -> Sequence[Claimed]:
        """Take due transfers, oldest due first per office."""
        at, since, db = stamp(now), time.monotonic(), self._reader
        gates = [
            gate
            for gate in gates
            if gate.room > 0 and claims.anything(db, claims.CLAIM, gate.office, at)
        ]
        if not gates:
            return ()
        lease_by = self._leases.give(node, lease_s, since)
        until, turn = at + int(lease_s * _SECOND), self._leases.given
        return await self._writer.submit(
            lambda tx: claims.claim(tx, gates, at, until, lease_by, turn)
        )

    async def claim_enquiries(
        self, office: OfficeId, *, now: datetime, limit: int, again_s: float
    ) -> Sequence[Claimed]:
        """Unconfirmed transfers to be asked about."""
        at, again = stamp(now), int(again_s * _SECOND)
        if not claims.anything(self._reader, claims.ENQUIRIES, office, at):
            return ()
        fence = self._leases.fence(self._node)
        return await self._writer.submit(
            lambda tx: claims.claim_enquiries(tx, office, at, again, limit, fence)
        )

    async def claim_polls(
        self, office: OfficeId, *, now: datetime, limit: int, again_s: float
    ) -> Sequence[Claimed]:
        """Delivered transfers to be polled."""
        at, again = stamp(now), int(again_s * _SECOND)
        if not claims.anything(self._reader, claims.POLLS, office, at):
            return ()
        return await self._writer.submit(
            lambda tx: claims.claim_polls(tx, office, at, again, limit)
        )

    async def mark_polled(
        self, transfer_id: TransferId, code: str | None, *, now: datetime
    ) -> None:
        """Note why polls bring nothing, or that they do again."""
        at = stamp(now)
        await self._writer.submit(
            lambda tx: claims.mark_polled(tx, transfer_id, code, at)
        )

    async def claim_fetches(
        self, *, now: datetime, limit: int, again_s: float, but: Offices = ()
    ) -> Sequence[tuple[FetchJob, DossierRow]]:
        """Result files to be fetched."""
        at, again = stamp(now), int(again_s * _SECOND)
        if not fetches.has_fetches(self._reader, at, but):
            return ()
        given = (at, again, limit, but)
        return await self._writer.submit(lambda tx: fetches.claim_fetches(tx, *given))

    async def fetches_left(self, dossier_id: DossierId) -> int:
        """Result files of a dossier that are still to be fetched."""
        return fetches.fetches_left(self._reader, dossier_id)

    async def recover(
        self,
        *,
        node: str,  # noqa: ARG002  one file, one process
        now: datetime,
        ask_after_s: Mapping[OfficeId, float],
    ) -> int:
        """The file had one process, which is dead: all its leases have ended."""
        at = stamp(now)
        return await self._writer.submit(lambda tx: claims.recover(tx, at, ask_after_s))

    async def seal(self, *, now: datetime) -> int:
        """Number committed lines; the tree is computed before its unit begins."""
        at, total = stamp(now), 0
        while True:
            after, leaves = chains.unsealed(self._reader)
            if not leaves:
                return total
            root = chains.root_of(leaves)
            total += await self._writer.submit(
                lambda tx, after=after, leaves=leaves, root=root: (  # type: ignore[misc]
                    chains.seal_after(tx, after, leaves, root, at)
                )
            )

    async def add_upload(self, upload: Upload) -> None:
        """Remember a file that came before its dossier."""
        await self._writer.submit(lambda tx: parts.keep_upload(tx.db, upload))

    async def set_lane(self, lane: Lane, journal: JournalLine) -> None:
        """Replace a lane's state."""
        chain = self._chain(journal.at)
        await self._writer.submit(
            lambda tx: standing.set_lane(tx, lane, journal, chain)
        )

    async def set_principal(self, principal: Principal, token_hash: bytes) -> None:
        """Create or replace a principal."""
        await self._writer.submit(
            lambda tx: standing.set_principal(tx, principal, token_hash)
        )
        self._principals.clear()

    async def add_configuration(
        self, content: dict[str, Any], journal: JournalLine, after: int | None = None
    ) -> int:
        """Keep a new version."""
        chain = self._chain(journal.at)
        return await self._writer.submit(
            lambda tx: standing.add_configuration(tx, content, journal, chain, after)
        )

    async def note(self, chain: str, lines: Sequence[JournalLine]) -> None:
        """Append to a chain that is no dossier's."""
        await self._writer.submit(lambda tx: chains.append(tx.db, chain, lines))

    # ------------------------------------------------------ reads of the journey

    async def next_due(self, after: datetime) -> datetime | None:
        """Earliest later moment at which anything has to be done."""
        return claims.next_due(self._reader, after)

    async def due_offices(
        self, now: datetime, of: Sequence[str] = claims.DUE
    ) -> Sequence[OfficeId]:
        """Offices with something due."""
        return claims.due_offices(self._reader, now, of)

    async def dossier(self, dossier_id: DossierId, scope: Scope) -> DossierRow | None:
        """One dossier within scope."""
        return reads.dossier(self._reader, dossier_id, scope)

    async def find(
        self, blinds: Sequence[tuple[AgencyId | None, str | None, bytes]], scope: Scope
    ) -> Sequence[DossierId]:
        """Dossiers by number."""
        return reads.find(self._reader, blinds, scope)

    async def intake_key(self, sender: OfficeId, key: str) -> IntakeKey | None:
        """What was answered under this key."""
        return reads.intake_key(self._reader, sender, key)

    async def transfer(self, transfer_id: TransferId, scope: Scope) -> Transfer | None:
        """One transfer within scope."""
        return reads.transfer(self._reader, transfer_id, scope)

    async def transfers(self, dossier_id: DossierId) -> Sequence[Transfer]:
        """All transfers of a dossier."""
        return reads.transfers(self._reader, dossier_id)

    async def references(self, dossier_id: DossierId) -> Sequence[BlindReference]:
        """All numbers of a dossier."""
        return reads.references(self._reader, dossier_id)

    async def payloads(
        self, ids: Sequence[PayloadId]
    ) -> Mapping[PayloadId, SealedPayload]:
        """Sealed payloads."""
        return reads.payloads(self._reader, ids)

    async def document(
        self, dossier_id: DossierId, revision: int
    ) -> SealedPayload | None:
        """The sealed document of one revision."""
        return reads.document(self._reader, dossier_id, revision)

    async def attachments(self, dossier_id: DossierId) -> Sequence[AttachmentLink]:
        """A dossier's files."""
        return reads.attachments(self._reader, dossier_id)

    async def uploads(
        self, owner: OfficeId, blinds: Sequence[bytes]
    ) -> Mapping[bytes, Upload]:
        """Uploads of one sender."""
        return reads.uploads(self._reader, owner, blinds)

    async def mark(self, name: str) -> str | None:
        """What was remembered under a name."""
        return remnants.mark(self._reader, name)

    async def report_known(
        self, agency: AgencyId, office: OfficeId, fingerprint: str
    ) -> ReportRow | None:
        """The first arrival under this fingerprint."""
        return reads.report_known(self._reader, agency, office, fingerprint)

    async def report(self, report_id: ReportId) -> ReportRow | None:
        """One arrival."""
        return reads.report(self._reader, report_id)

    async def lanes(self) -> Sequence[Lane]:
        """Every lane."""
        return standing.lanes(self._reader)

    async def principal(self, token_hash: bytes) -> Principal | None:
        """Who holds the token; remembered, since one process owns the file."""
        known = self._principals.get(token_hash)
        if known is None:
            known = standing.principal(self._reader, token_hash)
            if known is not None:
                self._principals[token_hash] = known
        return known

    async def configuration(
        self, version: int | None
    ) -> tuple[int, dict[str, Any]] | None:
        """One version, or the newest."""
        return standing.configuration(self._reader, version)

    async def journal(self, dossier_id: DossierId) -> Sequence[WrittenLine]:
        """A dossier's chain."""
        return chains.written_lines(self._reader, dossier_id)
