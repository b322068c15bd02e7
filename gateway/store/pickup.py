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
    "SELECT pickup, seq, ask_at FROM transfer WHERE office = ? AND pickup > ?"
    " AND pickup IS NOT NULL ORDER BY pickup LIMIT ?"
)
_UNSHOWN = (
    "SELECT seq, id, ask_at FROM transfer WHERE office = ?"
    " AND unshown_at IS NOT NULL ORDER BY unshown_at, seq LIMIT ?"
)
_TAKE_UNSHOWN = in_each(_UNSHOWN + "{skip}")
# An earlier release moved it on and knew nothing of these.
_CLEAR = "UPDATE transfer SET pickup = NULL, unshown_at = NULL WHERE seq = ?"
# Until the commit nobody else gives numbers of this office.
_LAST = (
    "INSERT INTO pickup (office, last) VALUES (?, 0) ON CONFLICT (office)"
    " DO UPDATE SET last = pickup.last RETURNING last"
)
_SHOW = (
    "UPDATE transfer SET pickup = ?1, hand = coalesce(hand, ?1), unshown_at = NULL,"  # noqa: S608  constants
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


def hand_out(
    tx: Tx, office: OfficeId, after: int, limit: int, now: datetime
) -> list[Ready]:
    """Number what has no number, as far as there is room, and give the page."""
    db = tx.db
    last: int = db.execute(_LAST, (office,)).get
    page: Numbers = []
    for number, seq, ask_at in db.execute(_SHOWN, (office, after, limit)).fetchall():
        if ask_at is None:
            db.execute(_CLEAR, (seq,))
        else:
            page.append((number, seq))
    fresh = (office, limit - len(page))
    for seq, identifier, ask_at in db.execute(
        _TAKE_UNSHOWN[db.dialect], fresh
    ).fetchall():
        if ask_at is None:
            db.execute(_CLEAR, (seq,))
        else:
            last += 1
            _show(db, last, seq, identifier, now)
            page.append((last, seq))
    db.execute("UPDATE pickup SET last = ? WHERE office = ?", (last, office))
    return with_contents(db, page)


def _show(db: Database, number: int, seq: int, identifier: str, now: datetime) -> None:
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


def with_contents(db: Database, page: Numbers) -> list[Ready]:
    """Rows with all that their messages are made of."""
    found = claimed(db, [seq for _, seq in page])
    return [Ready(number, one) for (number, _), one in zip(page, found, strict=True)]


def read_page(
    db: Database, office: OfficeId, after: int, limit: int
) -> list[Ready] | None:
    """A page of what was shown before; None: it takes a unit to make the page."""
    rows = db.execute(_SHOWN, (office, after, limit)).fetchall()
    has_room = len(rows) < limit
    if has_room and db.execute(_UNSHOWN, (office, 1)).fetchone() is not None:
        return None
    if any(ask_at is None for _, _, ask_at in rows):
        return None
    return with_contents(db, [(number, seq) for number, seq, _ in rows])


def last_number(db: Database, office: OfficeId) -> int:
    """The highest number given out."""
    row = db.execute("SELECT last FROM pickup WHERE office = ?", (office,)).fetchone()
    return row[0] if row else 0


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

    async def last_number(self, office: OfficeId) -> int:
        """The highest number given out."""
        return await self._look(last_number, office)

    async def lies_ready(self, office: OfficeId) -> LiesReady:
        """How many, since when."""
        return await self._look(lies_ready, office)

    async def note_ready(self, transfer_id: TransferId, *, overdue: bool) -> None:
        """Why it stands where it stands."""
        await self._unit(
            lambda tx: note_ready(tx, transfer_id, overdue=overdue), transfer_id
        )
