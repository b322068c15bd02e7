"""Staff end a part of a dossier, or the dossier, by hand: one asks, another confirms.

What is done then is what was seen by whoever confirms: where the dossier has moved
meanwhile nothing happens, and the answer says what has.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from gateway.domain.closing import (
    LINE,
    OUTCOMES,
    WAYS,
    WHOLE,
    Closing,
    Outcome,
    Way,
    may_speak_of,
)
from gateway.domain.correction import (
    BY_NOBODY,
    Correction,
    CorrectionKind,
    CorrectionState,
)
from gateway.domain.errors import (
    ActionNotPossible,
    ChangedMeanwhile,
    DossierUnknown,
)
from gateway.domain.journal import JournalLine
from gateway.domain.json_text import of_json
from gateway.domain.values import dataclass, replace
from gateway.intake.approving import (
    NOBODY,
    decidable,
    decision,
    must_approve,
    others_may_approve,
)
from gateway.intake.closing_asked import not_possible
from gateway.intake.outlook import Outlook, outlook
from gateway.intake.outlook_words import Namer, differences
from gateway.ports.store import Change
from gateway.routing.closing import why_not
from gateway.routing.messages import STATUS
from gateway.sealing.folder import CONTENT, Folder
from gateway.sealing.holder import to_holder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gateway.domain.principal import Principal
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

TRIES = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for, opened, and what was seen then."""

    row: Correction
    closing: Closing
    seen: tuple[str, ...]


def must_reach(principal: Principal, row: DossierRow, leg: str) -> None:
    """Refuse what is not this account's to speak of.

    Raises:
        DossierUnknown: an account of agencies has its own legs and no whole dossier.
    """
    offices = {one.name: one.office for one in row.case.legs}
    if not may_speak_of(principal.scope, offices.get(leg) if leg else None):
        raise DossierUnknown


async def look(
    tools: Tools, principal: Principal, row: DossierRow, closing: Closing
) -> Outlook:
    """What would happen.

    Raises:
        DossierUnknown: it is not this account's.
        ActionNotPossible: it cannot be ended so.
    """
    must_reach(principal, row, closing.leg)
    return await foreseen(tools, row, closing)


async def foreseen(tools: Tools, row: DossierRow, closing: Closing) -> Outlook:
    """The same for whoever may see it.

    Raises:
        ActionNotPossible: it cannot be ended so.
    """
    _must_be_possible(tools, row, closing)
    found, _ = await outlook(tools, row, closing, {}, actor="", named_by="")
    return found


def _must_be_possible(tools: Tools, row: DossierRow, closing: Closing) -> None:
    code = why_not(row.case, tools.versions.procedure_of(row.case), closing)
    if code:
        raise not_possible(code)


async def ask(
    tools: Tools,
    principal: Principal,
    row: DossierRow,
    closing: Closing,
    seen: Sequence[str],
) -> Correction:
    """Keep what shall end, for a second person; ``seen``: tokens of what was shown.

    Raises:
        DossierUnknown: it is not this account's.
        ActionNotPossible: it cannot be ended so, something may have left, or what would
            happen is not what was seen.
        ChangedMeanwhile: something is asked of the dossier already.
    """
    found = await look(tools, principal, row, closing)
    _must_be_settled(tools, found)
    _must_be_as_seen(tools, found, seen)
    now, case = tools.clock.now(), row.case
    sealed = Folder.of(tools, row).seal_json(LINE, _told(closing, found.seen))
    kept = Correction(
        id=tools.chance.identifier("k"),
        dossier_id=case.dossier_id,
        revision=0,
        by=principal.id,
        at=now,
        payload=sealed.id,
        kind=CorrectionKind.CLOSING,
        leg=closing.leg,
    )
    line = JournalLine(
        kind=LINE,
        at=now,
        actor=principal.id,
        facts={"correction": kept.id, "what": "asked", **_facts(closing)},
        payload=sealed.id,
        payload_digest=sealed.digest,
    )
    alone = not await others_may_approve(tools, row, principal.id, closing.leg)
    await tools.corrections.add_correction(kept, sealed, line, stands_in=alone)
    tools.probe.action(action="closing_asked", actor=principal.id)
    return kept


