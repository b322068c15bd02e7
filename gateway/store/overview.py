"""Lists for people and systems: over what is open, by keyset pages."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from gateway.domain.identifiers import DossierId, TransferId
from gateway.domain.transfer import LIES_READY, State
from gateway.ports.overview import EVERYTHING_STILL, AttemptRow, FeedItem, Still
from gateway.store.chains import last_sealed
from gateway.store.dialect import in_each
from gateway.store.incarnations import cursor_here, cursor_of, lives
from gateway.store.put_off import narrowed
from gateway.store.rows import (
    ATTEMPT,
    DOSSIER,
    REPORT,
    TRANSFER,
    attempt_of,
    dossier_of,
    from_json,
    moment,
    report_of,
    scope_of,
    stamp,
    transfer_of,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.principal import Scope
    from gateway.domain.transfer import Transfer
    from gateway.ports.overview import Narrowed
    from gateway.ports.store import DossierRow, ReportRow
    from gateway.store.database import Database

_DOSSIERS = {
    None: "true",
    "open": "d.open IS NOT NULL",
    "ended": "d.open IS NULL",
    "unrouted": "d.unrouted_at IS NOT NULL",
}
#: How the transfers of a state are found: by what only they have. Few of a million
#: have it: the plus keeps a planner from going through all in the order of the page.
_STATES = {
    State.DUE: "t.due_at IS NOT NULL",
    State.SENDING: "t.lease_until IS NOT NULL",
    State.UNCONFIRMED: "t.still_at IS NOT NULL AND t.ask_at IS NOT NULL",
    State.PARKED: "t.still_at IS NOT NULL AND t.ask_at IS NULL AND t.poll_at IS NULL",
}
_KNOWN = frozenset(State)
# What lies ready for an office that will come is nobody's to look at until it is late.
NOT_READY = "coalesce(t.cause, '') NOT IN ({})".format(
    ", ".join(f"'{cause}'" for cause in sorted(LIES_READY))
)
_NUMBER = in_each("j.{number}")
_UNMATCHED = "r.standing IN ('unmatched', 'unreadable')"


def dossiers(
    db: Database, scope: Scope, state: str | None, after: str | None, limit: int
) -> list[DossierRow]:
    """Dossiers by identifier."""
    condition, values = scope_of(scope)
    rows = db.execute(
        f"SELECT {DOSSIER} FROM dossier AS d"  # noqa: S608  constants
        f" WHERE {_DOSSIERS.get(state, 'false')} AND d.id > ? AND {condition}"
        " ORDER BY d.id LIMIT ?",
        (after or "", *values, limit),
    ).fetchall()
    return [dossier_of(row) for row in rows]


def _start(after: str | None) -> tuple[int, str]:
    """The place that ``Still.cursor`` names; the first one when it names none."""
    at, _, identifier = (after or "").partition("~")
    try:
        return stamp(datetime.fromisoformat(at)), identifier
    except (TypeError, ValueError):
        return 0, ""


_BEHIND = """
(SELECT count(*) FROM transfer AS b WHERE b.dossier_id = t.dossier_id
    AND b.agency = t.agency AND b.conversation = t.conversation
    AND b.position > t.position AND b.state = 'waiting')"""


#: What stands still, by the state that no transfer has: which rows, and since when.
_STANDING = {
    "": (
        (
            "SELECT t.still_at, t.id, t.dossier_id, coalesce(t.cause, ''), t.agency,"  # noqa: S608
            f" t.office, t.state, t.fate, t.kind, d.due_on, {_BEHIND}"
            " FROM transfer AS t JOIN dossier AS d ON d.id = t.dossier_id"
            f" WHERE t.still_at IS NOT NULL AND {NOT_READY}"
        ),
        "t.still_at",
    ),
    "unrouted": (
        (
            "SELECT d.unrouted_at, d.id, d.unrouted, d.due_on FROM dossier AS d"
            " WHERE d.unrouted_at IS NOT NULL"
        ),
        "d.unrouted_at",
    ),
    "asked": (
        (
            "SELECT d.asks_at, d.id, d.asks, d.due_on FROM dossier AS d"
            " WHERE d.asks_at IS NOT NULL"
            " AND d.unrouted_at IS NULL AND (SELECT count(*) FROM transfer AS t"
            "  WHERE t.dossier_id = d.id AND coalesce(t.still_at, 0) > 0) = 0"
        ),
        "d.asks_at",
    ),
}


def still(
    db: Database,
    scope: Scope,
    after: str | None,
    limit: int,
    asked: Narrowed = EVERYTHING_STILL,
) -> list[Still]:
    """What nobody moves on, longest first.

    Transfers that are parked, unconfirmed or badly answered; dossiers without a
    competent office; dossiers of which the counter is asked something and no
    transfer stands for the question.
    """
    condition, values = scope_of(scope)
    rows = []
    for state, (within, since) in _STANDING.items():
        if not _is_wanted(asked, state):
            continue
        left_out, at = narrowed(asked, since)
        where, more = ("", ()) if state else _only(asked)
        identifier = "d.id" if state else "t.id"
        found = db.execute(
            f"{within}{where}{left_out} AND ({since}, {identifier}) > (?, ?)"
            f" AND {condition} ORDER BY {since}, {identifier} LIMIT ?",
            (*more, *at, *_start(after), *values, limit),
        ).fetchall()
        made = _unrouted if state else _stopped
        rows += [(row[0], row[1], made(row)) for row in found]
    rows.sort(key=lambda row: row[:2])
    return [row[2] for row in rows[:limit]]


def _is_wanted(asked: Narrowed, state: str) -> bool:
    """Whether rows of a source are; what has no transfer has no office either."""
    if state:
        return asked.state in {"", state} and not asked.office
    return asked.state not in _STANDING or not asked.state


def _only(asked: Narrowed) -> tuple[str, tuple[str, ...]]:
    """Which transfers are."""
    within = {one.value: words for one, words in _STATES.items()}
    state = f" AND {within.get(asked.state, 'false')}" if asked.state else ""
    return (
        (f"{state} AND t.office = ?", (asked.office,)) if asked.office else (state, ())
    )


def _stopped(row: Sequence[Any]) -> Still:
    return Still(
        dossier_id=DossierId(row[2]),
        reason=row[3],
        agency=row[4],
        office=row[5],
        since=moment(row[0]),
        state=row[6],
        fate=row[7],
        transfer_id=TransferId(row[1]),
        kind=row[8],
        due_on=row[9],
        behind=row[10],
    )


def _unrouted(row: Sequence[Any]) -> Still:
    return Still(
        dossier_id=DossierId(row[1]),
        reason=row[2],
        agency="",
        office="",
        since=moment(row[0]),
        state="",
        fate="",
        transfer_id=None,
        kind="",
        due_on=row[3],
    )


def transfers_in(
    db: Database,
    scope: Scope,
    states: Sequence[str],
    office: str | None,
    after: str | None,
    limit: int,
    asked: Narrowed = EVERYTHING_STILL,
) -> list[Transfer]:
    """Transfers in the given states in order of creation; each state by its own index."""
    condition, values = scope_of(scope)
    start = 0
    if after is not None:
        found = db.execute("SELECT seq FROM transfer WHERE id = ?", (after,)).fetchone()
        start = found[0] if found else 0
    left_out, at = narrowed(asked, "t.still_at")
    rows: list[tuple[Any, ...]] = []
    for state in dict.fromkeys(states):
        if state not in _KNOWN:
            continue
        within = _STATES.get(State(state))
        place = "t.seq" if within is None else "+t.seq"
        within = within or f"t.state = '{state}'"
        rows += db.execute(
            f"SELECT t.seq, {TRANSFER} FROM transfer AS t"  # noqa: S608  constants
            " JOIN dossier AS d ON d.id = t.dossier_id"
            f" WHERE {within} AND {place} > ?"
            f" AND (CAST(? AS text) IS NULL OR t.office = ?){left_out}"
            f" AND {condition} ORDER BY {place} LIMIT ?",
            (start, office, office, *at, *values, limit),
        ).fetchall()
    rows.sort(key=lambda row: row[0])
    return [transfer_of(row[1:]) for row in rows[:limit]]


def attempts(db: Database, transfer_id: TransferId) -> list[AttemptRow]:
    """Attempts and enquiries of a transfer, in order."""
    rows = db.execute(
        f"SELECT {ATTEMPT} FROM attempt WHERE transfer_id = ? ORDER BY number",  # noqa: S608
        (transfer_id,),
    ).fetchall()
    return [attempt_of(row) for row in rows]


def reports(db: Database, dossier_id: DossierId) -> list[ReportRow]:
    """Reports about a dossier in order of arrival."""
    rows = db.execute(
        f"SELECT {REPORT} FROM report AS r WHERE r.dossier_id = ? ORDER BY r.seq",  # noqa: S608
        (dossier_id,),
    ).fetchall()
    return [report_of(row) for row in rows]


def _reports_of(scope: Scope) -> tuple[str, tuple[str, ...]]:
    """The condition on report ``r``: of a dossier within scope, or of nobody's.

    What fits no dossier is for whoever moves stuck things on, not for a sender.
    """
    condition, values = scope_of(scope)
    of_nobody = scope.everything or (
        bool(scope.units) and scope.sender is None and not scope.offices
    )
    nobody = "r.dossier_id IS NULL OR " if of_nobody else ""
    within = f"SELECT 1 FROM dossier AS d WHERE d.id = r.dossier_id AND {condition}"  # noqa: S608
    return f"({nobody}EXISTS ({within}))", values


def unmatched(
    db: Database, scope: Scope, after: str | None, limit: int
) -> list[ReportRow]:
    """Reports that fit nothing or prove nothing, in order of arrival."""
    condition, values = _reports_of(scope)
    rows = db.execute(
        f"SELECT {REPORT} FROM report AS r WHERE {_UNMATCHED} AND {condition}"  # noqa: S608
        " AND r.seq > coalesce((SELECT seq FROM report WHERE id = ?), 0)"
        " ORDER BY r.seq LIMIT ?",
        (*values, after, limit),
    ).fetchall()
    return [report_of(row) for row in rows]


def feed(db: Database, scope: Scope, after: int, limit: int) -> list[FeedItem]:
    """Sealed status lines after a cursor, in order of their numbers.

    A cursor from before a restore goes on where both lives were still the same.
    """
    condition, values = scope_of(scope)
    source = "j.teller IS NOT NULL"
    if scope.sender is not None and not scope.everything:
        source, values = "j.teller = ?", (scope.sender, *values)
    number = _NUMBER[db.dialect]
    known = lives(db)
    after = cursor_here(known, after)
    rows = db.execute(
        f"SELECT {number}, j.dossier_id, j.at, j.kind, j.facts FROM journal AS j"  # noqa: S608
        f" JOIN dossier AS d ON d.id = j.dossier_id WHERE {source} AND {condition}"
        f" AND {number} > ? AND {number} <= ? ORDER BY {number} LIMIT ?",
        (*values, after, last_sealed(db), limit),
    ).fetchall()
    return [
        FeedItem(
            cursor_of(known, row[0]),
            DossierId(row[1]),
            moment(row[2]),
            row[3],
            from_json(row[4]),
        )
        for row in rows
    ]


def search(
    db: Database, scope: Scope, words: Sequence[bytes], limit: int
) -> list[DossierId]:
    """Dossiers whose blind index holds every word."""
    if not words:
        return []
    condition, values = scope_of(scope)
    first, *others = dict.fromkeys(words)
    further = (
        " AND EXISTS (SELECT 1 FROM word AS o"
        " WHERE o.blind = ? AND o.dossier_id = w.dossier_id)"
    ) * len(others)
    rows = db.execute(
        "SELECT w.dossier_id FROM word AS w"  # noqa: S608  constants
        " JOIN dossier AS d ON d.id = w.dossier_id"
        f" WHERE w.blind = ?{further} AND {condition} ORDER BY w.dossier_id LIMIT ?",
        (first, *others, *values, limit),
    ).fetchall()
    return [DossierId(row[0]) for row in rows]


def moved(db: Database) -> int:
    """The newest line of the journal that tells more than that somebody looked."""
    found = db.execute(
        "SELECT id FROM journal WHERE kind <> 'read' AND kind <> 'sign_in'"
        " ORDER BY id DESC LIMIT 1"
    ).fetchone()
    return int(found[0]) if found else 0


_JOINED = "transfer AS t JOIN dossier AS d ON d.id = t.dossier_id"
#: What can be put off, as it is counted, and since when it stands.
COUNTED = {
    "parked": (f"{_JOINED} WHERE {_STATES[State.PARKED]}", "t.still_at"),
    "unconfirmed": (
        f"{_JOINED} WHERE {_STATES[State.UNCONFIRMED]} AND {NOT_READY}",
        "t.still_at",
    ),
    "unrouted": ("dossier AS d WHERE d.unrouted_at IS NOT NULL", "d.unrouted_at"),
}


def counts(db: Database, scope: Scope) -> dict[str, int]:
    """How many are open, parked, unconfirmed, unrouted, unmatched."""
    condition, values = scope_of(scope)
    sources = {
        "open": "dossier AS d WHERE d.open IS NOT NULL",
        **{name: source for name, (source, _) in COUNTED.items()},
    }
    found: dict[str, int] = {
        name: db.execute(
            f"SELECT count(*) FROM {source} AND {condition}",  # noqa: S608  constants
            values,
        ).get
        for name, source in sources.items()
    }
    of_scope, values = _reports_of(scope)
    found["unmatched"] = db.execute(
        f"SELECT count(*) FROM report AS r WHERE {_UNMATCHED} AND {of_scope}",  # noqa: S608
        values,
    ).get
    return found
