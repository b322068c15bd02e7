"""How long what belongs to a dossier is kept after its end, and what deleting leaves."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from gateway.domain.identifiers import DossierId, PayloadId
from gateway.domain.journal import JournalLine
from gateway.domain.legal_day import VIETNAM, legal_day
from gateway.domain.values import dataclass


class Kept(StrEnum):
    """What is kept for a time of its own."""

    DOCUMENTS = "documents"
    FILES = "files"
    EXCHANGED = "exchanged"
    NOTES = "notes"
    INDEX = "index"
    DOSSIER = "dossier"
    #: all of the others, and the key under which they lay


#: Kinds of sealed content that are no document; what is not named here is one.
EXCHANGED = ("asked", "relayed", "response")
NOTES = (
    *("chase", "correction", "evidence", "hold", "label", "lateness", "note"),
    "reason",
)
#: Of a person's choice: no law was found that says less, and none that says more.
LEAST_DAYS, MOST_DAYS = 1, 36_500
#: A choice that deletes sooner than the one before takes effect this much later.
NOTICE = timedelta(days=3)
#: Kinds of lines in the journal.
STRAYS = "strays"
#: what reports said that no dossier had
DELETED, RULE, HOLD = "deleted", "retention", "hold"


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """One version of what is kept how long; a kind without days is kept for good."""

    version: int
    at: datetime
    effect_at: datetime
    by: str
    basis: str
    #: the decision that it rests on; nothing personal
    days: Mapping[Kept, int]

    def before(self, kind: Kept, now: datetime) -> datetime | None:
        """What ended earlier is kept no longer; None: it is kept.

        The day on which a dossier ended does not count, nor does an unfinished one.
        """
        days = self.days.get(kind)
        if days is None:
            return None
        return _midnight(legal_day(now) - timedelta(days=days))


@dataclass(frozen=True, slots=True)
class HoldRow:
    """A dossier of which nothing is deleted until somebody lets it go; why lies sealed."""

    id: str
    dossier_id: DossierId
    at: datetime
    by: str
    payload: PayloadId
    ended_at: datetime | None = None
    ended_by: str = ""


@dataclass(frozen=True, slots=True)
class Deletion:
    """What was deleted of a dossier; ``digest`` is over what the journal knows of it."""

    dossier_id: DossierId
    kind: Kept
    at: datetime
    rows: int
    files: int
    digest: bytes
    rule: int


def in_force(rules: Iterable[RetentionRule], now: datetime) -> RetentionRule | None:
    """The newest version that has taken effect."""
    known = [one for one in rules if one.effect_at <= now]
    return max(known, key=lambda one: one.version, default=None)


def deletes_sooner(new: Mapping[Kept, int], old: Mapping[Kept, int]) -> bool:
    """Whether anything goes earlier than it did."""
    never = MOST_DAYS + 1
    return any(new.get(kind, never) < old.get(kind, never) for kind in Kept)


def digest_over(names: Iterable[bytes]) -> bytes:
    """One digest over what was deleted, whatever its order."""
    total = hashlib.sha256()
    for name in sorted(names):
        total.update(len(name).to_bytes(4, "big") + name)
    return total.digest()


def line_of(deletion: Deletion) -> JournalLine:
    """What the dossier's own chain says of it."""
    facts = {
        "what": deletion.kind.value,
        "rows": deletion.rows,
        "files": deletion.files,
        "digest": deletion.digest.hex(),
        "rule": deletion.rule,
    }
    return JournalLine(DELETED, deletion.at, "gateway", facts)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=VIETNAM).astimezone(UTC)
