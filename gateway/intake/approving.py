"""What one person asks for and another approves: who may, and what is kept of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.domain.closing import may_speak_of
from gateway.domain.correction import (
    BY_NOBODY,
    Correction,
    CorrectionKind,
    CorrectionState,
    Decided,
)
from gateway.domain.errors import ActionNotPossible, DossierUnknown
from gateway.domain.journal import JournalLine
from gateway.domain.principal import (
    EVERYTHING,
    RIGHTS,
    Principal,
    Right,
    Role,
    may_approve,
)
from gateway.intake.amend import Approved
from gateway.sealing.folder import Folder
from gateway.sealing.viewing import must_see_to_act

if TYPE_CHECKING:
    from gateway.domain.identifiers import PrincipalId
    from gateway.domain.principal import Scope
    from gateway.ports.store import DossierRow
    from gateway.sealing.tools import Tools

SECOND_PERSON = "Người đề nghị không tự duyệt: nhờ người thứ hai có quyền duyệt mở."
#: In whose name one takes effect whose notice has run out.
NOBODY = Principal(BY_NOBODY, "Cổng liên thông", Role.OPERATOR, EVERYTHING)


def reaches(scope: Scope, row: DossierRow, kept: Correction) -> bool:
    """Whether what is asked of a dossier within a scope is this account's to see."""
    if kept.kind is CorrectionKind.DOCUMENT:
        return True
    return may_speak_of(scope, row.case.leg(kept.leg).office if kept.leg else None)


async def others_may_approve(
    tools: Tools, row: DossierRow, asked_by: PrincipalId, leg: str | None = None
) -> bool:
    """Whether anybody else who signs in may approve what somebody asks of a dossier.

    ``leg``: what is to end; None: something else is asked for.
    """
    if tools.accounts.policy.codes_at_pages:
        # Access codes of every role open the pages: there are such people.
        return True
    office = row.case.leg(leg).office if leg else None
    for account in await tools.accounts.rows.accounts():
        approves = account.holds and Right.APPROVE in RIGHTS[account.role]
        within = leg is None or may_speak_of(account.scope, office)
        if approves and within and account.id != asked_by:
            seen = await tools.store.dossier(row.case.dossier_id, account.scope)
            if seen is not None:
                return True
    return False


async def decidable(
    tools: Tools, principal: Principal, identifier: str
) -> tuple[Correction, DossierRow]:
    """One that waits, with its dossier.

    Raises:
        DossierUnknown: there is none within the caller's scope.
        ActionNotPossible: it is decided.
    """
    kept = await tools.corrections.correction(identifier, principal.scope)
    if kept is None:
        raise DossierUnknown
    row = await tools.store.dossier(kept.dossier_id, principal.scope)
    if row is None or not reaches(principal.scope, row, kept):
        raise DossierUnknown
    if kept.state is not CorrectionState.OPEN:
        raise ActionNotPossible(
            code="correction_decided", remedy="Đề nghị này đã được xử lý rồi."
        )
    return kept, row


async def must_approve(tools: Tools, principal: Principal, kept: Correction) -> None:
    """Refuse whoever asked for it, and who does not see what it is about.

    Raises:
        ActionNotPossible: it is theirs.
        NotAllowed: they have not asked to see it.
    """
    if not may_approve(principal, kept.by):
        raise ActionNotPossible(code="second_person_needed", remedy=SECOND_PERSON)
    await must_see_to_act(tools, principal, kept.dossier_id)


def decision(
    tools: Tools,
    row: DossierRow,
    kept: Correction,
    by: PrincipalId,
    *,
    approve: bool,
    reason: str,
    kind: str,
    facts: dict[str, Any] | None = None,
) -> Approved:
    """What becomes of one, its line of ``kind`` and its sealed reason."""
    now = tools.clock.now()
    state = CorrectionState.APPROVED if approve else CorrectionState.REJECTED
    sealed = Folder.of(tools, row).seal_json("reason", {"reason": reason})
    line = JournalLine(
        kind=kind,
        at=now,
        actor=by,
        facts={
            "correction": kept.id,
            "what": state.value,
            "asked_by": kept.by,
            **(facts or {}),
            **({"nobody_else": True} if by == BY_NOBODY else {}),
        },
        payload=sealed.id,
        payload_digest=sealed.digest,
    )
    return Approved(Decided(kept.id, state, by, now), line, sealed)
