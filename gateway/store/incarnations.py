"""A restored store begins another life: nothing of what it remembers is certain to be last.

What was to be sent at the point of a backup may have left after it. Whatever the old
life did then, this one does not know: so each such message is asked about, or repeated
under its own identifier where that counts once, or put before a person.
"""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.domain.identifiers import DossierId, OfficeId
from gateway.domain.journal import JournalLine
from gateway.domain.transfer import SAME, Fate, State
from gateway.ports.incarnations import Incarnation, Incarnations, Unheard
from gateway.ports.overview import LIFE
from gateway.store.chains import append, last_sealed
from gateway.store.claims import DEFAULT_ASK_AFTER_S
from gateway.store.dialect import POSTGRESQL, SQLITE, Statement, in_each
from gateway.store.rows import (
    TRANSFER,
    moment,
    moment_or_none,
    stamp,
    stamp_or_none,
    transfer_of,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence
    from datetime import datetime

    from gateway.domain.transfer import Transfer
    from gateway.store.database import Cursor, Database, Tx

T = TypeVar("T")
_SECOND = 1_000_000
#: Of its own number, so that nothing else appends to it.
CHAIN = "restores"
#: Schema that knows of restores.
SINCE = 19
#: More messages than an office is shown between a backup and a crash: a number that it
#: was given then means nothing else now.
PICKUPS = 1_000_000
#: More statuses than a dossier has, so that what is told from now on is newer.
STATUSES = 1_000
_FIELDS = (
    "number, backup, point, by, why, marked_at, begun_at, lines, doubted,"
    " acknowledged_at, acknowledged_by"
)
_ALL = f"SELECT {_FIELDS} FROM incarnation ORDER BY number"  # noqa: S608  a constant
# Of nodes that start at once, the others wait here until the first has begun.
_PENDING = in_each(
    f"SELECT {_FIELDS} FROM incarnation WHERE begun_at IS NULL"  # noqa: S608  a constant
    " ORDER BY number DESC LIMIT 1{lock}"
)
# An attempt may have been made since: the next one is not the first.
_MAY_HAVE_LEFT = (
    f"UPDATE transfer SET fate = '{Fate.MAY_HAVE_LEFT}', doubt = '{SAME}',"  # noqa: S608  constants
    " attempts = attempts + 1"
)
_TO_BE_ASKED = (
    f"{_MAY_HAVE_LEFT}, state = '{State.UNCONFIRMED}', due_at = NULL,"
    " lease_until = NULL, lease_by = NULL, ask_at = ?1, still_at = coalesce(still_at, ?2),"
    " unshown_at = CASE WHEN pickup IS NULL THEN ?2 END, first_sent_at = ?2,"
    " cause = 'restored'"
    " WHERE office = ?3 AND head IS NOT NULL"
)
_BEHIND = (
    f"{_MAY_HAVE_LEFT} WHERE state = '{State.WAITING}' OR state = '{State.PARKED}'"
)
_OFFICES = "SELECT DISTINCT office FROM transfer WHERE head IS NOT NULL"
_COUNT = "SELECT count(*) FROM transfer WHERE doubt IS NOT NULL"
_DOUBTED = (
    f"SELECT {TRANSFER} FROM transfer AS t"  # noqa: S608  constants
    " WHERE t.doubt IS NOT NULL AND t.id > ? ORDER BY t.id LIMIT ?"
)
_UNHEARD = (
    "SELECT office, count(*), min(dossier_id) FROM held GROUP BY office ORDER BY office"
)
# A person sees before it goes on what it would do now.
_PAUSE_JOBS = (
    "UPDATE bulk_job SET state = 'paused', active = NULL, runner = NULL,"
    " runner_until = NULL WHERE state = 'running'"
)
# Numbers of transactions are those of the server that the database was taken from.
_XACT = "UPDATE journal SET xact = pg_current_xact_id() WHERE number IS NULL"
# The one place beside ``apply`` that writes a case: no message follows from it.
_TELL_ON: Statement = {
    SQLITE: (
        "UPDATE dossier SET version = version + 1, state = CAST(json_set("
        "CAST(state AS TEXT), '$.version', version + 1, '$.told',"
        " json_extract(CAST(state AS TEXT), '$.told') + ?) AS BLOB)"
        " WHERE open IS NOT NULL"
    ),
    POSTGRESQL: (
        "UPDATE dossier SET version = version + 1, state = convert_to((s.content"
        " || jsonb_build_object('version', version + 1, 'told',"
        " (s.content ->> 'told')::bigint + ?))::text, 'UTF8')"
        " FROM (SELECT id AS of, convert_from(state, 'UTF8')::jsonb AS content"
        " FROM dossier WHERE open IS NOT NULL) AS s WHERE s.of = id"
    ),
}


def mark(db: Database, one: Incarnation) -> int:
    """Note that the store was restored; its next start begins another life.

    Noted again before a start, the last word counts.
    """
    db.execute("DELETE FROM incarnation WHERE begun_at IS NULL")
    last: int | None = db.execute("SELECT max(number) FROM incarnation").get
    number = (last or 0) + 1
    db.execute(
        "INSERT INTO incarnation (number, backup, point, by, why, marked_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            number,
            one.backup,
            stamp_or_none(one.point),
            one.by,
            one.why,
            stamp(one.marked_at),
        ),
    )
    return number


