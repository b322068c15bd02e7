"""Transfers of one change: moves, new ones, and the order that follows."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import OfficeId
from gateway.domain.transfer import (
    CLOSED,
    STATUS_CONVERSATION,
    Fate,
    State,
    is_allowed,
)
from gateway.domain.values import replace
from gateway.store.database import insert
from gateway.store.dialect import in_each
from gateway.store.order import Failure, Place, settle_order
from gateway.store.rows import as_json, stamp

if TYPE_CHECKING:
    from gateway.domain.identifiers import DossierId
    from gateway.domain.transfer import Move, NewTransfer
    from gateway.ports.store import Change
    from gateway.store.database import Row, Tx

_STILL = frozenset({State.PARKED, State.UNCONFIRMED})
_ACTIVE = frozenset({State.DUE, State.SENDING, State.UNCONFIRMED})
_FAILED = frozenset({State.REFUSED, State.CANCELLED})
_UPDATE = (
    "UPDATE transfer SET state = ?, fate = ?, head = ?, due_at = ?, ask_at = ?,"
    " poll_at = ?, lease_until = NULL, lease_by = NULL, pickup = NULL,"
    " unshown_at = ?,"
    " still_at = CASE WHEN ? THEN coalesce(still_at, ?) END,"
    " finished_at = CASE WHEN ? THEN coalesce(finished_at, ?) END,"
    " cause = ?, named_by = coalesce(?, named_by) WHERE id = ?"
)
# Claims change transfers without their dossier's lock. What moves is locked, and so is
# a conversation in which one may be overtaken before it has left; else a claim that
# is under way changes nothing of the order, and nobody waits for it.
_PRESENT = in_each(
    "SELECT dossier_id, agency, conversation, position, state, lease_by, cause, attempts,"
    " fate FROM transfer WHERE id = ?{lock}"
)
_OPEN = (
    "SELECT id, position, kind, state, fate, cause, dependent, overtakes, office"
    " FROM transfer WHERE dossier_id = ? AND agency = ? AND conversation = ?"
    " AND finished_at IS NULL ORDER BY position"
)
_OPEN_LOCKED = in_each(_OPEN + "{lock}")
_COLUMNS = (
    "id, dossier_id, agency, office, leg, conversation, position, kind, state, fate,"
    " created_at, facts, payload, revision, dependent, overtakes, head, due_at,"
    " still_at, finished_at, cause, named_by, deadline"
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
        is_new: bool,
        due_on: str | None,
    ) -> None:
        """``is_new``: the dossier has no transfers yet, so that none are looked for.

        ``due_on``: the day for which its answer is promised (ISO).
        """
        self._due_on = due_on
        self._tx = tx
        self._db = tx.db
        self._dossier_id = dossier_id
        self._change = change
        self._is_new = is_new
        self._now = stamp(change.now)
        self._failures: dict[Key, list[Failure]] = {}
        self._new: dict[Key, list[NewTransfer]] = {}
        self._moments: dict[str, int] = {}
        self._places: dict[str, tuple[Place, int | None]] = {}
        self._due: set[OfficeId] = set()

    def settle(self) -> set[OfficeId]:
        """Move, add, then settle each conversation once; offices with work at once."""
        for move in self._change.moves:
            self._move(move)
        for new in self._change.transfers:
            self._new.setdefault(Key(new.agency, new.conversation), []).append(new)
        for key in {**self._failures, **self._new}:
            self._settle(key)
        # Last, since whoever leaves the head does so before another takes it.
        rows = [self._row(new) for new in self._change.transfers]
        insert(self._db, "transfer", _COLUMNS, rows)
        return self._due

    def _move(self, move: Move) -> None:
        known = is_allowed(move.was, move.now, move.fate)
        if not known or move.now is State.SENDING:
            raise ValueError(f"no transfer moves from {move.was} to {move.now}")
        row = self._db.execute(_PRESENT[self._db.dialect], (move.id,)).fetchone()
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
            ask_at=after if state is State.UNCONFIRMED else None,
            poll_at=after if polled else None,
            cause=cause if kept else move.cause,
            named_by=move.named_by,
        )
        if polled or state is State.UNCONFIRMED:
            self._tx.woke = True

    def _update(
        self,
        identifier: str,
        state: State,
        fate: Fate,
        *,
        due_at: int | None = None,
        ask_at: int | None = None,
        poll_at: int | None = None,
        cause: str | None = None,
        named_by: str | None = None,
    ) -> None:
        self._db.execute(
            _UPDATE,
            (
                state.value,
                fate.value,
                1 if state in _ACTIVE else None,
                due_at,
                ask_at,
                poll_at,
                self._now if state is State.UNCONFIRMED else None,
                state in _STILL,
                self._now,
                state in CLOSED,
                self._now,
                cause,
                named_by,
                identifier,
            ),
        )

    def _settle(self, key: Key) -> None:
        new = self._new.get(key, [])
        places, offices = self._open(key, _OPEN)
        overtakes = [p.overtakes for p in places] + [n.overtakes for n in new]
        if any(overtakes):
            places, offices = self._open(key, _OPEN_LOCKED[self._db.dialect])
        position = self._last_position(key) if new else 0
        failures = self._failures.get(key, [])
        if new:
            # Who decided on the new ones knew of these failures.
            failures = [replace(f, until=position + 1) for f in failures]
        for i, one in enumerate(new, start=1):
            places.append(_place(one, position + i))
        is_status = key.name == STATUS_CONVERSATION
        settle_order(places, failures, is_status=is_status)
        self._keep(places, {**offices, **{one.id: one.office for one in new}}, new)

    def _keep(
        self, places: list[Place], offices: dict[str, str], new: list[NewTransfer]
    ) -> None:
        """Write down who moved; the new ones are only noted."""
        fresh = {one.id for one in new}
        for place in sorted(places, key=lambda place: place.state is State.DUE):
            is_new = place.id in fresh
            due_at = None
            if place.state is State.DUE and (is_new or place.moved):
                due_at = self._moments.get(place.id, self._now)
                self._tx.woke = True
                if due_at <= self._now:
                    self._due.add(OfficeId(offices[place.id]))
            if is_new:
                self._places[place.id] = (place, due_at)
            elif place.moved:
                self._update(
                    place.id,
                    place.state,
                    place.fate,
                    due_at=due_at,
                    cause=place.cause,
                    named_by=place.named_by,
                )

    def _open(self, key: Key, query: str) -> tuple[list[Place], dict[str, str]]:
        """Open transfers of a conversation by position, and their offices."""
        if self._is_new:
            return [], {}
        rows = self._db.execute(query, (self._dossier_id, *key)).fetchall()
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
            )
            for row in rows
        ]
        return places, {row[0]: row[8] for row in rows}

    def _last_position(self, key: Key) -> int:
        if self._is_new:
            return 0
        last: int | None = self._db.execute(
            "SELECT max(position) FROM transfer"
            " WHERE dossier_id = ? AND agency = ? AND conversation = ?",
            (self._dossier_id, *key),
        ).get
        return last or 0

    def _row(self, new: NewTransfer) -> Row:
        """The values of ``_COLUMNS``."""
        place, due_at = self._places[new.id]
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
            as_json(new.facts),
            new.payload,
            new.revision,
            int(new.dependent),
            " ".join(sorted(new.overtakes)) or None,
            1 if state in _ACTIVE else None,
            due_at,
            self._now if state is State.PARKED else None,
            self._now if state in CLOSED else None,
            place.cause,
            place.named_by,
            self._due_on,
        )


def _place(new: NewTransfer, position: int) -> Place:
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
        fate=Fate.NOT_LEFT,
        cause=new.parked,
        dependent=new.dependent,
        overtakes=new.overtakes,
    )