def _told(closing: Closing, seen: Sequence[str]) -> dict[str, Any]:
    return {
        **_facts(closing),
        "reason": closing.reason,
        "paper": closing.number,
        "on": closing.on.isoformat() if closing.on else "",
        "withdraws": sorted(closing.withdraws),
        "seen": list(seen),
    }


def _facts(closing: Closing) -> dict[str, str]:
    outcome = {"outcome": closing.outcome.value} if closing.outcome else {}
    return {"leg": closing.leg, "way": closing.way.value, **outcome}


async def opened(tools: Tools, row: DossierRow, kept: Correction) -> Asked | None:
    """What one says; None where its payload was deleted."""
    found = await Folder.of(tools, row).payload(kept.payload)
    if found is None:
        return None
    told: Mapping[str, Any] = of_json(found[1])
    closing = Closing(
        way=Way(told["way"]),
        leg=kept.leg,
        reason=str(told["reason"]),
        outcome=Outcome(told["outcome"]) if told.get("outcome") else None,
        number=str(told["paper"]),
        on=date.fromisoformat(told["on"]) if told["on"] else None,
        withdraws=frozenset(told["withdraws"]),
    )
    return Asked(kept, closing, tuple(told["seen"]))


async def decide(
    tools: Tools,
    principal: Principal,
    identifier: str,
    *,
    approve: bool,
    reason: str,
    seen: Sequence[str] = (),
) -> DossierRow:
    """Confirm it, so that it ends at once; or drop it. ``seen`` is for confirming.

    Raises:
        DossierUnknown: there is none within the caller's scope.
        ActionNotPossible: it is decided, cannot be done now, would do something else
            than was seen, or whoever asked for it wants to confirm it.
    """
    kept, row = await _decidable(tools, principal, identifier)
    if approve:
        await must_approve(tools, principal, kept)
        await _confirm(tools, principal, identifier, reason, seen)
    else:
        said = decision(
            *(tools, row, kept, principal.id),
            approve=False,
            reason=reason,
            kind=LINE,
            facts={"leg": kept.leg},
        )
        now, dossier = tools.clock.now(), kept.dossier_id
        await tools.store.apply(said.in_unit_of(Change(now=now, dossier_id=dossier)))
    state = CorrectionState.APPROVED if approve else CorrectionState.REJECTED
    tools.probe.action(action=f"closing_{state}", actor=principal.id)
    return row


async def take_effect(tools: Tools, identifier: str, reason: str) -> None:
    """Confirm one whose notice has run out, in nobody's name; its line says so.

    Raises:
        DossierUnknown, ActionNotPossible: as of any other; it was seen when asked for.
    """
    kept, row = await _decidable(tools, NOBODY, identifier)
    asked = await opened(tools, row, kept)
    await _confirm(tools, NOBODY, identifier, reason, asked.seen if asked else ())
    tools.probe.action(action="closing_approved", actor=BY_NOBODY)


async def _decidable(
    tools: Tools, principal: Principal, identifier: str
) -> tuple[Correction, DossierRow]:
    kept, row = await decidable(tools, principal, identifier)
    if kept.kind is not CorrectionKind.CLOSING:
        raise DossierUnknown
    return kept, row


async def _confirm(
    tools: Tools,
    principal: Principal,
    identifier: str,
    reason: str,
    seen: Sequence[str],
) -> None:
    for _ in range(TRIES):
        kept, row = await _decidable(tools, principal, identifier)
        asked = await opened(tools, row, kept)
        if asked is None:
            raise ActionNotPossible(code="closing_deleted", remedy=_DELETED)
        _must_be_possible(tools, row, asked.closing)
        change = await _change(tools, principal, row, asked, reason, seen)
        try:
            await tools.store.apply(await to_holder(tools, change))
        except ChangedMeanwhile:
            # Something moved between the two: look again whether it still is as seen.
            continue
        return
    raise ChangedMeanwhile


