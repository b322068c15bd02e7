"""Messages that lie ready: numbered when their office first looks, in order of commits."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.domain.attempt import AttemptRecord, Outcome
from gateway.domain.identifiers import TransferId
from gateway.domain.ready import FETCHES
from gateway.domain.transfer import (
    FETCHED,
    NOT_ACKNOWLEDGED,
    NOT_FETCHED,
    TO_BE_FETCHED,
    Fate,
)
from gateway.ports.pickup import LiesReady, Pickup, Ready
from gateway.store.claims import claimed
from gateway.store.dialect import in_each
from gateway.store.parts import keep_attempt
from gateway.store.rows import moment_or_none

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from gateway.domain.identifiers import OfficeId
    from gateway.store.database import Database, Tx

T = TypeVar("T")
Numbers = list[tuple[int, int]]

_SHOWN = (
    "SELECT pickup, seq FROM transfer WHERE office = ? AND pickup > ?"
    " AND pickup IS NOT NULL AND ask_at IS NOT NULL ORDER BY pickup LIMIT ?"
)
_UNSHOWN = (
    "SELECT seq, id FROM transfer WHERE office = ? AND ask_at IS NOT NULL"
    " AND pickup IS NULL ORDER BY seq LIMIT ?"
)
_TAKE_UNSHOWN = in_each(_UNSHOWN + "{skip}")
# Until the commit nobody else gives numbers of this office.
_LAST = (
    "INSERT INTO pickup (office, last) VALUES (?, 0) ON CONFLICT (office)"
    " DO UPDATE SET last = pickup.last RETURNING last"
)
_SHOW = (
    f"UPDATE transfer SET pickup = ?1, hand = coalesce(hand, ?1),"  # noqa: S608
    f" fate = '{Fate.MAY_HAVE_LEFT}', cause = '{FETCHED}' WHERE seq = ?2"
)
_COUNT = (
    "SELECT count(*), min(coalesce(first_sent_at, created_at)) FROM transfer"
    " WHERE office = ? AND ask_at IS NOT NULL"
)
_NOTE = (
    "UPDATE transfer SET cause = CASE WHEN pickup IS NULL THEN ? ELSE ? END"
    " WHERE id = ? AND ask_at IS NOT NULL"
)


def shown(db: Database, office: OfficeId, after: int, limit: int) -> Numbers:
    """Numbers above ``after`` with their rows."""
    return [
        (row[0], row[1])
        for row in db.execute(_SHOWN, (office, after, limit)).fetchall()
    ]


def is_unshown(db: Database, office: OfficeId) -> bool:
    """Whether anything lies ready that has no number."""
    return db.execute(_UNSHOWN, (office, 1)).fetchone() is not None


def hand_out(
    tx: Tx, office: OfficeId, after: int, limit: int, now: datetime
) -> list[Ready]:
    """Number what has no number, as far as there is room, and give the page."""
    db = tx.db
    last: int = db.execute(_LAST, (office,)).get
    page = shown(db, office, after, limit)
    fresh = db.execute(
        _TAKE_UNSHOWN[db.dialect], (office, limit - len(page))
    ).fetchall()
    for number, (seq, identifier) in enumerate(fresh, start=last + 1):
        db.execute(_SHOW, (number, seq))
        keep_attempt(
            db,
            AttemptRecord(
                transfer_id=TransferId(identifier),
                purpose=FETCHES,
                started_at=now,
                outcome=Outcome.ON_ITS_WAY,
                code=FETCHED,
            ),
        )
        page.append((number, seq))
    if fresh:
        db.execute(
            "UPDATE pickup SET last = ? WHERE office = ?", (last + len(fresh), office)
        )
    return with_contents(db, page)


def with_contents(db: Database, page: Numbers) -> list[Ready]:
    """Rows with all that their messages are made of."""
    found = claimed(db, [seq for _, seq in page])
    return [Ready(number, one) for (number, _), one in zip(page, found, strict=True)]


def read_page(
    db: Database, office: OfficeId, after: int, limit: int
) -> list[Ready] | None:
    """A page of what was shown before; None: there may be more that was not."""
    page = shown(db, office, after, limit)
    if len(page) < limit and is_unshown(db, office):
        return None
    return with_contents(db, page)


def lies_ready(db: Database, office: OfficeId) -> LiesReady:
    """How many, since when."""
    count, since = db.execute(_COUNT, (office,)).fetchall()[0]
    return LiesReady(count, moment_or_none(since))


def note_ready(tx: Tx, transfer_id: TransferId, *, overdue: bool) -> None:
    """The cause by what is known now."""
    words = (NOT_FETCHED, NOT_ACKNOWLEDGED) if overdue else (TO_BE_FETCHED, FETCHED)
    tx.db.execute(_NOTE, (*words, transfer_id))


class PickupRows(Pickup):
    """The port over whatever writes a unit and reads in a thread."""

    @abstractmethod
    def _unit(self, work: Callable[[Tx], T], chain: str) -> Awaitable[T]:
        """Do ``work`` as one unit, one after the other with others of that name."""

    @abstractmethod
    async def _look(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds by the index, whatever the statistics say."""

    async def hand_out(
        self, office: OfficeId, *, after: int, limit: int, now: datetime
    ) -> Sequence[Ready]:
        """The next ones; what was shown before is only read."""
        known = await self._look(read_page, office, after, limit)
        if known is not None:
            return known
        return await self._unit(
            lambda tx: hand_out(tx, office, after, limit, now), f"pickup:{office}"
        )

    async def lies_ready(self, office: OfficeId) -> LiesReady:
        """How many, since when."""
        return await self._look(lies_ready, office)

    async def note_ready(self, transfer_id: TransferId, *, overdue: bool) -> None:
        """Why it stands where it stands."""
        await self._unit(
            lambda tx: note_ready(tx, transfer_id, overdue=overdue), transfer_id
        )
