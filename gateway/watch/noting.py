"""What staff write on dossiers: notes, who looks after one, until when it is put off.

It is the centre's own: no agency, no one-stop system and no report ever gets it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, NoReturn

from gateway.domain.errors import (
    ActionNotPossible,
    ChangedMeanwhile,
    DossierUnknown,
    NotAllowed,
    SenderError,
)
from gateway.domain.identifiers import DossierId, PayloadId
from gateway.domain.journal import JournalLine
from gateway.domain.json_text import as_json, of_json
from gateway.domain.legal_day import VIETNAM
from gateway.domain.note import LINE, NoteKind, NoteRow
from gateway.domain.principal import Role, may_act, may_decide
from gateway.ports.notes import CausePostponed
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gateway.domain.principal import Principal, Scope
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

TEXT_AT_MOST, OWNER_AT_MOST, REASON_AT_MOST = 2_000, 200, 500
NOTES_AT_MOST = 500
#: What is put off for longer is forgotten, not put off.
DAYS_AT_MOST = 60
_CAUSE = "cause_postponed"


@dataclass(frozen=True, slots=True)
class Note:
    """One time that something was written, opened; no words where it was withdrawn."""

    row: NoteRow
    words: str

    @property
    def stands(self) -> bool:
        """Whether it was neither withdrawn nor followed by another."""
        return self.row.ended_at is None


@dataclass(frozen=True, slots=True)
class Noted:
    """What is written on a dossier, as it holds now."""

    all: tuple[Note, ...] = ()
    notes: tuple[Note, ...] = ()
    #: those that stand, the newest last
    owner: Note | None = None
    postponed: Note | None = None
    #: None as well when its moment has come, or its case has gone on

    @property
    def last(self) -> Note | None:
        """The newest note that stands."""
        return self.notes[-1] if self.notes else None


NOTHING = Noted()


def ours(principal: Principal) -> bool:
    """Whether somebody belongs to the centre: no system, nobody of an agency."""
    outside = principal.role in {Role.ONE_STOP, Role.OFFICER}
    return not outside and not principal.scope.offices


async def noted(tools: Tools, row: DossierRow) -> Noted:
    """What is written on one dossier."""
    return (await noted_of(tools, [row]))[row.case.dossier_id]


async def noted_of(
    tools: Tools, rows: Iterable[DossierRow]
) -> Mapping[DossierId, Noted]:
    """The same of those of a page; two reads for all of them."""
    of = {row.case.dossier_id: row for row in rows}
    kept = await tools.notes.notes(list(of))
    payloads = await tools.store.payloads([one.payload for one in kept])
    written: dict[DossierId, list[Note]] = {identifier: [] for identifier in of}
    folders: dict[DossierId, Folder] = {}
    for one in kept:
        words, sealed = "", payloads.get(one.payload)
        if sealed is not None and not _withdrawn(one):
            if one.dossier_id not in folders:
                folders[one.dossier_id] = Folder.of(tools, of[one.dossier_id])
            words = str(of_json(folders[one.dossier_id].key.open(sealed))["words"])
        written[one.dossier_id].append(Note(one, words))
    now = tools.clock.now()
    return {
        identifier: _standing(found, of[identifier].case.version, now)
        for identifier, found in written.items()
    }


async def noted_among(
    tools: Tools, scope: Scope, dossiers: Iterable[str]
) -> Mapping[DossierId, Noted]:
    """The same of those of a list that have anything; the others are not there."""
    wanted = [DossierId(one) for one in dict.fromkeys(dossiers)]
    having = {one.dossier_id for one in await tools.notes.notes(wanted)}
    rows = [await tools.store.dossier(one, scope) for one in sorted(having)]
    return await noted_of(tools, [row for row in rows if row is not None])


def _withdrawn(row: NoteRow) -> bool:
    return row.kind is NoteKind.NOTE and row.ended_at is not None


def _standing(found: Sequence[Note], version: int, now: datetime) -> Noted:
    stands = [one for one in found if one.stands]

    def last(kind: NoteKind) -> Note | None:
        return next((one for one in reversed(stands) if one.row.kind is kind), None)

    owner, put_off = last(NoteKind.OWNER), last(NoteKind.POSTPONED)
    return Noted(
        all=tuple(found),
        notes=tuple(one for one in stands if one.row.kind is NoteKind.NOTE),
        owner=owner if owner and owner.words else None,
        postponed=put_off if put_off and holds(put_off.row, version, now) else None,
    )


def holds(row: NoteRow, version: int, now: datetime) -> bool:
    """Whether something is still put off: not yet its moment, and nothing happened."""
    return row.until is not None and now < row.until and row.version == version


async def write(tools: Tools, principal: Principal, row: DossierRow, text: str) -> str:
    """Keep a note; its identifier.

    Raises:
        SenderError: it is empty or too long.
        ActionNotPossible: the dossier has as many notes as it gets.
    """
    words = _text(text, TEXT_AT_MOST, "Ghi chú")
    if not words:
        _wrong("Chưa ghi gì.")
    if len(await tools.notes.notes([row.case.dossier_id])) >= NOTES_AT_MOST:
        raise ActionNotPossible(
            code="notes_full",
            remedy=f"Hồ sơ đã có {NOTES_AT_MOST} lần ghi, không ghi thêm được.",
        )
    return await _keep(tools, principal, row, NoteKind.NOTE, words)


async def withdraw(
    tools: Tools, principal: Principal, row: DossierRow, identifier: str
) -> None:
    """Take back a note: it stays kept and journalled, nobody is shown its words.

    Raises:
        NotAllowed: it is another person's, and the caller is no head.
        ActionNotPossible: there is none, or it was withdrawn before.
    """
    _must_write(principal)
    found = (await noted(tools, row)).notes
    one = next((one for one in found if one.row.id == identifier), None)
    if one is None:
        raise ActionNotPossible(
            code="note_not_there", remedy="Không có ghi chú này, hoặc đã rút lại rồi."
        )
    if one.row.by != principal.id and not may_decide(principal):
        raise NotAllowed
    await _end(tools, principal, row, one.row, "withdrawn")


async def assign(
    tools: Tools, principal: Principal, row: DossierRow, owner: str, *, seen: str = ""
) -> None:
    """Say who of ours looks after a dossier; empty: nobody any more.

    ``seen``: the one that was read, where it matters that it still stands.

    Raises:
        SenderError: too long.
        ChangedMeanwhile: somebody else said so since.
    """
    words = _text(owner, OWNER_AT_MOST, "Người phụ trách")
    present = _last(await noted(tools, row), NoteKind.OWNER)
    if seen and (present is None or present.row.id != seen):
        raise ChangedMeanwhile
    if (present.words if present else "") == words:
        return
    instead = present.row.id if present else None
    await _keep(tools, principal, row, NoteKind.OWNER, words, instead=instead)


async def postpone(
    tools: Tools, principal: Principal, row: DossierRow, until: str, reason: str
) -> datetime:
    """Leave a dossier out of the lists until a moment, or until something happens.

    Raises:
        SenderError: no reason, or a moment that is none, past or too far.
        ChangedMeanwhile: the case has gone on since it was read.
    """
    words, at = why(reason), moment_of(tools, until)
    present = _last(await noted(tools, row), NoteKind.POSTPONED)
    await _keep(
        tools,
        principal,
        row,
        NoteKind.POSTPONED,
        words,
        until=at,
        instead=present.row.id if present else None,
    )
    return at


async def resume(tools: Tools, principal: Principal, row: DossierRow) -> None:
    """Put it off no more; nothing where it is not."""
    _must_write(principal)
    present = _last(await noted(tools, row), NoteKind.POSTPONED)
    if present is not None:
        await _end(tools, principal, row, present.row, "resumed")


def _last(found: Noted, kind: NoteKind) -> Note | None:
    return next(
        (n for n in reversed(found.all) if n.stands and n.row.kind is kind), None
    )


def why(reason: str) -> str:
    """The reason for which something is put off.

    Raises:
        SenderError: there is none, or it is too long.
    """
    words = _text(reason, REASON_AT_MOST, "Lý do")
    if not words:
        _wrong("Ghi lý do hoãn: đang chờ gì, của ai.")
    return words


def moment_of(tools: Tools, text: str) -> datetime:
    """Until when; a moment without an offset is Vietnam's.

    Raises:
        SenderError: it is none, past, or too far away.
    """
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        _wrong("until là thời điểm, ví dụ 2026-03-20T07:30.")
    if found.tzinfo is None:
        found = found.replace(tzinfo=VIETNAM)
    now = tools.clock.now()
    if not now < found <= now + timedelta(days=DAYS_AT_MOST):
        _wrong(f"Hoãn đến một lúc sau bây giờ, không quá {DAYS_AT_MOST} ngày.")
    return found


async def _keep(
    tools: Tools,
    principal: Principal,
    row: DossierRow,
    kind: NoteKind,
    words: str,
    *,
    until: datetime | None = None,
    instead: str | None = None,
) -> str:
    _must_write(principal)
    sealed = Folder.of(tools, row).seal_json(LINE, {"words": words})
    now, identifier = tools.clock.now(), tools.chance.identifier("n")
    what = kind.value if words else "owner_ended"
    facts = {"note": identifier, "what": what}
    if until is not None:
        facts["until"] = until.isoformat()
    kept = NoteRow(
        id=identifier,
        dossier_id=row.case.dossier_id,
        kind=kind,
        at=now,
        by=principal.id,
        payload=sealed.id,
        until=until,
        version=row.case.version if until else None,
    )
    line = JournalLine(LINE, now, principal.id, facts, sealed.id, sealed.digest)
    await tools.notes.add_note(kept, sealed, line, instead=instead)
    tools.probe.action(
        action=f"dossier_{what}", actor=principal.id, dossier_id=row.case.dossier_id
    )
    return identifier


async def _end(
    tools: Tools, principal: Principal, row: DossierRow, note: NoteRow, what: str
) -> None:
    facts = {"note": note.id, "what": what}
    line = JournalLine(LINE, tools.clock.now(), principal.id, facts)
    await tools.notes.end_note(row.case.dossier_id, note.id, line)
    tools.probe.action(
        action=f"dossier_note_{what}",
        actor=principal.id,
        dossier_id=row.case.dossier_id,
    )


def _must_write(principal: Principal) -> None:
    if not (ours(principal) and may_act(principal)):
        raise NotAllowed


def must_see(principal: Principal) -> None:
    """Refuse who does not belong to the centre; to them there is nothing.

    Raises:
        DossierUnknown: they do not.
    """
    if not ours(principal):
        raise DossierUnknown


def _text(text: str, most: int, name: str) -> str:
    text = text.replace("\r\n", "\n").strip()
    if len(text) > most:
        _wrong(f"{name} không quá {most} ký tự.")
    return text


def _wrong(remedy: str) -> NoReturn:
    raise SenderError(code="dossier_note_invalid", remedy=remedy)


@dataclass(frozen=True, slots=True)
class PutOff:
    """Until when a cause is put off, and why."""

    row: CausePostponed
    why: str

    def holds(self, now: datetime, last: datetime) -> bool:
        """Whether it still is: not yet its moment, and no dossier came since."""
        until = self.row.until
        return until is not None and now < until and last <= self.row.at


async def causes(tools: Tools) -> Mapping[str, PutOff]:
    """The last word on each cause that was ever put off."""
    rows = await tools.notes.causes_postponed()
    return {
        row.cause: PutOff(row, str(of_json(tools.vault.open_common(row.sealed))["why"]))
        for row in rows
    }


async def postpone_cause(
    tools: Tools, principal: Principal, cause: str, until: str, reason: str
) -> None:
    """Leave a cause out of the list until a moment, or until another dossier comes.

    No moment: it is put off no more.

    Raises:
        SenderError: no reason, or a moment that is none, past or too far.
        ChangedMeanwhile: somebody else did so just now.
    """
    _must_write(principal)
    at = moment_of(tools, until) if until else None
    words = why(reason) if until else ""
    known = (await causes(tools)).get(cause)
    if at is None and (known is None or known.row.until is None):
        return
    version = known.row.version + 1 if known else 1
    payload = PayloadId(f"{cause}.h{version}")
    sealed = tools.vault.seal_common(payload, _CAUSE, as_json({"why": words}))
    now = tools.clock.now()
    facts = {"cause": cause, "version": version, "until": at.isoformat() if at else ""}
    line = JournalLine(_CAUSE, now, principal.id, facts, sealed.id, sealed.digest)
    row = CausePostponed(cause, version, now, principal.id, at, sealed)
    await tools.notes.postpone_cause(row, line)
    tools.probe.action(action=_CAUSE, actor=principal.id)
