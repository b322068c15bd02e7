"""``apply``: everything of one change in one unit, the dossier's row last."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from gateway.domain.bulk import Outcome
from gateway.domain.case import End, asked_of_counter
from gateway.domain.errors import ChangedMeanwhile
from gateway.domain.identifiers import DossierId, OfficeId
from gateway.domain.journal import GENESIS
from gateway.ports.store import Applied
from gateway.store import bulk_items, parts
from gateway.store.asked import ask
from gateway.store.chains import append, dossier_chain
from gateway.store.claims import ask_at_once, poll_by
from gateway.store.conversations import Conversations
from gateway.store.correction_moves import decide_corrections
from gateway.store.projection import write_grown
from gateway.store.proposals import move_proposals
from gateway.store.rows import case_text, stamp

if TYPE_CHECKING:
    from gateway.domain.case import Case
    from gateway.ports.store import Change
    from gateway.store.asked import Asked
    from gateway.store.database import Database, Tx


#: Open, unrouted, what is asked, due day: the plain columns of lists.
Listed = tuple[bool, str | None, str | None, str | None]


@dataclass(slots=True)
class Head:
    """A dossier's row as far as a change has to know it."""

    id: DossierId
    version: int
    sender: str
    listed: Listed = (True, None, None, None)
    position: int = 0
    digest: bytes = GENESIS
    is_new: bool = False
    born: int | None = None
    #: when the store's present life began, if it was restored
    due: set[OfficeId] = field(default_factory=set)


def apply_change(tx: Tx, change: Change, chain: str) -> Applied:
    """Do all of a change; ``chain`` is where lines without a dossier go."""
    db = tx.db
    asked = ask(db, change)
    head = _head(asked, change)
    if change.item is not None:
        bulk_items.settle(db, change.item, Outcome.DONE, "", stamp(change.now))
    move_proposals(db, change)
    decide_corrections(db, change)
    parts.keep_key(db, change)
    parts.keep_report(db, change)
    parts.settle_reports(db, change)
    ask_at_once(tx, change.enquiries, stamp(change.now))
    if head is None:
        _refuse_parts_of_a_dossier(change)
        if change.journal:
            append(db, chain, change.journal)
    else:
        _keep_dossier(db, head, change)
        _keep_parts(tx, head, change, asked)
    parts.keep_payloads(db, change.payloads)
    for attempt in change.attempts:
        parts.keep_attempt(db, attempt)
    if head is None:
        return Applied(0)
    return Applied(head.version, tuple(sorted(head.due)))


def _head(asked: Asked, change: Change) -> Head | None:
    """The dossier's row, held against the expected version."""
    if change.dossier_id is None or asked.head is None:
        return None
    case = change.case
    row = asked.head.fetchone()
    if row is None:
        if case is None or case.version != 1:
            raise ChangedMeanwhile(f"dossier {change.dossier_id} is not there")
        born = asked.born.get if asked.born else None
        return Head(change.dossier_id, 0, case.sender, is_new=True, born=born)
    expected = change.expects if case is None else case.version - 1
    if expected not in {None, row[0]}:
        raise ChangedMeanwhile(f"version {row[0]} is stored")
    version, sender, is_open, unrouted, asks, due_on, position, digest, at = row
    listed = (is_open is not None, unrouted, asks, due_on)
    return Head(change.dossier_id, version, sender, listed, position, digest, born=at)


def _refuse_parts_of_a_dossier(change: Change) -> None:
    """Without a dossier there is nothing that these could belong to."""
    parts_of_one = (
        *(change.case, change.wrapped_key, change.document),
        *(change.transfers, change.moves, change.references, change.words),
        *(change.attachments, change.fetch, change.attempts),
    )
    if any(parts_of_one):
        raise ValueError("a change without a dossier carries parts of one")


