"""Items of bulk jobs: what a selection finds, what is left, how each ended."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.domain.bulk import Candidate, Item, ItemKey, Outcome
from gateway.domain.errors import ItemSettled
from gateway.domain.identifiers import DossierId, MessageKind, OfficeId, TransferId
from gateway.domain.transfer import Fate, State
from gateway.ports.bulk import Found
from gateway.store.database import insert
from gateway.store.dialect import in_each
from gateway.store.rows import (
    as_list,
    from_json,
    marks,
    moment_or_none,
    scope_of,
    stamp,
    stamp_or_none,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.domain.bulk import Selection
    from gateway.domain.principal import Scope
    from gateway.store.database import Database, Row

_CANDIDATE = (
    "t.seq, t.id, t.dossier_id, t.office, t.kind, t.state, t.fate, t.cause, t.attempts"
)
_ITEM = (
    "job, position, transfer_id, dossier_id, state, fate, attempts, outcome, code, at"
)
_THERE = in_each(
    "SELECT position FROM bulk_item WHERE job = ? AND position {in_numbers}"
)


@dataclass(frozen=True, slots=True)
class _Source:
    """Where transfers of some states are found: by an index that only they are in."""

    states: frozenset[State]
    within: str
    keys: tuple[str, ...]
    start: tuple[str | int, ...]
    still: bool = False


_SOURCES = (
    _Source(
        frozenset({State.PARKED, State.UNCONFIRMED}),
        "t.still_at IS NOT NULL AND t.still_at <= ?",
        ("t.still_at", "t.id"),
        (0, ""),
        still=True,
    ),
    _Source(frozenset({State.WAITING}), "t.state = 'waiting'", ("t.seq",), (0,)),
    _Source(
        frozenset({State.DUE}),
        "t.due_at IS NOT NULL",
        ("t.office", "t.due_at", "t.id"),
        ("", 0, ""),
    ),
)


def find(
    db: Database,
    selection: Selection,
    scope: Scope,
    asked_at: datetime,
    bound: int | None,
    cursor: str,
    limit: int,
) -> Found:
    """A page of a selection; the sources one after the other, each by its index."""
    place, keys = _place_of(cursor)
    found: list[Candidate] = []
    while place < len(_SOURCES):
        source = _SOURCES[place]
        states = [one for one in selection.states if one in source.states]
        if states and (source.still or selection.still_before is None):
            query, values = _query(source, selection, scope, states, asked_at, bound)
            room = limit - len(found)
            rows = db.execute(
                query, (*values, *(keys or source.start), room)
            ).fetchall()
            found += [_candidate(row) for row in rows]
            if len(rows) == room:
                return Found(tuple(found), as_list([place, *rows[-1][9:]]))
        place, keys = place + 1, ()
    return Found(tuple(found), None)


def _place_of(cursor: str) -> tuple[int, tuple[Any, ...]]:
    if not cursor:
        return 0, ()
    place, *keys = from_json(cursor.encode())
    return place, tuple(keys)


def _query(
    source: _Source,
    selection: Selection,
    scope: Scope,
    states: Sequence[State],
    asked_at: datetime,
    bound: int | None,
) -> tuple[str, tuple[Any, ...]]:
    of_scope, scoped = scope_of(scope)
    given = {
        # As a sum, so that no planner reads the whole table in the order of seq.
        "t.seq + 0 <= ?": bound,
        "t.office = ?": selection.office,
        "t.agency = ?": selection.agency,
        "t.kind = ?": selection.kind,
        "t.cause = ?": selection.cause,
        "t.still_at < ?": stamp_or_none(selection.still_before),
    }
    asked = {text: value for text, value in given.items() if value is not None}
    further = "".join(f" AND {text}" for text in asked)
    keys = ", ".join(source.keys)
    still = (stamp(asked_at),) if source.still else ()
    query = (
        f"SELECT {_CANDIDATE}, {keys} FROM transfer AS t"  # noqa: S608  constants
        " JOIN dossier AS d ON d.id = t.dossier_id"
        f" WHERE {source.within} AND t.state IN ({marks(len(states))}){further}"
        f" AND {of_scope} AND ({keys}) > ({marks(len(source.keys))})"
        f" ORDER BY {keys} LIMIT ?"
    )
    return query, (*still, *(s.value for s in states), *asked.values(), *scoped)


def _candidate(row: Row) -> Candidate:
    return Candidate(
        position=row[0],
        transfer_id=TransferId(row[1]),
        dossier_id=DossierId(row[2]),
        office=OfficeId(row[3]),
        kind=MessageKind(row[4]),
        state=State(row[5]),
        fate=Fate(row[6]),
        cause=row[7],
        attempts=row[8],
    )


def add(db: Database, job: str, items: Sequence[Item]) -> tuple[int, int]:
    """Add those that are not there; how many they are, and how many are skipped.

    A transfer that moved between two pages may have been found by both.
    """
    positions = as_list([item.key.position for item in items])
    rows = db.execute(_THERE[db.dialect], (job, positions)).fetchall()
    known = {position for (position,) in rows}
    fresh = [item for item in items if item.key.position not in known]
    insert(db, "bulk_item", f"{_ITEM}, open", [_row(item) for item in fresh])
    return len(fresh), sum(item.outcome is Outcome.SKIPPED for item in fresh)


def _row(item: Item) -> Row:
    return (
        item.key.job,
        item.key.position,
        item.transfer_id,
        item.dossier_id,
        item.state.value,
        item.fate.value,
        item.attempts,
        item.outcome.value,
        item.code,
        stamp_or_none(item.at),
        1 if item.outcome is Outcome.LEFT else None,
    )


def settle(db: Database, key: ItemKey, outcome: Outcome, code: str, at: int) -> None:
    """Give an item that is left its outcome.

    Raises:
        ItemSettled: it has one.
    """
    db.execute(
        "UPDATE bulk_item SET outcome = ?, code = ?, at = ?, open = NULL"
        " WHERE job = ? AND position = ? AND open IS NOT NULL",
        (outcome.value, code, at, key.job, key.position),
    )
    if not db.changes():
        raise ItemSettled(f"item {key.position} of {key.job}")


def stop(db: Database, job: str, at: int, limit: int) -> int:
    """Mark the next items that are left as stopped."""
    db.execute(
        "UPDATE bulk_item SET outcome = 'stopped', at = ?, open = NULL"
        " WHERE job = ? AND open IS NOT NULL AND position IN (SELECT position"
        " FROM bulk_item WHERE job = ? AND open IS NOT NULL ORDER BY position LIMIT ?)",
        (at, job, job, limit),
    )
    return db.changes()


def tally(db: Database, job: str) -> dict[str, int]:
    """How many items of a job have each outcome."""
    rows = db.execute(
        "SELECT outcome, count(*) FROM bulk_item WHERE job = ? GROUP BY outcome", (job,)
    ).fetchall()
    return dict(rows)


def left(db: Database, job: str, after: int, limit: int) -> list[Item]:
    """Items that are left, in order."""
    return _items(db, "job = ? AND open IS NOT NULL", (job,), after, limit)


def items(
    db: Database, job: str, outcome: Outcome | None, after: int, limit: int
) -> list[Item]:
    """Items of one outcome or of any, in order."""
    if outcome is None:
        return _items(db, "job = ?", (job,), after, limit)
    values = (job, outcome.value)
    return _items(db, "job = ? AND outcome = ?", values, after, limit)


def item(db: Database, key: ItemKey) -> Item | None:
    """One item."""
    found = _items(db, "job = ?", (key.job,), key.position - 1, 1)
    return found[0] if found and found[0].key == key else None


def _items(
    db: Database, within: str, values: tuple[str, ...], after: int, limit: int
) -> list[Item]:
    rows = db.execute(
        f"SELECT {_ITEM} FROM bulk_item WHERE {within} AND position > ?"  # noqa: S608
        " ORDER BY position LIMIT ?",
        (*values, after, limit),
    ).fetchall()
    return [_item_of(row) for row in rows]


def _item_of(row: Row) -> Item:
    return Item(
        key=ItemKey(row[0], row[1]),
        transfer_id=TransferId(row[2]),
        dossier_id=DossierId(row[3]),
        state=State(row[4]),
        fate=Fate(row[5]),
        attempts=row[6],
        outcome=Outcome(row[7]),
        code=row[8],
        at=moment_or_none(row[9]),
    )
