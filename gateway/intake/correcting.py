"""Staff correct a dossier's document: one asks, another approves, then it is sent anew.

The same rules hold as for a correction of the counter: what an agency has, or may be
taking just now, is not corrected behind its back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from gateway.domain.correction import (
    BY_NOBODY,
    LINE,
    Correction,
    CorrectionState,
    Decided,
    changed,
    corrected,
)
from gateway.domain.errors import ActionNotPossible, DossierUnknown, SenderError
from gateway.domain.journal import JournalLine
from gateway.domain.json_text import of_json
from gateway.domain.letters import read
from gateway.domain.principal import (
    EVERYTHING,
    RIGHTS,
    Principal,
    Right,
    Role,
    may_approve,
)
from gateway.intake.acts import must_be_open
from gateway.intake.amend import Approved, replaced_by, revise
from gateway.intake.check import procedure_for
from gateway.ports.store import Change
from gateway.sealing.folder import Folder
from gateway.sealing.viewing import must_see_to_act

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.domain.identifiers import PrincipalId
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

KIND = "correction"
SECOND_PERSON = "Người đề nghị sửa không tự duyệt: nhờ người thứ hai có quyền duyệt mở."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a correction changes, and why: opened for who may see it."""

    row: Correction
    changes: Mapping[str, tuple[str, str]]
    reason: str


async def ask(
    tools: Tools,
    principal: Principal,
    row: DossierRow,
    typed: Mapping[str, str],
    reason: str,
) -> Correction:
    """Keep what shall change, for a second person; ``typed``: texts by pointer.

    Raises:
        SenderError: nothing differs, or the document would not be valid.
        ActionNotPossible: the dossier has ended, an agency has it or may be taking it.
        ChangedMeanwhile: another correction of the dossier waits already.
    """
    case, now = row.case, tools.clock.now()
    must_be_open(case)
    await replaced_by(tools, case)
    folder = Folder.of(tools, row)
    document = await folder.document(case.revision)
    changes = changed(document, typed)
    if not changes:
        raise SenderError(
            code="nothing_changed", remedy="Chưa có ô nào khác với bản đang lưu."
        )
    made = read(corrected(document, changes)).document
    procedure_for(tools.versions.current, tools.schemas, made, now=now)
    sealed = folder.seal_json(KIND, {"changes": changes, "reason": reason})
    kept = Correction(
        id=tools.chance.identifier("k"),
        dossier_id=case.dossier_id,
        revision=case.revision,
        by=principal.id,
        at=now,
        payload=sealed.id,
    )
    line = JournalLine(
        kind=LINE,
        at=now,
        actor=principal.id,
        facts={"correction": kept.id, "what": "asked", "fields": sorted(changes)},
        payload=sealed.id,
        payload_digest=sealed.digest,
    )
    alone = not await others_may_approve(tools, row, principal.id)
    await tools.corrections.add_correction(kept, sealed, line, stands_in=alone)
    tools.probe.action(action="correction_asked", actor=principal.id)
    return kept


async def others_may_approve(
    tools: Tools, row: DossierRow, asked_by: PrincipalId
) -> bool:
    """Whether anybody else who signs in may approve what somebody asks of a dossier."""
    if tools.accounts.policy.codes_at_pages:
        # Access codes of every role open the pages: there are such people.
        return True
    for account in await tools.accounts.rows.accounts():
        approves = account.holds and Right.APPROVE in RIGHTS[account.role]
        if approves and account.id != asked_by:
            seen = await tools.store.dossier(row.case.dossier_id, account.scope)
            if seen is not None:
                return True
    return False


async def opened(tools: Tools, row: DossierRow, kept: Correction) -> Wanted:
    """What one says; empty where its payload was deleted."""
    found = await Folder.of(tools, row).payload(kept.payload)
    content: dict[str, Any] = of_json(found[1]) if found else {}
    changes = {
        path: (was, now) for path, (was, now) in content.get("changes", {}).items()
    }
    return Wanted(kept, changes, str(content.get("reason", "")))


