"""Sessions as rows. Whose turn it is to log in is kept where the nodes are counted."""

from __future__ import annotations

import secrets
import time
from abc import abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.ports.sessions import LoginTurn, Session, Sessions
from gateway.store.dialect import in_each
from gateway.store.rows import moment, stamp

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from datetime import datetime

    from gateway.store.database import Database, Tx
    from gateway.store.postgres.writers import Writers
    from gateway.store.writer import Writer

T = TypeVar("T")
# What another unit is writing just now is passed over: two of them never wait for
# each other's names.
_EXPIRED = in_each(
    "DELETE FROM session WHERE name IN"
    " (SELECT name FROM session WHERE expires_at <= ?{skip})"
)
_KEEP = """
INSERT INTO session (name, token, expires_at) VALUES (?, ?, ?)
    ON CONFLICT (name) DO UPDATE
   SET token = excluded.token, expires_at = excluded.expires_at"""
_BEGIN = """
INSERT INTO login (name, ticket, ends)
VALUES (?, ?, clock_timestamp() + ? * interval '1 microsecond')
    ON CONFLICT (name) DO UPDATE SET ticket = excluded.ticket, ends = excluded.ends
 WHERE login.ends <= clock_timestamp()"""
_LEFT = (
    "SELECT extract(epoch FROM ends - clock_timestamp())::float8"
    " FROM login WHERE name = ?"
)
_END = "DELETE FROM login WHERE name = ? AND ticket = ?"
_SECOND = 1_000_000
#: Another login ends when it ends: nobody is told that it will take no time.
_LEAST_S = 0.01


def session(db: Database, name: str) -> Session | None:
    """The row of that name."""
    row = db.execute(
        "SELECT token, expires_at FROM session WHERE name = ?", (name,)
    ).fetchone()
    return None if row is None else Session(bytes(row[0]), moment(row[1]))


def keep(tx: Tx, name: str, kept: Session, now: int) -> None:
    """Replace the row; of others, those whose token has expired go."""
    tx.db.execute(_EXPIRED[tx.db.dialect], (now,))
    tx.db.execute(_KEEP, (name, kept.sealed, stamp(kept.expires_at)))


def drop(tx: Tx, name: str, sealed: bytes) -> None:
    """Delete the row if it is still this token's."""
    tx.db.execute("DELETE FROM session WHERE name = ? AND token = ?", (name, sealed))


class SessionRows(Sessions):
    """The port over whatever writes a unit and reads in a thread."""

    @abstractmethod
    def _named(self, name: str, work: Callable[[Tx], T]) -> Awaitable[T]:
        """What a unit about a session gives, once it is durable."""

    @abstractmethod
    async def _list(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds, given a connection of a thread's own and the values."""

    async def session(self, name: str) -> Session | None:
        """The token of that name."""
        return await self._list(session, name)

    async def drop_session(self, name: str, session: Session) -> None:
        """Forget exactly this token."""
        await self._named(name, lambda tx: drop(tx, name, session.sealed))


class SQLiteSessions(SessionRows):
    """The file's one process remembers whose turn it is: a dead one has none."""

    _writer: Writer
    _turns: dict[str, tuple[str, float]]

    def _named(self, name: str, work: Callable[[Tx], T]) -> Awaitable[T]:  # noqa: ARG002  one writes
        return self._writer.submit(work)

    async def begin_login(self, name: str, *, lease_s: float) -> LoginTurn:
        """Take the turn unless somebody has it."""
        ticket, now = secrets.token_hex(8), time.monotonic()
        _, ends = self._turns.get(name, ("", now))
        if ends > now:
            return LoginTurn("", max(ends - now, _LEAST_S))
        self._turns[name] = (ticket, now + lease_s)
        return LoginTurn(ticket)

    async def keep_session(
        self, name: str, ticket: str, session: Session, *, now: datetime
    ) -> bool:
        """Keep it, if the turn was not given to another."""
        if self._turns.get(name, ("", 0.0))[0] != ticket:
            return False
        at = stamp(now)
        try:
            await self._named(name, lambda tx: keep(tx, name, session, at))
        finally:
            await self.end_login(name, ticket)
        return True

    async def end_login(self, name: str, ticket: str) -> None:
        """Give the turn back."""
        if self._turns.get(name, ("", 0.0))[0] == ticket:
            del self._turns[name]


class PostgresSessions(SessionRows):
    """Nodes take turns by rows, which end by the clock of the database."""

    _writers: Writers

    def _named(self, name: str, work: Callable[[Tx], T]) -> Awaitable[T]:
        """It may wait for a row: not where claims hold some."""
        return self._writers.submit(work, dossier=name)

    async def begin_login(self, name: str, *, lease_s: float) -> LoginTurn:
        """Take the turn unless somebody has it."""
        ticket = secrets.token_hex(8)

        def begin(tx: Tx) -> LoginTurn:
            tx.db.execute(_BEGIN, (name, ticket, int(lease_s * _SECOND)))
            if tx.db.changes():
                return LoginTurn(ticket)
            left: float | None = tx.db.execute(_LEFT, (name,)).get
            return LoginTurn("", max(left or 0.0, _LEAST_S))

        return await self._named(name, begin)

    async def keep_session(
        self, name: str, ticket: str, session: Session, *, now: datetime
    ) -> bool:
        """Keep it, if the turn was not given to another."""
        at = stamp(now)

        def keep_and_end(tx: Tx) -> bool:
            tx.db.execute(_END, (name, ticket))
            if not tx.db.changes():
                return False
            keep(tx, name, session, at)
            return True

        return await self._named(name, keep_and_end)

    async def end_login(self, name: str, ticket: str) -> None:
        """Give the turn back."""
        await self._named(name, lambda tx: tx.db.execute(_END, (name, ticket)))
