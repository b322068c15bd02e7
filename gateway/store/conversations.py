"""Transfers of one change: moves, new ones, and the order that follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import OfficeId
from gateway.domain.transfer import (
    CLOSED,
    KNEW,
    OTHER,
    SAME,
    STATUS_CONVERSATION,
    TO_ONE_STOP,
    Fate,
    State,
    is_allowed,
)
from gateway.domain.values import replace
from gateway.store.asked import present
from gateway.store.database import insert
from gateway.store.dialect import in_each
from gateway.store.order import Failure, Place, settle_order
from gateway.store.rows import as_json, stamp

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.domain.identifiers import DossierId
    from gateway.domain.transfer import Move, NewTransfer
    from gateway.ports.store import Change
    from gateway.store.database import Cursor, Row, Tx

_STILL = frozenset({State.PARKED, State.UNCONFIRMED})
_ACTIVE = frozenset({State.DUE, State.SENDING, State.UNCONFIRMED})
_FAILED = frozenset({State.REFUSED, State.CANCELLED})
#: What the order makes of the first that nothing holds: sent, or asked about before.
_BEGINS = frozenset({State.DUE, State.UNCONFIRMED})
_UPDATE = (
    "UPDATE transfer SET state = ?, fate = ?, head = ?, due_at = ?, ask_at = ?,"
    " poll_at = ?, lease_until = NULL, lease_by = NULL, pickup = NULL,"
    " unshown_at = ?,"
    " still_at = CASE WHEN ? THEN coalesce(still_at, ?) END,"
    " finished_at = CASE WHEN ? THEN coalesce(finished_at, ?) END,"
    " cause = ?, named_by = coalesce(?, named_by), doubt = CASE WHEN ? THEN doubt END"
    " WHERE id = ?"
)
_OPEN = (
    "SELECT id, position, kind, state, fate, cause, dependent, overtakes, office, doubt"
    " FROM transfer WHERE dossier_id = ? AND agency = ? AND conversation = ?"
    " AND finished_at IS NULL ORDER BY position"
)
_OPEN_LOCKED = in_each(_OPEN + "{lock}")
_COLUMNS = (
    "id, dossier_id, agency, office, leg, conversation, position, kind, state, fate,"
    " created_at, facts, payload, revision, dependent, overtakes, head, due_at,"
    " still_at, finished_at, cause, named_by, deadline"
)
_IN_DOUBT = f"{_COLUMNS}, doubt, ask_at, attempts"


_LAST = (
    "SELECT max(position) FROM transfer"
    " WHERE dossier_id = ? AND agency = ? AND conversation = ?"
)
#: Numbers and results of a dossier.
_HAS = (
    "SELECT (SELECT count(*) FROM reference WHERE dossier_id = ?),"
    " (SELECT count(*) FROM attachment WHERE dossier_id = ? AND role = 'result')"
)
#: Who named a transfer cancelled that was only made to be looked at.
SHADOW = "shadow"


class Key(NamedTuple):
    """A conversation of the dossier at hand."""

    agency: str
    name: str


class Conversations:
    """The conversations of a dossier that a change touches."""

    def __init__(
        self,
        tx: Tx,
        dossier_id: DossierId,
        change: Change,
        *,
        asked: dict[str, Cursor],
        is_new: bool,
        due_on: str | None,
        in_doubt: bool = False,
    ) -> None:
        """``is_new``: the dossier has no transfers yet, so that none are looked for.

        ``asked``: about transfers that move. ``due_on``: the day for which its answer
        is promised (ISO). ``in_doubt``: what is new here may have been sent before the
        store was restored.
        """
        self._in_doubt = in_doubt
        self._due_on = due_on
        self._tx = tx
        self._db = tx.db
        self._dossier_id = dossier_id
        self._change = change
        self._asked = asked
        self._is_new = is_new
        self._now = stamp(change.now)
        self._failures: dict[Key, list[Failure]] = {}
        self._new: dict[Key, list[NewTransfer]] = {}
        self._moments: dict[str, int] = {}
        self._places: dict[str, tuple[Place, int | None]] = {}
        self._due: set[OfficeId] = set()
        self._knew: Cursor | None = None

    def settle(self) -> set[OfficeId]:
        """Move, add, then settle each conversation once; offices with work at once."""
        for move in self._change.moves:
            self._move(move)
        for new in self._change.transfers:
            self._new.setdefault(Key(new.agency, new.conversation), []).append(new)
        known = {key: self._ask(key) for key in {**self._failures, **self._new}}
        if any(n.conversation == STATUS_CONVERSATION for n in self._change.transfers):
            self._knew = self._db.execute(_HAS, (self._dossier_id,) * 2)
        for key, asked in known.items():
            self._settle(key, asked)
        # Last, since whoever leaves the head does so before another takes it.
        certain = [n for n in self._change.transfers if not self._doubts(n)]
        rows = [self._row(new) for new in certain]
        insert(self._db, "transfer", _COLUMNS, rows)
        if len(certain) < len(self._change.transfers):
            self._insert_in_doubt()
        return self._due

    def _move(self, move: Move) -> None:
        known = is_allowed(move.was, move.now, move.fate)
        if not known or move.now is State.SENDING:
            raise ValueError(f"no transfer moves from {move.was} to {move.now}")
        asked = self._asked.pop(move.id, None) or present(self._db, move.id)
        row = asked.fetchone()
        if row is None or row[0] != self._dossier_id:
            raise ValueError("a change moves transfers of its own dossier only")
        _, agency, conversation, position, state, lease_by, cause, attempts, fate = row
        taken = (move.lease_by or lease_by) != lease_by
        taken = taken or (move.unshown and fate != Fate.NOT_LEFT)
        taken = taken or move.attempts not in {None, attempts}
        if state != move.was.value or taken:
            raise ChangedMeanwhile(f"transfer {move.id} is {state}")
        if move.office is not None:
            self._readdress(move)
        key = Key(agency, conversation)
        if move.was not in CLOSED:
            failures = self._failures.setdefault(key, [])
            if move.now in _FAILED:
                failures.append(Failure(position, move.now))
        if move.now is State.UNCONFIRMED and move.was is State.PARKED:
            self._head_must_be_free(key)
        self._write(move, cause)
        if move.was is State.PARKED and move.now in {State.DUE, State.UNCONFIRMED}:
            # Who moves it on has a whole horizon again, not what was left of the old.
            self._db.execute(
                "UPDATE transfer SET first_sent_at = ?"
                " WHERE id = ? AND first_sent_at IS NOT NULL",
                (self._now, move.id),
            )

    def _readdress(self, move: Move) -> None:
        """Another entry takes it, as if it had never been tried by the former."""
        if not move.unshown:
            raise ValueError("what may have left stays where it is")
        self._db.execute(
            "UPDATE transfer SET office = ?, first_sent_at = NULL WHERE id = ?",
            (move.office, move.id),
        )

    def _head_must_be_free(self, key: Key) -> None:
        taken = self._db.execute(
            "SELECT 1 FROM transfer WHERE dossier_id = ? AND agency = ?"
            " AND conversation = ? AND head IS NOT NULL",
            (self._dossier_id, *key),
        ).fetchone()
        if taken:
            raise ChangedMeanwhile("another transfer of the conversation is on its way")

    def _write(self, move: Move, cause: str | None) -> None:
        """Write a move; what is to be due waits until the order has been settled."""
        after = self._now if move.after is None else stamp(move.after)
        state = move.now
        if state is State.DUE:
            self._moments[move.id] = after
            state = State.WAITING
        polled = state is State.DELIVERED and move.after is not None
        kept = move.cause is None and move.now in {*_STILL, State.CANCELLED}
        self._update(
            move.id,
            state,
            move.fate,
            at=after if polled or state is State.UNCONFIRMED else None,
            cause=cause if kept else move.cause,
            named_by=move.named_by,
            # What is known now is newer than the doubt; a person has yet to look.
            doubt=SAME if state is State.PARKED else None,
        )
        if polled or state is State.UNCONFIRMED:
            self._tx.woke = True

    def _update(
        self,
        identifier: str,
        state: State,
        fate: Fate,
        *,
        at: int | None = None,
        cause: str | None = None,
        named_by: str | None = None,
        doubt: str | None = None,
    ) -> None:
        """``at``: of the state; ``doubt``: whether there still is one, and which."""
        asked = state is State.UNCONFIRMED
        self._db.execute(
            _UPDATE,
            (
                state.value,
                fate.value,
                1 if state in _ACTIVE else None,
                at if state is State.DUE else None,
                at if asked else None,
                at if state is State.DELIVERED else None,
                self._now if asked and doubt != OTHER else None,
                state in _STILL,
                self._now,
                state in CLOSED,
                self._now,
                cause,
                named_by,
                doubt is not None,
                identifier,
            ),
        )

    def _ask(self, key: Key) -> tuple[Cursor, Cursor | None] | None:
        """What is open of a conversation, and its last position if one is added."""
        if self._is_new:
            return None
        return (
            self._db.execute(_OPEN, (self._dossier_id, *key)),
            self._db.execute(_LAST, (self._dossier_id, *key))
            if key in self._new
            else None,
        )

    def _settle(self, key: Key, asked: tuple[Cursor, Cursor | None] | None) -> None:
        new = self._new.get(key, [])
        places, offices = _opened(asked[0]) if asked else ([], {})
        overtakes = [p.overtakes for p in places] + [n.overtakes for n in new]
        if asked and any(overtakes):
            locked = _OPEN_LOCKED[self._db.dialect]
            places, offices = _opened(
                self._db.execute(locked, (self._dossier_id, *key))
            )
        position = (asked[1].get or 0) if asked and asked[1] else 0
        failures = self._failures.get(key, [])
        if new:
            # Who decided on the new ones knew of these failures.
            failures = [replace(f, until=position + 1) for f in failures]
        for i, one in enumerate(new, start=1):
            places.append(_place(one, position + i, in_doubt=self._doubts(one)))
        is_status = key.name == STATUS_CONVERSATION
        settle_order(places, failures, is_status=is_status)
        self._keep(places, {**offices, **{one.id: one.office for one in new}}, new)

    def _keep(
        self, places: list[Place], offices: dict[str, str], new: list[NewTransfer]
    ) -> None:
        """Write down who moved; the new ones are only noted."""
        fresh = {one.id for one in new}
        for place in sorted(places, key=lambda place: place.state in _BEGINS):
            is_new = place.id in fresh
            at = None
            if place.state in _BEGINS and (is_new or place.moved):
                at = self._moments.get(place.id, self._now)
                self._tx.woke = True
                if at <= self._now:
                    self._due.add(OfficeId(offices[place.id]))
            if is_new:
                self._places[place.id] = (place, at)
            elif place.moved:
                self._update(
                    place.id,
                    place.state,
                    place.fate,
                    at=at,
                    cause=place.cause,
                    named_by=place.named_by,
                    doubt=None if place.state in CLOSED else place.doubt,
                )

    def _doubts(self, new: NewTransfer) -> bool:
        """A status says the whole present state and may be told twice."""
        return self._in_doubt and not new.shadow and new.conversation not in TO_ONE_STOP

    def _insert_in_doubt(self) -> None:
        rows = []
        for new in filter(self._doubts, self._change.transfers):
            asked = self._places[new.id][0].state is State.UNCONFIRMED
            rows.append((*self._row(new), OTHER, self._now if asked else None, 1))
        insert(self._db, "transfer", _IN_DOUBT, rows)

    def _facts(self, new: NewTransfer) -> Mapping[str, Any]:
        """What it says; a status also of what the dossier has now."""
        if new.conversation != STATUS_CONVERSATION:
            return new.facts
        row = self._knew.fetchone() if self._knew else None
        return {**new.facts, KNEW: [int(count) for count in row or (0, 0)]}

    def _row(self, new: NewTransfer) -> Row:
        """The values of ``_COLUMNS``."""
        place, at = self._places[new.id]
        state = place.state
        return (
            new.id,
            self._dossier_id,
            new.agency,
            new.office,
            new.leg,
            new.conversation,
            place.position,
            new.kind,
            state.value,
            place.fate.value,
            self._now,
            as_json(self._facts(new)),
            new.payload,
            new.revision,
            int(new.dependent),
            " ".join(sorted(new.overtakes)) or None,
            1 if state in _ACTIVE else None,
            at if state is State.DUE else None,
            self._now if state in _STILL else None,
            self._now if state in CLOSED else None,
            place.cause,
            place.named_by,
            self._due_on,
        )


def _opened(asked: Cursor) -> tuple[list[Place], dict[str, str]]:
    """Open transfers of a conversation by position, and their offices."""
    rows = asked.fetchall()
    places = [
        Place(
            id=row[0],
            position=row[1],
            kind=row[2],
            state=State(row[3]),
            fate=Fate(row[4]),
            cause=row[5],
            dependent=bool(row[6]),
            overtakes=frozenset(row[7].split()) if row[7] else frozenset(),
            doubt=row[9],
        )
        for row in rows
    ]
    return places, {row[0]: row[8] for row in rows}


def _place(new: NewTransfer, position: int, *, in_doubt: bool) -> Place:
    """The place of a new one; what is kept in shadow overtakes and holds nothing."""
    if new.shadow:
        return Place(
            id=new.id,
            position=position,
            kind=new.kind,
            state=State.CANCELLED,
            fate=Fate.NOT_LEFT,
            named_by=SHADOW,
        )
    return Place(
        id=new.id,
        position=position,
        kind=new.kind,
        state=State.PARKED if new.parked is not None else State.WAITING,
        fate=Fate.MAY_HAVE_LEFT if in_doubt else Fate.NOT_LEFT,
        cause=new.parked,
        dependent=new.dependent,
        overtakes=new.overtakes,
        doubt=OTHER if in_doubt else None,
    )
