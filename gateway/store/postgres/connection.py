"""A connection to the server: settings that durability rests on, read back and told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
from psycopg.types.numeric import Int8BinaryDumper

from gateway.domain.errors import StoreUnavailable
from gateway.store.dialect import POSTGRESQL, Dialect
from gateway.store.postgres.pipeline import Pipeline
from gateway.store.postgres.statements import Statements
from gateway.store.postgres.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gateway.store.database import Cursor, Row

#: What libpq is told unless the settings say otherwise. A network that swallows
#: packets must not keep a commit waiting for hours.
DEFAULTS: dict[str, Any] = {
    "application_name": "lienthong",
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
    # A standby answers reads and refuses writes: with several hosts, go on to the next.
    "target_session_attrs": "read-write",
}
#: Everything that the journey asks has an index, which it follows row by row to its
#: limit. Queues flip between empty and full faster than statistics: from those of an
#: empty one the server would conclude that it may as well read and sort a full one.
BY_INDEX = "SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off"
_ALWAYS_BY_INDEX = BY_INDEX.replace("SET LOCAL", "SET")
#: Nothing that is asked here computes for long, and everything has an index: after a
#: restore or a load, while statistics are bad, the server would compile for half a
#: second what it answers in a millisecond, or read whole tables for one dossier.
_PLAIN = "SET jit = off; SET enable_seqscan = off"
_OLDEST = 140_000
_DURABLE = {
    "synchronous_commit": {"on", "remote_apply"},
    "fsync": {"on"},
    "full_page_writes": {"on"},
}
_FACTS = (
    "SELECT current_setting('server_version'), current_setting('synchronous_commit'),"
    " current_setting('fsync'), current_setting('full_page_writes'),"
    " current_setting('server_encoding')"
)
_REMEDY = (
    "Quản trị cơ sở dữ liệu kiểm tra cấu hình PostgreSQL; hồ sơ chưa được ghi nhận."
)


class KeptByOneAlone(psycopg.OperationalError):
    """The commit was not waited for to its end: no standby may have it."""


class ServerConnection:
    """One connection; every statement is a transaction unless one was begun."""

    dialect: Dialect = POSTGRESQL

    def __init__(self, parameters: Mapping[str, Any], *, pooled: bool = False) -> None:
        """Connect at once; ``parameters`` are libpq's, by name.

        ``pooled``: through the pool, if ``parameters`` name one (``pool_host``,
        ``pool_port``). Then nothing of a session may be relied upon.
        """
        given = {**DEFAULTS, **parameters}
        pool = {name: given.pop(f"pool_{name}", None) for name in ("host", "port")}
        is_shared = self.is_shared = pooled and bool(pool["host"])
        self._connection: psycopg.Connection[Row] = psycopg.connect(
            **(given | pool if is_shared else given),
            autocommit=True,
            cursor_factory=psycopg.RawCursor,
        )
        if is_shared:
            # What a session is told or prepares would be another's a moment later.
            self._connection.prepare_threshold = None
        else:
            self._connection.execute(_PLAIN.encode(), prepare=False)
        self._warned = self._by_index = False
        self._connection.add_notice_handler(self._told)
        # Else the type of a number, and with it the plan, would hang on its size.
        self._connection.adapters.register_dumper(int, Int8BinaryDumper)
        self._wire = Wire(self._connection)
        self._statements = Statements(self._connection, self._wire)
        self.pipeline = Pipeline(self._wire, self._statements)
        self._changed = 0

    @property
    def driver(self) -> psycopg.Connection[Row]:
        """The driver's connection, for what is no statement of the store."""
        return self._connection

    @property
    def is_lost(self) -> bool:
        """Whether nothing can be asked over it any more."""
        return self._connection.closed

    def execute(self, statements: str, bindings: Sequence[Any] = (), /) -> Cursor:
        """Run one statement; in an open pipeline, send it with the next question."""
        if self.pipeline.is_open:
            return self.pipeline.send(statements, bindings)
        found, self._changed = self._statements.run(statements, bindings)
        return found

    def changes(self) -> int:
        """How many rows the last statement changed."""
        return self.pipeline.changes() if self.pipeline.is_open else self._changed

    def unless_changed(self, count: int, otherwise: Callable[[], None]) -> None:
        """Call it if the last statement changed another number of rows.

        In an open pipeline once that is known, which is not waited for.
        """
        if self.pipeline.is_open:
            self.pipeline.check(count, otherwise)
        elif self._changed != count:
            otherwise()

    def script(self, statements: str) -> str:
        """Run statements without values in one round trip; the last one's tag."""
        return self._statements.script(statements)

    def commit(self) -> str:
        """End the transaction; the tag, which is ROLLBACK for one that was given up.

        Raises:
            KeptByOneAlone: somebody cancelled the wait for a standby. The server calls
                that a commit, and would lose it with its disk.
        """
        self._warned = False
        tag = self.script("COMMIT")
        if self._warned:
            raise KeptByOneAlone
        return tag

    def keep_to_indexes(self) -> None:
        """From now on, follow an index row by row in whatever is asked."""
        if not self._by_index:
            self.script(_ALWAYS_BY_INDEX)
            self._by_index = True

    def settle(self) -> None:
        """Wait until a standby has whatever can be read by now.

        After a crash, or a wait that was cut, the server shows what no standby has.

        Raises:
            KeptByOneAlone: this wait was cut, too.
        """
        self._warned = False
        # The least that a commit can write. The log is one sequence: whoever has this
        # has all that is before it.
        self.script("SELECT pg_logical_emit_message(true, 'lienthong', '')")
        if self._warned:
            raise KeptByOneAlone

    def heard(self) -> list[str]:
        """What was notified by now, whoever took it in; waits for nothing.

        Raises:
            psycopg.OperationalError: nobody is there any more.
        """
        link, found = self._connection.pgconn, []
        link.consume_input()
        while (one := link.notifies()) is not None:
            found.append(one.extra.decode())
        return found

    def _told(self, notice: psycopg.errors.Diagnostic) -> None:
        self._warned |= notice.severity_nonlocalized == "WARNING"

    def close(self) -> None:
        """Say goodbye, if anybody is there."""
        self._wire.close()
        self._connection.close()


