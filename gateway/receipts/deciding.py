"""What a report changes in its dossier, and what has to be asked before it may."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.domain.procedure import Event
from gateway.domain.report import ReportKind
from gateway.domain.transfer import Move, State
from gateway.receipts.moves import answered_before, polled
from gateway.routing import money
from gateway.routing.outcomes import on_delivered
from gateway.routing.progress import Step, on_report, subject_leg, to_be_asked

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from gateway.domain.case import Case
    from gateway.domain.obligation import Effect
    from gateway.domain.report import AgencyReport
    from gateway.domain.transfer import Transfer
    from gateway.ports.store import ReportRow
    from gateway.sealing.tools import Tools

_OF_MONEY = frozenset(
    {ReportKind.NOTICES, ReportKind.PAID, ReportKind.EXEMPTED, ReportKind.DEFERRED}
)
_NOT_THERE = frozenset(
    {State.WAITING, State.DUE, State.SENDING, State.UNCONFIRMED, State.PARKED}
)


def decided(
    tools: Tools,
    case: Case,
    report: AgencyReport,
    first: ReportRow,
    transfers: Sequence[Transfer],
    proved: Transfer | None,
    *,
    holds: bool,
    effect: Effect | None,
) -> tuple[Step, tuple[Move, ...]]:
    """What a report changes, once the hand-over that it proves counts as delivered.

    And the messages that are asked about first: then it changes nothing yet.
    """
    procedure = tools.versions.procedure_of(case)
    known = Step(case)
    if proved is not None:
        left = (proved.leg, proved.kind, first.arrived_at)
        known = on_delivered(case, procedure, *left)
    said = (report, first.agency, first.arrived_at)
    step = on_report(known.case, procedure, *said, holds=holds, effect=effect)
    asked = _about_news(tools, case, step, report, transfers)
    if asked:
        step = to_be_asked(known.case)
    return replace(step, happened=(*known.happened, *step.happened)), asked


def of_a_former_slip(
    tools: Tools,
    case: Case,
    report: AgencyReport,
    first: ReportRow,
    transfers: Sequence[Transfer],
) -> bool:
    """Whether an enquiry's answer tells of a slip that is replaced here, but not there.

    It need not be kept: the same is asked again once the newer slip has arrived.
    """
    asked = first.transfer_id is not None and report.event_at is not None
    if not asked or report.kind not in _OF_MONEY:
        return False
    procedure = tools.versions.procedure_of(case)
    leg = subject_leg(case, procedure, report, first.agency)
    voiding = money.voiding(procedure, leg.name) if leg else ()
    return any(
        t.state in _NOT_THERE or _left_after(t, report.event_at)
        for t in transfers
        if t.kind in voiding
    )


def _left_after(transfer: Transfer, asked_at: datetime | None) -> bool:
    sent = transfer.first_sent_at
    return sent is not None and asked_at is not None and sent >= asked_at


def _about_news(
    tools: Tools,
    case: Case,
    step: Step,
    report: AgencyReport,
    transfers: Sequence[Transfer],
) -> tuple[Move, ...]:
    """Polls a settled leg's last message before news reopens it, where they may be old.

    Empty: they reopen nothing, are not doubtful, or nobody can be asked.
    """
    again = [t.leg for t in step.happened if t.event is Event.OWED_AGAIN]
    if not again or not money.is_doubtful(case, report):
        return ()
    answered = answered_before(transfers, again[0])
    if answered is None:
        return ()
    traits = tools.traits(answered.office, answered.kind)
    gap = timedelta(seconds=traits.poll_gap_s if traits else 0.0)
    return (polled(answered, tools.clock.now() + gap),)
