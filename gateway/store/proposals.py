"""Proposals, their rules and their links as rows."""

from __future__ import annotations

from abc import abstractmethod
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

from gateway.domain.errors import ChangedMeanwhile, ItemSettled
from gateway.domain.identifiers import DossierId, OfficeId, PayloadId
from gateway.domain.proposal import ProposalKind, ProposalState, Says, slot_of
from gateway.domain.values import replace
from gateway.ports.proposals import (
    Brought,
    ProposalLink,
    ProposalRow,
    ProposalRule,
    Proposals,
)
from gateway.ports.vault import SealedPayload
from gateway.store.chains import append
from gateway.store.database import insert
from gateway.store.dialect import in_each
from gateway.store.rows import (
    BESIDE,
    as_list,
    from_json,
    moment,
    moment_or_none,
    scope_of,
    stamp,
    stamp_or_none,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from datetime import datetime

    from gateway.domain.journal import JournalLine
    from gateway.domain.principal import Scope
    from gateway.ports.store import Change
    from gateway.store.database import Database, Row, Tx

T = TypeVar("T")
_SEALED = "payload, sealed, ciphertext, salt, digest"
_COLUMNS = (
    "id, version, subject, dossier_id, leg, office, unit, sender, kind, says, at,"
    " until, found_at, brought_by, state, effect_at, by, rule, decided_at, report,"
    f" counts, {_SEALED}"
)
_LAST = in_each(
    f"SELECT {_COLUMNS} FROM proposal"  # noqa: S608  constants
    " WHERE subject = ? AND leg = ? AND slot = ?"
    " ORDER BY state = 'open' DESC, found_at DESC, id DESC LIMIT 1{lock}"
)
_RENEW = (
    "UPDATE proposal SET version = version + 1, kind = ?, says = ?, at = ?, until = ?,"
    " found_at = ?, brought_by = ?, effect_at = ?, by = ?, rule = ?, payload = ?,"
    " sealed = ?, ciphertext = ?, salt = ?, digest = ? WHERE id = ?"
)
_MOVE = (
    "UPDATE proposal SET version = version + 1, state = ?, effect_at = ?, by = ?,"
    " rule = ?, decided_at = ?, report = ?, counts = ? WHERE id = ? AND version = ?"
)
_RULE = (
    f"id, version, office, kind, days, decision, valid_from, valid_to, by, {_SEALED}"
)


class ProposalRows(Proposals):
    """The port over whatever writes a unit and reads in a thread."""

    @abstractmethod
    def _unit_of(self, dossier: str, work: Callable[[Tx], T]) -> Awaitable[T]:
        """Do ``work`` as one unit, where waiting for a dossier's rows is allowed."""

    @abstractmethod
    def _unit(self, work: Callable[[Tx], T], chain: str) -> Awaitable[T]:
        """Do ``work`` as one unit that appends to a chain of lines."""

    @abstractmethod
    def _chain(self, at: datetime) -> str:
        """Where lines that are no dossier's go."""

    @abstractmethod
    async def _list(self, read: Callable[..., T], *values: Any) -> T:
        """What ``read`` finds, given a connection of a thread's own and the values."""

    async def propose(self, rows: Sequence[ProposalRow]) -> Brought:
        """Keep these, or their newer evidence."""
        return await self._unit_of("", lambda tx: propose(tx.db, rows))

    async def proposal(self, identifier: str, scope: Scope) -> ProposalRow | None:
        """One, within scope."""
        return await self._list(proposal, identifier, scope)

    async def proposals(
        self,
        scope: Scope,
        *,
        state: ProposalState,
        office: str | None = None,
        after: str | None = None,
        limit: int,
    ) -> Sequence[ProposalRow]:
        """A page in order of their identifiers."""
        return await self._list(proposals, scope, state, office, after, limit)

    async def proposals_due(self, now: datetime, limit: int) -> Sequence[ProposalRow]:
        """Open ones whose effect has come."""
        return await self._list(due, stamp(now), limit)

    async def proposal_rules(self) -> Sequence[ProposalRule]:
        """Every rule."""
        return await self._list(rules)

    async def set_proposal_rule(self, rule: ProposalRule, line: JournalLine) -> None:
        """Keep a rule, or a new version of it."""
        chain = self._chain(line.at)
        await self._unit(lambda tx: set_rule(tx, rule, line, chain), chain)

    async def add_proposal_link(self, link: ProposalLink) -> None:
        """Keep a link."""
        await self._unit_of("", lambda tx: add_link(tx.db, link))

    async def proposal_link(self, token: bytes, now: datetime) -> ProposalLink | None:
        """What a link opens."""
        return await self._list(link_of, token, stamp(now))


def propose(db: Database, rows: Sequence[ProposalRow]) -> Brought:
    """Keep each, or its evidence in place of the older one."""
    new, renewed, known = [], [], 0
    for came in sorted(rows, key=lambda one: (one.subject, one.leg, one.kind)):
        slot = slot_of(came.kind)
        key = (came.subject, came.leg, slot)
        found = db.execute(_LAST[db.dialect], key).fetchone()
        last = None if found is None else row_of(found)
        row = _since_first_seen(last, came)
        same = last is not None and (last.says, last.at) == (row.says, row.at)
        if last is not None and last.is_open:
            renewed.append(_renew(db, last, row, same=same))
        elif same:
            known += 1
        elif _insert(db, row, slot):
            new.append(row)
    return Brought(tuple(new), tuple(renewed), known)


def _since_first_seen(last: ProposalRow | None, row: ProposalRow) -> ProposalRow:
    """A list that shows it waiting does not say since when: the first one counts."""
    if last is None or not last.is_open or last.at is None or row.at is None:
        return row
    if last.says is row.says is Says.WAITING:
        return replace(row, at=min(last.at, row.at))
    return row


def _insert(db: Database, row: ProposalRow, slot: str) -> bool:
    values = (
        *(row.id, row.version, row.subject, row.dossier_id, row.leg, row.office),
        *(row.unit, row.sender, row.kind.value, row.says.value),
        *(stamp_or_none(row.at), stamp_or_none(row.until), stamp(row.found_at)),
        *(row.brought_by, row.state.value, stamp_or_none(row.effect_at), row.by),
        *(row.rule, stamp_or_none(row.decided_at), row.report, int(row.counts)),
        *_sealed(row.evidence),
        slot,
    )
    insert(db, "proposal", f"{_COLUMNS}, slot", [values], "ON CONFLICT DO NOTHING")
    return bool(db.changes())


def _renew(
    db: Database, last: ProposalRow, row: ProposalRow, *, same: bool
) -> ProposalRow:
    """The open one with newer evidence; who confirmed other evidence did not confirm this."""
    keeps = (last.effect_at, last.by, last.rule) if same else (None, "", "")
    effect_at, by, rule = keeps
    db.execute(
        _RENEW,
        (
            *(row.kind.value, row.says.value, stamp_or_none(row.at)),
            *(stamp_or_none(row.until), stamp(row.found_at), row.brought_by),
            *(stamp_or_none(effect_at), by, rule, *_sealed(row.evidence), last.id),
        ),
    )
    found = db.execute(
        f"SELECT {_COLUMNS} FROM proposal WHERE id = ?",  # noqa: S608
        (last.id,),
    )
    return row_of(found.fetchall()[0])


def move_proposals(db: Database, change: Change) -> None:
    """What becomes of proposals in the unit of a change.

    Raises:
        ItemSettled: one is not as it was read.
    """
    for move in change.proposals:
        open_ = move.state is ProposalState.OPEN
        decided_at = None if open_ else stamp(change.now)
        db.execute(
            _MOVE,
            (
                *(move.state.value, stamp_or_none(move.effect_at), move.by, move.rule),
                *(decided_at, move.report, int(move.counts), move.id, move.version),
            ),
        )
        if not db.changes():
            raise ItemSettled(f"proposal {move.id}")


def proposal(db: Database, identifier: str, scope: Scope) -> ProposalRow | None:
    """One, within scope."""
    condition, values = scope_of(scope, BESIDE)
    row = db.execute(
        f"SELECT {_COLUMNS} FROM proposal AS d WHERE d.id = ? AND {condition}",  # noqa: S608
        (identifier, *values),
    ).fetchone()
    return None if row is None else row_of(row)


def proposals(
    db: Database,
    scope: Scope,
    state: ProposalState,
    office: str | None,
    after: str | None,
    limit: int,
) -> list[ProposalRow]:
    """A page."""
    condition, values = scope_of(scope, BESIDE)
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM proposal AS d WHERE d.state = ? AND d.id > ?"  # noqa: S608
        f" AND (CAST(? AS text) IS NULL OR d.office = ?) AND {condition}"
        " ORDER BY d.id LIMIT ?",
        (state.value, after or "", office, office, *values, limit),
    ).fetchall()
    return [row_of(row) for row in rows]