def connect(parameters: Mapping[str, Any], *, pooled: bool = False) -> ServerConnection:
    """Connect; past the pool unless it is asked for.

    Raises:
        StoreUnavailable: nobody answers, or not to us. The password is in no message.
    """
    try:
        return ServerConnection(parameters, pooled=pooled)
    except (psycopg.Error, OSError) as error:
        # The driver opens more than a socket, and the process may have no number left.
        raise unavailable(error) from error


def connect_durably(
    parameters: Mapping[str, Any], *, pooled: bool = False
) -> ServerConnection:
    """Connect for writing: what a commit means is asked each time anew.

    Raises:
        StoreUnavailable: the same, or a commit would not be durable.
    """
    db = connect(parameters, pooled=pooled)
    try:
        refuse_weak(facts_of(db))
    except psycopg.Error as error:
        db.close()
        raise unavailable(error) from error
    except StoreUnavailable:
        db.close()
        raise
    return db


def unavailable(error: psycopg.Error | OSError) -> StoreUnavailable:
    """What callers hear of a server in trouble: kind and state, no values."""
    state = getattr(error, "sqlstate", None) or ""
    words = f"{type(error).__name__} {state}".strip()
    return StoreUnavailable(words)


def facts_of(db: ServerConnection) -> dict[str, str]:
    """What the server says of itself, for this very session."""
    row = db.execute(_FACTS).fetchone() or ()
    names = ("postgresql", "synchronous_commit", "fsync", "full_page_writes")
    facts = dict(zip((*names, "encoding"), map(str, row), strict=True))
    number = str(db.driver.info.server_version)
    return {"store": "postgresql", **facts, "version": number}


def refuse_weak(facts: dict[str, str]) -> None:
    """Refuse to keep anything where a commit would not be durable.

    Raises:
        StoreUnavailable: the server is too old, or promises less than needed.
    """
    if int(facts["version"]) < _OLDEST:
        raise StoreUnavailable(
            f"PostgreSQL {facts['postgresql']} is older than 14",
            code="store_postgresql_too_old",
            remedy="Nâng cấp PostgreSQL lên bản 14 trở lên.",
        )
    weak = {
        name: facts[name]
        for name, strong in _DURABLE.items()
        if facts[name] not in strong
    }
    if weak:
        told = " ".join(f"{name}={value}" for name, value in weak.items())
        raise StoreUnavailable(told, code="store_not_durable", remedy=_REMEDY)
    if facts["encoding"] != "UTF8":
        raise StoreUnavailable(
            f"encoding={facts['encoding']}", code="store_not_openable", remedy=_REMEDY
        )
