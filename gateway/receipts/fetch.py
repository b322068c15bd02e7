"""Result files that an agency offered by link, fetched into the attachment store."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.domain.attempt import Outcome
from gateway.domain.case import End
from gateway.domain.errors import (
    AgencyBrokeContract,
    ChangedMeanwhile,
    DeliveryError,
    GatewayError,
    StoreError,
    TooLarge,
)
from gateway.domain.file_errors import FileRefused
from gateway.domain.identifiers import AgencyId, ReportId
from gateway.domain.journal import JournalLine
from gateway.domain.principal import EVERYTHING
from gateway.domain.report import FileLink, Standing
from gateway.ports.agency import answer_of
from gateway.ports.attachments import FileSource
from gateway.ports.store import AttachmentLink, Change, ReportRow
from gateway.receipts.copies import FETCHED, word_of
from gateway.routing.link import is_linked
from gateway.routing.messages import tell_again
from gateway.sealing.folder import CONTENT, Folder

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from gateway.domain.case import Case
    from gateway.domain.identifiers import OfficeId
    from gateway.ports.clock import Bell
    from gateway.ports.store import DossierRow, FetchJob, Offices
    from gateway.ports.vault import SealedPayload
    from gateway.sealing.tools import Tools

    Claim = tuple[FetchJob, DossierRow]

BATCH = 8
#: Codes of a link that leads out of what is registered, and of too much.
ELSEWHERE, TOO_LARGE = "file_elsewhere", "file_too_large"
TIMEOUT_S = 60.0
MAX_RESULT_BYTES = 200 * 1024 * 1024
#: A file that cannot be fetched is tried again after this long.
AGAIN = timedelta(minutes=15)
#: Five days of tries; then a person is to ask the office for the file.
MOST_TRIES = 480
#: Two hours: a page of maintenance in the file's place is gone by then.
CONTRADICTED_TRIES = 8
#: What is too large may have been somebody else's answer once, and costs much to ask for.
TOO_LARGE_TRIES = 2
#: How often a unit is decided anew when others changed the dossier first.
TRIES = 20


class Fetcher:
    """Fetches what was offered by link, again and again until it is here."""

    def __init__(self, tools: Tools, stopped: Callable[[], Offices]) -> None:
        """``stopped`` tells the offices that nothing may be asked of now."""
        self._tools = tools
        self._stopped = stopped
        self._busy: set[OfficeId] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.bell: Bell = tools.clock.bell("fetcher")

    async def run(self) -> None:
        """Go on until cancelled."""
        try:
            while True:
                until = await self._turn()
                await self.bell.wait(until)
        finally:
            for task in self._tasks:
                task.cancel()

    async def _turn(self) -> datetime | None:
        now = self._tools.clock.now()
        try:
            while jobs := await self._claimed(now):
                for office, own in jobs.items():
                    # Nobody waits for them: an office that hangs holds up the others.
                    self._busy.add(office)
                    task = asyncio.create_task(self._office(office, own))
                    self._tasks.add(task)
                    task.add_done_callback(self._tasks.discard)
            return await self._tools.store.next_due(now)
        except StoreError as error:
            self._tools.probe.trouble("receipts.fetch", error)
            return self._tools.clock.later(1.0)

    async def _claimed(self, now: datetime) -> dict[OfficeId, list[Claim]]:
        """Jobs of offices from which this node fetches nothing yet."""
        found = await self._tools.store.claim_fetches(
            now=now,
            limit=BATCH,
            again_s=AGAIN.total_seconds(),
            but={*self._stopped(), *self._busy},
        )
        jobs: dict[OfficeId, list[Claim]] = {}
        for claim in found:
            jobs.setdefault(claim[0].office, []).append(claim)
        return jobs

    async def _office(self, office: OfficeId, jobs: Sequence[Claim]) -> None:
        """One file after the other; what the store does not take comes again."""
        with self._tools.clock.under_way():
            try:
                for job, row in jobs:
                    await self._one(job, row)
            except Exception as error:  # noqa: BLE001  recorded; each comes again
                self._tools.probe.trouble("receipts.fetch", error)
            finally:
                self._busy.discard(office)
                self.bell.ring()

    async def _one(self, job: FetchJob, row: DossierRow) -> None:
        """One file; what nobody foresaw of it keeps no other from coming."""
        try:
            await self._fetch(job, row)
        except StoreError:
            raise
        except Exception as error:  # noqa: BLE001  recorded; it comes again
            self._tools.probe.trouble("receipts.fetch", error)

    async def _fetch(self, job: FetchJob, row: DossierRow) -> None:
        tools, folder = self._tools, Folder.of(self._tools, row)
        told = folder.key.open_value(job.id, job.sealed_link)
        name, link, media_type = told.split("\n")
        try:
            adapter = tools.adapters.of(job.office)
            chunks = adapter.fetch_file(
                FileLink(name, link, media_type), timeout_s=TIMEOUT_S
            )
            stored = await tools.attachments.put(
                chunks,
                limit_bytes=MAX_RESULT_BYTES,
                source=FileSource("result_link", job.office, row.case.dossier_id),
            )
        except GatewayError as error:
            await self._missed(job, row, name, error)
            return
        except Exception as error:  # noqa: BLE001  else it would be asked for for ever
            tools.probe.trouble("receipts.fetch", error)
            await self._missed(job, row, name, AgencyBrokeContract())
            return
        attachment = AttachmentLink(
            attachment=folder.key.take(stored),
            role="result" if row.case.end is End.FINISHED else "notice",
            sealed_name=folder.key.seal_value("file", name),
            blind=tools.vault.blind("sha256", stored.sha256),
        )
        await self._keep(job, row, attachment, link)
        self._tell(job, Outcome.DELIVERED, "fetched")

    async def _missed(
        self, job: FetchJob, row: DossierRow, name: str, error: GatewayError
    ) -> None:
        """It is not here; after enough tries a person is told."""
        code = TOO_LARGE if isinstance(error, TooLarge) else error.code
        self._tell(job, _outcome(error), code)
        if job.tries >= _most_tries(error):
            sealed = Folder.of(self._tools, row).seal_json(CONTENT, {"name": name})
            signature = getattr(error, "signature", "")
            await self._give_up(job, row, code, signature, sealed)

    async def _keep(
        self, job: FetchJob, row: DossierRow, attachment: AttachmentLink, link: str
    ) -> None:
        """Link the file; with the last one the one-stop is told that all are here."""
        tools, identifier = self._tools, row.case.dossier_id
        stored = attachment.attachment
        now = tools.clock.now()
        facts = {"attachment": stored.id, "size_bytes": stored.size_bytes}
        line = JournalLine(FETCHED, now, job.office, facts)
        change = Change(
            now=now,
            dossier_id=identifier,
            attachments=(attachment,),
            fetched=(job.id,),
            journal=(line,),
        )
        if is_linked(tools.versions.current, row.case.sender):
            # Its one-stop asks for the file by the office's own link.
            sealed = Folder.of(tools, row).seal_bytes("file_link", link.encode())
            change = replace(
                change,
                payloads=(sealed,),
                words=(word_of(tools, job.office, link),),
                journal=(
                    replace(line, payload=sealed.id, payload_digest=sealed.digest),
                ),
            )
        if attachment.role == "result":
            await self._apply(change, row)
        else:
            await tools.store.apply(change)

    async def _apply(self, change: Change, row: DossierRow) -> None:
        """The end of one job; of the last one the one-stop is told in the same unit."""
        tools, identifier = self._tools, row.case.dossier_id
        for _ in range(TRIES):
            last = await tools.store.fetches_left(identifier) == 1
            told = self._told(change, row.case) if last else _seen(change, row.case)
            try:
                await tools.store.apply(told)
            except ChangedMeanwhile:
                fresh = await tools.store.dossier(identifier, EVERYTHING)
                row = fresh or row
            else:
                return
        raise ChangedMeanwhile

    def _told(self, change: Change, case: Case) -> Change:
        tools = self._tools
        if is_linked(tools.versions.current, case.sender):
            return change
        after, status = tell_again(case, tools.versions.current, tools.chance)
        line = JournalLine("status", change.now, "gateway", dict(status.facts))
        return replace(
            change,
            case=replace(after, version=case.version + 1),
            transfers=(status,),
            journal=(*change.journal, line),
        )

    async def _give_up(
        self,
        job: FetchJob,
        row: DossierRow,
        code: str,
        signature: str,
        sealed: SealedPayload,
    ) -> None:
        """A file that cannot be had waits for a person, among what fits nothing.

        ``signature``: what a scanner called it; ``sealed``: its name.
        """
        tools = self._tools
        now = tools.clock.now()
        report = ReportRow(
            id=ReportId(tools.chance.identifier("r")),
            agency=_agency(tools, job.office),
            office=job.office,
            kind="result_file",
            fingerprint=job.id,
            standing=Standing.UNREADABLE,
            event_at=None,
            arrived_at=now,
            facts={},
            dossier_id=row.case.dossier_id,
            code=code,
        )
        facts = {"code": code, **({"signature": signature} if signature else {})}
        line = JournalLine(
            *("result_not_fetched", now, job.office, facts),
            payload=sealed.id,
            payload_digest=sealed.digest,
        )
        change = Change(
            now=now,
            dossier_id=row.case.dossier_id,
            report=report,
            payloads=(sealed,),
            fetched=(job.id,),
            journal=(line,),
        )
        links = await tools.store.attachments(row.case.dossier_id)
        if any(link.role == "result" for link in links):
            # Those that did come must be told of, though this one will not.
            await self._apply(change, row)
        else:
            await tools.store.apply(change)

    def _tell(self, job: FetchJob, outcome: Outcome, code: str) -> None:
        self._tools.probe.attempt(
            office=job.office,
            purpose="fetch",
            outcome=outcome.value,
            code=code,
            attempt=job.tries,
        )


def _agency(tools: Tools, office: OfficeId) -> AgencyId:
    """Whose file it was; of an office without an adapter, or none any more, too."""
    entry = tools.versions.current.offices.get(office)
    return AgencyId("") if entry is None else entry.agency


def _seen(change: Change, case: Case) -> Change:
    """The end of a job beside others: who ends the last one at the same moment sees it."""
    return replace(change, case=replace(case, version=case.version + 1))


def _most_tries(error: GatewayError) -> int:
    """What leads elsewhere, or must not come in, is told as it is; not asked for twice."""
    if isinstance(error, FileRefused):
        return 1
    if isinstance(error, AgencyBrokeContract) and error.code == ELSEWHERE:
        return 1
    if isinstance(error, TooLarge) or error.code == TOO_LARGE:
        return TOO_LARGE_TRIES
    return CONTRADICTED_TRIES if isinstance(error, AgencyBrokeContract) else MOST_TRIES


def _outcome(error: GatewayError) -> Outcome:
    """What our own limits and troubles keep from coming may come another time."""
    if isinstance(error, DeliveryError):
        return answer_of(error).outcome
    return Outcome.NOT_DELIVERED
