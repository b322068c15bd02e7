"""The head decides an objection: to whom the lateness is counted, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.contesting.matters import KIND, matter, name_of, workdays
from gateway.contesting.objecting import TRIES, turn_key
from gateway.domain.errors import (
    ActionNotPossible,
    ChangedMeanwhile,
    KeyTaken,
    SenderError,
)
from gateway.domain.journal import JournalLine
from gateway.domain.lateness import DECIDED, ObjectionState, Party
from gateway.domain.legal_day import legal_day
from gateway.ports.store import Change
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from gateway.contesting.matters import Matter
    from gateway.domain.lateness import Objection
    from gateway.domain.principal import Principal
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

#: Working days within which a decision may be replaced by another (as decision 0045).
AGAIN_DAYS = 10


async def decide(
    tools: Tools,
    principal: Principal,
    row: DossierRow,
    identifier: str,
    *,
    upheld: bool,
    party: str,
    reason: str,
) -> None:
    """Decide it, or decide otherwise than before; the same once more changes nothing.

    ``party``: to whom the lateness is counted instead, where it is upheld.

    Raises:
        SenderError: the party is none of the dossier's.
        ActionNotPossible: there is none, it is about nothing any more, whoever decides
            entered it, or it was decided too long ago.
    """
    for _ in range(TRIES):
        one = await matter(tools, row)
        said = _decidable(tools, principal, one, identifier)
        named = _named(tools, one, said, party) if upheld else None
        if _is_the_same(said, named, upheld=upheld):
            return
        change = _change(tools, principal, one, said, named, reason)
        try:
            await tools.store.apply(change)
        except KeyTaken:
            continue
        tools.probe.action(
            action=DECIDED,
            actor=principal.id,
            office=said.office,
            kind="upheld" if upheld else "rejected",
        )
        return
    raise ChangedMeanwhile


def _decidable(
    tools: Tools, principal: Principal, one: Matter, identifier: str
) -> Objection:
    said = one.objection(identifier)
    if said is None:
        raise ActionNotPossible(
            code="objection_unknown",
            remedy="Hồ sơ này không có ý kiến nào mang mã ấy; tải lại trang.",
        )
    if said.state is ObjectionState.OVERTAKEN or not one.at_issue(said):
        raise ActionNotPossible(
            code="objection_overtaken",
            remedy="Số liệu đã đổi từ khi đơn vị nêu ý kiến: hồ sơ không còn quá hạn, hoặc"
            " chậm đã tính cho bên khác. Không cần quyết định nữa.",
        )
    if principal.id == said.by:
        raise ActionNotPossible(
            code="second_person_needed",
            remedy="Người ghi ý kiến thay đơn vị không tự quyết định: đề nghị lãnh đạo"
            " khác quyết định.",
        )
    first = said.first_decided_at
    last = workdays(tools).days_after(legal_day(first), AGAIN_DAYS) if first else None
    if last is not None and legal_day(tools.clock.now()) > last:
        raise ActionNotPossible(
            code="objection_decision_final",
            remedy=f"Đã quá {AGAIN_DAYS} ngày làm việc từ khi quyết định lần đầu (hết ngày"
            f" {last:%d/%m/%Y}): không sửa được nữa.",
        )
    return said


def _named(tools: Tools, one: Matter, said: Objection, key: str) -> Party:
    """The party that a decision names.

    Whoever objected before cannot be named again by a later decision: two decisions
    would send the lateness round.
    """
    before = one.offices[: one.offices.index(said.office) + 1]
    possible = {party.key: party for party in one.parties}
    if said.party is not None:
        # What it was decided first may stay, and so may whoever came after it.
        possible[said.party.key] = said.party
    found = possible.get(key)
    if found is None or (found.is_office and found.office in before):
        choices = "; ".join(f"{k} ({name_of(tools, p)})" for k, p in possible.items())
        raise SenderError(
            code="party_invalid",
            remedy=f"Chấp nhận ý kiến thì ghi tính cho bên nào (party): {choices}.",
        )
    return found


def _is_the_same(said: Objection, named: Party | None, *, upheld: bool) -> bool:
    state = ObjectionState.UPHELD if upheld else ObjectionState.REJECTED
    return said.state is state and said.party == named


def _change(
    tools: Tools,
    principal: Principal,
    one: Matter,
    said: Objection,
    named: Party | None,
    reason: str,
) -> Change:
    now, dossier = tools.clock.now(), one.row.case.dossier_id
    sealed = Folder.of(tools, one.row).seal_json(KIND, {"reason": reason})
    facts = {
        "objection": said.id,
        "office": said.office,
        "upheld": named is not None,
        "party": named.key if named else "",
    }
    line = JournalLine(DECIDED, now, principal.id, facts, sealed.id, sealed.digest)
    turn = f"{dossier}|{said.id}|{said.decisions}"
    return Change(
        now=now,
        dossier_id=dossier,
        payloads=(sealed,),
        journal=(line,),
        intake_key=turn_key(tools, said.office, turn),
    )
