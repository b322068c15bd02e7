"""What staff wrote on dossiers, as pages show it: in a box, in rows, in the timeline."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gateway.console import labels, show
from gateway.console.language import later, say
from gateway.domain.legal_day import VIETNAM
from gateway.domain.note import LINE, NoteKind
from gateway.domain.principal import may_act, may_decide
from gateway.watch import noting

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import datetime

    from gateway.domain.journal import JournalLine
    from gateway.domain.principal import Principal
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools
    from gateway.watch.noting import Note, Noted

MOST = {
    "text": noting.TEXT_AT_MOST,
    "owner": noting.OWNER_AT_MOST,
    "reason": noting.REASON_AT_MOST,
}
#: What was done, by ``ghi`` in the address.
_DONE = {
    "ghi-chu": later("Đã ghi."),
    "rut": later("Đã rút lại ghi chú."),
    "phu-trach": later("Đã ghi người phụ trách."),
    "hoan": later("Đã hoãn: hồ sơ không hiện trong danh sách cho đến lúc đã chọn."),
    "thoi-hoan": later("Đã thôi hoãn: hồ sơ hiện lại trong danh sách."),
}
#: What a line of the journal tells, by its ``what``.
_TOLD = {
    "owner": later("Giao hồ sơ cho người phụ trách"),
    "owner_ended": later("Hồ sơ không còn người phụ trách"),
    "postponed": later("Hoãn xem xét hồ sơ"),
    "resumed": later("Thôi hoãn hồ sơ"),
    "withdrawn": later("Rút lại một ghi chú"),
    "note": later("Ghi chú nội bộ"),
}


@dataclass(frozen=True, slots=True)
class Said:
    """What the box says, and what was typed into the form that stays open."""

    words: str
    wrong: bool = False
    form: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)


def done(what: str) -> Said | None:
    """That something was done, where the address says so."""
    return Said(say(_DONE[what])) if what in _DONE else None


async def box(
    tools: Tools, principal: Principal, row: DossierRow, said: Said | None
) -> dict[str, Any] | None:
    """The box of a dossier's page; None for whom it is not."""
    if not noting.ours(principal):
        return None
    found = await noting.noted(tools, row)
    now = tools.clock.now()
    return {
        "notes": [_shown(one, principal) for one in reversed(found.notes)],
        "owner": found.owner.words if found.owner else "",
        "seen": found.owner.row.id if found.owner else "",
        "put_off": _put_off(found),
        "said": said,
        "typed": {"text": "", "owner": "", "reason": "", "until": ""}
        | dict(said.typed if said else {}),
        "form": said.form if said else "",
        "most": MOST,
        **bounds(now),
    }


def bounds(now: datetime) -> dict[str, str]:
    """The first and the last moment until when something can be put off."""
    last = now + timedelta(days=noting.DAYS_AT_MOST)
    return {"first_at": _local(now), "until_last": _local(last)}


def _local(at: datetime) -> str:
    """A moment as a field for moments has it."""
    return at.astimezone(VIETNAM).strftime("%Y-%m-%dT%H:%M")


def _shown(one: Note, principal: Principal) -> dict[str, Any]:
    mine = one.row.by == principal.id or may_decide(principal)
    return {
        "id": one.row.id,
        "at": one.row.at,
        "by": labels.actor(one.row.by),
        "words": one.words,
        "mine": mine and may_act(principal),
    }


def _put_off(found: Noted) -> dict[str, Any] | None:
    one = found.postponed
    if one is None:
        return None
    return {
        "until": one.row.until,
        "why": one.words,
        "by": labels.actor(one.row.by),
    }


async def beside(
    tools: Tools, principal: Principal, rows: Iterable[dict[str, Any]], name: str
) -> None:
    """Put into each row of a list what is written on its dossier, ``name`` its id."""
    rows = list(rows)
    found: Mapping[Any, Noted] = {}
    if noting.ours(principal):
        ids = [row[name] for row in rows]
        found = await noting.noted_among(tools, principal.scope, ids)
    for row in rows:
        one = found.get(row[name], noting.NOTHING)
        last = one.last
        row["noted"] = {
            "owner": one.owner.words if one.owner else "",
            "note": last.words if last else "",
            "by": labels.actor(last.row.by) if last else "",
            "at": last.row.at if last else None,
            "put_off": _put_off(one),
        }


def told(found: Noted, line: JournalLine) -> tuple[str, str, tuple[str, ...]] | None:
    """Who did what, and the words under it; None: the line is about something else."""
    if line.kind != LINE:
        return None
    facts = line.facts
    words = {one.row.id: one for one in found.all}
    one = words.get(str(facts["note"]))
    what, notes = str(facts["what"]), []
    if what == NoteKind.POSTPONED and one and one.row.until:
        notes.append(say("đến %(at)s") % {"at": show.moment(one.row.until)})
    if what in set(NoteKind) and one is not None:
        notes.append(one.words or say("(đã rút lại)"))
    who = say("Cán bộ %(who)s") % {"who": labels.actor(line.actor)}
    return who, say(_TOLD.get(what, what)), tuple(notes)
