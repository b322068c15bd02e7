"""Result files that an agency offered by link, fetched into the attachment store."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.domain.errors import DeliveryError, GatewayError, StoreError
from gateway.domain.journal import JournalLine
from gateway.domain.report import FileLink
from gateway.ports.store import AttachmentLink, Change
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.ports.clock import Bell
    from gateway.ports.store import DossierRow, FetchJob
    from gateway.sealing.tools import Tools

BATCH = 8
TIMEOUT_S = 60.0
MAX_RESULT_BYTES = 200 * 1024 * 1024
#: A file that cannot be fetched is tried again after this long.
AGAIN = timedelta(minutes=15)


class Fetcher:
    """Fetches what was offered by link, again and again until it is here."""

    def __init__(self, tools: Tools) -> None:
        """Take the ports."""
        self._tools = tools
        self.bell: Bell = tools.clock.bell("fetcher")

    async def run(self) -> None:
        """Go on until cancelled."""
        while True:
            until = await self._turn()
            await self.bell.wait(until)

    async def _turn(self) -> datetime | None:
        now = self._tools.clock.now()
        try:
            jobs = await self._tools.store.claim_fetches(
                now=now, limit=BATCH, again_s=AGAIN.total_seconds()
            )
            for job, row in jobs:
                with self._tools.clock.under_way():
                    await self._fetch(job, row)
            return await self._tools.store.next_due(now)
        except StoreError as error:
            self._tools.probe.trouble("receipts.fetch", error)
            return self._tools.clock.later(1.0)

    async def _fetch(self, job: FetchJob, row: DossierRow) -> None:
        folder = Folder.of(self._tools, row)
        name, link, media_type = folder.key.open_value(job.id, job.sealed_link).split(
            "\n"
        )
        file = FileLink(name, link, media_type)
        try:
            adapter = self._tools.adapters.of(job.office)
            chunks = adapter.fetch_file(file, timeout_s=TIMEOUT_S)
            stored = await self._tools.attachments.put(
                chunks, limit_bytes=MAX_RESULT_BYTES
            )
        except (DeliveryError, GatewayError) as error:
            self._tools.probe.attempt(
                office=job.office, purpose="fetch", code=error.code, attempt=job.tries
            )
            return
        attachment = AttachmentLink(
            attachment=stored,
            role="result",
            sealed_name=folder.key.seal_value("file", name),
            blind=self._tools.vault.blind("sha256", stored.sha256),
        )
        now = self._tools.clock.now()
        line = JournalLine(
            kind="result_fetched",
            at=now,
            actor=job.office,
            facts={"attachment": stored.id, "size_bytes": stored.size_bytes},
        )
        await self._tools.store.apply(
            Change(
                now=now,
                dossier_id=row.case.dossier_id,
                attachments=(attachment,),
                fetched=(job.id,),
                journal=(line,),
            )
        )
        self._tools.probe.attempt(office=job.office, purpose="fetch", code="fetched")