def due(db: Database, at: int, limit: int) -> list[ProposalRow]:
    """Open ones whose effect has come."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM proposal WHERE effect_at IS NOT NULL"  # noqa: S608
        " AND effect_at <= ? ORDER BY effect_at, id LIMIT ?",
        (at, limit),
    ).fetchall()
    return [row_of(row) for row in rows]


def rules(db: Database) -> list[ProposalRule]:
    """Every rule, in order of ids."""
    rows = db.execute(f"SELECT {_RULE} FROM proposal_rule ORDER BY id").fetchall()  # noqa: S608
    return [_rule_of(row) for row in rows]


def set_rule(tx: Tx, rule: ProposalRule, line: JournalLine, chain: str) -> None:
    """Keep a rule, with its line in the journal.

    Raises:
        ChangedMeanwhile: another version was to be replaced.
    """
    if rule.version == 1:
        values = (
            *(rule.id, 1, rule.office, rule.kind.value, rule.days, rule.decision),
            *(rule.valid_from.isoformat(), rule.valid_to.isoformat(), rule.by),
            *_sealed(rule.sealed),
        )
        insert(tx.db, "proposal_rule", _RULE, [values], "ON CONFLICT DO NOTHING")
    else:
        tx.db.execute(
            "UPDATE proposal_rule SET version = ?, valid_to = ?, payload = ?,"
            " sealed = ?, ciphertext = ?, salt = ?, digest = ?"
            " WHERE id = ? AND version = ?",
            (
                *(rule.version, rule.valid_to.isoformat(), *_sealed(rule.sealed)),
                *(rule.id, rule.version - 1),
            ),
        )
    if not tx.db.changes():
        raise ChangedMeanwhile
    append(tx.db, chain, [line])


def add_link(db: Database, link: ProposalLink) -> None:
    """Keep a link."""
    values = (
        *(link.token, link.sender, as_list(link.proposals), link.contact),
        stamp(link.expires_at),
    )
    columns = "token, sender, proposals, contact, expires_at"
    insert(db, "proposal_link", columns, [values])


def link_of(db: Database, token: bytes, now: int) -> ProposalLink | None:
    """What a link opens."""
    row = db.execute(
        "SELECT token, sender, proposals, contact, expires_at FROM proposal_link"
        " WHERE token = ? AND expires_at > ?",
        (token, now),
    ).fetchone()
    if row is None:
        return None
    kept, sender, named, contact, expires_at = row
    return ProposalLink(
        bytes(kept), sender, tuple(from_json(named)), contact, moment(expires_at)
    )


def _sealed(sealed: SealedPayload) -> Row:
    return sealed.id, sealed.kind, sealed.ciphertext, sealed.salt, sealed.digest


def row_of(row: Row) -> ProposalRow:
    """A row of ``_COLUMNS``."""
    (identifier, version, subject, dossier, leg, office, unit, sender, kind, says) = (
        row[:10]
    )
    at, until, found_at, brought_by, state, effect_at, by, rule = row[10:18]
    decided_at, report, counts, payload, sealed, *content = row[18:]
    dossier_id = None if dossier is None else DossierId(dossier)
    return ProposalRow(
        id=identifier,
        version=version,
        subject=subject,
        dossier_id=dossier_id,
        leg=leg,
        office=OfficeId(office),
        unit=unit,
        sender=sender,
        kind=ProposalKind(kind),
        says=Says(says),
        at=moment_or_none(at),
        until=moment_or_none(until),
        found_at=moment(found_at),
        brought_by=brought_by,
        evidence=SealedPayload(
            PayloadId(payload), dossier_id, sealed, *map(bytes, content)
        ),
        state=ProposalState(state),
        effect_at=moment_or_none(effect_at),
        by=by,
        rule=rule,
        decided_at=moment_or_none(decided_at),
        report=report,
        counts=bool(counts),
    )


def _rule_of(row: Row) -> ProposalRule:
    identifier, version, office, kind, days, decision, first, last, by = row[:9]
    payload, sealed, *content = row[9:]
    return ProposalRule(
        id=identifier,
        version=version,
        office=OfficeId(office),
        kind=ProposalKind(kind),
        days=days,
        decision=decision,
        valid_from=date.fromisoformat(first),
        valid_to=date.fromisoformat(last),
        by=by,
        sealed=SealedPayload(PayloadId(payload), None, sealed, *map(bytes, content)),
    )
