"""Alerts, and what is to be told of them, as rows."""

from __future__ import annotations

from abc import abstractmethod
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.domain.alert import Alert, Holding, Severity, What
from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import PayloadId
from gateway.ports.alerts import AlertRow, AlertStore, Notice
from gateway.ports.vault import SealedPayload
from gateway.store.chains import append
from gateway.store.dialect import POSTGRESQL, SQLITE, Statement, in_each
from gateway.store.rows import (
    as_json,
    as_list,
    from_json,
    moment,
    stamp,
    stamp_or_none,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from gateway.domain.journal import JournalLine
    from gateway.store.database import Database, Row, Tx

T = TypeVar("T")
_ALERT = "content, note, note_kind, ciphertext, salt, digest"
_NOTICE = "id, alert, place, channel, what, at, due_at, content, attempts"
_STANDING = f"SELECT {_ALERT} FROM alert WHERE ended_at IS NULL ORDER BY id"  # noqa: S608
_ENDED = (
    f"SELECT {_ALERT} FROM alert WHERE ended_at IS NOT NULL"  # noqa: S608  constants
    " AND (ended_at, id) < (coalesce((SELECT ended_at FROM alert WHERE id = ?1),"
    " 9223372036854775807), coalesce(?1, '')) ORDER BY ended_at DESC, id DESC LIMIT ?2"
)
_ONE = f"SELECT {_ALERT} FROM alert WHERE id = ?"  # noqa: S608
_ADD = (
    "INSERT INTO alert (id, version, kind, subject, ended_at, content)"
    " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"
)
_CHANGE = (
    "UPDATE alert SET version = ?, ended_at = ?, content = ?"
    " WHERE id = ? AND version = ?"
)
_NOTE = (
    "UPDATE alert SET note = ?, note_kind = ?, ciphertext = ?, salt = ?, digest = ?"
    " WHERE id = ?"
)
#: Of an alert on one road: what nobody tried to tell.
_UNTRIED = (
    "DELETE FROM alert_notice WHERE alert = ? AND channel = ?"
    " AND due_at IS NOT NULL AND attempts = 0"
)
_TOLD = "SELECT count(*) FROM alert_notice WHERE alert = ? AND channel = ?"
_CLAIM = in_each(
    "UPDATE alert_notice SET due_at = ?1, attempts = attempts + 1"  # noqa: S608
    " WHERE id {among}SELECT n.id FROM alert_notice AS n"
    "  WHERE n.channel = ?2 AND n.due_at <= ?3 AND n.due_at IS NOT NULL"
    "    AND NOT EXISTS (SELECT 1 FROM alert_notice AS b WHERE b.alert = n.alert"
    "     AND b.channel = n.channel AND b.place < n.place AND b.due_at IS NOT NULL)"
    f"  ORDER BY n.due_at, n.id LIMIT ?4{{skip}}{{end}} RETURNING {_NOTICE}"
)
_END = in_each("UPDATE alert_notice SET due_at = NULL WHERE id {in_texts}")
_PUT_OFF = in_each("UPDATE alert_notice SET due_at = ? WHERE id {in_texts}")
_UNSEALED: Statement = {
    SQLITE: "SELECT at FROM journal WHERE id > (SELECT coalesce(max(last), 0)"
    " FROM seal) ORDER BY id LIMIT 1",
    POSTGRESQL: "SELECT at FROM journal WHERE number IS NULL ORDER BY id LIMIT 1",
}


class AlertRows(AlertStore):
    """The port over whatever writes a unit and reads in a thread."""

    @abstractmethod
    def _write(self, work: Callable[[Tx], T]) -> Awaitable[T]:
        """What a unit gives, once it is durable."""

    @abstractmethod
    async def _list(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds, given a connection of a thread's own and the values."""

    @abstractmethod
    def _unit(self, work: Callable[[Tx], T], chain: str) -> Awaitable[T]:
        """Do ``work`` as one unit that appends to a chain of lines."""

    @abstractmethod
    def _chain(self, at: datetime) -> str:
        """Where lines that are no dossier's go."""

    async def standing_alerts(self) -> Sequence[AlertRow]:
        """Those that have not ended."""
        return await self._list(_alerts, _STANDING)

    async def ended_alerts(
        self, *, after: str | None, limit: int
    ) -> Sequence[AlertRow]:
        """Those that have."""
        return await self._list(_alerts, _ENDED, after, limit)

    async def alert(self, identifier: str) -> AlertRow | None:
        """One of either."""
        found = await self._list(_alerts, _ONE, identifier)
        return found[0] if found else None

    async def keep_alerts(
        self,
        kept: Sequence[Alert],
        forgotten: Sequence[Alert] = (),
        notices: Sequence[Notice] = (),
    ) -> None:
        """What one look has found."""
        await self._write(lambda tx: _keep(tx.db, kept, forgotten, notices))

    async def acknowledge_alert(
        self, alert: Alert, note: SealedPayload | None, journal: JournalLine
    ) -> None:
        """What a person has said."""
        chain = self._chain(journal.at)
        await self._unit(
            lambda tx: _acknowledge(tx.db, alert, note, journal, chain), chain
        )

    async def claim_notices(
        self, channel: str, *, now: datetime, again_at: datetime, limit: int
    ) -> Sequence[Notice]:
        """What is due; an idle look writes nothing."""
        given = (stamp(again_at), channel, stamp(now), limit)
        if not await self._list(_anything, channel, stamp(now)):
            return ()
        return await self._write(lambda tx: _claim(tx.db, given))

    async def end_notices(self, identifiers: Sequence[str]) -> None:
        """They are over."""
        await self._write(lambda tx: _move(tx.db, _END, as_list(identifiers)))

    async def put_off_notices(
        self, identifiers: Sequence[str], due_at: datetime
    ) -> None:
        """They come later."""
        given = (stamp(due_at), as_list(identifiers))
        await self._write(lambda tx: _move(tx.db, _PUT_OFF, *given))

    async def channels(self) -> Mapping[str, tuple[datetime, str]]:
        """Roads that fail."""
        return await self._list(_channels)

    async def note_channel(
        self, name: str, failed: tuple[datetime, str] | None
    ) -> None:
        """It fails, or does no more."""
        await self._write(lambda tx: _note_channel(tx.db, name, failed))

    async def forget_alerts(self, before: datetime) -> None:
        """What is long over."""
        await self._write(lambda tx: _forget(tx.db, stamp(before)))

    async def unsealed_since(self) -> datetime | None:
        """The oldest line without a seal."""
        return await self._list(_unsealed)


def _alerts(db: Database, statement: str, *values: Any) -> list[AlertRow]:
    return [_row_of(row) for row in db.execute(statement, values).fetchall()]


def _keep(
    db: Database,
    kept: Sequence[Alert],
    forgotten: Sequence[Alert],
    notices: Sequence[Notice],
) -> None:
    for alert in forgotten:
        given = (alert.id, alert.version)
        db.execute("DELETE FROM alert WHERE id = ? AND version = ?", given)
        _expect_one(db)
    # One that has ended makes room for the next of its kind and subject.
    for alert in sorted(kept, key=lambda one: one.ended_at is None):
        _keep_one(db, alert)
    for notice in notices:
        _add_notice(db, notice)


def _keep_one(db: Database, alert: Alert) -> None:
    ended_at, content = stamp_or_none(alert.ended_at), as_json(alert)
    if alert.version == 1:
        key = alert.holding.key
        db.execute(_ADD, (alert.id, 1, *key, ended_at, content))
    else:
        given = (alert.version, ended_at, content, alert.id, alert.version - 1)
        db.execute(_CHANGE, given)
    _expect_one(db)


def _expect_one(db: Database) -> None:
    if not db.changes():
        raise ChangedMeanwhile


def _add_notice(db: Database, notice: Notice) -> None:
    if notice.what is What.ENDED:
        road = (notice.alert_id, notice.channel)
        db.execute(_UNTRIED, road)
        if not db.execute(_TOLD, road).get:
            return
    db.execute(
        f"INSERT INTO alert_notice ({_NOTICE}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0)"  # noqa: S608
        " ON CONFLICT DO NOTHING",
        (
            *(notice.id, notice.alert_id, notice.place, notice.channel, notice.what),
            *(stamp(notice.at), stamp(notice.due_at), as_json(notice.content)),
        ),
    )


def _acknowledge(
    db: Database,
    alert: Alert,
    note: SealedPayload | None,
    journal: JournalLine,
    chain: str,
) -> None:
    _keep_one(db, alert)
    if note is not None:
        sealed = (note.id, note.kind, note.ciphertext, note.salt, note.digest)
        db.execute(_NOTE, (*sealed, alert.id))
    append(db, chain, [journal])


def _anything(db: Database, channel: str, at: int) -> bool:
    return bool(
        db.execute(
            "SELECT count(*) FROM (SELECT 1 FROM alert_notice WHERE channel = ?"
            " AND due_at <= ? AND due_at IS NOT NULL LIMIT 1) AS due",
            (channel, at),
        ).get
    )


def _claim(db: Database, given: Row) -> list[Notice]:
    rows = db.execute(_CLAIM[db.dialect], given).fetchall()
    found = [_notice_of(row) for row in rows]
    return sorted(found, key=lambda one: (one.at, one.id))


def _move(db: Database, statement: Statement, *given: Any) -> None:
    db.execute(statement[db.dialect], given)


def _channels(db: Database) -> dict[str, tuple[datetime, str]]:
    rows = db.execute("SELECT name, since, code FROM alert_channel").fetchall()
    return {name: (moment(since), code) for name, since, code in rows}


def _note_channel(db: Database, name: str, failed: tuple[datetime, str] | None) -> None:
    if failed is None:
        db.execute("DELETE FROM alert_channel WHERE name = ?", (name,))
        return
    db.execute(
        "INSERT INTO alert_channel (name, since, code) VALUES (?, ?, ?)"
        " ON CONFLICT (name) DO UPDATE SET code = excluded.code",
        (name, stamp(failed[0]), failed[1]),
    )


def _forget(db: Database, before: int) -> None:
    db.execute(
        "DELETE FROM alert WHERE ended_at < ? AND ended_at IS NOT NULL", (before,)
    )
    db.execute("DELETE FROM alert_notice WHERE at < ?", (before,))


def _unsealed(db: Database) -> datetime | None:
    at: int | None = db.execute(_UNSEALED[db.dialect]).get
    return None if at is None else moment(at)


def _row_of(row: Row) -> AlertRow:
    content, note, kind, *sealed = row
    if note is None:
        return AlertRow(_alert_of(content))
    payload = SealedPayload(PayloadId(note), None, kind, *map(bytes, sealed))
    return AlertRow(_alert_of(content), payload)


def _alert_of(text: bytes) -> Alert:
    values: dict[str, Any] = from_json(text)
    holding = values["holding"]
    holding["severity"] = Severity(holding["severity"])
    holding["since"] = _at(holding["since"])
    values["holding"] = Holding(**holding)
    values["told_severity"] = Severity(values["told_severity"])
    values["seen_at"] = _at(values["seen_at"])
    for name in ("told_at", "gone_at", "ended_at", "acknowledged_at"):
        values[name] = None if values[name] is None else _at(values[name])
    return Alert(**values)


def _notice_of(row: Row) -> Notice:
    identifier, alert, place, channel, what, at, due_at, content, attempts = row
    return Notice(
        id=identifier,
        alert_id=alert,
        place=place,
        channel=channel,
        what=What(what),
        at=moment(at),
        due_at=moment(due_at),
        content=from_json(content),
        attempts=attempts,
    )


def _at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