def begin(
    tx: Tx, now: datetime, ask_after_s: Mapping[OfficeId, float]
) -> Incarnation | None:
    """Begin the life that was noted, if one was."""
    db, at = tx.db, stamp(now)
    row = db.execute(_PENDING[db.dialect]).fetchone()
    if row is None:
        return None
    one = _of(row)
    default = max([DEFAULT_ASK_AFTER_S, *ask_after_s.values()])
    db.execute(_BEHIND)
    for (office,) in db.execute(_OFFICES).fetchall():
        wait = int(ask_after_s.get(OfficeId(office), default) * _SECOND)
        db.execute(_TO_BE_ASKED, (at + wait, at, office))
    count: int = db.execute(_COUNT).get
    lines = last_sealed(db)
    db.execute("UPDATE pickup SET last = last + ?", (PICKUPS,))
    db.execute("DELETE FROM session")
    # One that was ended after the point would open again.
    db.execute("DELETE FROM console_session")
    db.execute(_PAUSE_JOBS)
    if db.dialect == POSTGRESQL:
        db.execute(_XACT)
    db.execute(
        "UPDATE incarnation SET begun_at = ?, lines = ?, doubted = ? WHERE number = ?",
        (at, lines, count, one.number),
    )
    facts = {
        "incarnation": one.number,
        "backup": one.backup,
        "point": one.point.isoformat() if one.point else None,
        "why": one.why,
        "marked_at": one.marked_at.isoformat(),
        "lines": lines,
        "doubted": count,
    }
    append(db, CHAIN, [JournalLine("restored", now, one.by, facts)])
    tx.woke = True
    return _of((*row[:6], at, lines, count, *row[9:]))


def acknowledge(tx: Tx, number: int, by: str, line: JournalLine) -> bool:
    """Note that somebody has; statuses are told as newer than all before from now on."""
    tx.db.execute(
        "UPDATE incarnation SET acknowledged_at = ?, acknowledged_by = ?"
        " WHERE number = ? AND begun_at IS NOT NULL AND acknowledged_at IS NULL",
        (stamp(line.at), by, number),
    )
    if not tx.db.changes():
        return False
    tx.db.execute(_TELL_ON[tx.db.dialect], (STATUSES,))
    append(tx.db, CHAIN, [line])
    return True


def born(db: Database) -> int | None:
    """When the present life began, if it is not the first."""
    at: int | None = ask_born(db).get
    return at


def ask_born(db: Database) -> Cursor:
    """Ask the same: one value, or none."""
    return db.execute("SELECT max(begun_at) FROM incarnation")


def lives(db: Database) -> list[tuple[int, int]]:
    """Number of each life after the first, and the last sealed line that it began with."""
    rows = db.execute(
        "SELECT number, lines FROM incarnation WHERE begun_at IS NOT NULL"
        " ORDER BY number"
    ).fetchall()
    return [(row[0], row[1]) for row in rows]


def cursor_here(known: Sequence[tuple[int, int]], cursor: int) -> int:
    """The sealed line after which a cursor of whatever life goes on.

    What an earlier life told after the point was another line under that number.
    """
    of, number = divmod(cursor, LIFE)
    return min([number, *(lines for life, lines in known if life > of)])


def cursor_of(known: Sequence[tuple[int, int]], number: int) -> int:
    """The cursor of a sealed line in the present life."""
    return (known[-1][0] if known else 0) * LIFE + number


def incarnations(db: Database) -> list[Incarnation]:
    """All of them."""
    return [_of(row) for row in db.execute(_ALL).fetchall()]


def _of(row: Sequence[Any]) -> Incarnation:
    return Incarnation(
        number=row[0],
        backup=row[1],
        point=moment_or_none(row[2]),
        by=row[3],
        why=row[4],
        marked_at=moment(row[5]),
        begun_at=moment_or_none(row[6]),
        lines=row[7] or 0,
        doubted=row[8] or 0,
        acknowledged_at=moment_or_none(row[9]),
        acknowledged_by=row[10],
    )


def doubted(db: Database, after: str, limit: int) -> list[Transfer]:
    """Transfers in doubt."""
    rows = db.execute(_DOUBTED, (after, limit)).fetchall()
    return [transfer_of(row) for row in rows]


def count_doubted(db: Database) -> int:
    """How many."""
    return int(db.execute(_COUNT).get)


def unheard(db: Database) -> list[Unheard]:
    """Open legs by office."""
    rows = db.execute(_UNHEARD).fetchall()
    return [Unheard(OfficeId(row[0]), row[1], DossierId(row[2])) for row in rows]


class IncarnationRows(Incarnations):
    """The port over whatever writes a unit and reads in a thread."""

    @abstractmethod
    def _unit(self, work: Callable[[Tx], T], chain: str) -> Awaitable[T]:
        """Do ``work`` as one unit that appends to a chain of lines."""

    @abstractmethod
    async def _list(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds, given a connection of a thread's own and the values."""

    async def incarnations(self) -> Sequence[Incarnation]:
        """All of them."""
        return await self._list(incarnations)

    async def note_incarnation(self, one: Incarnation) -> int:
        """The last word counts."""
        return await self._unit(lambda tx: mark(tx.db, one), CHAIN)

    async def begin_incarnation(
        self, now: datetime, ask_after_s: Mapping[OfficeId, float]
    ) -> Incarnation | None:
        """Nothing where there is none to begin, which is seen by reading."""
        known = await self._list(incarnations)
        if not any(one.begun_at is None for one in known):
            return None
        return await self._unit(lambda tx: begin(tx, now, ask_after_s), CHAIN)

    async def acknowledge_incarnation(
        self, number: int, by: str, line: JournalLine
    ) -> bool:
        """Once."""
        return await self._unit(lambda tx: acknowledge(tx, number, by, line), CHAIN)

    async def doubted(self, after: str, limit: int) -> Sequence[Transfer]:
        """A page."""
        return await self._list(doubted, after, limit)

    async def count_doubted(self) -> int:
        """How many."""
        return await self._list(count_doubted)

    async def unheard(self) -> Sequence[Unheard]:
        """By office."""
        return await self._list(unheard)
