"""What staff write on a dossier for each other; nothing of it leaves the gateway."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from gateway.domain.identifiers import DossierId, PayloadId
from gateway.domain.values import dataclass

#: A line of the journal about one.
LINE = "note"


class NoteKind(StrEnum):
    """What is written."""

    NOTE = "note"
    OWNER = "owner"
    #: who of ours looks after the dossier
    POSTPONED = "postponed"
    #: it is looked at again from a moment on, or when something happens before


@dataclass(frozen=True, slots=True)
class NoteRow:
    """One time that something was written; the words lie sealed in ``payload``.

    ``until`` and ``version`` of one that puts off: until when, and the version of the
    case then; a case that has gone on is put off no more.
    """

    id: str
    dossier_id: DossierId
    kind: NoteKind
    at: datetime
    by: str
    payload: PayloadId
    until: datetime | None = None
    version: int | None = None
    ended_at: datetime | None = None
    #: withdrawn, or followed by another owner or moment
    ended_by: str = ""
