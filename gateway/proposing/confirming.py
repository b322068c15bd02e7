"""What people decide about a proposal, and what follows from it in the same unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gateway.domain.case import INFERRED, End, LegState, Pause, Place
from gateway.domain.errors import ActionNotPossible, ItemSettled, NotAllowed
from gateway.domain.journal import JournalLine
from gateway.domain.legal_day import legal_day
from gateway.domain.principal import EVERYTHING
from gateway.domain.proposal import (
    CHANGING,
    ProposalKind,
    ProposalState,
    Says,
)
from gateway.domain.report import AgencyReport, ReportKind, Standing
from gateway.domain.values import replace
from gateway.ports.proposals import ProposalMove
from gateway.ports.store import Change
from gateway.proposing.deciding import (
    ALONE_HOURS,
    LINE,
    Decision,
    dealt_with,
    decided,
    decided_error,
    dossier_of,
    found,
    line,
    must_be_open,
    overtaken_error,
    schedule,
    second_person,
    tell,
    working,
)
from gateway.receipts.arrive import arrive
from gateway.sealing.folder import Folder
from gateway.timing.history import CORRECTED, COUNTED, UNDONE
from gateway.timing.promised import is_over

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.domain.case import Case
    from gateway.ports.proposals import ProposalRow
    from gateway.sealing.tools import Tools

#: Working days in which a confirmation can be taken back.
UNDO_DAYS = 10
#: So often a change that met another one is decided anew.
TRIES = 20
_REPORTS = {
    Says.FINISHED: ReportKind.FINISHED,
    Says.REFUSED: ReportKind.REFUSED,
    Says.WITHDRAWN: ReportKind.WITHDRAWN,
    Says.WAITING: ReportKind.SUPPLEMENT_REQUEST,
}


async def confirm(tools: Tools, row: ProposalRow, decision: Decision) -> ProposalRow:
    """Let a proposal take effect, or note that it will.

    Raises:
        ActionNotPossible: it is decided, overtaken, or needs a second person.
    """
    must_be_open(row)
    if row.kind not in CHANGING:
        return await dealt_with(tools, row, decision, ProposalState.CONFIRMED)
    if row.brought_by and decision.by == row.brought_by and not decision.rule:
        if not decision.alone:
            raise second_person()
        return await _later(tools, row, decision)
    return await take_effect(tools, row, decision)


async def _later(tools: Tools, row: ProposalRow, decision: Decision) -> ProposalRow:
    """What one person does alone takes effect later, in sight of everybody until then."""
    if row.effect_at is not None:
        raise ActionNotPossible(
            code="proposal_waits",
            remedy="Đề xuất đã được xác nhận một mình, đang chờ đến lúc có hiệu lực.",
        )
    now = tools.clock.now()
    at = working(tools).after(now, ALONE_HOURS * 60)
    return await schedule(tools, row, decision, at)


async def reject(tools: Tools, row: ProposalRow, decision: Decision) -> ProposalRow:
    """Say that it is not so; also of one that is to take effect later.

    Raises:
        ActionNotPossible: it is decided already.
    """
    must_be_open(row)
    return await dealt_with(tools, row, decision, ProposalState.REJECTED)


async def take_effect(
    tools: Tools, row: ProposalRow, decision: Decision
) -> ProposalRow:
    """Do what a proposal says, now.

    Raises:
        ActionNotPossible: the office's own word came meanwhile, or somebody was first.
    """
    dossier = await dossier_of(tools, row)
    if _overtaken(dossier.case, row):
        await overtake(tools, row)
        raise overtaken_error()
    if row.says is Says.WAITING and row.until is not None:
        return await _past(tools, row, decision)
    counts = _counts(tools, dossier.case, row, decision)
    folder = Folder.of(tools, dossier)
    report = await _report(tools, folder, row, decision)

    def beside(change: Change) -> Change:
        taken = change.report
        if taken is None or taken.standing is not Standing.APPLIED:
            raise overtaken_error()
        move = ProposalMove(
            row.id,
            row.version,
            ProposalState.CONFIRMED,
            decision.by,
            report=taken.id,
            counts=counts,
            rule=decision.rule,
        )
        facts: dict[str, Any] = {"report": taken.id, "counts": counts}
        sealed, told = line(tools, folder, row, decision, "confirmed", facts)
        lines = [told]
        if counts:
            facts = {"report": taken.id, "counts": True, "proposal": row.id}
            lines.append(JournalLine(COUNTED, told.at, decision.by, facts))
        return replace(
            change,
            case=_marked(change.case, row),
            payloads=(*change.payloads, sealed),
            journal=(*change.journal, *lines),
            proposals=(move,),
        )

    await _arrived(tools, dossier.case, row, report, beside)
    tell(tools, row, decision, "confirmed")
    return await found(tools, row.id, EVERYTHING)


def _marked(case: Case | None, row: ProposalRow) -> Case | None:
    """The case, noting that the office itself has not told of this end: its result may follow."""
    if case is None or row.says is not Says.FINISHED:
        return case
    before = case.facts.get(INFERRED, ())
    return replace(case, facts={**case.facts, INFERRED: [*before, row.leg]})


async def _arrived(
    tools: Tools,
    case: Case,
    row: ProposalRow,
    report: AgencyReport,
    beside: Callable[[Change], Change],
) -> None:
    agency = case.leg(row.leg).agency
    now = tools.clock.now()
    try:
        taken = await arrive(tools, agency, row.office, report, now, beside=beside)
    except ItemSettled:
        raise decided_error() from None
    if taken.standing is not Standing.APPLIED:
        raise overtaken_error()


async def _report(
    tools: Tools, folder: Folder, row: ProposalRow, decision: Decision
) -> AgencyReport:
    """The report that the office did not send, as a person answers for it."""
    now = tools.clock.now()
    own = [r for r in await folder.references() if r.kind == "ma_ho_so"]
    return AgencyReport(
        kind=_REPORTS[row.says],
        about=tuple(own) or await folder.references(),
        # One proposal with this evidence is one report, however often it is confirmed.
        fingerprint=f"proposal:{row.id}:{row.version}",
        event_at=None if row.at is None else min(row.at, now),
        facts={"proposal": row.id},
        handed_in_by=decision.by,
    )


async def _past(tools: Tools, row: ProposalRow, decision: Decision) -> ProposalRow:
    """Set right a time of waiting that is over: it changes figures and nothing else."""
    if not decision.decides:
        raise NotAllowed(
            code="head_needed",
            remedy="Đề xuất này chỉ đổi số liệu: đề nghị lãnh đạo xác nhận.",
        )
    facts = {
        "leg": row.leg,
        "since": (row.at or row.found_at).isoformat(),
        "until": (row.until or tools.clock.now()).isoformat(),
        "place": Place.CITIZEN.value,
        "pause": Pause.SUPPLEMENT.value,
        "proposal": row.id,
    }
    corrected = JournalLine(CORRECTED, tools.clock.now(), decision.by, facts)
    move = ProposalMove(
        row.id,
        row.version,
        ProposalState.CONFIRMED,
        decision.by,
        counts=True,
        rule=decision.rule,
    )
    return await decided(tools, row, decision, move, "confirmed", {}, (corrected,))


async def undo(tools: Tools, row: ProposalRow, decision: Decision) -> ProposalRow:
    """Take a confirmation back: nothing is deleted, what it made count does not any more.

    A dossier that ended by it stays as it is: its office is asked to say more.

    Raises:
        ActionNotPossible: it was not confirmed, or too long ago.
    """
    if row.state is not ProposalState.CONFIRMED or row.decided_at is None:
        raise ActionNotPossible(
            code="proposal_not_confirmed",
            remedy="Chỉ rút lại được đề xuất đã xác nhận.",
        )
    today, since = legal_day(tools.clock.now()), legal_day(row.decided_at)
    if today > working(tools).days_after(since, UNDO_DAYS):
        raise ActionNotPossible(
            code="proposal_undo_over",
            remedy=f"Đã quá {UNDO_DAYS} ngày làm việc từ khi xác nhận, không rút lại"
            " được nữa.",
        )
    lines = [JournalLine(UNDONE, tools.clock.now(), decision.by, {"proposal": row.id})]
    if row.report and row.counts:
        facts = {"report": row.report, "counts": False, "proposal": row.id}
        lines.append(JournalLine(COUNTED, tools.clock.now(), decision.by, facts))
    move = ProposalMove(
        row.id, row.version, ProposalState.UNDONE, decision.by, report=row.report
    )
    return await decided(tools, row, decision, move, "undone", {}, tuple(lines))


async def overtake(tools: Tools, row: ProposalRow) -> None:
    """Note that the office's own word came meanwhile."""
    move = ProposalMove(row.id, row.version, ProposalState.OVERTAKEN, "gateway")
    facts = {"proposal": row.id, "what": "overtaken", "kind": row.kind.value}
    told = JournalLine(LINE, tools.clock.now(), "gateway", facts)
    change = Change(
        now=tools.clock.now(),
        dossier_id=row.dossier_id,
        journal=(told,),
        proposals=(move,),
    )
    try:
        await tools.store.apply(change)
    except ItemSettled:
        return


