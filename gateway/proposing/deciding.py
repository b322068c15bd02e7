"""A decision about a proposal: who made it and why, kept in one unit with what it moves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gateway.calendar.working_time import working_time
from gateway.domain.errors import ActionNotPossible, ItemSettled
from gateway.domain.identifiers import PayloadId
from gateway.domain.journal import JournalLine
from gateway.domain.json_text import as_json
from gateway.domain.principal import EVERYTHING
from gateway.domain.proposal import ProposalState
from gateway.ports.proposals import ProposalMove
from gateway.ports.store import Change
from gateway.sealing.folder import Folder

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.calendar.working_time import WorkingTime
    from gateway.domain.principal import Scope
    from gateway.ports.proposals import ProposalRow
    from gateway.ports.store import DossierRow
    from gateway.ports.vault import SealedPayload
    from gateway.sealing.tools import Tools

LINE, REASON = "proposal", "reason"
#: Working hours until what one person did alone takes effect.
ALONE_HOURS = 24


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decides, why, and by which right.

    ``decides``: may also say what counts in reports; ``alone``: nobody else is there
    to confirm what this person brought.
    """

    by: str
    reason: str
    decides: bool = False
    alone: bool = False
    rule: str = ""


async def found(tools: Tools, identifier: str, scope: Scope) -> ProposalRow:
    """A proposal within scope.

    Raises:
        ActionNotPossible: there is none.
    """
    row = await tools.proposals.proposal(identifier, scope)
    if row is None:
        raise ActionNotPossible(
            code="proposal_unknown",
            remedy="Không có đề xuất này, hoặc không thuộc đơn vị của bạn; tải lại danh"
            " sách.",
        )
    return row


async def schedule(
    tools: Tools, row: ProposalRow, decision: Decision, at: datetime | None
) -> ProposalRow:
    """Confirm it from a moment on, unless somebody objects before; None: not any more."""
    facts = {"effect_at": at.isoformat() if at else ""}
    move = ProposalMove(
        row.id,
        row.version,
        ProposalState.OPEN,
        decision.by,
        rule=decision.rule,
        effect_at=at,
    )
    return await decided(tools, row, decision, move, "scheduled", facts)


async def dealt_with(
    tools: Tools, row: ProposalRow, decision: Decision, state: ProposalState
) -> ProposalRow:
    """Decide what changes no dossier."""
    move = ProposalMove(row.id, row.version, state, decision.by, rule=decision.rule)
    return await decided(tools, row, decision, move, state.value, {})


async def decided(
    tools: Tools,
    row: ProposalRow,
    decision: Decision,
    move: ProposalMove,
    what: str,
    facts: dict[str, Any],
    lines: tuple[JournalLine, ...] = (),
) -> ProposalRow:
    """A decision with its line, where no report goes with it."""
    folder = None
    if row.dossier_id is not None:
        folder = Folder.of(tools, await dossier_of(tools, row))
    sealed, said_line = line(tools, folder, row, decision, what, facts)
    change = Change(
        now=tools.clock.now(),
        dossier_id=row.dossier_id,
        payloads=(sealed,),
        journal=(said_line, *lines),
        proposals=(move,),
    )
    try:
        await tools.store.apply(change)
    except ItemSettled:
        raise decided_error() from None
    tell(tools, row, decision, what)
    return await found(tools, row.id, EVERYTHING)


def line(
    tools: Tools,
    folder: Folder | None,
    row: ProposalRow,
    decision: Decision,
    what: str,
    facts: dict[str, Any],
) -> tuple[SealedPayload, JournalLine]:
    """The sealed reason and the line; people may be named in a reason."""
    said = {REASON: decision.reason}
    if folder is None:
        name = PayloadId(tools.chance.identifier("p"))
        sealed = tools.vault.seal_common(name, REASON, as_json(said))
    else:
        sealed = folder.seal_json(REASON, said)
    told = {
        "proposal": row.id,
        "what": what,
        "kind": row.kind.value,
        "says": row.says.value,
        "leg": row.leg,
        "office": row.office,
        **({"rule": decision.rule} if decision.rule else {}),
        **facts,
    }
    now = tools.clock.now()
    return sealed, JournalLine(LINE, now, decision.by, told, sealed.id, sealed.digest)


async def dossier_of(tools: Tools, row: ProposalRow) -> DossierRow:
    """The dossier of a proposal.

    Raises:
        ActionNotPossible: it has none any more.
    """
    dossier = None
    if row.dossier_id is not None:
        dossier = await tools.store.dossier(row.dossier_id, EVERYTHING)
    if dossier is None:
        raise overtaken_error()
    return dossier


def working(tools: Tools) -> WorkingTime:
    """The calendar by which days are counted."""
    return working_time(tools.versions.current.calendar)


def tell(tools: Tools, row: ProposalRow, decision: Decision, what: str) -> None:
    """Note who did it."""
    tools.probe.action(
        action=f"proposal_{what}",
        actor=decision.by,
        kind=row.kind.value,
        office=row.office,
    )


def must_be_open(row: ProposalRow) -> None:
    """Refuse what is decided.

    Raises:
        ActionNotPossible: it is.
    """
    if not row.is_open:
        raise decided_error()


def decided_error() -> ActionNotPossible:
    """What is said of a proposal that somebody decided."""
    return ActionNotPossible(
        code="proposal_decided",
        remedy="Đề xuất này đã được xử lý, hoặc có danh sách mới hơn; tải lại danh sách.",
    )


def overtaken_error() -> ActionNotPossible:
    """What is said once the office told it itself."""
    return ActionNotPossible(
        code="proposal_overtaken",
        remedy="Cơ quan đã tự báo về hồ sơ này; đề xuất không còn cần nữa.",
    )


def second_person() -> ActionNotPossible:
    """What is said to somebody who confirms what he brought."""
    return ActionNotPossible(
        code="second_person_needed",
        remedy="Người tải danh sách không tự xác nhận một mình: đề nghị người khác xác"
        ' nhận; đơn vị chỉ có một người thì gửi "alone": true, có hiệu lực sau'
        f" {ALONE_HOURS} giờ làm việc.",
    )
