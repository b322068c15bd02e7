"""Accounts of people, their sessions and failures, as rows of either store."""

from __future__ import annotations

from abc import abstractmethod
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.domain.account import Account, KeptForm, Session, Source, Step
from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import OfficeId, PrincipalId
from gateway.domain.principal import Role
from gateway.domain.values import replace
from gateway.ports.accounts import AccountStore
from gateway.store.chains import append
from gateway.store.rows import (
    as_json,
    from_json,
    moment,
    moment_or_none,
    stamp,
    stamp_or_none,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from gateway.domain.account import Tries
    from gateway.domain.journal import JournalLine
    from gateway.store.database import Database, Row, Tx

T = TypeVar("T")
#: How long one that ended is still known as somebody's.
REMEMBERED = timedelta(days=1)
_SESSION = "id, account, opened_at, seen_at, proved_at, ends_at, over_at, step, seed"
_OF_ID = f"SELECT {_SESSION} FROM console_session WHERE id = ?"  # noqa: S608  constants
_OF_ACCOUNT = (
    f"SELECT {_SESSION} FROM console_session WHERE account = ?"  # noqa: S608  constants
    " AND over_at IS NULL ORDER BY opened_at DESC, id"
)
_OPEN = f"INSERT INTO console_session ({_SESSION}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
_SEEN = "UPDATE console_session SET seen_at = ? WHERE id = ? AND seen_at < ?"
_END = (
    "UPDATE console_session SET over_at = ? WHERE account = ? AND over_at IS NULL"
    " AND (? = '' OR id = ?) AND id <> ?"
)
# Whoever has to wait changes nothing: that is how it is known.
_TRY = (
    "INSERT INTO sign_in_try (key, failures, last_at, until_at) VALUES (?, 1, ?, 0)"
    " ON CONFLICT (key) DO UPDATE SET last_at = excluded.last_at, failures ="
    " CASE WHEN sign_in_try.last_at < ? THEN 1 ELSE sign_in_try.failures + 1 END"
    " WHERE sign_in_try.until_at <= ?"
)
_UNDO = "UPDATE sign_in_try SET failures = failures - 1, until_at = 0 WHERE key = ?"
_SURPLUS = (
    "DELETE FROM kept_form WHERE account = ? AND id NOT IN (SELECT id FROM kept_form"
    " WHERE account = ? ORDER BY until_at DESC, id LIMIT ?)"
)


class AccountRows(AccountStore):
    """The port over whatever writes a unit and reads in a thread."""

    @abstractmethod
    async def _list(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds, given a connection of a thread's own and the values."""

    @abstractmethod
    def _unit(self, work: Callable[[Tx], T], chain: str) -> Awaitable[T]:
        """Do ``work`` as one unit that appends to a chain of lines."""

    @abstractmethod
    def _chain(self, at: datetime) -> str:
        """Where lines that are no dossier's go."""

    async def account(self, account: str) -> Account | None:
        """One."""
        return await self._list(account_of, account)

    async def accounts(self) -> Sequence[Account]:
        """All."""
        return await self._list(accounts)

    async def keep_account(self, account: Account, line: JournalLine) -> Account:
        """Keep one in place of its version."""
        chain = self._chain(line.at)
        return await self._unit(lambda tx: keep(tx, account, line, chain), chain)

    async def console_session(self, session: str) -> Session | None:
        """One by its digest."""
        return await self._list(session_of, session)

    async def console_sessions(self, account: str) -> Sequence[Session]:
        """Those of an account."""
        return await self._list(sessions_of, account)

    async def open_console_session(
        self, session: Session, line: JournalLine | None, *, instead: str = ""
    ) -> None:
        """Keep a new one in place of another."""
        chain = self._chain(session.seen_at)
        await self._unit(lambda tx: open_(tx, session, line, instead, chain), chain)

    async def saw_console_session(self, session: str, now: datetime) -> None:
        """Somebody uses it."""
        at = stamp(now)
        given = (at, session, at)
        await self._unit(lambda tx: tx.db.execute(_SEEN, given), self._chain(now))

    async def end_console_sessions(
        self, account: str, line: JournalLine, *, only: str = "", but: str = ""
    ) -> int:
        """End those of an account."""
        chain, given = self._chain(line.at), (account, only, only, but)
        return await self._unit(lambda tx: end(tx, given, line, chain), chain)

    async def begin_try(
        self, keys: Mapping[str, Tries], now: datetime
    ) -> datetime | None:
        """Count a try as failed, or say until when to wait."""
        return await self._unit(lambda tx: try_(tx, keys, now), self._chain(now))

    async def forget_tries(
        self, keys: Sequence[str], now: datetime, *, undo: Sequence[str] = ()
    ) -> None:
        """It did not fail."""
        await self._unit(lambda tx: forget(tx, keys, undo), self._chain(now))

    async def keep_form(self, form: KeptForm, now: datetime, most: int) -> None:
        """Keep what was typed."""
        await self._unit(lambda tx: keep_form(tx, form, now, most), self._chain(now))

    async def kept_form(self, form: str, account: str) -> KeptForm | None:
        """What that account typed."""
        return await self._list(form_of, form, account)


def account_of(db: Database, account: str) -> Account | None:
    """One by its id."""
    row = db.execute(
        "SELECT version, content FROM account WHERE id = ?", (account,)
    ).fetchone()
    return None if row is None else _account_of(row)


def accounts(db: Database) -> list[Account]:
    """All, by id."""
    rows = db.execute("SELECT version, content FROM account ORDER BY id").fetchall()
    return [_account_of(row) for row in rows]


def keep(tx: Tx, account: Account, line: JournalLine, chain: str) -> Account:
    """Keep one in place of its version, with its line in the journal.

    Raises:
        ChangedMeanwhile: another version is kept.
    """
    following = replace(account, version=account.version + 1)
    content = as_json(following)
    if account.version:
        tx.db.execute(
            "UPDATE account SET version = ?, content = ? WHERE id = ? AND version = ?",
            (following.version, content, account.id, account.version),
        )
    else:
        tx.db.execute(
            "INSERT INTO account (id, version, content) VALUES (?, ?, ?)"
            " ON CONFLICT DO NOTHING",
            (account.id, following.version, content),
        )
    if not tx.db.changes():
        raise ChangedMeanwhile
    append(tx.db, chain, [line])
    return following


def session_of(db: Database, session: str) -> Session | None:
    """One by its digest."""
    row = db.execute(_OF_ID, (session,)).fetchone()
    return None if row is None else _session_of(row)


def sessions_of(db: Database, account: str) -> list[Session]:
    """Those of an account that nobody ended."""
    return [_session_of(row) for row in db.execute(_OF_ACCOUNT, (account,)).fetchall()]


def open_(
    tx: Tx, session: Session, line: JournalLine | None, instead: str, chain: str
) -> None:
    """Keep a new one; the one whose place it takes opens nothing any more."""
    tx.db.execute(
        "DELETE FROM console_session WHERE id = ? OR ends_at < ?",
        (instead, stamp(session.seen_at - REMEMBERED)),
    )
    at = (session.opened_at, session.seen_at, session.proved_at, session.ends_at)
    end_ = stamp_or_none(session.over_at)
    tx.db.execute(
        _OPEN,
        (
            *(session.id, session.account, *map(stamp, at), end_),
            *(session.step.value, session.seed),
        ),
    )
    if line is not None:
        append(tx.db, chain, [line])


def end(tx: Tx, given: Row, line: JournalLine, chain: str) -> int:
    """End sessions, with a line in the journal if there were any."""
    tx.db.execute(_END, (stamp(line.at), *given))
    count = tx.db.changes()
    if count:
        append(tx.db, chain, [line])
    return count


def try_(tx: Tx, keys: Mapping[str, Tries], now: datetime) -> datetime | None:
    """Count a try under each key in turn; the first that has to wait ends it."""
    at = stamp(now)
    for key, tries in keys.items():
        tx.db.execute(_TRY, (key, at, stamp(now - tries.forgotten), at))
        counted = tx.db.changes()
        row = tx.db.execute(
            "SELECT failures, until_at FROM sign_in_try WHERE key = ?", (key,)
        ).fetchone()
        failures, until = row or (1, 0)
        if not counted:
            return moment(until)
        wait = tries.wait_after(failures)
        tx.db.execute(
            "UPDATE sign_in_try SET until_at = ? WHERE key = ?",
            (stamp(now + wait), key),
        )
    return None


def forget(tx: Tx, keys: Sequence[str], undo: Sequence[str]) -> None:
    """Nothing failed under these; of those one try less did."""
    for key in keys:
        tx.db.execute("DELETE FROM sign_in_try WHERE key = ?", (key,))
    for key in undo:
        tx.db.execute(_UNDO, (key,))


def keep_form(tx: Tx, form: KeptForm, now: datetime, most: int) -> None:
    """Keep one; what is over goes, and what its account has too much of."""
    tx.db.execute("DELETE FROM kept_form WHERE until_at < ?", (stamp(now),))
    tx.db.execute(
        "INSERT INTO kept_form (id, account, sealed, until_at) VALUES (?, ?, ?, ?)",
        (form.id, form.account, form.sealed, stamp(form.until)),
    )
    tx.db.execute(_SURPLUS, (form.account, form.account, most))


def form_of(db: Database, form: str, account: str) -> KeptForm | None:
    """What that account typed; of another's nothing."""
    row = db.execute(
        "SELECT sealed, until_at FROM kept_form WHERE id = ? AND account = ?",
        (form, account),
    ).fetchone()
    if row is None:
        return None
    return KeptForm(form, PrincipalId(account), bytes(row[0]), moment(row[1]))


def _account_of(row: Row) -> Account:
    values: dict[str, Any] = from_json(row[1])
    at = {
        name: datetime.fromisoformat(values[name]) if values[name] else None
        for name in ("password_at", "ended_at")
    }
    used_on = values["used_on"]
    typed = {
        "id": PrincipalId(values["id"]),
        "role": Role(values["role"]),
        "source": Source(values["source"]),
        "offices": tuple(OfficeId(one) for one in values["offices"]),
        "recovery": tuple(values["recovery"]),
        "made_at": datetime.fromisoformat(values["made_at"]),
        "used_on": date.fromisoformat(used_on) if used_on else None,
    }
    return Account(**{**values, **typed, **at, "version": row[0]})


def _session_of(row: Row) -> Session:
    return Session(
        id=row[0],
        account=PrincipalId(row[1]),
        opened_at=moment(row[2]),
        seen_at=moment(row[3]),
        proved_at=moment(row[4]),
        ends_at=moment(row[5]),
        over_at=moment_or_none(row[6]),
        step=Step(row[7]),
        seed=row[8],
    )