async def is_overtaken(tools: Tools, row: ProposalRow) -> bool:
    """Whether an open proposal says nothing new any more; that is noted then."""
    if not row.is_open or row.dossier_id is None:
        return False
    over = _overtaken((await dossier_of(tools, row)).case, row)
    if over:
        await overtake(tools, row)
    return over


def _overtaken(case: Case, row: ProposalRow) -> bool:
    leg = case.leg(row.leg)
    if row.says is Says.WAITING and row.until is not None:
        return False
    if case.end is not End.OPEN or leg.state is LegState.ENDED:
        return True
    return row.kind is ProposalKind.WAITING_THERE and leg.state is LegState.PAUSED


def changes_figures(tools: Tools, case: Case, row: ProposalRow) -> bool:
    """Whether its own moment makes a late dossier timely, or lies in a month that is over."""
    now = tools.clock.now()
    if row.at is None or row.at >= now:
        return False
    day, today = legal_day(row.at), legal_day(now)
    if day.replace(day=1) != today.replace(day=1):
        return True
    days = working(tools)
    return is_over(days, case.due_on, today) and not is_over(days, case.due_on, day)


def _counts(tools: Tools, case: Case, row: ProposalRow, decision: Decision) -> bool:
    """Whether whoever confirms also answers for its own moment.

    Where that changes figures it is up to the head, who may say so later, too.
    """
    if row.at is None:
        return False
    return decision.decides or not changes_figures(tools, case, row)