_DELETED = "Nội dung đề nghị này đã bị xóa theo thời hạn: bỏ đề nghị rồi đề nghị lại."


async def _change(
    tools: Tools,
    principal: Principal,
    row: DossierRow,
    asked: Asked,
    reason: str,
    seen: Sequence[str],
) -> Change:
    kept, closing = asked.row, asked.closing
    by = principal.id
    nobody = {"nobody_else": True} if by == BY_NOBODY else {}
    said = {"asked": kept.id, "asked_by": kept.by, "confirmed_by": by, **nobody}
    found, change = await outlook(
        tools, row, closing, said, actor=by, named_by=f"{LINE}:{kept.id}"
    )
    _must_be_settled(tools, found)
    _must_be_as_seen(tools, found, seen)
    decided = decision(
        *(tools, row, kept, by),
        approve=True,
        reason=reason,
        kind=LINE,
        facts={**_facts(closing), "ends": list(found.ends)},
    )
    return decided.in_unit_of(_with_words(tools, row, found, change, closing))


def _with_words(
    tools: Tools, row: DossierRow, found: Outlook, change: Change, closing: Closing
) -> Change:
    """The change with why it ends, for the one-stop and for who has to give it back."""
    folder = Folder.of(tools, row)
    note = folder.seal_json(CONTENT, {"note": note_of(closing)})
    why = {"reason": f"Trung tâm kết thúc bằng tay: {closing.reason}"}
    back = folder.seal_json(CONTENT, why)
    said = {one.id: note for one in change.transfers if one.kind == STATUS}
    said |= {one.id: back for one in change.transfers if one.id in found.withdrawals}
    made = tuple(
        replace(one, payload=said[one.id].id) if one.id in said else one
        for one in change.transfers
    )
    used = {one.id: one for one in said.values()}
    return replace(change, payloads=tuple(used.values()), transfers=made)


def note_of(closing: Closing) -> str:
    """What was asked for, in one sentence, with the paper and the reason."""
    what = WAYS[closing.way]
    if closing.outcome is not None and closing.on is not None:
        paper = f"văn bản số {closing.number} ngày {closing.on:%d/%m/%Y}"
        what = f"{what}, {paper}: {OUTCOMES[closing.outcome]}"
    whole = "Đóng hồ sơ bằng tay" if closing.leg == WHOLE else "Kết thúc bằng tay"
    what = "" if closing.leg == WHOLE else f" ({what})"
    return f"{whole}{what}. Lý do: {closing.reason}"


def _must_be_settled(tools: Tools, found: Outlook) -> None:
    """Nobody ends anything over a message that may be at its office."""
    if not found.unsure:
        return
    namer = Namer.of(tools.versions.current, found)
    told = ", ".join(namer.message(one) for one in found.unsure)
    raise ActionNotPossible(
        code="closing_unsure",
        remedy=f"Chưa rõ cơ quan có nhận hay không, hoặc đang gửi: {told}. Xử lý lượt gửi"
        " ấy trước (chờ cổng hỏi xong, hoặc gọi cơ quan rồi bấm «Cơ quan đã nhận» hay"
        " «Cơ quan chưa nhận»), sau đó mới kết thúc bằng tay.",
    )


def _must_be_as_seen(tools: Tools, found: Outlook, seen: Sequence[str]) -> None:
    if set(seen) == set(found.seen):
        return
    namer = Namer.of(tools.versions.current, found)
    told = differences(namer, tuple(seen), found.seen)
    raise ActionNotPossible(
        code="closing_changed",
        remedy="Hồ sơ đã thay đổi từ khi xem, chưa làm gì cả. Khác trước:"
        f" {told}. Xem lại rồi quyết định.",
    )
