"""Each time that an office was chased, as rows."""

from __future__ import annotations

from abc import abstractmethod
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.domain.chase import How
from gateway.domain.errors import ChangedMeanwhile, KeyTaken
from gateway.domain.identifiers import DossierId, OfficeId, PayloadId
from gateway.ports.chases import Asked, ChaseRow, ChaseStore, Listed, OfficeMail
from gateway.ports.store import Change
from gateway.store.apply import apply_change
from gateway.store.rows import DOSSIER, dossier_of, moment, scope_of, stamp

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from gateway.domain.journal import JournalLine
    from gateway.ports.vault import SealedPayload
    from gateway.store.database import Database, Row, Tx

T = TypeVar("T")
_COLUMNS = "id, dossier_id, office, at, by, how, promised_on, corrects, payload"
_OF_ITS_OFFICE = "n.dossier_id = c.dossier_id AND n.office = c.office"
_UNCORRECTED = "NOT EXISTS (SELECT 1 FROM chase AS k WHERE k.corrects = {}.id)"
_LATER = f"(n.at, n.id) > (c.at, c.id) AND {_UNCORRECTED.format('n')}"
# Of an office of a dossier the last row stands for all of them.
_LIST = (
    f"SELECT c.{{key}}, c.id, c.office, {DOSSIER} FROM chase AS c"  # noqa: S608
    " JOIN dossier AS d ON d.id = c.dossier_id WHERE d.open IS NOT NULL"
    f" AND {_UNCORRECTED.format('c')} {{which}}"
    f" AND NOT EXISTS (SELECT 1 FROM chase AS n WHERE {_OF_ITS_OFFICE}"
    f" AND {_LATER} {{other}})"
    " AND (c.{key}, c.id) > (?, ?) AND (CAST(? AS text) IS NULL OR c.office = ?)"
    " AND {scope} ORDER BY c.{key}, c.id LIMIT ?"
)
_CORRECTED = (
    "SELECT 1 FROM chase AS c WHERE c.id = ? AND c.dossier_id = ? AND c.office = ?"  # noqa: S608
    f" AND {_UNCORRECTED.format('c')}"
)
_BEGIN = (
    "INSERT INTO chase_mail (dossier_id, office, at) VALUES (?, ?, ?)"
    " ON CONFLICT (dossier_id, office) DO UPDATE SET at = excluded.at"
    " WHERE chase_mail.at = ?"
)
_NUMBER = (
    "INSERT INTO office_mail (office, day, number, at, dossiers)"
    " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
_UNNUMBER = (
    "DELETE FROM office_mail WHERE office = ? AND day = ? AND number = ? AND at = ?"
)
_DROP = "DELETE FROM chase_mail WHERE dossier_id = ? AND office = ?"


class Chases(ChaseStore):
    """The port over whatever writes a unit and reads in a thread."""

    @abstractmethod
    def _write(self, work: Callable[[Tx], T], of: str | None = None) -> Awaitable[T]:
        """What a unit gives, once durable; ``of``: the dossier whose row it locks."""

    @abstractmethod
    async def _list(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds, given a connection of a thread's own and the values."""

    async def add_chase(
        self,
        row: ChaseRow,
        sealed: SealedPayload,
        journal: JournalLine,
        *,
        expects: int | None,
    ) -> None:
        """Keep one with its line."""
        change = Change(
            now=row.at,
            dossier_id=row.dossier_id,
            expects=expects,
            payloads=(sealed,),
            journal=(journal,),
        )
        await self._write(lambda tx: add_chase(tx, row, change), row.dossier_id)

    async def chases(self, dossier_id: DossierId) -> Sequence[ChaseRow]:
        """All of a dossier."""
        return await self._list(chases, dossier_id)

    async def chased(
        self, asked: Asked, *, after: str | None, limit: int
    ) -> Sequence[Listed]:
        """Offices of open dossiers."""
        return await self._list(chased, asked, after, limit)

    async def mail_begun(
        self, dossier_id: DossierId, office: OfficeId
    ) -> datetime | None:
        """When a reminder was begun."""
        return await self._list(mail_begun, dossier_id, office)

    async def office_mails(self, office: OfficeId, day: date) -> Sequence[int]:
        """Numbers of those of a day."""
        return await self._list(office_mails, office, day)

    async def begin_mail(self, mail: OfficeMail) -> None:
        """Note that a reminder is about to be mailed."""
        await self._write(lambda tx: begin_mail(tx.db, mail))

    async def drop_mail(self, mail: OfficeMail) -> None:
        """Forget one that did not leave."""
        await self._write(lambda tx: drop_mail(tx.db, mail))


def add_chase(tx: Tx, row: ChaseRow, change: Change) -> None:
    """Keep one; its mail, if it is one, is under way no more.

    Raises:
        ChangedMeanwhile: the case has another version, or what it corrects is not
            there or corrected already.
        KeyTaken: it is kept already.
    """
    apply_change(tx, change, "")
    values = (row.corrects, row.dossier_id, row.office)
    if row.corrects and tx.db.execute(_CORRECTED, values).fetchone() is None:
        raise ChangedMeanwhile
    promised_on = row.promised_on.isoformat() if row.promised_on else None
    tx.db.execute(
        f"INSERT INTO chase ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
        " ON CONFLICT (id) DO NOTHING",
        (
            *(row.id, row.dossier_id, row.office, stamp(row.at), row.by),
            *(row.how.value, promised_on, row.corrects, row.payload),
        ),
    )
    if not tx.db.changes():
        raise KeyTaken("chase")
    tx.db.execute(f"{_DROP} AND at = ?", (row.dossier_id, row.office, stamp(row.at)))


def chases(db: Database, dossier_id: DossierId) -> list[ChaseRow]:
    """All of a dossier, oldest first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM chase WHERE dossier_id = ? ORDER BY at, id",  # noqa: S608
        (dossier_id,),
    ).fetchall()
    return [_chase_of(row) for row in rows]


def chased(db: Database, asked: Asked, after: str | None, limit: int) -> list[Listed]:
    """Offices of open dossiers, each once."""
    scope, scoped = scope_of(asked.scope)
    key, which, other = "at", "", ""
    days: tuple[str, ...] = ()
    if asked.promised:
        key, other = "promised_on", "AND n.promised_on IS NOT NULL"
        which = "AND c.promised_on BETWEEN ? AND ?"
        days = (asked.first.isoformat(), asked.last.isoformat())
    text = _LIST.format(key=key, which=which, other=other, scope=scope)
    start, _, identifier = (after or "").partition("~")
    begin = start if asked.promised else _number(start)
    office = (asked.office, asked.office)
    values = (*days, begin, identifier, *office, *scoped, limit)
    return [
        Listed(dossier_of(row[3:]), OfficeId(row[2]), f"{row[0]}~{row[1]}")
        for row in db.execute(text, values).fetchall()
    ]


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < len(str(2**63)) else 0


def mail_begun(
    db: Database, dossier_id: DossierId, office: OfficeId
) -> datetime | None:
    """When a reminder was begun of which nobody knows whether it left."""
    row = db.execute(
        "SELECT at FROM chase_mail WHERE dossier_id = ? AND office = ?",
        (dossier_id, office),
    ).fetchone()
    return None if row is None else moment(row[0])


def office_mails(db: Database, office: OfficeId, day: date) -> list[int]:
    """Numbers of those that an office got in a working day, or may have."""
    rows = db.execute(
        "SELECT number FROM office_mail WHERE office = ? AND day = ? ORDER BY number",
        (office, day.isoformat()),
    ).fetchall()
    return [number for (number,) in rows]


def begin_mail(db: Database, mail: OfficeMail) -> None:
    """Note that a reminder is about to be mailed.

    Raises:
        ChangedMeanwhile: another is under way.
    """
    at = stamp(mail.at)
    db.execute(_NUMBER, (*_place(mail), at, len(mail.dossiers)))
    if not db.changes():
        raise ChangedMeanwhile
    # In one order, so that two mails about the same dossiers wait for each other.
    for dossier_id in sorted(mail.dossiers):
        instead = mail.dossiers[dossier_id]
        before = -1 if instead is None else stamp(instead)
        db.execute(_BEGIN, (dossier_id, mail.office, at, before))
        if not db.changes():
            raise ChangedMeanwhile


def drop_mail(db: Database, mail: OfficeMail) -> None:
    """Forget one that did not leave."""
    for dossier_id in sorted(mail.dossiers):
        values = (dossier_id, mail.office, stamp(mail.at))
        db.execute(f"{_DROP} AND at = ?", values)
    db.execute(_UNNUMBER, (*_place(mail), stamp(mail.at)))


def _place(mail: OfficeMail) -> Row:
    return mail.office, mail.day.isoformat(), mail.number


def _chase_of(row: Row) -> ChaseRow:
    return ChaseRow(
        id=row[0],
        dossier_id=DossierId(row[1]),
        office=OfficeId(row[2]),
        at=moment(row[3]),
        by=row[4],
        how=How(row[5]),
        promised_on=None if row[6] is None else date.fromisoformat(row[6]),
        corrects=row[7],
        payload=PayloadId(row[8]),
    )
