"""Looks at every file on its way in, and shuts away what must not come in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.domain.journal import JournalLine
from gateway.ports.attachments import StoredAttachment
from gateway.ports.scanning import Quarantined

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable

    from gateway.domain.file_errors import FileRefused
    from gateway.ports.attachments import FileSource
    from gateway.ports.clock import Clock
    from gateway.ports.probe import Probe
    from gateway.ports.scanning import Looker, Quarantine, Scanner
    from gateway.vault.local import LocalVault

#: Line of the journal for a file that was refused.
REFUSED = "file_refused"


class Examination:
    """What a file has to pass: its type, then a scanner, if there is one."""

    def __init__(
        self,
        types: Looker,
        scanner: Scanner | None,
        quarantine: Quarantine,
        vault: LocalVault,
        *,
        clock: Clock,
        probe: Probe,
    ) -> None:
        """``vault`` seals what tells a refused file from others."""
        self._types = types
        self._scanner = scanner
        self._quarantine = quarantine
        self._vault = vault
        self._clock = clock
        self._probe = probe

    def through(self, chunks: AsyncIterator[bytes]) -> AsyncGenerator[bytes, None]:
        """The same pieces, or the refusal.

        Raises:
            FileRefused: it may not come in.
            ScannerAway: nobody could look at it.
        """
        typed = self._types.through(chunks)
        return typed if self._scanner is None else self._scanner.through(typed)

    async def refused(
        self,
        refused: FileRefused,
        source: FileSource,
        delete: Callable[[str], Awaitable[None]],
    ) -> None:
        """Keep row and line of a file that is shut away; ``delete`` takes a name.

        Raises:
            StoreError: nothing was remembered; who sent it is to send it again.
        """
        self._probe.action(action=REFUSED, code=refused.code, kind=source.door)
        stored = refused.stored
        if not isinstance(stored, StoredAttachment):
            return
        row = self._row(stored, refused, source)
        facts = {
            "file": stored.id,
            "code": refused.code,
            "signature": refused.signature,
            "size_bytes": stored.size_bytes,
            "digest": row.blind.hex(),
            "door": source.door,
            "by": source.by,
        }
        if not await self._quarantine.confine(
            row, JournalLine(REFUSED, row.at, "gateway", facts)
        ):
            await delete(stored.name)

    def _row(
        self, stored: StoredAttachment, refused: FileRefused, source: FileSource
    ) -> Quarantined:
        now = self._clock.now()
        return Quarantined(
            stored=stored,
            blind=self._vault.blind("sha256", stored.sha256),
            sealed_digest=self._vault.seal_secret(_named(stored.id), stored.sha256),
            code=refused.code,
            signature=refused.signature,
            door=source.door,
            by=source.by,
            dossier_id=source.dossier_id,
            at=now,
            last_at=now,
        )


def _named(identifier: str) -> str:
    return f"quarantine {identifier}"