async def decide(
    tools: Tools, principal: Principal, identifier: str, *, approve: bool, reason: str
) -> DossierRow:
    """Approve it, so that the dossier has its next revision at once; or reject it.

    Raises:
        DossierUnknown: there is none within the caller's scope.
        ActionNotPossible: it is decided, a newer revision came, the dossier has gone
            on, or whoever asked for it wants to approve it.
    """
    kept, row = await _decidable(tools, principal, identifier)
    if approve and not may_approve(principal, kept.by):
        raise ActionNotPossible(code="second_person_needed", remedy=SECOND_PERSON)
    if approve:
        await must_see_to_act(tools, principal, kept.dossier_id)
    await _decided(tools, principal, row, kept, approve=approve, reason=reason)
    return row


async def take_effect(tools: Tools, identifier: str, reason: str) -> None:
    """Approve one whose notice has run out, in nobody's name; its line says so.

    Raises:
        DossierUnknown, ActionNotPossible: as of any other.
    """
    nobody = Principal(BY_NOBODY, "Cổng liên thông", Role.OPERATOR, EVERYTHING)
    kept, row = await _decidable(tools, nobody, identifier)
    await _decided(tools, nobody, row, kept, approve=True, reason=reason)


async def _decided(
    tools: Tools,
    principal: Principal,
    row: DossierRow,
    kept: Correction,
    *,
    approve: bool,
    reason: str,
) -> None:
    now = tools.clock.now()
    state = CorrectionState.APPROVED if approve else CorrectionState.REJECTED
    decided = Decided(kept.id, state, principal.id, now)
    folder = Folder.of(tools, row)
    sealed = folder.seal_json("reason", {"reason": reason})
    line = JournalLine(
        kind=LINE,
        at=now,
        actor=principal.id,
        facts={
            "correction": kept.id,
            "what": state.value,
            "asked_by": kept.by,
            **({"nobody_else": True} if principal.id == BY_NOBODY else {}),
        },
        payload=sealed.id,
        payload_digest=sealed.digest,
    )
    if approve:
        if row.case.revision != kept.revision:
            raise ActionNotPossible(
                code="correction_overtaken",
                remedy="Một cửa đã gửi bản mới hơn: bỏ đề nghị này, xem bản mới rồi đề"
                " nghị lại nếu còn cần.",
            )
        await _revise(tools, principal, row, kept, Approved(decided, line, sealed))
    else:
        await tools.store.apply(
            Change(
                now=now,
                dossier_id=kept.dossier_id,
                payloads=(sealed,),
                corrections=(decided,),
                journal=(line,),
            )
        )
    tools.probe.action(action=f"correction_{state.value}", actor=principal.id)


async def _decidable(
    tools: Tools, principal: Principal, identifier: str
) -> tuple[Correction, DossierRow]:
    kept = await tools.corrections.correction(identifier, principal.scope)
    if kept is None:
        raise DossierUnknown
    row = await tools.store.dossier(kept.dossier_id, principal.scope)
    if row is None:
        raise DossierUnknown
    if kept.state is not CorrectionState.OPEN:
        raise ActionNotPossible(
            code="correction_decided", remedy="Đề nghị sửa này đã được xử lý rồi."
        )
    return kept, row


async def _revise(
    tools: Tools,
    principal: Principal,
    row: DossierRow,
    kept: Correction,
    approved: Approved,
) -> None:
    document = await Folder.of(tools, row).document(kept.revision)
    wanted = await opened(tools, row, kept)
    made = {**corrected(document, wanted.changes), "revision": kept.revision + 1}
    await revise(
        tools,
        # It is done in the name of the one-stop whose dossier it is.
        replace(principal, system=row.case.sender),
        row.case.dossier_id,
        made,
        key=f"{KIND}|{kept.id}",
        parts={},
        approved=approved,
    )