def _keep_dossier(db: Database, head: Head, change: Change) -> None:
    """The dossier's row: its case with the next version, and the head of its chain.

    Each way of writing it notes that there is more to be measured.
    """
    if change.journal:
        head.position, head.digest = dossier_chain(
            db, head.id, head.sender, head.position, head.digest, change.journal
        )
    case = change.case
    if head.is_new:
        _create(db, head, change)
    elif case is not None:
        head.version += 1
        write_grown(
            db,
            head.id,
            "UPDATE dossier SET version = ?, state = ?, chain_position = ?,"
            " chain_digest = ? WHERE id = ?",
            (head.version, case_text(case), head.position, head.digest, head.id),
        )
        _relist(db, head, case, stamp(change.now))
    elif change.journal:
        write_grown(
            db,
            head.id,
            "UPDATE dossier SET chain_position = ?, chain_digest = ? WHERE id = ?",
            (head.position, head.digest, head.id),
        )


def _create(db: Database, head: Head, change: Change) -> None:
    case = change.case
    if case is None or change.wrapped_key is None or change.document is None:
        raise ValueError("a new dossier needs its case, wrapped key and document")
    is_open, unrouted, asks, due_on = _listed(case)
    now = stamp(change.now)
    head.version = 1
    write_grown(
        db,
        head.id,
        "INSERT INTO dossier (id, version, sender, unit, open, unrouted, unrouted_at,"
        " asks, asks_at, due_on, document, wrapped_key, chain_position, chain_digest,"
        " state) VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            head.id,
            case.sender,
            case.unit,
            1 if is_open else None,
            unrouted,
            now if unrouted else None,
            asks,
            now if asks else None,
            due_on,
            change.document,
            change.wrapped_key,
            head.position,
            head.digest,
            case_text(case),
        ),
    )


def _listed(case: Case) -> Listed:
    """What lists need of a case in plain columns."""
    due_on = case.due_on.isoformat() if case.due_on else None
    if case.end is not End.OPEN:
        return False, None, None, due_on
    asks = next(filter(None, map(asked_of_counter, case.legs)), None)
    return True, case.unrouted or None, asks, due_on


def _keep_parts(tx: Tx, head: Head, change: Change, asked: Asked) -> None:
    db = tx.db
    if change.document is not None:
        parts.keep_document(db, head.id, change, is_new=head.is_new)
    elif change.words:
        parts.keep_words(db, head.id, change)
    parts.keep_references(db, head.id, change)
    parts.keep_attachments(db, head.id, change)
    if change.fetch:
        parts.keep_fetches(db, head.id, change)
        tx.woke = True
    if change.moves or change.transfers:
        listed = head.listed if change.case is None else _listed(change.case)
        conversations = Conversations(
            tx,
            head.id,
            change,
            asked=asked.moves,
            is_new=head.is_new,
            due_on=listed[3],
            in_doubt=may_repeat(change, head.born),
        )
        head.due = conversations.settle()
    poll_by(tx, change.polls)


def may_repeat(change: Change, born_at: int | None) -> bool:
    """Whether what follows from a change may have been sent in a life before this one.

    Not when it began after the restore, or follows from what happened after it.
    """
    if born_at is None:
        return False
    case, report = change.case, change.report
    if report is not None and report.event_at is not None:
        return stamp(report.event_at) <= born_at
    if case is None:
        return True
    received = case.facts.get("received_at")
    at = datetime.fromisoformat(received) if received else case.accepted_at
    return min(stamp(at), stamp(case.accepted_at)) <= born_at


def _relist(db: Database, head: Head, case: Case, now: int) -> None:
    """Follow a case in the columns of lists, only when one of them changes."""
    listed = _listed(case)
    if listed == head.listed:
        return
    is_open, unrouted, asks, due_on = listed
    if due_on != head.listed[3]:
        db.execute(
            "UPDATE transfer SET deadline = ?"
            " WHERE dossier_id = ? AND finished_at IS NULL",
            (due_on, head.id),
        )
    db.execute(
        "UPDATE dossier SET open = ?, due_on = ?,"
        " unrouted = ?, unrouted_at = CASE WHEN ? THEN coalesce(unrouted_at, ?) END,"
        " asks = ?, asks_at = CASE WHEN ? THEN coalesce(asks_at, ?) END WHERE id = ?",
        (
            *(1 if is_open else None, due_on),
            *(unrouted, unrouted is not None, now),
            *(asks, asks is not None, now),
            head.id,
        ),
    )
