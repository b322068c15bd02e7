"""A person's act on a report that waits: who did what and why, as it is kept."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.domain.errors import ActionNotPossible
from gateway.domain.identifiers import DossierId, PayloadId
from gateway.domain.journal import JournalLine

if TYPE_CHECKING:
    from gateway.domain.identifiers import PrincipalId
    from gateway.ports.store import ReportRow
    from gateway.ports.vault import SealedPayload
    from gateway.sealing.folder import Folder
    from gateway.sealing.tools import Tools

REASON = "reason"


class ReportAction(StrEnum):
    """What a person can do about a report that fits nothing."""

    SETTLE = "settle"
    #: it needs nothing more, or was dealt with outside the gateway
    ASSIGN = "assign"
    #: it belongs to a dossier that the person names
    AGAIN = "again"
    #: what it failed by was mended: it is taken in as if it came now


@dataclass(frozen=True, slots=True)
class ByHand:
    """One act; ``dossier_id`` is the dossier that an assignment names."""

    action: ReportAction
    row: ReportRow
    actor: PrincipalId
    reason: str
    dossier_id: DossierId | None = None

    def entry(
        self, tools: Tools, folder: Folder | None
    ) -> tuple[SealedPayload, JournalLine]:
        """The sealed reason and the journal's line; ``folder`` of the dossier, if any.

        A reason is typed by a person and may name people: it is payload.
        """
        said = {REASON: self.reason}
        if folder is None:
            plain = json.dumps(said, ensure_ascii=False).encode()
            name = PayloadId(tools.chance.identifier("p"))
            sealed = tools.vault.seal_common(name, REASON, plain)
        else:
            sealed = folder.seal_json(REASON, said)
        line = JournalLine(
            kind="action",
            at=tools.clock.now(),
            actor=self.actor,
            facts={
                "report": self.row.id,
                "kind": self.row.kind,
                "action": self.action.value,
                "was": self.row.standing.value,
            },
            payload=sealed.id,
            payload_digest=sealed.digest,
        )
        return sealed, line


def not_waiting() -> ActionNotPossible:
    """What is said of a report that somebody dealt with, or that never waited."""
    return ActionNotPossible(
        code="report_not_waiting",
        remedy="Phản hồi này đã xử lý xong, không còn chờ ai; tải lại danh sách.",
    )
